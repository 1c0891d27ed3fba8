//! Installed packages as dpkg and rpm list them. Neither list says which distribution it comes from.
//!
//! `dpkg -l` has one line for each package, led by two letters: what is wanted and what is (`ii` is installed).
//! `dpkg-query -W` writes name and version separated by a tab; with
//! `-f '${binary:Package}\t${Version}\t${source:Package}\t${source:Version}\n'` the source package follows, which
//! is what Debian's advisories name. `rpm -qa` writes `name-version-release.architecture`.

use forewarn_exposure::Inventory;

use super::collect::{Collector, Described, NotSoftware};
use super::distribution::{Manager, package_url};
use super::lines::{bounded, significant};
use super::{DISTRIBUTION_UNKNOWN, Distribution, Settings};
use crate::json::{Limits, Problem};

/// Architectures of rpm packages.
const ARCHITECTURES: &[&str] = &[
    "(none)",
    "aarch64",
    "alpha",
    "amd64",
    "armv5tel",
    "armv6hl",
    "armv7hl",
    "armv7l",
    "athlon",
    "i386",
    "i486",
    "i586",
    "i686",
    "ia64",
    "loongarch64",
    "mips64el",
    "noarch",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390",
    "s390x",
    "src",
    "x86_64",
    "x86_64_v2",
];

/// Whether a line is one of `dpkg -l`: its heading, or a package.
pub(super) fn is_dpkg_list(line: &str) -> bool {
    line.starts_with("Desired=Unknown/Install")
        || line.starts_with("||/ Name")
        || dpkg_state(line).is_some_and(|(_, rest)| rest.split_whitespace().count() >= 3)
}

/// The state letters of a line of `dpkg -l`, and the rest.
fn dpkg_state(line: &str) -> Option<(&str, &str)> {
    let (state, rest) = line.split_once(' ')?;
    let known = match state.as_bytes() {
        [desired, is] | [desired, is, b'R'] => b"uirph".contains(desired) && b"nciUFHWt".contains(is),
        _ => false,
    };
    known.then_some((state, rest.trim_start()))
}

/// Whether a line is one of `dpkg-query -W`.
pub(super) fn is_dpkg_query(line: &str) -> bool {
    let mut fields = line.split('\t');
    let (name, version) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    is_debian_name(name) && version.starts_with(|c: char| c.is_ascii_digit()) && fields.count() <= 2
}

/// A package name as Debian's policy allows it, with the architecture that `binary:Package` may add.
fn is_debian_name(name: &str) -> bool {
    let name = name.split(':').next().unwrap_or_default();
    name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_'))
}

/// Whether a line is one of `rpm -qa`.
pub(super) fn is_rpm(line: &str) -> bool {
    is_rpm_key(line.trim()) || nevra(line.trim()).is_some()
}

fn is_rpm_key(word: &str) -> bool {
    word.starts_with("gpg-pubkey-")
}

pub(super) fn read_dpkg_list(text: &str, limits: &Limits, settings: &Settings) -> Result<Inventory, Problem> {
    let dpkg = Dpkg::of(text, settings)?;
    let mut collector = Collector::for_length(text.len());
    for line in bounded(text, limits) {
        let line = line?;
        if ["Desired=", "| Status=", "|/ Err?=", "||/ Name", "+++-"].iter().any(|h| line.text.starts_with(h))
        {
            continue;
        }
        let Some((state, rest)) = dpkg_state(line.text) else {
            collector.skip(&Described::new(line.place(), None, None, None), "is not a line of dpkg -l");
            continue;
        };
        let mut words = rest.split_whitespace();
        let described = Described::new(line.place(), words.next(), words.next(), None);
        match state.as_bytes().get(1) {
            // Half-configured and waiting packages run as well.
            Some(b'i' | b'U' | b'F' | b'W' | b't') => dpkg.add(&mut collector, &described, None),
            _ => collector.leave_out(&described, NotSoftware::NotInstalled),
        }
    }
    collector.finish(dpkg.format("dpkg -l"))
}

pub(super) fn read_dpkg_query(
    text: &str,
    limits: &Limits,
    settings: &Settings,
) -> Result<Inventory, Problem> {
    let dpkg = Dpkg::of(text, settings)?;
    let mut collector = Collector::for_length(text.len());
    let mut sources = false;
    for line in bounded(text, limits) {
        let line = line?;
        let mut fields = line.text.split('\t').map(str::trim);
        let described = Described::new(line.place(), fields.next(), fields.next(), None);
        let source = fields.next().filter(|name| !name.is_empty()).map(|name| (name, fields.next()));
        sources |= source.is_some();
        match (described.version, source) {
            // What was removed but not purged is listed without a version.
            (None, _) => collector.leave_out(&described, NotSoftware::NotInstalled),
            (_, source) => dpkg.add(&mut collector, &described, source),
        }
    }
    let command = if sources { "dpkg-query -W with source packages" } else { "dpkg-query -W" };
    collector.finish(dpkg.format(command))
}

/// Where a dpkg list comes from.
struct Dpkg {
    distribution: Option<Distribution>,
}

impl Dpkg {
    /// As the settings say; else Ubuntu when versions are marked as its own, which Debian has none of.
    fn of(text: &str, settings: &Settings) -> Result<Self, Problem> {
        let given = fitting(settings, Manager::Dpkg)?.cloned();
        let ubuntu = || significant(text).any(|line| line.text.contains("ubuntu"));
        Ok(Self { distribution: given.or_else(|| ubuntu().then(|| "ubuntu".parse().ok()).flatten()) })
    }

    fn format(&self, command: &str) -> String {
        format(command, self.distribution.as_ref())
    }

    fn add(
        &self,
        collector: &mut Collector,
        described: &Described<'_>,
        source: Option<(&str, Option<&str>)>,
    ) {
        let (Some(binary), Some(version)) = (described.name.split(':').next(), described.version) else {
            return collector.skip(described, "names no package and version");
        };
        if !is_debian_name(binary) {
            return collector.skip(described, "does not begin with the name of a package");
        }
        let (name, version) = match source {
            Some((name, Some(own))) if !own.is_empty() => (name, own),
            Some((name, _)) => (name, version),
            None => (binary, version),
        };
        let purl = package_url(Manager::Dpkg, self.distribution.as_ref(), name, version, None);
        collector.package(described, &purl);
    }
}

pub(super) fn read_rpm(text: &str, limits: &Limits, settings: &Settings) -> Result<Inventory, Problem> {
    let distribution = fitting(settings, Manager::Rpm)?;
    let mut collector = Collector::for_length(text.len());
    for line in bounded(text, limits) {
        let line = line?;
        let word = line.text.trim();
        let described = Described::new(line.place(), Some(word), None, None);
        if is_rpm_key(word) {
            collector.leave_out(&described, NotSoftware::Key);
        } else if let Some(package) = nevra(word) {
            let Some(distribution) = distribution else {
                collector.skip(&described, DISTRIBUTION_UNKNOWN);
                continue;
            };
            let version = format!("{}-{}", package.version, package.release);
            let purl = package_url(Manager::Rpm, Some(distribution), package.name, &version, package.epoch);
            collector.package(&described, &purl);
        } else {
            collector.skip(&described, "is not name-version-release.architecture");
        }
    }
    collector.finish(format("rpm -qa", distribution))
}

/// The parts of `name-[epoch:]version-release.architecture`.
struct Nevra<'t> {
    name: &'t str,
    epoch: Option<&'t str>,
    version: &'t str,
    release: &'t str,
}

fn nevra(word: &str) -> Option<Nevra<'_>> {
    let (front, architecture) = word.rsplit_once('.')?;
    let (front, release) = front.rsplit_once('-')?;
    let (name, version) = front.rsplit_once('-')?;
    let (epoch, version) = match version.split_once(':') {
        Some((epoch, version)) => (Some(epoch), version),
        None => (None, version),
    };
    let known = ARCHITECTURES.contains(&architecture) && !word.contains(char::is_whitespace);
    let number = epoch.is_none_or(|epoch| epoch.bytes().all(|b| b.is_ascii_digit()) && !epoch.is_empty());
    let whole = ![name, version, release].iter().any(|part| part.is_empty());
    (known && number && whole && !word.contains('/')).then_some(Nevra { name, epoch, version, release })
}

fn fitting(settings: &Settings, manager: Manager) -> Result<Option<&Distribution>, Problem> {
    match &settings.distribution {
        Some(other) if !other.has(manager) => {
            Err(Problem::at("", format!("{other} does not list its packages in this way")))
        }
        given => Ok(given.as_ref()),
    }
}

fn format(command: &str, distribution: Option<&Distribution>) -> String {
    match distribution {
        Some(known) => format!("{command} of {known}"),
        None => format!("{command}, distribution unknown"),
    }
}
