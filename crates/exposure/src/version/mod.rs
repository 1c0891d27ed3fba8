//! Versions and the orders of their schemes.
//!
//! [`Scheme::parse`] makes a [`Version`]: a key whose `Ord` is the scheme's precedence. Versions that a scheme
//! ranks the same (`1.0` and `1.0.0` in PEP 440) are equal, however they are written.

mod debian;
mod generic;
mod maven;
mod number;
mod pep440;
mod semver;

use std::cmp::Ordering;
use std::fmt;

use thiserror::Error;

/// Longest version that is read, in characters.
pub const LONGEST_VERSION: usize = 1_000;

/// A version order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// SemVer 2.0.0 precedence, read leniently: crates.io, npm, Go.
    SemVer,
    /// PEP 440, with a legacy order for what it rejects.
    Pep440,
    /// Debian policy 5.6.12 (`dpkg --compare-versions`).
    Debian,
    /// The "Version Order Specification" of the Maven POM reference.
    Maven,
    /// Firmware and product versions: numbers by value, words by meaning.
    Generic,
}

/// Why a text has no place in a version order, or two versions cannot be told apart by it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VersionProblem {
    /// Nothing but white space.
    #[error("empty version")]
    Empty,
    /// More than [`LONGEST_VERSION`] characters.
    #[error("version of {0} characters, more than {LONGEST_VERSION}")]
    TooLong(usize),
    /// A word that stands for a missing version (`latest`, `unknown`, `${project.version}`).
    #[error("{0:?} does not name a version")]
    Placeholder(String),
    /// A pattern for several versions, such as `2.4.x`.
    #[error("{0:?} stands for several versions")]
    Wildcard(String),
    /// Not a version of the scheme.
    #[error("{text:?} is not a {scheme} version")]
    NotAVersion {
        /// The scheme that was asked.
        scheme: Scheme,
        /// The text as written.
        text: String,
    },
    /// The two belong to different lines of versions, and no order between those is known.
    #[error("{0:?} cannot be compared with the version at hand")]
    Incomparable(String),
    /// A range whose ends leave nothing between them: probably they are the wrong way round.
    #[error("no version is in the range {0:?}")]
    EmptyRange(String),
}

impl VersionProblem {
    fn not_a(scheme: Scheme, text: &str) -> Self {
        Self::NotAVersion { scheme, text: text.to_owned() }
    }
}

/// A version in its scheme's order. Versions of different schemes also have a fixed, meaningless order, so that
/// a collection may hold both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Key);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    SemVer(semver::Key),
    Pep440(pep440::Key),
    Debian(debian::Key),
    Maven(maven::Key),
    Generic(generic::Key),
}

impl Scheme {
    /// Reads a version.
    ///
    /// # Errors
    /// [`VersionProblem`] for an empty or over-long text, a word that stands for no version, a wildcard, or
    /// whatever the scheme cannot place.
    pub fn parse(&self, text: &str) -> Result<Version, VersionProblem> {
        let text = text.trim();
        self.refuse_unusable(text)?;
        let key = match self {
            Self::SemVer => semver::parse(text).map(Key::SemVer),
            Self::Pep440 => pep440::parse(text).map(Key::Pep440),
            Self::Debian => debian::parse(text).map(Key::Debian),
            Self::Maven => maven::parse(text).map(Key::Maven),
            Self::Generic => generic::parse(text).map(Key::Generic),
        };
        key.map(Version).ok_or_else(|| VersionProblem::not_a(*self, text))
    }

    /// Compares two versions as they are written.
    ///
    /// # Errors
    /// [`VersionProblem`] when either cannot be read.
    pub fn compare(&self, a: &str, b: &str) -> Result<Ordering, VersionProblem> {
        Ok(self.parse(a)?.cmp(&self.parse(b)?))
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SemVer => "SemVer",
            Self::Pep440 => "PEP 440",
            Self::Debian => "Debian",
            Self::Maven => "Maven",
            Self::Generic => "generic",
        })
    }
}

impl Version {
    /// The scheme that read it.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self.0 {
            Key::SemVer(_) => Scheme::SemVer,
            Key::Pep440(_) => Scheme::Pep440,
            Key::Debian(_) => Scheme::Debian,
            Key::Maven(_) => Scheme::Maven,
            Key::Generic(_) => Scheme::Generic,
        }
    }

    /// True when the order between the two means something: the same scheme, and the same line of versions
    /// within it. `SS016.05` and `2.4` both read as generic versions, yet neither is older; the same holds
    /// between a PEP 440 version and a text that only the legacy order places.
    ///
    /// Versions of one line are neighbours: nothing of another line sorts between two of them.
    #[must_use]
    pub fn comparable(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Key::Generic(a), Key::Generic(b)) => a.same_line(b),
            (Key::Pep440(a), Key::Pep440(b)) => a.same_line(b),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }
}

/// Words that tools write where they know no version.
const PLACEHOLDERS: &[&str] =
    &["latest", "n/a", "na", "noassertion", "none", "null", "undefined", "unknown", "unspecified", "?", "-"];

impl Scheme {
    fn refuse_unusable(self, text: &str) -> Result<(), VersionProblem> {
        if text.is_empty() {
            return Err(VersionProblem::Empty);
        }
        // Bytes bound characters from above, so that only long texts are counted.
        if text.len() > LONGEST_VERSION {
            let length = text.chars().count();
            if length > LONGEST_VERSION {
                return Err(VersionProblem::TooLong(length));
            }
        }
        if PLACEHOLDERS.iter().any(|word| text.eq_ignore_ascii_case(word)) || text.contains("${") {
            return Err(VersionProblem::Placeholder(text.to_owned()));
        }
        let x_parts = match self {
            // Maven repositories hold releases that are named `1.5.X`.
            Self::Maven => false,
            Self::SemVer => has_x_part(text.split(['-', '+']).next().unwrap_or(text)),
            _ => has_x_part(text),
        };
        if x_parts || text.contains('*') {
            return Err(VersionProblem::Wildcard(text.to_owned()));
        }
        Ok(())
    }
}

/// A part that is `x` after the first: `2.x`, `2.4.x`, `2.x.1`.
fn has_x_part(text: &str) -> bool {
    text.split('.').skip(1).any(|part| part.eq_ignore_ascii_case("x"))
}
