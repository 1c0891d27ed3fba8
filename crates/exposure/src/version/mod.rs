//! Versions and the orders of their schemes.
//!
//! [`Scheme::parse`] makes a [`Version`]: a key whose `Ord` is the scheme's precedence. Versions that a scheme
//! ranks the same (`1.0` and `1.0.0` in PEP 440) are equal, however they are written.

mod alpm;
mod apk;
mod composer;
mod conan;
mod datetime;
mod debian;
mod difference;
mod dotted;
mod generic;
mod lexicographic;
mod maven;
mod number;
mod openssl;
mod packed;
mod pep440;
mod problem;
mod rpm;
mod rubygems;
mod semver;

use std::cmp::Ordering;
use std::fmt;

pub use self::difference::Difference;
use self::difference::Group;
pub use self::problem::VersionProblem;

/// Longest version that is read, in characters.
pub const LONGEST_VERSION: usize = 1_000;

/// The schemes: each with its name, the type of its keys and what reads them.
macro_rules! schemes {
    ($($(#[doc = $doc:literal])+ $scheme:ident, $name:literal, $key:ty, $parse:path;)+) => {
        /// A version order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scheme {
            $($(#[doc = $doc])+ $scheme,)+
        }

        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        enum Key {
            $($scheme($key),)+
        }

        impl Scheme {
            /// Every scheme.
            pub const ALL: &[Self] = &[$(Self::$scheme,)+];

            /// Name as shown.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$scheme => $name,)+
                }
            }

            fn key(self, text: &str) -> Option<Key> {
                match self {
                    $(Self::$scheme => $parse(text).map(Key::$scheme),)+
                }
            }
        }

        impl Version {
            /// The scheme that read it.
            #[must_use]
            pub fn scheme(&self) -> Scheme {
                match &self.0 {
                    $(Key::$scheme(_) => Scheme::$scheme,)+
                }
            }

            /// Its parts in the order in which they are compared.
            fn groups(&self) -> Vec<Group> {
                match &self.0 {
                    $(Key::$scheme(key) => key.groups(),)+
                }
            }
        }
    };
}

schemes! {
    /// SemVer 2.0.0 precedence, read leniently: crates.io, npm, Go, Hex.
    SemVer, "SemVer", semver::Key, semver::parse;
    /// PEP 440, with a legacy order for what it rejects.
    Pep440, "PEP 440", pep440::Key, pep440::parse;
    /// Debian policy 5.6.12 (`dpkg --compare-versions`).
    Debian, "Debian", debian::Key, debian::parse;
    /// The "Version Order Specification" of the Maven POM reference.
    Maven, "Maven", maven::Key, maven::parse;
    /// Firmware and product versions: numbers by value, words by meaning.
    Generic, "generic", generic::Key, generic::parse;
    /// RPM: epoch, version and release, by segments.
    Rpm, "RPM", rpm::Key, rpm::parse;
    /// Alpine and others with its package manager.
    Apk, "apk", apk::Key, apk::parse;
    /// `Gem::Version`.
    RubyGems, "RubyGems", rubygems::Key, rubygems::parse;
    /// PHP's `version_compare`, as Composer uses it.
    Composer, "Composer", composer::Key, composer::parse;
    /// SemVer with any count of numbers, pre-releases without regard to case.
    NuGet, "NuGet", semver::Key, semver::parse_nuget;
    /// SemVer in which builds count.
    Pub, "Pub", semver::Key, semver::parse_pub;
    /// R's `package_version`.
    Cran, "CRAN", dotted::Key, dotted::parse_cran;
    /// Haskell's package versions.
    Hackage, "Hackage", dotted::Key, dotted::parse_hackage;
    /// Conan 2.
    Conan, "Conan", conan::Key, conan::parse;
    /// Arch Linux (`vercmp`).
    Alpm, "alpm", alpm::Key, alpm::parse;
    /// Gentoo's Package Manager Specification.
    Gentoo, "Gentoo", apk::Key, apk::parse_gentoo;
    /// OpenSSL's releases.
    OpenSsl, "OpenSSL", openssl::Key, openssl::parse;
    /// RFC 3339 points in time.
    DateTime, "datetime", datetime::Key, datetime::parse;
    /// Texts by their bytes.
    Lexicographic, "lexicographic", lexicographic::Key, lexicographic::parse;
}

/// A version in its scheme's order. Versions of different schemes also have a fixed, meaningless order, so that
/// a collection may hold both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Key);

impl Scheme {
    /// Reads a version.
    ///
    /// # Errors
    /// [`VersionProblem`] for an empty or over-long text, a word that stands for no version, a wildcard, or
    /// whatever the scheme cannot place.
    pub fn parse(&self, text: &str) -> Result<Version, VersionProblem> {
        let text = text.trim();
        self.refuse_unusable(text)?;
        self.key(text).map(Version).ok_or_else(|| VersionProblem::not_a(*self, text))
    }

    /// The purl type of packages that are ordered so, if it is one and the same; it is the scheme's type in VERS.
    #[must_use]
    pub fn purl_type(self) -> Option<&'static str> {
        Some(match self {
            Self::Alpm => "alpm",
            Self::Apk => "apk",
            Self::Composer => "composer",
            Self::Conan => "conan",
            Self::Cran => "cran",
            Self::Debian => "deb",
            Self::Hackage => "hackage",
            Self::Maven => "maven",
            Self::NuGet => "nuget",
            Self::Pep440 => "pypi",
            Self::Pub => "pub",
            Self::Rpm => "rpm",
            Self::RubyGems => "gem",
            Self::DateTime | Self::Generic | Self::Gentoo => return None,
            Self::Lexicographic | Self::OpenSsl | Self::SemVer => return None,
        })
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
        f.write_str(self.name())
    }
}

impl Version {
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
        // Most versions are of digits and dots, and have none of what is looked for from here on.
        let plain = |b: u8| b.is_ascii_digit() || b == b'.';
        if self == Self::Lexicographic || text.bytes().all(plain) {
            return Ok(());
        }
        let number_first = text.starts_with(|c: char| c.is_ascii_digit());
        let word = |word: &&str| text.eq_ignore_ascii_case(word);
        if (!number_first && PLACEHOLDERS.iter().any(word)) || text.contains("${") {
            return Err(VersionProblem::Placeholder(text.to_owned()));
        }
        let x_parts = match self {
            // Maven repositories hold releases that are named `1.5.X`.
            Self::Maven | Self::Conan => false,
            Self::SemVer | Self::NuGet | Self::Pub => {
                has_x_part(text.split(['-', '+']).next().unwrap_or(text))
            }
            _ => has_x_part(text),
        };
        // Conan's order has a place for `1.1.*`.
        if x_parts || (text.contains('*') && self != Self::Conan) {
            return Err(VersionProblem::Wildcard(text.to_owned()));
        }
        Ok(())
    }
}

/// A part that is `x` after the first: `2.x`, `2.4.x`, `2.x.1`.
fn has_x_part(text: &str) -> bool {
    text.split('.').skip(1).any(|part| part.eq_ignore_ascii_case("x"))
}
