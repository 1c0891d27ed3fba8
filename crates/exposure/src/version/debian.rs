//! Debian's order (policy 5.6.12), as `dpkg` computes it.
//!
//! Written here because an empty digit run must count as zero (`1a` and `1a0` are the same to `dpkg`); the
//! `debversion` crate ranks those apart, which would lose a match.

use super::difference::Group;
use super::number::{split_digits, split_non_digits};
use super::packed::{Packed, Parts};

/// The epoch, then upstream version and revision, each as alternating text and number, starting with text and closed
/// by a pair of nothing and zero, which is how a missing one compares. Only the first pair can have no text, so the
/// closing one meets no equal inside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Packed);

const TILDE: u8 = 0;
/// Closes a text, so that `~` sorts before the end and letters after it.
const END: u8 = 1;
/// What is no letter sorts after all letters.
const OTHER: u8 = 0x80;

pub(super) fn parse(text: &str) -> Option<Key> {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if !epoch.is_empty() => (epoch, rest),
        Some(_) => return None,
        None => ("", text),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    if upstream.is_empty() || revision.is_empty() || revision.contains(':') {
        return None;
    }
    // Policy wants a digit first, but versions without one have been uploaded.
    let known = |b: u8| b.is_ascii_alphanumeric() || b".+~-:".contains(&b);
    if !(rest.bytes().all(known) && rest.bytes().any(|b| b.is_ascii_digit())) {
        return None;
    }
    let mut key = Packed::for_text(text);
    key.push_number(epoch)?;
    push_part(&mut key, upstream)?;
    push_part(&mut key, revision)?;
    Some(Key(key))
}

fn push_part(key: &mut Packed, text: &str) -> Option<()> {
    let mut rest = text;
    while !rest.is_empty() {
        let (words, after) = split_non_digits(rest);
        let (digits, after) = split_digits(after);
        words.bytes().map(weight).for_each(|weight| key.push(weight));
        key.push(END);
        key.push_number(digits)?;
        rest = after;
    }
    key.push(END);
    key.push_number("")
}

/// `~`, then the end, then letters, then everything else, each by code.
fn weight(byte: u8) -> u8 {
    match byte {
        b'~' => TILDE,
        letter if letter.is_ascii_alphabetic() => letter,
        other => other | OTHER,
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut parts = self.0.parts();
        vec![
            Group::one("epoch", &parts.number().unwrap_or_default()),
            Group::many("upstream part", shown(&mut parts)),
            Group::many("revision part", shown(&mut parts)),
        ]
    }
}

/// Texts and numbers by turns, without the closing pair.
fn shown(parts: &mut Parts<'_>) -> Vec<String> {
    let mut shown = Vec::new();
    loop {
        let weights = std::iter::from_fn(|| parts.unless(END));
        let text: String =
            weights.map(|weight| if weight == TILDE { '~' } else { char::from(weight & !OTHER) }).collect();
        let Some(number) = parts.number() else { break };
        if text.is_empty() && number == "0" && !shown.is_empty() {
            break;
        }
        shown.extend([text, number]);
    }
    shown
}
