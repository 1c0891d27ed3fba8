//! How long somebody waits who has failed to sign in too often.
//!
//! Secrets here have 256 random bits, so nobody guesses one. What is held back is the noise of trying, and whoever tries a
//! list of stolen ones.

use jiff::Timestamp;

/// Failures that cost nothing.
const FREE: u32 = 10;
/// Longest wait, in seconds.
const LONGEST_WAIT: u64 = 900;
/// Seconds after the last failure at which all is forgotten.
const FORGOTTEN_AFTER: i64 = 3_600;

/// Failures of one source, or with one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    /// The first one.
    pub fn first(now: Timestamp) -> Self {
        Self { count: 1, last: now }
    }

    /// With one more.
    #[must_use]
    pub fn again(self, now: Timestamp) -> Self {
        if self.forgotten(now) {
            return Self::first(now);
        }
        Self { count: self.count.saturating_add(1), last: now.max(self.last) }
    }

    /// Seconds until the next attempt is looked at; `None` when it is at once. The wait doubles with every failure.
    pub fn wait(&self, now: Timestamp) -> Option<u64> {
        let over = self.count.checked_sub(FREE)?;
        let wait = 1_u64.checked_shl(over.min(32)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let since = now.duration_since(self.last).as_secs().max(0).unsigned_abs();
        wait.checked_sub(since).filter(|left| *left > 0)
    }

    /// Whether they are so long ago that they do not count any more.
    pub fn forgotten(&self, now: Timestamp) -> bool {
        now.duration_since(self.last).as_secs() >= FORGOTTEN_AFTER
    }
}
