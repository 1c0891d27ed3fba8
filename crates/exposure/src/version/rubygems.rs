//! RubyGems' order, as the documentation of `Gem::Version` gives it
//! (<https://docs.ruby-lang.org/en/master/Gem/Version.html>).
//!
//! Runs of digits and of letters are segments; `-` reads as `.pre.`. Zeros before the first letters and at the end
//! do not count, and a missing segment is 0. Letters (by text) are older than numbers, so `1.0.a` < `1.0`.

use std::cmp::Ordering;

use super::difference::Group;
use super::number::{Number, split_digits};

/// Segments without zeros at the end or before the first letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(Vec<Segment>);

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Letters(Box<str>),
    Number(Number),
}

const ZERO: Segment = Segment::Number(Number::ZERO);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.0.len().max(other.0.len());
        let at = |key: &'_ Self, place: usize| key.0.get(place).cloned().unwrap_or(ZERO);
        for place in 0..length {
            let order = match (self.0.get(place), other.0.get(place)) {
                (Some(left), Some(right)) => left.cmp(right),
                _ => at(self, place).cmp(&at(other, place)),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let known = |b: u8| b.is_ascii_alphanumeric() || b".-_+".contains(&b);
    if !(text.bytes().all(known) && text.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (digits, after) = split_digits(rest);
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        rest = if first.is_ascii_digit() {
            segments.push(Segment::Number(Number::parse(digits)?));
            after
        } else if letters > 0 {
            push_letters(&mut segments, &rest[..letters]);
            &rest[letters..]
        } else {
            if first == '-' {
                push_letters(&mut segments, "pre");
            }
            &rest[first.len_utf8()..]
        };
    }
    trim_zeros(&mut segments);
    Some(Key(segments))
}

fn push_letters(segments: &mut Vec<Segment>, letters: &str) {
    if segments.iter().all(|segment| matches!(segment, Segment::Number(_))) {
        trim_zeros(segments);
    }
    segments.push(Segment::Letters(letters.into()));
}

fn trim_zeros(segments: &mut Vec<Segment>) {
    while segments.last() == Some(&ZERO) {
        segments.pop();
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let shown = |segment: &Segment| match segment {
            Segment::Letters(letters) => letters.to_string(),
            Segment::Number(number) => number.to_string(),
        };
        vec![Group::many("segment", self.0.iter().map(shown))]
    }
}
