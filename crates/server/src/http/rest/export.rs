//! Exports, and a case as one archive.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use forewarn_core::access::Actor;

use crate::app::{ExportKind, ExportRequest, Format};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

/// All findings I may see, oldest first; NDJSON has the reports, CSV has not.
#[utoipa::path(get, path = "/api/v1/export/findings", tag = "export", params(ExportRequest),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 403, body = Problem)))]
pub async fn findings(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(asked): Query<ExportRequest>,
) -> Result<Response, Problem> {
    answer(&app, &actor, ExportKind::Findings, asked.format).await
}

/// All cases I may see, oldest first.
#[utoipa::path(get, path = "/api/v1/export/cases", tag = "export", params(ExportRequest),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 403, body = Problem)))]
pub async fn cases(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(asked): Query<ExportRequest>,
) -> Result<Response, Problem> {
    answer(&app, &actor, ExportKind::Cases, asked.format).await
}

/// All notices to my organisation, without their content, and how those of the cases I coordinate fare.
#[utoipa::path(get, path = "/api/v1/export/notices", tag = "export", params(ExportRequest),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 403, body = Problem)))]
pub async fn notices(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(asked): Query<ExportRequest>,
) -> Result<Response, Problem> {
    answer(&app, &actor, ExportKind::Notices, asked.format).await
}

/// All inventories of my organisation, without their components.
#[utoipa::path(get, path = "/api/v1/export/inventories", tag = "export", params(ExportRequest),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 403, body = Problem)))]
pub async fn inventories(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(asked): Query<ExportRequest>,
) -> Result<Response, Problem> {
    answer(&app, &actor, ExportKind::Inventories, asked.format).await
}

/// A case as one tar: the case, its timeline, evidence, notices and findings with the attachments I may see, its advisory
/// once that is public, and SHA256SUMS.
#[utoipa::path(get, path = "/api/v1/cases/{id}/file", tag = "export", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/x-tar"), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn case_file(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (name, parts) = app.case_file(&actor, &id).await?;
    Ok(attachment("application/x-tar", &name, Body::from_stream(parts)))
}

async fn answer(app: &Shared, actor: &Actor, kind: ExportKind, format: Format) -> Result<Response, Problem> {
    let parts = app.export(actor, kind, format).await?;
    let (media, end) = match format {
        Format::Ndjson => ("application/x-ndjson", "ndjson"),
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
    };
    Ok(attachment(media, &format!("{}.{end}", kind.as_str()), Body::from_stream(parts)))
}

/// A file to be stored, not shown. Names are a number of a case or fixed, so they need no escape.
fn attachment(media: &'static str, name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)], body)
        .into_response()
}
