//! Merging and splitting cases: nothing is lost, and each can be taken back.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use forewarn_core::Refusal;
use forewarn_core::aggregate::Aggregate;
use forewarn_core::case::{Case, Command, Gathered, State};
use forewarn_core::ids::{CaseId, FindingId};
use proptest::prelude::*;
use support::cast::{FINDER, alice, finder, stranger};
use support::history::{History, finding, join, open, reopen, withdraw};
use uuid::Uuid;

const THIS: u128 = 0xCA5E;
const OTHER: u128 = 0xCA5F;

fn id(number: u128) -> CaseId {
    CaseId(Uuid::from_u128(number))
}

/// The other case, opened from another finding.
fn other(findings: std::ops::Range<u128>) -> History {
    let Command::Open { finder, title, affected, .. } = open() else {
        panic!("open is a command that opens")
    };
    let first = finding(findings.start);
    let command = Command::Open { case: id(OTHER), finding: first, finder, title, affected };
    let opened = History::empty().by(&alice(), command);
    findings.skip(1).fold(opened, |case, number| case.by(&alice(), join(number, FINDER)))
}

fn this(more: std::ops::Range<u128>) -> History {
    more.fold(History::opened(), |case, number| case.by(&alice(), join(number, FINDER)))
}

fn take_over(from: &Case) -> Command {
    Command::TakeOver { from: id(OTHER), findings: from.findings.clone(), why: "one cause".into() }
}

fn merge_into() -> Command {
    Command::MergeInto { into: id(THIS), why: "one cause".into() }
}

fn split(numbers: &[u128]) -> Command {
    Command::Split {
        findings: numbers.iter().map(|n| finding(*n)).collect(),
        into: id(OTHER),
        why: "two".into(),
    }
}

fn merged(one: History, two: History) -> (History, History) {
    let command = take_over(&two.case);
    (one.by(&alice(), command), two.by(&alice(), merge_into()))
}

fn all(cases: &[&Case]) -> Vec<FindingId> {
    let mut all: Vec<FindingId> = cases.iter().flat_map(|case| case.findings.keys().copied()).collect();
    all.sort();
    all
}

#[track_caller]
fn says(case: &History, command: Command, words: &str) {
    assert_eq!(case.refusal(&alice(), command).to_string(), words);
}

#[test]
fn a_merged_case_has_no_findings_and_does_nothing_until_it_is_restored() {
    let (one, two) = merged(this(2..4), other(10..13));
    assert_eq!(one.case.findings.len(), 6);
    assert!(two.case.findings.is_empty());
    assert_eq!((two.case.state_name(), two.case.state), ("merged", State::Open));
    assert_eq!(two.case.facets().state, "merged");
    let finder_sees = two.case.facets().relations.len();
    assert_eq!(finder_sees, 1, "its finders are in the other case now");
    says(&two, join(20, FINDER), "this case was merged into another; work on that one, or undo the merge");
    says(&two, merge_into(), "this case was merged into another; work on that one, or undo the merge");
}

#[test]
fn a_case_of_which_others_were_told_goes_on_for_them_without_its_findings() {
    for state in [State::VendorNotified, State::FixReady, State::Sharing] {
        let told = History::opened().on_the_way_to(state);
        let finders = told.case.facets().relations.len();
        let before = told.case.clone();
        let mut gone = told.by(&alice(), Command::MergeInto { into: id(OTHER), why: "one cause".into() });
        assert!(gone.case.findings.is_empty());
        assert_eq!(gone.case.state_name(), before.state_name(), "its parties are not told");
        assert_eq!(gone.case.facets().relations.len(), finders, "and they keep it, its finders too");
        assert_eq!((&gone.case.vendors, &gone.case.waves), (&before.vendors, &before.waves));
        assert_eq!(&gone.case.embargo, &before.embargo);
        let elsewhere = "this case was merged into another; work on that one, or undo the merge";
        says(&gone, join(20, FINDER), elsewhere);
        says(&gone, Command::MergeInto { into: id(OTHER), why: "again".into() }, elsewhere);
        assert!(gone.attempt(&alice(), withdraw()).is_ok(), "its coordinators still bring it to its end");
        let back = gone.by(&alice(), Command::Restore { from: id(OTHER) });
        assert_eq!(back.case.findings, before.findings);
        assert!(back.case.merged.is_none());
    }
}

#[test]
fn only_the_coordinators_gather() {
    let case = this(2..4);
    let forbidden = "you may see this but not do that: only the case's coordinators do this";
    assert_eq!(case.refusal(&finder(), split(&[2])).to_string(), forbidden);
    assert_eq!(case.refusal(&stranger(), split(&[2])), Refusal::NotFound);
    assert_eq!(case.refusal(&finder(), merge_into()).to_string(), forbidden);
}

#[test]
fn what_cannot_be_gathered() {
    let case = this(2..4);
    let two = other(10..12);
    let itself = Command::TakeOver { from: id(THIS), findings: Gathered::new(), why: "x".into() };
    says(&case, itself, "a case cannot be merged into itself");
    let itself = Command::Split { findings: vec![finding(2)], into: id(THIS), why: "x".into() };
    says(&case, itself, "a case cannot be split into itself");
    let withdrawn = History::opened().by(&alice(), withdraw());
    says(&withdrawn, take_over(&two.case), "a withdrawn case takes no findings; reopen it first");
    assert!(withdrawn.by(&alice(), reopen()).attempt(&alice(), take_over(&two.case)).is_ok());
    let over = "a public or withdrawn case is not merged into another; merge the other one into it";
    for state in [State::Public, State::Closed] {
        says(&History::opened().on_the_way_to(state), merge_into(), over);
    }
    says(&History::opened().by(&alice(), withdraw()), merge_into(), over);
    let some = "/findings: give at least one finding of this case, and not all of them";
    for numbers in [&[][..], &[1, 2, 3], &[9]] {
        says(&case, split(numbers), some);
    }
    let nothing = "nothing was merged or split between these two cases";
    for command in [
        Command::GiveBack { from: id(OTHER) },
        Command::Restore { from: id(OTHER) },
        Command::Rejoin { into: id(OTHER) },
    ] {
        says(&case, command, nothing);
    }
    says(
        &case,
        Command::Split { findings: vec![finding(2)], into: id(OTHER), why: " ".into() },
        "/why: give a text of 1 to 20,000 characters",
    );
}

#[test]
fn what_went_on_to_a_third_case_comes_back_first() {
    let (one, _) = merged(this(2..4), other(10..12));
    let on = Command::Split { findings: vec![finding(11)], into: id(0xCA60), why: "third".into() };
    let one = one.by(&alice(), on);
    let words = "some of these findings went on to another case; undo that first";
    says(&one, Command::GiveBack { from: id(OTHER) }, words);
    says(&other(10..12), Command::ReleaseTo { to: id(THIS), findings: vec![finding(2)] }, words);
    let back = one.by(&alice(), Command::Rejoin { into: id(0xCA60) });
    assert!(back.clone().attempt(&alice(), Command::GiveBack { from: id(OTHER) }).is_ok());
    let (only, _) = merged(History::opened(), other(10..12));
    let own = Command::Split { findings: vec![finding(1)], into: id(0xCA60), why: "own".into() };
    says(&only.by(&alice(), own), Command::GiveBack { from: id(OTHER) }, "a case keeps at least one finding");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn merge_then_undo_is_identity(mine in 0..6_u128, its in 1..6_u128) {
        let (before_one, before_two) = (this(2..2 + mine), other(50..50 + its));
        let (one, two) = merged(before_one.clone(), before_two.clone());
        prop_assert_eq!(all(&[&one.case, &two.case]), all(&[&before_one.case, &before_two.case]), "nothing is lost");
        let one = one.by(&alice(), Command::GiveBack { from: id(OTHER) });
        let two = two.by(&alice(), Command::Restore { from: id(THIS) });
        prop_assert_eq!(one.case, before_one.case);
        prop_assert_eq!(two.case, before_two.case);
    }

    #[test]
    fn what_joins_a_merged_case_stays_when_the_merge_is_undone(mine in 0..4_u128, its in 1..4_u128, late in 1..4_u128) {
        let (one, two) = merged(this(2..2 + mine), other(50..50 + its));
        let one = (90..90 + late).fold(one, |case, number| case.by(&alice(), join(number, FINDER)));
        let one = one.by(&alice(), Command::GiveBack { from: id(OTHER) });
        let two = two.by(&alice(), Command::Restore { from: id(THIS) });
        let both = all(&[&one.case, &two.case]);
        let distinct: BTreeSet<_> = both.iter().collect();
        prop_assert_eq!(distinct.len(), both.len(), "no finding is in two cases");
        prop_assert_eq!(both.len() as u128, 1 + mine + its + late);
        prop_assert_eq!(one.case.findings.len() as u128, 1 + mine + late);
    }

    #[test]
    fn split_then_undo_is_identity(size in 2..8_u128, pick in proptest::collection::btree_set(0..8_u128, 1..7)) {
        let before = this(2..1 + size);
        let numbers: Vec<u128> = pick.into_iter().filter(|n| *n < size).map(|n| n + 1).collect();
        prop_assume!(!numbers.is_empty() && (numbers.len() as u128) < size);
        let one = before.clone().by(&alice(), split(&numbers));
        prop_assert_eq!(one.case.findings.len() + numbers.len(), before.case.findings.len());
        let one = one.by(&alice(), Command::Rejoin { into: id(OTHER) });
        prop_assert_eq!(one.case, before.case);
    }

    #[test]
    fn split_then_merge_has_the_same_findings(size in 2..8_u128) {
        let before = this(2..1 + size);
        let one = before.clone().by(&alice(), split(&[size]));
        let two = other(size..size + 1);
        let (one, two) = merged(one, two);
        prop_assert_eq!(all(&[&one.case, &two.case]), all(&[&before.case]));
    }
}
