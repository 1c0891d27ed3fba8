//! Findings.

use forewarn_core::access::{Act, Visible};
use forewarn_core::finding::{Attachment, Finding, Outcome, Provenance};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::moment;
use crate::app::CommitmentView;

/// A finding.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// Id.
    pub id: String,
    /// What became of it.
    pub state: String,
    /// When it was received.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
    /// Title, as reported.
    pub title: String,
    /// The finder's own id.
    pub external_id: Option<String>,
    /// What is affected, in words.
    pub affected: Vec<String>,
    /// A coordinator's question or reason, if any.
    pub answer: Option<String>,
    /// Submitting organisation; coordinators only.
    pub submitter: Option<String>,
    /// Case it is in; coordinators only.
    pub case: Option<String>,
    /// Finding it duplicates; coordinators only.
    pub duplicate_of: Option<String>,
    /// Why it is thought so; coordinators only.
    pub duplicate_why: Option<String>,
    /// Where in the document an answer is missed, as a JSON pointer.
    pub place: Option<String>,
    /// Format of the document it came in.
    pub format: String,
    /// JSON pointer of it in that document; `null` when the document is the finding.
    pub pointer: Option<String>,
    /// Which model or tool found it, how, and whether a person checked it.
    pub provenance: Option<ProvenanceView>,
    /// The commitment made when it was received; its submitter and coordinators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentView>,
    /// Reproducers, traces and patches, for those who may read them; empty in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentView>,
    /// The report as read; `null` in lists.
    #[schema(value_type = Option<Object>)]
    pub report: Option<serde_json::Value>,
}

/// Where a finding comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProvenanceView {
    /// Model or tool.
    pub model: String,
    /// Its version.
    pub version: Option<String>,
    /// What drove the model.
    pub harness: Option<String>,
    /// Run id in the finder's own records.
    pub run: Option<String>,
    /// Whether a person checked the finding before it was sent.
    pub human_checked: bool,
}

/// A file of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachmentView {
    /// Id.
    pub id: String,
    /// `reproducer`, `trace` or `patch`.
    pub kind: String,
    /// What it says it is.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// Lower-case hex SHA-256.
    pub sha256: String,
}

impl FindingView {
    /// What is shown of a finding. Its finder learns that it is a duplicate, not of what.
    pub fn of(finding: &Visible<Finding>, whole: bool) -> Self {
        let triage = finding.may(Act::TriageFinding);
        let report = finding.report.as_ref().map(forewarn_core::Secret::expose);
        let (case, duplicate_of, duplicate_why) = match &finding.outcome {
            Outcome::Accepted { case } => (Some(case.to_string()), None, None),
            Outcome::Duplicate { of, why } => (None, Some(of.to_string()), Some(why.clone())),
            _ => (None, None, None),
        };
        Self {
            id: finding.id.map(|id| id.to_string()).unwrap_or_default(),
            state: match &finding.outcome {
                Outcome::Promoted { .. } if !triage => "duplicate".to_owned(),
                outcome => outcome.as_str().to_owned(),
            },
            received_at: moment(finding.received_at),
            title: report.map(|r| r.title.clone()).unwrap_or_default(),
            external_id: report.and_then(|r| r.external_id.clone()),
            affected: report.map(|r| affected_lines(&r.affected)).unwrap_or_default(),
            answer: match &finding.outcome {
                Outcome::NeedsInfo { question, .. } => Some(question.expose().clone()),
                Outcome::Declined { reason } => Some(reason.expose().clone()),
                _ => None,
            },
            submitter: finding.submitter.filter(|_| triage).map(|org| org.to_string()),
            case: case.filter(|_| triage),
            duplicate_of: duplicate_of.filter(|_| triage),
            duplicate_why: duplicate_why.filter(|_| triage),
            place: match &finding.outcome {
                Outcome::NeedsInfo { place, .. } => place.clone(),
                _ => None,
            },
            format: report.map(|r| r.source.as_str().to_owned()).unwrap_or_default(),
            pointer: report.and_then(|r| r.source_pointer.clone()),
            provenance: report.and_then(|r| r.provenance.clone()).map(ProvenanceView::of),
            commitment: finding.opening.as_ref().filter(|_| whole).map(CommitmentView::of),
            attachments: if whole && finding.may(Act::SeeAttachment) {
                finding.attachments.iter().map(AttachmentView::of).collect()
            } else {
                Vec::new()
            },
            report: report.filter(|_| whole).and_then(|r| serde_json::to_value(r).ok()),
        }
    }
}

impl ProvenanceView {
    fn of(provenance: Provenance) -> Self {
        let Provenance { model, version, harness, run, human_checked } = provenance;
        Self { model, version, harness, run, human_checked }
    }
}

impl AttachmentView {
    fn of(attachment: &Attachment) -> Self {
        Self {
            id: attachment.id.to_string(),
            kind: attachment.kind.as_str().to_owned(),
            media_type: attachment.media_type.as_str().to_owned(),
            size: attachment.size,
            sha256: attachment.sha256.clone(),
        }
    }
}

/// Affected entries in words.
pub(crate) fn affected_lines(affected: &[forewarn_exposure::Affected]) -> Vec<String> {
    affected.iter().map(|a| format!("{} {}", a.label(), a.statement())).collect()
}
