//! Health, metrics, the log, and what is public.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;

use crate::app::AdvisoryView;
use crate::app::views::{Page, PageRequest};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared, metrics as counters};

/// Whether the process is alive.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether it can serve: the store answers.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, body = String), (status = 503, body = Problem)))]
pub async fn readyz(State(app): State<Shared>) -> Result<&'static str, Problem> {
    app.ready().await?;
    Ok("ready\n")
}

/// Counters in Prometheus text format; needs the metrics scope.
#[utoipa::path(get, path = "/metrics", tag = "service", responses((status = 200, body = String)))]
pub async fn metrics(Caller(_actor): Caller) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], counters::render())
}

/// A signed checkpoint of the public log (C2SP tlog-checkpoint), with the cosignatures that it has.
#[utoipa::path(get, path = "/log/checkpoint", tag = "log", responses((status = 200, body = String)))]
pub async fn public_checkpoint(State(app): State<Shared>) -> Result<String, Problem> {
    Ok(app.public_checkpoint().await?)
}

/// A tile or an entry bundle of the public log (C2SP tlog-tiles).
#[utoipa::path(get, path = "/log/tile/{*path}", tag = "log", params(("path" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
pub async fn public_tile(
    State(app): State<Shared>,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let bytes = app.public_tile(&format!("tile/{path}")).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes))
}

/// A signed checkpoint of the log of acts (C2SP tlog-checkpoint); needs the log scope.
#[utoipa::path(get, path = "/log/acts/checkpoint", tag = "log",
    responses((status = 200, body = String), (status = 403, body = Problem)))]
pub async fn checkpoint(State(app): State<Shared>, Caller(actor): Caller) -> Result<String, Problem> {
    Ok(app.checkpoint(&actor).await?)
}

/// A tile of the log of acts (C2SP tlog-tiles); needs the log scope.
#[utoipa::path(get, path = "/log/acts/tile/{*path}", tag = "log", params(("path" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = Problem)))]
pub async fn tile(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let bytes = app.tile(&actor, &format!("tile/{path}")).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes))
}

/// Public advisories, newest first.
#[utoipa::path(get, path = "/api/v1/advisories", tag = "public", params(PageRequest),
    responses((status = 200, body = Page<AdvisoryView>)))]
pub async fn advisories(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<AdvisoryView>>, Problem> {
    Ok(Json(app.advisories(&actor, &page).await?))
}

/// A public advisory as CSAF 2.0, exact bytes.
#[utoipa::path(get, path = "/api/v1/advisories/{number}", tag = "public", params(("number" = String, Path)),
    responses((status = 200, content_type = "application/json"), (status = 404, body = Problem)))]
pub async fn advisory(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(number): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let (_, bytes) = app.advisory(&actor, &number).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes))
}
