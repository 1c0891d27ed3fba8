//! When an entry covers a component, and how sure that is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use forewarn_exposure::range::from_text;
use forewarn_exposure::{Affected, Component, Confidence, Ecosystem, Identity};
use proptest::prelude::*;
use shared::world;

/// The rules as `Affected::covers` documents them, one after the other.
fn expected(affected: &Affected, component: &Component) -> Option<Confidence> {
    let unknown_release = match (&affected.identity, &component.identity) {
        (
            Identity::Package { ecosystem: Ecosystem::Debian(wanted), name },
            Identity::Package { ecosystem: Ecosystem::Debian(release), name: other },
        ) => {
            let apart = wanted.is_some() && release.is_some() && wanted != release;
            if name != other || apart {
                return None;
            }
            wanted.is_some() && release.is_none()
        }
        (one, other) if one == other => false,
        _ => return None,
    };
    let confidence = by_version(affected, component.version.as_deref())?;
    Some(if unknown_release { Confidence::NeedsPerson } else { confidence })
}

fn by_version(affected: &Affected, version: Option<&str>) -> Option<Confidence> {
    let text = version.map(str::trim).unwrap_or_default();
    let stated = !affected.ranges.is_empty() || !affected.versions.is_empty();
    if text.is_empty() || (!stated && affected.needs_person.is_none()) {
        return Some(Confidence::ProductOnly);
    }
    let scheme = affected.identity.scheme();
    let read = |text: &str| scheme.and_then(|scheme| scheme.parse(text).ok());
    let version = read(text);
    let same = |listed: &String| listed.trim() == text || (version.is_some() && read(listed) == version);
    if affected.versions.iter().any(same) {
        return Some(Confidence::Exact);
    }
    let answers: Vec<Option<bool>> = affected
        .ranges
        .iter()
        .map(
            |range| {
                if range.is_all() { Some(true) } else { range.contains(&scheme?, version.as_ref()?).ok() }
            },
        )
        .collect();
    if answers.contains(&Some(true)) {
        return Some(Confidence::Range);
    }
    let list_is_read = scheme.is_none() || affected.versions.iter().all(|listed| read(listed).is_some());
    let version_is_read = scheme.is_none() || version.is_some();
    let sure = affected.needs_person.is_none() && version_is_read && list_is_read && !answers.contains(&None);
    if sure { None } else { Some(Confidence::NeedsPerson) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_rules_are_followed(affected in world::affected(), component in world::component()) {
        let found = affected.covers(&component);
        prop_assert_eq!(found.as_ref().map(|hit| hit.confidence), expected(&affected, &component));
        if let Some(hit) = found {
            prop_assert!(affected.statement().contains(&hit.range), "{} is not stated", hit.range);
        }
    }
}

fn package(ecosystem: &str) -> Identity {
    Identity::package(ecosystem.parse().unwrap(), "a")
}

/// The answer for an entry with a range text and listed versions, as `confidence: what matched`.
fn answer(entry: (Identity, &str, &'static [&'static str]), component: (Identity, Option<&str>)) -> String {
    let (identity, ranges, versions) = entry;
    let affected = Affected {
        identity,
        names: None,
        ranges: if ranges.is_empty() { Vec::new() } else { from_text(ranges).unwrap() },
        versions: versions.iter().map(|&version| version.to_owned()).collect(),
        needs_person: None,
    };
    let (identity, version) = component;
    let component = Component { identity, version: version.map(str::to_owned), label: String::new() };
    match affected.covers(&component) {
        Some(hit) => format!("{}: {}", hit.confidence.as_str(), hit.range),
        None => "no".to_owned(),
    }
}

#[test]
fn versions_decide() {
    let npm = |ranges: &'static str, versions: &'static [&'static str]| (package("npm"), ranges, versions);
    let at = |version| (package("npm"), Some(version));
    assert_eq!(answer(npm(">=1.0|<2.0", &[]), at("1.5.0")), "range: >=1.0, <2.0");
    assert_eq!(answer(npm(">=1.0|<2.0", &[]), at("2.0.0")), "no");
    assert_eq!(answer(npm(">=1.0|<2.0", &["1.5"]), at("v1.5.0")), "exact: =1.5");
    assert_eq!(answer(npm("", &["1.5"]), at("1.6")), "no");
    assert_eq!(answer(npm("", &[]), at("1.6")), "product-only: no versions stated");
    assert_eq!(answer(npm("<2.0", &["2.1"]), (package("npm"), None)), "product-only: <2.0 or =2.1");
    assert_eq!(answer(npm("<2.0", &[]), at("latest")), "needs-person: <2.0");
    assert_eq!(answer(npm("*", &[]), at("latest")), "range: all versions");
    assert_eq!(answer(npm("<2.x", &[]), at("1.0")), "needs-person: <2.x");
    assert_eq!(answer(npm(">=2.0|<1.0", &[]), at("3.0")), "needs-person: >=2.0, <1.0");
    assert_eq!(answer(npm("<2.0", &[]), (package("PyPI"), Some("1.0"))), "no");
}

#[test]
fn ecosystems_without_an_order_go_by_the_list() {
    let opam = |ranges: &'static str, versions: &'static [&'static str]| (package("opam"), ranges, versions);
    let at = |version| (package("opam"), Some(version));
    assert_eq!(answer(opam("", &["1.2-r0"]), at("1.2-r0")), "exact: =1.2-r0");
    assert_eq!(answer(opam("", &["1.2-r0"]), at("1.2-r1")), "no");
    assert_eq!(answer(opam("<1.3", &[]), at("1.2-r1")), "needs-person: <1.3");
    assert_eq!(answer(opam("*", &[]), at("1.2-r1")), "range: all versions");
}

#[test]
fn debian_releases_are_kept_apart() {
    let entry = |ecosystem| (package(ecosystem), "<2.0", [].as_slice());
    let at = |ecosystem| (package(ecosystem), Some("1.0-1"));
    assert_eq!(answer(entry("Debian:12"), at("Debian:12")), "range: <2.0");
    assert_eq!(answer(entry("Debian:12"), at("Debian:bookworm")), "range: <2.0");
    assert_eq!(answer(entry("Debian:12"), at("Debian:11")), "no");
    assert_eq!(answer(entry("Debian:12"), at("Debian")), "needs-person: <2.0");
    assert_eq!(answer(entry("Debian"), at("Debian:11")), "range: <2.0");
}

/// Entries are named as OSV does, components as purls do.
#[test]
fn releases_of_other_distributions_are_kept_apart() {
    let component = |purl: &str| Identity::from_purl(purl).unwrap().0;
    let table = [
        ("Alpine:v3.18", "pkg:apk/alpine/a?distro=alpine-3.18.4", "range"),
        ("Alpine:v3.18", "pkg:apk/alpine/a?distro=3.19.1", "no"),
        ("Alpine:v3.18", "pkg:apk/alpine/a", "needs-person"),
        ("Alpine", "pkg:apk/alpine/a?distro=3.19.1", "range"),
        ("Alpine:v3.18", "pkg:apk/wolfi/a", "no"),
        ("Ubuntu:22.04:LTS", "pkg:deb/ubuntu/a?distro=ubuntu-22.04", "range"),
        ("Ubuntu:22.04:LTS", "pkg:deb/ubuntu/a?distro=jammy", "range"),
        ("Ubuntu:Pro:18.04:LTS", "pkg:deb/ubuntu/a?distro=ubuntu-18.04", "range"),
        ("Ubuntu:23.10", "pkg:deb/ubuntu/a?distro=ubuntu-22.04", "no"),
        ("Debian:12", "pkg:deb/ubuntu/a?distro=ubuntu-22.04", "no"),
        ("Rocky Linux:9", "pkg:rpm/rocky/a?distro=rocky-9.3", "range"),
        ("AlmaLinux:8", "pkg:rpm/almalinux/a?distro=almalinux-9.3", "no"),
        ("Red Hat:enterprise_linux:8::baseos", "pkg:rpm/redhat/a?distro=rhel-8.9", "range"),
        ("Red Hat:enterprise_linux:8::baseos", "pkg:rpm/redhat/a?distro=rhel-9.1", "no"),
        ("Red Hat:rhel_eus:8.4::baseos", "pkg:rpm/redhat/a?distro=rhel-8.4", "needs-person"),
        ("openSUSE:Leap 15.5", "pkg:rpm/opensuse/a?distro=opensuse-leap-15.5", "range"),
        ("openSUSE:Leap 15.5", "pkg:rpm/opensuse/a?distro=opensuse-tumbleweed-20240101", "no"),
        ("SUSE:Linux Enterprise Server 15 SP5", "pkg:rpm/suse/a?distro=sles-15.5", "needs-person"),
    ];
    for (entry, purl, expected) in table {
        let affected = (Identity::package(entry.parse().unwrap(), "a"), "<2.0", [].as_slice());
        let found = answer(affected, (component(purl), Some("1.0-1")));
        let wanted = if expected == "no" { "no".to_owned() } else { format!("{expected}: <2.0") };
        assert_eq!(found, wanted, "{entry} {purl}");
    }
}

#[test]
fn lines_of_firmware_are_kept_apart() {
    let pump = || Identity::product("Acme", "Pump");
    let entry = |ranges: &'static str| (pump(), ranges, [].as_slice());
    assert_eq!(answer(entry("<V4.2 SP1"), (pump(), Some("V4.2"))), "range: <V4.2 SP1");
    assert_eq!(answer(entry("<V4.2 SP1"), (pump(), Some("V4.2 SP2"))), "no");
    assert_eq!(answer(entry("<V4.2"), (pump(), Some("SS016.05"))), "needs-person: <V4.2");
}

#[test]
fn surer_is_greater() {
    use Confidence::{Exact, NeedsPerson, ProductOnly, Range};
    let order = [NeedsPerson, ProductOnly, Range, Exact];
    assert!(order.is_sorted() && NeedsPerson < Exact);
    for confidence in order {
        assert_eq!(serde_json::to_value(confidence).unwrap(), confidence.as_str());
    }
}
