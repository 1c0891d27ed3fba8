//! Which intervals of the public log are due.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::public_log::{Closed, Due, Event, LONGEST, PublicLog, SHORTEST};
use jiff::Timestamp;
use proptest::prelude::*;

fn after(log: PublicLog, due: &Due) -> PublicLog {
    let Due { number, seconds, end } = *due;
    let closed = Closed { number, seconds, end, through: 0, acts: String::new(), log: String::new() };
    let meta = Meta { at: Timestamp::UNIX_EPOCH, actor: "system".into(), version: number + 1 };
    log.evolve(&meta, &Event::EntryClosed(closed))
}

proptest! {
    /// Whatever the clock does, forwards and backwards, and however often it is asked.
    #[test]
    fn every_interval_comes_once_and_in_order(
        begin in 0_i64..2_000_000_000,
        jumps in prop::collection::vec((-5_000_i64..20_000, 1_usize..9, 0_u32..4_000), 1..40),
    ) {
        let (mut log, mut now, mut ends, mut furthest) = (PublicLog::default(), begin, Vec::new(), begin);
        for (jump, most, configured) in jumps {
            now += jump;
            furthest = furthest.max(now);
            for due in log.due(now, configured, most) {
                prop_assert_eq!(due.number, ends.len() as u64);
                prop_assert!(due.end <= now, "no interval that has not ended");
                if let Some(last) = ends.last() {
                    prop_assert_eq!(due.end, last + i64::from(due.seconds));
                }
                ends.push(due.end);
                log = after(log, &due);
            }
        }
        // Once nothing is left to fill, the last one is the one that ended last.
        let rest = log.due(furthest, 1, usize::MAX);
        let (length, last) = (i64::from(log.seconds), rest.last().map_or(log.end, |due| due.end));
        prop_assert!(last <= furthest && furthest < last + length || last == *ends.last().unwrap());
        prop_assert!((SHORTEST..=LONGEST).contains(&log.seconds));
        prop_assert_eq!(log.end % length, 0);
    }
}

#[test]
fn a_log_begins_with_the_interval_that_has_just_ended_and_keeps_its_length() {
    let first = PublicLog::default().due(6_123, 600, 10);
    assert_eq!(first, [Due { number: 0, seconds: 600, end: 6_000 }]);
    let log = after(PublicLog::default(), &first[0]);
    assert_eq!(log.due(6_599, 600, 10), []);
    assert_eq!(log.due(5_000, 600, 10), [], "a clock that was set back");
    let ends = |due: Vec<Due>| due.iter().map(|due| (due.number, due.end, due.seconds)).collect::<Vec<_>>();
    assert_eq!(ends(log.due(7_900, 60, 10)), [(1, 6_600, 600), (2, 7_200, 600), (3, 7_800, 600)]);
    assert_eq!(ends(log.due(7_900, 600, 2)), [(1, 6_600, 600), (2, 7_200, 600)]);
}
