//! OpenSSL's releases: `1.0.2zd`, `3.0.7`, `1.1.1-pre2` (<https://www.openssl.org/policies/general/versioning-policy.html>).
//!
//! As SemVer, and up to 1.1.1 letters behind the numbers are patches: none, then `a` to `z`, then `za` and on.

use super::difference::Group;
use super::semver;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    version: semver::Key,
    patch: Box<str>,
}

pub(super) fn parse(text: &str) -> Option<Key> {
    let core = text.split(['-', '+']).next().unwrap_or(text);
    let end = core.trim_end_matches(|c: char| c.is_ascii_lowercase()).len();
    let (numbers, rest) = text.split_at(end);
    let (patch, stage) = rest.split_at(core.len() - end);
    Some(Key { version: semver::parse(&format!("{numbers}{stage}"))?, patch: patch.into() })
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut groups = self.version.groups();
        groups.push(Group::one_if("patch", Some(&self.patch).filter(|patch| !patch.is_empty())));
        groups
    }
}
