//! Versions that are nothing but numbers: CRAN's and Hackage's.
//!
//! The first difference decides, and of two that agree as far as they go the longer is newer (`1.0` < `1.0.0`).
//! - CRAN: numbers joined by `.` or `-` (R's `package_version`,
//!   <https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file>).
//! - Hackage: numbers joined by `.` (the Package Versioning Policy, <https://pvp.haskell.org>).

use super::difference::Group;
use super::number::Number;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<Number>);

pub(super) fn parse_cran(text: &str) -> Option<Key> {
    numbers(text.split(['.', '-']))
}

pub(super) fn parse_hackage(text: &str) -> Option<Key> {
    numbers(text.split('.'))
}

fn numbers<'t>(parts: impl Iterator<Item = &'t str>) -> Option<Key> {
    let number = |part: &str| Number::parse(part).filter(|_| !part.is_empty());
    parts.map(number).collect::<Option<_>>().map(Key)
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        vec![Group::many("number", self.0.iter().map(ToString::to_string))]
    }
}
