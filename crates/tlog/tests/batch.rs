//! The tree of an interval: what is in it can be proven, and nothing else can be told from it.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeSet, HashSet};

use forewarn_tlog::{Batch, DEPTH, Entry, EntryProblem, HidingKey, Place, ProofError, verify_place};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn acts(count: usize, seed: u64) -> Vec<[u8; 32]> {
    (0..count).map(|n| Sha256::digest(format!("{seed} {n}")).into()).collect()
}

fn key(byte: u8) -> HidingKey {
    HidingKey::derive(&[byte; 32])
}

/// The position that path and root tell, by trying nothing but hashing: what a verifier sees.
fn shape(place: &Place) -> (usize, usize) {
    (place.path.len(), place.path.iter().map(|hash| hash.len()).sum())
}

proptest! {
    #[test]
    fn every_act_is_proven_and_nothing_else_is(count in 1_usize..80, seed: u64, byte: u8, number: u64) {
        let acts = acts(count, seed);
        let batch = Batch::new(&key(byte), number, &acts);
        let (root, absent) = (batch.root(), [0xEE; 32]);
        prop_assert_eq!(batch.len(), count);
        let mut positions = BTreeSet::new();
        for (index, act) in acts.iter().enumerate() {
            let place = batch.place(index).unwrap();
            prop_assert_eq!(shape(&place), (DEPTH, DEPTH * 32));
            verify_place(act, &place, &root).unwrap();
            prop_assert_eq!(verify_place(&absent, &place, &root), Err(ProofError::Root));
            let moved = Place { position: place.position ^ 1, path: place.path.clone() };
            prop_assert_eq!(verify_place(act, &moved, &root), Err(ProofError::Root));
            positions.insert(place.position);
        }
        prop_assert_eq!(positions.len(), count, "one place, one act");
        prop_assert!(batch.place(count).is_none());
    }

    #[test]
    fn whoever_drops_changes_or_adds_an_act_gets_another_root(count in 1_usize..60, seed: u64, at: prop::sample::Index) {
        let all = acts(count, seed);
        let at = at.index(count);
        let root = Batch::new(&key(1), 7, &all).root();
        let mut dropped = all.clone();
        dropped.remove(at);
        let mut changed = all.clone();
        changed[at][0] ^= 1;
        let mut more = all.clone();
        more.push([3; 32]);
        for other in [dropped, changed, more] {
            prop_assert_ne!(Batch::new(&key(1), 7, &other).root(), root);
        }
        prop_assert_ne!(Batch::new(&key(1), 8, &all).root(), root, "another interval");
        prop_assert_ne!(Batch::new(&key(2), 7, &all).root(), root, "another key");
        prop_assert_eq!(Batch::new(&key(1), 7, &all).root(), root, "the same again");
    }

    #[test]
    fn an_entry_comes_back_as_it_was_and_bad_bytes_do_no_harm(
        number: u64, seconds in 1_u32..86_400, steps in -1_000_000_i64..1_000_000, acts: [u8; 32], log: [u8; 32],
        noise: Vec<u8>, at: prop::sample::Index, byte: u8,
    ) {
        let entry = Entry { number, seconds, end: steps * i64::from(seconds), acts, log };
        let text = entry.text();
        prop_assert_eq!(Entry::parse(text.as_bytes()), Ok(entry));
        let _ = Entry::parse(&noise);
        let mut bent = text.clone().into_bytes();
        let at = at.index(bent.len());
        bent[at] = byte;
        if let Ok(other) = Entry::parse(&bent) {
            prop_assert_eq!(other.text().into_bytes(), bent);
        }
    }
}

#[test]
fn positions_of_the_same_act_under_other_keys_have_nothing_in_common() {
    let act = acts(1, 5);
    let positions: HashSet<u32> = (0..=255)
        .flat_map(|byte| (0..4).map(move |number| (byte, number)))
        .map(|(byte, number)| Batch::new(&key(byte), number, &act).place(0).unwrap().position)
        .collect();
    assert!(positions.len() > 1020, "1,024 draws of 16,777,216 hardly ever meet: {}", positions.len());
    let top: HashSet<u32> = positions.iter().map(|position| position >> (DEPTH - 4)).collect();
    assert_eq!(top.len(), 16, "all over the tree");
}

#[test]
fn an_interval_without_acts_looks_like_one_with_a_thousand() {
    let many = acts(1_000, 1);
    let entry = |acts: &[[u8; 32]]| Entry {
        number: 3,
        seconds: 600,
        end: 1_782_892_800,
        acts: Batch::new(&key(4), 3, acts).root(),
        log: forewarn_tlog::log_commitment(&key(4).log_salt(3), acts.len() as u64, &[1; 32]),
    };
    let (quiet, busy) = (entry(&[]).text(), entry(&many).text());
    assert_eq!(quiet.len(), busy.len());
    let shape = |text: &str| {
        text.lines().map(|l| (l.split(' ').next().unwrap().to_owned(), l.len())).collect::<Vec<_>>()
    };
    assert_eq!(shape(&quiet), shape(&busy));
    // The receipt of a lone act and of one among a thousand: as many hashes, and each of them different from all others.
    let (alone, among) = (Batch::new(&key(4), 3, &many[..1]), Batch::new(&key(4), 3, &many));
    let (alone, among) = (alone.place(0).unwrap(), among.place(0).unwrap());
    assert_eq!(alone.position, among.position, "the others do not move it");
    assert_eq!(alone.path.len(), among.path.len());
    let hashes: HashSet<_> = alone.path.iter().collect();
    assert_eq!(hashes.len(), DEPTH, "no hash that stands for an empty subtree comes twice");
    // What is told of the same act twice is the same.
    assert_eq!(Batch::new(&key(4), 3, &many).place(0).unwrap(), among);
}

#[test]
fn acts_that_want_the_same_place_get_neighbouring_ones() {
    // The same commitment twice wants one place; real ones are salted, so this is the worst case.
    let twice = [[5; 32], [5; 32], [5; 32]];
    let batch = Batch::new(&key(1), 1, &twice);
    let places: Vec<_> = (0..3).map(|n| batch.place(n).unwrap()).collect();
    assert_eq!((places[0].position + 1) % (1 << DEPTH), places[1].position);
    assert_eq!((places[0].position + 2) % (1 << DEPTH), places[2].position);
    for place in &places {
        verify_place(&[5; 32], place, &batch.root()).unwrap();
    }
}

#[test]
fn a_place_of_the_wrong_shape_proves_nothing() {
    let batch = Batch::new(&key(1), 1, &[[5; 32]]);
    let place = batch.place(0).unwrap();
    let outside = Place { position: 1 << DEPTH | place.position, path: place.path.clone() };
    assert_eq!(verify_place(&[5; 32], &outside, &batch.root()), Err(ProofError::Range));
    let short = Place { position: place.position, path: place.path[1..].to_vec() };
    assert_eq!(verify_place(&[5; 32], &short, &batch.root()), Err(ProofError::Length));
}

#[test]
fn entries_must_follow_their_cadence() {
    let first = Entry { number: 0, seconds: 600, end: 6_000, acts: [0; 32], log: [0; 32] };
    let at = |number, end| Entry { number, end, ..first.clone() };
    assert_eq!(at(3, 7_800).fits(3, &first), Ok(()));
    assert_eq!(at(2, 7_200).fits(3, &first), Err(EntryProblem::Number { number: 2 }));
    assert_eq!(at(3, 7_200).fits(3, &first), Err(EntryProblem::Cadence { end: 7_200, due: 7_800 }));
    let shorter = Entry { seconds: 300, ..at(3, 7_800) };
    assert_eq!(shorter.fits(3, &first), Err(EntryProblem::Length));
    assert_eq!(
        Entry::parse(first.text().replace("seconds 600", "seconds 0").as_bytes()),
        Err(EntryProblem::Malformed)
    );
}
