//! What a line of an export says, as JSON and as cells.

use forewarn_core::access::{Act, Visible};
use forewarn_core::case::Case;
use forewarn_core::finding::Finding;
use forewarn_core::inventory::Holding;
use forewarn_core::notice::Notice;
use forewarn_core::sharing::ExposureLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::views::{CaseView, FindingView, InventoryView, moment};
use crate::app::walk::Walk;
use crate::app::{App, AppError};

/// One line.
pub(super) struct Line {
    pub json: Vec<u8>,
    pub cells: Vec<String>,
}

/// Where lines come from.
pub(super) enum Source {
    Findings(Walk<Finding>),
    Cases(Walk<Case>),
    Own(Walk<Notice>),
    Followed(Walk<Notice>),
    Inventories(Walk<Holding>),
}

pub(super) const FINDING_COLUMNS: &[&str] = &[
    "id",
    "state",
    "received_at",
    "title",
    "external_id",
    "affected",
    "answer",
    "submitter",
    "case",
    "duplicate_of",
    "duplicate_why",
];
pub(super) const CASE_COLUMNS: &[&str] = &[
    "id",
    "number",
    "state",
    "opened_at",
    "title",
    "affected",
    "fixed_in",
    "release_at",
    "tlp",
    "embargo",
    "own_consent",
    "own_status",
];
pub(super) const NOTICE_COLUMNS: &[&str] = &[
    "id",
    "number",
    "case",
    "recipient",
    "level",
    "state",
    "remediation",
    "note",
    "consent",
    "sent_at",
    "due_at",
    "overdue",
    "acknowledged_at",
    "mitigated_at",
    "done_at",
    "release_at",
    "tlp",
    "exposure",
];
pub(super) const INVENTORY_COLUMNS: &[&str] = &["asset", "format", "components", "skipped", "pushed_at"];

/// A notice in an export: one's own, or one that belongs to a case one coordinates. Content is not in it: reading that
/// is recorded, notice by notice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeRow {
    /// Id.
    pub id: String,
    /// Number of the case.
    pub number: String,
    /// Id of the case; its coordinators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The recipient's name; the case's coordinators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Level; the case's coordinators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// How far it has come.
    pub state: String,
    /// What was done.
    pub remediation: Option<String>,
    /// The recipient's words on it; the recipient only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Consent to the embargo.
    pub consent: String,
    /// When it was sent.
    #[schema(value_type = String)]
    pub sent_at: Timestamp,
    /// Acknowledge by.
    #[schema(value_type = Option<String>)]
    pub due_at: Option<Timestamp>,
    /// Whether that has passed without an acknowledgement.
    pub overdue: bool,
    /// When it was acknowledged.
    #[schema(value_type = Option<String>)]
    pub acknowledged_at: Option<Timestamp>,
    /// Since when the mitigation, or the fix, is in place.
    #[schema(value_type = Option<String>)]
    pub mitigated_at: Option<Timestamp>,
    /// Since when the fix is in place.
    #[schema(value_type = Option<String>)]
    pub done_at: Option<Timestamp>,
    /// When the embargo is to end.
    #[schema(value_type = Option<String>)]
    pub release_at: Option<Timestamp>,
    /// TLP label.
    pub tlp: Option<String>,
    /// Where it is on the reader's assets; the recipient only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub exposure: Vec<ExposureLine>,
}

impl Source {
    /// The lines of the next page; `None` when there are no more.
    pub(super) async fn page(&mut self, app: &App) -> Result<Option<Vec<Line>>, AppError> {
        let lines: Result<Vec<Line>, AppError> = match self {
            Source::Findings(walk) => match walk.next(app).await? {
                None => return Ok(None),
                Some(found) => found.iter().map(|f| finding(&FindingView::of(f, true))).collect(),
            },
            Source::Cases(walk) => match walk.next(app).await? {
                None => return Ok(None),
                Some(found) => found.iter().map(|c| case(&CaseView::of(c))).collect(),
            },
            Source::Inventories(walk) => match walk.next(app).await? {
                None => return Ok(None),
                Some(found) => found.iter().map(|h| inventory(&InventoryView::of(h))).collect(),
            },
            Source::Own(walk) => match walk.next(app).await? {
                None => return Ok(None),
                Some(found) => {
                    let now = app.ambient.now();
                    let mut rows = Vec::with_capacity(found.len());
                    for one in &found {
                        let row = NoticeRow::own(one, now);
                        let closed = app.is_closed(one.actor(), one).await?;
                        let exposure = if closed { Vec::new() } else { row.exposure };
                        rows.push(notice(&NoticeRow { exposure, ..row })?);
                    }
                    Ok(rows)
                }
            },
            Source::Followed(walk) => match walk.next(app).await? {
                None => return Ok(None),
                Some(found) => followed(app, &found).await,
            },
        };
        lines.map(Some)
    }
}

async fn followed(app: &App, found: &[Visible<Notice>]) -> Result<Vec<Line>, AppError> {
    let now = app.ambient.now();
    let mut lines = Vec::new();
    // A notice to oneself was among one's own.
    for one in found.iter().filter(|notice| !notice.may(Act::SeeNotice)) {
        let recipient = match one.org {
            Some(org) => app.organisation(org).await?.map(|org| org.profile.name),
            None => None,
        };
        let row = NoticeRow {
            case: one.case.map(|case| case.to_string()),
            recipient,
            level: one.level.map(|level| level.as_str().to_owned()),
            ..NoticeRow::common(one, now)
        };
        lines.push(notice(&row)?);
    }
    Ok(lines)
}

impl NoticeRow {
    fn common(notice: &Notice, now: Timestamp) -> Self {
        Self {
            id: notice.id.map(|id| id.to_string()).unwrap_or_default(),
            number: notice.number.clone(),
            case: None,
            recipient: None,
            level: None,
            state: notice.state.as_str().to_owned(),
            remediation: notice.remediation.map(|r| r.as_str().to_owned()),
            note: None,
            consent: notice.consent.as_str().to_owned(),
            sent_at: moment(notice.queued_at),
            due_at: notice.due_at,
            overdue: notice.overdue(now),
            acknowledged_at: notice.times.acknowledged_at,
            mitigated_at: notice.times.mitigated_at,
            done_at: notice.times.done_at,
            release_at: notice.terms.as_ref().map(|terms| terms.release_at),
            tlp: notice.terms.as_ref().map(|terms| terms.tlp.as_str().to_owned()),
            exposure: Vec::new(),
        }
    }

    fn own(notice: &Notice, now: Timestamp) -> Self {
        Self {
            note: Some(notice.note.expose().clone()),
            exposure: notice.exposure.expose().clone(),
            ..Self::common(notice, now)
        }
    }
}

fn line(view: &impl Serialize, cells: Vec<String>) -> Result<Line, AppError> {
    let json = serde_json::to_vec(view).map_err(|_| AppError::Internal("export is not JSON"))?;
    Ok(Line { json, cells })
}

fn finding(view: &FindingView) -> Result<Line, AppError> {
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    let cells = vec![
        view.id.clone(),
        view.state.clone(),
        view.received_at.to_string(),
        view.title.clone(),
        text(&view.external_id),
        view.affected.join("; "),
        text(&view.answer),
        text(&view.submitter),
        text(&view.case),
        text(&view.duplicate_of),
        text(&view.duplicate_why),
    ];
    line(view, cells)
}

fn case(view: &CaseView) -> Result<Line, AppError> {
    let detail = view.detail.as_ref();
    let embargo = view.embargo.as_ref();
    let own = view.own.as_ref();
    let cells = vec![
        view.id.clone(),
        view.number.clone(),
        view.state.clone(),
        view.opened_at.to_string(),
        detail.map(|d| d.title.clone()).unwrap_or_default(),
        detail.map(|d| d.affected.join("; ")).unwrap_or_default(),
        detail.map(|d| d.fixed_in.join("; ")).unwrap_or_default(),
        embargo.map(|e| e.release_at.to_string()).unwrap_or_default(),
        embargo.map(|e| e.tlp.clone()).unwrap_or_default(),
        embargo.map(|e| e.state.clone()).unwrap_or_default(),
        own.map(|o| o.consent.clone()).unwrap_or_default(),
        own.and_then(|o| o.status.clone()).unwrap_or_default(),
    ];
    line(view, cells)
}

fn notice(row: &NoticeRow) -> Result<Line, AppError> {
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    let time = |cell: Option<Timestamp>| cell.map(|at| at.to_string()).unwrap_or_default();
    let exposure = row.exposure.iter().map(|line| {
        let version = line.version.as_deref().unwrap_or("version not given");
        format!("{}: {} {version} ({})", line.asset, line.component, line.confidence.as_str())
    });
    let cells = vec![
        row.id.clone(),
        row.number.clone(),
        text(&row.case),
        text(&row.recipient),
        text(&row.level),
        row.state.clone(),
        text(&row.remediation),
        text(&row.note),
        row.consent.clone(),
        row.sent_at.to_string(),
        time(row.due_at),
        row.overdue.to_string(),
        time(row.acknowledged_at),
        time(row.mitigated_at),
        time(row.done_at),
        time(row.release_at),
        text(&row.tlp),
        exposure.collect::<Vec<_>>().join("; "),
    ];
    line(row, cells)
}

fn inventory(view: &InventoryView) -> Result<Line, AppError> {
    let cells = vec![
        view.asset.clone(),
        view.format.clone(),
        view.components.to_string(),
        view.skipped.to_string(),
        view.pushed_at.to_string(),
    ];
    line(view, cells)
}
