//! The order of cases, catalogues, checks and paces.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use forewarn_core::catalogue::CatalogueKind;

use crate::app::views::{Page, PageRequest};
use crate::app::{
    AnswerPriority, CatalogueView, ClaimNext, Claimed, ImportCatalogue, Imported, MaterialView, OnPriority,
    OwnDecision, OwnQuery, PaceView, PriorityView, QueueEntry, QueueRequest, RecordView, Reply, SetPace,
    ValidationEntry,
};
use crate::http::command::{Asked, Caller, Query, Raw};
use crate::http::{Problem, Shared};

/// Largest catalogue file, in bytes; compressed or not.
const LARGEST_CATALOGUE: usize = 64 << 20;

/// The cases that wait, the most urgent first, each with why it stands before the next.
#[utoipa::path(get, path = "/api/v1/queue", tag = "priority", params(QueueRequest),
    responses((status = 200, body = Page<QueueEntry>)))]
pub async fn queue(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<QueueRequest>,
) -> Result<Json<Page<QueueEntry>>, Problem> {
    Ok(Json(app.queue(&actor, &page).await?))
}

/// Where a case stands, with every input.
#[utoipa::path(get, path = "/api/v1/cases/{id}/priority", tag = "priority", params(("id" = String, Path)),
    responses((status = 200, body = PriorityView), (status = 404, body = Problem)))]
pub async fn show(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<PriorityView>, Problem> {
    Ok(Json(app.case_priority(&actor, &id).await?))
}

/// Answer a question of a case's priority by hand.
#[utoipa::path(post, path = "/api/v1/cases/{id}/priority", tag = "priority", params(("id" = String, Path)),
    request_body = AnswerPriority,
    responses((status = 200), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn answer(
    State(app): State<Shared>,
    Path(id): Path<String>,
    asked: Asked<AnswerPriority>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &OnPriority { id, answer: asked.command }).await?)
}

/// What the deployer's tree says for the recipient of a notice; the query gives its own answers.
#[utoipa::path(get, path = "/api/v1/notices/{id}/priority", tag = "priority", params(("id" = String, Path), OwnQuery),
    responses((status = 200, body = OwnDecision), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn own(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(own): Query<OwnQuery>,
) -> Result<Json<OwnDecision>, Problem> {
    Ok(Json(app.own_priority(&actor, &id, own).await?))
}

/// The catalogues in force: KEV and EPSS.
#[utoipa::path(get, path = "/api/v1/catalogues", tag = "priority",
    responses((status = 200, body = Vec<CatalogueView>)))]
pub async fn catalogues(
    State(app): State<Shared>,
    Caller(actor): Caller,
) -> Result<Json<Vec<CatalogueView>>, Problem> {
    Ok(Json(app.catalogues(&actor).await?))
}

/// Import a catalogue file as published: `kev` (JSON) or `epss` (CSV, also gzip).
#[utoipa::path(post, path = "/api/v1/catalogues/{kind}", tag = "priority", params(("kind" = String, Path)),
    request_body(content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, body = Imported), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn import(
    State(app): State<Shared>,
    Path(kind): Path<String>,
    request: Request,
) -> Result<Reply, Problem> {
    let kind = CatalogueKind::ALL.iter().find(|known| known.as_str() == kind).copied();
    let kind = kind.ok_or_else(Problem::not_found)?;
    let raw = Raw::read(request, &app, LARGEST_CATALOGUE).await?;
    // Reading hundreds of thousands of lines would hold up other requests on this thread.
    let read = move || ImportCatalogue::read(kind, &raw.bytes).map(|import| (raw.call, import));
    let joined = tokio::task::spawn_blocking(read)
        .await
        .map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the file was not read"))?;
    let (call, import) = joined?;
    Ok(app.execute(&call, &import).await?)
}

/// The cases I hold to check, or, for a coordinator, those that wait for a check.
#[utoipa::path(get, path = "/api/v1/validations", tag = "validation", params(PageRequest),
    responses((status = 200, body = Page<ValidationEntry>)))]
pub async fn validations(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ValidationEntry>>, Problem> {
    Ok(Json(app.validations(&actor, &page).await?))
}

/// Take the most urgent case that waits for a check and that I may check.
#[utoipa::path(post, path = "/api/v1/validations:claim", tag = "validation", request_body = ClaimNext,
    responses((status = 200, body = Claimed), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn claim(State(app): State<Shared>, asked: Asked<ClaimNext>) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &asked.command).await?)
}

/// What the check of a case needs: the reports, without who sent them.
#[utoipa::path(get, path = "/api/v1/validations/{id}", tag = "validation", params(("id" = String, Path)),
    responses((status = 200, body = MaterialView), (status = 404, body = Problem)))]
pub async fn material(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<MaterialView>, Problem> {
    Ok(Json(app.material(&actor, &id).await?))
}

/// A finder's track record: its cases by their last verdict.
#[utoipa::path(get, path = "/api/v1/finders/{id}/record", tag = "validation", params(("id" = String, Path)),
    responses((status = 200, body = RecordView), (status = 404, body = Problem)))]
pub async fn record(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<RecordView>, Problem> {
    Ok(Json(app.finder_record(&actor, &id).await?))
}

/// My organisation's pace, as a vendor.
#[utoipa::path(get, path = "/api/v1/pace", tag = "vendors",
    responses((status = 200, body = PaceView), (status = 404, body = Problem)))]
pub async fn pace(State(app): State<Shared>, Caller(actor): Caller) -> Result<Json<PaceView>, Problem> {
    Ok(Json(app.pace(&actor, None).await?))
}

/// Set my organisation's pace, as a vendor.
#[utoipa::path(post, path = "/api/v1/pace", tag = "vendors", request_body = SetPace,
    responses((status = 200), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn set_pace(State(app): State<Shared>, asked: Asked<SetPace>) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &asked.command).await?)
}

/// A vendor's pace, and which cases wait for it.
#[utoipa::path(get, path = "/api/v1/vendors/{id}/pace", tag = "vendors", params(("id" = String, Path)),
    responses((status = 200, body = PaceView), (status = 404, body = Problem)))]
pub async fn vendor_pace(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<PaceView>, Problem> {
    Ok(Json(app.pace(&actor, Some(&id)).await?))
}
