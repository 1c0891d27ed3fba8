//! Arch Linux: `[epoch:]pkgver[-pkgrel]` as vercmp(8) orders it.
//!
//! Unlike RPM's, the count of separators counts, and letters joined to a number are older than the number alone
//! (`1.0a` < `1.0` < `1.0.a` < `1.0.1`). A missing release is 1, which is where releases start: vercmp calls it
//! equal to all of them, which is no order.

use super::difference::Group;
use super::number::{Number, split_digits};
use super::rpm::epoch;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    epoch: Number,
    version: Vec<Token>,
    release: Vec<Token>,
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    JoinedLetters(Box<str>),
    End,
    /// Behind so many separators.
    Segment(usize, Segment),
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Letters(Box<str>),
    Digits(Number),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let (epoch, rest) = epoch(text);
    let (version, release) = rest.rsplit_once('-').unwrap_or((rest, "1"));
    let epoch = Number::parse(epoch)?;
    let key = Key { epoch, version: tokens(version), release: tokens(release) };
    (key.version.len() > 1).then_some(key)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        let start = rest.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (digits, after) = split_digits(&rest[start..]);
        let (segment, after) = if digits.is_empty() {
            let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            (Segment::Letters(after[..end].into()), &after[end..])
        } else {
            (Segment::Digits(Number::parse(digits).unwrap_or(Number::ZERO)), after)
        };
        match segment {
            Segment::Letters(letters) if letters.is_empty() => break,
            Segment::Letters(letters) if start == 0 => tokens.push(Token::JoinedLetters(letters)),
            segment => tokens.push(Token::Segment(start, segment)),
        }
        rest = after;
    }
    tokens.push(Token::End);
    tokens
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        vec![
            Group::one("epoch", &self.epoch),
            Group::many("segment", shown(&self.version)),
            Group::many("release segment", shown(&self.release)),
        ]
    }
}

fn shown(tokens: &[Token]) -> impl Iterator<Item = String> {
    tokens.iter().filter_map(|token| match token {
        Token::JoinedLetters(letters) => Some(letters.to_string()),
        Token::End => None,
        Token::Segment(separators, Segment::Letters(letters)) => {
            Some(format!("{}{letters}", ".".repeat(*separators)))
        }
        Token::Segment(separators, Segment::Digits(number)) => {
            Some(format!("{}{number}", ".".repeat(separators.saturating_sub(1))))
        }
    })
}
