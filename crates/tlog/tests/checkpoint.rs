//! Signed notes and checkpoints, alone and against a second implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use forewarn_tlog::{Checkpoint, CheckpointError, KeyError, Note, NoteError, Signer, Verifier};
use proptest::prelude::*;

const ORIGIN: &str = "forewarn.example/log";

fn signer(name: &str, seed: u8) -> Signer {
    Signer::new(name, &[seed; 32]).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: ORIGIN.into(), size: 20_852_163, root: [9; 32] }
}

/// The example of Go's `golang.org/x/mod/sumdb/note`, where the format comes from.
#[test]
fn a_note_by_another_program_verifies() {
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let line = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let verifier = Verifier::parse(key).unwrap();
    assert_eq!(verifier.to_string(), key);
    let written = format!("{text}\n{line}");
    let note = Note::parse(&written).unwrap();
    assert_eq!(note.verify(&[&verifier]), Ok(text));
    assert_eq!(note.to_string(), written);
    let changed = Note::parse(&written.replace("answer", "Answer")).unwrap();
    assert_eq!(changed.verify(&[&verifier]), Err(NoteError::BadSignature));
}

#[test]
fn the_key_string_is_checked_in_every_part() {
    let key = signer(ORIGIN, 1).verifier().to_string();
    assert_eq!(&Verifier::parse(&key).unwrap(), signer(ORIGIN, 1).verifier());
    assert_eq!(Verifier::parse(&key.replace("forewarn", "elsewhere")), Err(KeyError::Id));
    assert_eq!(Verifier::parse(&key.replacen('+', "", 1)), Err(KeyError::Format));
    assert_eq!(Verifier::parse(ORIGIN), Err(KeyError::Format));
    assert_eq!(Verifier::parse(&format!("{key}AAAA")), Err(KeyError::Format));
    let (front, bytes) = key.rsplit_once('+').unwrap();
    let mut bytes = STANDARD.decode(bytes).unwrap();
    bytes[0] = 4;
    assert_eq!(Verifier::parse(&format!("{front}+{}", STANDARD.encode(&bytes))), Err(KeyError::Algorithm));
    for name in ["", "two words", "plus+", "line\n", "no\u{a0}break", "nul\0"] {
        assert_eq!(Signer::new(name, &[1; 32]).unwrap_err(), KeyError::Name, "{name:?}");
    }
    // The neutral element: with it, anybody's signature would verify.
    let mut weak = [0; 32];
    weak[0] = 1;
    assert_eq!(Verifier::new("weak", &weak), Err(KeyError::Algorithm));
}

#[test]
fn a_private_key_does_not_print() {
    let shown = format!("{:?}", Signer::new("log", &[0xab; 32]).unwrap());
    assert!(!shown.contains("171, 171") && !shown.to_lowercase().contains("abab"), "{shown}");
}

#[test]
fn malformed_notes_are_refused() {
    let good = checkpoint().sign(&signer(ORIGIN, 1)).unwrap().to_string();
    assert!(Note::parse(&good).is_ok());
    for bad in [
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}trailing\n"),
        good.replace("\n\n", "\n"),
        good.replace('\u{2014}', "-"),
        good.replace("\u{2014} ", "\u{2014}"),
        good.replace(&format!(" {ORIGIN} "), " "),
        good.replace("20852163", "2085\t2163"),
        good.replace("=\n", "\n"),
        good.replace(ORIGIN, "a+b"),
        format!("{ORIGIN}\n\n\u{2014} x AAAAAA==\n"),
        String::new(),
        "\n\n".into(),
        good.clone() + &"\u{2014} x AAAAAAAA\n".repeat(100),
        "a".repeat(1 << 20) + &good,
    ] {
        assert_eq!(Note::parse(&bad).err(), Some(NoteError::Malformed), "{bad:.300}");
    }
    assert_eq!(Note::new("no newline".into()), Err(NoteError::Malformed));
    assert_eq!(Note::new("tab\t\n".into()), Err(NoteError::Malformed));
}

#[test]
fn signatures_by_others_do_not_count() {
    let (log, witness, stranger) = (signer(ORIGIN, 1), signer("witness", 2), signer(ORIGIN, 3));
    let mut note = checkpoint().sign(&log).unwrap();
    note.sign(&witness);
    note.sign(&log);
    assert_eq!(note.signatures().len(), 2);
    let written = note.to_string();
    assert_eq!(Checkpoint::open(&written, log.verifier()), Ok(checkpoint()));
    let error = Checkpoint::open(&written, stranger.verifier());
    assert_eq!(error, Err(CheckpointError::Note(NoteError::Unsigned)));
    // A known key that is wrong spoils the note even beside a good signature of another known key.
    let forged = written.replacen(&STANDARD.encode(witness.verifier().id())[..5], "AAAAA", 1);
    let both = [log.verifier(), witness.verifier()];
    assert!(Note::parse(&forged).unwrap().verify(&both).is_ok());
    let mut lines: Vec<&str> = written.lines().collect();
    let line = lines.iter().position(|line| line.contains("witness")).unwrap();
    let mut bytes = STANDARD.decode(lines[line].rsplit_once(' ').unwrap().1).unwrap();
    bytes[40] ^= 1;
    let wrong = format!("\u{2014} witness {}", STANDARD.encode(bytes));
    lines[line] = &wrong;
    let spoilt = Note::parse(&(lines.join("\n") + "\n")).unwrap();
    assert_eq!(spoilt.verify(&both), Err(NoteError::BadSignature));
    assert!(spoilt.verify(&[log.verifier()]).is_ok());
}

#[test]
fn a_checkpoint_speaks_for_its_own_log_only() {
    let other = signer("other.example/log", 1);
    assert_eq!(checkpoint().sign(&other).err(), Some(CheckpointError::Origin));
    let mut note = Note::new(checkpoint().text()).unwrap();
    note.sign(&other);
    assert_eq!(Checkpoint::open(&note.to_string(), other.verifier()), Err(CheckpointError::Origin));
    for origin in ["", "a\nb", "a b"] {
        let bad = Checkpoint { origin: origin.into(), ..checkpoint() };
        assert_eq!(bad.sign(&other).err(), Some(CheckpointError::Malformed), "{origin:?}");
    }
}

#[test]
fn the_text_is_read_strictly() {
    let text = checkpoint().text();
    assert_eq!(text, format!("{ORIGIN}\n20852163\n{}\n", STANDARD.encode([9; 32])));
    assert_eq!(Checkpoint::parse(&text), Ok(checkpoint()));
    assert_eq!(Checkpoint::parse(&format!("{text}an extension\n")), Ok(checkpoint()));
    for bad in [
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{text}one\n\ntwo\n"),
        text.replace("20852163", "020852163"),
        text.replace("20852163", "+20852163"),
        text.replace("20852163", "-1"),
        text.replace("20852163", ""),
        text.replace("20852163", "18446744073709551616"),
        text.replace(ORIGIN, ""),
        text.replace('=', ""),
        text.replace('=', "A="),
        String::new(),
    ] {
        assert_eq!(Checkpoint::parse(&bad), Err(CheckpointError::Malformed), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn notes_are_understood_both_ways(seed in any::<[u8; 32]>(), size in any::<u64>(), root in any::<[u8; 32]>()) {
        use signed_note::{StandardSigner, StandardVerifier, VerifierList};
        let ours = Signer::new(ORIGIN, &seed).unwrap();
        let key = ours.verifier().to_string();
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root };

        let written = checkpoint.sign(&ours).unwrap().to_string();
        let known = VerifierList::new(vec![Box::new(StandardVerifier::new(&key).unwrap())]);
        let read = signed_note::Note::from_bytes(written.as_bytes()).unwrap();
        prop_assert!(read.verify(&known).is_ok());
        let theirs = tlog_tiles::Checkpoint::from_bytes(read.text()).unwrap();
        prop_assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (ORIGIN, size, root));

        let id = hex::encode(ours.verifier().id());
        let private = STANDARD.encode([&[1][..], &seed].concat());
        let theirs = StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+{id}+{private}")).unwrap();
        let mut note = signed_note::Note::new(checkpoint.text().as_bytes(), &[]).unwrap();
        note.add_sigs(&[&theirs]).unwrap();
        let written = String::from_utf8(note.to_bytes()).unwrap();
        prop_assert_eq!(Checkpoint::open(&written, ours.verifier()), Ok(checkpoint));
    }

    #[test]
    fn every_changed_byte_is_noticed(place in 0.0..1.0_f64, flip in 1..128_u8) {
        let log = signer(ORIGIN, 1);
        let mut bytes = checkpoint().sign(&log).unwrap().to_string().into_bytes();
        let place = (bytes.len() as f64 * place) as usize;
        bytes[place] ^= flip;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(Checkpoint::open(&text, log.verifier()).is_err(), "{}", text);
        }
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text in ".{0,200}", lines in "(\u{2014} [a-z]{1,3} [A-Za-z0-9+/]{8}\n){0,3}") {
        let key = signer(ORIGIN, 1);
        let note = format!("{text}\n\n{lines}");
        prop_assert!(Checkpoint::open(&note, key.verifier()).is_err());
        let _ = Checkpoint::parse(&text);
    }
}
