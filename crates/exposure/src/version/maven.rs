//! Maven's order: the "Version Order Specification" of the POM reference
//! (<https://maven.apache.org/pom.html#version-order-specification>), in the reading of the published fixtures.
//!
//! The text has changed over time, and so has Maven. The fixtures hold the order up to Maven 3.8.5:
//! - `_` is not a separator (the newest text makes it one), and `.qualifier` < `-qualifier` (Maven 3.8.7 and
//!   later rank the two the same);
//! - zeros before a `.qualifier` stay: `1.0-rc` < `1.0.rc` < `1` < `1-foo` < `1-1` < `1.0.foo` < `1.0.1`.
//!
//! That order is no order everywhere: there `1-1` < `1.0.rc`, although `1.0.rc` < `1` < `1-1`. In such circles
//! this keeps a pre-release below its release. Zeros before a hyphen never count (`1-0-2` is `1-2`), as the text
//! says, though Maven lets some of them count.

use std::fmt;

use super::difference::Group;
use super::number::{Number, split_digits, split_non_digits};

/// Tokens without null values at the end or before a hyphen, closed by [`Token::Empty`], which is what a
/// missing token compares as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<Token>);

/// Declared in order. "Early" are the qualifiers of versions before the release, "late" all others. The count
/// is that of the zeros dropped before the qualifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    DotEarly(Qualifier),
    HyphenEarly(Qualifier),
    ZerosDotEarly(usize, Qualifier),
    Empty,
    DotLate(Qualifier),
    HyphenLate(Qualifier),
    HyphenNumber(Number),
    ZerosDotLate(usize, Qualifier),
    DotNumber(Number),
}

/// Declared in the specified order; unknown qualifiers come last, by text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Qualifier {
    Alpha,
    Beta,
    Milestone,
    ReleaseCandidate,
    Snapshot,
    Empty,
    ServicePack,
    Other(Box<str>),
}

impl Token {
    fn is_null(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::HyphenNumber(number) | Self::DotNumber(number) => number.is_zero(),
            _ => false,
        }
    }

    fn is_dotted_zero(&self) -> bool {
        matches!(self, Self::DotNumber(number) if number.is_zero())
    }
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let lower = text.to_lowercase();
    let mut tokens = Vec::new();
    let mut dotted = true;
    for piece in lower.split_inclusive(['.', '-']) {
        push_piece(&mut tokens, piece.trim_end_matches(['.', '-']), dotted);
        dotted = !piece.ends_with('-');
    }
    trim_nulls(&mut tokens);
    tokens.push(Token::Empty);
    Some(Key(tokens))
}

/// Pushes what stands between two separators: runs of digits and of other characters, with the change from one
/// to the other as a hyphen. `dotted` tells the separator before it.
fn push_piece(tokens: &mut Vec<Token>, piece: &str, mut dotted: bool) {
    let mut rest = piece;
    // An empty token counts as zero.
    if rest.is_empty() {
        push_number(tokens, Number::ZERO, dotted);
    }
    while !rest.is_empty() {
        let (digits, after) = split_digits(rest);
        if !digits.is_empty() {
            push_number(tokens, Number::parse(digits).unwrap_or(Number::ZERO), dotted);
            dotted = false;
        }
        let (word, after) = split_non_digits(after);
        if !word.is_empty() {
            push_qualifier(tokens, qualifier(word, !after.is_empty()), dotted);
            dotted = false;
        }
        rest = after;
    }
}

/// Null values before a hyphen are dropped.
fn push_number(tokens: &mut Vec<Token>, number: Number, dotted: bool) {
    if dotted {
        tokens.push(Token::DotNumber(number));
    } else {
        trim_nulls(tokens);
        tokens.push(Token::HyphenNumber(number));
    }
}

fn push_qualifier(tokens: &mut Vec<Token>, qualifier: Qualifier, dotted: bool) {
    let early = qualifier < Qualifier::Empty;
    let before = tokens.len();
    if dotted && !early {
        while tokens.last().is_some_and(Token::is_dotted_zero) {
            tokens.pop();
        }
    } else {
        trim_nulls(tokens);
    }
    let zeros = if dotted { before - tokens.len() } else { 0 };
    tokens.push(match (early, dotted, zeros) {
        _ if qualifier == Qualifier::Empty => Token::Empty,
        (true, true, 0) => Token::DotEarly(qualifier),
        (true, true, zeros) => Token::ZerosDotEarly(zeros, qualifier),
        (true, false, _) => Token::HyphenEarly(qualifier),
        (false, true, 0) => Token::DotLate(qualifier),
        (false, true, zeros) => Token::ZerosDotLate(zeros, qualifier),
        (false, false, _) => Token::HyphenLate(qualifier),
    });
}

fn trim_nulls(tokens: &mut Vec<Token>) {
    while tokens.last().is_some_and(Token::is_null) {
        tokens.pop();
    }
}

fn qualifier(word: &str, number_follows: bool) -> Qualifier {
    match word {
        "alpha" => Qualifier::Alpha,
        "beta" => Qualifier::Beta,
        "milestone" => Qualifier::Milestone,
        "a" if number_follows => Qualifier::Alpha,
        "b" if number_follows => Qualifier::Beta,
        "m" if number_follows => Qualifier::Milestone,
        "rc" | "cr" => Qualifier::ReleaseCandidate,
        "snapshot" => Qualifier::Snapshot,
        "ga" | "final" | "release" => Qualifier::Empty,
        "sp" => Qualifier::ServicePack,
        other => Qualifier::Other(other.into()),
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        // The last token only closes the version.
        let parts = self.0.split_last().map_or(&[][..], |(_, parts)| parts);
        vec![Group::many("part", parts.iter().map(Token::shown))]
    }
}

impl Token {
    /// The part with its separator and the zeros dropped before it.
    fn shown(&self) -> String {
        match self {
            // `ga`, `final` and `release` say nothing, also inside a version.
            Self::Empty => ".ga".to_owned(),
            Self::DotEarly(word) | Self::DotLate(word) => format!(".{word}"),
            Self::HyphenEarly(word) | Self::HyphenLate(word) => format!("-{word}"),
            Self::ZerosDotEarly(zeros, word) | Self::ZerosDotLate(zeros, word) => {
                format!("{}.{word}", ".0".repeat(*zeros))
            }
            Self::HyphenNumber(number) => format!("-{number}"),
            Self::DotNumber(number) => number.to_string(),
        }
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alpha => "alpha",
            Self::Beta => "beta",
            Self::Milestone => "milestone",
            Self::ReleaseCandidate => "rc",
            Self::Snapshot => "snapshot",
            Self::Empty => "release",
            Self::ServicePack => "sp",
            Self::Other(word) => word,
        })
    }
}
