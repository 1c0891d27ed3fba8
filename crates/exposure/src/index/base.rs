//! The part of the index that does not change: directory, holders, and the set of holders of each variant.

use std::ops::Range;

use super::bits::Bits;
use super::directory::Directory;
use super::posting::Posting;
use super::texts::{Texts, number};
use super::unions::Unions;

/// Who holds which variants. Holders (an owner with an asset) are numbered in order of owner and asset, so that the
/// assets of one owner are neighbours and cost a byte each where all hold the same.
#[derive(Clone, Debug)]
pub(super) struct Base<O> {
    pub(super) owners: Vec<O>,
    /// End of the holders of each owner.
    pub(super) holder_ends: Vec<u32>,
    /// The owner of each holder.
    pub(super) owner_of: Vec<u32>,
    pub(super) assets: Texts,
    /// How many components each holder's inventory has, with repeated ones.
    pub(super) components: Vec<u32>,
    pub(super) directory: Directory,
    /// The sets, in the order of the variants.
    pub(super) postings: Vec<u8>,
    pub(super) posting_ends: Vec<usize>,
    /// The last holder of each owner; follows from `holder_ends`, see [`settle`](Self::settle).
    pub(super) last_holders: Bits,
    /// Follows from the sets.
    pub(super) unions: Unions,
}

impl<O> Base<O> {
    pub(super) fn empty() -> Self {
        Self {
            owners: Vec::new(),
            holder_ends: Vec::new(),
            owner_of: Vec::new(),
            assets: Texts::default(),
            components: Vec::new(),
            directory: Directory::default(),
            postings: Vec::new(),
            posting_ends: Vec::new(),
            last_holders: Bits::default(),
            unions: Unions::default(),
        }
    }

    /// Fills in what follows from the other parts.
    pub(super) fn settle(mut self) -> Self {
        self.last_holders = Bits::below(self.holders());
        for end in &self.holder_ends {
            if let Some(last) = end.checked_sub(1) {
                self.last_holders.insert(last);
            }
        }
        self.unions = Unions::of(&self);
        self
    }

    pub(super) fn holders(&self) -> usize {
        self.owner_of.len()
    }

    pub(super) fn posting(&self, variant: u32) -> Posting<'_> {
        let range = self.posting_range(variant);
        Posting::new(self.postings.get(range).unwrap_or_default(), number(self.holders()))
    }

    fn posting_range(&self, variant: u32) -> Range<usize> {
        let position = variant as usize;
        let start =
            position.checked_sub(1).and_then(|before| self.posting_ends.get(before)).copied().unwrap_or(0);
        start..self.posting_ends.get(position).copied().unwrap_or(start)
    }

    /// Bytes of the sets of neighbouring variants.
    pub(super) fn posting_bytes(&self, variants: &Range<u32>) -> usize {
        let end = |variant: u32| {
            let before = variant.checked_sub(1).and_then(|before| self.posting_ends.get(before as usize));
            before.copied().unwrap_or(0)
        };
        end(variants.end).saturating_sub(end(variants.start))
    }

    pub(super) fn owner(&self, holder: u32) -> Option<&O> {
        self.owners.get(*self.owner_of.get(holder as usize)? as usize)
    }

    /// The holders of an owner.
    pub(super) fn holders_of(&self, owner: usize) -> Range<u32> {
        let start =
            owner.checked_sub(1).and_then(|before| self.holder_ends.get(before)).copied().unwrap_or(0);
        start..self.holder_ends.get(owner).copied().unwrap_or(start)
    }

    pub(super) fn footprint(&self) -> Footprint {
        let directory = self.directory.bytes() + self.posting_ends.len() * size_of::<usize>();
        let holders = self.owners.len() * (size_of::<O>() + size_of::<u32>())
            + self.holders() * 2 * size_of::<u32>()
            + size_of_val(self.last_holders.words())
            + self.assets.bytes();
        Footprint { postings: self.postings.len(), unions: self.unions.bytes(), directory, holders }
    }
}

impl<O: Ord> Base<O> {
    /// The place of an owner.
    pub(super) fn find_owner(&self, owner: &O) -> Option<usize> {
        self.owners.binary_search(owner).ok()
    }

    pub(super) fn find(&self, owner: &O, asset: &str) -> Option<u32> {
        let owner = self.find_owner(owner)?;
        let Range { mut start, mut end } = self.holders_of(owner);
        while start < end {
            let middle = start + (end - start) / 2;
            match self.assets.get(middle).cmp(asset) {
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        None
    }
}

/// Bytes of memory that the merged part of an index takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Sets of holders.
    pub postings: usize,
    /// Unions of neighbouring sets.
    pub unions: usize,
    /// Packages, versions and labels.
    pub directory: usize,
    /// Owners and assets.
    pub holders: usize,
}

impl Footprint {
    /// Everything.
    #[must_use]
    pub fn total(&self) -> usize {
        self.postings + self.unions + self.directory + self.holders
    }
}
