//! Whole numbers of any length.

use std::fmt;

/// A run of decimal digits by value. Versions carry dates, hashes and counters beyond 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Number {
    /// Fits 64 bits. Declared first: every such value is smaller than a `Large`.
    Small(u64),
    /// Does not: the count of digits first, because of two such numbers the longer is the larger.
    Large(usize, Box<str>),
}

impl Number {
    pub(super) const ZERO: Self = Self::Small(0);

    /// The value of ASCII digits; no digits are zero, other characters none.
    pub(super) fn parse(digits: &str) -> Option<Self> {
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self::ZERO);
        }
        let value = significant.parse().map(Self::Small);
        Some(value.unwrap_or_else(|_| Self::Large(significant.len(), significant.into())))
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(value) => write!(f, "{value}"),
            Self::Large(_, digits) => f.write_str(digits),
        }
    }
}

/// Splits after the leading ASCII digits.
pub(super) fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len()))
}

/// Splits before the first ASCII digit.
pub(super) fn split_non_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().position(|b| b.is_ascii_digit()).unwrap_or(text.len()))
}
