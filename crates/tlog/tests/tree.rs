//! Trees and proofs: known roots, every proof of every size up to 300, corruption, and a second implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_tlog::{
    Hash, ProofError, Tree, TreeError, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

const LARGEST: u64 = 300;

fn grown(size: u64) -> Tree {
    let mut tree = Tree::new();
    for index in 0..size {
        assert_eq!(tree.append(&entry(index)), index);
    }
    tree
}

fn entry(index: u64) -> [u8; 32] {
    leaf_hash(&index.to_le_bytes())
}

fn unhex(text: &str) -> Hash {
    hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn roots_of_the_certificate_transparency_test_tree() {
    let entries =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Tree::new();
    for (entry, root) in entries.iter().zip(roots) {
        tree.append(&hex::decode(entry).unwrap());
        assert_eq!(tree.root(), unhex(root));
    }
    let empty = unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!((Tree::new().root(), empty_root()), (empty, empty));
}

/// The definition of RFC 6962, section 2.1, taken literally.
fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&defined_root(left), &defined_root(right))
        }
    }
}

#[test]
fn every_size_has_the_defined_root() {
    let tree = grown(LARGEST);
    let leaves: Vec<Hash> = (0..LARGEST).map(|index| leaf_hash(&entry(index))).collect();
    for size in 0..=LARGEST {
        assert_eq!(tree.root_at(size).unwrap(), defined_root(&leaves[..size as usize]), "size {size}");
    }
}

#[test]
fn every_inclusion_proof_holds_and_only_for_its_place() {
    let tree = grown(LARGEST);
    for size in 1..=LARGEST {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            let proof = tree.inclusion_proof(index, size).unwrap();
            let leaf = leaf_hash(&entry(index));
            assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()), "{index} of {size}");
            let elsewhere = (index + 1) % size;
            if size > 1 {
                assert!(verify_inclusion(&leaf, elsewhere, size, &proof, &root).is_err());
            }
            let other = leaf_hash(&entry(index + 1));
            assert_eq!(verify_inclusion(&other, index, size, &proof, &root), Err(ProofError::Root));
        }
        assert_eq!(tree.inclusion_proof(size, size), Err(TreeError::Index { index: size, size }));
        assert_eq!(verify_inclusion(&root, size, size, &[], &root), Err(ProofError::Range));
    }
}

#[test]
fn every_consistency_proof_holds_and_only_for_its_roots() {
    let tree = grown(LARGEST);
    let roots: Vec<Hash> = (0..=LARGEST).map(|size| tree.root_at(size).unwrap()).collect();
    for new in 0..=LARGEST {
        for old in 0..=new {
            let proof = tree.consistency_proof(old, new).unwrap();
            let (old_root, new_root) = (&roots[old as usize], &roots[new as usize]);
            assert_eq!(verify_consistency(old, new, &proof, old_root, new_root), Ok(()), "{old} to {new}");
            let forked = leaf_hash(new_root);
            assert_eq!(verify_consistency(old, new, &proof, &forked, new_root), Err(ProofError::Root));
            if old > 0 {
                assert_eq!(verify_consistency(old, new, &proof, old_root, &forked), Err(ProofError::Root));
            }
        }
        assert_eq!(tree.consistency_proof(new + 1, new), Err(TreeError::Order { old: new + 1, new }));
        let root = &roots[new as usize];
        assert_eq!(verify_consistency(new + 1, new, &[], root, root), Err(ProofError::Range));
    }
}

#[test]
fn what_has_not_been_appended_cannot_be_proven() {
    let tree = grown(5);
    let error = TreeError::Size { asked: 6, size: 5 };
    assert_eq!(tree.root_at(6), Err(error));
    assert_eq!(tree.inclusion_proof(0, 6), Err(error));
    assert_eq!(tree.consistency_proof(5, 6), Err(error));
}

#[test]
fn proofs_of_the_wrong_length_fail() {
    let tree = grown(64);
    for size in 1..=64 {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            let leaf = leaf_hash(&entry(index));
            let mut proof = tree.inclusion_proof(index, size).unwrap();
            proof.push(leaf);
            assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
            proof.pop();
            if proof.pop().is_some() {
                assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
            }
            let old_root = tree.root_at(index).unwrap();
            let mut proof = tree.consistency_proof(index, size).unwrap();
            proof.push(leaf);
            assert!(verify_consistency(index, size, &proof, &old_root, &root).is_err());
            proof.pop();
            if proof.pop().is_some() {
                assert!(verify_consistency(index, size, &proof, &old_root, &root).is_err());
            }
        }
    }
}

/// Every proof that differs from `proof` in one bit.
fn flipped(proof: &[Hash]) -> impl Iterator<Item = Vec<Hash>> {
    (0..proof.len() * 256).map(|bit| {
        let mut bad = proof.to_vec();
        bad[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
        bad
    })
}

#[test]
fn every_flipped_bit_is_noticed_in_small_trees() {
    let tree = grown(17);
    for size in 1..=17 {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            let leaf = leaf_hash(&entry(index));
            for bad in flipped(&tree.inclusion_proof(index, size).unwrap()) {
                assert_eq!(verify_inclusion(&leaf, index, size, &bad, &root), Err(ProofError::Root));
            }
            let old_root = tree.root_at(index).unwrap();
            for bad in flipped(&tree.consistency_proof(index, size).unwrap()) {
                let verdict = verify_consistency(index, size, &bad, &old_root, &root);
                assert_eq!(verdict, Err(ProofError::Root));
            }
        }
    }
}

struct Stored<'a>(&'a Tree);

impl tlog_tiles::HashReader for Stored<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let hash = |stored: &u64| {
            let (level, n) = tlog_tiles::tlog::split_stored_hash_index(*stored);
            let (low, high) = (n << level, (n + 1) << level);
            let leaves: Vec<Hash> = (low..high).map(|index| leaf_hash(&entry(index))).collect();
            assert!(high <= self.0.size());
            tlog_tiles::Hash(defined_root(&leaves))
        };
        Ok(indexes.iter().map(hash).collect())
    }
}

fn plain(hashes: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| hash.0).collect()
}

proptest! {
    #[test]
    fn every_flipped_bit_is_noticed(size in 1..2000_u64, place in 0.0..1.0_f64) {
        let tree = grown(size);
        let index = (size as f64 * place) as u64;
        let root = tree.root();
        let leaf = leaf_hash(&entry(index));
        for bad in flipped(&tree.inclusion_proof(index, size).unwrap()) {
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &bad, &root), Err(ProofError::Root));
        }
        let old_root = tree.root_at(index).unwrap();
        for bad in flipped(&tree.consistency_proof(index, size).unwrap()) {
            prop_assert_eq!(verify_consistency(index, size, &bad, &old_root, &root), Err(ProofError::Root));
        }
    }

    #[test]
    fn a_second_implementation_gives_the_same_proofs(size in 1..700_u64, place in 0.0..1.0_f64) {
        let tree = grown(size);
        let index = (size as f64 * place) as u64;
        let stored = Stored(&tree);
        prop_assert_eq!(tree.root(), tlog_tiles::tlog::tree_hash(size, &stored).unwrap().0);
        let theirs = plain(tlog_tiles::tlog::prove_record(size, index, &stored).unwrap());
        prop_assert_eq!(tree.inclusion_proof(index, size).unwrap(), theirs);
        let theirs = plain(tlog_tiles::tlog::prove_tree(size, index + 1, &stored).unwrap());
        prop_assert_eq!(tree.consistency_proof(index + 1, size).unwrap(), theirs);
    }

    #[test]
    fn made_up_proofs_neither_pass_nor_panic(
        index in any::<u64>(),
        size in any::<u64>(),
        proof in prop::collection::vec(any::<Hash>(), 0..70),
        hash in any::<Hash>(),
        root in any::<Hash>(),
    ) {
        prop_assert!(verify_inclusion(&hash, index, size, &proof, &root).is_err());
        if index > 0 {
            prop_assert!(verify_consistency(index, size, &proof, &hash, &root).is_err());
        }
    }
}
