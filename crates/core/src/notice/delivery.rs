//! Messages that a notice waits: on which ways, what became of each attempt, and when to try again.
//!
//! A round is one occasion to tell the recipient (a new notice, a reminder). Each way of a round is tried until it
//! gets through or is given up. When the first attempt on the way that was chosen fails, the other ways join the round
//! at once; when every way is given up there is an alarm. So a round ends with a message that got through, an answer
//! of the recipient, or an alarm.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Alarm, Event, Notice, State};
use crate::party::Way;

/// Most attempts kept with the notice; the log keeps them all.
pub const ATTEMPTS_KEPT: usize = 100;

/// Why the recipient is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The notice is new.
    New,
    /// It came into the top tier.
    Urgent,
    /// It is soon to be acknowledged.
    Reminder,
    /// It should have been acknowledged.
    Overdue,
    /// It was acknowledged, and the work is not done.
    Unfinished,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The other side took it.
    Accepted,
    /// The other side asked to come again later.
    Deferred,
    /// The other side will not have it.
    Refused,
    /// Nobody answered, or not in time, or not over a connection that can be trusted.
    Unreachable,
    /// The address is one the service does not connect to.
    Blocked,
    /// The way is not set any more, or the service has no means for it.
    NoWay,
}

impl Outcome {
    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Outcome::Accepted => "the other side took it",
            Outcome::Deferred => "the other side asked to come again later",
            Outcome::Refused => "the other side refused it",
            Outcome::Unreachable => "nobody answered in time",
            Outcome::Blocked => "the address is not one the service connects to",
            Outcome::NoWay => "this way is not set, or the service has no means for it",
        }
    }

    /// Whether trying again is pointless.
    pub fn is_final(self) -> bool {
        !matches!(self, Outcome::Deferred | Outcome::Unreachable)
    }
}

/// How far a way of the present round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is being tried.
    Trying,
    /// A message got through.
    Reached,
    /// It was given up.
    GivenUp,
}

/// A way of the present round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// How far it is.
    pub standing: Standing,
    /// Attempts so far.
    pub attempts: u32,
    /// Since when it is tried.
    pub since: Timestamp,
}

/// The present round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Number, from 1.
    pub number: u32,
    /// Why.
    pub why: Why,
    /// Its ways.
    pub ways: BTreeMap<Way, Tried>,
}

/// Evidence of one attempt. It holds nothing of what the notice is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// Why the recipient was told.
    pub why: Why,
    /// On which way.
    pub way: Way,
    /// How it ended.
    pub outcome: Outcome,
    /// SMTP reply code or HTTP status.
    pub code: Option<u16>,
}

/// The ways on which a recipient can be told now, and the one it likes best.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reach {
    /// The ways.
    pub ways: BTreeSet<Way>,
    /// The one to try first.
    pub preferred: Option<Way>,
}

impl Reach {
    /// The ways a round begins with: all where it is urgent or late, otherwise the preferred one.
    fn first(&self, why: Why, urgent: bool) -> Vec<Way> {
        let usual = || self.ways.iter().copied().filter(|way| *way != Way::SecondMail);
        let one = self.preferred.filter(|way| self.ways.contains(way)).or_else(|| usual().next());
        let chosen: Vec<Way> = match why {
            Why::Overdue => self.ways.iter().copied().collect(),
            Why::Urgent | Why::Reminder => usual().collect(),
            Why::New | Why::Unfinished if urgent => usual().collect(),
            Why::New | Why::Unfinished => one.into_iter().collect(),
        };
        // Where only the second contact is set, it is the first.
        if chosen.is_empty() { self.ways.iter().copied().collect() } else { chosen }
    }
}

/// How long to wait before the next attempt: 30 seconds, doubled each time, at most two hours, shortened by up to a
/// quarter. `attempts` counts those made; `jitter` is any number, so that many receivers are not tried in step.
pub fn backoff(attempts: u32, jitter: u64) -> SignedDuration {
    let longest = 2 * 3600 * 1000_u64;
    let full = 30_000_u64.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(longest);
    let kept = full - jitter % (full / 4 + 1);
    SignedDuration::from_millis(i64::try_from(kept).unwrap_or(i64::MAX))
}

impl Notice {
    /// Whether a message of this kind would still tell the truth.
    pub fn wants(&self, why: Why) -> bool {
        match why {
            Why::New | Why::Urgent => self.state < State::Opened,
            Why::Reminder | Why::Overdue => self.state < State::Acknowledged,
            Why::Unfinished => self.is_unfinished(),
        }
    }

    /// The way of a round as it stands, when that round is the present one and the way still tried.
    pub fn trying(&self, round: u32, way: Way) -> Option<&Tried> {
        let present = self.round.as_ref().filter(|present| present.number == round)?;
        present.ways.get(&way).filter(|tried| tried.standing == Standing::Trying)
    }

    /// Begins a round; no event where there is no way.
    pub(super) fn begin_round(&self, why: Why, reach: &Reach) -> Option<Event> {
        let ways = reach.first(why, self.urgent);
        let round = self.round.as_ref().map_or(1, |round| round.number.saturating_add(1));
        (!ways.is_empty()).then_some(Event::NoticeSending { round, why, ways })
    }

    /// What follows from one attempt.
    pub(super) fn note_attempt(
        &self,
        round: u32,
        way: Way,
        outcome: Outcome,
        code: Option<u16>,
        last: bool,
        reach: &Reach,
    ) -> Vec<Event> {
        let (Some(tried), Some(present)) = (self.trying(round, way), &self.round) else { return vec![] };
        let last = last || outcome.is_final();
        let mut events = vec![Event::NoticeAttempted { round, way, outcome, code, last }];
        if outcome == Outcome::Accepted {
            return events;
        }
        let others: Vec<Way> =
            reach.ways.iter().copied().filter(|other| !present.ways.contains_key(other)).collect();
        let standing =
            |standing| present.ways.iter().any(|(other, t)| *other != way && t.standing == standing);
        if !others.is_empty() && tried.attempts == 0 && !standing(Standing::Reached) {
            events.push(Event::NoticeSending { round, why: present.why, ways: others });
        } else if last && !standing(Standing::Trying) && !standing(Standing::Reached) {
            let new = !self.alarms.contains(&Alarm::Undeliverable);
            events.extend(new.then_some(Event::NoticeAlarmed { alarm: Alarm::Undeliverable }));
        }
        events
    }

    pub(super) fn note_sending(&mut self, at: Timestamp, number: u32, why: Why, ways: &[Way]) {
        let fresh = Round { number, why, ways: BTreeMap::new() };
        let round = self.round.get_or_insert_with(|| fresh.clone());
        if round.number != number {
            *round = fresh;
        }
        let begun = Tried { standing: Standing::Trying, attempts: 0, since: at };
        round.ways.extend(ways.iter().map(|way| (*way, begun)));
    }

    pub(super) fn note_attempted(&mut self, attempt: Attempt, round: u32, last: bool) {
        if let Some(present) = self.round.as_mut().filter(|present| present.number == round)
            && let Some(tried) = present.ways.get_mut(&attempt.way)
        {
            tried.attempts = tried.attempts.saturating_add(1);
            tried.standing = match (attempt.outcome, last) {
                (Outcome::Accepted, _) => Standing::Reached,
                (_, true) => Standing::GivenUp,
                (_, false) => Standing::Trying,
            };
        }
        if self.attempts.len() >= ATTEMPTS_KEPT {
            self.attempts.remove(0);
        }
        self.attempts.push(attempt);
    }
}
