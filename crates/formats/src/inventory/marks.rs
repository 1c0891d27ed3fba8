//! What versions give away of the distribution that they come from. It is a guess for a person: a rebuilt or foreign
//! package bears the mark of another distribution.

use std::collections::BTreeMap;

use forewarn_exposure::{Distro, Ecosystem, Identity, Inventory};

use super::DISTRIBUTION_UNKNOWN;

/// The mark that most packages without a distribution bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseMark {
    /// As it stands in versions, such as `el9` or `deb12`.
    pub mark: String,
    /// Packages that bear it.
    pub packages: usize,
    /// Packages of which neither distribution nor release is known.
    pub of: usize,
    /// What it may stand for, as a person would say it: `rocky:9`, `debian:12`.
    pub distributions: Vec<String>,
}

/// The mark of a version, and what it may stand for.
type Reader = fn(&str) -> Option<(String, Vec<String>)>;

/// Looks for the most frequent mark among packages whose distribution or release is not known.
#[must_use]
pub fn release_mark(inventory: &Inventory) -> Option<ReleaseMark> {
    let mut marks: BTreeMap<(String, Vec<String>), usize> = BTreeMap::new();
    let mut of = 0;
    let held = inventory.components.iter().filter_map(|component| {
        let Identity::Package { ecosystem, .. } = &component.identity else { return None };
        let read: Reader = match ecosystem {
            Ecosystem::Distro(Distro::AnyRpm, None) => rpm,
            Ecosystem::Debian(None) | Ecosystem::Distro(Distro::Ubuntu | Distro::AnyDeb, None) => deb,
            _ => return None,
        };
        Some((read, component.version.as_deref().unwrap_or_default()))
    });
    // These have the version in what `rpm -qa` writes.
    let skipped = inventory.skipped.iter().filter(|one| one.reason == DISTRIBUTION_UNKNOWN);
    for (read, version) in held.chain(skipped.map(|one| (rpm as Reader, one.name.as_str()))) {
        of += 1;
        if let Some(mark) = read(version) {
            *marks.entry(mark).or_default() += 1;
        }
    }
    // Of equally frequent ones the first by name, so that the answer is the same each time.
    let ((mark, distributions), packages) =
        marks.into_iter().max_by(|(one, a), (other, b)| a.cmp(b).then_with(|| other.cmp(one)))?;
    Some(ReleaseMark { mark, packages, of, distributions })
}

/// The part of an rpm release behind a dot: `5.1.8-6.el9_1`.
fn rpm(version: &str) -> Option<(String, Vec<String>)> {
    let (_, release) = version.rsplit_once('-')?;
    release.split(['.', '+', '~']).rev().find_map(|part| {
        let part = part.split('_').next().unwrap_or_default();
        let number = |lead: &str| part.strip_prefix(lead).filter(|rest| is_number(rest, 4));
        let one = |name: &str, number: &str| vec![format!("{name}:{number}")];
        let distributions = if let Some(number) = number("el") {
            ["rocky", "almalinux", "redhat", "oracle", "centos"]
                .map(|name| format!("{name}:{number}"))
                .to_vec()
        } else if let Some(number) = number("fc") {
            one("fedora", number)
        } else if let Some(number) = number("amzn") {
            one("amazon", number)
        } else if let Some(number) = number("mga") {
            one("mageia", number)
        } else if let Some(number) = number("ph") {
            vec![format!("photon:{number}.0")]
        } else {
            return None;
        };
        Some((part.to_owned(), distributions))
    })
}

/// `+deb12u3` of a Debian release, `ubuntu0.22.04.1` or `~22.04.1` of an Ubuntu one.
fn deb(version: &str) -> Option<(String, Vec<String>)> {
    if let Some((_, behind)) = version.rsplit_once("deb") {
        let number: String = behind.chars().take_while(char::is_ascii_digit).collect();
        if is_number(&number, 2) {
            return Some((format!("deb{number}"), vec![format!("debian:{number}")]));
        }
    }
    let (_, behind) = version.rsplit_once("ubuntu")?;
    let numbers: Vec<&str> = behind.split(['.', '~', '+', '-']).collect();
    // Releases are of April and October.
    let pair = numbers.windows(2).find(|pair| is_number(pair[0], 2) && matches!(pair[1], "04" | "10"))?;
    let release = format!("{}.{}", pair[0], pair[1]);
    Some((format!("ubuntu {release}"), vec![format!("ubuntu:{release}")]))
}

fn is_number(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
