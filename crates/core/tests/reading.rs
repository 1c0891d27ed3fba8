//! What a record of a read says to whom, and when reading is too much.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{Actor, Member, ReadShown, Role, Scope, SeenAs, read_shown};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::ids::{CredentialId, OrgId, PrincipalId};
use forewarn_core::policy::{DEFAULT_PROFILE, Policy, Reading, ReadingLimit};
use forewarn_core::reading::{Command, Event, Kind, Read, Reader, Thing, Volume, Window, decide};
use forewarn_core::{Facts, Refusal};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

fn member(number: u128, role: Role) -> Actor {
    Actor::Member(Member {
        principal: PrincipalId(Uuid::from_u128(number)),
        org: OrgId(Uuid::from_u128(number + 100)),
        person: true,
        roles: [role].into(),
        scopes: Scope::ALL.iter().copied().collect(),
        credential: CredentialId(Uuid::from_u128(number + 200)),
        acts_for: BTreeMap::new(),
    })
}

fn alarm(of: &Actor) -> Read {
    let meta = Meta { at: now(), actor: of.label(), version: 1 };
    let reader = Reader::of(of).unwrap();
    let event = Event::TooMuchRead { id: "a".into(), reader, since: now(), things: 7, stopped: false };
    Read::default().evolve(&meta, &event)
}

fn now() -> Timestamp {
    "2026-07-01T08:30:00Z".parse().unwrap()
}

fn settle(state: &Read, actor: &Actor, words: &str) -> Result<Vec<Event>, Refusal> {
    let policy = Policy::parse(DEFAULT_PROFILE).unwrap();
    decide(state, Command::Settle { words: words.into() }, &Facts { now: now(), actor, policy: &policy })
}

#[test]
fn somebody_else_settles_an_alarm_once_and_in_words() {
    let (reader, other) = (member(1, Role::Coordinator), member(2, Role::Coordinator));
    let state = alarm(&reader);
    let refused =
        |state: &Read, actor: &Actor, words: &str| settle(state, actor, words).unwrap_err().to_string();
    let own = "nobody settles the alarm about what they read themselves; ask somebody else";
    assert!(refused(&state, &reader, "w").contains(own));
    assert!(refused(&state, &other, "  ").contains("say in 1 to 2,000 characters what was found"));
    assert_eq!(settle(&state, &member(3, Role::Vendor), "w").unwrap_err(), Refusal::NotFound);
    assert_eq!(settle(&Read::default(), &other, "w").unwrap_err(), Refusal::NotFound);
    let events = settle(&state, &other, "a review").unwrap();
    let meta = Meta { at: now(), actor: other.label(), version: 2 };
    assert_eq!(state.facets().state, "alarm");
    let settled = state.evolve(&meta, &events[0]);
    assert_eq!(settled.facets().state, "settled");
    assert!(refused(&settled, &other, "again").contains("this alarm is settled already"));
}

const ALL_SEEN_AS: [SeenAs; 8] = [
    SeenAs::Coordinator,
    SeenAs::Finder,
    SeenAs::Vendor,
    SeenAs::Validator,
    SeenAs::Recipient,
    SeenAs::Relay,
    SeenAs::Auditor,
    SeenAs::Nobody,
];

fn thing(kind: Kind, seen_as: SeenAs, content: bool) -> Thing {
    Thing { kind, id: "t".into(), case: None, seen_as, content }
}

#[test]
fn a_finder_learns_nothing_of_recipients_and_of_other_finders() {
    let (finder, reader) = (member(1, Role::Finder), Reader::of(&member(2, Role::Operator)).unwrap());
    for kind in [Kind::Finding, Kind::Case, Kind::Notice, Kind::Thread] {
        for seen_as in ALL_SEEN_AS {
            for content in [true, false] {
                let one = thing(kind, seen_as, content);
                assert_eq!(read_shown(&finder, true, &reader, &one), ReadShown::Named);
                let shown = read_shown(&finder, false, &reader, &one);
                let hidden = matches!(kind, Kind::Notice | Kind::Thread)
                    || !content
                    || matches!(
                        seen_as,
                        SeenAs::Finder | SeenAs::Recipient | SeenAs::Relay | SeenAs::Auditor | SeenAs::Nobody
                    );
                assert_eq!(shown == ReadShown::Hidden, hidden, "{one:?}");
                assert_ne!(shown, ReadShown::Named, "{one:?}");
                let own = Reader::of(&finder).unwrap();
                assert_eq!(read_shown(&finder, false, &own, &one), ReadShown::Named);
            }
        }
    }
}

proptest! {
    /// However the reads of a window come in parts, there is one alarm, at the part that reaches the limit; and with a
    /// limit that stops, what was shown never is more than it.
    #[test]
    fn one_alarm_and_no_more_than_the_limit(parts in proptest::collection::vec(0..40_u64, 1..60), alarm_at in 1..300_u64, more in 0..50_u64, stops in any::<bool>()) {
        let limit = ReadingLimit { alarm_at, stop_at: if stops { alarm_at + more } else { 0 } };
        let (mut shown, mut alarms) = (0, 0);
        for part in parts {
            let volume = Volume { before: shown, after: shown + part };
            if volume.stops(&limit) {
                prop_assert!(stops);
                continue;
            }
            alarms += u64::from(volume.alarms(&limit));
            shown = volume.after;
        }
        prop_assert_eq!(alarms, u64::from(shown >= alarm_at));
        prop_assert!(!stops || shown <= limit.stop_at);
    }

    /// Every moment is in its window, and the windows do not overlap.
    #[test]
    fn every_moment_is_in_one_window(second in 0..4_000_000_000_i64, hours in 1..720_u32) {
        let rules = Reading { window_hours: hours, ..Reading::default() };
        let now = Timestamp::from_second(second).unwrap();
        let window = Window::at(&rules, now);
        prop_assert!(window.start <= now.as_millisecond() && now.as_millisecond() < window.end);
        prop_assert!(window.left(now) >= 1 && window.left(now) <= u64::from(hours) * 3600);
        let next = Window::at(&rules, Timestamp::from_millisecond(window.end).unwrap());
        prop_assert_eq!(next.start, window.end);
    }
}

#[test]
fn a_profile_with_limits_that_make_no_sense_is_refused() {
    let with = |limit: &str| {
        DEFAULT_PROFILE.replace("others = { alarm_at = 200, stop_at = 0 }", &format!("others = {limit}"))
    };
    for limit in ["{ alarm_at = 0 }", "{ alarm_at = 10, stop_at = 9 }"] {
        let error = Policy::parse(&with(limit)).unwrap_err().to_string();
        assert!(error.contains("stop_at is 0 or not below it"), "{error}");
    }
    assert!(Policy::parse(&with("{ alarm_at = 10, stop_at = 10 }")).is_ok());
    assert!(Policy::parse(&DEFAULT_PROFILE.replace("window_hours = 24", "window_hours = 0")).is_err());
}

#[test]
fn what_somebody_is_shown_as_has_words() {
    let words: BTreeSet<&str> = ALL_SEEN_AS.iter().map(|seen_as| seen_as.words()).collect();
    assert_eq!(words.len(), ALL_SEEN_AS.len());
}
