//! The distribution that a list of installed packages comes from, which the list itself does not say.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Distributions by name, with the package manager and the namespace of their package URLs.
const KNOWN: &[(&str, Manager, &str)] = &[
    ("debian", Manager::Dpkg, "debian"),
    ("ubuntu", Manager::Dpkg, "ubuntu"),
    ("almalinux", Manager::Rpm, "almalinux"),
    ("amazon", Manager::Rpm, "amazon"),
    ("centos", Manager::Rpm, "centos"),
    ("fedora", Manager::Rpm, "fedora"),
    ("mageia", Manager::Rpm, "mageia"),
    ("openeuler", Manager::Rpm, "openeuler"),
    ("opensuse", Manager::Rpm, "opensuse"),
    ("oracle", Manager::Rpm, "oracle"),
    ("photon", Manager::Rpm, "photon"),
    ("redhat", Manager::Rpm, "redhat"),
    ("rhel", Manager::Rpm, "redhat"),
    ("rocky", Manager::Rpm, "rocky"),
    ("sles", Manager::Rpm, "suse"),
    ("suse", Manager::Rpm, "suse"),
];

/// Characters that stand as they are in a package URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// The package manager of a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    Dpkg,
    Rpm,
}

/// A distribution and its release, as a person names them: `debian:12`, `ubuntu:22.04`, `redhat:9`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    name: &'static str,
    manager: Manager,
    namespace: &'static str,
    release: Option<String>,
}

/// The name of a distribution was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a distribution and its release, such as debian:12; known are {}", names())]
pub struct UnknownDistribution;

fn names() -> String {
    KNOWN.iter().map(|(name, _, _)| *name).collect::<Vec<_>>().join(", ")
}

impl FromStr for Distribution {
    type Err = UnknownDistribution;

    fn from_str(text: &str) -> Result<Self, UnknownDistribution> {
        let (name, release) = match text.trim().split_once(':') {
            Some((name, release)) => (name, Some(release)),
            None => (text.trim(), None),
        };
        let plain = |release: &str| {
            (1..=32).contains(&release.len())
                && release.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        let known = KNOWN.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(name));
        match (known, release) {
            (Some(_), Some(release)) if !plain(release) => Err(UnknownDistribution),
            (None, _) => Err(UnknownDistribution),
            (Some((name, manager, namespace)), release) => {
                Ok(Self { name, manager: *manager, namespace, release: release.map(str::to_lowercase) })
            }
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.release {
            Some(release) => write!(f, "{}:{release}", self.name),
            None => f.write_str(self.name),
        }
    }
}

impl Distribution {
    /// Whether its packages are listed by this manager.
    pub(crate) fn has(&self, manager: Manager) -> bool {
        self.manager == manager
    }
}

/// The package URL of an installed package.
pub(crate) fn package_url(
    manager: Manager,
    distribution: Option<&Distribution>,
    name: &str,
    version: &str,
    epoch: Option<&str>,
) -> String {
    let escaped = |text| utf8_percent_encode(text, PLAIN);
    let ty = match manager {
        Manager::Dpkg => "deb",
        Manager::Rpm => "rpm",
    };
    let namespace = distribution.map(|known| format!("{}/", known.namespace)).unwrap_or_default();
    let mut purl = format!("pkg:{ty}/{namespace}{}@{}", escaped(name), escaped(version));
    let release = distribution.and_then(|known| known.release.as_ref().map(|release| (known, release)));
    let qualifiers = [
        release.map(|(known, release)| format!("distro={}-{}", known.name, escaped(release))),
        epoch.map(|epoch| format!("epoch={}", escaped(epoch))),
    ];
    for (index, qualifier) in qualifiers.into_iter().flatten().enumerate() {
        purl.push(if index == 0 { '?' } else { '&' });
        purl.push_str(&qualifier);
    }
    purl
}
