//! Package ecosystems and their names, as the OSV schema defines them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

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

/// Ecosystems of the OSV schema 1.7.4 ("Defined ecosystems") beyond the ordered ones.
const UNORDERED: &[&str] = &[
    "AlmaLinux",
    "Alpaquita",
    "Alpine",
    "Android",
    "BellSoft Hardened Containers",
    "Bioconductor",
    "Bitnami",
    "CRAN",
    "Chainguard",
    "CleanStart",
    "ConanCenter",
    "Docker Hardened Images",
    "Echo",
    "FreeBSD",
    "GHC",
    "GitHub Actions",
    "Hackage",
    "Hex",
    "Julia",
    "Kubernetes",
    "Linux",
    "Mageia",
    "MinimOS",
    "NuGet",
    "OSS-Fuzz",
    "Packagist",
    "Photon OS",
    "Pub",
    "Red Hat",
    "Rocky Linux",
    "Root",
    "RubyGems",
    "SUSE",
    "SwiftURL",
    "Ubuntu",
    "VSCode",
    "Wolfi",
    "openEuler",
    "openSUSE",
    "opam",
];

/// Registered purl types that have no ecosystem name in the OSV schema (or only for some namespaces).
const PURL_ONLY: &[&str] = &[
    "alpm",
    "apk",
    "bazel",
    "bitbucket",
    "brew",
    "chrome-extension",
    "cocoapods",
    "conda",
    "cpan",
    "deb",
    "docker",
    "generic",
    "git",
    "github",
    "huggingface",
    "luarocks",
    "mlflow",
    "oci",
    "otp",
    "qpkg",
    "rpm",
    "swid",
    "vcpkg",
    "yocto",
];

/// Debian code names with the number OSV uses for the release (Debian's `distro-info-data`).
const DEBIAN_RELEASES: &[(&str, &str)] = &[
    ("buzz", "1.1"),
    ("rex", "1.2"),
    ("bo", "1.3"),
    ("hamm", "2.0"),
    ("slink", "2.1"),
    ("potato", "2.2"),
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4.0"),
    ("lenny", "5.0"),
    ("squeeze", "6.0"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
    ("unstable", "sid"),
];

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
        Self::Debian(release.map(debian_release).filter(|release| !release.is_empty()))
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

/// The OSV ecosystem of a purl type and namespace, where the schema has one.
fn osv_name(ty: &str, namespace: Option<&str>) -> Option<&'static str> {
    let name = match (ty, namespace.unwrap_or_default()) {
        ("bitnami", _) => "Bitnami",
        ("composer", _) => "Packagist",
        ("conan", _) => "ConanCenter",
        ("cran", _) => "CRAN",
        ("gem", _) => "RubyGems",
        ("githubactions", _) => "GitHub Actions",
        ("hackage", _) => "Hackage",
        ("hex", _) => "Hex",
        ("julia", _) => "Julia",
        ("nuget", _) => "NuGet",
        ("opam", _) => "opam",
        ("pub", _) => "Pub",
        ("swift", _) => "SwiftURL",
        ("vscode-extension", _) => "VSCode",
        ("apk", "alpine") => "Alpine",
        ("apk", "chainguard") => "Chainguard",
        ("apk", "minimos") => "MinimOS",
        ("apk", "wolfi") => "Wolfi",
        ("rpm", "almalinux") => "AlmaLinux",
        ("rpm", "mageia") => "Mageia",
        ("rpm", "openeuler") => "openEuler",
        ("rpm", "opensuse") => "openSUSE",
        ("rpm", "photon") => "Photon OS",
        ("rpm", "redhat" | "rhel") => "Red Hat",
        ("rpm", "rocky") => "Rocky Linux",
        ("rpm", "suse" | "sles") => "SUSE",
        _ => return None,
    };
    Some(name)
}

fn debian_release(written: &str) -> String {
    let folded = written.trim().to_lowercase();
    if let Some((_, number)) = DEBIAN_RELEASES.iter().find(|(name, _)| *name == folded) {
        return (*number).into();
    }
    let Some((major, _)) = folded.split_once('.') else {
        return expand_old_release(folded);
    };
    // Point releases exist from 7 on; before that `6.0` is the name of the release itself.
    match major.parse::<u32>() {
        Ok(number) if number >= 7 => number.to_string(),
        Ok(number) if number >= 4 => format!("{number}.0"),
        _ => folded,
    }
}

fn expand_old_release(release: String) -> String {
    match release.as_str() {
        "4" | "5" | "6" => release + ".0",
        _ => release,
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
