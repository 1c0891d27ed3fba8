//! Package ecosystems and their names, as the OSV schema defines them.

mod debian;
mod distro;
mod lookup;
mod names;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::distro::Distro;
use self::names::{PURL_ONLY, REGISTRIES, UNORDERED, UNORDERED_PURLS};
use crate::version::Scheme;

/// A package ecosystem: it fixes how names are compared and how versions are ordered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Ecosystem {
    /// ConanCenter (C and C++), Conan 2's order.
    ConanCenter,
    /// CRAN (R), `package_version` order.
    Cran,
    /// crates.io (Rust), SemVer order.
    CratesIo,
    /// Debian; the release (`12`, `sid`) when the source names one. Code names are stored as their number.
    Debian(Option<String>),
    /// A Linux distribution other than Debian, with its release when the source names one, in its stored form.
    Distro(Distro, Option<String>),
    /// Go modules, SemVer order with a `v` prefix.
    Go,
    /// Hackage (Haskell).
    Hackage,
    /// Hex (Erlang, Elixir), SemVer order.
    Hex,
    /// Maven Central and compatible repositories.
    Maven,
    /// npm registry, SemVer order.
    Npm,
    /// NuGet (.NET).
    NuGet,
    /// Packagist (PHP), Composer's order.
    Packagist,
    /// Pub (Dart), SemVer order in which builds count.
    Pub,
    /// Python Package Index, PEP 440 order.
    PyPI,
    /// RubyGems.
    RubyGems,
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
            Self::ConanCenter => Some(Scheme::Conan),
            Self::Cran => Some(Scheme::Cran),
            Self::CratesIo | Self::Go | Self::Hex | Self::Npm => Some(Scheme::SemVer),
            Self::Debian(_) => Some(Scheme::Debian),
            Self::Distro(distro, _) => Some(distro.scheme()),
            Self::Hackage => Some(Scheme::Hackage),
            Self::Maven => Some(Scheme::Maven),
            Self::NuGet => Some(Scheme::NuGet),
            Self::Packagist => Some(Scheme::Composer),
            Self::Pub => Some(Scheme::Pub),
            Self::PyPI => Some(Scheme::Pep440),
            Self::RubyGems => Some(Scheme::RubyGems),
            Self::Unordered(_) => None,
        }
    }

    /// Debian with the release in its stored form: a code name becomes its number, a point release its major
    /// number (`12.5` is `12`), letters are lower case. An empty release is none.
    #[must_use]
    pub fn debian(release: Option<&str>) -> Self {
        Self::Debian(release.map(debian::release).filter(|release| !release.is_empty()))
    }

    /// A distribution with the release in its stored form; an empty release is none.
    #[must_use]
    pub fn distro(distro: Distro, release: Option<&str>) -> Self {
        Self::Distro(distro, release.and_then(|release| distro.release(release)))
    }

    /// The ecosystem with its release in the stored form.
    pub(crate) fn normalised(self) -> Self {
        match self {
            Self::Debian(release) => Self::debian(release.as_deref()),
            Self::Distro(distro, release) => Self::distro(distro, release.as_deref()),
            other => other,
        }
    }

    /// The ecosystem whatever the release.
    #[must_use]
    pub fn without_release(&self) -> Self {
        match self {
            Self::Debian(_) => Self::Debian(None),
            Self::Distro(distro, _) => Self::Distro(*distro, None),
            other => other.clone(),
        }
    }

    /// The ecosystem of a registered purl type; `namespace` tells the distribution of `apk`, `deb` and `rpm`.
    ///
    /// # Errors
    /// [`UnknownEcosystem`] for a type that the purl specification does not register.
    pub fn from_purl_type(ty: &str, namespace: Option<&str>) -> Result<Self, UnknownEcosystem> {
        if ty == "deb" && matches!(namespace, None | Some("debian")) {
            return Ok(Self::Debian(None));
        }
        if let Some((registry, ..)) = REGISTRIES.iter().find(|(.., known)| *known == ty) {
            return Ok(registry.clone());
        }
        if let Some(distro) = Distro::of_purl(ty, namespace) {
            return Ok(Self::Distro(distro, None));
        }
        let osv = UNORDERED_PURLS.iter().find(|(known, _)| *known == ty).map(|(_, name)| *name);
        let name = osv.or_else(|| PURL_ONLY.iter().find(|known| **known == ty).copied());
        Ok(Self::Unordered(name.ok_or_else(|| UnknownEcosystem(ty.into()))?.into()))
    }

    /// The purl type of its packages, which is also its type in VERS; `None` where neither is settled.
    #[must_use]
    pub fn purl_type(&self) -> Option<&'static str> {
        match self {
            Self::Debian(_) => Some("deb"),
            Self::Distro(distro, _) => distro.scheme().purl_type(),
            Self::Unordered(name) => match name.as_str() {
                "Bitnami" => Some("bitnami"),
                "Julia" => Some("julia"),
                "opam" => Some("opam"),
                _ => None,
            },
            registry => REGISTRIES.iter().find(|(known, ..)| known == registry).map(|(.., ty)| *ty),
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Debian(None) => f.write_str("Debian"),
            Self::Debian(Some(release)) => write!(f, "Debian:{release}"),
            Self::Distro(distro, release) => distro.write(release.as_deref(), f),
            Self::Unordered(name) => f.write_str(name),
            registry => {
                let name = REGISTRIES.iter().find(|(known, ..)| known == registry).map(|(_, name, _)| *name);
                f.write_str(name.unwrap_or_default())
            }
        }
    }
}

/// Reads an OSV ecosystem name (exact case, as the schema requires), or a purl type that the schema has no name for.
/// A suffix is understood for distributions (the release); elsewhere (`Maven:https://...`) it is dropped, so that
/// the entry covers components whose repository is not known rather than missing them.
impl FromStr for Ecosystem {
    type Err = UnknownEcosystem;

    fn from_str(name: &str) -> Result<Self, UnknownEcosystem> {
        let (base, suffix) = name.split_once(':').map_or((name, None), |(base, rest)| (base, Some(rest)));
        if base == "Debian" {
            return Ok(Self::debian(suffix));
        }
        if let Some(distro) = Distro::named(base) {
            return Ok(Self::distro(distro, suffix));
        }
        if let Some((registry, ..)) = REGISTRIES.iter().find(|(_, known, _)| *known == base) {
            return Ok(registry.clone());
        }
        let known = UNORDERED.contains(&base) || PURL_ONLY.contains(&base);
        known.then(|| Self::Unordered(base.into())).ok_or_else(|| UnknownEcosystem(name.into()))
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
