//! How long somebody waits who fails to sign in.
#![allow(missing_docs, clippy::unwrap_used)]

use forewarn_core::throttle::Failures;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap().checked_add(SignedDuration::from_secs(second)).unwrap()
}

fn after(failures: u32) -> Failures {
    (1..failures).fold(Failures::first(at(0)), |all, _| all.again(at(0)))
}

#[test]
fn the_wait_doubles_and_has_an_end() {
    let waits: Vec<Option<u64>> =
        [1, 9, 10, 11, 12, 13, 19, 20, 40, 4_000].map(|n| after(n).wait(at(0))).into();
    let want = [None, None, Some(1), Some(2), Some(4), Some(8), Some(512), Some(900), Some(900), Some(900)];
    assert_eq!(waits, want);
    assert_eq!(after(13).wait(at(7)), Some(1));
    assert_eq!(after(13).wait(at(8)), None);
    assert_eq!(after(40).again(at(3_600)), Failures::first(at(3_600)), "an hour later all is forgotten");
}

proptest! {
    /// Whoever tries as often as the waits allow makes no more than so many attempts in a day.
    #[test]
    fn a_day_of_trying_is_a_hundred_attempts(start in 0..86_400_i64) {
        let mut failures = Failures::first(at(start));
        let (mut now, mut tried) = (start, 1);
        while now < start + 86_400 {
            now += i64::try_from(failures.wait(at(now)).unwrap_or(0)).unwrap();
            failures = failures.again(at(now));
            tried += 1;
        }
        prop_assert!(tried < 125, "{}", tried);
    }

    /// A clock that goes back shortens no wait and makes none endless.
    #[test]
    fn a_clock_that_jumps_does_no_harm(steps in proptest::collection::vec(-5_000..5_000_i64, 1..60)) {
        let (mut now, mut failures) = (0, Failures::first(at(0)));
        for step in steps {
            now += step;
            failures = failures.again(at(now));
            prop_assert!(failures.wait(at(now)).unwrap_or(0) <= 900);
        }
    }
}
