//! RPM's order: `[epoch:]version[-release]`, each part by segments ("Version comparison" of rpm-version(7),
//! <https://rpm.org/docs/latest/man/rpm-version.7>).
//!
//! A part is read as runs of ASCII digits and of ASCII letters; everything else only separates. At the first
//! difference `~` < the end < `^` < letters (by text) < digits (by value). A missing epoch is 0. A missing release
//! is older than any: RPM itself lets it match all of them, which is no order.

use super::difference::Group;
use super::number::split_digits;
use super::packed::{CLOSE, Packed, Parts};

/// The epoch, the segments of the version, whether there is a release, and its segments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Packed);

// Kinds of segments, in order.
const TILDE: u8 = 0;
const END: u8 = 1;
const CARET: u8 = 2;
const LETTERS: u8 = 3;
const DIGITS: u8 = 4;

const NO_RELEASE: u8 = 0;
const RELEASE: u8 = 1;

pub(super) fn parse(text: &str) -> Option<Key> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let (epoch, rest) = epoch(text);
    let (version, release) =
        rest.rsplit_once('-').map_or((rest, None), |(before, after)| (before, Some(after)));
    let mut key = Packed::for_text(text);
    key.push_number(epoch)?;
    push_segments(&mut key, version)?;
    match release {
        None => key.push(NO_RELEASE),
        Some(release) => {
            key.push(RELEASE);
            push_segments(&mut key, release)?;
        }
    }
    Some(Key(key))
}

/// The digits before the first colon, and the rest. Only digits are an epoch: `a:1` is a version with an odd character.
pub(super) fn epoch(text: &str) -> (&str, &str) {
    let digits = |epoch: &str| epoch.bytes().all(|b| b.is_ascii_digit());
    text.split_once(':').filter(|(epoch, _)| digits(epoch)).unwrap_or(("", text))
}

fn push_segments(key: &mut Packed, text: &str) -> Option<()> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '~' || c == '^'));
        rest = match rest.bytes().next() {
            None => break,
            Some(b'~') => {
                key.push(TILDE);
                &rest[1..]
            }
            Some(b'^') => {
                key.push(CARET);
                &rest[1..]
            }
            Some(_) => push_run(key, rest)?,
        };
    }
    key.push(END);
    Some(())
}

fn push_run<'t>(key: &mut Packed, text: &'t str) -> Option<&'t str> {
    let (digits, after) = split_digits(text);
    if !digits.is_empty() {
        key.push(DIGITS);
        key.push_number(digits)?;
        return Some(after);
    }
    let (letters, after) = text.split_at(text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()));
    key.push(LETTERS);
    key.push_text(letters);
    Some(after)
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut parts = self.0.parts();
        let epoch = parts.number().unwrap_or_default();
        let version = shown(&mut parts);
        let released = parts.byte() == Some(RELEASE);
        let release = if released { shown(&mut parts) } else { Vec::new() };
        vec![
            Group::one("epoch", &epoch),
            Group::many("segment", version),
            Group::one_if("release", released.then_some("given")),
            Group::many("release segment", release),
        ]
    }
}

fn shown(parts: &mut Parts<'_>) -> Vec<String> {
    let mut segments = Vec::new();
    while let Some(kind) = parts.unless(END) {
        segments.push(match kind {
            TILDE => "~".to_owned(),
            CARET => "^".to_owned(),
            LETTERS => parts.until(CLOSE),
            _ => parts.number().unwrap_or_default(),
        });
    }
    segments
}
