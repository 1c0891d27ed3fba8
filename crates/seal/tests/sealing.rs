//! Sealed bytes open in their place, under their key, unchanged, and nowhere else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_seal::{
    Binding, BlindIndex, DataKey, Kek, KeyLabel, KeyProblem, KeySource, KeyTextProblem, Keyring, Keys,
    OVERHEAD, Random, SealProblem, WRAPPED_LENGTH, read_keys, write_keys,
};
use proptest::prelude::*;
use support::Counter;

const ROW: Binding<'static> = Binding { table: "events", row: &[b"case/a", b"1"], scope: "case/a" };

/// The draft's own example (A.3.1 of draft-irtf-cfrg-xchacha-03), put into our envelope: associated data differ, so
/// the ciphertext is compared and the tag is not.
#[test]
fn the_cipher_is_the_one_of_the_draft() {
    struct Fixed;
    impl Random for Fixed {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(0x40..).for_each(|(byte, value)| *byte = value);
        }
    }
    let key = DataKey::from_bytes(std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap()));
    let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    let sealed = key.seal(&mut Fixed, &ROW, plain).unwrap();
    assert_eq!(&sealed[..25], &[1_u8].into_iter().chain(0x40..0x58).collect::<Vec<u8>>()[..]);
    let expected =
        [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b, 0x95, 0x76, 0x57, 0x94, 0x93, 0xc0, 0xe9, 0x39];
    assert_eq!(sealed[25..41], expected);
    assert_eq!(key.open(&ROW, &sealed).unwrap(), plain);
}

#[test]
fn an_envelope_opens_in_its_place_only() {
    let mut random = Counter(1);
    let key = DataKey::draw(&mut random);
    let sealed = key.seal(&mut random, &ROW, b"zebrafinch").unwrap();
    assert_eq!(sealed.len(), 10 + OVERHEAD);
    assert_eq!(key.open(&ROW, &sealed).unwrap(), b"zebrafinch");
    for other in [
        Binding { table: "documents", ..ROW },
        Binding { scope: "case/b", ..ROW },
        Binding { row: &[b"case/a", b"2"], ..ROW },
        Binding { row: &[b"case/a1", b""], ..ROW },
        Binding { row: &[b"case/a", b"1", b""], ..ROW },
        Binding { row: &[b"case/a1"], ..ROW },
    ] {
        assert_eq!(key.open(&other, &sealed), Err(SealProblem::Rejected), "{other:?}");
    }
    assert_eq!(DataKey::draw(&mut random).open(&ROW, &sealed), Err(SealProblem::Rejected));
    assert_ne!(key.seal(&mut random, &ROW, b"zebrafinch").unwrap(), sealed, "a nonce came twice");
}

#[test]
fn a_data_key_unwraps_under_its_label_and_its_key_only() {
    let mut random = Counter(2);
    let (kek, key) = (Kek::draw(&mut random), DataKey::draw(&mut random));
    let label = KeyLabel { number: 17, scope: "case/a" };
    let wrapped = kek.wrap(&label, &key, &mut random).unwrap();
    assert_eq!(wrapped.len(), WRAPPED_LENGTH);
    assert_eq!(kek.unwrap(&label, &wrapped).unwrap().expose(), key.expose());
    let rejected = Err(KeyProblem::Rejected(kek.id().clone()));
    for other in [KeyLabel { number: 18, ..label }, KeyLabel { scope: "case/b", ..label }] {
        assert_eq!(kek.unwrap(&other, &wrapped).map(|_| ()), rejected);
    }
    let other = Kek::draw(&mut random);
    assert_eq!(other.unwrap(&label, &wrapped).map(|_| ()), Err(KeyProblem::Rejected(other.id().clone())));
    // An envelope of 32 bytes is no wrapped key, and a wrapped key no envelope.
    let envelope = DataKey::from_bytes(*kek.expose()).seal(&mut random, &ROW, key.expose()).unwrap();
    assert_eq!(kek.unwrap(&label, &envelope).map(|_| ()), rejected);
}

#[test]
fn a_key_file_reads_back_and_tells_mistyped_digits() {
    let mut random = Counter(3);
    let (one, two) = (Kek::draw(&mut random), Kek::draw(&mut random));
    let text = write_keys([&two, &one]);
    let read = read_keys(text.as_bytes()).unwrap();
    assert_eq!(read.iter().map(|key| *key.expose()).collect::<Vec<_>>(), [*two.expose(), *one.expose()]);
    assert_eq!(Keyring::first(&read).id(), two.id());
    assert_eq!(read.find(one.id()).unwrap().id(), one.id());
    assert!(read.find(Kek::draw(&mut random).id()).is_none());
    let digits = text.lines().last().unwrap().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(read_keys(digits.as_bytes()).unwrap().iter().next().unwrap().id(), one.id());
    let last = if digits.ends_with('0') { "1" } else { "0" };
    let mistyped = text.trim_end().strip_suffix(digits.chars().last().unwrap()).unwrap().to_owned() + last;
    assert_eq!(read_keys(mistyped.as_bytes()).map(|_| ()), Err(KeyTextProblem::Mistyped(4)));
    let nothing = ["", "# only a comment\n\n"].map(|text| read_keys(text.as_bytes()).map(|_| ()));
    assert_eq!(nothing, [Err(KeyTextProblem::None); 2]);
    for (text, line) in [("forewarn-key-1 a", 1), ("\nzz", 2), ("forewarn-key-2 a b", 1), (&digits[1..], 1)] {
        assert_eq!(read_keys(text.as_bytes()).map(|_| ()), Err(KeyTextProblem::Line(line)), "{text}");
    }
    assert_eq!(read_keys(&[0xff]).map(|_| ()), Err(KeyTextProblem::Text));
    assert_eq!(read_keys(&vec![b' '; 20_000]).map(|_| ()), Err(KeyTextProblem::Text));
    assert_eq!(read_keys((digits + "\n").repeat(17).as_bytes()).map(|_| ()), Err(KeyTextProblem::TooMany));
}

#[test]
fn nothing_shows_a_key() {
    let key = Kek::from_bytes([0x7a; 32]);
    let shown = format!("{key:?} {:?} {:?}", DataKey::from_bytes([0x7a; 32]), Keys::new(key.clone(), vec![]));
    assert!(!shown.contains("7a7a") && !shown.contains("122"), "{shown}");
    let shown = format!("{:?}", BlindIndex::new(DataKey::from_bytes([0x7a; 32])));
    assert!(!shown.contains("122"), "{shown}");
}

#[test]
fn blinded_values_are_equal_when_the_values_are() {
    let index = BlindIndex::new(DataKey::from_bytes([1; 32]));
    assert_eq!(index.blind(&[b"a", b"b"]), index.blind(&[b"a", b"b"]));
    for other in [&[b"ab".as_slice(), b""][..], &[b"a", b"c"], &[b"a"], &[b"a", b"b", b""]] {
        assert_ne!(index.blind(&[b"a", b"b"]), index.blind(other));
    }
    assert_ne!(BlindIndex::new(DataKey::from_bytes([2; 32])).blind(&[b"a"]), index.blind(&[b"a"]));
}

proptest! {
    /// No change of an envelope goes unseen, and no bytes make it panic.
    #[test]
    fn every_change_is_seen(
        plain in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
        seed in any::<u64>(),
        noise in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut random = Counter(seed);
        let key = DataKey::draw(&mut random);
        let sealed = key.seal(&mut random, &ROW, &plain).unwrap();
        prop_assert_eq!(key.open(&ROW, &sealed).unwrap(), plain);
        let mut changed = sealed.clone();
        changed[at.index(sealed.len())] ^= flip;
        prop_assert!(key.open(&ROW, &changed).is_err());
        prop_assert!(key.open(&ROW, &sealed[..at.index(sealed.len())]).is_err());
        prop_assert!(key.open(&ROW, &noise).is_err());
        let label = KeyLabel { number: 1, scope: "" };
        prop_assert!(Kek::draw(&mut random).unwrap(&label, &noise).is_err());
    }
}
