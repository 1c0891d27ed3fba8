//! The index answers as one would by asking every component, whatever inventories came, went and came again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_exposure::{
    Affected, Component, Confidence, Exposure, Identity, Index, Inventory, Matcher, Range,
};
use proptest::prelude::*;
use proptest::sample::select;
use shared::world;

type Owner = u8;

#[derive(Clone, Debug)]
enum Step {
    Replace(Owner, &'static str, Inventory),
    Remove(Owner, &'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let place = || (0..4_u8, select(vec!["", "plant", "office"]));
    prop_oneof![
        4 => (place(), world::inventory()).prop_map(|((owner, asset), held)| Step::Replace(owner, asset, held)),
        1 => place().prop_map(|(owner, asset)| Step::Remove(owner, asset)),
    ]
}

/// Everything that is held, in the plainest form.
type Model = BTreeMap<(Owner, String), Inventory>;

fn brute_force(model: &Model, affected: &Affected) -> Vec<Exposure<Owner>> {
    let mut found = BTreeSet::new();
    for ((owner, asset), inventory) in model {
        for component in &inventory.components {
            if let Some(hit) = Matcher::new(affected).covers(component) {
                found.insert(Exposure {
                    owner: *owner,
                    asset: asset.clone(),
                    component: component.label.clone(),
                    version: component.version.clone(),
                    range: hit.range,
                    confidence: hit.confidence,
                });
            }
        }
    }
    found.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn index_answers_as_brute_force(
        steps in prop::collection::vec(step(), 0..10),
        questions in prop::collection::vec(world::affected(), 1..6),
    ) {
        let mut index = Index::new();
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Replace(owner, asset, inventory) => {
                    index.replace(owner, asset, &inventory);
                    model.insert((owner, asset.to_owned()), inventory);
                }
                Step::Remove(owner, asset) => {
                    let known = model.remove(&(owner, asset.to_owned())).is_some();
                    prop_assert_eq!(index.remove(&owner, asset), known);
                }
            }
            // After every step, not only at the end.
            for affected in &questions {
                prop_assert_eq!(index.exposures(affected), brute_force(&model, affected));
            }
            let held: usize = model.values().map(|inventory| inventory.components.len()).sum();
            prop_assert_eq!((index.len(), index.is_empty()), (held, held == 0));
            let owners: BTreeSet<Owner> = model.keys().map(|(owner, _)| *owner).collect();
            prop_assert_eq!(index.owners().copied().collect::<Vec<_>>(), Vec::from_iter(owners));
        }
    }

    /// An index holds the same whatever the order in which assets came.
    #[test]
    fn order_of_arrival_does_not_matter(
        inventories in prop::collection::vec(world::inventory(), 1..5),
        affected in world::affected(),
    ) {
        let named: Vec<(String, &Inventory)> =
            inventories.iter().enumerate().map(|(number, held)| (number.to_string(), held)).collect();
        let (mut forth, mut back) = (Index::new(), Index::new());
        for (asset, inventory) in &named {
            forth.replace(0_u8, asset, inventory);
        }
        for (asset, inventory) in named.iter().rev() {
            back.replace(0_u8, asset, inventory);
        }
        prop_assert_eq!(forth.exposures(&affected), back.exposures(&affected));
    }
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

#[test]
fn a_snapshot_takes_the_place_of_the_one_before() {
    let affected = Affected {
        identity: Identity::package("PyPI".parse().unwrap(), "Flask"),
        names: None,
        ranges: vec![Range::ALL],
        versions: Vec::new(),
        needs_person: None,
    };
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
