//! Package URLs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use thiserror::Error;

use crate::ecosystem::{Ecosystem, UnknownEcosystem};
use crate::identity::Identity;
use crate::package_url::{LONGEST_PURL, PackageUrl, Parts, lower};

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
    let mut purl = parse(text.trim())?;
    let mut vendor = purl.namespace.clone();
    vendor.as_mut().into_iter().for_each(lower);
    let ecosystem = Ecosystem::from_purl_type(&purl.ty, vendor.as_deref())?;
    let version = purl.version.take().map(Cow::into_owned);
    let upstream = matches!(purl.ty.as_ref(), "apk" | "deb").then(|| purl.qualifier("upstream")).flatten();
    let (name, version) = match upstream {
        Some(source) => source_package(source, version),
        None => (full_name(&ecosystem, &purl), version),
    };
    let distro = purl.qualifier("distro");
    let ecosystem = match ecosystem {
        Ecosystem::Debian(_) => Ecosystem::debian(distro.and_then(|d| release(d))),
        Ecosystem::Distro(known, _) => {
            Ecosystem::distro(known, distro.and_then(|written| known.release_of_qualifier(written)))
        }
        other => other,
    };
    Ok((Identity::named(ecosystem.normalised(), name), version))
}

/// The purl type of an ecosystem, which is also its scheme in VERS; `None` where neither is settled.
#[must_use]
pub fn vers_type(ecosystem: &Ecosystem) -> Option<&'static str> {
    ecosystem.purl_type()
}

/// See [`Identity::to_purl`].
pub(crate) fn write(ecosystem: &Ecosystem, full_name: &str) -> Option<String> {
    let ty = vers_type(ecosystem)?;
    // The type asks for a version, which an identity does not have.
    if ty == "cran" {
        return None;
    }
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
    // Types whose definition asks for a namespace.
    if namespace.is_none() && matches!(ty, "composer" | "maven") {
        return None;
    }
    let release = match ecosystem {
        Ecosystem::Debian(release) | Ecosystem::Distro(_, release) => release.as_ref().zip(namespace),
        _ => None,
    };
    let distro =
        release.map(|(release, id)| ("distro".to_owned(), format!("{id}-{}", release.replace(' ', "-"))));
    let purl = PackageUrl {
        ty: ty.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        version: None,
        qualifiers: BTreeMap::from_iter(distro),
        subpath: None,
    };
    let text = purl.normalised().ok()?.to_string();
    // A purl that would be read as something else is worse than none.
    let meant = Identity::Package { ecosystem: ecosystem.clone(), name: full_name.to_owned() };
    (Identity::from_purl(&text) == Ok((meant, None))).then_some(text)
}

/// The specification demands a namespace of `golang` and `deb`, but the Go standard library has none
/// (`pkg:golang/stdlib@1.21.0`), and some tools leave Debian's out. It forbids one of `conda` and `oci`, where tools
/// write the channel or the repository.
fn parse(text: &str) -> Result<Parts<'_>, PurlProblem> {
    let purl = Parts::read(text)?;
    if !matches!(purl.ty.as_ref(), "golang" | "deb" | "conda" | "oci") {
        purl.check()?;
    }
    Ok(purl)
}

/// The name in its ecosystem, with the namespace where that is part of it.
fn full_name<'p>(ecosystem: &Ecosystem, purl: &'p Parts<'_>) -> Cow<'p, str> {
    let vendor_only = match ecosystem {
        Ecosystem::Debian(_) => true,
        // The namespace already chose the distribution.
        Ecosystem::Distro(distro, _) => !distro.is_format(),
        _ => false,
    };
    match &purl.namespace {
        Some(namespace) if !vendor_only => Cow::Owned([namespace.as_ref(), "/", &purl.name].concat()),
        _ => Cow::Borrowed(&purl.name),
    }
}

/// `upstream=openssl` or `upstream=openssl@1.1.1n-0`.
fn source_package(source: &str, binary_version: Option<String>) -> (Cow<'_, str>, Option<String>) {
    match source.split_once('@') {
        Some((name, version)) if !version.is_empty() => (name.into(), Some(version.to_owned())),
        _ => (source.trim_end_matches('@').into(), binary_version),
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
