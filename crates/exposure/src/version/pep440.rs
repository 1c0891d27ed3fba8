//! PEP 440 order, by the `pep440_rs` crate, with a fallback for what PEP 440 rejects.
//!
//! The index has releases from before PEP 440 (`0.9-doduo`). As in setuptools of that time they sort before
//! every valid version; among themselves by their runs of digits (by value) and of other characters (by text,
//! lower case), a digit run before a text. The two kinds are not comparable when matching.

use std::str::FromStr;

use pep440_rs::Version;

use super::difference::Group;
use super::number::{Number, split_digits, split_non_digits};

/// Declared in order: legacy versions are older than all valid ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Legacy(Vec<Part>),
    Valid(Version),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Number(Number),
    Text(Box<str>),
}

impl Key {
    pub(super) fn same_line(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Valid(_), Self::Valid(_)) | (Self::Legacy(_), Self::Legacy(_)))
    }

    pub(super) fn groups(&self) -> Vec<Group> {
        match self {
            Self::Legacy(parts) => {
                let shown = |part: &Part| match part {
                    Part::Number(number) => number.to_string(),
                    Part::Text(text) => text.to_string(),
                };
                vec![Group::one("kind", &"legacy"), Group::many("part", parts.iter().map(shown))]
            }
            Self::Valid(version) => valid_groups(version),
        }
    }
}

pub(super) fn parse(text: &str) -> Option<Key> {
    match Version::from_str(text) {
        Ok(version) => Some(Key::Valid(version)),
        Err(_) => legacy(text).map(Key::Legacy),
    }
}

/// `None` when a number is beyond 64 bits: such a text may be a valid version that the parser cannot hold, and
/// the legacy order would put it on the wrong side of every range.
fn legacy(text: &str) -> Option<Vec<Part>> {
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let folded = text.to_ascii_lowercase();
    let mut rest = folded.as_str();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (digits, after) = split_digits(rest);
        let (words, after) = split_non_digits(after);
        if !digits.is_empty() {
            match Number::parse(digits)? {
                Number::Large(..) => return None,
                small => parts.push(Part::Number(small)),
            }
        }
        if !words.is_empty() {
            parts.push(Part::Text(words.into()));
        }
        rest = after;
    }
    Some(parts)
}

fn valid_groups(version: &Version) -> Vec<Group> {
    let significant = version.release().iter().rposition(|number| *number != 0).map_or(0, |last| last + 1);
    let release = version.release().iter().take(significant);
    // A development release of the version itself is older than its pre-releases.
    let dev_only = version.is_dev() && version.pre().is_none() && version.post().is_none();
    let pre = version.pre().map(|pre| pre.to_string()).or_else(|| dev_only.then(|| "dev".to_owned()));
    vec![
        Group::one("kind", &"PEP 440"),
        Group::one("epoch", &version.epoch()),
        Group::many("release number", release.map(ToString::to_string)),
        Group::one_if("pre-release", pre),
        Group::one_if("post-release", version.post()),
        Group::one_if("development release", version.dev()),
        Group::many("local part", version.local().iter().map(ToString::to_string)),
    ]
}
