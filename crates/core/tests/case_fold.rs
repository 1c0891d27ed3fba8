//! The fold of a case's events, and what random histories are worth.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use forewarn_core::aggregate::{Aggregate, EventKind, Meta};
use forewarn_core::case::{Case, Event, State, Verdict, decide};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use support::books::Books;
use support::cast::{SECOND_VENDOR, VENDOR, org};
use support::history::terms;
use support::random::{any_move, anybody, histories};
use support::{facts, remembered};

proptest! {
    #![proptest_config(remembered("case_fold", 500))]

    #[test]
    fn replaying_the_events_gives_the_same_case(history in histories()) {
        let replayed = history.past.iter().fold(Case::default(), |case, h| case.evolve(&h.meta, &h.event));
        prop_assert_eq!(&replayed, &history.case);
        let stored = serde_json::to_vec(&history.case).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<Case>(&stored).unwrap(), &history.case);
    }

    #[test]
    fn no_order_of_events_and_no_moment_breaks_the_fold(
        one in histories(),
        other in histories(),
        order in any::<proptest::sample::Selector>(),
        seconds in any::<i64>(),
    ) {
        let mut events: Vec<_> = one.past.iter().chain(&other.past).map(|h| h.event.clone()).collect();
        let mut case = Case::default();
        let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        while !events.is_empty() {
            let position = order.select(0..events.len());
            let meta = Meta { at, actor: "anybody".into(), version: 0 };
            case = case.evolve(&meta, &events.swap_remove(position));
        }
        let stored = serde_json::to_vec(&case).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Case>(&stored).unwrap().facets(), case.facets());
    }

    #[test]
    fn no_moment_and_no_command_makes_a_decision_panic(
        history in histories(),
        given in any_move(),
        actor in anybody(),
        end in prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX), Just(Timestamp::UNIX_EPOCH)],
        now in prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX)],
    ) {
        for command in [given.command, terms(end)] {
            let _ = decide(&history.case, command, &facts(&history.policy, &actor, now));
        }
    }
}

/// The properties above are worth something only if the histories go everywhere.
#[test]
fn the_histories_go_everywhere() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..1_500 {
        let history = histories().new_tree(&mut runner).unwrap().current();
        let mut books = Books::default();
        for happened in &history.past {
            *seen.entry(shown(&books, &happened.event)).or_default() += 1;
            books.note(happened);
        }
        *seen.entry(format!("ends {}", history.case.state.as_str())).or_default() += 1;
    }
    let mut expected: Vec<String> =
        State::ALL.iter().map(|state| format!("ends {}", state.as_str())).collect();
    expected.extend(KINDS.iter().map(|kind| (*kind).to_owned()));
    for name in expected {
        assert!(seen.get(&name).is_some_and(|times| *times >= 5), "{name} is too rare: {seen:#?}");
    }
}

fn shown(books: &Books, event: &Event) -> String {
    match event {
        Event::WaveSent { .. } => {
            let consented = books.vendors.values().any(|asked| asked.word == Some(true));
            format!("wave-sent, vendor consented: {consented}, vendors: {}", books.vendors.len().min(1))
        }
        Event::CaseReleased { exit } => format!("case-released {exit:?}"),
        Event::CaseChecked { verdict, .. } => format!("case-checked {}", *verdict == Verdict::Confirmed),
        Event::VendorInvited { vendor } if *vendor == org(VENDOR) => "first vendor-invited".into(),
        Event::VendorInvited { vendor } if *vendor == org(SECOND_VENDOR) => "second vendor-invited".into(),
        Event::ValidationReturned { lapsed, .. } => format!("validation-returned {lapsed}"),
        Event::TermsAnswered { accept, .. } => format!("terms-answered {accept}"),
        other => other.kind().into(),
    }
}

const KINDS: &[&str] = &[
    "case-opened",
    "finding-joined",
    "case-checked true",
    "case-checked false",
    "validation-claimed",
    "validation-returned true",
    "validation-returned false",
    "vendor-queued",
    "trigger-raised",
    "trigger-dismissed",
    "case-disputed",
    "affected-corrected",
    "match-judged",
    "text-traced",
    "terms-set",
    "first vendor-invited",
    "second vendor-invited",
    "terms-answered true",
    "terms-answered false",
    "vendor-stated",
    "fix-recorded",
    "advisory-drafted",
    "wave-proposed",
    "wave-approved",
    "wave-sent, vendor consented: true, vendors: 1",
    "wave-sent, vendor consented: false, vendors: 1",
    "wave-sent, vendor consented: false, vendors: 0",
    "wave-extended",
    "release-proposed",
    "release-approved",
    "case-released Public",
    "case-released LiftedEarly",
    "case-released Expired",
    "embargo-expired",
    "case-closed",
    "case-withdrawn",
    "case-reopened",
];
