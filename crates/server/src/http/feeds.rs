//! What is public as files: CSAF documents, byte for byte as they were released.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::command::Caller;
use super::{Problem, Shared};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(csaf))
}

/// A public CSAF 2.0 document.
#[utoipa::path(get, path = "/.well-known/csaf/white/{year}/{file}", tag = "public",
    params(("year" = String, Path), ("file" = String, Path)),
    responses((status = 200, content_type = "application/json"), (status = 404, body = Problem)))]
async fn csaf(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path((year, file)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let (view, bytes) = app.advisory(&actor, &file).await?;
    if !view.csaf.ends_with(&format!("/{year}/{file}")) {
        return Err(Problem::not_found());
    }
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=60")], bytes))
}
