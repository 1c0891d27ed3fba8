//! Checking proofs without the tree: RFC 9162, sections 2.1.3.2 and 2.1.4.2.

use crate::tree::{Hash, empty_root, node_hash};

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index or the sizes cannot belong to any proof.
    #[error("the index or sizes are out of range")]
    Range,
    /// The proof has too few or too many hashes for the sizes.
    #[error("the proof has the wrong length")]
    Length,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    Root,
}

/// Checks that the entry with hash `leaf` is entry `index` of the tree of `size` entries with this `root`.
///
/// # Errors
/// [`ProofError`] when it is not proven.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Range);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            skip_to_right_child(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    expect(last == 0, ProofError::Length)?;
    expect(hash == *root, ProofError::Root)
}

/// Checks that the tree of `new` entries with `new_root` extends the tree of `old` entries with `old_root`. Every
/// tree extends the one without entries, with an empty proof.
///
/// # Errors
/// [`ProofError`] when it is not proven.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), ProofError> {
    expect(old <= new, ProofError::Range)?;
    if old == 0 || old == new {
        expect(proof.is_empty(), ProofError::Length)?;
        expect(old != 0 || *old_root == empty_root(), ProofError::Root)?;
        return expect(old != new || old_root == new_root, ProofError::Root);
    }
    let mut rest = proof.iter();
    let mut next = || rest.next().copied().ok_or(ProofError::Length);
    let first = if old.is_power_of_two() { *old_root } else { next()? };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            skip_to_right_child(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    expect(last == 0, ProofError::Length)?;
    expect(old_hash == *old_root && new_hash == *new_root, ProofError::Root)
}

/// The right border of a tree that is not complete has no sibling on some levels: climb to where it has one.
fn skip_to_right_child(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

fn expect(holds: bool, error: ProofError) -> Result<(), ProofError> {
    if holds { Ok(()) } else { Err(error) }
}
