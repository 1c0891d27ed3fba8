//! A watch finds the cases that asking each of them would find.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::collections::BTreeMap;

use forewarn_exposure::{Affected, Watch};
use proptest::prelude::*;
use shared::world;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_watch_finds_what_asking_every_case_finds(
        steps in prop::collection::vec(
            (0..4_u8, prop::option::weighted(0.8, prop::collection::vec(world::affected(), 0..3))), 0..10),
        inventory in world::inventory(),
    ) {
        let (mut watch, mut cases) = (Watch::new(), BTreeMap::<u8, Vec<Affected>>::new());
        for (case, affected) in steps {
            match affected {
                Some(affected) => {
                    watch.set(&case, &affected);
                    cases.insert(case, affected);
                }
                None => prop_assert_eq!(watch.remove(&case), cases.remove(&case).is_some()),
            }
            let covers = |entry: &Affected| inventory.components.iter().any(|c| entry.covers(c).is_some());
            let expected = cases.iter().filter(|(_, entries)| entries.iter().any(covers)).map(|(case, _)| case);
            prop_assert_eq!(Vec::from_iter(watch.touched(&inventory)), expected.collect::<Vec<_>>());
        }
    }
}
