//! How many findings a source may still submit. Fixed stretches of time, so that what was counted is one number and
//! when there is room again is one moment.

use jiff::Timestamp;

use crate::ids::OrgId;
use crate::policy::Intake;

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// A stretch of time in which a source may submit so many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Name of the counter: which source, which kind of stretch.
    pub counter: String,
    /// First moment, milliseconds since the Unix epoch.
    pub start: i64,
    /// First moment behind it, milliseconds since the Unix epoch.
    pub end: i64,
    /// Findings in it.
    pub most: u64,
}

/// The stretches that `now` is in for a source: its day (UTC) and its burst.
pub fn windows(intake: &Intake, source: OrgId, now: Timestamp) -> [Window; 2] {
    let (day, burst) = if source == OrgId::NOBODY {
        (intake.anonymous_per_day, intake.anonymous_per_burst)
    } else {
        (intake.per_day, intake.per_burst)
    };
    let at = |kind: &str, length: i64, most: u64| {
        let start = now.as_millisecond().div_euclid(length) * length;
        Window { counter: format!("intake/{kind}/{source}"), start, end: start + length, most }
    };
    [at("day", DAY, day), at("burst", i64::from(intake.burst_minutes.max(1)) * 60_000, burst)]
}

/// How many more fit, when `used` were counted in each window.
pub fn left(windows: &[Window; 2], used: [u64; 2]) -> u64 {
    let room = windows.iter().zip(used).map(|(window, used)| window.most.saturating_sub(used));
    room.min().unwrap_or(0)
}

/// Seconds until there is room again, at least 1: when the last full window ends.
pub fn retry_after(windows: &[Window; 2], used: [u64; 2], now: Timestamp) -> u64 {
    let full = windows.iter().zip(used).filter(|(window, used)| *used >= window.most);
    let end = full.map(|(window, _)| window.end).max();
    let wait = end.map_or(0, |end| end.saturating_sub(now.as_millisecond()));
    u64::try_from(wait).unwrap_or(0).div_ceil(1000).max(1)
}
