//! Building the unchanging part: gather, put in order, turn round, compress.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::base::Base;
use super::bits::Bits;
use super::directory::{NONE, arrange};
use super::posting::encode;
use super::texts::number;
use super::{Index, Merged};
use crate::inventory::{Component, Inventory};

/// Makes an index of many inventories at once, which takes less time and memory than one after the other.
#[derive(Debug)]
pub struct Builder<O> {
    /// Distinct components; what an asset holds is kept as their numbers.
    distinct: Vec<Component>,
    table: HashTable<u32>,
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
        let same = |other: &u32| self.distinct.get(*other as usize) == Some(component);
        if let Some(known) = self.table.find(hash, same) {
            return *known;
        }
        let fresh = number(self.distinct.len());
        let rehash = |other: &u32| self.distinct.get(*other as usize).map_or(0, |c| self.hasher.hash_one(c));
        self.table.insert_unique(hash, fresh, rehash);
        self.distinct.push(component.clone());
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
        let (directory, variants) = arrange(&self.distinct);
        let lists = Lists::turn_round(&self, &order, &variants);
        let renumbered = self.renumbered(&order, old.base.holders());
        let bound = number(base.holders());
        let (mut sets, mut numbers) = (Vec::with_capacity(self.held.len()), Vec::new());
        for (variant, component) in variants.iter().enumerate() {
            numbers.clear();
            if let Some(old_variant) = carried.get(*component as usize).filter(|old| **old != NONE) {
                old.base.posting(*old_variant).for_each(|holder| {
                    numbers.extend(renumbered.get(holder as usize).filter(|new| **new != NONE));
                });
            }
            let fresh = lists.of(variant);
            if !numbers.is_empty() && !fresh.is_empty() {
                numbers.extend(fresh);
                numbers.sort_unstable();
            }
            encode(if numbers.is_empty() { fresh } else { &numbers }, bound, &mut sets);
            base.posting_ends.push(sets.len());
        }
        sets.shrink_to_fit();
        (base.postings, base.directory) = (sets, directory);
        base
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
                    let component = self.intern(&old.base.directory.component(package, variant)) as usize;
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

    /// What was gathered for an asset.
    fn held_by(&self, position: usize) -> &[u32] {
        let end = |position: usize| self.assets.get(position).map_or(0, |asset| asset.end);
        let start = position.checked_sub(1).map_or(0, end);
        self.held.get(start..end(position)).unwrap_or_default()
    }
}

/// For each variant the holders in ascending order; one whose inventory lists the variant twice is there twice.
struct Lists {
    holders: Vec<u32>,
    /// Where each variant's end in `holders`.
    ends: Vec<usize>,
}

impl Lists {
    /// Components by holder become holders by component: count, set aside the room, fill it. Nearly every step
    /// misses the caches, so there are as few as can be: one cursor and one place to write.
    fn turn_round<O: Clone + Ord>(builder: &Builder<O>, order: &[usize], variants: &[u32]) -> Self {
        let mut cursors = vec![0_usize; builder.distinct.len()];
        for position in order {
            for component in builder.held_by(*position) {
                cursors[*component as usize] += 1;
            }
        }
        let mut ends = Vec::with_capacity(variants.len());
        let mut start = 0;
        for component in variants {
            start += std::mem::replace(&mut cursors[*component as usize], start);
            ends.push(start);
        }
        let mut holders = vec![NONE; start];
        for (holder, position) in (0_u32..).zip(order) {
            for component in builder.held_by(*position) {
                let cursor = &mut cursors[*component as usize];
                holders[*cursor] = holder;
                *cursor += 1;
            }
        }
        Self { holders, ends }
    }

    fn of(&self, variant: usize) -> &[u32] {
        let end = |variant: usize| self.ends.get(variant).copied().unwrap_or(0);
        self.holders.get(variant.checked_sub(1).map_or(0, end)..end(variant)).unwrap_or_default()
    }
}
