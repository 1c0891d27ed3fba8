//! Package ecosystems and their names, as the OSV schema defines them.

mod debian;
mod names;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::names::{PURL_ONLY, UNORDERED, osv_name};
use crate::version::Scheme;

/// A package ecosystem: it fixes how names are compared and how versions are ordered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Ecosystem {
    /// crates.io (Rust), SemVer order.
    CratesIo,
    /// Debian; the release (`12`, `sid`) when the source names one. Code names are stored as their number.
    Debian(Option<String>),
    /// Go modules, SemVer order with a `v` prefix.
    Go,
    /// Maven Central and compatible repositories.
    Maven,
    /// npm registry, SemVer order.
    Npm,
    /// Python Package Index, PEP 440 order.
    PyPI,
    /// A known ecosystem whose version order Forewarn does not yet implement: the name is kept and matching
    /// falls back to listed versions, never to a guess.
    Unordered(String),
}

/// A name that is neither an ecosystem of the OSV schema nor a registered purl type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown ecosystem {0:?}")]
pub struct UnknownEcosystem(pub String);

impl Ecosystem {
    /// The version order of the ecosystem; `None` where Forewarn has none yet.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        match self {
            Self::CratesIo | Self::Go | Self::Npm => Some(Scheme::SemVer),
            Self::Debian(_) => Some(Scheme::Debian),
            Self::Maven => Some(Scheme::Maven),
            Self::PyPI => Some(Scheme::Pep440),
            Self::Unordered(_) => None,
        }
    }

    /// Debian with the release in its stored form: a code name becomes its number, a point release its major
    /// number (`12.5` is `12`), letters are lower case. An empty release is none.
    #[must_use]
    pub fn debian(release: Option<&str>) -> Self {
        Self::Debian(release.map(debian::release).filter(|release| !release.is_empty()))
    }

    /// The ecosystem of a registered purl type; `namespace` tells the distribution of `apk`, `deb` and `rpm`.
    ///
    /// # Errors
    /// [`UnknownEcosystem`] for a type that the purl specification does not register.
    pub fn from_purl_type(ty: &str, namespace: Option<&str>) -> Result<Self, UnknownEcosystem> {
        let known = match ty {
            "cargo" => Self::CratesIo,
            "golang" => Self::Go,
            "maven" => Self::Maven,
            "npm" => Self::Npm,
            "pypi" => Self::PyPI,
            "deb" => match namespace {
                None | Some("debian") => Self::Debian(None),
                Some("ubuntu") => Self::Unordered("Ubuntu".into()),
                Some(_) => Self::Unordered("deb".into()),
            },
            _ => {
                let name = osv_name(ty, namespace).or_else(|| PURL_ONLY.iter().find(|t| **t == ty).copied());
                Self::Unordered(name.ok_or_else(|| UnknownEcosystem(ty.into()))?.into())
            }
        };
        Ok(known)
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CratesIo => f.write_str("crates.io"),
            Self::Debian(None) => f.write_str("Debian"),
            Self::Debian(Some(release)) => write!(f, "Debian:{release}"),
            Self::Go => f.write_str("Go"),
            Self::Maven => f.write_str("Maven"),
            Self::Npm => f.write_str("npm"),
            Self::PyPI => f.write_str("PyPI"),
            Self::Unordered(name) => f.write_str(name),
        }
    }
}

/// Reads an OSV ecosystem name (exact case, as the schema requires). A suffix is understood for Debian (the
/// release); elsewhere (`Maven:https://...`, `Ubuntu:22.04:LTS`) it is dropped, so that the entry covers
/// components whose repository or release is not known rather than missing them.
impl FromStr for Ecosystem {
    type Err = UnknownEcosystem;

    fn from_str(name: &str) -> Result<Self, UnknownEcosystem> {
        let (base, suffix) = name.split_once(':').map_or((name, None), |(base, rest)| (base, Some(rest)));
        match base {
            "crates.io" => Ok(Self::CratesIo),
            "Debian" => Ok(Self::debian(suffix)),
            "Go" => Ok(Self::Go),
            "Maven" => Ok(Self::Maven),
            "npm" => Ok(Self::Npm),
            "PyPI" => Ok(Self::PyPI),
            _ if UNORDERED.contains(&base) || PURL_ONLY.contains(&base) => Ok(Self::Unordered(base.into())),
            _ => Err(UnknownEcosystem(name.into())),
        }
    }
}

impl TryFrom<String> for Ecosystem {
    type Error = UnknownEcosystem;

    fn try_from(name: String) -> Result<Self, UnknownEcosystem> {
        name.parse()
    }
}

impl From<Ecosystem> for String {
    fn from(ecosystem: Ecosystem) -> Self {
        ecosystem.to_string()
    }
}
