//! What may be asked of a case.

use forewarn_exposure::Affected;
use serde::{Deserialize, Serialize};

use super::embargo::{ReleaseReason, Terms};
use super::gates::WaveGate;
use super::gathering::Gathered;
use super::matched::{MatchVerdict, SuggestedMatch};
use crate::ids::{CaseId, FindingId, OrgId, WaveId};
use crate::party::VendorMode;
use crate::sharing::{Audience, ContentLevel, Recipient};
use jiff::Timestamp;

/// Result of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Reproduced or otherwise shown to be real.
    Confirmed,
    /// Could not be shown.
    NotReproduced,
    /// It happens as reported, and is no vulnerability.
    NotAVulnerability,
    /// It is known and public already.
    AlreadyPublic,
    /// It cannot be told from what was reported.
    NeedsInformation,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: &'static [Verdict] = &[
        Verdict::Confirmed,
        Verdict::NotReproduced,
        Verdict::NotAVulnerability,
        Verdict::AlreadyPublic,
        Verdict::NeedsInformation,
    ];

    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Confirmed => "confirmed",
            Verdict::NotReproduced => "not-reproduced",
            Verdict::NotAVulnerability => "not-a-vulnerability",
            Verdict::AlreadyPublic => "already-public",
            Verdict::NeedsInformation => "needs-information",
        }
    }
}

/// What a vendor says of its products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VendorStatus {
    /// They are affected.
    Affected,
    /// They are not.
    NotAffected,
    /// Not known yet.
    Unknown,
}

impl VendorStatus {
    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            VendorStatus::Affected => "affected",
            VendorStatus::NotAffected => "not-affected",
            VendorStatus::Unknown => "unknown",
        }
    }
}

/// The text of an advisory revision, in the parts that content levels cut.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftText {
    /// Title; shown from level mitigation on.
    pub title: String,
    /// What to do; level mitigation.
    pub mitigation: String,
    /// What it is; level detail.
    pub detail: String,
    /// How to trigger it; level proof-of-concept. Never published.
    #[serde(default)]
    pub proof_of_concept: String,
    /// CWE id, such as `CWE-787`.
    #[serde(default)]
    pub weakness: Option<String>,
    /// CVE id, once assigned.
    #[serde(default)]
    pub cve: Option<String>,
    /// CVSS 3.0 or 3.1 vector.
    #[serde(default)]
    pub cvss3: Option<String>,
    /// CVSS 4.0 vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvss4: Option<String>,
}

/// A command on a case.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open it from a finding.
    Open {
        /// New id.
        case: CaseId,
        /// First finding.
        finding: FindingId,
        /// Its finder.
        finder: OrgId,
        /// Title, from the finding.
        title: String,
        /// What is affected, from the finding.
        affected: Vec<Affected>,
    },
    /// Add a finding with the same root cause.
    Join {
        /// Which.
        finding: FindingId,
        /// Its finder.
        finder: OrgId,
        /// Why.
        why: String,
    },
    /// Confirm or fail to confirm.
    Validate {
        /// Result.
        verdict: Verdict,
        /// How it was checked.
        method: String,
        /// What shows it.
        evidence: String,
    },
    /// Take it to check it; the shell chose it from the queue.
    Claim {
        /// Cases the organisation holds already.
        held: u64,
    },
    /// Give it back unchecked, or, by the service, end a claim whose time has run out.
    EndClaim,
    /// Dispute.
    Dispute {
        /// Why.
        reason: String,
    },
    /// Correct what is affected.
    CorrectAffected {
        /// The whole new list.
        affected: Vec<Affected>,
    },
    /// Say whether a component under another name is the affected product.
    JudgeMatch {
        /// Which.
        matched: SuggestedMatch,
        /// What was found.
        verdict: MatchVerdict,
        /// Why.
        reason: String,
    },
    /// Note that a leaked text was compared with the copies of the case's notices.
    NoteTrace {
        /// SHA-256 of the text, lower-case hex.
        sha256: String,
        /// Copies that it was compared with.
        copies: u32,
    },
    /// Put embargo terms on the table, or new ones.
    SetTerms {
        /// Terms.
        terms: Terms,
    },
    /// Invite a vendor.
    InviteVendor {
        /// Which.
        vendor: OrgId,
        /// How it takes part.
        mode: VendorMode,
    },
    /// The word that it is asked reached a vendor, or was given up; by the service.
    NoteVendorTold {
        /// Which.
        vendor: OrgId,
        /// Whether it was taken.
        taken: bool,
    },
    /// Invite a vendor when its pace allows it.
    QueueVendor {
        /// Which.
        vendor: OrgId,
        /// How it takes part.
        mode: VendorMode,
    },
    /// The turn of a queued vendor has come; by the service.
    InviteQueued {
        /// Which.
        vendor: OrgId,
        /// How it takes part.
        mode: VendorMode,
    },
    /// A vendor's answer to the terms.
    AnswerTerms {
        /// Yes or no.
        accept: bool,
    },
    /// A vendor's statement on its products.
    VendorStatement {
        /// Status.
        status: VendorStatus,
        /// In its own words.
        statement: String,
    },
    /// A vendor agrees to be shown to the other vendors of the case, or takes that back.
    ShowVendor {
        /// Whether it agrees.
        show: bool,
    },
    /// A vendor says that it has done a duty to report.
    ReportDuty {
        /// Id of the duty.
        duty: String,
    },
    /// A fix is ready.
    RecordFix {
        /// Versions that fix it.
        fixed_in: Vec<String>,
    },
    /// A new advisory revision.
    Draft {
        /// Text.
        text: Box<DraftText>,
    },
    /// Propose a wave; counts as the proposer's approval.
    ProposeWave {
        /// New id.
        wave: WaveId,
        /// How much is told.
        level: ContentLevel,
        /// To whom.
        audience: Audience,
        /// Why no vendor is in it, when none is.
        without_vendor: Option<String>,
        /// A proof of concept before a fix, in so many words.
        proof_before_fix: bool,
        /// What must hold beside the approvals before it is sent.
        gate: WaveGate,
    },
    /// Approve a wave; the last approval needed sends it.
    ApproveWave {
        /// Which.
        wave: WaveId,
        /// Whom it reaches at this moment.
        recipients: Vec<Recipient>,
    },
    /// A wave with its approvals, whose other gates have opened by now, is sent; nothing happens while one is shut.
    SendWave {
        /// Which.
        wave: WaveId,
        /// Whom it reaches at this moment.
        recipients: Vec<Recipient>,
    },
    /// Operators that came to run the affected software after the wave was sent.
    ExtendWave {
        /// Which.
        wave: WaveId,
        /// The new ones.
        recipients: Vec<Recipient>,
    },
    /// Propose the release; counts as the proposer's approval.
    ProposeRelease {
        /// Why now.
        reason: ReleaseReason,
    },
    /// Approve the release; the last approval needed releases.
    ApproveRelease,
    /// Time has passed: a release approved beforehand happens at its moment, an embargo without one expires, a rule
    /// signed beforehand lifts it, and what waits for too long raises an alarm.
    ExpireEmbargo,
    /// Report that a trigger for an early end has come.
    RaiseTrigger {
        /// Which.
        reason: ReleaseReason,
        /// What shows it.
        evidence: String,
    },
    /// Hold that a raised trigger is none.
    DismissTrigger {
        /// Which.
        reason: ReleaseReason,
    },
    /// Sign beforehand that a trigger lifts the embargo by itself after some hours.
    SignRule {
        /// Trigger.
        reason: ReleaseReason,
        /// Hours between trigger and release.
        hours: u32,
    },
    /// A vendor promises a fix by a moment.
    PromiseFix {
        /// By when.
        by: Timestamp,
    },
    /// A vendor asks to move the release.
    RequestExtension {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// A coordinator declines every open request to move it; new terms grant one.
    DeclineExtension {
        /// Why.
        reason: String,
    },
    /// Put it into the top tier, or take it out.
    SetUrgency {
        /// Whether it is of the top tier.
        urgent: bool,
        /// Why.
        reason: String,
    },
    /// Close.
    Close,
    /// Withdraw.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Reopen.
    Reopen {
        /// Why.
        reason: String,
    },
    /// Take the findings of another case into this one.
    TakeOver {
        /// The other case.
        from: CaseId,
        /// Its findings.
        findings: Gathered,
        /// Why.
        why: String,
    },
    /// Give this case's findings to another.
    MergeInto {
        /// The other case.
        into: CaseId,
        /// Why.
        why: String,
    },
    /// Give back what a merge brought.
    GiveBack {
        /// The case that was merged into this one.
        from: CaseId,
    },
    /// Take this case's findings back from the one it was merged into.
    Restore {
        /// That case.
        from: CaseId,
    },
    /// Give some findings to another case.
    Split {
        /// Which.
        findings: Vec<FindingId>,
        /// The other case.
        into: CaseId,
        /// Why.
        why: String,
    },
    /// Take back what was split off.
    Rejoin {
        /// The case it was split off to.
        into: CaseId,
    },
    /// Give up findings that were split off from another case.
    ReleaseTo {
        /// That case.
        to: CaseId,
        /// Which.
        findings: Vec<FindingId>,
    },
}
