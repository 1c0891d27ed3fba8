//! Points in time (RFC 3339), in order of time: the `datetime` type of VERS.

use super::difference::Group;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Since the beginning of year 0, in UTC.
    seconds: i64,
    /// Digits behind the point, without zeros at the end.
    fraction: Box<str>,
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let (date, time) = text.split_once(['T', 't'])?;
    let (clock, offset) = split_offset(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
    let sound = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    sound.then(|| Key { seconds, fraction: fraction.trim_end_matches('0').into() })
}

/// The clock, and what it is ahead of UTC, in seconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (clock, offset) = time.split_at(at);
    let [hours, minutes] = fields(offset.get(1..)?, ':', [2, 2])?;
    let ahead = hours * 3_600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some((clock, if offset.starts_with('-') { -ahead } else { ahead }))
}

/// Numbers of just so many digits.
fn fields<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let parts = text.split(separator).zip(lengths);
    let number = |(part, length): (&str, usize)| {
        let digits = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let numbers: Vec<i64> = parts.map(number).collect::<Option<_>>()?;
    (text.split(separator).count() == N).then(|| numbers.try_into().ok()).flatten()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days before the date, counted from the beginning of year 0 of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    year * 365 + leap_days + months + day
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        vec![Group::one("second", &self.seconds), Group::one_if("fraction", Some(&self.fraction))]
    }
}
