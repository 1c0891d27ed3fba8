//! The plainest index: every inventory as it is, every component asked.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_exposure::{Affected, Answer, Confidence, Exposure, Index, Inventory, Matcher, Operators};
use proptest::prelude::*;
use proptest::sample::select;

use super::world;

pub type Owner = u8;

/// What happens to an index.
#[derive(Clone, Debug)]
pub enum Step {
    Replace(Owner, &'static str, Inventory),
    Remove(Owner, &'static str),
    Merge,
}

pub fn step() -> impl Strategy<Value = Step> {
    let place = || (0..4_u8, select(vec!["", "plant", "office"]));
    prop_oneof![
        8 => (place(), world::inventory()).prop_map(|((owner, asset), held)| Step::Replace(owner, asset, held)),
        2 => place().prop_map(|(owner, asset)| Step::Remove(owner, asset)),
        3 => Just(Step::Merge),
    ]
}

/// Everything that is held.
#[derive(Clone, Debug, Default)]
pub struct Oracle(BTreeMap<(Owner, String), Inventory>);

impl Oracle {
    /// Does the step to both; they must agree whether an asset was known.
    pub fn follow(&mut self, step: &Step, index: &mut Index<Owner>) {
        match step {
            Step::Replace(owner, asset, inventory) => {
                index.replace(*owner, asset, inventory);
                self.0.insert((*owner, (*asset).to_owned()), inventory.clone());
            }
            Step::Remove(owner, asset) => {
                let known = self.0.remove(&(*owner, (*asset).to_owned())).is_some();
                assert_eq!(index.remove(owner, asset), known);
            }
            Step::Merge => {
                index.merge();
                assert_eq!(index.unmerged(), 0);
            }
        }
    }

    pub fn exposures(&self, affected: &Affected) -> Vec<Exposure<Owner>> {
        let mut found = BTreeSet::new();
        for ((owner, asset), inventory) in &self.0 {
            for component in &inventory.components {
                if let Some(hit) = Matcher::new(affected).covers(component) {
                    found.insert(Exposure {
                        owner: *owner,
                        asset: asset.clone(),
                        component: component.label.clone(),
                        version: component.version.clone(),
                        range: hit.range,
                        confidence: hit.confidence,
                        rule: affected.identity.scheme(),
                    });
                }
            }
        }
        found.into_iter().collect()
    }

    /// The index must hold the same, and answer each question the same in every form.
    pub fn compare(&self, index: &Index<Owner>, questions: &[Affected]) {
        for affected in questions {
            let expected = self.exposures(affected);
            let answer = index.ask(affected);
            assert_eq!(answer.exposures(), expected);
            assert_eq!(answer.is_empty(), expected.is_empty());
            compare_sets(&answer, &expected);
            let explained = answer.explanations();
            assert!(expected.iter().all(|exposure| explained.iter().any(|why| {
                (&why.component, why.version, why.range, why.confidence, why.rule)
                    == (
                        &exposure.component,
                        exposure.version.as_deref(),
                        exposure.range.as_str(),
                        exposure.confidence,
                        exposure.rule,
                    )
            })));
        }
        let held: usize = self.0.values().map(|inventory| inventory.components.len()).sum();
        assert_eq!((index.len(), index.is_empty()), (held, held == 0));
        let owners: BTreeSet<Owner> = self.0.keys().map(|(owner, _)| *owner).collect();
        assert_eq!(index.owners().copied().collect::<Vec<_>>(), Vec::from_iter(owners));
    }
}

/// The operators as a set, all and by confidence, and what is said of some of them.
fn compare_sets(answer: &Answer<'_, Owner>, expected: &[Exposure<Owner>]) {
    let same = |found: Operators<'_, Owner>, wanted: &dyn Fn(&Exposure<Owner>) -> bool| {
        let owners: BTreeSet<Owner> =
            expected.iter().filter(|exposure| wanted(exposure)).map(|exposure| exposure.owner).collect();
        assert_eq!((found.len(), found.is_empty()), (owners.len(), owners.is_empty()));
        assert!((0..=Owner::MAX).step_by(3).all(|owner| found.contains(&owner) == owners.contains(&owner)));
        assert_eq!(found.iter().copied().collect::<Vec<_>>(), Vec::from_iter(owners));
    };
    same(answer.operators(), &|_| true);
    for confidence in [Confidence::NeedsPerson, Confidence::ProductOnly, Confidence::Range, Confidence::Exact]
    {
        same(answer.operators_with(confidence), &|exposure| exposure.confidence == confidence);
    }
    for owner in (0..4).chain((4..=Owner::MAX).step_by(41)) {
        let of_owner = expected.iter().filter(|exposure| exposure.owner == owner).cloned();
        assert_eq!(answer.exposures_of(&owner), of_owner.collect::<Vec<_>>());
    }
}
