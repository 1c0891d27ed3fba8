//! The policy profile: bodies, roles, sectors and time limits as data.

mod duties;
mod escalation;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::priority::Priorities;
pub use duties::{DutyFrom, VendorDuty};
pub use escalation::{Escalation, Steps};

/// The profile used when none is configured.
pub const DEFAULT_PROFILE: &str = include_str!("../policy/default.toml");

/// A policy profile. Its digest is stamped on every event decided under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name and version, such as `forewarn-default/1`.
    pub name: String,
    /// The lead body, as it signs public documents.
    pub lead: Lead,
    /// Sector codes and their names.
    pub sectors: BTreeMap<String, String>,
    /// Time limits.
    pub limits: Limits,
    /// People needed for sensitive acts.
    pub approvals: Approvals,
    /// How long a case may wait for somebody before that is an alarm.
    #[serde(default)]
    pub patience: Patience,
    /// Roll-ups.
    #[serde(default)]
    pub rollup: RollupRules,
    /// How much is taken in from one source.
    #[serde(default)]
    pub intake: Intake,
    /// How much one member may read.
    #[serde(default)]
    pub reading: Reading,
    /// How cases are put in order.
    pub priority: Priorities,
    /// How validators take cases.
    pub validation: Claims,
    /// How long a case may wait for a vendor's pace.
    pub pace: Waiting,
    /// What happens when nobody answers; the default ladder when left out.
    #[serde(default)]
    pub escalation: Escalation,
    /// Duties to report that vendors are shown; none when left out.
    #[serde(default)]
    pub vendor_duties: Vec<VendorDuty>,
}

/// How validators take cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Cases that one organisation may hold at once.
    pub most_claims: u32,
    /// Hours until a claim ends.
    pub lease_hours: u32,
}

/// How long a case may wait for a vendor's pace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Days until there is an alarm.
    pub alarm_days: u32,
}

/// The body that leads the clearinghouse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lead {
    /// Name as printed in advisories.
    pub name: String,
    /// Namespace URI, as CSAF wants it.
    pub namespace: String,
    /// How to reach it.
    pub contact: String,
    /// Version of the agreement that gives standing consent to embargoes.
    pub agreement: String,
}

/// Time limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Days until a finder must have an answer.
    pub answer_finder_days: u32,
    /// Days a vendor has by default until release.
    pub vendor_days: u32,
    /// Days a vendor has when the vulnerability is exploited.
    pub vendor_exploited_days: u32,
    /// Days of vendor silence after which coordinators may share without the vendor.
    pub vendor_silence_days: u32,
    /// Hours an operator has to acknowledge a notice.
    pub acknowledge_hours: u32,
    /// Longest embargo that may be set, in days.
    pub longest_embargo_days: u32,
}

/// How long a case may wait for somebody before that is an alarm. What the time limits of the parties say comes on top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patience {
    /// Days until somebody has validated it.
    pub validate_days: u32,
    /// Days until a dispute is settled.
    pub dispute_days: u32,
    /// Days until a vendor is invited once it is validated.
    pub invite_days: u32,
    /// Days until there is a draft once a vendor was told.
    pub draft_days: u32,
    /// Hours until a proposal, a trigger or a request is decided.
    pub decide_hours: u32,
    /// Hours before the end of the embargo at which its release should be approved.
    pub release_notice_hours: u32,
    /// Days until a public case is closed.
    pub close_days: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            validate_days: 7,
            dispute_days: 14,
            invite_days: 3,
            draft_days: 30,
            decide_hours: 24,
            release_notice_hours: 72,
            close_days: 180,
        }
    }
}

/// What roll-ups show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollupRules {
    /// Fewer organisations than this are too few to be shown; at least 3, since with 2 each knows the other.
    pub smallest: u32,
}

impl Default for RollupRules {
    fn default() -> Self {
        Self { smallest: 5 }
    }
}

/// How many different people sensitive acts need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// For sharing a wave; at least 2.
    pub share: u32,
    /// For release; at least 2.
    pub release: u32,
    /// Whether proposals and approvals of waves and releases count only when they are signed with the approver's key.
    #[serde(default)]
    pub require_signed_approvals: bool,
}

/// How much is taken in from one source. Profiles written before this section have its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    /// Findings of one organisation in a day (UTC).
    pub per_day: u64,
    /// Findings of one organisation in a burst.
    pub per_burst: u64,
    /// Length of a burst, in minutes.
    pub burst_minutes: u32,
    /// Whether findings are taken from those without an account.
    pub anonymous: bool,
    /// Findings of all those without an account together, in a day (UTC).
    pub anonymous_per_day: u64,
    /// The same in a burst.
    pub anonymous_per_burst: u64,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            per_day: 50_000,
            per_burst: 25_000,
            burst_minutes: 10,
            anonymous: false,
            anonymous_per_day: 200,
            anonymous_per_burst: 20,
        }
    }
}

/// How much one member may read in a stretch of time. Profiles written before this section have its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// Length of the stretch, in hours; 1 to 720.
    pub window_hours: u32,
    /// For members with the role of coordinator.
    pub coordinators: ReadingLimit,
    /// For everybody else.
    pub others: ReadingLimit,
}

/// From how many different things on there is an alarm, and an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingLimit {
    /// Different things from which there is an alarm for coordinators.
    pub alarm_at: u64,
    /// Different things beyond which nothing more is shown until the stretch ends; 0 for no such limit.
    #[serde(default)]
    pub stop_at: u64,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            window_hours: 24,
            coordinators: ReadingLimit { alarm_at: 2_000, stop_at: 0 },
            others: ReadingLimit { alarm_at: 200, stop_at: 0 },
        }
    }
}

impl Reading {
    /// The limit of a member.
    pub fn limit(&self, coordinator: bool) -> &ReadingLimit {
        if coordinator { &self.coordinators } else { &self.others }
    }

    fn check(&self) -> Result<(), PolicyProblem> {
        let bad = |limit: &ReadingLimit| {
            limit.alarm_at == 0 || (limit.stop_at > 0 && limit.stop_at < limit.alarm_at)
        };
        if !(1..=720).contains(&self.window_hours) || bad(&self.coordinators) || bad(&self.others) {
            return Err(PolicyProblem::Unsafe(
                "reading: a window lasts 1 to 720 hours, alarm_at is at least 1, and stop_at is 0 or not below it",
            ));
        }
        Ok(())
    }
}

/// A profile with its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The profile.
    pub profile: Profile,
    /// Lower-case hex SHA-256 of the TOML text.
    pub digest: String,
}

/// Why a profile was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    /// Not TOML, or not a profile; the message names line and key.
    #[error("policy profile: {0}")]
    Unreadable(String),
    /// A limit that would break a promise.
    #[error("policy profile: {0}")]
    Unsafe(&'static str),
}

impl Policy {
    /// Reads a profile.
    ///
    /// # Errors
    /// When the text is not a profile, or asks for fewer than two people for a sensitive act.
    pub fn parse(toml_text: &str) -> Result<Self, PolicyProblem> {
        let profile: Profile =
            toml::from_str(toml_text).map_err(|e| PolicyProblem::Unreadable(e.to_string()))?;
        if profile.approvals.share < 2 || profile.approvals.release < 2 {
            return Err(PolicyProblem::Unsafe("approvals.share and approvals.release must be at least 2"));
        }
        let Limits {
            answer_finder_days,
            vendor_days,
            vendor_exploited_days,
            vendor_silence_days,
            acknowledge_hours,
            longest_embargo_days,
        } = profile.limits;
        let days = [answer_finder_days, vendor_days, vendor_exploited_days, vendor_silence_days];
        if days.contains(&0) || acknowledge_hours == 0 || longest_embargo_days == 0 {
            return Err(PolicyProblem::Unsafe("limits must not be zero"));
        }
        let Intake { per_day, per_burst, burst_minutes, anonymous_per_day, anonymous_per_burst, .. } =
            profile.intake;
        if [per_day, per_burst, anonymous_per_day, anonymous_per_burst].contains(&0)
            || !(1..=1440).contains(&burst_minutes)
        {
            return Err(PolicyProblem::Unsafe(
                "intake counts must not be zero, and a burst lasts 1 to 1,440 minutes",
            ));
        }
        let Claims { most_claims, lease_hours } = profile.validation;
        if most_claims == 0 || lease_hours == 0 || profile.pace.alarm_days == 0 {
            return Err(PolicyProblem::Unsafe("validation and pace: numbers must not be zero"));
        }
        if let Some(problem) = profile.priority.problem(&profile.sectors) {
            return Err(PolicyProblem::Unsafe(problem));
        }
        duties::check(&profile.vendor_duties)?;
        profile.escalation.check()?;
        profile.reading.check()?;
        if profile.rollup.smallest < 3 {
            return Err(PolicyProblem::Unsafe("rollup.smallest must be at least 3"));
        }
        let digest = hex::encode(Sha256::digest(toml_text.as_bytes()));
        Ok(Self { profile, digest })
    }
}
