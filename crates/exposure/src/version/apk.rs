//! Alpine's order (apk-package(5), "Package version"), and Gentoo's, from which it comes
//! (<https://projects.gentoo.org/pms/8/pms.html#version-comparison>).
//!
//! `digits{.digits}[letter]{_suffix[digits]}[~hash][-rdigits]`. Numbers go by value, but after the first one a
//! number with a leading zero is compared by text and is older than any without. A longer list of numbers is
//! newer, then a letter is newer than none, then `_alpha` < `_beta` < `_pre` < `_rc` < none < `_cvs` < `_svn` <
//! `_git` < `_hg` < `_p`, then the hash by text, then the revision. Gentoo drops zeros at the end of a number with
//! a leading zero and knows no hash; there a missing suffix number or revision is 0.
//!
//! Alpine has packages that break the grammar. What follows the part that can be read makes a version older than
//! one where nothing follows; such rests are compared by text, except behind a hyphen, where all are the same.

use super::difference::Group;
use super::number::{Number, split_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    numbers: Vec<Component>,
    letter: Option<char>,
    suffixes: Vec<Suffix>,
    tail: Tail,
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Component {
    LeadingZero(Box<str>),
    Number(Number),
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Before(usize, Option<Number>),
    End,
    After(usize, Option<Number>),
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tail {
    Broken(Box<str>),
    BrokenRevision,
    Whole { hash: Option<Box<str>>, revision: Option<Number> },
}

const BEFORE: &[&str] = &["alpha", "beta", "pre", "rc"];
const AFTER: &[&str] = &["cvs", "svn", "git", "hg", "p"];

/// Whose rules apply where the two differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
    Alpine,
    Gentoo,
}

pub(super) fn parse(text: &str) -> Option<Key> {
    read(text, Rules::Alpine)
}

/// Gentoo has no broken versions.
pub(super) fn parse_gentoo(text: &str) -> Option<Key> {
    let key = read(text, Rules::Gentoo)?;
    (matches!(key.tail, Tail::Whole { hash: None, .. }) && !key.numbers.is_empty()).then_some(key)
}

fn read(text: &str, rules: Rules) -> Option<Key> {
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let (numbers, rest) = numbers(text, rules);
    let letter = rest.chars().next().filter(|c| c.is_ascii_lowercase() && !numbers.is_empty());
    let rest = &rest[letter.map_or(0, char::len_utf8)..];
    let (suffixes, rest) = suffixes(rest, rules);
    Some(Key { numbers, letter, suffixes, tail: tail(rest, rules) })
}

fn numbers(text: &str, rules: Rules) -> (Vec<Component>, &str) {
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let candidate = if numbers.is_empty() { Some(rest) } else { rest.strip_prefix('.') };
        let (digits, after) = candidate.map_or(("", rest), split_digits);
        let Some(number) = Number::parse(digits).filter(|_| !digits.is_empty()) else { break };
        numbers.push(if digits.starts_with('0') && !numbers.is_empty() {
            let end = if rules == Rules::Gentoo { digits.trim_end_matches('0').len() } else { digits.len() };
            Component::LeadingZero(digits[..end].into())
        } else {
            Component::Number(number)
        });
        rest = after;
    }
    (numbers, rest)
}

fn suffixes(text: &str, rules: Rules) -> (Vec<Suffix>, &str) {
    let mut suffixes = Vec::new();
    let mut rest = text;
    while let Some((suffix, after)) = rest.strip_prefix('_').and_then(|text| suffix(text, rules)) {
        suffixes.push(suffix);
        rest = after;
    }
    suffixes.push(Suffix::End);
    (suffixes, rest)
}

fn suffix(text: &str, rules: Rules) -> Option<(Suffix, &str)> {
    let end = text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let (digits, after) = split_digits(after);
    let number = if digits.is_empty() {
        (rules == Rules::Gentoo).then_some(Number::ZERO)
    } else {
        Number::parse(digits)
    };
    let place = |words: &[&str]| words.iter().position(|known| *known == word);
    let before = place(BEFORE).map(|rank| Suffix::Before(rank, number.clone()));
    let suffix = before.or_else(|| place(AFTER).map(|rank| Suffix::After(rank, number)))?;
    Some((suffix, after))
}

fn tail(text: &str, rules: Rules) -> Tail {
    let (hash, rest) = match text.strip_prefix('~') {
        Some(hash) => {
            let end = hash.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hash.len());
            (Some(hash[..end].into()), &hash[end..])
        }
        None => (None, text),
    };
    let none = (rules == Rules::Gentoo).then_some(Number::ZERO);
    match rest.strip_prefix("-r").map(split_digits) {
        None if rest.is_empty() => Tail::Whole { hash, revision: none },
        Some((digits, "")) if !digits.is_empty() => Tail::Whole { hash, revision: Number::parse(digits) },
        _ if rest.starts_with('-') => Tail::BrokenRevision,
        _ => Tail::Broken(rest.into()),
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let number = |component: &Component| match component {
            Component::LeadingZero(digits) if digits.is_empty() => "0".to_owned(),
            Component::LeadingZero(digits) => digits.to_string(),
            Component::Number(number) => number.to_string(),
        };
        let (rest, hash, revision) = match &self.tail {
            Tail::Broken(rest) => (Some(rest.to_string()), None, None),
            Tail::BrokenRevision => (Some("-".to_owned()), None, None),
            Tail::Whole { hash, revision } => (None, hash.clone(), revision.clone()),
        };
        vec![
            Group::many("number", self.numbers.iter().map(number)),
            Group::one_if("letter", self.letter),
            Group::many("suffix", self.suffixes.iter().filter_map(shown)),
            Group::one_if("rest", rest),
            Group::one_if("hash", hash),
            Group::one_if("revision", revision),
        ]
    }
}

fn shown(suffix: &Suffix) -> Option<String> {
    let (words, rank, number) = match suffix {
        Suffix::Before(rank, number) => (BEFORE, rank, number),
        Suffix::After(rank, number) => (AFTER, rank, number),
        Suffix::End => return None,
    };
    let number = number.as_ref().map(ToString::to_string).unwrap_or_default();
    Some(format!("_{}{number}", words.get(*rank)?))
}
