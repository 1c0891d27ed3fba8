//! Cases: one vulnerability each, from the first finding to the public advisory.

mod command;
mod decide;
mod embargo;
mod event;
mod evolve;
mod gates;
mod gathering;
mod matched;
mod plan;
mod spread;
mod states;
mod triggers;
mod validation;
mod vendors;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_exposure::Affected;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use command::{Command, DraftText, VendorStatus, Verdict};
pub use decide::decide;
pub use embargo::{
    Consent, Embargo, EmbargoState, Exit, Extension, LiftRule, ReleaseReason, Terms, Tlp, Trigger,
};
pub use event::Event;
pub use gates::WaveGate;
pub use gathering::{Exchanges, Gathered, Merged};
pub use matched::{JudgedMatch, MatchVerdict, SuggestedMatch};
pub use plan::{Alarm, Gate, Plan, PlannedStep, Who};
pub(crate) use spread::person;
pub use states::{State, Step, TRANSITIONS, diagram, next};
pub use vendors::{RunningDuty, Told};

use crate::access::Visible;
use crate::ids::{CaseId, FindingId, OrgId, PrincipalId, WaveId};
use crate::notice::Notice;
use crate::party::VendorMode;
use crate::secret::Secret;
use crate::sharing::{Audience, ContentLevel};
use crate::times::VendorTimes;

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Case {
    /// Id; `None` only before it was opened.
    pub id: Option<CaseId>,
    /// Number for people, such as `FW-2026-K7QX3M`. It carries no count.
    pub number: String,
    /// State.
    pub state: State,
    /// Organisation that coordinates it.
    pub coordinating: Option<OrgId>,
    /// Title.
    pub title: Secret<String>,
    /// What is affected.
    pub affected: Secret<Vec<Affected>>,
    /// Components under other names that somebody judged, by the id of the match.
    #[serde(default)]
    pub matches: Secret<BTreeMap<String, JudgedMatch>>,
    /// The findings in it.
    pub findings: BTreeMap<FindingId, Joined>,
    /// Who confirmed it, and how.
    pub validation: Option<Validation>,
    /// Vendors.
    pub vendors: BTreeMap<OrgId, VendorParty>,
    /// Vendors that it concerns and that take part in no embargo.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unasked: BTreeMap<OrgId, VendorMode>,
    /// Embargo.
    pub embargo: Option<Embargo>,
    /// Versions that fix it, of all vendors and as coordinators recorded them; empty before the first fix.
    pub fixed_in: Secret<Vec<String>>,
    /// Whether every vendor that is affected has a fix; a reopened case waits for that again.
    pub fix_ready: bool,
    /// Advisory drafts, the latest last; revision = position + 1.
    pub drafts: Vec<Secret<DraftText>>,
    /// Whether it is of the top tier: exploited, or to be acted on at once.
    #[serde(default)]
    pub urgent: bool,
    /// Waves.
    pub waves: BTreeMap<WaveId, Wave>,
    /// Release, once proposed.
    pub release: Option<Release>,
    /// Signatures of approvals so far: each counts once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub signatures: BTreeSet<String>,
    /// When it was opened, milliseconds since the Unix epoch.
    pub opened_at: i64,
    /// Where its findings are, once it was merged into another case. Its state is then as it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
    /// What came from other cases and went to them.
    #[serde(default, skip_serializing_if = "Exchanges::is_empty")]
    pub exchanges: Exchanges,
    /// Since when it is in its state, milliseconds since the Unix epoch.
    #[serde(default)]
    pub state_since: i64,
    /// When its first embargo terms were set: the longest embargo is counted from here.
    #[serde(default)]
    pub embargo_since: Option<Timestamp>,
    /// Triggers for an early end that were raised and not dismissed.
    #[serde(default)]
    pub triggers: BTreeMap<ReleaseReason, Trigger>,
    /// Vendors' open requests for more time. No vendor learns of another's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<OrgId, Extension>,
    /// Versions that coordinators recorded for all vendors.
    #[serde(default, skip_serializing_if = "no_versions")]
    pub common_fixes: Secret<Vec<String>>,
    /// Whether a coordinator recorded a fix for all vendors since the case was opened or reopened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fixed_for_all: bool,
    /// What waited too long when time was last looked at; any act on the case clears it.
    #[serde(default)]
    pub alarms: BTreeSet<Alarm>,
    /// When the latest draft was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted_at: Option<Timestamp>,
    /// Since when a coordinator has said that it is exploited, by confirming the trigger or by proposing a release for
    /// it; dismissing the trigger takes it back. The one source of that, for its priority and for a vendor's pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploited_since: Option<Timestamp>,
    /// Who has taken it to check it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// Every verdict on it, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Vendors that wait for their pace, and since when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queued: BTreeMap<OrgId, Timestamp>,
}

/// A claim of a validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// For which organisation.
    pub org: OrgId,
    /// Until when.
    pub until: Timestamp,
}

/// A verdict with who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Result.
    pub verdict: Verdict,
    /// How it was checked.
    pub method: String,
    /// Who, as in events.
    pub by: String,
    /// For which organisation.
    pub org: Option<OrgId>,
    /// When.
    pub at: Timestamp,
}

/// A finding in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Who found it.
    pub finder: OrgId,
    /// Why it is in this case.
    pub why: String,
}

/// A validation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validation {
    /// Result.
    pub verdict: Verdict,
    /// How it was checked.
    pub method: String,
    /// Who, as in events.
    pub by: String,
}

/// A vendor in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorParty {
    /// Its consent to the terms.
    pub consent: Consent,
    /// When it was last asked to consent: invited, or its consent lapsed under new terms.
    pub invited_at: Timestamp,
    /// What it says of its products.
    pub status: Option<VendorStatus>,
    /// In its own words.
    pub statement: Secret<String>,
    /// By when it promised a fix.
    #[serde(default)]
    pub fix_by: Option<Timestamp>,
    /// When it came how far.
    #[serde(default)]
    pub times: VendorTimes,
    /// Versions of its own products that fix it, as it wrote them last.
    #[serde(default, skip_serializing_if = "no_versions")]
    pub fixed_in: Secret<Vec<String>>,
    /// Since when it has a fix, in the life of the case since it was opened or reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_at: Option<Timestamp>,
    /// Whether it was asked before anybody had checked the case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unchecked: bool,
    /// Whether it agreed to be shown to the other vendors.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows: bool,
    /// Whether the word that it is asked reached it.
    #[serde(default, skip_serializing_if = "Told::is_unknown")]
    pub told: Told,
    /// Duties to report that it said it has done, and when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<String, Timestamp>,
}

/// A wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// How much recipients are told.
    pub level: ContentLevel,
    /// For whom it is.
    pub audience: Audience,
    /// Revision of the draft it carries.
    pub revision: u32,
    /// Why no vendor is in it, when none is.
    pub without_vendor: Option<String>,
    /// Whether a proof of concept before a fix was proposed in so many words.
    pub proof_before_fix: bool,
    /// What must hold beside the approvals before it is sent.
    #[serde(default)]
    pub gate: WaveGate,
    /// When it was proposed; absent for waves from before this was kept.
    #[serde(default)]
    pub proposed_at: Option<Timestamp>,
    /// People who approved, the proposer first among them.
    pub approvals: BTreeSet<PrincipalId>,
    /// Whether what is affected was corrected, or the case reopened, after it was proposed. It reaches nobody new.
    #[serde(default)]
    pub ended: bool,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Organisations with a notice of it.
    pub recipients: BTreeSet<OrgId>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Why now.
    pub reason: ReleaseReason,
    /// Revision of the draft to publish.
    pub revision: u32,
    /// When it was proposed; absent for releases from before this was kept.
    #[serde(default)]
    pub proposed_at: Option<Timestamp>,
    /// People who approved.
    pub approvals: BTreeSet<PrincipalId>,
    /// When it happened.
    pub released_at: Option<Timestamp>,
}

/// What a recipient of a notice reads, cut to the level of its wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Level it was cut to.
    pub level: ContentLevel,
    /// Title.
    pub title: Option<String>,
    /// What to do.
    pub mitigation: Option<String>,
    /// Versions that fix it.
    pub fixed_in: Vec<String>,
    /// What it is.
    pub detail: Option<String>,
    /// How to trigger it.
    pub proof_of_concept: Option<String>,
    /// How to handle this copy; with a recipient's marks, see [`crate::marks`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<String>,
    /// Reference of this copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

fn no_versions(versions: &Secret<Vec<String>>) -> bool {
    versions.expose().is_empty()
}

impl Case {
    /// The state as shown: `merged` once its findings are in another case and nobody else was told of it.
    pub fn state_name(&self) -> &'static str {
        if self.merged.as_ref().is_some_and(|merged| !merged.told) { "merged" } else { self.state.as_str() }
    }

    /// The draft of a revision.
    pub fn draft(&self, revision: u32) -> Option<&DraftText> {
        let position = usize::try_from(revision).ok()?.checked_sub(1)?;
        self.drafts.get(position).map(Secret::expose)
    }

    /// Organisations that a standing notice tells at least as much as this wave would: its level, and its draft or a
    /// later one. Whoever was told less, or of what was corrected since, is told again.
    pub fn told_as_much(&self, as_wave: &Wave) -> BTreeSet<OrgId> {
        let as_much =
            |wave: &&Wave| !wave.ended && wave.level >= as_wave.level && wave.revision >= as_wave.revision;
        self.waves.values().filter(as_much).flat_map(|wave| wave.recipients.iter().copied()).collect()
    }

    /// Waves that were sent while the embargo still holds, so that new exposure falls under them.
    pub fn standing_waves(&self) -> impl Iterator<Item = (&WaveId, &Wave)> {
        let held = self.embargo.as_ref().is_some_and(|embargo| !embargo.has_exited());
        let standing = held && self.state == State::Sharing;
        self.waves.iter().filter(move |(_, wave)| standing && wave.sent_at.is_some() && !wave.ended)
    }

    /// The content behind a notice. No consent, no content: `None` until its recipient consented or it is public.
    /// A proof of concept never becomes public, so without consent the end of the embargo does not show it either.
    pub(crate) fn content_for(
        &self,
        notice: &Visible<Notice>,
        most: Option<ContentLevel>,
    ) -> Option<Content> {
        let wave = self.waves.get(&notice.wave?)?;
        let (revision, level) = match (notice.consent == Consent::Signatory, notice.lifted) {
            (true, _) => (wave.revision, wave.level),
            // Without consent only what was published.
            (false, true) => (self.published_revision()?, wave.level.min(ContentLevel::Detail)),
            (false, false) => return None,
        };
        self.content_at(revision, most.map_or(level, |most| level.min(most)))
    }

    /// What a revision of the draft tells at a level.
    pub(crate) fn content_at(&self, revision: u32, level: ContentLevel) -> Option<Content> {
        Some(self.cut(self.draft(revision)?, level))
    }

    fn published_revision(&self) -> Option<u32> {
        self.release.as_ref().filter(|release| release.released_at.is_some()).map(|release| release.revision)
    }

    fn cut(&self, draft: &DraftText, level: ContentLevel) -> Content {
        let from =
            |least: ContentLevel, text: &str| (level >= least && !text.is_empty()).then(|| text.to_owned());
        Content {
            level,
            title: from(ContentLevel::Mitigation, &draft.title),
            mitigation: from(ContentLevel::Mitigation, &draft.mitigation),
            fixed_in: if level >= ContentLevel::Mitigation { self.fixed_in.expose().clone() } else { vec![] },
            detail: from(ContentLevel::Detail, &draft.detail),
            proof_of_concept: from(ContentLevel::ProofOfConcept, &draft.proof_of_concept),
            handling: None,
            reference: None,
        }
    }

    /// The number for people: year and six characters of Crockford's base 32, taken from the id.
    pub fn number_for(id: CaseId, opened: Timestamp) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = id.0.as_u128();
        let code: String = (0..6).map(|i| char::from(ALPHABET[((bits >> (5 * i)) & 31) as usize])).collect();
        let year = jiff::tz::Offset::UTC.to_datetime(opened).year();
        format!("FW-{year}-{code}")
    }
}
