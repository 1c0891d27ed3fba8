//! What happens to a case.

use std::collections::BTreeSet;

use forewarn_exposure::Affected;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::command::{DraftText, VendorStatus, Verdict};
use super::embargo::{Exit, ReleaseReason, Terms};
use super::gates::WaveGate;
use super::gathering::Gathered;
use super::matched::{MatchVerdict, SuggestedMatch};
use super::plan::Alarm;
use crate::aggregate::EventKind;
use crate::ids::{CaseId, FindingId, OrgId, PrincipalId, WaveId};
use crate::party::VendorMode;
use crate::secret::Secret;
use crate::sharing::{Audience, ContentLevel};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })? = $kind:literal;)+) => {
        /// An event of a case.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum Event {
            $($(#[$doc])* #[serde(rename = $kind)] $name $({ $($(#[$field_doc])* $field: $type),* })?),+
        }

        impl EventKind for Event {
            fn kind(&self) -> &'static str {
                match self { $(Event::$name { .. } => $kind),+ }
            }
        }
    };
}

events! {
    /// Opened from a finding.
    CaseOpened {
        /// Id.
        case: CaseId,
        /// Number.
        number: String,
        /// Who coordinates.
        coordinating: OrgId,
        /// First finding.
        finding: FindingId,
        /// Its finder.
        finder: OrgId,
        /// Title.
        title: Secret<String>,
        /// What is affected.
        affected: Secret<Vec<Affected>>,
    } = "case-opened";
    /// A finding joined.
    FindingJoined {
        /// Which.
        finding: FindingId,
        /// Its finder.
        finder: OrgId,
        /// Why.
        why: String,
    } = "finding-joined";
    /// Somebody checked it.
    CaseChecked {
        /// Result.
        verdict: Verdict,
        /// How.
        method: String,
        /// What shows it.
        evidence: Secret<String>,
        /// For which organisation; `None` in events from before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        org: Option<OrgId>,
    } = "case-checked";
    /// A validator took it.
    ValidationClaimed {
        /// For which organisation.
        org: OrgId,
        /// Until when.
        until: Timestamp,
    } = "validation-claimed";
    /// A validator gave it back, or its time ran out.
    ValidationReturned {
        /// For which organisation.
        org: OrgId,
        /// Whether its time ran out.
        lapsed: bool,
    } = "validation-returned";
    /// A vendor will be invited when its pace allows it.
    VendorQueued {
        /// Which.
        vendor: OrgId,
    } = "vendor-queued";
    /// Disputed.
    CaseDisputed {
        /// Why.
        reason: Secret<String>,
    } = "case-disputed";
    /// The affected list was corrected.
    AffectedCorrected {
        /// The whole new list.
        affected: Secret<Vec<Affected>>,
    } = "affected-corrected";
    /// Somebody judged whether a component under another name is the affected product.
    MatchJudged {
        /// Which.
        matched: Secret<SuggestedMatch>,
        /// What was found.
        verdict: MatchVerdict,
        /// Why.
        reason: Secret<String>,
    } = "match-judged";
    /// A leaked text was compared with the copies of the case's notices.
    TextTraced {
        /// SHA-256 of the text, lower-case hex.
        sha256: String,
        /// Copies that it was compared with.
        copies: u32,
    } = "text-traced";
    /// Embargo terms were set.
    TermsSet {
        /// Terms.
        terms: Terms,
    } = "terms-set";
    /// A vendor was invited.
    VendorInvited {
        /// Which.
        vendor: OrgId,
    } = "vendor-invited";
    /// It concerns a vendor that takes part in no embargo.
    VendorNoted {
        /// Which.
        vendor: OrgId,
        /// How it takes part.
        mode: VendorMode,
    } = "vendor-noted";
    /// The word that it is asked reached a vendor, or was given up.
    VendorTold {
        /// Which.
        vendor: OrgId,
        /// Whether it was taken.
        taken: bool,
    } = "vendor-told";
    /// A vendor agreed to be shown to the others, or took that back.
    VendorShows {
        /// Which.
        vendor: OrgId,
        /// Whether it agrees.
        show: bool,
    } = "vendor-shows";
    /// A vendor said that it has done a duty to report.
    DutyReported {
        /// Which vendor.
        vendor: OrgId,
        /// Id of the duty.
        duty: String,
    } = "duty-reported";
    /// A vendor answered the terms.
    TermsAnswered {
        /// Which.
        vendor: OrgId,
        /// Yes or no.
        accept: bool,
    } = "terms-answered";
    /// A vendor made a statement.
    VendorStated {
        /// Which.
        vendor: OrgId,
        /// Status.
        status: VendorStatus,
        /// Words.
        statement: Secret<String>,
    } = "vendor-stated";
    /// A fix is ready.
    FixRecorded {
        /// Versions that fix it.
        fixed_in: Secret<Vec<String>>,
        /// Whose products; of all vendors when a coordinator recorded it, and in events from before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vendor: Option<OrgId>,
    } = "fix-recorded";
    /// A new advisory revision.
    AdvisoryDrafted {
        /// Revision, from 1.
        revision: u32,
        /// Text.
        text: Secret<DraftText>,
    } = "advisory-drafted";
    /// A wave was proposed.
    WaveProposed {
        /// Id.
        wave: WaveId,
        /// Level.
        level: ContentLevel,
        /// Audience.
        audience: Audience,
        /// Revision.
        revision: u32,
        /// Why without vendor.
        without_vendor: Option<String>,
        /// Proof before fix.
        proof_before_fix: bool,
        /// Gates beside the approvals; none in events from before there were any.
        #[serde(default)]
        gate: WaveGate,
        /// Proposer, who thereby approves.
        by: PrincipalId,
    } = "wave-proposed";
    /// A wave was approved by one more person.
    WaveApproved {
        /// Which.
        wave: WaveId,
        /// By whom.
        by: PrincipalId,
    } = "wave-approved";
    /// A wave was sent.
    WaveSent {
        /// Which.
        wave: WaveId,
        /// To whom.
        recipients: Vec<OrgId>,
    } = "wave-sent";
    /// A sent wave reached more operators.
    WaveExtended {
        /// Which.
        wave: WaveId,
        /// The new ones.
        recipients: Vec<OrgId>,
    } = "wave-extended";
    /// The release was proposed.
    ReleaseProposed {
        /// Why now.
        reason: ReleaseReason,
        /// Revision to publish.
        revision: u32,
        /// Proposer, who thereby approves.
        by: PrincipalId,
    } = "release-proposed";
    /// The release was approved by one more person.
    ReleaseApproved {
        /// By whom.
        by: PrincipalId,
    } = "release-approved";
    /// The approval that follows was signed with the approver's own key.
    ApprovalSigned {
        /// By whom.
        by: PrincipalId,
        /// Public key, Ed25519, lower-case hex.
        key: String,
        /// Signature, lower-case hex.
        signature: String,
        /// What was signed, behind the line `forewarn approval 1`.
        statement: Secret<String>,
    } = "approval-signed";
    /// Released.
    CaseReleased {
        /// How the embargo ended.
        exit: Exit,
    } = "case-released";
    /// A trigger for an early end was raised; raised again by a coordinator, it is confirmed.
    TriggerRaised {
        /// Which.
        reason: ReleaseReason,
        /// What shows it.
        evidence: Secret<String>,
        /// Whether a coordinator raised it.
        confirmed: bool,
    } = "trigger-raised";
    /// Somebody holds that a trigger is none.
    TriggerDismissed {
        /// Which.
        reason: ReleaseReason,
        /// By whom.
        by: PrincipalId,
        /// Whether enough people have said so.
        gone: bool,
    } = "trigger-dismissed";
    /// A rule was signed by one more person.
    LiftRuleSigned {
        /// Trigger.
        reason: ReleaseReason,
        /// Hours between trigger and release.
        hours: u32,
        /// By whom.
        by: PrincipalId,
    } = "lift-rule-signed";
    /// A rule signed beforehand decided on the release.
    ReleaseByRule {
        /// Trigger.
        reason: ReleaseReason,
        /// Revision to publish.
        revision: u32,
        /// Who signed the rule.
        signed_by: BTreeSet<PrincipalId>,
    } = "release-by-rule";
    /// A vendor promised a fix.
    FixPromised {
        /// Which.
        vendor: OrgId,
        /// By when.
        by: Timestamp,
    } = "fix-promised";
    /// A vendor asked for more time.
    ExtensionRequested {
        /// Which.
        vendor: OrgId,
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: Secret<String>,
    } = "extension-requested";
    /// More time was declined.
    ExtensionDeclined {
        /// Why.
        reason: Secret<String>,
    } = "extension-declined";
    /// Something waits for longer than the policy profile allows.
    AlarmRaised {
        /// What waits.
        alarms: BTreeSet<Alarm>,
    } = "alarm-raised";
    /// The embargo's moment passed without a release.
    EmbargoExpired = "embargo-expired";
    /// Closed.
    CaseClosed = "case-closed";
    /// Withdrawn.
    CaseWithdrawn {
        /// Why.
        reason: Secret<String>,
    } = "case-withdrawn";
    /// Reopened.
    CaseReopened {
        /// Why.
        reason: Secret<String>,
    } = "case-reopened";
    /// Another case's findings came into this one.
    CaseMerged {
        /// Which.
        from: CaseId,
        /// Its findings.
        findings: Gathered,
        /// Why.
        why: String,
    } = "case-merged";
    /// This case's findings went into another.
    CaseMergedInto {
        /// Which.
        into: CaseId,
        /// Why.
        why: String,
    } = "case-merged-into";
    /// What had come by a merge was given back.
    MergeUndone {
        /// To which case.
        from: CaseId,
    } = "merge-undone";
    /// This case has its findings again.
    CaseRestored {
        /// From which case.
        from: CaseId,
    } = "case-restored";
    /// Some findings went into another case.
    FindingsSplit {
        /// Which.
        findings: Gathered,
        /// Where they are now.
        into: CaseId,
        /// Why.
        why: String,
    } = "findings-split";
    /// What was split off is back.
    SplitUndone {
        /// From which case.
        into: CaseId,
    } = "split-undone";
    /// Findings went back to the case they were split from.
    FindingsReturned {
        /// Which.
        findings: Vec<FindingId>,
        /// To which case.
        to: CaseId,
    } = "findings-returned";
    /// It came into the top tier, or left it.
    UrgencySet {
        /// Whether it is of the top tier now.
        urgent: bool,
        /// Why.
        reason: Secret<String>,
    } = "urgency-set";
}
