//! Embargo terms and who consented to them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::PrincipalId;
use crate::secret::Secret;

/// Traffic Light Protocol 2.0 (FIRST, 2022).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tlp {
    /// No limit.
    #[serde(rename = "CLEAR")]
    Clear,
    /// The community.
    #[serde(rename = "GREEN")]
    Green,
    /// The recipient's organisation and its clients.
    #[serde(rename = "AMBER")]
    Amber,
    /// The recipient's organisation.
    #[serde(rename = "AMBER+STRICT")]
    AmberStrict,
    /// The recipients in person.
    #[serde(rename = "RED")]
    Red,
}

impl Tlp {
    /// The label, without the `TLP:` prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Tlp::Clear => "CLEAR",
            Tlp::Green => "GREEN",
            Tlp::Amber => "AMBER",
            Tlp::AmberStrict => "AMBER+STRICT",
            Tlp::Red => "RED",
        }
    }
}

/// What parties consent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Nothing becomes public before this moment, unless the embargo is lifted early.
    pub release_at: Timestamp,
    /// IANA time zone in which the moment was agreed, for display.
    pub zone: String,
    /// How far content may travel.
    pub tlp: Tlp,
    /// Reasons for an early end that the parties agree to beforehand; for any other, new terms are needed.
    /// Every early reason is not written, so that such terms have the bytes they had before there were triggers.
    #[serde(default = "ReleaseReason::all_early", skip_serializing_if = "ReleaseReason::is_all_early")]
    pub triggers: BTreeSet<ReleaseReason>,
}

impl Terms {
    /// Terms under which every early reason is agreed.
    pub fn new(release_at: Timestamp, zone: &str, tlp: Tlp) -> Self {
        Self { release_at, zone: zone.to_owned(), tlp, triggers: ReleaseReason::all_early() }
    }
}

/// How an embargo ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// Released when due.
    Public,
    /// Released before it was due.
    LiftedEarly,
    /// The moment passed without a release.
    Expired,
}

/// State of an embargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbargoState {
    /// Terms are on the table, nobody consented yet.
    Proposed,
    /// Somebody is bound by them.
    Active,
    /// New terms are on the table; earlier consents have lapsed.
    Revised,
    /// Over.
    Exited(Exit),
}

/// The embargo of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embargo {
    /// Terms in force.
    pub terms: Terms,
    /// State.
    pub state: EmbargoState,
    /// Rules signed beforehand: when such a trigger is raised, the embargo ends without another decision.
    #[serde(default)]
    pub rules: BTreeMap<ReleaseReason, LiftRule>,
}

/// A decision taken beforehand: so long after a coordinator raised the trigger, the embargo is lifted, unless two
/// people dismissed the trigger before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftRule {
    /// Hours between the trigger and the release.
    pub hours: u32,
    /// People who signed it; it is in force once they are as many as a release needs.
    pub signed_by: BTreeSet<PrincipalId>,
}

/// Something happened that may end the embargo early. It proposes; two people or a rule they signed decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// When it was first raised.
    pub raised_at: Timestamp,
    /// When a coordinator raised or confirmed it; only then does a signed rule's time run.
    pub confirmed_at: Option<Timestamp>,
    /// What shows it.
    pub evidence: Secret<String>,
    /// Coordinators who hold that it is none; it is gone once they are as many as a release needs.
    pub dismissed_by: BTreeSet<PrincipalId>,
}

/// A vendor asks for more time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Who asks.
    pub vendor: crate::ids::OrgId,
    /// Until when.
    pub until: Timestamp,
    /// Why, in its words.
    pub reason: Secret<String>,
    /// When it asked.
    pub asked_at: Timestamp,
}

impl LiftRule {
    /// When it lifts an embargo whose trigger was confirmed at that moment.
    pub fn lifts_at(&self, confirmed: Timestamp) -> Timestamp {
        confirmed.checked_add(SignedDuration::from_hours(i64::from(self.hours))).unwrap_or(Timestamp::MAX)
    }
}

impl Embargo {
    /// Whether it is over. An embargo exits once; only new terms begin another.
    pub fn has_exited(&self) -> bool {
        matches!(self.state, EmbargoState::Exited(_))
    }
}

/// How a party stands to the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// Asked.
    #[default]
    Invited,
    /// Consented.
    Signatory,
    /// Said no.
    Declined,
    /// Consented to earlier terms; asked again.
    Lapsed,
}

impl Consent {
    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Consent::Invited => "invited",
            Consent::Signatory => "signatory",
            Consent::Declined => "declined",
            Consent::Lapsed => "lapsed",
        }
    }
}

/// Why content may be released before the embargo's end. Agreed beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseReason {
    /// The agreed moment has come.
    Scheduled,
    /// It is being exploited.
    Exploited,
    /// It leaked, or others found it.
    Leaked,
    /// The fix is visible in public.
    FixPublic,
    /// The vendor is silent.
    VendorSilent,
}

impl ReleaseReason {
    /// Every reason for an early end.
    pub const EARLY: &'static [ReleaseReason] = &[
        ReleaseReason::Exploited,
        ReleaseReason::Leaked,
        ReleaseReason::FixPublic,
        ReleaseReason::VendorSilent,
    ];

    fn is_all_early(reasons: &BTreeSet<ReleaseReason>) -> bool {
        *reasons == Self::all_early()
    }

    /// Every reason for an early end, as terms have them that name none.
    pub fn all_early() -> BTreeSet<ReleaseReason> {
        Self::EARLY.iter().copied().collect()
    }

    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            ReleaseReason::Scheduled => "scheduled",
            ReleaseReason::Exploited => "exploited",
            ReleaseReason::Leaked => "leaked",
            ReleaseReason::FixPublic => "fix-public",
            ReleaseReason::VendorSilent => "vendor-silent",
        }
    }
}
