//! Notices.

use forewarn_core::case::Content;
use forewarn_core::notice::Notice;
use forewarn_core::sharing::ExposureLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EmbargoView, moment};

/// A notice, for its recipient.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeView {
    /// Id.
    pub id: String,
    /// Number of the case, for reference.
    pub number: String,
    /// How far it has come.
    pub state: String,
    /// What was done about it.
    pub remediation: Option<String>,
    /// Own words on it.
    pub note: String,
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
            consent: notice.consent.as_str().to_owned(),
            embargo: notice.terms.as_ref().map(|terms| EmbargoView::of(terms, over)),
            sent_at: moment(notice.queued_at),
            due_at: notice.due_at,
            exposure: notice.exposure.expose().clone(),
            withdrawn: vec![],
            content,
        }
    }
}
