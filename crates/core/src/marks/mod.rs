//! Marks in a recipient's copy of a notice, to find out later from whose copy a leaked text comes.
//!
//! A copy differs from the others in two ways. A *reference* is a number that looks like any other one and is different
//! in every copy. *Wording marks* are places in prose where one of two phrases that say the same stands ([`PAIRS`]).
//! *Spacing marks* are places where a sentence ends in one or two spaces, and some spaces between words that may be ones
//! that do not break (U+00A0): they are many, and are lost when a text is typed anew or tidied. Which of the two is a bit
//! that depends on a secret key, the notice, the reader and the words around, so that a mark can be read from an
//! excerpt, and from one whose paragraphs were moved. Every copy also says how to handle it ([`HANDLING`]), with marks.
//!
//! A mark never changes a fact: code, quotations, addresses, commands, numbers, names, negations and words of duty,
//! possibility and time are not touched. Titles, versions and proofs of concept carry no marks.
//!
//! What it can and cannot tell: see [`trace`](trace()).

mod lexicon;
mod trace;
mod words;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::case::Content;
use crate::ids::{NoticeId, OrgId};
pub use lexicon::{HANDLING, PAIRS, Pair};
pub use trace::{LARGEST_TEXT, Lost, Origin, Reading, Source, Suspect, Trace, trace};
use words::{Unit, units};

/// Words on each side of a mark that it is known by.
const AROUND: usize = 2;

/// Letters of a reference (Crockford's base 32): no `I`, `L`, `O`, `U`.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The secret that marks depend on. Whoever has it can trace, and can make a text look like any recipient's.
#[derive(Clone)]
pub struct MarkKey([u8; 32]);

impl std::fmt::Debug for MarkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MarkKey")
    }
}

/// HMAC-SHA-256 (RFC 2104) of the parts, each behind its length.
fn prf(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of every length, so that this fails for none.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl MarkKey {
    /// The key that belongs to a secret of the service, which may serve other ends too.
    pub fn of(secret: &[u8; 32]) -> Self {
        Self(prf(secret, &[b"forewarn marks 1"]))
    }

    /// The marks of the copy of a notice that `reader` gets: the recipient, or a relay that reads for it.
    pub fn copy(&self, notice: NoticeId, reader: OrgId) -> CopyMarks {
        CopyMarks(prf(&self.0, &[b"copy", notice.0.as_bytes(), reader.0.as_bytes()]))
    }
}

/// The marks of one copy.
#[derive(Clone)]
pub struct CopyMarks([u8; 32]);

impl std::fmt::Debug for CopyMarks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CopyMarks")
    }
}

impl CopyMarks {
    /// The reference of the copy: ten letters and digits, 50 bits, as `K7QX3-9MD2F`.
    pub fn reference(&self) -> String {
        let bits = prf(&self.0, &[b"reference"]);
        let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
        let letters: Vec<char> = bits.iter().take(10).map(letter).collect();
        letters.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-")
    }

    /// Content as this copy has it.
    pub fn mark(&self, content: &Content) -> Content {
        let field = |text: &Option<String>| text.as_deref().map(|text| self.mark_text(text));
        Content {
            mitigation: field(&content.mitigation),
            detail: field(&content.detail),
            handling: Some(self.mark_text(HANDLING)),
            reference: Some(self.reference()),
            ..content.clone()
        }
    }

    /// Prose as this copy has it.
    pub fn mark_text(&self, text: &str) -> String {
        let units = units(text);
        let mut out = String::with_capacity(text.len() + text.len() / 16);
        let mut copied = 0;
        for place in places(&units) {
            let chosen = self.symbol(&place);
            let (range, replacement) = place.rendered(&units, text, chosen);
            if let Some(replacement) = replacement {
                out.push_str(&text[copied..range.start]);
                out.push_str(&replacement);
                copied = range.end;
            }
        }
        out.push_str(&text[copied..]);
        out
    }

    /// Which of the two a mark shows: `true` for the marked phrase, or two spaces.
    fn symbol(&self, place: &Place) -> bool {
        let kind = place.mark.name();
        prf(&self.0, &[b"mark", kind.as_bytes(), place.around.as_bytes()])[0] & 1 == 1
    }
}

/// What a mark is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mark {
    /// One of two phrases.
    Phrase(usize),
    /// Spaces between sentences.
    Gap,
    /// A space between words that does not break, or a usual one.
    Space,
}

impl Mark {
    fn name(self) -> &'static str {
        match self {
            Mark::Phrase(pair) => PAIRS[pair].marked,
            Mark::Gap => "gap",
            Mark::Space => "space",
        }
    }
}

/// A place of a text where a mark can be.
#[derive(Clone, Debug)]
struct Place {
    mark: Mark,
    /// Unit that it is in, or that it is behind.
    unit: usize,
    /// The words around, in plain form.
    around: String,
    /// What the text shows there.
    shown: bool,
}

impl Place {
    /// The bytes it takes, and what stands there instead if it is to show `chosen`.
    fn rendered(&self, units: &[Unit], text: &str, chosen: bool) -> (std::ops::Range<usize>, Option<String>) {
        let unit = &units[self.unit];
        match self.mark {
            Mark::Gap => {
                let start = unit.end + 1;
                let spaces = if chosen { "  " } else { " " };
                (start..start + unit.gap.unwrap_or(0), (chosen != self.shown).then(|| spaces.into()))
            }
            Mark::Space => {
                let end = units.get(self.unit + 1).map_or(unit.end, |next| next.start);
                let space = if chosen { "\u{a0}" } else { " " };
                (unit.end..end, (chosen != self.shown).then(|| space.into()))
            }
            Mark::Phrase(pair) => {
                let phrase = if chosen { PAIRS[pair].marked } else { PAIRS[pair].plain };
                let phrase = phrase.trim_end_matches(',');
                let capital = text[unit.start..].starts_with(char::is_uppercase);
                let text =
                    if capital { phrase[..1].to_uppercase() + &phrase[1..] } else { phrase.to_owned() };
                (unit.start..unit.end, (chosen != self.shown).then_some(text))
            }
        }
    }
}

/// The places of a text where marks can be, in their order.
fn places(units: &[Unit]) -> Vec<Place> {
    let mut places = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        if let Some((pair, shown)) = unit.pair.filter(|_| unit.free) {
            places.push(Place {
                mark: Mark::Phrase(pair),
                unit: at,
                around: around(units, at, at + 1),
                shown,
            });
        }
        if let Some(gap) = unit.gap {
            places.push(Place {
                mark: Mark::Gap,
                unit: at,
                around: around(units, at + 1, at + 1),
                shown: gap == 2,
            });
        }
    }
    places
}

/// The mark in the space behind a word: in one such space of three, the same ones in every copy.
fn space_at(units: &[Unit], at: usize) -> Option<Place> {
    let shown = units[at].unbroken?;
    let around = around(units, at + 1, at + 1);
    let used = prf(&[0; 32], &[b"forewarn space 1", around.as_bytes()])[0].is_multiple_of(3);
    used.then_some(Place { mark: Mark::Space, unit: at, around, shown })
}

/// The words before `from` and from `to` on, two each, in plain form; fewer at the ends of the text.
fn around(units: &[Unit], from: usize, to: usize) -> String {
    let before = &units[from.saturating_sub(AROUND)..from];
    let after = &units[to.min(units.len())..(to + AROUND).min(units.len())];
    let words = |some: &[Unit]| some.iter().map(|unit| unit.plain.as_str()).collect::<Vec<_>>().join(" ");
    format!("{} | {}", words(before), words(after))
}
