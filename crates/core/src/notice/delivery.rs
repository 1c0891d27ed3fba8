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
use crate::aggregate::Key;
use crate::party::Way;
use uuid::Uuid;

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
    /// The other side took it, and a mail server behind it gave it back.
    Bounced,
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
            Outcome::Bounced => "a mail server gave it back",
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
    /// Round, from 1; 0 for one from before rounds were kept here.
    #[serde(default)]
    pub round: u32,
    /// Random id that the message has on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Uuid>,
    /// Enhanced status code (RFC 3463) of a mail that was given back or is late, such as `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// One message that was tried, and how that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Try {
    /// Of which round.
    pub round: u32,
    /// On which way.
    pub way: Way,
    /// Its id on the other side.
    pub message: Option<Uuid>,
    /// How it ended.
    pub outcome: Outcome,
    /// SMTP reply code or HTTP status.
    pub code: Option<u16>,
    /// Whether it is given up, whatever the outcome.
    pub last: bool,
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
    pub(super) fn note_attempt(&self, one: Try, reach: &Reach) -> Vec<Event> {
        let Try { round, way, message, outcome, code, last } = one;
        let (Some(tried), Some(present)) = (self.trying(round, way), &self.round) else { return vec![] };
        let last = last || outcome.is_final();
        let mut events = vec![Event::NoticeAttempted { round, way, outcome, code, last, message }];
        if outcome != Outcome::Accepted {
            events.extend(self.after_failure(present, way, tried.attempts == 0, last, reach));
        }
        events
    }

    /// What follows from a failure on one way: the ways not tried yet join the round, or, when no way is left, an alarm.
    fn after_failure(
        &self,
        present: &Round,
        way: Way,
        widen: bool,
        last: bool,
        reach: &Reach,
    ) -> Option<Event> {
        let others: Vec<Way> =
            reach.ways.iter().copied().filter(|other| !present.ways.contains_key(other)).collect();
        let standing =
            |standing| present.ways.iter().any(|(other, t)| *other != way && t.standing == standing);
        if !others.is_empty() && widen && !standing(Standing::Reached) {
            return Some(Event::NoticeSending { round: present.number, why: present.why, ways: others });
        }
        let over = last && !standing(Standing::Trying) && !standing(Standing::Reached);
        let new = !self.alarms.contains(&Alarm::Undeliverable);
        (over && new).then_some(Event::NoticeAlarmed { alarm: Alarm::Undeliverable })
    }

    /// What follows from a report that a mail which was taken did not arrive, or is late. Reported twice, it is noted
    /// once; nothing follows for a message that this notice never sent.
    pub(super) fn note_bounce(
        &self,
        message: Uuid,
        status: &str,
        lasting: bool,
        reach: &Reach,
    ) -> Vec<Event> {
        let outcome = if lasting { Outcome::Bounced } else { Outcome::Deferred };
        let of = |outcome: Outcome| {
            self.attempts.iter().find(|one| one.message == Some(message) && one.outcome == outcome)
        };
        let Some(sent) = of(Outcome::Accepted) else { return vec![] };
        if of(outcome).is_some() || of(Outcome::Bounced).is_some() {
            return vec![];
        }
        let (round, way) = (sent.round, sent.way);
        let mut events =
            vec![Event::NoticeBounced { round, way, message, status: status.to_owned(), lasting }];
        let present = self.round.as_ref().filter(|present| present.number == round && lasting);
        if let Some(present) = present.filter(|present| self.wants(present.why)) {
            events.extend(self.after_failure(present, way, true, true, reach));
        }
        events
    }

    pub(super) fn note_bounced(&mut self, attempt: Attempt) {
        if attempt.outcome == Outcome::Bounced
            && let Some(present) = self.round.as_mut().filter(|present| present.number == attempt.round)
            && let Some(tried) = present.ways.get_mut(&attempt.way)
        {
            tried.standing = Standing::GivenUp;
        }
        self.keep(attempt);
    }

    /// Mails that were taken, by their ids, so that one that comes back finds its notice.
    pub(super) fn message_keys(&self) -> impl Iterator<Item = Key> {
        let taken = self.attempts.iter().filter(|one| one.outcome == Outcome::Accepted);
        taken.filter(|one| one.way != Way::Webhook).filter_map(|one| one.message).map(Self::message_key)
    }

    /// The key by which the notice of a message is found.
    pub fn message_key(message: Uuid) -> Key {
        Key::shared("message", message.simple())
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

    pub(super) fn note_attempted(&mut self, attempt: Attempt, last: bool) {
        if let Some(present) = self.round.as_mut().filter(|present| present.number == attempt.round)
            && let Some(tried) = present.ways.get_mut(&attempt.way)
        {
            tried.attempts = tried.attempts.saturating_add(1);
            tried.standing = match (attempt.outcome, last) {
                (Outcome::Accepted, _) => Standing::Reached,
                (_, true) => Standing::GivenUp,
                (_, false) => Standing::Trying,
            };
        }
        self.keep(attempt);
    }

    fn keep(&mut self, attempt: Attempt) {
        if self.attempts.len() >= ATTEMPTS_KEPT {
            self.attempts.remove(0);
        }
        self.attempts.push(attempt);
    }
}
