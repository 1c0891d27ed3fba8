//! A vendor's pace over simulated years: never more than it takes, an exploited case at once, nothing stuck in silence.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::Actor;
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::ids::CaseId;
use forewarn_core::pace::{Command, Event, Pace, Why, decide};
use forewarn_core::{Policy, Refusal};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use support::cast::{self, VENDOR, org};
use support::{facts, hour, policy, remembered};

fn case(number: u128) -> CaseId {
    CaseId(uuid::Uuid::from_u128(number))
}

/// A pace, the clock, and what was seen to happen.
struct World {
    pace: Pace,
    now: Timestamp,
    policy: Policy,
    past: Vec<(Timestamp, Event)>,
}

impl World {
    fn new() -> Self {
        Self { pace: Pace::default(), now: hour(0), policy: policy(), past: vec![] }
    }

    fn does(&mut self, actor: &Actor, command: Command) -> Result<(), Refusal> {
        for event in decide(&self.pace, command, &facts(&self.policy, actor, self.now))? {
            let meta = Meta { at: self.now, actor: actor.label(), version: 0 };
            self.pace = std::mem::take(&mut self.pace).evolve(&meta, &event);
            self.past.push((self.now, event));
        }
        Ok(())
    }

    fn set(&mut self, per_week: Option<u32>) {
        self.does(&cast::vendor(), Command::Set { per_week }).unwrap();
    }

    fn tell(&mut self, number: u128, exploited: bool) {
        let command = Command::Tell { vendor: org(VENDOR), case: case(number), exploited };
        self.does(&cast::alice(), command).unwrap();
    }

    /// Lets the hours pass, and does what falls due, when the pace said that it would.
    fn pass(&mut self, hours: i64, exploited: &BTreeSet<CaseId>) {
        let until = self.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
        let days = self.policy.profile.pace.alarm_days;
        while let Some(due) = self.pace.look_again(self.now, days).filter(|due| *due <= until) {
            let before = self.past.len();
            self.now = due.max(self.now);
            self.admit(exploited);
            assert!(self.past.len() > before, "what is due changes something, or it would be due for ever");
        }
        self.now = until;
    }

    /// The higher the number of a case, the more urgent it is.
    fn admit(&mut self, exploited: &BTreeSet<CaseId>) {
        let queue = self.pace.waiting.keys().rev().map(|case| (*case, exploited.contains(case))).collect();
        self.does(&Actor::System, Command::Admit { queue }).unwrap();
    }

    fn told(&self) -> Vec<(Timestamp, CaseId, Why)> {
        let told = |(at, event): &(Timestamp, Event)| match event {
            Event::PaceTold { case, why, .. } => Some((*at, *case, *why)),
            _ => None,
        };
        self.past.iter().filter_map(told).collect()
    }
}

#[derive(Clone, Debug)]
enum Move {
    Tell { exploited: bool },
    Exploit { which: usize },
    Pass { hours: i64 },
    Pace { per_week: u32 },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        8 => prop::bool::weighted(0.1).prop_map(|exploited| Move::Tell { exploited }),
        1 => (0..20_usize).prop_map(|which| Move::Exploit { which }),
        5 => (1..200_i64).prop_map(|hours| Move::Pass { hours }),
        1 => (1..6_u32).prop_map(|per_week| Move::Pace { per_week }),
    ];
    prop::collection::vec(one, 1..120)
}

/// A world in which the moves were made; the pace is 1 to 5 a week throughout.
fn lived(moves: &[Move]) -> (World, BTreeMap<CaseId, Timestamp>) {
    let mut world = World::new();
    let mut exploited = BTreeSet::new();
    let mut asked = BTreeMap::new();
    world.set(Some(2));
    for (number, one) in (1..).zip(moves) {
        match one {
            Move::Tell { exploited: now } => {
                asked.insert(case(number), world.now);
                if *now {
                    exploited.insert(case(number));
                }
                world.tell(number, *now);
            }
            Move::Exploit { which } => {
                let waiting: Vec<_> = world.pace.waiting.keys().copied().collect();
                exploited.extend(waiting.get(*which));
                world.admit(&exploited);
                assert!(waiting.get(*which).is_none_or(|case| !world.pace.waiting.contains_key(case)));
            }
            Move::Pass { hours } => world.pass(*hours, &exploited),
            Move::Pace { per_week } => world.set(Some(*per_week)),
        }
    }
    (world, asked)
}

proptest! {
    #![proptest_config(remembered("pace", 300))]

    /// In any seven days no more than the fastest pace that was set, but for exploited ones.
    #[test]
    fn a_vendor_is_told_of_no_more_than_it_takes(moves in moves()) {
        let (world, _) = lived(&moves);
        let paces = world.past.iter().filter_map(|(_, event)| match event {
            Event::PaceSet { per_week, .. } => *per_week,
            _ => None,
        });
        let fastest = usize::try_from(paces.max().unwrap()).unwrap();
        let told = world.told();
        for (end, _, _) in told.iter().filter(|(_, _, why)| *why == Why::Room) {
            let within = |at: &Timestamp| at <= end && end.duration_since(*at) < SignedDuration::from_hours(168);
            let count = told.iter().filter(|(at, _, why)| *why == Why::Room && within(at)).count();
            prop_assert!(count <= fastest, "{count} of {fastest}");
        }
    }

    /// Every case that was asked for is told, waits within the patience of the profile, or has an alarm.
    #[test]
    fn nothing_is_stuck_without_an_alarm(moves in moves()) {
        let (world, asked) = lived(&moves);
        let told: BTreeSet<_> = world.told().into_iter().map(|(_, case, _)| case).collect();
        let patience = SignedDuration::from_hours(24 * i64::from(world.policy.profile.pace.alarm_days));
        for (case, at) in asked {
            let waits = world.pace.waiting.get(&case);
            let fresh = world.now.duration_since(at) <= patience;
            prop_assert!(told.contains(&case) || waits.is_some_and(|w| fresh || w.alarm.is_some()), "{case}");
        }
    }

    /// Whatever came before, when nothing new comes everything is told in the end.
    #[test]
    fn everything_is_told_in_the_end(moves in moves()) {
        let (mut world, _) = lived(&moves);
        world.pass(24 * 7 * 130, &BTreeSet::new());
        prop_assert!(world.pace.waiting.is_empty(), "{:?}", world.pace);
    }
}

#[test]
fn the_most_urgent_comes_first_and_an_exploited_one_passes_the_queue() {
    let mut world = World::new();
    world.set(Some(1));
    for number in [5, 3, 9] {
        world.tell(number, false);
    }
    world.tell(1, true);
    let reasons: Vec<_> = world.told().into_iter().map(|(_, case, why)| (case, why)).collect();
    assert_eq!(reasons, [(case(5), Why::Room), (case(1), Why::Exploited)]);
    world.pass(24 * 8, &BTreeSet::new());
    assert_eq!(world.told().last().map(|told| told.1), Some(case(9)));
    assert_eq!(world.pace.waiting.keys().copied().collect::<Vec<_>>(), [case(3)]);
    assert_eq!(world.pace.room(world.now), Some(0));
}

#[test]
fn without_a_pace_everything_is_told_at_once() {
    let mut world = World::new();
    world.tell(1, false);
    assert_eq!(world.told()[0].2, Why::NoPace);
    world.set(Some(1));
    world.tell(2, false);
    world.tell(2, false);
    assert_eq!(world.pace.waiting.len(), 1, "the case from before the pace counts");
    world.set(None);
    world.pass(1, &BTreeSet::new());
    assert!(world.pace.waiting.is_empty());
}

#[test]
fn a_dropped_case_leaves_its_reason() {
    let mut world = World::new();
    world.set(Some(1));
    world.tell(1, false);
    world.tell(2, false);
    let drop = || Command::Drop { case: case(2), reason: "it was withdrawn".into() };
    world.does(&Actor::System, drop()).unwrap();
    world.does(&Actor::System, drop()).unwrap();
    assert_eq!(world.pace.dropped, [(case(2), "it was withdrawn".to_owned())]);
    assert!(world.pace.waiting.is_empty());
}

#[test]
fn who_may_set_a_pace_and_which() {
    let mut world = World::new();
    let set = |per_week| Command::Set { per_week };
    let refused = world.does(&cast::operator(), set(Some(1))).unwrap_err();
    assert_eq!(refused, Refusal::Forbidden("only a vendor sets its own pace"));
    for wrong in [0, 10_001] {
        let refused = world.does(&cast::vendor(), set(Some(wrong))).unwrap_err();
        let message = "give 1 to 10,000 cases a week, or null for any number";
        assert_eq!(refused, Refusal::Invalid { field: "/per_week", message });
    }
    world.set(Some(3));
    world.set(Some(3));
    assert_eq!(world.past.len(), 1, "the same again is no event");
    let admit = Command::Admit { queue: vec![] };
    let refused = world.does(&cast::alice(), admit).unwrap_err();
    assert_eq!(refused, Refusal::Forbidden("only the service lets waiting cases in"));
}
