//! Findings.

use forewarn_core::access::{Act, Visible};
use forewarn_core::finding::{Finding, Outcome};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::moment;

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
    /// The report as read; `null` in lists.
    #[schema(value_type = Option<Object>)]
    pub report: Option<serde_json::Value>,
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
                Outcome::NeedsInfo { question } => Some(question.expose().clone()),
                Outcome::Declined { reason } => Some(reason.expose().clone()),
                _ => None,
            },
            submitter: finding.submitter.filter(|_| triage).map(|org| org.to_string()),
            case: case.filter(|_| triage),
            duplicate_of: duplicate_of.filter(|_| triage),
            duplicate_why: duplicate_why.filter(|_| triage),
            report: report.filter(|_| whole).and_then(|r| serde_json::to_value(r).ok()),
        }
    }
}

/// Affected entries in words.
pub(crate) fn affected_lines(affected: &[forewarn_exposure::Affected]) -> Vec<String> {
    affected.iter().map(|a| format!("{} {}", a.label(), a.statement())).collect()
}
