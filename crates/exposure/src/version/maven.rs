//! Maven's order: the "Version Order Specification" of the POM reference
//! (<https://maven.apache.org/pom.html#version-order-specification>).

use super::number::{Number, split_digits, split_non_digits};

/// Tokens without null values at the end or before a hyphen. A shorter key is as if padded with empty
/// qualifiers, which is what the closing [`Token::EMPTY`] stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<Token>);

/// Declared in the specified order: any qualifier < `-number` < `.number`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Qualifier(Qualifier),
    HyphenNumber(Number),
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
    const EMPTY: Self = Self::Qualifier(Qualifier::Empty);

    fn is_null(&self) -> bool {
        match self {
            Self::Qualifier(qualifier) => *qualifier == Qualifier::Empty,
            Self::HyphenNumber(number) | Self::DotNumber(number) => number.is_zero(),
        }
    }
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let lower = text.to_lowercase();
    let mut tokens = Vec::new();
    let mut separator = '.';
    for (index, piece) in lower.split_inclusive(['.', '-', '_']).enumerate() {
        let (token, next) = match piece.char_indices().next_back() {
            Some((at, end @ ('.' | '-' | '_'))) => (&piece[..at], end),
            _ => (piece, '.'),
        };
        push_piece(&mut tokens, token, separator == '.' || index == 0);
        separator = next;
    }
    trim_nulls(&mut tokens);
    tokens.push(Token::EMPTY);
    Some(Key(tokens))
}

/// Pushes what stands between two separators: runs of digits and of other characters, with the change from one
/// to the other as a hyphen.
fn push_piece(tokens: &mut Vec<Token>, piece: &str, after_dot: bool) {
    let mut rest = piece;
    let mut dotted = after_dot;
    // An empty token counts as zero.
    if rest.is_empty() {
        push(tokens, number(Number::ZERO, dotted));
    }
    while !rest.is_empty() {
        let (digits, after) = split_digits(rest);
        if !digits.is_empty() {
            push(tokens, number(Number::parse(digits).unwrap_or(Number::ZERO), dotted));
            dotted = false;
        }
        let (word, after) = split_non_digits(after);
        if !word.is_empty() {
            push(tokens, Token::Qualifier(qualifier(word, !after.is_empty())));
            dotted = false;
        }
        rest = after;
    }
}

fn number(value: Number, dotted: bool) -> Token {
    if dotted { Token::DotNumber(value) } else { Token::HyphenNumber(value) }
}

/// Null values before a hyphen are dropped. A qualifier after a dot is as one after a hyphen.
fn push(tokens: &mut Vec<Token>, token: Token) {
    if !matches!(token, Token::DotNumber(_)) {
        trim_nulls(tokens);
    }
    tokens.push(token);
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
