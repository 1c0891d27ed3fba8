//! Files that belong to a finding, and who is given them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Event, Finding};
use crate::access::{Act, filter};
use crate::aggregate::Aggregate;
use crate::decision::{Facts, Refusal, require};
use crate::ids::{AttachmentId, OrgId};

/// Largest file, in bytes.
pub const LARGEST: u64 = 16 << 20;
/// Most files of one finding.
const MOST: usize = 20;
/// Most bytes of one finding's files together.
const TOGETHER: u64 = 64 << 20;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every one.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// As written in documents and headers.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The one that is written so.
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

named! {
    /// What a file is for.
    AttachmentKind {
        /// It triggers the vulnerability.
        Reproducer = "reproducer",
        /// It shows what happens then.
        Trace = "trace",
        /// It fixes it.
        Patch = "patch",
    }
}

named! {
    /// What a file says it is. It is never shown in a page, only downloaded.
    MediaType {
        /// Plain text.
        Text = "text/plain",
        /// A patch in text.
        Diff = "text/x-diff",
        /// JSON.
        Json = "application/json",
        /// Anything else.
        Bytes = "application/octet-stream",
        /// A gzip file.
        Gzip = "application/gzip",
        /// A zip archive.
        Zip = "application/zip",
    }
}

/// A file of a finding; its bytes are a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Id.
    pub id: AttachmentId,
    /// What it is for.
    pub kind: AttachmentKind,
    /// What it says it is.
    pub media_type: MediaType,
    /// Size in bytes.
    pub size: u64,
    /// Lower-case hex SHA-256 of the bytes.
    pub sha256: String,
}

/// Decides whether a file is added. The same file for the same purpose is not added twice.
pub(super) fn attach(
    state: &Finding,
    attachment: Attachment,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    allowed(state, facts, Act::Attach, "only who submitted a finding adds files to it")?;
    require(attachment.size > 0, Refusal::Invalid { field: "/", message: "the file is empty" })?;
    let message = "a file has at most 16 MiB";
    require(attachment.size <= LARGEST, Refusal::Invalid { field: "/", message })?;
    let same = |known: &&Attachment| known.sha256 == attachment.sha256 && known.kind == attachment.kind;
    if state.attachments.iter().any(|known| same(&known)) {
        return Ok(Vec::new());
    }
    let size: u64 = state.attachments.iter().map(|known| known.size).sum();
    let rule = Refusal::Rule("a finding has at most 20 files and 64 MiB of them");
    require(state.attachments.len() < MOST && size + attachment.size <= TOGETHER, rule)?;
    Ok(vec![Event::FindingAttached { attachment }])
}

/// Decides whether a vendor is given the files: one person proposes by asking first, the next one approves.
pub(super) fn give_proof(state: &Finding, vendor: OrgId, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    allowed(state, facts, Act::TriageFinding, "only coordinators give a vendor the proof of concept")?;
    let by = facts.actor.person().ok_or(Refusal::Forbidden("this needs a person"))?;
    let approved = state.proof_approvals.get(&vendor).cloned().unwrap_or_default();
    require(!approved.contains(&by), Refusal::Rule("you approved this already; another person is needed"))?;
    require(!state.proof_holders.contains(&vendor), Refusal::Rule("this vendor has the proof of concept"))?;
    let mut events = vec![Event::FindingProofApproved { vendor, by }];
    if approved.len() + 1 >= usize::try_from(facts.policy.profile.approvals.share).unwrap_or(usize::MAX) {
        events.push(Event::FindingProofGiven { vendor });
    }
    Ok(events)
}

fn allowed(state: &Finding, facts: &Facts<'_>, act: Act, why: &'static str) -> Result<(), Refusal> {
    require(state.id.is_some(), Refusal::NotFound)?;
    let facets = state.facets();
    if filter(facts.actor, act).admits(&facets) {
        return Ok(());
    }
    let seen = filter(facts.actor, Act::SeeFinding).admits(&facets);
    Err(if seen { Refusal::Forbidden(why) } else { Refusal::NotFound })
}

/// Vendors that hold the proof of concept.
pub(super) type Holders = BTreeSet<OrgId>;
