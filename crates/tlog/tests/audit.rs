//! What a log cannot do without being found out by whoever reads it.
#![allow(clippy::unwrap_used)]

use forewarn_tlog::{AuditProblem, Checkpoint, Entry, EntryProblem, Tree, verify_entries};

const SECONDS: u32 = 600;

fn entry(number: u64, acts: u8) -> Vec<u8> {
    let end = 1_782_892_800 + i64::try_from(number).unwrap() * i64::from(SECONDS);
    Entry { number, seconds: SECONDS, end, acts: [acts; 32], log: [acts; 32] }.text().into_bytes()
}

fn log(size: u64) -> Vec<Vec<u8>> {
    (0..size).map(|number| entry(number, 1)).collect()
}

fn checkpoint(entries: &[Vec<u8>]) -> Checkpoint {
    let mut tree = Tree::new();
    entries.iter().for_each(|entry| {
        tree.append(entry);
    });
    Checkpoint { origin: "log.example/p".into(), size: tree.size(), root: tree.root() }
}

/// The log says of itself whatever it is.
fn audit(entries: &[Vec<u8>], seen: Option<&Checkpoint>) -> Result<usize, AuditProblem> {
    verify_entries(entries, &checkpoint(entries), seen).map(|entries| entries.len())
}

#[test]
fn a_log_that_grows_is_right_at_every_size() {
    let mut seen = None;
    for size in 0..40 {
        let now = log(size);
        assert_eq!(audit(&now, seen.as_ref()), Ok(usize::try_from(size).unwrap()));
        seen = Some(checkpoint(&now));
    }
}

#[test]
fn a_fork_a_rewrite_and_a_rollback_are_seen() {
    let seen = checkpoint(&log(20));
    // Two logs that went apart after the entry seen: each is right for itself, and not for who saw the other.
    let mut fork = log(25);
    fork[15] = entry(15, 9);
    assert_eq!(audit(&fork, None), Ok(25));
    assert_eq!(audit(&fork, Some(&seen)), Err(AuditProblem::Rewritten { seen: 20 }));
    assert_eq!(audit(&log(19), Some(&seen)), Err(AuditProblem::RolledBack { seen: 20, now: 19 }));
    let mut same_size = log(20);
    same_size[0] = entry(0, 9);
    assert_eq!(audit(&same_size, Some(&seen)), Err(AuditProblem::Rewritten { seen: 20 }));
    // A checkpoint that was signed for other entries than are shown.
    assert_eq!(verify_entries(&fork, &checkpoint(&log(25)), None), Err(AuditProblem::Root));
    assert_eq!(
        verify_entries(&log(24), &checkpoint(&log(25)), None),
        Err(AuditProblem::Count { found: 24, said: 25 })
    );
}

#[test]
fn an_interval_that_is_missing_there_twice_or_out_of_order_is_seen() {
    let number = |index, number| Err(AuditProblem::Entry { index, problem: EntryProblem::Number { number } });
    let mut missing = log(9);
    missing.remove(4);
    assert_eq!(audit(&missing, None), number(4, 5));
    let mut twice = log(9);
    twice.insert(4, entry(4, 2));
    assert_eq!(audit(&twice, None), number(5, 4));
    let mut swapped = log(9);
    swapped.swap(2, 3);
    assert_eq!(audit(&swapped, None), number(2, 3));
    let mut begun_late = log(9);
    begun_late.remove(0);
    assert_eq!(audit(&begun_late, None), number(0, 1));
}

#[test]
fn an_entry_at_another_time_or_of_another_form_is_seen() {
    let text = |index: u64| String::from_utf8(entry(index, 1)).unwrap();
    let end = |index: u64| 1_782_892_800 + i64::try_from(index).unwrap() * 600;
    let mut backdated = log(9);
    let (is, due) = (end(1), end(6));
    backdated[6] = text(6).replace(&due.to_string(), &is.to_string()).into_bytes();
    let problem = EntryProblem::Cadence { end: is, due };
    assert_eq!(audit(&backdated, None), Err(AuditProblem::Entry { index: 6, problem }));
    for (broken, problem) in [
        (text(3).replace("seconds 600", "seconds 300"), EntryProblem::Length),
        (text(3).replace("number 3", "number 03"), EntryProblem::Malformed),
        (text(3) + "note x\n", EntryProblem::Malformed),
        (String::new(), EntryProblem::Malformed),
    ] {
        let mut log = log(9);
        log[3] = broken.into_bytes();
        assert_eq!(audit(&log, None), Err(AuditProblem::Entry { index: 3, problem }));
    }
}
