//! Texts in the order of their UTF-8 bytes: the `lexicographic` type of VERS.

use super::difference::Group;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Box<str>);

#[allow(clippy::unnecessary_wraps, reason = "every scheme may refuse a text")]
pub(super) fn parse(text: &str) -> Option<Key> {
    Some(Key(text.into()))
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        vec![Group::one("text", &self.0)]
    }
}
