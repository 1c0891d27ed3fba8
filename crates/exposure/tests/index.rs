//! The index answers as one would by asking every component, whatever inventories came, went and came again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use forewarn_exposure::{
    Affected, Bound, Builder, Component, Confidence, Identity, Index, Inventory, Range, Scheme,
    SnapshotProblem,
};
use proptest::prelude::*;
use proptest::sample::select;
use sha2::{Digest, Sha256};
use shared::oracle::{Oracle, Step, step};
use shared::{versions, world};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn index_answers_as_brute_force(
        steps in prop::collection::vec(step(), 0..12),
        questions in prop::collection::vec(world::affected(), 1..6),
    ) {
        let (mut index, mut oracle) = (Index::new(), Oracle::default());
        for step in steps {
            oracle.follow(&step, &mut index);
            // After every step, not only at the end.
            oracle.compare(&index, &questions);
        }
        // As it is read back, and what happens to that.
        let bytes = index.encode(7);
        let (mut read, mark) = Index::decode(&bytes).unwrap();
        prop_assert_eq!(mark, 7);
        oracle.compare(&read, &questions);
        read.merge();
        prop_assert_eq!(read.encode(7), bytes);
    }

    /// Many versions of one package or product, as its ecosystem writes them, and ranges between such.
    #[test]
    fn every_order_of_versions_is_cut_at_the_right_places(
        (identity, held, ends, listed) in many_versions(),
        from_is_in in any::<bool>(),
    ) {
        let component = |text: &String| Component {
            identity: identity.clone(),
            version: Some(text.clone()),
            label: format!("{identity} {text}"),
        };
        let components = held.iter().map(component).collect();
        let mut bulk = Oracle::default();
        let mut index = Index::new();
        let step = Step::Replace(1, "", Inventory { components, ..inventory(&[]) });
        bulk.follow(&step, &mut index);
        bulk.follow(&Step::Merge, &mut index);
        let from = if from_is_in { Bound::Included } else { Bound::Excluded };
        let to = if from_is_in { Bound::Excluded } else { Bound::Included };
        let range = |pair: &[String]| Range { from: from(pair[0].clone()), to: to(pair[1].clone()) };
        let ranges = ends.chunks_exact(2).map(range).collect();
        bulk.compare(&index, &[Affected { identity, ranges, versions: listed, ..flask() }]);
    }

    /// Bytes that were changed or cut off are found out, also when somebody made the checksum fit.
    #[test]
    fn a_damaged_snapshot_is_refused(
        inventory in world::inventory(),
        place in any::<prop::sample::Index>(),
        change in 1..=255_u8,
        affected in world::affected(),
    ) {
        let mut index = Index::new();
        index.replace(1_u8, "plant", &inventory);
        let bytes = index.encode(0);
        let place = place.index(bytes.len());
        prop_assert!(Index::<u8>::decode(&bytes[..place]).is_err());
        let mut changed = bytes;
        changed[place] ^= change;
        prop_assert!(Index::<u8>::decode(&changed).is_err());
        let body = changed.len() - 32;
        let digest = Sha256::digest(&changed[..body]);
        changed[body..].copy_from_slice(&digest);
        // It may be another index now, but it must be one.
        if let Ok((other, _)) = Index::<u8>::decode(&changed) {
            let _ = (other.exposures(&affected), other.merged().len());
        }
    }

    /// An index holds the same whatever the order in which assets came, and however it was made.
    #[test]
    fn order_of_arrival_does_not_matter(
        inventories in prop::collection::vec(world::inventory(), 1..5),
        affected in world::affected(),
    ) {
        let named: Vec<(String, &Inventory)> =
            inventories.iter().enumerate().map(|(number, held)| (number.to_string(), held)).collect();
        let (mut forth, mut back, mut bulk) = (Index::new(), Index::new(), Builder::new());
        for (asset, inventory) in &named {
            forth.replace(0_u8, asset, inventory);
            // The later one counts, also where the other had what nobody else has.
            bulk.add(0_u8, asset, &inventories[0]);
            bulk.add(0_u8, asset, &self::inventory(&["gone"]));
            bulk.add(0_u8, asset, inventory);
        }
        for (asset, inventory) in named.iter().rev() {
            back.replace(0_u8, asset, inventory);
        }
        prop_assert_eq!(forth.exposures(&affected), back.exposures(&affected));
        let bulk = bulk.build();
        prop_assert_eq!(forth.exposures(&affected), bulk.exposures(&affected));
        prop_assert_eq!(forth.encode(1), back.encode(1));
        prop_assert_eq!(forth.encode(1), bulk.encode(1));
    }
}

/// An identity, versions that are held, ends of ranges, listed versions; some of the last two are held too.
fn many_versions() -> impl Strategy<Value = (Identity, Vec<String>, Vec<String>, Vec<String>)> {
    let package = |ecosystem: &str| Identity::package(ecosystem.parse().unwrap(), "sample");
    let identities = vec![
        package("npm"),
        package("PyPI"),
        package("Debian"),
        package("Maven"),
        Identity::product("Acme", "Pump"),
    ];
    select(identities).prop_flat_map(|identity| {
        let text = || versions::texts(identity.scheme().unwrap());
        let held = prop::collection::vec(text(), 1..40);
        let (ends, listed) = (prop::collection::vec(text(), 0..5), prop::collection::vec(text(), 0..3));
        (Just(identity.clone()), held, ends, listed, any::<prop::sample::Index>()).prop_map(
            |(identity, held, mut ends, mut listed, place)| {
                ends.push(place.get(&held).clone());
                listed.truncate(2);
                if ends.len() % 2 == 0 {
                    listed.push(place.get(&held).clone());
                }
                (identity, held, ends, listed)
            },
        )
    })
}

fn inventory(labels: &[&str]) -> Inventory {
    let component = |label: &&str| Component {
        identity: Identity::package("PyPI".parse().unwrap(), "flask"),
        version: Some("1.0".to_owned()),
        label: (*label).to_owned(),
    };
    Inventory {
        format: "test".to_owned(),
        components: labels.iter().map(component).collect(),
        skipped: Vec::new(),
    }
}

fn flask() -> Affected {
    Affected {
        identity: Identity::package("PyPI".parse().unwrap(), "Flask"),
        names: None,
        ranges: vec![Range::ALL],
        versions: Vec::new(),
        needs_person: None,
    }
}

#[test]
fn a_snapshot_takes_the_place_of_the_one_before() {
    let affected = flask();
    let mut index = Index::default();
    assert!(index.is_empty());
    index.replace("bank", "web", &inventory(&["one", "two", "two"]));
    index.replace("water", "", &inventory(&["three"]));
    let found = index.exposures(&affected);
    let labels: Vec<_> = found.iter().map(|hit| (hit.owner, hit.component.as_str())).collect();
    // What an inventory lists twice is one exposure, though two components.
    assert_eq!(labels, [("bank", "one"), ("bank", "two"), ("water", "three")]);
    assert_eq!(index.len(), 4);
    assert_eq!(found[0].range, "all versions");
    assert_eq!(found[0].confidence, Confidence::Range);

    index.replace("bank", "web", &inventory(&["four"]));
    let labels: Vec<_> = index.exposures(&affected).into_iter().map(|hit| hit.component).collect();
    assert_eq!(labels, ["four", "three"]);
    assert!(index.remove(&"water", ""));
    assert!(!index.remove(&"water", ""));
    assert!(!index.remove(&"bank", "Web"));
    // An owner with an empty inventory has one all the same.
    index.replace("bank", "web", &inventory(&[]));
    assert!(index.exposures(&affected).is_empty());
    assert_eq!(index.owners().collect::<Vec<_>>(), [&"bank"]);
    assert!(index.is_empty());
}

/// Many owners, so that some sets are bitmaps and others lists of gaps of one, two and three bytes.
#[test]
fn sets_of_every_density_hold_what_was_put_in() {
    const OWNERS: u32 = 40_000;
    let component = |step: u32| Component {
        identity: Identity::package("npm".parse().unwrap(), &format!("every-{step}")),
        version: Some("1.0.0".to_owned()),
        label: format!("pkg:npm/every-{step}@1.0.0"),
    };
    let steps = [1, 2, 7, 9, 100, 129, 1_000, 16_400, 39_999];
    let mut builder = Builder::new();
    let numbers = steps.map(|step| builder.intern(&component(step)));
    for owner in (0..OWNERS).rev() {
        let held =
            steps.iter().zip(numbers).filter(|(step, _)| owner % **step == 0).map(|(_, number)| number);
        builder.add_numbered(owner, "", &held.collect::<Vec<_>>());
    }
    let mut index = builder.build();
    let held: u32 = steps.iter().map(|step| OWNERS.div_ceil(*step)).sum();
    assert_eq!(index.len(), held as usize);
    assert!(index.footprint().postings < held as usize, "less than a byte each: most are in bitmaps");
    for pass in 0..2 {
        for step in steps {
            let affected =
                Affected { identity: component(step).identity, ranges: vec![Range::ALL], ..flask() };
            let expected: Vec<u32> =
                (0..OWNERS).filter(|owner| owner % step == 0 && (pass == 0 || owner % 3 != 0)).collect();
            assert_eq!(index.ask(&affected).operators().iter().copied().collect::<Vec<_>>(), expected);
            assert_eq!(index.exposures(&affected).len(), expected.len());
        }
        for owner in (0..OWNERS).filter(|owner| owner % 3 == 0) {
            assert_eq!(index.remove(&owner, ""), pass == 0);
        }
        if pass == 0 {
            let merged = index.merged();
            assert_eq!(merged.len(), index.len());
            index = merged;
        }
    }
}

#[test]
fn a_snapshot_says_why_it_cannot_be_used() {
    let mut index = Index::new();
    index.replace("1".to_owned(), "", &inventory(&["one"]));
    let bytes = index.encode(3);
    assert_eq!(Index::<String>::decode(b"FWINDEX0").unwrap_err(), SnapshotProblem::Format);
    assert_eq!(Index::<String>::decode(&bytes[..20]).unwrap_err(), SnapshotProblem::Damaged);
    // As a program would have written it that did not fold PyPI's names.
    let place = bytes.windows(5).position(|part| part == b"flask").unwrap();
    let mut other = bytes;
    other[place] = b'F';
    let body = other.len() - 32;
    let digest = Sha256::digest(&other[..body]);
    other[body..].copy_from_slice(&digest);
    assert_eq!(Index::<String>::decode(&other).unwrap_err(), SnapshotProblem::Outdated);
}

#[test]
fn an_answer_explains_itself() {
    let mut index = Index::new();
    index.replace("bank", "web", &inventory(&["pkg:pypi/flask@1.0"]));
    index.replace("water", "", &inventory(&["pkg:pypi/flask@1.0"]));
    index.merge();
    let answer = index.ask(&flask());
    let [why] = &answer.explanations()[..] else { panic!("one distinct component") };
    assert_eq!((why.component.as_str(), why.version), ("pkg:pypi/flask@1.0", Some("1.0")));
    assert_eq!((why.range, why.confidence), ("all versions", Confidence::Range));
    assert_eq!(why.rule, Some(Scheme::Pep440));
    assert_eq!(answer.operators().iter().collect::<Vec<_>>(), [&"bank", &"water"]);
}
