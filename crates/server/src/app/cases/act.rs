//! What can be asked of a case, as it is sent.

use std::collections::BTreeSet;

use forewarn_core::approval::Signed;
use forewarn_core::case::{DraftText, MatchVerdict, ReleaseReason, Tlp, VendorStatus, Verdict};
use forewarn_core::sharing::{ContentLevel, Reach};
use forewarn_exposure::{Affected, Confidence};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An act on a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CaseAct {
    /// Confirm it, or say that it could not be reproduced.
    Validate {
        /// `confirmed`, `not-reproduced`, `not-a-vulnerability`, `already-public` or `needs-information`.
        #[schema(value_type = String)]
        verdict: Verdict,
        /// How it was checked.
        method: String,
        /// What shows it.
        evidence: String,
    },
    /// Give it back unchecked, as the validator that took it.
    GiveBack,
    /// Dispute it.
    Dispute {
        /// Why.
        reason: String,
    },
    /// Correct what is affected.
    CorrectAffected {
        /// The whole new list.
        #[schema(value_type = Vec<Object>)]
        affected: Vec<Affected>,
    },
    /// Say whether a component under another name is the affected product.
    JudgeMatch {
        /// Id of the suggested match, from the case's exposure.
        #[serde(rename = "match")]
        matched: String,
        /// `same` makes it exposure, `different` keeps it from being suggested again.
        #[schema(value_type = String)]
        verdict: MatchVerdict,
        /// Why.
        reason: String,
    },
    /// Put a finding into the case by hand.
    Join {
        /// Which.
        finding: String,
        /// Why.
        why: String,
    },
    /// Set embargo terms.
    SetTerms {
        /// Moment of release, RFC 3339.
        #[schema(value_type = String)]
        release_at: Timestamp,
        /// IANA time zone in which it was agreed.
        zone: String,
        /// TLP label.
        #[schema(value_type = String)]
        tlp: Tlp,
        /// Reasons for an early end that are agreed beforehand; every one when left out.
        #[serde(default)]
        #[schema(value_type = Option<Vec<String>>)]
        triggers: Option<BTreeSet<ReleaseReason>>,
    },
    /// Invite a vendor.
    InviteVendor {
        /// Organisation.
        vendor: String,
    },
    /// Answer the embargo terms as a vendor.
    AnswerTerms {
        /// Yes or no.
        accept: bool,
    },
    /// State whether products are affected, as a vendor.
    State {
        /// `affected`, `not-affected` or `unknown`.
        #[schema(value_type = String)]
        status: VendorStatus,
        /// In the vendor's words.
        statement: String,
    },
    /// Agree to be shown to the other vendors of the case, should there be any, or take that back; as a vendor. They
    /// see each other once all agree.
    ShowVendor {
        /// Whether you agree.
        show: bool,
    },
    /// Say that a duty to report is done, as a vendor.
    ReportDuty {
        /// Id of the duty, such as `cra-early-warning`.
        duty: String,
    },
    /// Record that a fix is ready.
    RecordFix {
        /// Versions that fix it.
        fixed_in: Vec<String>,
    },
    /// Write an advisory revision.
    Draft {
        /// The text.
        #[schema(value_type = Object)]
        text: DraftText,
    },
    /// Propose a wave; counts as the proposer's approval.
    ProposeWave {
        /// `existence`, `mitigation`, `detail` or `proof-of-concept`.
        #[schema(value_type = String)]
        level: ContentLevel,
        /// Sector codes; empty for all.
        #[serde(default)]
        sectors: BTreeSet<String>,
        /// Country codes; empty for all.
        #[serde(default)]
        countries: BTreeSet<String>,
        /// `exact`, `range`, `product-only` or `needs-person`; `range` when left out.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        least_confidence: Option<Confidence>,
        /// Why no vendor is in it, when none is.
        #[serde(default)]
        without_vendor: Option<String>,
        /// A proof of concept before a fix.
        #[serde(default)]
        proof_before_fix: bool,
        /// Organisations it is limited to; empty for no such limit.
        #[serde(default)]
        organisations: BTreeSet<String>,
        /// `exposed`, or `everyone` for those of the sectors or organisations whatever their inventories show.
        #[serde(default)]
        #[schema(value_type = String)]
        reach: Reach,
        /// Not before this moment, RFC 3339.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        not_before: Option<Timestamp>,
        /// Not before a fix is ready.
        #[serde(default)]
        after_fix: bool,
    },
    /// Approve a wave; the last approval needed sends it.
    ApproveWave {
        /// Which.
        wave: String,
    },
    /// Propose the release; counts as the proposer's approval.
    ProposeRelease {
        /// `scheduled`, `exploited`, `leaked`, `fix-public` or `vendor-silent`.
        #[schema(value_type = String)]
        reason: ReleaseReason,
    },
    /// Approve the release; the last approval needed publishes, or when the agreed moment comes.
    ApproveRelease,
    /// One of the four acts before, signed with the approver's key. What is to be signed is asked for at `statements`.
    Signed {
        /// The act.
        #[schema(value_type = Object)]
        of: Box<CaseAct>,
        /// The signature.
        #[schema(value_type = Object)]
        signed: Signed,
    },
    /// Put the findings of another case into this one.
    Merge {
        /// The other case.
        from: String,
        /// Why.
        why: String,
    },
    /// Put some findings of this case into another.
    Split {
        /// Which.
        findings: Vec<String>,
        /// The other case; a new one when left out.
        #[serde(default)]
        into: Option<String>,
        /// Why.
        why: String,
    },
    /// Take back a merge into this case, or a split from it.
    Undo {
        /// The other case.
        other: String,
    },
    /// Report that a trigger for an early end has come, as a party of the case.
    RaiseTrigger {
        /// `exploited`, `leaked`, `fix-public` or `vendor-silent`.
        #[schema(value_type = String)]
        reason: ReleaseReason,
        /// What shows it.
        evidence: String,
    },
    /// Hold that a raised trigger is none; with enough people it is gone.
    DismissTrigger {
        /// Which.
        #[schema(value_type = String)]
        reason: ReleaseReason,
    },
    /// Sign beforehand that a trigger lifts the embargo by itself after some hours.
    SignRule {
        /// Which trigger.
        #[schema(value_type = String)]
        reason: ReleaseReason,
        /// Hours between trigger and release.
        hours: u32,
    },
    /// Promise a fix by a moment, as a vendor.
    PromiseFix {
        /// RFC 3339.
        #[schema(value_type = String)]
        by: Timestamp,
    },
    /// Ask to move the release, as a vendor.
    RequestExtension {
        /// RFC 3339.
        #[schema(value_type = String)]
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// Decline to move it; `set-terms` grants it.
    DeclineExtension {
        /// Why.
        reason: String,
    },
    /// Put it into the top tier (exploited, or to be acted on at once), or take it out. Its notices are told on every
    /// way and without hours of quiet.
    SetUrgency {
        /// Whether it is of the top tier.
        urgent: bool,
        /// Why.
        reason: String,
    },
    /// Close it.
    Close,
    /// Withdraw it.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Reopen it.
    Reopen {
        /// Why.
        reason: String,
    },
}
