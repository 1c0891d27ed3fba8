//! What belongs to submitting: files of a finding, findings without an account, the schema.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Body};
use forewarn_core::Refusal;
use forewarn_core::access::may_submit_anonymously;
use forewarn_core::finding::{AttachmentKind, LARGEST_ATTACHMENT, MediaType};
use forewarn_formats::finding::SCHEMA;
use forewarn_formats::json::Limits;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::batch::{Reading, single};
use crate::app::{
    AddAttachment, AnonymousReceipt, AnonymousState, AppError, Attached, Call, Evidence,
    Receipt as LogReceipt, Reply, SubmitAnonymously,
};
use crate::http::command::{Caller, Query, Raw, bounded, idempotency_key};
use crate::http::{Problem, Shared};

/// What a file is for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Purpose {
    /// `reproducer`, `trace` or `patch`.
    #[param(value_type = String)]
    pub kind: AttachmentKind,
}

/// Add a reproducer, trace or patch of at most 16 MiB to a finding of mine. Sent again it is the same file.
#[utoipa::path(post, path = "/api/v1/findings/{id}/attachments", tag = "findings",
    params(("id" = String, Path), Purpose),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Attached), (status = 404, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem)))]
pub async fn attach(
    State(app): State<Shared>,
    Path(finding): Path<String>,
    Query(purpose): Query<Purpose>,
    request: Request,
) -> Result<Reply, Problem> {
    let media_type = media_type(request.headers())?;
    let raw = Raw::read(request, &app, usize::try_from(LARGEST_ATTACHMENT).unwrap_or(usize::MAX)).await?;
    let add = AddAttachment { finding, kind: purpose.kind, media_type, bytes: raw.bytes.to_vec() };
    Ok(app.execute(&raw.call, &add).await?)
}

fn media_type(headers: &HeaderMap) -> Result<MediaType, Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = MediaType::named(given.split(';').next().unwrap_or_default().trim());
    known.ok_or_else(|| {
        let all: Vec<&str> = MediaType::ALL.iter().map(|one| one.as_str()).collect();
        let text = format!("say which of these it is: {}", all.join(", "));
        Problem::at(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type", &text)
    })
}

/// A file of a finding, to be saved: never shown in a page.
#[utoipa::path(get, path = "/api/v1/findings/{id}/attachments/{attachment}", tag = "findings",
    params(("id" = String, Path), ("attachment" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
pub async fn attachment(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path((finding, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let found = app.attachment(&actor, &finding, &id).await?;
    let (kind, id) = (found.attachment.kind.as_str(), found.attachment.id);
    let headers = [
        (header::CONTENT_TYPE, found.attachment.media_type.as_str().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{kind}-{id}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from(found.bytes)).into_response())
}

/// The events of a finding with proofs, to be checked offline; coordinators.
#[utoipa::path(get, path = "/api/v1/findings/{id}/evidence", tag = "findings", params(("id" = String, Path)),
    responses((status = 200, body = Evidence), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn evidence(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Evidence>, Problem> {
    Ok(Json(app.finding_evidence(&actor, &id).await?))
}

/// A receipt for a finding that can be checked offline: when it was received, by the public log. 409 until the interval is
/// over.
#[utoipa::path(get, path = "/api/v1/findings/{id}/receipt", tag = "findings", params(("id" = String, Path)),
    responses((status = 200, body = LogReceipt), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn receipt(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<LogReceipt>, Problem> {
    Ok(Json(app.finding_receipt(&actor, &id).await?))
}

/// Submit one finding without an account, in any format that a batch takes. The receipt is shown once. 404 where the
/// policy does not take such findings.
#[utoipa::path(post, path = "/api/v1/anonymous-findings", tag = "findings",
    params(Reading), request_body(content = String, content_type = "application/json"),
    responses((status = 201, body = AnonymousReceipt), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn submit_anonymously(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(reading): Query<Reading>,
    request: Request,
) -> Result<Reply, Problem> {
    if !may_submit_anonymously(&actor, &app.settings().policy) {
        return Err(Problem::from(AppError::Refused(Refusal::NotFound)));
    }
    let (parts, body) = request.into_parts();
    let key = idempotency_key(&parts.headers)?;
    let bytes = bounded(body, Limits::finding().bytes).await?;
    // Those without an account share one name; with the document in it, nobody's key is another's.
    let key = hex::encode(Sha256::digest([key.as_bytes(), b"\n", &bytes].concat()));
    let call = Call::new(actor, &key, &[&bytes]);
    let read = single(bytes, reading.version()?).await?;
    Ok(app.execute(&call, &SubmitAnonymously(read)).await?)
}

/// What became of a finding without an account. The receipt goes into the header `Forewarn-Receipt`.
#[utoipa::path(get, path = "/api/v1/anonymous-findings/state", tag = "findings",
    params(("Forewarn-Receipt" = String, Header)),
    responses((status = 200, body = AnonymousState), (status = 404, body = Problem)))]
pub async fn anonymous_state(
    State(app): State<Shared>,
    headers: HeaderMap,
) -> Result<Json<AnonymousState>, Problem> {
    let receipt = headers.get("forewarn-receipt").and_then(|value| value.to_str().ok());
    Ok(Json(app.anonymous_state(receipt.ok_or_else(Problem::not_found)?).await?))
}

/// The JSON Schema (draft 2020-12) of our own finding document.
#[utoipa::path(get, path = "/api/v1/schemas/finding.json", tag = "public",
    responses((status = 200, content_type = "application/schema+json")))]
pub async fn schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], SCHEMA)
}
