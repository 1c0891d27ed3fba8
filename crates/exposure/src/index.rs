//! The inverted index: from an identity to whoever runs it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use crate::affected::Affected;
use crate::identity::Identity;
use crate::inventory::Inventory;
use crate::matching::{Confidence, Matcher};

/// An operator's component that an affected entry covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Exposure<O> {
    /// Who runs it.
    pub owner: O,
    /// The asset whose inventory names it.
    pub asset: String,
    /// The component's label.
    pub component: String,
    /// Its version as written.
    pub version: Option<String>,
    /// What matched.
    pub range: String,
    /// How sure it is.
    pub confidence: Confidence,
}

type Holder<O> = (O, String);

/// Who runs what. Every holder's inventory is kept once; the index on identities points into it.
#[derive(Clone, Debug)]
pub struct Index<O> {
    inventories: BTreeMap<Holder<O>, Inventory>,
    /// By identity without a release: the holders and the positions of its components in their inventories.
    holders: HashMap<Identity, BTreeMap<Holder<O>, Vec<usize>>>,
}

impl<O: Clone + Ord + Hash> Default for Index<O> {
    fn default() -> Self {
        Self::new()
    }
}

/// The identity under which components are found. Entries of every release of a distribution share one, since
/// whether a release matters is for the match to decide.
fn posting_key(identity: &Identity) -> Identity {
    match identity {
        Identity::Package { ecosystem, name } => {
            Identity::Package { ecosystem: ecosystem.without_release(), name: name.clone() }
        }
        other => other.clone(),
    }
}

impl<O: Clone + Ord + Hash> Index<O> {
    /// An index that knows nobody.
    #[must_use]
    pub fn new() -> Self {
        Self { inventories: BTreeMap::new(), holders: HashMap::new() }
    }

    /// Takes a snapshot of an asset in place of the one before.
    pub fn replace(&mut self, owner: O, asset: &str, inventory: &Inventory) {
        self.remove(&owner, asset);
        let holder = (owner, asset.to_owned());
        for (position, component) in inventory.components.iter().enumerate() {
            let postings = self.holders.entry(posting_key(&component.identity)).or_default();
            postings.entry(holder.clone()).or_default().push(position);
        }
        self.inventories.insert(holder, inventory.clone());
    }

    /// Forgets an asset; says whether it was known.
    pub fn remove(&mut self, owner: &O, asset: &str) -> bool {
        let holder = (owner.clone(), asset.to_owned());
        let Some(inventory) = self.inventories.remove(&holder) else { return false };
        for component in &inventory.components {
            let key = posting_key(&component.identity);
            if let Some(postings) = self.holders.get_mut(&key) {
                postings.remove(&holder);
                if postings.is_empty() {
                    self.holders.remove(&key);
                }
            }
        }
        true
    }

    /// Every component that the entry covers, by owner, asset and component; each once.
    #[must_use]
    pub fn exposures(&self, affected: &Affected) -> Vec<Exposure<O>> {
        let Some(postings) = self.holders.get(&posting_key(&affected.identity)) else { return Vec::new() };
        let matcher = Matcher::new(affected);
        let mut found = BTreeSet::new();
        for (holder, positions) in postings {
            let Some(inventory) = self.inventories.get(holder) else { continue };
            let components = positions.iter().filter_map(|position| inventory.components.get(*position));
            found.extend(components.filter_map(|component| {
                let hit = matcher.covers(component)?;
                Some(Exposure {
                    owner: holder.0.clone(),
                    asset: holder.1.clone(),
                    component: component.label.clone(),
                    version: component.version.clone(),
                    range: hit.range,
                    confidence: hit.confidence,
                })
            }));
        }
        found.into_iter().collect()
    }

    /// Everybody with an inventory, in order.
    pub fn owners(&self) -> impl Iterator<Item = &O> {
        let owners: BTreeSet<&O> = self.inventories.keys().map(|(owner, _)| owner).collect();
        owners.into_iter()
    }

    /// Components held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inventories.values().map(|inventory| inventory.components.len()).sum()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
