//! The other direction: which open cases a new inventory falls under.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use crate::affected::Affected;
use crate::identity::Identity;
use crate::index::directory::posting_key;
use crate::inventory::Inventory;
use crate::matching::Matcher;

/// What open cases affect, found by identity.
#[derive(Clone, Debug)]
pub struct Watch<C> {
    entries: HashMap<Identity, BTreeMap<C, Vec<Affected>>>,
    /// Where the entries of each case are.
    keys: BTreeMap<C, BTreeSet<Identity>>,
}

impl<C: Clone + Ord + Hash> Default for Watch<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Clone + Ord + Hash> Watch<C> {
    /// With no case in it.
    #[must_use]
    pub fn new() -> Self {
        Self { entries: HashMap::new(), keys: BTreeMap::new() }
    }

    /// Watches for what a case affects, in place of what it affected before.
    pub fn set(&mut self, case: &C, affected: &[Affected]) {
        self.remove(case);
        let keys: BTreeSet<Identity> =
            affected.iter().map(|entry| posting_key(&entry.identity).into_owned()).collect();
        for entry in affected {
            let cases = self.entries.entry(posting_key(&entry.identity).into_owned()).or_default();
            cases.entry(case.clone()).or_default().push(entry.clone());
        }
        self.keys.insert(case.clone(), keys);
    }

    /// Forgets a case; says whether it was watched for.
    pub fn remove(&mut self, case: &C) -> bool {
        let Some(keys) = self.keys.remove(case) else { return false };
        for key in keys {
            if let Some(cases) = self.entries.get_mut(&key) {
                cases.remove(case);
                if cases.is_empty() {
                    self.entries.remove(&key);
                }
            }
        }
        true
    }

    /// The cases that cover any component of the inventory, in order.
    #[must_use]
    pub fn touched(&self, inventory: &Inventory) -> BTreeSet<&C> {
        let mut touched = BTreeSet::new();
        for component in &inventory.components {
            let Some(cases) = self.entries.get(posting_key(&component.identity).as_ref()) else { continue };
            for (case, entries) in cases {
                let covers = |entry: &Affected| Matcher::new(entry).covers(component).is_some();
                if !touched.contains(case) && entries.iter().any(covers) {
                    touched.insert(case);
                }
            }
        }
        touched
    }
}
