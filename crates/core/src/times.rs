//! When notices and vendors came how far, kept beside their states for figures.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::notice::{Event, Remediation};

/// When a notice came how far. A later report that takes a step back takes its moment back too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NoticeTimes {
    /// When it was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
    /// Since when the mitigation, or the fix, is in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated_at: Option<Timestamp>,
    /// Since when the fix is in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
}

/// A step that a recipient takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// It acknowledged.
    Acknowledged,
    /// It reported this.
    Reported(Remediation),
}

impl Taken {
    /// The step that an event is, if it is one.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        match event {
            Event::NoticeAcknowledged { .. } => Some(Taken::Acknowledged),
            Event::RemediationReported { status, .. } => Some(Taken::Reported(*status)),
            _ => None,
        }
    }
}

impl NoticeTimes {
    /// The steps that lead to these moments, for a notice from before steps were kept.
    pub(crate) fn steps(&self) -> Vec<(Timestamp, Taken)> {
        let reported = |status| move |at: Timestamp| (at, Taken::Reported(status));
        let acknowledged = self.acknowledged_at.map(|at| (at, Taken::Acknowledged));
        let mitigated = self.mitigated_at.map(reported(Remediation::Mitigated));
        let done = self.done_at.map(reported(Remediation::Done));
        [acknowledged, mitigated, done].into_iter().flatten().collect()
    }

    /// Takes note of what happened to the notice.
    pub(crate) fn note(&mut self, at: Timestamp, event: &Event) {
        if let Some(step) = Taken::of(event) {
            self.take(at, step);
        }
    }

    pub(crate) fn take(&mut self, at: Timestamp, step: Taken) {
        match step {
            Taken::Acknowledged => {
                self.acknowledged_at.get_or_insert(at);
            }
            Taken::Reported(status) => {
                let (mitigated, done) = match status {
                    Remediation::Done => (true, true),
                    Remediation::Mitigated => (true, false),
                    Remediation::NotAffected | Remediation::InProgress | Remediation::CannotFix => {
                        (false, false)
                    }
                };
                self.mitigated_at = mitigated.then(|| self.mitigated_at.unwrap_or(at));
                self.done_at = done.then(|| self.done_at.unwrap_or(at));
            }
        }
    }
}

/// When a vendor of a case came how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VendorTimes {
    /// When it was first invited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_at: Option<Timestamp>,
    /// When it first answered the embargo terms, yes or no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When a fix of its own, or one for all vendors, was first recorded while it was a signatory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_ready_at: Option<Timestamp>,
}
