//! Building the unchanging part: gather, put in order, turn round, compress.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use hashbrown::HashTable;

use super::arrange::arrange;
use super::base::Base;
use super::bits::Bits;
use super::directory::NONE;
use super::posting::encode;
use super::texts::number;
use super::turned::Turned;
use super::{Index, Merged};
use crate::inventory::{Component, Inventory};

/// Makes an index of many inventories at once, which takes less time and memory than one after the other.
#[derive(Debug)]
pub struct Builder<O> {
    /// Distinct components; what an asset holds is kept as their numbers.
    distinct: Vec<Component>,
    /// With their hashes.
    table: HashTable<(u64, u32)>,
    hasher: RandomState,
    held: Vec<u32>,
    assets: Vec<Asset<O>>,
}

#[derive(Debug)]
struct Asset<O> {
    owner: O,
    name: Box<str>,
    /// End of its components in `held`.
    end: usize,
    components: u32,
    /// Its number in an older base, when its components are there and not in `held`.
    carried: Option<u32>,
}

impl<O> Default for Builder<O> {
    fn default() -> Self {
        Self {
            distinct: Vec::new(),
            table: HashTable::new(),
            hasher: RandomState::new(),
            held: Vec::new(),
            assets: Vec::new(),
        }
    }
}

impl<O: Clone + Ord> Builder<O> {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number that stands for a component in [`add_numbered`](Self::add_numbered).
    pub fn intern(&mut self, component: &Component) -> u32 {
        let hash = self.hasher.hash_one(component);
        self.known(hash, component).unwrap_or_else(|| self.insert(hash, component.clone()))
    }

    fn known(&self, hash: u64, component: &Component) -> Option<u32> {
        // Whole hashes are compared first, since a look at the component itself misses the caches.
        let same = |(other, number): &(u64, u32)| {
            *other == hash && self.distinct.get(*number as usize) == Some(component)
        };
        self.table.find(hash, same).map(|(_, number)| *number)
    }

    fn insert(&mut self, hash: u64, component: Component) -> u32 {
        let fresh = number(self.distinct.len());
        self.table.insert_unique(hash, (hash, fresh), |(hash, _)| *hash);
        self.distinct.push(component);
        fresh
    }

    /// Adds an asset; of two with the same owner and name the later one counts.
    pub fn add(&mut self, owner: O, asset: &str, inventory: &Inventory) {
        for component in &inventory.components {
            let component = self.intern(component);
            self.held.push(component);
        }
        self.end_asset(owner, asset, inventory.components.len(), None);
    }

    /// Adds an asset by the numbers of its components; numbers that [`intern`](Self::intern) did not give are left
    /// out.
    pub fn add_numbered(&mut self, owner: O, asset: &str, components: &[u32]) {
        let known = number(self.distinct.len());
        let before = self.held.len();
        self.held.extend(components.iter().filter(|component| **component < known));
        self.end_asset(owner, asset, self.held.len() - before, None);
    }

    fn end_asset(&mut self, owner: O, asset: &str, components: usize, carried: Option<u32>) {
        let (end, components) = (self.held.len(), number(components));
        self.assets.push(Asset { owner, name: asset.into(), end, components, carried });
    }

    /// The index.
    #[must_use]
    pub fn build(self) -> Index<O> {
        Index::from_base(self.finish(&Merged { base: Base::empty(), dead: Bits::default() }))
    }

    /// Takes over what is still alive in an older base, and builds.
    pub(super) fn build_over(mut self, old: &Merged<O>) -> Base<O> {
        for holder in (0..number(old.base.holders())).filter(|holder| !old.dead.contains(*holder)) {
            if let Some(owner) = old.base.owner(holder) {
                let components = old.base.components.get(holder as usize).copied().unwrap_or(0);
                self.end_asset(owner.clone(), old.base.assets.get(holder), components as usize, Some(holder));
            }
        }
        self.finish(old)
    }

    fn finish(mut self, old: &Merged<O>) -> Base<O> {
        let carried = self.carry_components(old);
        let order = self.holder_order();
        let mut base = self.holders(&order);
        let renumbered = self.renumbered(&order, old.base.holders());
        let holdings: Vec<Range<usize>> = order.iter().map(|position| self.held_by(*position)).collect();
        let (directory, components) = arrange(&self.distinct, &self.in_use(&holdings, &carried));
        let mut places = vec![0; self.distinct.len()];
        for (variant, component) in (0_u32..).zip(&components) {
            places[*component as usize] = variant;
        }
        let held = std::mem::take(&mut self.held);
        let (bound, mut numbers) = (number(base.holders()), Vec::new());
        let mut sets = Vec::with_capacity(held.len());
        drop(self);
        Turned::new(held, &holdings, &places).each(number(components.len()), |variant, fresh| {
            numbers.clear();
            let component = components.get(variant as usize).copied().unwrap_or(NONE);
            if let Some(old_variant) = carried.get(component as usize).filter(|old| **old != NONE) {
                old.base.posting(*old_variant).for_each(|holder| {
                    numbers.extend(renumbered.get(holder as usize).filter(|new| **new != NONE));
                });
            }
            if !numbers.is_empty() && !fresh.is_empty() {
                numbers.extend(fresh);
                numbers.sort_unstable();
            }
            encode(if numbers.is_empty() { fresh } else { &numbers }, bound, &mut sets);
            base.posting_ends.push(sets.len());
        });
        sets.shrink_to_fit();
        (base.postings, base.directory) = (sets, directory);
        base
    }

    /// The components that somebody holds. One may have gone with the asset that another took the place of.
    fn in_use(&self, holdings: &[Range<usize>], carried: &[u32]) -> Vec<u32> {
        let mut used = Bits::below(self.distinct.len());
        for holding in holdings {
            for component in self.held.get(holding.clone()).unwrap_or_default() {
                used.insert(*component);
            }
        }
        let carried = |component: &u32| carried.get(*component as usize).is_some_and(|old| *old != NONE);
        let all = 0..number(self.distinct.len());
        all.filter(|component| used.contains(*component) || carried(component)).collect()
    }

    /// Interns the components of the old base that somebody alive holds; their old variants by new number.
    fn carry_components(&mut self, old: &Merged<O>) -> Vec<u32> {
        let mut carried = vec![NONE; self.distinct.len()];
        for package in 0..number(old.base.directory.packages.len()) {
            let (ranked, others) = old.base.directory.variants_of(package);
            for variant in ranked.start..others.end {
                let mut alive = false;
                old.base.posting(variant).for_each(|holder| alive |= !old.dead.contains(holder));
                if alive {
                    let component = old.base.directory.component(package, variant);
                    let hash = self.hasher.hash_one(&component);
                    let known = self.known(hash, &component);
                    let component = known.unwrap_or_else(|| self.insert(hash, component)) as usize;
                    carried.resize(self.distinct.len(), NONE);
                    if let Some(place) = carried.get_mut(component) {
                        *place = variant;
                    }
                }
            }
        }
        carried
    }

    /// Positions in `assets`, by owner and name; of equal ones the last.
    fn holder_order(&self) -> Vec<usize> {
        let place = |position: &usize| self.assets.get(*position).map(|asset| (&asset.owner, &asset.name));
        let mut order: Vec<usize> = (0..self.assets.len()).collect();
        order.sort_by_key(|position| (place(position), std::cmp::Reverse(*position)));
        order.dedup_by(|later, kept| place(later) == place(kept));
        order
    }

    fn holders(&self, order: &[usize]) -> Base<O> {
        let mut base = Base::empty();
        for asset in order.iter().filter_map(|position| self.assets.get(*position)) {
            if base.owners.last() != Some(&asset.owner) {
                base.owners.push(asset.owner.clone());
                base.holder_ends.push(number(base.owner_of.len()));
            }
            base.owner_of.push(number(base.owners.len() - 1));
            base.assets.push(&asset.name);
            base.components.push(asset.components);
            if let Some(end) = base.holder_ends.last_mut() {
                *end += 1;
            }
        }
        base
    }

    /// The new number of each holder of the old base, if it goes on.
    fn renumbered(&self, order: &[usize], old: usize) -> Vec<u32> {
        let mut renumbered = vec![NONE; old];
        for (holder, position) in (0_u32..).zip(order) {
            let carried = self.assets.get(*position).and_then(|asset| asset.carried);
            if let Some(place) = carried.and_then(|carried| renumbered.get_mut(carried as usize)) {
                *place = holder;
            }
        }
        renumbered
    }

    /// Where in `held` is what was gathered for an asset.
    fn held_by(&self, position: usize) -> Range<usize> {
        let end = |position: usize| self.assets.get(position).map_or(0, |asset| asset.end);
        position.checked_sub(1).map_or(0, end)..end(position)
    }
}
