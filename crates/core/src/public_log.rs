//! The public log: one entry for each interval of fixed length, whether anything happened in it or not.
//!
//! What the entries hold is worked out with secrets and is opaque here. This decides which intervals are due, so that
//! none is left out, none comes twice, and a clock that is set back writes nothing.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Category, EventKind, Facets, Meta};

/// Id of the one stream there is.
pub const STREAM: &str = "public";
/// Shortest interval, in seconds.
pub const SHORTEST: u32 = 10;
/// Longest interval, in seconds: a day.
pub const LONGEST: u32 = 86_400;

/// How far the public log is.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PublicLog {
    /// Entries so far.
    pub entries: u64,
    /// Length of every interval, in seconds; 0 before the first.
    pub seconds: u32,
    /// Where the last interval ended, in seconds since the Unix epoch.
    pub end: i64,
    /// Sequence number of the last act that is in an entry.
    pub through: u64,
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// An interval ended, and its entry was written.
    EntryClosed(Closed),
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Number of the interval, from 0; also the index of the entry.
    pub number: u64,
    /// Length of the interval, in seconds.
    pub seconds: u32,
    /// Where it ends, in seconds since the Unix epoch.
    pub end: i64,
    /// Sequence number of the last act in it, or before it where it has none.
    pub through: u64,
    /// Root of the tree of its acts, lower-case hex.
    pub acts: String,
    /// Commitment to the log of acts, lower-case hex.
    pub log: String,
}

/// An interval whose entry is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number.
    pub number: u64,
    /// Its length, in seconds.
    pub seconds: u32,
    /// Where it ends, in seconds since the Unix epoch.
    pub end: i64,
}

impl PublicLog {
    /// The intervals that have ended by `now` (seconds since the Unix epoch) without an entry, in order, at most `most`.
    /// The first of all is the last one that has ended. `seconds` is what is configured; a log that has begun keeps
    /// its own length.
    pub fn due(&self, now: i64, seconds: u32, most: usize) -> Vec<Due> {
        let seconds = if self.entries == 0 { seconds.clamp(SHORTEST, LONGEST) } else { self.seconds.max(1) };
        let length = i64::from(seconds);
        let last = now.div_euclid(length) * length;
        if self.entries == 0 {
            return vec![Due { number: 0, seconds, end: last }];
        }
        let count = usize::try_from((last - self.end).max(0) / length).unwrap_or(usize::MAX).min(most);
        let steps = (1..=count as u64).zip(1_i64..);
        steps
            .map(|(n, step)| Due { number: self.entries - 1 + n, seconds, end: self.end + step * length })
            .collect()
    }
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::EntryClosed(_) => "entry-closed",
        }
    }
}

impl Aggregate for PublicLog {
    const CATEGORY: Category = Category::PublicLog;
    type Event = Event;

    fn evolve(self, _meta: &Meta, event: &Event) -> Self {
        let Event::EntryClosed(Closed { number, seconds, end, through, .. }) = event;
        Self { entries: number.saturating_add(1), seconds: *seconds, end: *end, through: *through }
    }

    fn facets(&self) -> Facets {
        Facets {
            state: if self.entries == 0 { "none" } else { "begun" }.into(),
            sort_at: self.end.saturating_mul(1000),
            ..Facets::default()
        }
    }
}
