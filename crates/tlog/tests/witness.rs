//! Cosignatures and what a witness cosigns.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_tlog::{
    Checkpoint, Cosigner, KeyError, Note, Refused, Signature, Signer, Submission, Tree, Verifier, WitnessKey,
};
use proptest::prelude::*;

const ORIGIN: &str = "log.example/forewarn";

fn signer() -> Signer {
    Signer::new(ORIGIN, &[1; 32]).unwrap()
}

fn keys() -> Vec<Verifier> {
    vec![signer().verifier().clone()]
}

fn tree(size: u64, other_from: u64) -> Tree {
    let mut tree = Tree::new();
    for index in 0..size {
        let leaf = if index < other_from { index } else { index + 1_000_000 };
        tree.append(&leaf.to_be_bytes());
    }
    tree
}

fn note(tree: &Tree) -> String {
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() };
    checkpoint.sign(&signer()).unwrap().to_string()
}

fn submission(old: u64, tree: &Tree) -> Submission {
    let proof = tree.consistency_proof(old, tree.size()).unwrap();
    Submission::parse(&Submission::body(old, &proof, &note(tree))).unwrap()
}

#[test]
fn a_cosignature_line_has_the_form_of_the_specification() {
    // Name, moment and signed text of the example in C2SP tlog-cosignature; the key is the witness's own business, so
    // the example shows form only. Key id and moment are in the first twelve bytes.
    let line = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    let read = Signature::parse(line).unwrap();
    assert_eq!((read.name.as_str(), read.bytes.len()), ("witness.example.com/w1", 72));
    assert_eq!(u64::from_be_bytes(read.bytes[..8].try_into().unwrap()), 1_679_315_147);
    assert_eq!(read.to_string(), line);
}

#[test]
fn a_cosignature_says_who_when_and_what() {
    let cosigner = Cosigner::new("witness.example/w1", &[7; 32]).unwrap();
    let text = cosigner.witness().to_string();
    let witness = WitnessKey::parse(&text).unwrap();
    assert_eq!(&witness, cosigner.witness());
    let mut cosigned = Note::parse(&note(&tree(5, 9))).unwrap();
    assert_eq!(witness.cosigned_at(&cosigned), None);
    let plain = cosigned.clone();
    cosigned.add(cosigner.cosign(&plain, 1_700_000_000));
    cosigned.add(cosigner.cosign(&plain, 1_700_000_600));
    assert_eq!(witness.cosigned_at(&cosigned), Some(1_700_000_600), "the later one replaced the earlier");
    assert_eq!(cosigned.signatures().len(), 2);
    // It is still the log's checkpoint, and a note that is read back says the same.
    assert_eq!(Checkpoint::open(&cosigned.to_string(), &keys()[0]).unwrap().size, 5);
    assert_eq!(witness.cosigned_at(&Note::parse(&cosigned.to_string()).unwrap()), Some(1_700_000_600));
    // Of another text, by another key, at another moment, it is none.
    let mut other = Note::parse(&note(&tree(6, 9))).unwrap();
    other.add(cosigner.cosign(&plain, 1_700_000_000));
    assert_eq!(witness.cosigned_at(&other), None);
    let stranger = Cosigner::new("witness.example/w1", &[8; 32]).unwrap();
    assert_eq!(stranger.witness().cosigned_at(&cosigned), None);
    let mut moved = cosigner.cosign(&plain, 1_700_000_000);
    moved.bytes[7] ^= 1;
    let mut backdated = Note::parse(&note(&tree(5, 9))).unwrap();
    backdated.add(moved);
    assert_eq!(witness.cosigned_at(&backdated), None);
}

#[test]
fn a_log_key_is_no_witness_key() {
    let log = signer().verifier().to_string();
    assert_eq!(WitnessKey::parse(&log), Err(KeyError::Algorithm));
    let witness = Cosigner::new("w.example", &[7; 32]).unwrap().witness().to_string();
    assert_eq!(Verifier::parse(&witness), Err(KeyError::Algorithm));
    assert!(Cosigner::new("two words", &[7; 32]).is_err());
    let twisted = witness.replacen("w.example", "v.example", 1);
    assert_eq!(WitnessKey::parse(&twisted), Err(KeyError::Id));
}

#[test]
fn a_witness_cosigns_what_extends_what_it_cosigned() {
    let first = submission(0, &tree(5, 9)).check(&keys(), None).unwrap();
    let second = submission(5, &tree(12, 99)).check(&keys(), Some(&first)).unwrap();
    assert_eq!(second.size, 12);
    assert_eq!(
        submission(12, &tree(12, 99)).check(&keys(), Some(&second)),
        Ok(second.clone()),
        "asked again"
    );
    // A fork of the same size, a fork that is larger, a tree that was rolled back, and a wrong idea of the last size.
    let fork = submission(12, &tree(12, 7));
    assert_eq!(fork.check(&keys(), Some(&second)), Err(Refused::Forked { size: 12 }));
    assert_eq!(submission(12, &tree(20, 7)).check(&keys(), Some(&second)), Err(Refused::NotConsistent));
    let back = Submission { old: 12, proof: vec![], note: Note::parse(&note(&tree(5, 9))).unwrap() };
    assert_eq!(back.check(&keys(), Some(&second)), Err(Refused::Malformed));
    assert_eq!(submission(5, &tree(20, 99)).check(&keys(), Some(&second)), Err(Refused::Size { size: 12 }));
    assert_eq!(submission(0, &tree(5, 9)).check(&[], None), Err(Refused::UnknownLog));
    let other_key = vec![Signer::new(ORIGIN, &[2; 32]).unwrap().verifier().clone()];
    assert_eq!(submission(0, &tree(5, 9)).check(&other_key, None), Err(Refused::Untrusted));
}

#[test]
fn a_body_has_one_form() {
    let whole = Submission::body(0, &[], &note(&tree(5, 9)));
    assert!(Submission::parse(&whole).is_ok());
    for bad in [
        whole.replacen("old 0", "old 00", 1),
        whole.replacen("old 0", "old -1", 1),
        whole.replacen("old 0", "new 0", 1),
        whole.replacen("old 0\n", "old 0\nAAAA\n", 1),
        whole.replacen("old 0\n", &format!("old 0\n{}", "A".repeat(43) + "=\n").repeat(64), 1),
        String::new(),
        "old 0\n\n".into(),
    ] {
        assert_eq!(Submission::parse(&bad), Err(Refused::Malformed), "{bad:.40}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again_and_only_extensions_are_cosigned(
        old in 0..40_u64, more in 0..40_u64, fork in 0..80_u64,
    ) {
        let before = tree(old, 999);
        let last = (old > 0).then(|| Checkpoint { origin: ORIGIN.into(), size: old, root: before.root() });
        let after = tree(old + more, fork);
        let asked = submission(old, &after);
        let again = Submission::parse(&Submission::body(asked.old, &asked.proof, &asked.note.to_string())).unwrap();
        prop_assert_eq!(&again, &asked);
        let extends = fork >= old;
        prop_assert_eq!(asked.check(&keys(), last.as_ref()).is_ok(), extends);
    }
}
