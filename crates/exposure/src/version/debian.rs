//! Debian's order (policy 5.6.12), as `dpkg` computes it.
//!
//! Written here because an empty digit run must count as zero (`1a` and `1a0` are the same to `dpkg`); the
//! `debversion` crate ranks those apart, which would lose a match.

use super::difference::Group;
use super::number::{Number, split_digits, split_non_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    epoch: Number,
    upstream: Part,
    revision: Part,
}

/// Alternating text and number, starting with text and closed by a pair of nothing and zero, which is how a
/// missing one compares. Only the first pair can have no text, so the closing one meets no equal inside.
type Part = Vec<(Text, Number)>;

/// Characters by weight, closed by [`END`] so that `~` sorts before the end and letters after it.
type Text = Vec<u16>;

const TILDE: u16 = 0;
const END: u16 = 1;

pub(super) fn parse(text: &str) -> Option<Key> {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if !epoch.is_empty() => (Number::parse(epoch)?, rest),
        Some(_) => return None,
        None => (Number::ZERO, text),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    if upstream.is_empty() || revision.is_empty() || revision.contains(':') {
        return None;
    }
    // Policy wants a digit first, but versions without one have been uploaded.
    let known = |b: u8| b.is_ascii_alphanumeric() || b".+~-:".contains(&b);
    let usable = rest.bytes().all(known) && rest.bytes().any(|b| b.is_ascii_digit());
    usable.then(|| Key { epoch, upstream: part(upstream), revision: part(revision) })
}

fn part(text: &str) -> Part {
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (words, after) = split_non_digits(rest);
        let (digits, after) = split_digits(after);
        let weights = words.bytes().map(weight).chain([END]).collect();
        pairs.push((weights, Number::parse(digits).unwrap_or(Number::ZERO)));
        rest = after;
    }
    pairs.push((vec![END], Number::ZERO));
    pairs
}

/// `~`, then the end, then letters, then everything else, each by code.
fn weight(byte: u8) -> u16 {
    match byte {
        b'~' => TILDE,
        letter if letter.is_ascii_alphabetic() => u16::from(letter),
        other => u16::from(other) + 256,
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        vec![
            Group::one("epoch", &self.epoch),
            Group::many("upstream part", shown(&self.upstream)),
            Group::many("revision part", shown(&self.revision)),
        ]
    }
}

/// Texts and numbers by turns, without the closing pair.
fn shown(part: &Part) -> Vec<String> {
    let character = |weight: &u16| match *weight {
        TILDE => Some('~'),
        END => None,
        other => char::from_u32(u32::from(other % 256)),
    };
    let pairs = part.iter().take(part.len().saturating_sub(1));
    pairs
        .flat_map(|(text, number)| [text.iter().filter_map(character).collect(), number.to_string()])
        .collect()
}
