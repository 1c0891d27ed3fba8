//! Package URLs.

use std::str::FromStr;

use packageurl::PackageUrl;
use thiserror::Error;

use crate::ecosystem::{Ecosystem, UnknownEcosystem};
use crate::identity::Identity;

/// Longest package URL that is read, in bytes.
pub const LONGEST_PURL: usize = 4_096;

/// Why a text is not a usable package URL.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PurlProblem {
    /// Longer than [`LONGEST_PURL`] bytes.
    #[error("package URL of {0} bytes, more than {LONGEST_PURL}")]
    TooLong(usize),
    /// Not a package URL, in the parser's words.
    #[error("not a package URL: {0}")]
    Malformed(String),
    /// The type is not registered.
    #[error(transparent)]
    UnknownType(#[from] UnknownEcosystem),
}

/// See [`Identity::from_purl`].
pub(crate) fn read(text: &str) -> Result<(Identity, Option<String>), PurlProblem> {
    let text = text.trim();
    if text.len() > LONGEST_PURL {
        return Err(PurlProblem::TooLong(text.len()));
    }
    let (ty, purl) = parse(text)?;
    let vendor = purl.namespace().map(str::to_lowercase);
    let ecosystem = Ecosystem::from_purl_type(&ty, vendor.as_deref())?;
    let version = purl.version().filter(|version| !version.is_empty()).map(str::to_owned);
    let upstream = matches!(ty.as_str(), "apk" | "deb").then(|| purl.qualifiers().get("upstream")).flatten();
    let (name, version) = match upstream {
        Some(source) => source_package(source, version),
        None => (full_name(&ecosystem, &purl), version),
    };
    let distro = purl.qualifiers().get("distro");
    let ecosystem = match ecosystem {
        Ecosystem::Debian(_) => Ecosystem::debian(distro.and_then(|d| release(d))),
        Ecosystem::Distro(known, _) => {
            Ecosystem::distro(known, distro.and_then(|written| known.release_of_qualifier(written)))
        }
        other => other,
    };
    Ok((Identity::package(ecosystem, &name), version))
}

/// The purl type of an ecosystem, which is also its scheme in VERS; `None` where neither is settled.
#[must_use]
pub fn vers_type(ecosystem: &Ecosystem) -> Option<&'static str> {
    ecosystem.purl_type()
}

/// See [`Identity::to_purl`].
pub(crate) fn write(ecosystem: &Ecosystem, full_name: &str) -> Option<String> {
    let ty = vers_type(ecosystem)?;
    let (namespace, name) = match ecosystem {
        Ecosystem::Debian(_) => (Some("debian"), full_name),
        Ecosystem::Distro(distro, _) if !distro.is_format() => {
            (distro.facts().namespaces.first().copied(), full_name)
        }
        Ecosystem::Maven => {
            full_name.split_once(':').map_or((None, full_name), |(group, name)| (Some(group), name))
        }
        Ecosystem::PyPI | Ecosystem::CratesIo => (None, full_name),
        _ => full_name.rsplit_once('/').map_or((None, full_name), |(space, name)| (Some(space), name)),
    };
    let mut purl = PackageUrl::new(ty, name).ok()?;
    if let Some(namespace) = namespace {
        purl.with_namespace(namespace).ok()?;
    }
    if let (Ecosystem::Debian(Some(release)) | Ecosystem::Distro(_, Some(release)), Some(id)) =
        (ecosystem, namespace)
    {
        purl.add_qualifier("distro", format!("{id}-{}", release.replace(' ', "-"))).ok()?;
    }
    let text = purl.to_string();
    // A purl that would be read as something else is worse than none.
    let meant = Identity::Package { ecosystem: ecosystem.clone(), name: full_name.to_owned() };
    (Identity::from_purl(&text) == Ok((meant, None))).then_some(text)
}

/// The purl type in lower case and the parsed purl.
fn parse(text: &str) -> Result<(String, PackageUrl<'static>), PurlProblem> {
    let malformed = |problem: packageurl::Error| PurlProblem::Malformed(problem.to_string());
    // The specification demands a namespace of these types, but the Go standard library has none
    // (`pkg:golang/stdlib@1.21.0`), and some tools leave Debian's out. npm keeps the case of old names, which
    // the type's rule would lower. As `generic` all components are read as they are written.
    match split_type(text) {
        Some((ty, rest)) if matches!(ty.as_str(), "golang" | "deb" | "npm") => {
            let purl = PackageUrl::from_str(&format!("pkg:generic/{rest}")).map_err(malformed)?;
            Ok((ty, purl))
        }
        _ => {
            let purl = PackageUrl::from_str(text).map_err(malformed)?;
            Ok((purl.ty().to_owned(), purl))
        }
    }
}

/// `pkg:TYPE/rest` as the lower-case type and the rest.
fn split_type(text: &str) -> Option<(String, &str)> {
    let (ty, rest) = text.strip_prefix("pkg:")?.trim_start_matches('/').split_once('/')?;
    Some((ty.to_lowercase(), rest))
}

/// The name in its ecosystem, with the namespace where that is part of it.
fn full_name(ecosystem: &Ecosystem, purl: &PackageUrl<'_>) -> String {
    let vendor_only = match ecosystem {
        Ecosystem::Debian(_) => true,
        // The namespace already chose the distribution.
        Ecosystem::Distro(distro, _) => !distro.is_format(),
        _ => false,
    };
    match purl.namespace() {
        Some(namespace) if !vendor_only => format!("{namespace}/{}", purl.name()),
        _ => purl.name().to_owned(),
    }
}

/// `upstream=openssl` or `upstream=openssl@1.1.1n-0`.
fn source_package(source: &str, binary_version: Option<String>) -> (String, Option<String>) {
    match source.split_once('@') {
        Some((name, version)) if !version.is_empty() => (name.to_owned(), Some(version.to_owned())),
        _ => (source.trim_end_matches('@').to_owned(), binary_version),
    }
}

/// `debian-12`, `debian-12.5`, `bookworm`; another distribution's name gives no Debian release.
fn release(distro: &str) -> Option<&str> {
    match distro.split_once('-') {
        Some(("debian", release)) => Some(release),
        Some(_) => None,
        None => Some(distro).filter(|name| *name != "debian"),
    }
}
