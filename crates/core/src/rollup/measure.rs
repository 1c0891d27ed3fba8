//! Times of a step: how many took it when, and how long it took.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::class::{Timing, timing};

/// How many took a step in time, and how long it took those who did.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measure {
    /// Taken by the due time.
    pub in_time: u64,
    /// Not taken by the due time.
    pub late: u64,
    /// Not taken, and there is still time.
    pub waiting: u64,
    /// Of those whose due time is decided, the share in time, in whole percent rounded down.
    pub in_time_percent: Option<u64>,
    /// Median of the hours it took, nearest rank, each rounded up to whole hours.
    pub median_hours: Option<u32>,
    /// 90th percentile of the hours it took, nearest rank.
    pub p90_hours: Option<u32>,
}

/// Collects the times of a step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    in_time: u64,
    late: u64,
    waiting: u64,
    hours: Vec<u32>,
}

impl Times {
    /// Takes in one more.
    pub(crate) fn add(
        &mut self,
        from: Timestamp,
        taken: bool,
        at: Option<Timestamp>,
        due: Option<Timestamp>,
        now: Timestamp,
    ) {
        match timing(taken, at, due, now) {
            Timing::InTime => self.in_time += 1,
            Timing::Late => self.late += 1,
            Timing::Waiting => self.waiting += 1,
        }
        self.hours.extend(at.filter(|_| taken).map(|at| hours_between(from, at)));
    }

    /// What they come to.
    pub(crate) fn measure(mut self) -> Measure {
        Measure {
            median_hours: percentile(&mut self.hours, 50),
            p90_hours: percentile(&mut self.hours, 90),
            ..Measure::counts(self.in_time, self.late, self.waiting)
        }
    }
}

impl Measure {
    pub(super) fn counts(in_time: u64, late: u64, waiting: u64) -> Self {
        let in_time_percent = in_time.saturating_mul(100).checked_div(in_time + late);
        Self { in_time, late, waiting, in_time_percent, median_hours: None, p90_hours: None }
    }
}

/// Hours from one moment to another, rounded up; none when the clock went back.
pub(crate) fn hours_between(from: Timestamp, to: Timestamp) -> u32 {
    let seconds = to.duration_since(from).as_secs().max(0).unsigned_abs();
    u32::try_from(seconds.div_ceil(3600)).unwrap_or(u32::MAX)
}

/// A percentile by nearest rank: the smallest value that at least so many percent do not exceed.
pub(super) fn percentile(hours: &mut [u32], percent: usize) -> Option<u32> {
    hours.sort_unstable();
    let rank = (hours.len() * percent).div_ceil(100);
    hours.get(rank.checked_sub(1)?).copied()
}
