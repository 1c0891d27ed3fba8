//! Embargo terms and who consented to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
