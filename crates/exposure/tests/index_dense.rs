//! Packages that nearly everybody runs, of which the index keeps unions of sets: ranges over many versions are answered
//! as one would by asking every component, also where inventories came, went and came again since.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use forewarn_exposure::{Affected, Bound, Component, Identity, Index, Inventory, Range};
use proptest::prelude::*;
use proptest::sample::select;
use shared::oracle::{Oracle, Owner, Step};

const ASSETS: [&str; 3] = ["", "office", "plant"];
const VERSIONS: u32 = 60;

/// What is held of each: semantic versions, releases of a distribution, texts that no order places.
fn package(kind: u32) -> Identity {
    let names = ["npm", "Debian:12", "Debian", "Debian:13", "PyPI"];
    Identity::package(names[kind as usize].parse().unwrap(), "everywhere")
}

fn version(kind: u32, place: u32) -> String {
    match (kind, place % 12) {
        (4, 0) => format!("build-of-day-{place}"),
        _ => format!("{}.{}.0", place / 10, place % 10),
    }
}

fn component(kind: u32, place: u32) -> Component {
    let (identity, version) = (package(kind), version(kind, place));
    let label = format!("{identity} {version}");
    Component { identity, version: (place != 7).then_some(version), label }
}

/// Two components that follow from a number, so that failures shrink.
fn inventory(seed: u32) -> Inventory {
    let number = |salt: u32| (seed.wrapping_mul(31) ^ salt).wrapping_mul(0x9E37_79B1) >> 8;
    let components =
        (0..2).map(|salt| component(number(salt) % 5, number(salt + 2) % (1 + number(salt + 4) % VERSIONS)));
    Inventory { format: "test".to_owned(), components: components.collect(), skipped: Vec::new() }
}

/// Everybody below `owners` with one asset or with three.
fn nation(owners: Owner, assets: usize, seed: u32) -> (Index<Owner>, Oracle) {
    let (mut index, mut oracle) = (Index::new(), Oracle::default());
    for owner in 0..owners {
        for (place, asset) in (0_u32..).zip(&ASSETS[..assets]) {
            let held = inventory(seed + u32::from(owner) * 3 + place);
            oracle.follow(&Step::Replace(owner, asset, held), &mut index);
        }
    }
    oracle.follow(&Step::Merge, &mut index);
    (index, oracle)
}

fn affected() -> impl Strategy<Value = Affected> {
    let bound = |kind| {
        prop_oneof![
            2 => (0..VERSIONS).prop_map(move |place| Bound::Included(version(kind, place))),
            2 => (0..VERSIONS).prop_map(move |place| Bound::Excluded(version(kind, place))),
            1 => Just(Bound::Open),
        ]
    };
    (0..5_u32).prop_flat_map(move |kind| {
        let range = (bound(kind), bound(kind)).prop_map(|(from, to)| Range { from, to });
        let listed = (0..VERSIONS).prop_map(move |place| version(kind, place));
        let person = prop::option::weighted(0.1, Just("only with a battery".to_owned()));
        (prop::collection::vec(range, 0..3), prop::collection::vec(listed, 0..3), person).prop_map(
            move |(ranges, versions, needs_person)| Affected {
                identity: package(kind),
                names: None,
                ranges,
                versions,
                needs_person,
            },
        )
    })
}

/// Also of operators who were not there.
fn step() -> impl Strategy<Value = Step> {
    let place = || (any::<Owner>(), select(ASSETS.to_vec()));
    prop_oneof![
        3 => (place(), 0..10_000_u32)
            .prop_map(|((owner, asset), seed)| Step::Replace(owner, asset, inventory(seed))),
        2 => place().prop_map(|(owner, asset)| Step::Remove(owner, asset)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_range_over_a_dense_package_is_answered_as_brute_force(
        owners in 100..=240_u8,
        assets in select(vec![1, 1, 2, 3]),
        seed in 0..10_000_u32,
        steps in prop::collection::vec(step(), 0..20),
        questions in prop::collection::vec(affected(), 1..4),
    ) {
        let (mut index, mut oracle) = nation(owners, assets, seed);
        prop_assert!(index.footprint().unions > 0);
        oracle.compare(&index, &questions);
        for step in steps {
            oracle.follow(&step, &mut index);
        }
        oracle.compare(&index, &questions);
        let (mut read, _) = Index::decode(&index.encode(0)).unwrap();
        oracle.compare(&read, &questions);
        oracle.follow(&Step::Merge, &mut index);
        prop_assert_eq!(index.encode(0), read.encode(0));
        // What follows from the rest is the same as well.
        prop_assert_eq!(index.footprint().unions, read.footprint().unions);
        read.merge();
        prop_assert_eq!(index.footprint().unions, read.footprint().unions);
    }
}

#[test]
fn all_versions_are_read_as_one_union() {
    let (mut index, _) = nation(240, 3, 0);
    let affected = Affected {
        identity: package(0),
        names: None,
        ranges: vec![Range::ALL],
        versions: Vec::new(),
        needs_person: None,
    };
    let bitmap = 240 * 3_usize;
    let answer = index.ask(&affected);
    assert_eq!(answer.bytes_read(), bitmap.div_ceil(64) * 8);
    assert!(answer.posting_bytes() > 2 * answer.bytes_read());
    // A union knows nothing of who went since.
    let exposed: Vec<Owner> = answer.operators().iter().copied().collect();
    for asset in ASSETS {
        index.remove(&exposed[0], asset);
    }
    let left = index.ask(&affected);
    assert_eq!(left.operators().iter().copied().collect::<Vec<_>>(), exposed[1..]);
    assert!(left.exposures_of(&exposed[0]).is_empty());
}
