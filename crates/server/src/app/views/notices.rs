//! Notices.

use std::collections::BTreeSet;

use forewarn_core::case::Content;
use forewarn_core::notice::{Attempt, Notice, Outcome, Why};
use forewarn_core::sharing::ExposureLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EmbargoView, moment};

/// For whom a notice is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RecipientView {
    /// Id of the organisation.
    pub org: String,
    /// Its name, where the reader acts for it.
    pub name: Option<String>,
}

/// One attempt to tell a recipient that a notice waits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AttemptView {
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Why: `new`, `urgent`, `reminder`, `overdue`, `unfinished`.
    #[schema(value_type = String)]
    pub why: Why,
    /// On which way: `webhook`, `mail`, `second-mail`.
    pub way: String,
    /// How it ended: `accepted`, `deferred`, `refused`, `unreachable`, `blocked`, `no-way`, `bounced`.
    #[schema(value_type = String)]
    pub outcome: Outcome,
    /// The same in words.
    pub words: String,
    /// SMTP reply code or HTTP status.
    pub code: Option<u16>,
    /// Enhanced status code (RFC 3463) of a mail that came back or is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

impl AttemptView {
    /// What is shown of an attempt.
    pub fn of(attempt: &Attempt) -> Self {
        Self {
            at: attempt.at,
            why: attempt.why,
            way: attempt.way.as_str().to_owned(),
            outcome: attempt.outcome,
            words: attempt.outcome.words().to_owned(),
            code: attempt.code,
            status: attempt.status.clone(),
        }
    }
}

/// The sealed form of a notice's text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SealedView {
    /// Revision for this reader, from 1: one more whenever the text or the keys changed.
    pub revision: u32,
    /// Lower-case hex SHA-256 of the age file, which `/api/v1/notices/{id}/sealed` answers.
    pub sha256: String,
    /// Fingerprints of the keys that it opens with.
    pub keys: BTreeSet<String>,
}

/// A notice, for its recipient.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeView {
    /// Id.
    pub id: String,
    /// Number of the case, for reference.
    pub number: String,
    /// How far it has come.
    pub state: String,
    /// For whom it is.
    pub recipient: RecipientView,
    /// Whether it is of the top tier.
    #[serde(default)]
    pub urgent: bool,
    /// The relay that acknowledged it for the recipient.
    #[serde(default)]
    pub acknowledged_by: Option<String>,
    /// What was done about it.
    pub remediation: Option<String>,
    /// The relay that reported that for the recipient.
    #[serde(default)]
    pub reported_by: Option<String>,
    /// Own words on it.
    pub note: String,
    /// What is done instead of a fix, in own words.
    #[serde(default)]
    pub measures: String,
    /// What may be done where there is no fix to apply, after `cannot-fix`; empty in lists.
    #[serde(default)]
    pub compensating_measures: Vec<String>,
    /// Attempts to tell the recipient that it waits.
    #[serde(default)]
    pub attempts: Vec<AttemptView>,
    /// Consent to the embargo.
    pub consent: String,
    /// Embargo.
    pub embargo: Option<EmbargoView>,
    /// When it was sent.
    #[schema(value_type = String)]
    pub sent_at: Timestamp,
    /// Acknowledge by.
    #[schema(value_type = Option<String>)]
    pub due_at: Option<Timestamp>,
    /// Where it is on the reader's assets, as of the day it was sent.
    #[schema(value_type = Vec<Object>)]
    pub exposure: Vec<ExposureLine>,
    /// Those of them that the reader's inventories, pushed since, do not have any more; empty in lists.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub withdrawn: Vec<ExposureLine>,
    /// The content, cut to the level; `null` in lists and before consent.
    #[schema(value_type = Option<Object>)]
    pub content: Option<Content>,
    /// The sealed form, where the reader's organisation has keys: content and exposure are in it and nowhere else; `null`
    /// in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedView>,
    /// Whether content and exposure are not shown, because they are sealed, or because the recipient has them sealed and
    /// the relay that reads for it has no key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl NoticeView {
    /// What is shown of a notice; `content` where it was asked for and may be read.
    pub fn of(notice: &Notice, content: Option<Content>) -> Self {
        let over = if notice.lifted { "public" } else { "active" };
        Self {
            id: notice.id.map(|id| id.to_string()).unwrap_or_default(),
            number: notice.number.clone(),
            state: notice.state.as_str().to_owned(),
            remediation: notice.remediation.map(|r| r.as_str().to_owned()),
            note: notice.note.expose().clone(),
            measures: notice.measures.expose().clone(),
            compensating_measures: vec![],
            attempts: notice.attempts.iter().map(AttemptView::of).collect(),
            recipient: RecipientView {
                org: notice.org.map(|id| id.to_string()).unwrap_or_default(),
                name: None,
            },
            urgent: notice.urgent,
            acknowledged_by: notice.acknowledged_by.map(|id| id.to_string()),
            reported_by: notice.reported_by.map(|id| id.to_string()),
            consent: notice.consent.as_str().to_owned(),
            embargo: notice.terms.as_ref().map(|terms| EmbargoView::of(terms, over)),
            sent_at: moment(notice.queued_at),
            due_at: notice.due_at,
            exposure: notice.exposure.expose().clone(),
            withdrawn: vec![],
            content,
            sealed: None,
            closed: false,
        }
    }

    /// The same without what it is about.
    #[must_use]
    pub fn without_text(self) -> Self {
        Self { exposure: vec![], withdrawn: vec![], content: None, closed: true, ..self }
    }
}
