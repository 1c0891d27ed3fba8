//! Approvals with a signature: what is signed, by whom, and what is refused in which words.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::Actor;
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::approval::{self, Signed, Statement, check, decide, sign, verifies};
use forewarn_core::case::{Command, Event, ReleaseReason, State};
use forewarn_core::party::{self, Organisation, Principal};
use forewarn_core::sharing::ContentLevel;
use forewarn_core::{Policy, Refusal};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use support::cast::{CENTRE, alice, bob, bot, org, principal};
use support::history::{History, approve, draft, fix, propose, release};
use support::{day, facts, policy};

const SEED: [u8; 32] = [5; 32];

fn public(seed: &[u8; 32]) -> String {
    sign(seed, "").0
}

fn ready() -> History {
    History::opened().on_the_way_to(State::VendorNotified)
}

/// A signature of an actor over a command at a moment.
fn over(history: &History, actor: &Actor, command: &Command, seed: &[u8; 32], at: Timestamp) -> Signed {
    let statement = Statement::of(&history.case, command, actor.person().unwrap(), at).unwrap();
    let (key, signature) = sign(seed, &statement.text());
    Signed { at, key, signature }
}

struct Tried<'a> {
    history: &'a History,
    actor: Actor,
    command: Command,
    signed: Option<Signed>,
    key: Option<String>,
}

impl Tried<'_> {
    fn decide(&self, policy: &Policy) -> Result<Vec<Event>, Refusal> {
        let facts = facts(policy, &self.actor, self.history.now);
        decide(&self.history.case, self.command.clone(), self.signed.as_ref(), self.key.as_deref(), &facts)
    }

    #[track_caller]
    fn says(&self, words: &str) {
        let refused = self.decide(&policy()).expect_err("must be refused").to_string();
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn what_is_refused_in_which_words() {
    let history = ready();
    let now = history.now;
    let command = propose(1, ContentLevel::Mitigation);
    let good = over(&history, &alice(), &command, &SEED, now);
    let tried = |command: &Command, signed: &Signed, key: Option<String>| Tried {
        history: &history,
        actor: alice(),
        command: command.clone(),
        signed: Some(signed.clone()),
        key,
    };
    let own = Some(public(&SEED));
    assert!(tried(&command, &good, own.clone()).decide(&policy()).is_ok());
    tried(&command, &good, None).says("no approval key of yours is registered; ask the administrator");
    tried(&command, &good, Some(public(&[6; 32])))
        .says("this is signed with another key than your registered one");
    tried(&propose(1, ContentLevel::Detail), &good, own.clone())
        .says("the signature is not over what would be approved; look at it again and sign it anew");
    tried(&draft("Worse"), &good, own.clone())
        .says("only proposals and approvals of waves and releases are signed");
    for off in [-11, 11] {
        let at = now.checked_add(SignedDuration::from_mins(off)).unwrap();
        let stale = over(&history, &alice(), &command, &SEED, at);
        tried(&command, &stale, own.clone())
            .says("this was not signed within the last 10 minutes; look at it again and sign it anew");
    }
    // Another's signature is over another approver.
    let by_bob = over(&history, &bob(), &command, &SEED, now);
    tried(&command, &by_bob, own.clone()).says("the signature is not over what would be approved");
    let mut used = history.clone();
    used.case.signatures.insert(good.signature.clone());
    let again = Tried {
        history: &used,
        actor: alice(),
        command: command.clone(),
        signed: Some(good.clone()),
        key: own,
    };
    again.says("this signature was used before; look at it again and sign it anew");
    let service = Tried { history: &history, actor: bot(), command, signed: Some(good), key: None };
    service.says("only people propose and approve, not services");
}

#[test]
fn where_the_policy_wants_signatures_nothing_is_approved_without() {
    let mut wanted = policy();
    wanted.profile.approvals.require_signed_approvals = true;
    let history = ready().by(&alice(), propose(1, ContentLevel::Mitigation));
    let released = history.clone().by(&alice(), release(ReleaseReason::Scheduled));
    let cases = [
        (&history, propose(2, ContentLevel::Mitigation)),
        (&history, approve(1, &[])),
        (&history, release(ReleaseReason::Scheduled)),
        (&released, Command::ApproveRelease),
    ];
    for (history, command) in cases {
        let mut tried = Tried { history, actor: bob(), command, signed: None, key: Some(public(&SEED)) };
        let refused = tried.decide(&wanted).unwrap_err().to_string();
        let words =
            "the policy wants approvals signed with your approval key: `forewarn case act --sign FILE`";
        assert!(refused.contains(words), "{refused}");
        assert!(tried.decide(&policy()).is_ok());
        tried.signed = Some(over(history, &bob(), &tried.command, &SEED, history.now));
        let events = tried.decide(&wanted).unwrap();
        assert!(check(&events[0], events.get(1)).is_ok());
        assert_eq!(check(&events[0], None).unwrap_err(), "what follows is not what was signed");
        // Beside another act the signature proves nothing.
        let other = Event::WaveApproved { wave: support::history::wave(77), by: principal(2) };
        assert!(check(&events[0], Some(&other)).is_err());
    }
    // Other acts need none.
    let other = Tried { history: &history, actor: alice(), command: fix(), signed: None, key: None };
    assert!(other.decide(&wanted).is_ok());
}

proptest! {
    /// One flipped bit anywhere in the text, the signature or the key, and it does not verify.
    #[test]
    fn no_changed_bit_verifies(text in "[ -~]{1,60}", seed in any::<[u8; 32]>(), place in any::<prop::sample::Index>(), bit in 0..7_u8) {
        let (key, signature) = sign(&seed, &text);
        prop_assert!(verifies(&key, &text, &signature) && approval::is_key(&key));
        let flip = |hex_text: &str| {
            let mut bytes = hex::decode(hex_text).unwrap();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            hex::encode(bytes)
        };
        prop_assert!(!verifies(&key, &text, &flip(&signature)));
        prop_assert!(!verifies(&flip(&key), &text, &signature));
        let mut other = text.clone().into_bytes();
        let at = place.index(other.len());
        other[at] ^= 1;
        if let Ok(other) = String::from_utf8(other) {
            prop_assert!(!verifies(&key, &other, &signature));
        }
    }

    /// Whatever stands in the place of a key or a signature is refused and never a panic.
    #[test]
    fn what_is_no_key_is_refused(key in ".{0,80}", signature in ".{0,140}") {
        prop_assert!(!verifies(&key, "text", &signature));
    }
}

#[test]
fn only_the_machine_registers_keys_and_each_person_has_their_own() {
    let person = |number: u128, person: bool| Principal {
        id: principal(number),
        name: format!("P{number}"),
        person,
        roles: [forewarn_core::access::Role::Coordinator].into(),
    };
    let mut state = Organisation { id: Some(org(CENTRE)), ..Organisation::default() };
    for one in [person(1, true), person(2, true), person(4, false)] {
        state.principals.insert(one.id, one);
    }
    let set = |number: u128, key: Option<&str>| party::Command::SetApprovalKey {
        principal: principal(number),
        key: key.map(str::to_owned),
    };
    let policy = policy();
    let tried = |state: &Organisation, actor: &Actor, command| {
        party::decide(state, command, &facts(&policy, actor, day(0)))
    };
    let says = |state: &Organisation, actor: &Actor, command, words: &str| {
        let refused = tried(state, actor, command).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    };
    let key = public(&SEED);
    let machine = "approval keys are registered by `forewarn admin` at the machine only";
    says(&state, &alice(), set(1, Some(&key)), machine);
    says(&state, &Actor::System, set(4, Some(&key)), "only people approve, so a service has no approval key");
    let small = "00".repeat(32);
    for bad in ["", "zz", &key[1..], &key.to_uppercase(), small.as_str()] {
        let words = "give an Ed25519 public key of 64 lower-case hexadecimal digits";
        says(&state, &Actor::System, set(1, Some(bad)), words);
    }
    let meta = Meta { at: day(0), actor: "system".into(), version: 1 };
    let events = tried(&state, &Actor::System, set(1, Some(&key))).unwrap();
    let state = events.iter().fold(state, |state, event| state.evolve(&meta, event));
    assert_eq!(state.approval_keys.get(&principal(1)), Some(&key));
    assert_eq!(tried(&state, &Actor::System, set(1, Some(&key))).unwrap(), vec![]);
    let words = "this key is another person's; each needs a key of their own";
    says(&state, &Actor::System, set(2, Some(&key)), words);
    let events = tried(&state, &Actor::System, set(1, None)).unwrap();
    let state = events.iter().fold(state, |state, event| state.evolve(&meta, event));
    assert!(state.approval_keys.is_empty());
}
