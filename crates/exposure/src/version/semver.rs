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
use super::number::split_digits;
use super::packed::{CLOSE, Packed, Parts};

/// Numeric parts without trailing zeros, so that `1`, `1.0` and `1.0.0` are one version; whether it is a pre-release,
/// and its identifiers; the identifiers of the build, none where builds do not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Packed);

// A pre-release is older than its release.
const PRE_RELEASE: u8 = 1;
const RELEASE: u8 = 2;
// Numeric identifiers are older than others.
const NUMERIC: u8 = 1;
const TEXT: u8 = 2;

pub(super) fn parse(text: &str) -> Option<Key> {
    read(text, false)
}

pub(super) fn parse_nuget(text: &str) -> Option<Key> {
    parse(&text.to_lowercase())
}

pub(super) fn parse_pub(text: &str) -> Option<Key> {
    read(text, true)
}

fn read(text: &str, builds_count: bool) -> Option<Key> {
    let (version, build) =
        text.split_once('+').map_or((text, None), |(version, build)| (version, Some(build)));
    let (core, pre) = version.split_once('-').map_or((version, None), |(core, pre)| (core, Some(pre)));
    let mut key = Packed::for_text(text);
    push_numbers(&mut key, strip_prefix(core))?;
    match pre {
        Some(pre) => {
            key.push(PRE_RELEASE);
            push_identifiers(&mut key, pre)?;
        }
        None => key.push(RELEASE),
    }
    match build.filter(|_| builds_count) {
        Some(build) => push_identifiers(&mut key, build)?,
        None => key.push(CLOSE),
    }
    Some(Key(key))
}

fn strip_prefix(core: &str) -> &str {
    let core = core.strip_prefix('=').map_or(core, str::trim_start);
    core.strip_prefix("go").or_else(|| core.strip_prefix(['v', 'V'])).unwrap_or(core)
}

/// A numeric part must have digits: `1..2` is no version.
fn push_numbers(key: &mut Packed, core: &str) -> Option<()> {
    let mut zeros = 0;
    for part in core.split('.') {
        if part.is_empty() {
            return None;
        }
        if part.bytes().all(|b| b == b'0') {
            zeros += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut zeros) {
            key.push_number("")?;
        }
        key.push_number(part)?;
    }
    key.push(CLOSE);
    Some(())
}

fn push_identifiers(key: &mut Packed, identifiers: &str) -> Option<()> {
    for text in identifiers.split('.') {
        let valid = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let (_, rest) = split_digits(text);
        match (valid, rest.is_empty()) {
            (false, _) => return None,
            (true, true) => {
                key.push(NUMERIC);
                key.push_number(text)?;
            }
            (true, false) => {
                key.push(TEXT);
                key.push_text(text);
            }
        }
    }
    key.push(CLOSE);
    Some(())
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut parts = self.0.parts();
        let numbers: Vec<String> = std::iter::from_fn(|| parts.number()).collect();
        let (stage, pre) = match parts.byte() {
            Some(PRE_RELEASE) => ("pre-release", identifiers(&mut parts)),
            _ => ("release", Vec::new()),
        };
        vec![
            Group::many("number", numbers),
            Group::one("stage", &stage),
            Group::many("pre-release identifier", pre),
            Group::many("build identifier", identifiers(&mut parts)),
        ]
    }
}

fn identifiers(parts: &mut Parts<'_>) -> Vec<String> {
    let mut identifiers = Vec::new();
    while let Some(kind) = parts.unless(CLOSE) {
        let identifier = if kind == NUMERIC { parts.number() } else { Some(parts.until(CLOSE)) };
        identifiers.extend(identifier);
    }
    identifiers
}
