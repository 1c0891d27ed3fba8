//! SemVer 2.0.0 precedence (section 11 of <https://semver.org>), read leniently.
//!
//! Beyond the grammar: a leading `v`, `=` or `go`, any count of numeric parts (missing ones are zero), leading
//! zeros, and numbers beyond 64 bits. Build metadata (`+incompatible` of Go among it) does not count.
//!
//! Two ecosystems differ:
//! - NuGet compares pre-releases without regard to case
//!   (<https://learn.microsoft.com/nuget/concepts/package-versioning>);
//! - Pub orders builds as it does pre-releases, any of them above none
//!   (<https://pub.dev/documentation/pub_semver/latest/pub_semver/Version-class.html>).

use super::difference::Group;
use super::number::{Number, split_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Numeric parts without trailing zeros, so that `1`, `1.0` and `1.0.0` are one version.
    core: Vec<Number>,
    pre: Pre,
    /// Empty where builds do not count.
    build: Vec<Identifier>,
}

/// Declared in order of precedence: a pre-release is older than its release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pre {
    Release(Vec<Identifier>),
    Final,
}

/// Numeric identifiers are older than others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Numeric(Number),
    Text(Box<str>),
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.split_once('+').map_or(text, |(version, _build)| version);
    let (core, pre) = match text.split_once('-') {
        Some((core, pre)) => (core, Pre::Release(identifiers(pre)?)),
        None => (text, Pre::Final),
    };
    Some(Key { core: numbers(strip_prefix(core))?, pre, build: Vec::new() })
}

pub(super) fn parse_nuget(text: &str) -> Option<Key> {
    parse(&text.to_lowercase())
}

pub(super) fn parse_pub(text: &str) -> Option<Key> {
    let build = text.split_once('+').map_or(Some(Vec::new()), |(_, build)| identifiers(build))?;
    Some(Key { build, ..parse(text)? })
}

fn strip_prefix(core: &str) -> &str {
    let core = core.strip_prefix('=').map_or(core, str::trim_start);
    core.strip_prefix("go").or_else(|| core.strip_prefix(['v', 'V'])).unwrap_or(core)
}

fn numbers(core: &str) -> Option<Vec<Number>> {
    let mut parts = core.split('.').map(number).collect::<Option<Vec<_>>>()?;
    while parts.last().is_some_and(Number::is_zero) {
        parts.pop();
    }
    Some(parts)
}

/// A numeric part must have digits: `1..2` is no version.
fn number(part: &str) -> Option<Number> {
    (!part.is_empty()).then(|| Number::parse(part)).flatten()
}

fn identifiers(pre: &str) -> Option<Vec<Identifier>> {
    pre.split('.').map(identifier).collect()
}

fn identifier(text: &str) -> Option<Identifier> {
    let valid = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let (_, rest) = split_digits(text);
    match (valid, rest.is_empty()) {
        (false, _) => None,
        (true, true) => Number::parse(text).map(Identifier::Numeric),
        (true, false) => Some(Identifier::Text(text.into())),
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let (stage, pre) = match &self.pre {
            Pre::Release(identifiers) => ("pre-release", shown(identifiers)),
            Pre::Final => ("release", Vec::new()),
        };
        vec![
            Group::many("number", self.core.iter().map(ToString::to_string)),
            Group::one("stage", &stage),
            Group::many("pre-release identifier", pre),
            Group::many("build identifier", shown(&self.build)),
        ]
    }
}

fn shown(identifiers: &[Identifier]) -> Vec<String> {
    let one = |identifier: &Identifier| match identifier {
        Identifier::Numeric(number) => number.to_string(),
        Identifier::Text(text) => text.to_string(),
    };
    identifiers.iter().map(one).collect()
}
