//! Version intervals: how they read, what they contain, and how a vendor's text becomes one.

mod text;

use std::fmt;

use thiserror::Error;

pub use text::from_text;

use crate::affected::{Bound, Range};
use crate::version::{Scheme, Version, VersionProblem};

/// Why a range cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RangeProblem {
    /// The text is not understood; a person must read it.
    #[error("range {0:?} is not understood")]
    NotUnderstood(String),
    /// OSV events without an `introduced` one.
    #[error("no `introduced` event")]
    NoIntroduced,
    /// OSV events that cover no version at all (fixed where introduced).
    #[error("the events cover no version")]
    Nothing,
    /// A bound that is no version.
    #[error(transparent)]
    Version(#[from] VersionProblem),
}

impl Range {
    /// Every version there is.
    pub const ALL: Self = Self { from: Bound::Open, to: Bound::Open };

    /// One version.
    #[must_use]
    pub fn single(version: &str) -> Self {
        Self { from: Bound::Included(version.to_owned()), to: Bound::Included(version.to_owned()) }
    }

    /// True when both ends are open.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.from == Bound::Open && self.to == Bound::Open
    }

    /// Is the version inside?
    ///
    /// # Errors
    /// [`VersionProblem`] when a bound is no version of the scheme, or is not comparable with `version`
    /// ([`Version::comparable`]), or when the lower end is above the upper one: what is meant by `>=2.0, <1.0` is
    /// for a person to say. A range with both ends open contains everything and never fails.
    pub fn contains(&self, scheme: &Scheme, version: &Version) -> Result<bool, VersionProblem> {
        Ok(ParsedRange::new(self, *scheme)?.contains(version))
            .and_then(|inside| inside.ok_or_else(|| self.incomparable()))
    }

    fn incomparable(&self) -> VersionProblem {
        VersionProblem::Incomparable(self.to_string())
    }
}

/// `>=1.0, <2.0`; `=1.2` for a single version; `all versions` when both ends are open.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Bound::Included(from), Bound::Included(to)) if from == to => write!(f, "={from}"),
            (Bound::Open, Bound::Open) => f.write_str("all versions"),
            (from, to) => {
                write_bound(f, '>', from)?;
                if *from != Bound::Open && *to != Bound::Open {
                    f.write_str(", ")?;
                }
                write_bound(f, '<', to)
            }
        }
    }
}

fn write_bound(f: &mut fmt::Formatter<'_>, sign: char, bound: &Bound) -> fmt::Result {
    match bound {
        Bound::Included(version) => write!(f, "{sign}={version}"),
        Bound::Excluded(version) => write!(f, "{sign}{version}"),
        Bound::Open => Ok(()),
    }
}

/// A range with its bounds read once.
#[derive(Clone, Debug)]
pub(crate) struct ParsedRange {
    pub(crate) from: std::ops::Bound<Version>,
    pub(crate) to: std::ops::Bound<Version>,
}

impl ParsedRange {
    pub(crate) fn new(range: &Range, scheme: Scheme) -> Result<Self, VersionProblem> {
        let parsed = Self { from: parse_bound(&range.from, scheme)?, to: parse_bound(&range.to, scheme)? };
        if parsed.is_empty() { Err(VersionProblem::EmptyRange(range.to_string())) } else { Ok(parsed) }
    }

    /// True when no version can be between the ends.
    fn is_empty(&self) -> bool {
        use std::ops::Bound::{Excluded, Included};
        match (&self.from, &self.to) {
            (Included(from), Included(to)) => from > to,
            (Included(from) | Excluded(from), Included(to) | Excluded(to)) => from >= to,
            _ => false,
        }
    }

    /// `None` when an end is not comparable with the version.
    pub(crate) fn contains(&self, version: &Version) -> Option<bool> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        if !self.ends().all(|end| end.comparable(version)) {
            return None;
        }
        let above = match &self.from {
            Included(from) => version >= from,
            Excluded(from) => version > from,
            Unbounded => true,
        };
        let below = match &self.to {
            Included(to) => version <= to,
            Excluded(to) => version < to,
            Unbounded => true,
        };
        Some(above && below)
    }

    /// The versions that bound it.
    pub(crate) fn ends(&self) -> impl Iterator<Item = &Version> {
        [&self.from, &self.to].into_iter().filter_map(|bound| match bound {
            std::ops::Bound::Included(version) | std::ops::Bound::Excluded(version) => Some(version),
            std::ops::Bound::Unbounded => None,
        })
    }
}

fn parse_bound(bound: &Bound, scheme: Scheme) -> Result<std::ops::Bound<Version>, VersionProblem> {
    Ok(match bound {
        Bound::Included(text) => std::ops::Bound::Included(scheme.parse(text)?),
        Bound::Excluded(text) => std::ops::Bound::Excluded(scheme.parse(text)?),
        Bound::Open => std::ops::Bound::Unbounded,
    })
}
