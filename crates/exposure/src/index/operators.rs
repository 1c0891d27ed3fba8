//! The operators that an answer names, as a set.

use std::iter::Peekable;

use super::Merged;
use super::base::Base;
use super::bits::Bits;
use super::unions::Part;
use std::ops::Range;

/// A set of operators, complete and counted. It holds a bit for each asset or, when they are few, a number for each
/// operator; who they are is looked up when they are listed.
#[derive(Clone, Debug)]
pub struct Operators<'a, O> {
    base: &'a Base<O>,
    known: Known,
    /// Those that had no inventory when the index was merged, in order.
    new: Vec<&'a O>,
    count: usize,
}

/// The last holder of each operator.
#[derive(Clone, Debug)]
enum Known {
    Few(Vec<u32>),
    Many(Bits),
}

impl<'a, O: Ord> Operators<'a, O> {
    /// Whoever is alive and holds one of these variants, and those that are named beside.
    pub(super) fn new(
        merged: &'a Merged<O>,
        variants: &[Range<u32>],
        recent: impl Iterator<Item = &'a O>,
    ) -> Self {
        let base = &merged.base;
        let bytes: usize = variants.iter().map(|range| base.posting_bytes(range)).sum();
        // Every number takes a byte at least. Few are put in order sooner than all words are gone through.
        let few = bytes * 8 < base.last_holders.words().len();
        let known = if few { few_of(merged, variants) } else { many_of(merged, variants) };
        let mut operators = Self { base, known, new: Vec::new(), count: 0 };
        recent.for_each(|owner| operators.insert(owner));
        operators.new.sort_unstable();
        operators.new.dedup();
        operators.count = operators.new.len()
            + match &operators.known {
                Known::Few(known) => known.len(),
                Known::Many(known) => known.len(),
            };
        operators
    }

    fn insert(&mut self, owner: &'a O) {
        let Some(last) = self.last_holder(owner) else { return self.new.push(owner) };
        match &mut self.known {
            Known::Few(known) => {
                if let Err(place) = known.binary_search(&last) {
                    known.insert(place, last);
                }
            }
            Known::Many(known) => {
                known.insert(last);
            }
        }
    }

    fn last_holder(&self, owner: &O) -> Option<u32> {
        self.base.holders_of(self.base.find_owner(owner)?).last()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether an operator is one of them.
    #[must_use]
    pub fn contains(&self, owner: &O) -> bool {
        match (self.last_holder(owner), &self.known) {
            (Some(last), Known::Few(known)) => known.binary_search(&last).is_ok(),
            (Some(last), Known::Many(known)) => known.contains(last),
            (None, _) => self.new.binary_search(&owner).is_ok(),
        }
    }

    /// Each once, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a O> {
        let (few, many) = match &self.known {
            Known::Few(known) => (Some(known.iter().copied()), None),
            Known::Many(known) => (None, Some(known.iter())),
        };
        let known = few.into_iter().flatten().chain(many.into_iter().flatten());
        let base = self.base;
        let known = known.filter_map(move |holder| base.owner(holder));
        Merge { known: known.peekable(), new: self.new.iter().copied().peekable() }
    }
}

fn few_of<O>(Merged { base, dead }: &Merged<O>, variants: &[Range<u32>]) -> Known {
    let mut holders = Vec::new();
    for variant in variants.iter().cloned().flatten() {
        base.posting(variant).for_each(|holder| holders.push(holder));
    }
    holders.retain(|holder| !dead.contains(*holder));
    for holder in &mut holders {
        let owner = base.owner_of.get(*holder as usize);
        let end = owner.and_then(|owner| base.holder_ends.get(*owner as usize));
        *holder = end.map_or(*holder, |end| end.saturating_sub(1));
    }
    holders.sort_unstable();
    holders.dedup();
    Known::Few(holders)
}

fn many_of<O>(Merged { base, dead }: &Merged<O>, variants: &[Range<u32>]) -> Known {
    let mut holders = Bits::below(base.holders());
    for range in variants {
        base.unions.fill(range.clone(), |part| {
            match part {
                Part::Union(union) => holders.insert_words(union),
                Part::Variant(variant) => base.posting(variant).add_to(&mut holders),
            }
            true
        });
    }
    holders.remove_all(dead);
    if base.owners.len() < base.holders() {
        holders.keep_last_of_groups(&base.last_holders);
    }
    Known::Many(holders)
}

/// Two ascending sequences as one.
struct Merge<A: Iterator, B: Iterator> {
    known: Peekable<A>,
    new: Peekable<B>,
}

impl<'a, O: Ord + 'a, A: Iterator<Item = &'a O>, B: Iterator<Item = &'a O>> Iterator for Merge<A, B> {
    type Item = &'a O;

    fn next(&mut self) -> Option<&'a O> {
        match (self.known.peek(), self.new.peek()) {
            (Some(known), Some(new)) if new < known => self.new.next(),
            (None, _) => self.new.next(),
            _ => self.known.next(),
        }
    }
}
