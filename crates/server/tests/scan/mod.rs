//! Looking for a word in bytes, however it is written there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// Most bytes that are unpacked at one place: more than any document of these tests has.
const UNPACKED: u64 = 1 << 20;

/// The ways a word can be written: a name for each, and the bytes.
pub fn forms(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    let units = || word.encode_utf16();
    let escaped = |digits: fn(u16) -> String| units().map(digits).collect::<String>().into_bytes();
    let numbers: Vec<String> = word.bytes().map(|byte| byte.to_string()).collect();
    let mut forms = vec![
        ("plain", word.as_bytes().to_vec()),
        ("hex", hex::encode(word).into_bytes()),
        ("HEX", hex::encode_upper(word).into_bytes()),
        ("UTF-16LE", units().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16BE", units().flat_map(u16::to_be_bytes).collect()),
        ("escaped", escaped(|unit| format!("\\u{unit:04x}"))),
        ("ESCAPED", escaped(|unit| format!("\\u{unit:04X}"))),
        ("percent", word.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>().into_bytes()),
        ("list", numbers.join(",").into_bytes()),
        ("spaced list", numbers.join(", ").into_bytes()),
    ];
    for (name, before) in [("base64 0", 0), ("base64 1", 1), ("base64 2", 2)] {
        forms.push((name, base64_inside(word.as_bytes(), before)));
    }
    forms
}

/// What is left of a word in base64 whatever stands around it, when `before` bytes of its first group do.
fn base64_inside(word: &[u8], before: usize) -> Vec<u8> {
    let padded = [&vec![0; before][..], word].concat();
    let whole = padded.len() / 3 * 3;
    let text = STANDARD_NO_PAD.encode(&padded[..whole]).into_bytes();
    // The first group shares its letters with what stands before.
    text[if before == 0 { 0 } else { 4 }..].to_vec()
}

/// Bytes to look through: a place's, and what is packed in them. Letters of ASCII are all small.
pub struct Searched(Vec<(String, Vec<u8>)>);

impl Searched {
    /// The bytes of a place.
    pub fn new(place: &str, bytes: &[u8]) -> Self {
        let inside =
            unpacked(bytes).into_iter().map(|(at, found)| (format!("{place}, unpacked at {at}"), found));
        let all = std::iter::once((place.to_owned(), bytes.to_vec())).chain(inside);
        Self(all.map(|(name, bytes)| (name, bytes.to_ascii_lowercase())).collect())
    }

    /// Where and how a word occurs.
    pub fn hits(&self, word: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (name, form) in forms(word) {
            let finder = memchr::memmem::Finder::new(&form.to_ascii_lowercase()).into_owned();
            let places = self.0.iter().filter(|(_, bytes)| finder.find(bytes).is_some());
            found.extend(places.map(|(place, _)| format!("{place}: {name}")));
        }
        found
    }
}

/// What looks like gzip or zlib, and what is in it.
fn unpacked(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut found = Vec::new();
    for at in 0..bytes.len().saturating_sub(2) {
        let rest = &bytes[at..];
        let mut out = Vec::new();
        // What is cut off in the middle still gives what stands before.
        let _ = match rest {
            [0x1f, 0x8b, 8, ..] => {
                let _ = GzDecoder::new(rest).take(UNPACKED).read_to_end(&mut out);
                // Also when the header is not what it should be.
                DeflateDecoder::new(rest.get(10..).unwrap_or_default()).take(UNPACKED).read_to_end(&mut out)
            }
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => {
                ZlibDecoder::new(rest).take(UNPACKED).read_to_end(&mut out)
            }
            _ => continue,
        };
        if !out.is_empty() {
            found.push((at, out));
        }
    }
    found
}

/// The scan finds a word in every way it can be written.
#[test]
fn the_scan_finds_what_it_looks_for() {
    use std::io::Write as _;
    let word = "canarywörd";
    let around = |form: &[u8]| [b"before ", form, b" after"].concat();
    let hits = |place: &str, bytes: &[u8], word: &str| Searched::new(place, bytes).hits(word);
    for (name, form) in forms(word) {
        let found = hits("here", &around(&form), word);
        assert!(found.contains(&format!("here: {name}")), "{name}: {found:?}");
    }
    for before in 0..7 {
        let text = [&vec![b'x'; before][..], word.as_bytes(), b"yy"].concat();
        assert!(!hits("here", STANDARD_NO_PAD.encode(text).as_bytes(), word).is_empty(), "{before}");
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(format!("{word} {word} {word}").as_bytes()).unwrap();
    assert_eq!(hits("here", &around(&gzip.finish().unwrap()), word), ["here, unpacked at 7: plain"]);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(format!("{word} {word} {word}").as_bytes()).unwrap();
    assert_eq!(hits("here", &around(&zlib.finish().unwrap()), word), ["here, unpacked at 7: plain"]);
    assert_eq!(hits("here", b"CANARYWORD canarywrd", word), Vec::<String>::new());
    assert_eq!(hits("here", "CanaryWörd".as_bytes(), word), ["here: plain"]);
}
