//! Roll-ups and figures.

use axum::Json;
use axum::extract::{Path, State};

use crate::app::{FiguresView, Months, RollupView};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

/// How the recipients of a case fare, by sector, with small numbers suppressed.
#[utoipa::path(get, path = "/api/v1/cases/{id}/rollup", tag = "figures", params(("id" = String, Path)),
    responses((status = 200, body = RollupView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn case_rollup(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<RollupView>, Problem> {
    Ok(Json(app.case_rollup(&actor, &id).await?))
}

/// How the recipients of every case fare that I may see roll-ups of, by sector, with small numbers suppressed.
#[utoipa::path(get, path = "/api/v1/rollup", tag = "figures", params(Months),
    responses((status = 200, body = RollupView), (status = 422, body = Problem)))]
pub async fn rollup(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(months): Query<Months>,
) -> Result<Json<RollupView>, Problem> {
    Ok(Json(app.rollup(&actor, &months).await?))
}

/// My organisation's own figures.
#[utoipa::path(get, path = "/api/v1/figures", tag = "figures",
    responses((status = 200, body = FiguresView), (status = 401, body = Problem)))]
pub async fn figures(State(app): State<Shared>, Caller(actor): Caller) -> Result<Json<FiguresView>, Problem> {
    Ok(Json(app.figures(&actor).await?))
}
