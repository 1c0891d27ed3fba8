//! Linux distributions: their version orders, and one form for the names of their releases.

use std::fmt;

use crate::version::Scheme;

/// A Linux distribution, or the package format of an unknown one. Debian is an ecosystem of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Distro {
    /// AlmaLinux.
    AlmaLinux,
    /// Alpaquita Linux.
    Alpaquita,
    /// Alpine Linux.
    Alpine,
    /// Another distribution with packages of Arch Linux's format, or Arch Linux itself.
    AnyAlpm,
    /// Another distribution with packages of Alpine's format.
    AnyApk,
    /// Another distribution with packages of Debian's format.
    AnyDeb,
    /// Another distribution with RPM packages.
    AnyRpm,
    /// BellSoft's hardened containers.
    BellSoft,
    /// Chainguard OS.
    Chainguard,
    /// Mageia.
    Mageia,
    /// MinimOS.
    MinimOs,
    /// openEuler.
    OpenEuler,
    /// openSUSE.
    OpenSuse,
    /// Photon OS.
    PhotonOs,
    /// Red Hat's products.
    RedHat,
    /// Rocky Linux.
    RockyLinux,
    /// SUSE's products.
    Suse,
    /// Ubuntu.
    Ubuntu,
    /// Wolfi.
    Wolfi,
}

/// What is known of a distribution.
pub(crate) struct Facts {
    distro: Distro,
    /// Its ecosystem's name in the OSV schema, or else the purl type.
    pub(crate) name: &'static str,
    scheme: Scheme,
    /// Namespaces of its purls, the first to write.
    pub(crate) namespaces: &'static [&'static str],
}

const fn facts(
    distro: Distro,
    name: &'static str,
    scheme: Scheme,
    namespaces: &'static [&'static str],
) -> Facts {
    Facts { distro, name, scheme, namespaces }
}

const FACTS: &[Facts] = &[
    facts(Distro::AlmaLinux, "AlmaLinux", Scheme::Rpm, &["almalinux"]),
    facts(Distro::Alpaquita, "Alpaquita", Scheme::Apk, &["alpaquita"]),
    facts(Distro::Alpine, "Alpine", Scheme::Apk, &["alpine"]),
    facts(Distro::AnyAlpm, "alpm", Scheme::Alpm, &[]),
    facts(Distro::AnyApk, "apk", Scheme::Apk, &[]),
    facts(Distro::AnyDeb, "deb", Scheme::Debian, &[]),
    facts(Distro::AnyRpm, "rpm", Scheme::Rpm, &[]),
    facts(Distro::BellSoft, "BellSoft Hardened Containers", Scheme::Apk, &["bellsoft-hardened-containers"]),
    facts(Distro::Chainguard, "Chainguard", Scheme::Apk, &["chainguard"]),
    facts(Distro::Mageia, "Mageia", Scheme::Rpm, &["mageia"]),
    facts(Distro::MinimOs, "MinimOS", Scheme::Apk, &["minimos"]),
    facts(Distro::OpenEuler, "openEuler", Scheme::Rpm, &["openeuler"]),
    facts(Distro::OpenSuse, "openSUSE", Scheme::Rpm, &["opensuse"]),
    facts(Distro::PhotonOs, "Photon OS", Scheme::Rpm, &["photon"]),
    facts(Distro::RedHat, "Red Hat", Scheme::Rpm, &["redhat", "rhel"]),
    facts(Distro::RockyLinux, "Rocky Linux", Scheme::Rpm, &["rocky", "rocky-linux"]),
    facts(Distro::Suse, "SUSE", Scheme::Rpm, &["suse", "sles"]),
    facts(Distro::Ubuntu, "Ubuntu", Scheme::Debian, &["ubuntu"]),
    facts(Distro::Wolfi, "Wolfi", Scheme::Apk, &["wolfi"]),
];

/// Ubuntu code names from the first that OSV has advisories for (Ubuntu's `distro-info-data`).
const UBUNTU_RELEASES: &[(&str, &str)] = &[
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("jammy", "22.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
];

impl Distro {
    pub(crate) fn facts(self) -> &'static Facts {
        // Every distribution has a row, which a test asks for.
        FACTS.iter().find(|facts| facts.distro == self).unwrap_or(&FACTS[0])
    }

    /// The distribution with that OSV name or purl type.
    pub(super) fn named(name: &str) -> Option<Self> {
        FACTS.iter().find(|facts| facts.name == name).map(|facts| facts.distro)
    }

    /// The first distribution that has such a name, as an ecosystem or in purls.
    pub(super) fn with_name(is_it: impl Fn(&str) -> bool) -> Option<Self> {
        let has = |facts: &&Facts| is_it(facts.name) || facts.namespaces.iter().any(|name| is_it(name));
        FACTS.iter().find(has).map(|facts| facts.distro)
    }

    /// The distribution of a purl, by its type and namespace.
    pub(super) fn of_purl(ty: &str, namespace: Option<&str>) -> Option<Self> {
        let known = |facts: &&Facts| {
            facts.scheme.purl_type() == Some(ty) && namespace.is_some_and(|n| facts.namespaces.contains(&n))
        };
        FACTS.iter().find(known).map(|facts| facts.distro).or_else(|| Self::named(ty))
    }

    /// How it orders versions.
    #[must_use]
    pub fn scheme(self) -> Scheme {
        self.facts().scheme
    }

    /// True for a package format whose distribution is not known.
    #[must_use]
    pub fn is_format(self) -> bool {
        self.facts().namespaces.is_empty()
    }

    /// The stored form of a release, whoever wrote it: `v3.18` for Alpine 3.18.4, `22.04` for `22.04:LTS`,
    /// `Pro:22.04:LTS` and `jammy` (what only Ubuntu Pro repairs is broken for all), the major number for AlmaLinux,
    /// Mageia, Rocky Linux and `enterprise_linux` of Red Hat. `None` for an empty one.
    pub(super) fn release(self, written: &str) -> Option<String> {
        let text = written.trim();
        let release = match self {
            Self::Alpine => alpine(text),
            Self::Ubuntu => ubuntu(text),
            Self::AlmaLinux | Self::Mageia | Self::RockyLinux => major(text).to_owned(),
            Self::RedHat => red_hat(text),
            Self::OpenSuse => open_suse(text),
            Self::PhotonOs if is_number(text) => format!("{text}.0"),
            _ => text.to_owned(),
        };
        (!release.is_empty()).then_some(release)
    }

    /// True when two releases of these names are surely different ones. The names of other products (`rhel_eus:8.4`,
    /// `Linux Enterprise Module for Basesystem 15 SP5`) do not tell which systems have them.
    pub(crate) fn tells_apart(self, releases: [&str; 2]) -> bool {
        let plain = |release: &str| match self {
            Self::Alpine => release == "edge" || release.starts_with('v'),
            Self::OpenSuse => release == "Tumbleweed" || release.strip_prefix("Leap ").is_some_and(is_dotted),
            _ => is_dotted(release),
        };
        releases[0] != releases[1] && releases.into_iter().all(plain)
    }

    /// The release in a purl's `distro` qualifier (`alpine-3.18.4`, `22.04`); `None` for one of another
    /// distribution.
    pub(crate) fn release_of_qualifier(self, distro: &str) -> Option<&str> {
        let lower = distro.to_ascii_lowercase();
        let with_id = |id: &&&str| lower.strip_prefix(**id).is_some_and(|rest| rest.starts_with('-'));
        match self.facts().namespaces.iter().find(with_id) {
            Some(id) => distro.get(id.len() + 1..),
            None if lower.starts_with(|c: char| c.is_ascii_digit()) => Some(distro),
            None if self == Self::Ubuntu && UBUNTU_RELEASES.iter().any(|(name, _)| *name == lower) => {
                Some(distro)
            }
            None => None,
        }
    }

    /// Writes the ecosystem's name as OSV does, with the release.
    pub(super) fn write(self, release: Option<&str>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().name)?;
        match release {
            None => Ok(()),
            Some(release) if self == Self::Ubuntu && is_long_term(release) => write!(f, ":{release}:LTS"),
            Some(release) if self == Self::RedHat && is_number(release) => {
                write!(f, ":enterprise_linux:{release}")
            }
            Some(release) => write!(f, ":{release}"),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_dotted(text: &str) -> bool {
    text.split('.').all(is_number)
}

fn major(release: &str) -> &str {
    if is_dotted(release) { release.split('.').next().unwrap_or(release) } else { release }
}

fn alpine(text: &str) -> String {
    let folded = text.to_lowercase();
    let number = folded.strip_prefix('v').unwrap_or(&folded);
    let mut parts = number.split('.');
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) if is_dotted(number) => format!("v{major}.{minor}"),
        _ => folded,
    }
}

fn ubuntu(text: &str) -> String {
    let folded = text.to_lowercase();
    if let Some((_, number)) = UBUNTU_RELEASES.iter().find(|(name, _)| *name == folded) {
        return (*number).to_owned();
    }
    let number = text.split(':').find(|part| part.contains('.') && is_dotted(part));
    number
        .map_or_else(|| text.to_owned(), |number| number.splitn(3, '.').take(2).collect::<Vec<_>>().join("."))
}

/// The April releases of even years.
fn is_long_term(release: &str) -> bool {
    let year = release.strip_suffix(".04").and_then(|year| year.parse::<u32>().ok());
    year.is_some_and(|year| year % 2 == 0)
}

/// OSV writes the end of a CPE name: `enterprise_linux:8::baseos`.
fn red_hat(text: &str) -> String {
    let release = match text.strip_prefix("enterprise_linux:") {
        Some(rest) => rest.split(':').next().unwrap_or(rest),
        None => text,
    };
    major(release.trim()).to_owned()
}

/// `Leap 15.4`; in purls `leap-15.4` and `tumbleweed-20230101`.
fn open_suse(text: &str) -> String {
    let folded = text.to_lowercase();
    match folded.strip_prefix("leap-").or_else(|| folded.strip_prefix("leap ")) {
        Some(number) if is_dotted(number) => format!("Leap {number}"),
        _ if folded.starts_with("tumbleweed") => "Tumbleweed".to_owned(),
        _ if is_dotted(&folded) => format!("Leap {folded}"),
        _ => text.to_owned(),
    }
}
