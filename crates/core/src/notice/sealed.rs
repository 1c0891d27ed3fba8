//! The form in which the text of a notice leaves the service for a reader that has keys.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Event, Notice};
use crate::decision::{Facts, Refusal, require};
use crate::ids::OrgId;

/// A text as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Revision for this reader, from 1: one more whenever the text or the keys changed.
    pub revision: u32,
    /// Lower-case hex SHA-256 of what was sealed.
    pub text: String,
    /// Fingerprints of the keys that it opens with.
    pub keys: BTreeSet<String>,
    /// Lower-case hex SHA-256 of the sealed file.
    pub file: String,
}

impl Notice {
    /// The file that a reader gets, where one was sealed of this text and opens with keys that all still count.
    pub fn sealed_for(&self, reader: OrgId, text: &str, active: &BTreeSet<String>) -> Option<&Sealed> {
        let sealed = self.sealed.get(&reader)?;
        (sealed.text == text && sealed.keys.is_subset(active)).then_some(sealed)
    }

    /// The revision that the next file for a reader has.
    pub fn next_revision(&self, reader: OrgId) -> u32 {
        self.sealed.get(&reader).map_or(1, |sealed| sealed.revision.saturating_add(1))
    }
}

/// Notes what was sealed for the actor's organisation.
pub(super) fn seal(state: &Notice, sealed: Sealed, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let reader = facts.actor.org();
    let reader = reader.ok_or(Refusal::Forbidden("a notice is sealed for those who read it"))?;
    let good = !sealed.keys.is_empty() && sealed.revision == state.next_revision(reader);
    require(good, Refusal::Rule("a sealed notice has the next revision, and keys that open it"))?;
    Ok(vec![Event::NoticeSealed { reader, sealed }])
}
