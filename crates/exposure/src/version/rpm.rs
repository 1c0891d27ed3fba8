//! RPM's order: `[epoch:]version[-release]`, each part by segments ("Version comparison" of rpm-version(7),
//! <https://rpm.org/docs/latest/man/rpm-version.7>).
//!
//! A part is read as runs of ASCII digits and of ASCII letters; everything else only separates. At the first
//! difference `~` < the end < `^` < letters (by text) < digits (by value). A missing epoch is 0. A missing release
//! is older than any: RPM itself lets it match all of them, which is no order.

use super::difference::Group;
use super::number::{Number, split_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    epoch: Number,
    version: Vec<Token>,
    release: Option<Vec<Token>>,
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Tilde,
    End,
    Caret,
    Letters(Box<str>),
    Digits(Number),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let (epoch, rest) = epoch(text)?;
    let (version, release) =
        rest.rsplit_once('-').map_or((rest, None), |(before, after)| (before, Some(after)));
    Some(Key { epoch, version: tokens(version), release: release.map(tokens) })
}

/// Only digits are an epoch: `a:1` is a version with an odd character.
pub(super) fn epoch(text: &str) -> Option<(Number, &str)> {
    match text.split_once(':') {
        Some((digits, rest)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some((Number::parse(digits)?, rest))
        }
        _ => Some((Number::ZERO, text)),
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '~' || c == '^'));
        let (token, after) = match rest.bytes().next() {
            None => break,
            Some(b'~') => (Token::Tilde, &rest[1..]),
            Some(b'^') => (Token::Caret, &rest[1..]),
            Some(_) => run(rest),
        };
        tokens.push(token);
        rest = after;
    }
    tokens.push(Token::End);
    tokens
}

fn run(text: &str) -> (Token, &str) {
    let (digits, after) = split_digits(text);
    if let Some(number) = Number::parse(digits).filter(|_| !digits.is_empty()) {
        return (Token::Digits(number), after);
    }
    let (letters, after) = text.split_at(text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()));
    (Token::Letters(letters.into()), after)
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        vec![
            Group::one("epoch", &self.epoch),
            Group::many("segment", shown(&self.version)),
            Group::one_if("release", self.release.as_ref().map(|_| "given")),
            Group::many("release segment", self.release.iter().flat_map(|release| shown(release))),
        ]
    }
}

fn shown(tokens: &[Token]) -> impl Iterator<Item = String> {
    tokens.iter().filter_map(|token| match token {
        Token::Tilde => Some("~".to_owned()),
        Token::End => None,
        Token::Caret => Some("^".to_owned()),
        Token::Letters(letters) => Some(letters.to_string()),
        Token::Digits(number) => Some(number.to_string()),
    })
}
