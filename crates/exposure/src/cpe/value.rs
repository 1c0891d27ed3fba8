//! Values of attributes.

use std::fmt;

use percent_encoding::percent_decode_str;

/// What may stand before or behind the text of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extent {
    /// So many characters at most: one for each `?`.
    UpTo(usize),
    /// Any characters: `*`.
    Any,
}

impl Extent {
    pub(super) fn allows(self, characters: usize) -> bool {
        match self {
            Self::UpTo(most) => characters <= most,
            Self::Any => true,
        }
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpTo(count) => f.write_str(&"?".repeat(count)),
            Self::Any => f.write_str("*"),
        }
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// `*`: nothing is said.
    Any,
    /// `-`: the attribute has no meaning for the product.
    NotApplicable,
    /// A text in lower case, without its backslashes, and the wildcards around it.
    Text {
        /// Wildcards before it.
        before: Extent,
        /// The text.
        text: String,
        /// Wildcards behind it.
        after: Extent,
    },
}

/// A character of a value, and whether it stands for itself though it could be a wildcard.
type Unit = (char, bool);

impl Value {
    /// The text, where it stands for one thing: no wildcards around it, and neither [`Value::Any`] nor
    /// [`Value::NotApplicable`].
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } if !self.has_wildcard() => Some(text),
            _ => None,
        }
    }

    /// A text that stands for itself.
    pub(crate) fn plain(text: &str) -> Self {
        let none = Extent::UpTo(0);
        Self::Text { before: none, text: text.to_owned(), after: none }
    }

    pub(super) fn has_wildcard(&self) -> bool {
        let none = Extent::UpTo(0);
        matches!(self, Self::Text { before, after, .. } if *before != none || *after != none)
    }

    /// An attribute of a formatted string.
    pub(super) fn from_formatted(text: &str) -> Result<Self, &'static str> {
        match text {
            "" => return Err("is empty"),
            "*" => return Ok(Self::Any),
            "-" => return Ok(Self::NotApplicable),
            _ => {}
        }
        let mut units = Vec::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            let unit = if c == '\\' {
                (characters.next().ok_or("ends with a backslash")?, true)
            } else {
                (c, false)
            };
            units.push(unit);
        }
        Self::from_units(&units)
    }

    /// A component of a URI: percent-encoded, with `%01` for `?` and `%02` for `*`.
    pub(super) fn from_uri(text: &str) -> Result<Self, &'static str> {
        match text {
            "" => return Ok(Self::Any),
            "-" => return Ok(Self::NotApplicable),
            _ => {}
        }
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "is not percent-encoded UTF-8")?;
        let unit = |c: char| match c {
            '\u{1}' => ('?', false),
            '\u{2}' => ('*', false),
            other => (other, true),
        };
        Self::from_units(&decoded.to_ascii_lowercase().chars().map(unit).collect::<Vec<_>>())
    }

    fn from_units(units: &[Unit]) -> Result<Self, &'static str> {
        if units.iter().any(|(c, _)| !c.is_ascii_graphic()) {
            return Err("has a character that is not printable ASCII");
        }
        let (before, rest) = extent(units.iter());
        let start = units.len() - rest;
        let (after, rest) = extent(units[start..].iter().rev());
        let core = &units[start..start + rest];
        if core.is_empty() {
            return Err("is nothing but wildcards");
        }
        if core.iter().any(|(c, literal)| matches!(c, '*' | '?') && !literal) {
            return Err("has a wildcard inside");
        }
        Ok(Self::Text { before, text: core.iter().map(|(c, _)| *c).collect(), after })
    }
}

/// The wildcards that come first, and how many units are left behind them.
fn extent<'u>(units: impl ExactSizeIterator<Item = &'u Unit> + Clone) -> (Extent, usize) {
    let all = units.len();
    if units.clone().next() == Some(&('*', false)) {
        return (Extent::Any, all - 1);
    }
    let marks = units.take_while(|unit| **unit == ('?', false)).count();
    (Extent::UpTo(marks), all - marks)
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::NotApplicable => f.write_str("-"),
            Self::Text { before, text, after } => {
                before.write(f)?;
                let lone = text == "-" && !self.has_wildcard();
                for c in text.chars() {
                    let plain = c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') && !lone;
                    if plain { write!(f, "{c}") } else { write!(f, "\\{c}") }?;
                }
                after.write(f)
            }
        }
    }
}
