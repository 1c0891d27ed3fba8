//! Entries of the public log: one for each interval, whether anything happened in it or not.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::tree::Hash;

/// First line of an entry.
const FIRST: &str = "forewarn entry 1";
/// Longest interval, in seconds: a day.
const LONGEST: u32 = 86_400;

/// What the public log says of one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of the interval; the same as the index of the leaf.
    pub number: u64,
    /// Length of every interval of this log, in seconds.
    pub seconds: u32,
    /// Where it ends, in seconds since the Unix epoch; a multiple of the length.
    pub end: i64,
    /// Root of the tree of its acts, see [`crate::Batch`].
    pub acts: Hash,
    /// Commitment to the log of acts as it was, see [`crate::log_commitment`].
    pub log: Hash,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// Not of the form of an entry.
    #[error("is not of the form of an entry")]
    Malformed,
    /// Its number is not its index: an interval is missing, there twice, or in another order.
    #[error("has the number {number}: an interval is missing, there twice, or out of order")]
    Number {
        /// Number it has.
        number: u64,
    },
    /// It does not end when it must.
    #[error("ends at {end}, but by the cadence it ends at {due} (seconds since 1970)")]
    Cadence {
        /// End it has.
        end: i64,
        /// End it must have.
        due: i64,
    },
    /// It has another length than the first one.
    #[error("has another length than the entries before it")]
    Length,
}

impl Entry {
    /// The bytes of the leaf: a line for each value, of a shape that tells nothing but the number and the time.
    pub fn text(&self) -> String {
        let (acts, log) = (STANDARD.encode(self.acts), STANDARD.encode(self.log));
        let Self { number, seconds, end, .. } = self;
        format!("{FIRST}\nnumber {number}\nseconds {seconds}\nend {end}\nacts {acts}\nlog {log}\n")
    }

    /// Reads an entry. There is one way to write it, and no other is taken.
    ///
    /// # Errors
    /// [`EntryProblem::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryProblem> {
        read(bytes).filter(|entry| entry.text().as_bytes() == bytes).ok_or(EntryProblem::Malformed)
    }

    /// Checks that it is what stands at `index` of a log that began with `first`.
    ///
    /// # Errors
    /// [`EntryProblem`].
    pub fn fits(&self, index: u64, first: &Self) -> Result<(), EntryProblem> {
        if self.number != index {
            return Err(EntryProblem::Number { number: self.number });
        }
        if self.seconds != first.seconds {
            return Err(EntryProblem::Length);
        }
        let due = i128::from(first.end) + i128::from(index) * i128::from(self.seconds);
        let due = i64::try_from(due).unwrap_or(i64::MAX);
        let end = self.end;
        if end == due { Ok(()) } else { Err(EntryProblem::Cadence { end, due }) }
    }
}

fn read(bytes: &[u8]) -> Option<Entry> {
    let mut lines = std::str::from_utf8(bytes).ok()?.strip_prefix(FIRST)?.strip_prefix('\n')?.split('\n');
    let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
    let (number, seconds, end) = (value("number")?, value("seconds")?, value("end")?);
    let (acts, log) = (value("acts")?, value("log")?);
    let hash = |text: &str| STANDARD.decode(text).ok()?.try_into().ok();
    let entry = Entry {
        number: number.parse().ok()?,
        seconds: seconds.parse().ok()?,
        end: end.parse().ok()?,
        acts: hash(acts)?,
        log: hash(log)?,
    };
    let length = (1..=LONGEST).contains(&entry.seconds);
    (length && entry.end % i64::from(entry.seconds) == 0).then_some(entry)
}
