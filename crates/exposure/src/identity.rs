//! What a component is: a package of an ecosystem, or a vendor's product.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::ecosystem::{Distro, Ecosystem, UnknownEcosystem};
use crate::purl;
pub use crate::purl::PurlProblem;
use crate::version::Scheme;

/// What a component or an affected entry is about. Reading one from JSON normalises its names, so that
/// equality is identity whoever wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", from = "Written")]
pub enum Identity {
    /// A package; `name` is normalised for its ecosystem and includes the namespace (`group:artifact` for
    /// Maven, `@scope/name` for npm, the module path in lower case for Go, PEP 503 form for PyPI).
    Package {
        /// Ecosystem of the package.
        ecosystem: Ecosystem,
        /// Normalised name.
        name: String,
    },
    /// A vendor's product (OT, medical device, appliance), compared in folded form: lower case, single spaces.
    Product {
        /// Folded vendor name.
        vendor: String,
        /// Folded product name.
        product: String,
    },
}

/// An identity as a document writes it, before its names are normalised.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Written {
    Package { ecosystem: Ecosystem, name: String },
    Product { vendor: String, product: String },
}

impl From<Written> for Identity {
    fn from(written: Written) -> Self {
        match written {
            Written::Package { ecosystem, name } => Self::package(ecosystem, &name),
            Written::Product { vendor, product } => Self::product(&vendor, &product),
        }
    }
}

impl Identity {
    /// A package with its name normalised for the ecosystem:
    /// PyPI by PEP 503; Maven's `group/artifact` as `group:artifact`; Go, Debian, Ubuntu, Packagist and NuGet in lower
    /// case (the purl of a Go module is lower case by specification, so keeping the case would miss it);
    /// crates.io and npm (where `JSONStream` and `jsonstream` differ) and all others as they are.
    #[must_use]
    pub fn package(ecosystem: Ecosystem, raw_name: &str) -> Self {
        Self::named(ecosystem.normalised(), Cow::Borrowed(raw_name))
    }

    /// The same for an ecosystem whose release has its stored form.
    pub(crate) fn named(ecosystem: Ecosystem, raw_name: Cow<'_, str>) -> Self {
        let raw = raw_name.trim();
        let name = match &ecosystem {
            Ecosystem::PyPI => pep503(raw),
            Ecosystem::Maven => maven_coordinates(raw),
            Ecosystem::Go
            | Ecosystem::Debian(_)
            | Ecosystem::Distro(Distro::Ubuntu, _)
            | Ecosystem::NuGet
            | Ecosystem::Packagist => raw.to_lowercase(),
            _ if raw.len() == raw_name.len() => raw_name.into_owned(),
            _ => raw.to_owned(),
        };
        Self::Package { ecosystem, name }
    }

    /// A vendor's product, both names folded: trimmed, lower case, runs of white space as one space.
    #[must_use]
    pub fn product(vendor: &str, product: &str) -> Self {
        Self::Product { vendor: fold(vendor), product: fold(product) }
    }

    /// Reads a package URL: the identity and the version it names.
    ///
    /// A Debian, Ubuntu or Alpine binary package with an `upstream` qualifier is the source package named there (and
    /// its version, when that is given too), because distributions write their advisories about source
    /// packages; a `distro` qualifier gives the release of a distribution.
    ///
    /// # Errors
    /// [`PurlProblem`] for a text of more than 4,096 bytes, a malformed purl or an unregistered type.
    pub fn from_purl(text: &str) -> Result<(Self, Option<String>), PurlProblem> {
        purl::read(text)
    }

    /// The package URL of the package, without a version; `None` for products, and where no purl would be read
    /// back as this identity.
    #[must_use]
    pub fn to_purl(&self) -> Option<String> {
        match self {
            Self::Package { ecosystem, name } => purl::write(ecosystem, name),
            Self::Product { .. } => None,
        }
    }

    /// The version order that applies: the ecosystem's, the generic one for products, and `None` for an
    /// ecosystem that is not ordered yet.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        match self {
            Self::Package { ecosystem, .. } => ecosystem.scheme(),
            Self::Product { .. } => Some(Scheme::Generic),
        }
    }
}

/// A package reads `PyPI flask`, a product `vendor product`.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package { ecosystem, name } => write!(f, "{ecosystem} {name}"),
            Self::Product { vendor, product } => write!(f, "{vendor} {product}"),
        }
    }
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`, letters are lower case.
fn pep503(raw: &str) -> String {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if raw.split('-').all(|part| !part.is_empty() && part.bytes().all(plain)) {
        return raw.to_owned();
    }
    let mut name = String::with_capacity(raw.len());
    let mut in_run = false;
    for c in raw.chars() {
        let separator = matches!(c, '-' | '_' | '.');
        if !separator {
            name.extend(c.to_lowercase());
        } else if !in_run {
            name.push('-');
        }
        in_run = separator;
    }
    name
}

/// `group/artifact` (the purl form) and `group:artifact` (the Maven form) are the same.
fn maven_coordinates(raw: &str) -> String {
    match raw.rsplit_once('/') {
        Some((group, artifact)) if !raw.contains(':') => [group, ":", artifact].concat(),
        _ => raw.to_owned(),
    }
}

fn fold(raw: &str) -> String {
    raw.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
