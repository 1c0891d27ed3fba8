//! How much one member reads in a stretch of time, and what is done about too much.

use jiff::Timestamp;

use super::{Event, Kind, Read, Reader, Thing};
use crate::access::{Act, SeenAs, may};
use crate::decision::{Facts, Refusal, require};
use crate::policy::{Reading, ReadingLimit};
use crate::secret::Secret;

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;
/// Longest words about what was found, in characters.
const WORDS_LIMIT: usize = 2_000;

/// A stretch of time in which reads are counted. Fixed, not moving, so that what is counted is one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First moment, milliseconds since the Unix epoch.
    pub start: i64,
    /// First moment behind it, milliseconds since the Unix epoch.
    pub end: i64,
}

impl Window {
    /// The stretch that `now` is in.
    pub fn at(rules: &Reading, now: Timestamp) -> Self {
        let length = i64::from(rules.window_hours.max(1)) * HOUR;
        let start = now.as_millisecond().div_euclid(length) * length;
        Self { start, end: start + length }
    }

    /// Seconds until it ends, at least 1.
    pub fn left(&self, now: Timestamp) -> u64 {
        let left = self.end.saturating_sub(now.as_millisecond());
        u64::try_from(left).unwrap_or(0).div_ceil(1000).max(1)
    }
}

impl Thing {
    /// Whether it counts against the limit: content that is not the reader's own report.
    pub fn counts(&self) -> bool {
        self.content && !(self.kind == Kind::Finding && self.seen_as == SeenAs::Finder)
    }
}

/// How many different things a member has read in a stretch of time, before and after one more answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

impl Volume {
    /// Whether this answer is the one that is too much: the alarm is raised once in a stretch.
    pub fn alarms(self, limit: &ReadingLimit) -> bool {
        self.before < limit.alarm_at && self.after >= limit.alarm_at
    }

    /// Whether this answer must not be given.
    pub fn stops(self, limit: &ReadingLimit) -> bool {
        limit.stop_at > 0 && self.after > limit.stop_at && self.after > self.before
    }
}

/// What may be asked of a record.
#[derive(Clone, Debug)]
pub enum Command {
    /// Say what came of an alarm.
    Settle {
        /// What was found.
        words: String,
    },
}

/// Decides a command on a record.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Read, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let Command::Settle { words } = command;
    require(may(facts.actor, Act::SettleReadingAlarm), Refusal::NotFound)?;
    let alarm = state.alarm.as_ref().ok_or(Refusal::NotFound)?;
    require(alarm.settled.is_none(), Refusal::Rule("this alarm is settled already"))?;
    let own = Reader::of(facts.actor).map(|reader| reader.principal);
    let own = own.is_some() && own == state.reader.map(|reader| reader.principal);
    require(
        !own,
        Refusal::Rule("nobody settles the alarm about what they read themselves; ask somebody else"),
    )?;
    let message = "say in 1 to 2,000 characters what was found";
    let fits = (1..=WORDS_LIMIT).contains(&words.trim().chars().count());
    require(fits, Refusal::Invalid { field: "/words", message })?;
    Ok(vec![Event::AlarmSettled { words: Secret::new(words) }])
}
