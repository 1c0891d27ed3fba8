//! The acts of one interval in a tree that hides how many there are.
//!
//! The tree has `2^DEPTH` places, whatever the number of acts. An act is at a place that only the holder of the key can
//! work out; every subtree without an act has a value drawn from the key. So a path always has `DEPTH` hashes, and a
//! hash beside it may be an act, many acts or none.

use std::collections::BTreeMap;

use crate::hiding::{HidingKey, IntervalKey};
use crate::proof::ProofError;
use crate::tree::{Hash, leaf_hash, node_hash};

/// Height of the tree.
pub const DEPTH: usize = 24;
/// Most acts of one interval; further ones wait for the next. Far below the number of places, so that a free one is near.
pub const MOST_ACTS: usize = 1 << 18;

/// The acts of an interval.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Nodes above acts, by level from the leaves and by index.
    levels: Vec<Vec<(u32, Hash)>>,
    /// Place of each act, in the order in which they were given.
    places: Vec<u32>,
    key: IntervalKey,
}

/// Where an act is and what is beside its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Position from the left, below `2^DEPTH`.
    pub position: u32,
    /// The siblings from the leaf upwards, [`DEPTH`] of them.
    pub path: Vec<Hash>,
}

impl Batch {
    /// The tree of interval `number` over commitments in the order of the log; those behind the first [`MOST_ACTS`] are
    /// left out.
    pub fn new(key: &HidingKey, number: u64, commitments: &[Hash]) -> Self {
        let key = key.interval(number);
        let mut taken: BTreeMap<u32, Hash> = BTreeMap::new();
        let mut places = Vec::with_capacity(commitments.len());
        for commitment in commitments.iter().take(MOST_ACTS) {
            let mut place = key.position(commitment);
            while taken.contains_key(&place) {
                place = (place + 1) % (1 << DEPTH);
            }
            taken.insert(place, leaf_hash(commitment));
            places.push(place);
        }
        let mut levels = vec![taken.into_iter().collect::<Vec<_>>()];
        for level in 0..DEPTH {
            levels.push(above(&key, level, &levels[level]));
        }
        Self { levels, places, key }
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.node(DEPTH, 0)
    }

    /// Number of acts in it.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there was no act.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Where act `index` is; `None` when there is no such act.
    pub fn place(&self, index: usize) -> Option<Place> {
        let position = *self.places.get(index)?;
        let path = (0..DEPTH).map(|level| self.node(level, (position >> level) ^ 1)).collect();
        Some(Place { position, path })
    }

    fn node(&self, level: usize, index: u32) -> Hash {
        let nodes = &self.levels[level];
        match nodes.binary_search_by_key(&index, |(index, _)| *index) {
            Ok(found) => nodes[found].1,
            Err(_) => self.key.free(level, index),
        }
    }
}

/// The nodes one level above `nodes`, which are at `level` and in order.
fn above(key: &IntervalKey, level: usize, nodes: &[(u32, Hash)]) -> Vec<(u32, Hash)> {
    let mut parents = Vec::with_capacity(nodes.len());
    let mut rest = nodes;
    while let Some(((index, hash), behind)) = rest.split_first() {
        let sibling = index ^ 1;
        let beside = behind.first().filter(|(next, _)| *next == sibling).map(|(_, hash)| *hash);
        rest = if beside.is_some() { &behind[1..] } else { behind };
        let beside = beside.unwrap_or_else(|| key.free(level, sibling));
        let parent = if index & 1 == 0 { node_hash(hash, &beside) } else { node_hash(&beside, hash) };
        parents.push((index >> 1, parent));
    }
    parents
}

/// Checks that an act with this commitment is in the interval with this `root`.
///
/// # Errors
/// [`ProofError`] when it is not proven.
pub fn verify_place(commitment: &Hash, place: &Place, root: &Hash) -> Result<(), ProofError> {
    if place.position >= 1 << DEPTH {
        return Err(ProofError::Range);
    }
    if place.path.len() != DEPTH {
        return Err(ProofError::Length);
    }
    let mut hash = leaf_hash(commitment);
    for (level, sibling) in place.path.iter().enumerate() {
        let right = (place.position >> level) & 1 == 1;
        hash = if right { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
    }
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}
