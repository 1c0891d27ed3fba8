//! The people of the tests, and histories of a case.

#![allow(dead_code, reason = "each test binary uses its part")]

pub mod books;
pub mod cast;
pub mod golden;
pub mod history;
pub mod inbox;
pub mod random;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use forewarn_core::access::Actor;
use forewarn_core::{Facts, Policy};
use jiff::{SignedDuration, Timestamp};
use proptest::test_runner::{Config, FileFailurePersistence};

/// The default profile, with the number of people that sharing and release need.
pub fn policy_needing(share: u32, release: u32) -> Policy {
    static READ: Mutex<BTreeMap<(u32, u32), Policy>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.entry((share, release)).or_insert_with(|| needing(share, release)).clone()
}

fn needing(share: u32, release: u32) -> Policy {
    let text = forewarn_core::policy::DEFAULT_PROFILE
        .replace("share = 2", &format!("share = {share}"))
        .replace("release = 2", &format!("release = {release}"));
    Policy::parse(&text).expect("the default profile with other approvals")
}

/// The default profile.
pub fn policy() -> Policy {
    policy_needing(2, 2)
}

/// A moment of the tests: so many hours after they begin.
pub fn hour(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-03-02T09:00:00Z".parse().expect("a timestamp");
    start.checked_add(SignedDuration::from_hours(hours)).expect("within the calendar")
}

/// A moment of the tests: so many days after they begin.
pub fn day(days: i64) -> Timestamp {
    hour(24 * days)
}

/// Facts of one decision.
pub fn facts<'a>(policy: &'a Policy, actor: &'a Actor, now: Timestamp) -> Facts<'a> {
    Facts { now, actor, policy }
}

/// So many cases; what once failed is kept in `proptest-regressions` and tried first.
pub fn remembered(name: &str, cases: u32) -> Config {
    let file: &'static str = Box::leak(format!("proptest-regressions/{name}.txt").into_boxed_str());
    let kept = FileFailurePersistence::Direct(file);
    Config { cases, failure_persistence: Some(Box::new(kept)), ..Config::default() }
}
