//! Acts on a case, as they are given on the command line.

use std::path::PathBuf;

use clap::Subcommand;
use forewarn_core::case::{MatchVerdict, ReleaseReason, Tlp, VendorStatus, Verdict};
use forewarn_core::sharing::{ContentLevel, Reach};
use forewarn_exposure::Confidence;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::CaseAct;
use jiff::{SignedDuration, Timestamp};

use crate::bad_input::{BadInput, not_json};
use crate::documents;
use crate::words::one_of;

#[derive(Subcommand)]
pub(super) enum Act {
    /// Confirm it, or say that it could not be reproduced.
    Validate {
        /// confirmed, not-reproduced, not-a-vulnerability, already-public or needs-information.
        #[arg(value_parser = |text: &str| one_of(text, Verdict::ALL))]
        verdict: Verdict,
        /// How it was checked.
        #[arg(long)]
        method: String,
        /// What shows it.
        #[arg(long)]
        evidence: String,
    },
    /// Give it back unchecked, as the validator that took it.
    GiveBack,
    /// Dispute it.
    Dispute {
        /// Why.
        reason: String,
    },
    /// Confirm that a suggested match is the affected product under another name; it is exposure from then on.
    ConfirmMatch {
        /// Id of the match, from `case exposure`.
        #[arg(value_name = "MATCH")]
        matched: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Reject a suggested match: it is another product, and is not suggested again.
    RejectMatch {
        /// Id of the match, from `case exposure`.
        #[arg(value_name = "MATCH")]
        matched: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Put embargo terms on the table.
    Terms {
        /// Moment of release, RFC 3339.
        #[arg(long, required_unless_present = "days")]
        release_at: Option<Timestamp>,
        /// Days from now until release, instead of a moment.
        #[arg(long, conflicts_with = "release_at")]
        days: Option<i64>,
        /// Time zone in which it was agreed.
        #[arg(long, default_value = "UTC")]
        zone: String,
        /// CLEAR, GREEN, AMBER, AMBER+STRICT or RED.
        #[arg(long, default_value = "AMBER+STRICT", value_parser = |text: &str|
            one_of(text, &[Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red]))]
        tlp: Tlp,
        /// Reason for an early end that is agreed beforehand; every one when left out.
        #[arg(long = "trigger", value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        triggers: Vec<ReleaseReason>,
    },
    /// Invite a vendor.
    InviteVendor {
        /// Id of the organisation.
        vendor: String,
    },
    /// As a vendor: answer the embargo terms.
    AnswerTerms {
        /// accept or decline.
        #[arg(value_parser = ["accept", "decline"])]
        answer: String,
    },
    /// As a vendor: state whether your products are affected.
    State {
        /// affected, not-affected or unknown.
        #[arg(value_parser = |text: &str|
            one_of(text, &[VendorStatus::Affected, VendorStatus::NotAffected, VendorStatus::Unknown]))]
        status: VendorStatus,
        /// In your words.
        #[arg(long)]
        statement: String,
    },
    /// As a vendor: agree to be shown to the other vendors of the case, should there be any; `no` takes it back.
    ShowMe {
        /// yes or no.
        #[arg(value_parser = ["yes", "no"])]
        answer: String,
    },
    /// As a vendor: say that a duty to report is done, such as cra-early-warning.
    ReportDuty {
        /// Id of the duty, from `case show`.
        duty: String,
    },
    /// Record that a fix is ready.
    RecordFix {
        /// Versions that fix it.
        #[arg(required = true)]
        fixed_in: Vec<String>,
    },
    /// Write an advisory revision from a JSON file with title, mitigation, detail, and optionally
    /// proof_of_concept, weakness, cve, cvss3.
    Draft {
        /// The file.
        file: PathBuf,
    },
    /// Propose a wave; counts as your approval.
    ProposeWave {
        /// existence, mitigation, detail or proof-of-concept.
        #[arg(value_parser = |text: &str| one_of(text, &[ContentLevel::Existence, ContentLevel::Mitigation,
            ContentLevel::Detail, ContentLevel::ProofOfConcept]))]
        level: ContentLevel,
        /// Sector code; every sector when left out.
        #[arg(long = "sector")]
        sectors: Vec<String>,
        /// Country code, such as US; every country when left out.
        #[arg(long = "country")]
        countries: Vec<String>,
        /// Id of an organisation it is limited to; no such limit when left out.
        #[arg(long = "organisation")]
        organisations: Vec<String>,
        /// The weakest exposure that counts: exact, range, product-only or needs-person.
        #[arg(long, value_parser = |text: &str| one_of(text, &[Confidence::Exact, Confidence::Range,
            Confidence::ProductOnly, Confidence::NeedsPerson]))]
        least_confidence: Option<Confidence>,
        /// Reach those of the sectors or organisations also whose inventories show nothing.
        #[arg(long)]
        everyone: bool,
        /// Why no vendor is in it.
        #[arg(long)]
        without_vendor: Option<String>,
        /// A proof of concept before there is a fix.
        #[arg(long)]
        proof_before_fix: bool,
        /// Not before this moment, RFC 3339.
        #[arg(long)]
        not_before: Option<Timestamp>,
        /// Not before a fix is ready.
        #[arg(long)]
        after_fix: bool,
    },
    /// Approve a wave.
    ApproveWave {
        /// Id of the wave.
        wave: String,
    },
    /// Propose the release; counts as your approval.
    ProposeRelease {
        /// scheduled, exploited, leaked, fix-public or vendor-silent.
        #[arg(value_parser = |text: &str| one_of(text, &[ReleaseReason::Scheduled, ReleaseReason::Exploited,
            ReleaseReason::Leaked, ReleaseReason::FixPublic, ReleaseReason::VendorSilent]))]
        reason: ReleaseReason,
    },
    /// Approve the release. A scheduled one that was approved beforehand happens at its moment.
    ApproveRelease,
    /// Report that a trigger for an early end of the embargo has come.
    RaiseTrigger {
        /// exploited, leaked, fix-public or vendor-silent.
        #[arg(value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        reason: ReleaseReason,
        /// What shows it.
        #[arg(long)]
        evidence: String,
    },
    /// Hold that a raised trigger is none; with a second person it is gone.
    DismissTrigger {
        /// Which.
        #[arg(value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        reason: ReleaseReason,
    },
    /// Sign beforehand that a confirmed trigger lifts the embargo by itself after some hours.
    SignRule {
        /// Which trigger.
        #[arg(value_parser = |text: &str| one_of(text, ReleaseReason::EARLY))]
        reason: ReleaseReason,
        /// Hours between trigger and release, 1 to 336.
        hours: u32,
    },
    /// As a vendor: promise a fix by a moment, RFC 3339.
    PromiseFix {
        /// The moment.
        by: Timestamp,
    },
    /// As a vendor: ask to move the release.
    RequestExtension {
        /// Until when, RFC 3339.
        until: Timestamp,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Decline to move the release; `terms` grants it.
    DeclineExtension {
        /// Why.
        reason: String,
    },
    /// Put the case into the top tier: exploited, or to be acted on at once. Its notices are told on every way.
    Urgent {
        /// Why.
        reason: String,
    },
    /// Take the case out of the top tier.
    NotUrgent {
        /// Why.
        reason: String,
    },
    /// Close the case.
    Close,
    /// Withdraw the case.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Reopen the case.
    Reopen {
        /// Why.
        reason: String,
    },
}

impl Act {
    pub(super) fn into_act(self) -> anyhow::Result<CaseAct> {
        Ok(match self {
            Act::Validate { verdict, method, evidence } => CaseAct::Validate { verdict, method, evidence },
            Act::GiveBack => CaseAct::GiveBack,
            Act::Dispute { reason } => CaseAct::Dispute { reason },
            Act::ConfirmMatch { matched, why } => {
                CaseAct::JudgeMatch { matched, verdict: MatchVerdict::Same, reason: why }
            }
            Act::RejectMatch { matched, why } => {
                CaseAct::JudgeMatch { matched, verdict: MatchVerdict::Different, reason: why }
            }
            Act::Terms { release_at, days, zone, tlp, triggers } => {
                let in_days = |days: i64| {
                    let hours = days.checked_mul(24).and_then(SignedDuration::try_from_hours);
                    hours.and_then(|hours| Machine.now().checked_add(hours).ok())
                };
                let release_at = match (release_at, days) {
                    (Some(moment), _) => moment,
                    (None, days) => {
                        in_days(days.unwrap_or_default()).ok_or_else(|| BadInput::new("too many days"))?
                    }
                };
                let triggers = (!triggers.is_empty()).then(|| triggers.into_iter().collect());
                CaseAct::SetTerms { release_at, zone, tlp, triggers }
            }
            Act::InviteVendor { vendor } => CaseAct::InviteVendor { vendor },
            Act::AnswerTerms { answer } => CaseAct::AnswerTerms { accept: answer == "accept" },
            Act::State { status, statement } => CaseAct::State { status, statement },
            Act::ShowMe { answer } => CaseAct::ShowVendor { show: answer == "yes" },
            Act::ReportDuty { duty } => CaseAct::ReportDuty { duty },
            Act::RecordFix { fixed_in } => CaseAct::RecordFix { fixed_in },
            Act::Draft { file } => {
                let bytes = documents::read(&file, 1 << 20).map_err(BadInput::from)?;
                let text = serde_json::from_slice(&bytes).map_err(|error| not_json(&file, &error))?;
                CaseAct::Draft { text }
            }
            Act::ProposeWave {
                level,
                sectors,
                countries,
                organisations,
                least_confidence,
                everyone,
                without_vendor,
                proof_before_fix,
                not_before,
                after_fix,
            } => CaseAct::ProposeWave {
                level,
                sectors: sectors.into_iter().collect(),
                countries: countries.into_iter().collect(),
                least_confidence,
                without_vendor,
                proof_before_fix,
                organisations: organisations.into_iter().collect(),
                reach: if everyone { Reach::Everyone } else { Reach::Exposed },
                not_before,
                after_fix,
            },
            Act::ApproveWave { wave } => CaseAct::ApproveWave { wave },
            Act::ProposeRelease { reason } => CaseAct::ProposeRelease { reason },
            Act::ApproveRelease => CaseAct::ApproveRelease,
            Act::RaiseTrigger { reason, evidence } => CaseAct::RaiseTrigger { reason, evidence },
            Act::DismissTrigger { reason } => CaseAct::DismissTrigger { reason },
            Act::SignRule { reason, hours } => CaseAct::SignRule { reason, hours },
            Act::PromiseFix { by } => CaseAct::PromiseFix { by },
            Act::RequestExtension { until, reason } => CaseAct::RequestExtension { until, reason },
            Act::DeclineExtension { reason } => CaseAct::DeclineExtension { reason },
            Act::Urgent { reason } => CaseAct::SetUrgency { urgent: true, reason },
            Act::NotUrgent { reason } => CaseAct::SetUrgency { urgent: false, reason },
            Act::Close => CaseAct::Close,
            Act::Withdraw { reason } => CaseAct::Withdraw { reason },
            Act::Reopen { reason } => CaseAct::Reopen { reason },
        })
    }
}
