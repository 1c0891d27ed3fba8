//! How much one source may submit, and when there is room again.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_core::Policy;
use forewarn_core::ids::OrgId;
use forewarn_core::policy::{DEFAULT_PROFILE, Intake};
use forewarn_core::quota::{left, retry_after, windows};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap()
}

fn source() -> OrgId {
    OrgId(Uuid::from_u128(7))
}

proptest! {
    /// A simulated week of one source: never more than the policy says in any day or burst, and whoever waits as long as
    /// told finds room.
    #[test]
    fn no_window_holds_more_than_the_policy(
        per_day in 1..60_u64, per_burst in 1..20_u64, burst_minutes in 1..1440_u32,
        asks in proptest::collection::vec((0..7_200_000_i64, 1..30_u64), 1..120),
    ) {
        let intake = Intake { per_day, per_burst, burst_minutes, ..Intake::default() };
        let mut counts = std::collections::HashMap::<(String, i64), u64>::new();
        let mut now = 1_780_000_000_000;
        for (pause, wanted) in asks {
            now += pause;
            let windows = windows(&intake, source(), at(now));
            let used = |counts: &std::collections::HashMap<(String, i64), u64>| {
                windows.each_ref().map(|w| counts.get(&(w.counter.clone(), w.start)).copied().unwrap_or(0))
            };
            prop_assert!(windows.iter().all(|w| w.start <= now && now < w.end));
            let room = left(&windows, used(&counts));
            for window in &windows {
                *counts.entry((window.counter.clone(), window.start)).or_default() += wanted.min(room);
            }
            for window in &windows {
                prop_assert!(counts[&(window.counter.clone(), window.start)] <= window.most);
            }
            if wanted >= room {
                let wait = i64::try_from(retry_after(&windows, used(&counts), at(now))).unwrap();
                let later = forewarn_core::quota::windows(&intake, source(), at(now + wait * 1000));
                let then = later.each_ref().map(|w| counts.get(&(w.counter.clone(), w.start)).copied().unwrap_or(0));
                prop_assert!(left(&later, then) > 0, "told to wait {wait} s");
            }
        }
    }
}

#[test]
fn sources_and_kinds_of_windows_are_counted_apart() {
    let intake = Intake::default();
    let one = windows(&intake, source(), at(0)).map(|w| w.counter);
    let nobody = windows(&intake, OrgId::NOBODY, at(0));
    assert_eq!(nobody.each_ref().map(|w| w.most), [200, 20]);
    let all: std::collections::BTreeSet<String> = one.into_iter().chain(nobody.map(|w| w.counter)).collect();
    assert_eq!(all.len(), 4);
}

#[test]
fn profiles_from_before_have_the_defaults_and_none_is_zero() {
    let (before, _) = DEFAULT_PROFILE.split_once("# How many findings").unwrap();
    assert_eq!(Policy::parse(before).unwrap().profile.intake, Intake::default());
    assert_eq!(Policy::parse(DEFAULT_PROFILE).unwrap().profile.intake, Intake::default());
    for wrong in
        ["per_day = 0", "per_burst = 0", "burst_minutes = 0", "burst_minutes = 1441", "anonymous_per_day = 0"]
    {
        let problem = Policy::parse(&format!("{before}[intake]\n{wrong}\n")).unwrap_err();
        assert!(problem.to_string().contains("intake counts must not be zero"), "{wrong}: {problem}");
    }
    assert!(Policy::parse(&format!("{before}[intake]\nper_week = 3\n")).is_err());
}
