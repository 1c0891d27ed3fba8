//! Marks change no fact, and lead back to the copy that a text comes from.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use forewarn_core::case::Content;
use forewarn_core::ids::{NoticeId, OrgId};
use forewarn_core::marks::{CopyMarks, MarkKey, Origin, PAIRS, Reading, Source, Suspect, trace};
use forewarn_core::sharing::ContentLevel;
use proptest::prelude::*;
use uuid::Uuid;

const ADVISORY: &str = "The parser in libexample contains a vulnerability in its handling of nested frames. A specially \
    crafted frame allows an attacker to execute arbitrary code. The flaw occurs when the length field is larger than the \
    buffer, for example in a reply of the server. Furthermore, the worker gains access to the key file via the same path. \
    Users who cannot update to 2.4.1 should make sure that port 4433 is not reachable. In order to check whether a host \
    is affected, run `libexample --check if possible`. Consequently, restart the service. Where possible, remove the \
    module because of its age. In the event of a crash, keep the core file. Attackers who attempting to log in leave \
    traces in the journal.";

fn copy(number: u128) -> (NoticeId, OrgId) {
    (NoticeId(Uuid::from_u128(number)), OrgId(Uuid::from_u128(number + 1_000_000)))
}

fn key() -> MarkKey {
    MarkKey::of(&[7; 32])
}

fn marks(number: u128) -> CopyMarks {
    let (notice, reader) = copy(number);
    key().copy(notice, reader)
}

fn content(detail: &str) -> Content {
    Content {
        level: ContentLevel::Detail,
        title: Some("A vulnerability in libexample".into()),
        mitigation: Some("Upgrade to 2.4.1. Where possible, stop the service before.".into()),
        fixed_in: vec!["2.4.1".into()],
        detail: Some(detail.into()),
        proof_of_concept: Some("for example: $ libexample --trigger via file".into()),
        handling: None,
        reference: None,
    }
}

fn sources(count: u128, detail: &str) -> Vec<Source> {
    let draft = Source { origin: Origin::Draft { revision: 1 }, content: content(detail), marks: None };
    let copies = (0..count).map(|number| {
        let (notice, reader) = copy(number);
        Source {
            origin: Origin::Copy { notice, reader },
            content: content(detail),
            marks: Some(marks(number)),
        }
    });
    std::iter::once(draft).chain(copies).collect()
}

fn is(suspect: &Suspect, number: u128) -> bool {
    let (notice, reader) = copy(number);
    suspect.origin == Origin::Copy { notice, reader }
}

/// Whether two texts are the same but for phrases of the pairs and for spaces between sentences.
fn same_but_for_pairs(original: &str, marked: &str) -> bool {
    let split = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (left, right) = (split(original), split(marked));
    let fits = |words: &[String], phrase: &str| {
        let parts: Vec<_> = phrase.split(' ').collect();
        let bare = |word: &str| word.trim_matches(['(', ')', ',', '.', ';', ':', '?', '!']).to_lowercase();
        let long = words.len() >= parts.len();
        (long && parts.iter().zip(words).all(|(part, word)| bare(part) == bare(word))).then_some(parts.len())
    };
    // Pairs may begin with the same words, so that there is more than one way through both texts.
    let mut open = BTreeSet::from([(0, 0)]);
    while let Some((i, j)) = open.pop_first() {
        match (left.get(i), right.get(j)) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other => {
                open.insert((i + 1, j + 1));
            }
            (None, _) | (_, None) => continue,
            _ => {}
        }
        let forms = PAIRS.iter().flat_map(|pair| [(pair.marked, pair.plain), (pair.plain, pair.marked)]);
        open.extend(
            forms.filter_map(|(from, to)| Some((i + fits(&left[i..], from)?, j + fits(&right[j..], to)?))),
        );
    }
    false
}

/// Words with a digit, and words that forbid, allow, oblige or set a time, in their order.
fn facts(text: &str) -> Vec<&str> {
    let weighty = [
        "not",
        "no",
        "never",
        "cannot",
        "must",
        "may",
        "should",
        "might",
        "until",
        "after",
        "only",
        "immediately",
        "unless",
    ];
    let fact = |word: &&str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        word.contains(|c: char| c.is_ascii_digit() || "`\"_/=<>".contains(c))
            || weighty.contains(&bare.as_str())
    };
    text.split_whitespace().filter(fact).collect()
}

fn records_in(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the advisories are there") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            records_in(&path, texts);
        } else if let Ok(record) = serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()) {
            texts.extend(record["details"].as_str().map(str::to_owned));
        }
    }
}

/// Descriptions of real advisories.
fn real_texts() -> Option<Vec<String>> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("FOREWARN_SHARED_DATA").map_or(default, PathBuf::from);
    if !data.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "shared data is required in CI: {}", data.display());
        let _ = writeln!(std::io::stderr(), "NOT RUN: shared data not found at {}", data.display());
        return None;
    }
    let mut texts = Vec::new();
    records_in(&data.join("osv"), &mut texts);
    assert!(texts.len() > 1000, "only {} texts", texts.len());
    Some(texts)
}

#[test]
fn marks_change_no_fact_of_real_advisories() {
    let Some(texts) = real_texts() else { return };
    let mut changed = 0;
    for text in texts.iter().step_by(4) {
        for number in 0..2 {
            let marked = marks(number).mark_text(text);
            assert_eq!(facts(text), facts(&marked));
            assert!(same_but_for_pairs(text, &marked), "{text}\n---\n{marked}");
            assert_eq!(marks(number).mark_text(&marked), marked);
            changed += usize::from(marked != *text);
        }
    }
    assert!(changed > texts.len() / 8, "only {changed} copies differ from the text");
}

#[test]
fn a_copy_leads_back_to_its_reader() {
    let all = sources(300, ADVISORY);
    for number in [0, 17, 299] {
        let leaked = marks(number).mark_text(ADVISORY);
        let found = trace(&leaked, &all);
        assert!(is(&found.suspects[0], number));
        assert!(found.suspects[0].share > 0.9 && found.by_chance < 0.1, "{:?}", found.suspects[0]);
        assert_eq!(found.reading(), Reading::PointsToOne);
        assert_eq!(found.suspects[0].agree, found.suspects[0].read);
        // Told in capitals, in another layout and without its code, it still leads there.
        let middle = leaked.find("Furthermore").or(leaked.find("Moreover")).unwrap();
        let moved = format!("They write:\n\n{}\n\nand {}", &leaked[middle..], &leaked[..middle]);
        assert!(is(&trace(&moved, &all).suspects[0], number));
    }
}

#[test]
fn the_draft_is_told_from_the_copies() {
    let found = trace(ADVISORY, &sources(300, ADVISORY));
    assert_eq!(found.suspects[0].origin, Origin::Draft { revision: 1 });
}

#[test]
fn a_reference_alone_is_evidence() {
    let words = format!("somebody posted case {} today", marks(5).reference().to_lowercase());
    let found = trace(&words, &sources(100, ADVISORY));
    assert!(is(&found.suspects[0], 5) && found.suspects[0].referenced && found.suspects[0].share > 0.98);
    assert!(found.suspects[1..].iter().all(|suspect| !suspect.referenced && suspect.read == 0));
}

#[test]
fn a_text_mixed_from_two_copies_points_to_nobody() {
    let (one, other) = (marks(1).mark_text(ADVISORY), marks(2).mark_text(ADVISORY));
    let turns = one.split('.').zip(other.split('.')).enumerate();
    let mixed: Vec<_> =
        turns.map(|(at, (one, other))| if at.is_multiple_of(2) { one } else { other }).collect();
    let found = trace(&mixed.join("."), &sources(300, ADVISORY));
    assert_eq!(found.reading(), Reading::Mixed, "{:?}", &found.suspects[..3]);
    assert_eq!(trace("Nothing.", &sources(10, ADVISORY)).reading(), Reading::SaysNothing);
}

#[test]
fn an_unrelated_text_accuses_nobody() {
    let found = trace("Nothing of this is in any notice. It has no marks at all.", &sources(100, ADVISORY));
    assert!(found.suspects.iter().all(|suspect| suspect.read == 0 && suspect.share < 0.011));
    assert!(found.unknown > 0.009);
    assert!(trace("", &[]).suspects.is_empty());
}

#[test]
fn marks_of_somebody_else_are_chance() {
    // A text with the same places whose marks come from a key that no source has.
    let (notice, reader) = copy(3);
    let mut wrong = 0;
    for secret in 0..200u8 {
        let leaked = MarkKey::of(&[secret; 32]).copy(notice, reader).mark_text(ADVISORY);
        if secret != 7 {
            wrong += usize::from(trace(&leaked, &sources(20, ADVISORY)).suspects[0].share > 0.99);
        }
    }
    assert!(wrong <= 4, "{wrong} of 199 foreign texts point to somebody");
}

#[test]
fn spacing_that_was_lost_do_not_count() {
    let leaked = marks(9).mark_text(ADVISORY).replace("  ", " ").replace('\u{a0}', " ");
    let found = trace(&leaked, &sources(50, ADVISORY));
    assert!(found.lost.gaps && is(&found.suspects[0], 9));
    assert_eq!(found.suspects[0].agree, found.suspects[0].read);
}

#[test]
fn code_quotations_titles_and_proofs_stay_as_they_are() {
    let text = "Run `check if possible`.\n\n```\nfor example via\n```\n    via indented\n$ via shell\nSay \"for example\" or a-via-b, x/via, via=1.";
    for number in 0..32 {
        assert_eq!(marks(number).mark_text(text), text);
        let marked = marks(number).mark(&content(ADVISORY));
        let plain = content(ADVISORY);
        assert_eq!(
            (marked.title, marked.fixed_in, marked.proof_of_concept),
            (plain.title, plain.fixed_in, plain.proof_of_concept)
        );
    }
}

#[test]
fn no_pair_holds_a_word_of_duty_time_or_number_and_none_is_in_another() {
    let phrases: Vec<&str> = PAIRS.iter().flat_map(|pair| [pair.marked, pair.plain]).collect();
    for phrase in &phrases {
        assert!(facts(phrase).is_empty(), "{phrase}");
        assert!(phrase.chars().all(|c| c.is_ascii_lowercase() || c == ' ' || c == ','), "{phrase}");
    }
    let marked: BTreeSet<&str> = PAIRS.iter().map(|pair| pair.marked).collect();
    assert_eq!(marked.len(), PAIRS.len());
    for pair in PAIRS {
        let inner = |other: &&str| format!(" {} ", pair.plain).contains(&format!(" {other} "));
        assert!(!marked.iter().any(inner), "{pair:?} does not stay as it is");
    }
}

#[test]
fn references_are_all_different() {
    let all: BTreeSet<String> = (0..20_000).map(|number| marks(number).reference()).collect();
    assert_eq!(all.len(), 20_000);
    let (notice, reader) = copy(1);
    assert_ne!(MarkKey::of(&[8; 32]).copy(notice, reader).reference(), marks(1).reference());
}

fn pieces() -> impl Strategy<Value = String> {
    let phrase =
        prop::sample::select(PAIRS.iter().flat_map(|pair| [pair.marked, pair.plain]).collect::<Vec<_>>());
    let piece = prop_oneof![
        4 => phrase.prop_map(str::to_owned),
        3 => "[a-z]{1,8}",
        1 => "[A-Z][a-z]{2,5}",
        1 => prop::sample::select(vec![".", ",", "`", "\"", "\n", "  ", "```\n", "1.2.3", "(", ")", "é", "\u{2019}", "ß"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn marking_any_text_changes_pairs_only_and_once(text in pieces(), number in 0u128..1000) {
        let marked = marks(number).mark_text(&text);
        prop_assert!(same_but_for_pairs(&text, &marked), "{}\n{}", text, marked);
        prop_assert_eq!(marks(number).mark_text(&marked), marked.clone());
        prop_assert_eq!(facts(&text), facts(&marked));
    }

    #[test]
    fn whoever_leaks_the_whole_copy_agrees_with_every_mark(text in pieces(), number in 0u128..50) {
        let found = trace(&marks(number).mark_text(&text), &sources(50, &text));
        let own = found.suspects.iter().find(|suspect| is(suspect, number)).unwrap();
        prop_assert_eq!(own.agree, own.read);
        let total: f64 = found.suspects.iter().map(|suspect| suspect.share).sum::<f64>() + found.unknown;
        prop_assert!((total - 1.0).abs() < 1e-6);
    }

    #[test]
    fn any_text_can_be_traced(text in ".{0,400}") {
        let found = trace(&text, &sources(5, ADVISORY));
        prop_assert_eq!(found.suspects.len(), 6);
    }
}
