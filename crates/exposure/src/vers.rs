//! VERS 1.1, the version range specifier (<https://github.com/package-url/vers-spec>).
//!
//! `vers:npm/>=1.0.0|<2.0.0`: constraints in the order of their versions, from which containment follows by the
//! specification's algorithm. [`Vers::parse`] takes only the canonical form; [`Vers::sorted`] also puts constraints
//! into order.

mod native;
mod ranges;
mod read;

use std::cmp::Ordering;
use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use thiserror::Error;

use crate::version::{Scheme, Version, VersionProblem};

/// Longest VERS that is read, in bytes.
pub const LONGEST_VERS: usize = 65_536;

/// Why a text is no VERS.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VersProblem {
    /// Longer than [`LONGEST_VERS`] bytes.
    #[error("VERS of {0} bytes, more than {LONGEST_VERS}")]
    TooLong(usize),
    /// Not of the form `vers:type/constraints`.
    #[error("not of the form vers:type/constraints")]
    Form,
    /// The reserved type `invalid`.
    #[error("the type `invalid` is never valid")]
    InvalidType,
    /// Not in canonical form.
    #[error("non-canonical VERS: {0}")]
    NonCanonical(&'static str),
    /// A range in an ecosystem's own notation that is not understood.
    #[error("native range is not understood: {0}")]
    Native(&'static str),
    /// No order is known for the type.
    #[error("no version order is known for the type {0:?}")]
    NoOrder(String),
    /// A version that the type's order cannot place.
    #[error(transparent)]
    Version(#[from] VersionProblem),
}

/// How a version relates to that of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// The same; written without a sign.
    Equal,
    /// Any other.
    NotEqual,
    /// Older.
    Less,
    /// Older or the same.
    LessOrEqual,
    /// Newer.
    Greater,
    /// Newer or the same.
    GreaterOrEqual,
}

/// Longer signs first.
const SIGNS: [(&str, Comparator); 5] = [
    (">=", Comparator::GreaterOrEqual),
    ("<=", Comparator::LessOrEqual),
    ("!=", Comparator::NotEqual),
    ("<", Comparator::Less),
    (">", Comparator::Greater),
];

impl Comparator {
    /// `>=`, `<`; empty for equality.
    #[must_use]
    pub fn sign(self) -> &'static str {
        SIGNS.iter().find(|(_, known)| *known == self).map_or("", |(sign, _)| sign)
    }

    fn includes_its_version(self) -> bool {
        matches!(self, Self::Equal | Self::LessOrEqual | Self::GreaterOrEqual)
    }

    fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual)
    }

    fn is_lower(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual)
    }
}

/// One constraint, its version decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// How versions relate to it.
    pub comparator: Comparator,
    /// The version.
    pub version: String,
}

/// A version range specifier. No constraints are the asterisk: every version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vers {
    /// The type, in lower case.
    pub ty: String,
    /// Constraints in the order of their versions.
    pub constraints: Vec<Constraint>,
}

/// The order of a VERS type; `None` for a type that is not known here.
#[must_use]
pub fn scheme_of_type(ty: &str) -> Option<Scheme> {
    match ty {
        "cargo" | "golang" | "hex" | "nginx" | "npm" | "semver" => Some(Scheme::SemVer),
        "datetime" => Some(Scheme::DateTime),
        "gentoo" => Some(Scheme::Gentoo),
        "lexicographic" => Some(Scheme::Lexicographic),
        "openssl" => Some(Scheme::OpenSsl),
        _ => Scheme::ALL.iter().copied().find(|scheme| scheme.purl_type() == Some(ty)),
    }
}

impl Vers {
    /// Reads a VERS in canonical form. Nothing is repaired.
    ///
    /// # Errors
    /// [`VersProblem`]: also for constraints out of order, a version that occurs twice, and signs that cannot follow
    /// each other. Of a type whose order is not known here, or versions that it cannot place, the order of the
    /// constraints is not checked.
    pub fn parse(text: &str) -> Result<Self, VersProblem> {
        let vers = read::read(text)?;
        vers.check_order()?;
        vers.check_sequence()?;
        Ok(vers)
    }

    /// Reads a VERS and puts its constraints into the order of their versions, as they are otherwise.
    ///
    /// # Errors
    /// [`VersProblem`] for anything else that is not canonical, or versions that cannot be ordered.
    pub fn sorted(text: &str) -> Result<Self, VersProblem> {
        let vers = read::read(text)?;
        Self::new(&vers.ty, vers.constraints)
    }

    /// A VERS of constraints in any order.
    ///
    /// # Errors
    /// [`VersProblem`] when several constraints cannot be ordered.
    pub fn new(ty: &str, constraints: Vec<Constraint>) -> Result<Self, VersProblem> {
        let ty = ty.to_ascii_lowercase();
        if constraints.len() < 2 {
            return Ok(Self { ty, constraints });
        }
        let scheme = order_of(&ty)?;
        let keyed = constraints.into_iter().map(|one| Ok((scheme.parse(&one.version)?, one)));
        let mut keyed = keyed.collect::<Result<Vec<_>, VersProblem>>()?;
        // Of two at one version the range that ends comes before the one that begins.
        keyed.sort_by(|(a, one), (b, other)| {
            a.cmp(b).then(one.comparator.is_lower().cmp(&other.comparator.is_lower()))
        });
        Ok(Self { ty, constraints: keyed.into_iter().map(|(_, one)| one).collect() })
    }

    /// Reads a range in the notation of an ecosystem: `npm`, `conan`, `gem`, `nuget`, `pypi`, `nginx`, `openssl`.
    ///
    /// # Errors
    /// [`VersProblem`] for another ecosystem and for what is not understood.
    pub fn from_native(ty: &str, range: &str) -> Result<Self, VersProblem> {
        native::read(ty, range)
    }

    fn keys(&self) -> Option<Vec<Version>> {
        let scheme = scheme_of_type(&self.ty)?;
        self.constraints.iter().map(|one| scheme.parse(&one.version).ok()).collect()
    }

    fn check_order(&self) -> Result<(), VersProblem> {
        let orders: Vec<Ordering> = match self.keys() {
            Some(keys) => keys.windows(2).map(|pair| pair[0].cmp(&pair[1])).collect(),
            None => return Ok(()),
        };
        if orders.contains(&Ordering::Greater) {
            return Err(VersProblem::NonCanonical("constraints are not sorted by version"));
        }
        if orders.contains(&Ordering::Equal) {
            return Err(VersProblem::NonCanonical("a version occurs more than once"));
        }
        Ok(())
    }

    /// "VERS validation rules" (5.4): without `!=` an equality is followed by an equality or a lower end, and without
    /// those lower and upper ends alternate.
    fn check_sequence(&self) -> Result<(), VersProblem> {
        let signs = self.constraints.iter().map(|one| one.comparator);
        let ends: Vec<_> = signs.filter(|sign| *sign != Comparator::NotEqual).collect();
        let after_equal = ends.windows(2).any(|pair| pair[0] == Comparator::Equal && pair[1].is_upper());
        let inside = ends.windows(2).any(|pair| pair[0].is_lower() && pair[1] == Comparator::Equal);
        let ends: Vec<_> = ends.into_iter().filter(|sign| *sign != Comparator::Equal).collect();
        let repeated = ends.windows(2).any(|pair| pair[0].is_upper() == pair[1].is_upper());
        if after_equal || inside || repeated {
            return Err(VersProblem::NonCanonical("a constraint is redundant"));
        }
        Ok(())
    }

    /// Is the version inside? By the specification's algorithm ("Checking if a version is contained within a
    /// range"); a single `<` or `>` is an interval without another end, and `!=` alone leaves everything else in.
    ///
    /// # Errors
    /// [`VersProblem`] when no order is known for the type, or it cannot place a version.
    pub fn contains(&self, version: &str) -> Result<bool, VersProblem> {
        if self.constraints.is_empty() {
            return Ok(true);
        }
        let scheme = order_of(&self.ty)?;
        let version = scheme.parse(version)?;
        let keyed = self.constraints.iter().map(|one| Ok((one.comparator, scheme.parse(&one.version)?)));
        let keyed = keyed.collect::<Result<Vec<_>, VersProblem>>()?;
        if keyed.iter().any(|(sign, at)| sign.includes_its_version() && *at == version) {
            return Ok(true);
        }
        if keyed.iter().any(|(sign, at)| *sign == Comparator::NotEqual && *at == version) {
            return Ok(false);
        }
        if keyed.iter().all(|(sign, _)| *sign == Comparator::NotEqual) {
            return Ok(true);
        }
        Ok(between(&keyed, &version))
    }
}

/// The ends of intervals among constraints in order, without those that others make redundant.
fn intervals(keyed: &[(Comparator, Version)]) -> Vec<&(Comparator, Version)> {
    let mut ends: Vec<&(Comparator, Version)> = Vec::new();
    for end in keyed.iter().filter(|(sign, _)| sign.is_lower() || sign.is_upper()) {
        match ends.last() {
            Some((before, _)) if before.is_lower() && end.0.is_lower() => continue,
            Some((before, _)) if before.is_upper() && end.0.is_upper() => drop(ends.pop()),
            _ => {}
        }
        ends.push(end);
    }
    ends
}

/// Whether the version, which is at no included end, is between a lower end (or the beginning) and the upper end that
/// follows it (or none). Ends that others make redundant do not count.
fn between(keyed: &[(Comparator, Version)], version: &Version) -> bool {
    let ends = intervals(keyed);
    if ends.iter().any(|(_, at)| at == version) {
        return false;
    }
    let below = ends.iter().rev().find(|(_, at)| at < version);
    let above = ends.iter().find(|(_, at)| at > version);
    below.is_none_or(|(lower, _)| lower.is_lower())
        && above.is_none_or(|(upper, _)| upper.is_upper())
        && !ends.is_empty()
}

fn order_of(ty: &str) -> Result<Scheme, VersProblem> {
    scheme_of_type(ty).ok_or_else(|| VersProblem::NoOrder(ty.to_owned()))
}

/// What a version may not contain as it is.
const ENCODED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'>').add(b'<').add(b'=').add(b'!').add(b'*').add(b'|').add(b'%');

impl fmt::Display for Vers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vers:{}/", self.ty)?;
        if self.constraints.is_empty() {
            return f.write_str("*");
        }
        for (index, Constraint { comparator, version }) in self.constraints.iter().enumerate() {
            let bar = if index == 0 { "" } else { "|" };
            write!(f, "{bar}{}{}", comparator.sign(), utf8_percent_encode(version, ENCODED))?;
        }
        Ok(())
    }
}
