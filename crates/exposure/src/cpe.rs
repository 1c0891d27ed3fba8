//! CPE 2.3 names (NISTIR 7695) and how two of them relate (NISTIR 7696).

mod relation;
mod value;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use self::relation::Relation;
pub use self::value::{Extent, Value};

/// Longest name that is read, in bytes.
pub const LONGEST_CPE: usize = 2_000;

/// The attributes of a name, in the order of the formatted string.
pub const ATTRIBUTES: [&str; 11] = [
    "part",
    "vendor",
    "product",
    "version",
    "update",
    "edition",
    "language",
    "sw_edition",
    "target_sw",
    "target_hw",
    "other",
];

/// Why a text is no CPE name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CpeProblem {
    /// Longer than [`LONGEST_CPE`] bytes.
    #[error("CPE name of {0} bytes, more than {LONGEST_CPE}")]
    TooLong(usize),
    /// Begins neither with `cpe:2.3:` nor with `cpe:/`.
    #[error("neither a CPE 2.3 formatted string nor a CPE 2.2 URI")]
    Form,
    /// A formatted string without just eleven attributes, or a URI with more than seven.
    #[error("{0} attributes in a CPE name")]
    Count(usize),
    /// An attribute that cannot be read.
    #[error("the {attribute} of a CPE name {problem}")]
    Attribute {
        /// Which.
        attribute: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// A well-formed name: a value for every attribute of [`ATTRIBUTES`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cpe {
    values: [Value; 11],
}

impl Cpe {
    /// Reads a name as [`FromStr`] does, or one without the attributes at the end, which people leave out when they
    /// say nothing of them.
    ///
    /// # Errors
    /// [`CpeProblem`].
    pub fn shortened(text: &str) -> Result<Self, CpeProblem> {
        match text.parse() {
            Err(CpeProblem::Count(count)) if (3..ATTRIBUTES.len()).contains(&count) => {
                format!("{}{}", text.trim(), ":*".repeat(ATTRIBUTES.len() - count)).parse()
            }
            read => read,
        }
    }

    /// Vendor and product as identities have them, with spaces for `_`; `None` where it names several of either.
    #[must_use]
    pub fn vendor_and_product(&self) -> Option<(String, String)> {
        let said = |attribute| self.get(attribute).and_then(Value::single).map(|text| text.replace('_', " "));
        said("vendor").zip(said("product"))
    }

    /// The same name with nothing said of version and update.
    #[must_use]
    pub fn of_any_version(mut self) -> Self {
        for (name, value) in ATTRIBUTES.iter().zip(&mut self.values) {
            if matches!(*name, "version" | "update") {
                *value = Value::Any;
            }
        }
        self
    }

    /// A name that says nothing.
    pub(crate) fn of_nothing() -> Self {
        Self { values: std::array::from_fn(|_| Value::Any) }
    }

    /// The value of an attribute by its name; `None` for a name that is not in [`ATTRIBUTES`].
    #[must_use]
    pub fn get(&self, attribute: &str) -> Option<&Value> {
        ATTRIBUTES.iter().zip(&self.values).find(|(name, _)| **name == attribute).map(|(_, value)| value)
    }

    /// The relation of every attribute of this name, the source, to that of another, the target (NISTIR 7696,
    /// table 6-2).
    #[must_use]
    pub fn relations(&self, target: &Self) -> [Relation; 11] {
        std::array::from_fn(|at| self.values[at].relation(&target.values[at]))
    }

    /// The relation of this name to another (NISTIR 7696, table 6-4); `Undefined` where the table has no row, which
    /// are names that overlap in part.
    #[must_use]
    pub fn relation(&self, target: &Self) -> Relation {
        Relation::of_names(&self.relations(target))
    }
}

fn read(attribute: &'static str, text: Result<Value, &'static str>) -> Result<Value, CpeProblem> {
    let value = text.map_err(|problem| CpeProblem::Attribute { attribute, problem })?;
    let known = |part: &Value| match part {
        Value::Any | Value::NotApplicable => true,
        Value::Text { text, .. } => !part.has_wildcard() && matches!(text.as_str(), "a" | "h" | "o"),
    };
    if attribute == "part" && !known(&value) {
        return Err(CpeProblem::Attribute { attribute, problem: "is none of a, h, o" });
    }
    Ok(value)
}

/// Reads a formatted string (`cpe:2.3:a:vendor:product:...`) or a URI of CPE 2.2 (`cpe:/a:vendor:product`), in any
/// case. Punctuation that should have a backslash may go without.
impl FromStr for Cpe {
    type Err = CpeProblem;

    fn from_str(text: &str) -> Result<Self, CpeProblem> {
        let text = text.trim();
        if text.len() > LONGEST_CPE {
            return Err(CpeProblem::TooLong(text.len()));
        }
        let folded = text.to_ascii_lowercase();
        if let Some(rest) = folded.strip_prefix("cpe:2.3:") {
            return formatted(rest);
        }
        folded.strip_prefix("cpe:/").ok_or(CpeProblem::Form).and_then(uri)
    }
}

fn formatted(text: &str) -> Result<Cpe, CpeProblem> {
    let parts = split_unquoted(text);
    if parts.len() != ATTRIBUTES.len() {
        return Err(CpeProblem::Count(parts.len()));
    }
    let mut values = std::array::from_fn(|_| Value::Any);
    for ((value, attribute), part) in values.iter_mut().zip(ATTRIBUTES).zip(parts) {
        *value = read(attribute, Value::from_formatted(part))?;
    }
    Ok(Cpe { values })
}

/// At colons without a backslash before them.
fn split_unquoted(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c: char| {
        let separator = c == ':' && !quoted;
        quoted = c == '\\' && !quoted;
        separator
    })
    .collect()
}

/// Seven attributes at most; the edition may hold the ones that CPE 2.2 did not know (`~edition~sw_edition~...`).
fn uri(text: &str) -> Result<Cpe, CpeProblem> {
    const EDITION: usize = 5;
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 7 {
        return Err(CpeProblem::Count(parts.len()));
    }
    let mut written = [""; 11];
    for (at, part) in parts.into_iter().enumerate() {
        match part.strip_prefix('~') {
            Some(packed) if at == EDITION => {
                let fields: Vec<&str> = packed.split('~').collect();
                if fields.len() != 5 {
                    return Err(CpeProblem::Attribute {
                        attribute: "edition",
                        problem: "is not packed in five",
                    });
                }
                let places = [EDITION, 7, 8, 9, 10];
                for (place, field) in places.into_iter().zip(fields) {
                    written[place] = field;
                }
            }
            _ => written[at] = part,
        }
    }
    let mut values = std::array::from_fn(|_| Value::Any);
    for ((value, attribute), part) in values.iter_mut().zip(ATTRIBUTES).zip(written) {
        *value = read(attribute, Value::from_uri(part))?;
    }
    Ok(Cpe { values })
}

/// The formatted string.
impl fmt::Display for Cpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cpe:2.3")?;
        self.values.iter().try_for_each(|value| write!(f, ":{value}"))
    }
}
