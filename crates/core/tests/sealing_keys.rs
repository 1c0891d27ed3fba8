//! Keys that notices are sealed to: who adds and removes them, and that it takes two.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Refusal;
use forewarn_core::access::{Actor, Role, Scope};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::ids::PrincipalId;
use forewarn_core::notice::{self, Sealed};
use forewarn_core::party::{
    self, Event, KeyCommand, KeyPurpose, KeyStanding, NewKey, Organisation, Principal, Profile,
    key_fingerprint,
};
use forewarn_core::sharing::ContentLevel;
use proptest::prelude::*;
use support::cast::{OPERATOR, alice, bob, finder, member, org, principal, scoped};
use support::inbox::Inbox;
use support::{day, facts, policy, remembered};

/// First person of the operator, second, and its machine.
fn ann() -> Actor {
    member(OPERATOR, 1, Role::Operator, true)
}
fn ben() -> Actor {
    member(OPERATOR, 2, Role::Operator, true)
}
fn machine() -> Actor {
    member(OPERATOR, 9, Role::Operator, false)
}

fn fold(state: Organisation, events: &[Event]) -> Organisation {
    let meta = Meta { at: day(0), actor: "test".into(), version: 1 };
    events.iter().fold(state, |state, event| state.evolve(&meta, event))
}

/// An operator with so many people and a machine.
fn operator_of(people: u128) -> Organisation {
    let profile = Profile { roles: [Role::Operator].into(), ..Profile::default() };
    let mut events = vec![Event::OrganisationEnrolled { org: org(OPERATOR), profile }];
    for number in (1..=people).chain([9]) {
        let id = principal(OPERATOR + number);
        let roles = [Role::Operator].into();
        let principal = Principal { id, name: "P".into(), person: number != 9, roles };
        events.push(Event::PrincipalAdded { principal });
    }
    fold(Organisation::default(), &events)
}

fn key(name: &str) -> NewKey {
    NewKey { recipient: format!("age1pq1{name}"), purpose: KeyPurpose::Device, label: name.into() }
}

fn id(name: &str) -> String {
    key_fingerprint(&key(name).recipient)
}

fn propose(name: &str) -> KeyCommand {
    KeyCommand::Propose { keys: vec![key(name)], enrolling: false }
}

fn ask(state: &Organisation, actor: &Actor, command: KeyCommand) -> Result<Vec<Event>, Refusal> {
    party::decide(state, party::Command::Keys(command), &facts(&policy(), actor, day(0)))
}

#[track_caller]
fn done(state: Organisation, actor: &Actor, command: KeyCommand) -> Organisation {
    let events = ask(&state, actor, command).expect("allowed");
    fold(state, &events)
}

#[track_caller]
fn says(state: &Organisation, actor: &Actor, command: KeyCommand, words: &str) {
    let refusal = ask(state, actor, command).expect_err("must be refused");
    assert!(refusal.to_string().ends_with(words), "{refusal}");
}

fn standing(state: &Organisation, name: &str) -> Option<KeyStanding> {
    state.sealing_keys.get(&id(name)).map(|key| key.standing)
}

fn approve(name: &str) -> KeyCommand {
    KeyCommand::Approve { id: id(name) }
}

fn remove(name: &str) -> KeyCommand {
    KeyCommand::Remove { id: id(name) }
}

#[test]
fn the_first_key_counts_at_once_and_the_next_one_needs_another_person() {
    let state = done(operator_of(2), &ann(), propose("one"));
    assert_eq!(standing(&state, "one"), Some(KeyStanding::Active));
    let state = done(state, &ann(), propose("two"));
    assert_eq!(standing(&state, "two"), Some(KeyStanding::Proposed));
    says(&state, &ann(), approve("two"), "you approved this already; another person is needed");
    says(&state, &machine(), approve("two"), "only people approve and remove keys, not services");
    says(
        &state,
        &alice(),
        approve("two"),
        "the organisation has two people of its own, who approve its keys",
    );
    says(&state, &ben(), approve("one"), "this key does not wait for approval");
    says(&state, &finder(), approve("two"), "there is no such thing, or it is not yours to see");
    says(&state, &ben(), approve("other"), "there is no such thing, or it is not yours to see");
    let narrow = scoped(ben(), &[Scope::Notices]);
    says(&state, &narrow, approve("two"), "there is no such thing, or it is not yours to see");
    let state = done(state, &ben(), approve("two"));
    assert_eq!(standing(&state, "two"), Some(KeyStanding::Active));
    // Proposed again, it is the same key.
    assert_eq!(ask(&state, &ann(), propose("two")).unwrap(), vec![]);
}

#[test]
fn a_machine_proposes_and_two_people_approve() {
    let alone = done(operator_of(2), &machine(), propose("one"));
    assert_eq!(standing(&alone, "one"), Some(KeyStanding::Proposed), "a token is no code");
    let enrolling = KeyCommand::Propose { keys: vec![key("one"), key("paper")], enrolling: true };
    let state = done(operator_of(2), &machine(), enrolling);
    assert_eq!(state.active_keys().count(), 2);
    let enrolling = KeyCommand::Propose { keys: vec![key("two")], enrolling: true };
    let state = done(state, &machine(), enrolling);
    let state = done(state, &ann(), approve("two"));
    assert_eq!(standing(&state, "two"), Some(KeyStanding::Proposed));
    let state = done(state, &ben(), approve("two"));
    assert_eq!(standing(&state, "two"), Some(KeyStanding::Active));
}

#[test]
fn coordinators_stand_in_for_people_that_an_organisation_lacks() {
    let state = done(operator_of(1), &ann(), propose("one"));
    let state = done(state, &ann(), propose("two"));
    let state = done(state, &alice(), approve("two"));
    assert_eq!(standing(&state, "two"), Some(KeyStanding::Active));
    // Not in place of the one that it has.
    let state = done(state, &machine(), propose("three"));
    let state = done(done(state, &alice(), approve("three")), &bob(), approve("three"));
    assert_eq!(standing(&state, "three"), Some(KeyStanding::Proposed));
    assert_eq!(standing(&done(state, &ann(), approve("three")), "three"), Some(KeyStanding::Active));
}

#[test]
fn one_person_removes_a_key_but_not_the_last() {
    let state = done(operator_of(2), &ann(), propose("one"));
    let state = done(done(state, &ann(), propose("two")), &ben(), approve("two"));
    says(&state, &machine(), remove("one"), "only people approve and remove keys, not services");
    let state = done(state, &ben(), remove("one"));
    assert_eq!(standing(&state, "one"), Some(KeyStanding::Revoked));
    says(&state, &ben(), remove("one"), "this key was revoked before");
    says(&state, &ben(), propose("one"), "this key was revoked; make a new one");
    let state = done(state, &ben(), remove("two"));
    assert_eq!(standing(&state, "two"), Some(KeyStanding::Active), "it is the last");
    says(&state, &ben(), remove("two"), "it is the last key: another person must ask for this too");
    let state = done(state, &ann(), remove("two"));
    assert_eq!(standing(&state, "two"), Some(KeyStanding::Revoked));
    let lonely = done(operator_of(1), &ann(), propose("one"));
    says(&lonely, &alice(), remove("one"), "a person of the organisation asks first that a key go");
    let lonely = done(done(lonely, &ann(), remove("one")), &alice(), remove("one"));
    assert_eq!(lonely.active_keys().count(), 0);
}

#[test]
fn what_is_no_key_and_too_many_are_refused() {
    let state = operator_of(2);
    let nameless = NewKey { label: String::new(), ..key("one") };
    let command = KeyCommand::Propose { keys: vec![nameless], enrolling: false };
    says(&state, &ann(), command, "/label: give 1 to 200 characters without control characters");
    let empty = NewKey { recipient: String::new(), ..key("one") };
    let command = KeyCommand::Propose { keys: vec![empty], enrolling: false };
    says(&state, &ann(), command, "/recipient: give the public key: age1pq1...");
    let full = (0..16).fold(state, |state, number| done(state, &ann(), propose(&format!("k{number}"))));
    let words = "an organisation has at most 16 keys that count or wait; remove one first";
    says(&full, &ann(), propose("more"), words);
    // A role that the organisation itself has not got.
    let mut other = operator_of(1);
    other.profile.roles = [Role::Finder].into();
    let words = "only operators and relays get notices, so only they have keys for them";
    says(&other, &ann(), propose("one"), words);
}

#[test]
fn a_notice_is_sealed_for_its_reader_under_the_next_revision() {
    let inbox = Inbox::queued(ContentLevel::Detail, true);
    let sealed = |revision: u32, keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        notice::Command::Seal(Sealed { revision, text: "t".into(), keys, file: "f".into() })
    };
    let mut refused = inbox.clone();
    let words = "a sealed notice has the next revision, and keys that open it";
    for bad in [sealed(2, &["k"]), sealed(1, &[])] {
        assert_eq!(refused.attempt(&ann(), bad).unwrap_err().to_string(), words);
    }
    let nobody = refused.attempt(&Actor::System, sealed(1, &["k"])).unwrap_err();
    assert!(nobody.to_string().ends_with("a notice is sealed for those who read it"));
    let inbox = inbox.by(&ann(), sealed(1, &["k", "l"]));
    let active = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<String>>();
    let reader = org(OPERATOR);
    // Keys that were added are no reason to seal again; one that is gone is, and so is another text.
    assert!(inbox.notice.sealed_for(reader, "t", &active(&["k", "l", "m"])).is_some());
    assert!(inbox.notice.sealed_for(reader, "t", &active(&["k", "m"])).is_none());
    assert!(inbox.notice.sealed_for(reader, "u", &active(&["k", "l"])).is_none());
    assert_eq!(inbox.notice.next_revision(reader), 2);
}

proptest! {
    #![proptest_config(remembered("sealing-keys", 400))]

    /// Whatever anybody does in whatever order: a key beside the first ones counts only once two different people asked for
    /// it, who are the organisation's own as far as it has two; and the last key goes only when two asked for that.
    #[test]
    fn nobody_changes_keys_alone(
        people in 0_u128..4,
        steps in prop::collection::vec((0_usize..6, 0_usize..4, 0_usize..5), 1..60),
    ) {
        let actors = [ann(), ben(), member(OPERATOR, 3, Role::Operator, true), machine(), alice(), bob()];
        let mut state = operator_of(people);
        let mut asked: BTreeMap<(String, bool), BTreeSet<PrincipalId>> = BTreeMap::new();
        for (who, what, which) in steps {
            let actor = &actors[who];
            // Only those whom the organisation has act for it.
            if (who < 3 && who as u128 >= people) || (what == 0 && who > 3) {
                continue;
            }
            let name = format!("k{which}");
            let command = match what {
                0 => propose(&name),
                1 => approve(&name),
                2 => remove(&name),
                _ => KeyCommand::Propose { keys: vec![key(&name)], enrolling: who == 3 },
            };
            let before: BTreeSet<String> = state.active_keys().map(|(id, _)| id.to_owned()).collect();
            let Ok(events) = ask(&state, actor, command) else { continue };
            state = fold(state, &events);
            if let Some(person) = actor.person().filter(|_| !events.is_empty()) {
                asked.entry((id(&name), what == 2)).or_default().insert(person);
            }
            let after: BTreeSet<String> = state.active_keys().map(|(id, _)| id.to_owned()).collect();
            let two = |id: &String, removal: bool| {
                let who = asked.get(&(id.clone(), removal)).cloned().unwrap_or_default();
                let own = who.iter().filter(|one| state.principals.contains_key(*one)).count() as u128;
                who.len() >= 2 && own >= people.min(2)
            };
            for fresh in after.difference(&before).filter(|_| !before.is_empty()) {
                prop_assert!(two(fresh, false), "a key came by one");
            }
            if after.is_empty() {
                for gone in &before {
                    prop_assert!(two(gone, true), "the last key went by one");
                }
            }
        }
    }
}
