//! The inverted index: from an identity to whoever runs it.
//!
//! Most of it does not change: for each package its distinct components in the order of their versions, and for
//! each of those a compressed set of holders. An affected entry is then a few stretches of that order, and where many
//! hold a stretch its union is kept too. Inventories that came since are kept beside it as they came, and those that
//! went are struck out; [`Index::merge`] makes one of all that.

mod answer;
mod arrange;
mod base;
mod bits;
mod builder;
pub(crate) mod directory;
mod judge;
mod kinships;
mod operators;
mod posting;
mod recent;
mod snapshot;
mod texts;
mod turned;
mod unions;

use std::collections::BTreeSet;

pub use answer::{Answer, Explanation};
pub use base::Footprint;
pub use builder::Builder;
pub use operators::Operators;
pub use snapshot::SnapshotProblem;

use self::base::Base;
use self::bits::Bits;
use self::recent::Recent;
use crate::affected::Affected;
use crate::inventory::Inventory;
use crate::matching::{Confidence, Matcher};
use crate::version::Scheme;

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
    /// The order by which versions were compared; `None` where only the text could be.
    pub rule: Option<Scheme>,
}

/// Who runs what.
#[derive(Clone, Debug)]
pub struct Index<O> {
    merged: Merged<O>,
    recent: Recent<O>,
}

/// The unchanging part, and which of its holders are gone.
#[derive(Clone, Debug)]
struct Merged<O> {
    base: Base<O>,
    dead: Bits,
}

impl<O: Clone + Ord> Default for Index<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O: Clone + Ord> Index<O> {
    /// An index that knows nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::from_base(Base::empty())
    }

    fn from_base(base: Base<O>) -> Self {
        let dead = Bits::below(base.holders());
        let base = base.settle();
        Self { merged: Merged { base, dead }, recent: Recent::empty() }
    }

    /// Takes a snapshot of an asset in place of the one before.
    pub fn replace(&mut self, owner: O, asset: &str, inventory: &Inventory) {
        self.remove(&owner, asset);
        self.recent.insert(owner, asset, &inventory.components);
    }

    /// Forgets an asset; says whether it was known.
    pub fn remove(&mut self, owner: &O, asset: &str) -> bool {
        let merged =
            self.merged.base.find(owner, asset).is_some_and(|holder| self.merged.dead.insert(holder));
        self.recent.remove(owner, asset) || merged
    }

    /// Every component that the entry covers, by owner, asset and component; each once. Unlike [`ask`](Self::ask), it
    /// also heeds what a CPE name says beyond vendor, product and version.
    #[must_use]
    pub fn exposures(&self, affected: &Affected) -> Vec<Exposure<O>> {
        let matcher = Matcher::new(affected);
        match matcher.widened() {
            None => self.ask(affected).exposures(),
            Some(wide) => matcher.refined(self.ask(&wide).exposures()),
        }
    }

    /// The same index with everything in its unchanging part. It takes time in proportion to all that is held, and
    /// leaves this one free to answer meanwhile.
    #[must_use]
    pub fn merged(&self) -> Self {
        let mut builder = Builder::new();
        for (owner, asset, inventory) in self.recent.assets() {
            builder.add(owner.clone(), asset, &inventory);
        }
        Self::from_base(builder.build_over(&self.merged))
    }

    /// [`merged`](Self::merged), in place.
    pub fn merge(&mut self) {
        *self = self.merged();
    }

    /// Components of inventories that came or went since the last merge.
    #[must_use]
    pub fn unmerged(&self) -> usize {
        let gone = self.merged.dead.iter().map(|holder| self.components_of(holder)).sum::<usize>();
        self.recent.len() + gone
    }

    fn components_of(&self, holder: u32) -> usize {
        self.merged.base.components.get(holder as usize).map_or(0, |components| *components as usize)
    }

    fn is_alive(&self, holder: u32) -> bool {
        !self.merged.dead.contains(holder)
    }

    /// Everybody with an inventory, in order.
    pub fn owners(&self) -> impl Iterator<Item = &O> {
        let base = &self.merged.base;
        let alive = |owner: &usize| base.holders_of(*owner).any(|holder| self.is_alive(holder));
        let merged = (0..base.owners.len()).filter(alive).filter_map(|owner| base.owners.get(owner));
        let owners: BTreeSet<&O> = merged.chain(self.recent.owners()).collect();
        owners.into_iter()
    }

    /// Components held.
    #[must_use]
    pub fn len(&self) -> usize {
        let holders = 0..texts::number(self.merged.base.holders());
        let alive = holders.filter(|holder| self.is_alive(*holder));
        alive.map(|holder| self.components_of(holder)).sum::<usize>() + self.recent.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory that the merged part takes.
    #[must_use]
    pub fn footprint(&self) -> Footprint {
        self.merged.base.footprint()
    }
}
