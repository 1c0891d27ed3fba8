//! The keys that notices are sealed to, sealed notices, and agents that join.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use forewarn_formats::json::{self, Limits};

use crate::app::{EnrolAgent, EnrolledAgent, KeyAct, KeysView, OnKeys, Reply, Seal, SealedDone, Source};
use crate::http::command::{Asked, Caller, Raw, bounded, idempotency_key};
use crate::http::{Problem, Shared};

/// Largest request of an agent that joins, in bytes.
const LARGEST: usize = 64 << 10;

/// The keys that an organisation's notices are sealed to.
#[utoipa::path(get, path = "/api/v1/organisations/{id}/keys", tag = "notices", params(("id" = String, Path)),
    responses((status = 200, body = KeysView), (status = 404, body = Problem)))]
pub async fn keys(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<KeysView>, Problem> {
    Ok(Json(app.sealing_keys(&actor, &id).await?))
}

/// Propose, approve or remove a key. A key beside the first ones counts once two people approved it.
#[utoipa::path(post, path = "/api/v1/organisations/{id}/keys", tag = "notices", params(("id" = String, Path)),
    request_body = KeyAct,
    responses((status = 200), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change_keys(
    State(app): State<Shared>,
    Path(org): Path<String>,
    asked: Asked<KeyAct>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &OnKeys { org, act: asked.command }).await?)
}

/// Join as an operator's agent, with a one-time code and the agent's keys. The token is shown once.
#[utoipa::path(post, path = "/api/v1/agents", tag = "notices", request_body = EnrolAgent,
    responses((status = 201, body = EnrolledAgent), (status = 422, body = Problem)))]
pub async fn enrol_agent(State(app): State<Shared>, request: Request) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let key = idempotency_key(&parts.headers)?;
    let bytes = bounded(body, LARGEST).await?;
    let limits = Limits { bytes: LARGEST, ..Limits::finding() };
    let enrol = json::parse(&bytes, &limits).and_then(json::decode::<EnrolAgent>);
    let enrol = enrol.map_err(|e| Problem::at(StatusCode::UNPROCESSABLE_ENTITY, &e.place, &e.message))?;
    let source = parts.extensions.get::<Source>().copied().unwrap_or(Source::Unknown);
    Ok(app.enrol_agent(source, &key, &enrol).await?)
}

/// The text of a notice, sealed to my organisation's keys: an age file. The same bytes until the text or the keys change.
#[utoipa::path(get, path = "/api/v1/notices/{id}/sealed", tag = "notices", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/age", body = Vec<u8>), (status = 304),
        (status = 404, body = Problem)))]
pub async fn sealed(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = app.sealed_notice(&actor, &id).await?;
    let tag = format!("\"{}\"", file.sealed.file);
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let same = known.flat_map(|line| line.split(',')).any(|one| one.trim() == tag);
    let about = [(header::ETAG, tag)];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(header::CONTENT_TYPE, "application/age")], file.bytes).into_response())
}

/// Seal a notice again, to all keys that count now.
#[utoipa::path(post, path = "/api/v1/notices/{id}/sealed", tag = "notices", params(("id" = String, Path)),
    responses((status = 200, body = SealedDone), (status = 404, body = Problem)))]
pub async fn reseal(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Reply, Problem> {
    let raw = Raw::read(request, &app, 1 << 10).await?;
    Ok(app.execute(&raw.call, &Seal { id, again: true }).await?)
}
