//! The table of states is what `decide` does, and the document is what the table says.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use forewarn_core::Refusal;
use forewarn_core::access::Actor;
use forewarn_core::case::{Command, ReleaseReason, State, Step, TRANSITIONS, diagram, next};
use forewarn_core::party::VendorMode;
use forewarn_core::sharing::ContentLevel;
use support::cast::{OPERATOR, SECOND_VENDOR, VENDOR, alice, bob, vendor};
use support::history::{
    History, affected, answer, approve, dispute, draft, extend, fix, invite, invite_as, propose,
    propose_without_vendor, release, reopen, terms, validate, withdraw,
};
use support::{day, golden};

const STEPS: &[Step] = &[
    Step::Validate,
    Step::Dispute,
    Step::NotifyVendor,
    Step::RecordFix,
    Step::Share,
    Step::Release,
    Step::Close,
    Step::Withdraw,
    Step::Reopen,
];

/// Commands by which a step is taken; only the last one moves the case.
fn commands(from: State, step: Step) -> Vec<(Actor, Command)> {
    let noted = || (alice(), invite_as(0x402, VendorMode::PublicOnly));
    match step {
        // Nobody is asked of what nobody has checked unless it wants that; one that takes no part is noted.
        Step::NotifyVendor if from == State::Open => vec![noted()],
        Step::Release if from == State::Validated => {
            [noted()].into_iter().chain(commands(State::Sharing, step)).collect()
        }
        Step::Validate => vec![(alice(), validate())],
        Step::Dispute => vec![(alice(), dispute())],
        Step::NotifyVendor => vec![(alice(), invite(SECOND_VENDOR))],
        Step::RecordFix => vec![(alice(), fix())],
        Step::Share => vec![(alice(), propose_without_vendor(9)), (bob(), approve(9, &[OPERATOR]))],
        Step::Release => vec![(alice(), release(ReleaseReason::Leaked)), (bob(), Command::ApproveRelease)],
        Step::Close => vec![(alice(), Command::Close)],
        Step::Withdraw => vec![(alice(), withdraw())],
        Step::Reopen => vec![(alice(), reopen())],
    }
}

/// Different pasts that lead to a state. In all of them the terms run and a draft is written, so that only the
/// state can be the reason of a refusal.
fn pasts(state: State) -> Vec<History> {
    let plain = |state| History::opened().on_the_way_to(state);
    let mut pasts = vec![plain(state), second_life(state)];
    let ready = |h: History| h.by(&alice(), draft("Later")).by(&alice(), terms(day(50)));
    if state == State::Open {
        pasts.push(ready(History::opened()));
        pasts.push(ready(plain(State::Withdrawn).by(&alice(), reopen())));
        pasts.push(ready(plain(State::Closed).by(&alice(), reopen())));
    }
    if state == State::Sharing {
        let early = plain(State::Validated).by(&alice(), propose_without_vendor(1));
        pasts.push(early.by(&bob(), approve(1, &[OPERATOR])));
    }
    if state == State::FixReady {
        pasts.push(plain(State::VendorNotified).by(&vendor(), fix()).by(&alice(), invite(0x401)));
    }
    if state == State::Public {
        let early = plain(State::VendorNotified).by(&alice(), release(ReleaseReason::Leaked));
        pasts.push(early.by(&bob(), Command::ApproveRelease));
    }
    pasts.retain(|past| past.case.state == state);
    pasts
}

/// A case that was public, closed and reopened before it came to this state.
fn second_life(state: State) -> History {
    let reopened = History::opened().on_the_way_to(State::Closed).by(&alice(), reopen());
    // The vendor of the first life is bound anew, and the case goes its way again.
    let bound = |h: History| h.by(&alice(), terms(day(50))).by(&vendor(), answer(true));
    let again = |h| bound(h).by(&alice(), validate());
    let notified = |h| again(h).by(&alice(), invite(VENDOR));
    let public =
        |h| notified(h).by(&alice(), release(ReleaseReason::Exploited)).by(&bob(), Command::ApproveRelease);
    match state {
        State::Open => bound(reopened),
        State::Validated => again(reopened),
        State::Disputed => again(reopened).by(&alice(), dispute()),
        State::VendorNotified => notified(reopened),
        State::FixReady => notified(reopened).by(&vendor(), fix()),
        State::Sharing => {
            notified(reopened).by(&alice(), propose(2, ContentLevel::Mitigation)).by(&bob(), approve(2, &[]))
        }
        State::Public => public(reopened),
        State::Closed => public(reopened).by(&alice(), Command::Close),
        State::Withdrawn => notified(reopened).by(&alice(), withdraw()),
    }
}

#[test]
fn every_step_is_allowed_exactly_where_the_table_has_it() {
    for state in State::ALL {
        let pasts = pasts(*state);
        assert!(pasts.len() >= 2, "{state:?} is reached on two ways at least");
        for (past, step) in pasts.iter().flat_map(|past| STEPS.iter().map(move |step| (past, *step))) {
            check_step(past.clone(), step);
        }
    }
}

fn check_step(mut past: History, step: Step) {
    let from = past.case.state;
    // A vendor of the first life is still asked, and is waited for: see the tests of vendors.
    if (from, step) == (State::Validated, Step::Release) && !past.case.vendors.is_empty() {
        return;
    }
    let wrong = Refusal::WrongState { state: from.as_str(), step: step.as_str() };
    for (actor, command) in commands(from, step) {
        let needs_wave = matches!(command, Command::ApproveWave { .. });
        match (past.attempt(&actor, command), next(from, step)) {
            (Ok(_), Some(_)) => {}
            (Err(refusal), None) if refusal == wrong => {}
            // A wave that could not be proposed is not there to be approved.
            (Err(Refusal::NotFound), None) if needs_wave => {}
            (decision, table) => panic!("{from:?} {step:?}: {decision:?}, but the table says {table:?}"),
        }
    }
    assert_eq!(past.case.state, next(from, step).unwrap_or(from), "{from:?} {step:?}");
}

#[test]
fn approving_is_bound_to_the_table_like_proposing() {
    // Both proposals are on the table when the case is withdrawn, disputed or made public.
    let proposed = |h: History| h.by(&alice(), propose(5, ContentLevel::Detail));
    let mut withdrawn = proposed(History::opened().on_the_way_to(State::Sharing))
        .by(&alice(), release(ReleaseReason::Leaked))
        .by(&alice(), withdraw());
    let mut disputed = proposed(History::opened().on_the_way_to(State::VendorNotified))
        .by(&alice(), release(ReleaseReason::Leaked))
        .by(&alice(), dispute());
    for past in [&mut withdrawn, &mut disputed] {
        let state = past.case.state.as_str();
        let share = past.attempt(&bob(), approve(5, &[OPERATOR]));
        assert_eq!(share, Err(Refusal::WrongState { state, step: "share" }));
        let release = past.attempt(&bob(), Command::ApproveRelease);
        assert_eq!(release, Err(Refusal::WrongState { state, step: "release" }));
    }
}

#[test]
fn a_sent_wave_is_extended_only_while_the_case_is_shared() {
    for state in [State::Sharing, State::Public, State::Closed, State::Withdrawn] {
        let mut past = History::opened().on_the_way_to(state);
        let decision = past.attempt(&Actor::System, extend(1, &[OPERATOR]));
        let wrong = Refusal::WrongState { state: state.as_str(), step: "share" };
        assert_eq!(decision.err(), (state != State::Sharing).then_some(wrong), "{state:?}");
    }
}

#[test]
fn the_table_is_a_function_and_reaches_every_state() {
    let pairs: BTreeSet<_> = TRANSITIONS.iter().map(|(from, step, _)| (*from, *step)).collect();
    assert_eq!(pairs.len(), TRANSITIONS.len(), "one target for each state and step");
    let steps: BTreeSet<_> = TRANSITIONS.iter().map(|(_, step, _)| *step).collect();
    assert_eq!(steps, STEPS.iter().copied().collect(), "this test knows every step");
    let mut reached = BTreeSet::from([State::Open]);
    while TRANSITIONS.iter().any(|(from, _, to)| reached.contains(from) && reached.insert(*to)) {}
    assert_eq!(reached, State::ALL.iter().copied().collect());
}

#[test]
fn the_diagram_shows_every_move_and_no_other() {
    let lines: Vec<String> = diagram().lines().map(|line| line.trim().to_owned()).collect();
    let moves = TRANSITIONS.iter().filter(|(from, _, to)| from != to);
    let expected: BTreeSet<String> = moves
        .map(|(from, step, to)| {
            let name = |state: &State| state.as_str().replace('-', "_");
            format!("{} --> {}: {}", name(from), name(to), step.as_str())
        })
        .collect();
    assert_eq!(lines[..2], ["stateDiagram-v2".to_owned(), "[*] --> open".to_owned()]);
    assert_eq!(lines[2..].iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(lines.len(), expected.len() + 2);
}

#[test]
fn the_document_is_what_the_table_says() {
    golden::check("states.md", &document());
}

fn document() -> String {
    let mut text = String::from(
        "# States of a case\n\n\
         Rendered from `crates/core/src/case/states.rs`. After a change run \
         `UPDATE_GOLDEN=1 cargo test -p forewarn-core` and read the difference.\n\n",
    );
    text.push_str(&format!("```mermaid\n{}```\n\n", diagram()));
    text.push_str("## Moves\n\nEach cell is the state after the step; an empty cell is a refusal.\n\n");
    let steps: Vec<&str> = STEPS.iter().map(|step| step.as_str()).collect();
    text.push_str(&format!("| from | {} |\n|---|{}\n", steps.join(" | "), "---|".repeat(steps.len())));
    for state in State::ALL {
        let cells = STEPS.iter().map(|step| next(*state, *step).map_or("", State::as_str));
        let cells: Vec<&str> = cells.collect();
        text.push_str(&format!("| {} | {} |\n", state.as_str(), cells.join(" | ")));
    }
    text.push_str(
        "\n## Work that does not move a case\n\nTried on a case that came to the state the usual way.\n\n",
    );
    let names: Vec<&str> = still().iter().map(|(name, ..)| *name).collect();
    text.push_str(&format!("| in | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len())));
    for state in State::ALL {
        let past = History::opened().on_the_way_to(*state);
        let allowed = |(_, actor, command): (_, Actor, Command)| match past.clone().attempt(&actor, command) {
            Ok(_) => "yes",
            Err(_) => "",
        };
        let cells: Vec<&str> = still().into_iter().map(allowed).collect();
        text.push_str(&format!("| {} | {} |\n", state.as_str(), cells.join(" | ")));
    }
    text
}

/// Commands that leave the state as it is.
fn still() -> Vec<(&'static str, Actor, Command)> {
    vec![
        ("draft", alice(), draft("Another")),
        ("set terms", alice(), terms(day(40))),
        ("correct affected", alice(), Command::CorrectAffected { affected: vec![affected("lexer")] }),
        ("join a finding", alice(), support::history::join(2, support::cast::FINDER)),
    ]
}
