//! A case is destroyed when two people of its coordinators say so, and it is over.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Act, Actor, Guarded, Relation, Role, Visible};
use forewarn_core::aggregate::{Aggregate, Facets, Meta};
use forewarn_core::case::{Case, State};
use forewarn_core::ids::CaseId;
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_core::shredding::{Event, Shredding, decide};
use forewarn_core::{Facts, Policy, Refusal};
use support::cast::{member, org};
use uuid::Uuid;

const CENTRE: u128 = 100;

#[allow(clippy::disallowed_methods, reason = "the core has nothing to note a read on")]
fn seen(actor: &Actor, state: State, relation: Relation) -> Visible<Case> {
    let case = Case { id: Some(CaseId(Uuid::from_u128(7))), state, ..Case::default() };
    let facets = Facets { relations: [(org(CENTRE), relation)].into(), ..Facets::default() };
    Guarded::new(case, facets, 3).see(actor, Act::SeeCase).unwrap()
}

fn person(number: u128) -> Actor {
    member(CENTRE, number, Role::Coordinator, true)
}

fn decided(two: [&Visible<Case>; 2], reason: &str) -> Result<Vec<Event>, Refusal> {
    let policy = Policy::parse(DEFAULT_PROFILE).unwrap();
    let now = "2026-07-01T08:00:00Z".parse().unwrap();
    decide(&Shredding::default(), two, reason, &Facts { now, actor: &Actor::System, policy: &policy })
}

fn coordinating(number: u128, state: State) -> Visible<Case> {
    seen(&person(number), state, Relation::Coordinating)
}

#[test]
fn two_coordinators_destroy_a_case_that_is_over() {
    for state in [State::Closed, State::Withdrawn] {
        let two = [&coordinating(1, state), &coordinating(2, state)];
        let events = decided(two, " the finder asked for it ").unwrap();
        let [Event::CaseShredded { by, reason, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((by.len(), reason.as_str()), (2, "the finder asked for it"));
        let meta = Meta { at: "2026-07-01T08:00:00Z".parse().unwrap(), actor: "system".into(), version: 1 };
        let state = Shredding::default().evolve(&meta, &events[0]);
        assert_eq!(state.facets().state, "shredded");
        assert!(state.facets().relations.is_empty() && !state.facets().public);
    }
}

#[test]
fn whatever_is_missing_is_named() {
    let words = |result: Result<Vec<Event>, Refusal>| result.unwrap_err().to_string();
    let ada = coordinating(1, State::Closed);
    let ben = coordinating(2, State::Closed);
    assert_eq!(words(decided([&ada, &ada], "r")), "two people decide that a case is destroyed");
    let service = member(CENTRE, 3, Role::Coordinator, false);
    let service = seen(&service, State::Closed, Relation::Coordinating);
    assert_eq!(words(decided([&ada, &service], "r")), "people decide that a case is destroyed, not services");
    let vendor = seen(&member(CENTRE, 4, Role::Vendor, true), State::Closed, Relation::Vendor);
    let refused = words(decided([&ada, &vendor], "r"));
    assert!(refused.contains("only coordinators of a case decide that it is destroyed"), "{refused}");
    for state in [State::Open, State::Sharing, State::Public] {
        let two = [&coordinating(1, state), &coordinating(2, state)];
        let refused = words(decided(two, "r"));
        assert!(refused.starts_with("destroying a case that is not over"), "{refused}");
    }
    for reason in ["", "  ", &"r".repeat(1001)] {
        let refused = words(decided([&ada, &ben], reason));
        assert_eq!(refused, "/reason: say why, in at most 1,000 bytes");
    }
}
