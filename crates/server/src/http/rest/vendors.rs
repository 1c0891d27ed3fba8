//! How vendors take part and are reached, and messages with the parties of a case.

use axum::Json;
use axum::extract::{Path, Request, State};
use forewarn_formats::security_txt;

use crate::app::views::{Page, PageRequest};
use crate::app::{
    MarkRead, Reply, SecurityTxtDone, SetSecurityTxt, SetVendorMode, ThreadLine, ThreadView, Write, Written,
};
use crate::http::command::{Asked, Caller, Query, Raw};
use crate::http::{Problem, Shared};

/// Say how a vendor takes part: itself, or a coordinator with the admin scope for a project that says so in public.
#[utoipa::path(post, path = "/api/v1/organisations/{id}/vendor-mode", tag = "vendors",
    params(("id" = String, Path)), request_body = SetVendorMode,
    responses((status = 200), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn set_mode(
    State(app): State<Shared>,
    Path(org): Path<String>,
    asked: Asked<SetVendorMode>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &SetVendorMode { org, ..asked.command }).await?)
}

/// Hand in an organisation's security.txt (RFC 9116). It says how the organisation is reached while it sets no contacts
/// of its own here, and is not fetched from anywhere.
#[utoipa::path(post, path = "/api/v1/organisations/{id}/security-txt", tag = "vendors",
    params(("id" = String, Path)), request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = SecurityTxtDone), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set_security_txt(
    State(app): State<Shared>,
    Path(org): Path<String>,
    request: Request,
) -> Result<Reply, Problem> {
    let raw = Raw::read(request, &app, security_txt::LARGEST).await?;
    let set = SetSecurityTxt::read(org, &raw.bytes)?;
    Ok(app.execute(&raw.call, &set).await?)
}

/// Threads of messages I am on a side of, the latest message first.
#[utoipa::path(get, path = "/api/v1/threads", tag = "cases", params(PageRequest),
    responses((status = 200, body = Page<ThreadLine>)))]
pub async fn threads(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ThreadLine>>, Problem> {
    Ok(Json(app.threads(&actor, &page).await?))
}

/// The messages between a party of a case and its coordinators; `own` stands for my organisation.
#[utoipa::path(get, path = "/api/v1/cases/{id}/threads/{party}", tag = "cases",
    params(("id" = String, Path), ("party" = String, Path)),
    responses((status = 200, body = ThreadView), (status = 404, body = Problem)))]
pub async fn thread(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path((case, party)): Path<(String, String)>,
) -> Result<Json<ThreadView>, Problem> {
    Ok(Json(app.thread_view(&actor, &case, &party).await?))
}

/// Write a message to the other side.
#[utoipa::path(post, path = "/api/v1/cases/{id}/threads/{party}", tag = "cases", request_body = Write,
    params(("id" = String, Path), ("party" = String, Path)),
    responses((status = 201, body = Written), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn write(
    State(app): State<Shared>,
    Path((case, party)): Path<(String, String)>,
    asked: Asked<Write>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &Write { case, party, ..asked.command }).await?)
}

/// Note that my side has read the messages there are.
#[utoipa::path(post, path = "/api/v1/cases/{id}/threads/{party}/read", tag = "cases",
    params(("id" = String, Path), ("party" = String, Path)), request_body = MarkRead,
    responses((status = 200), (status = 404, body = Problem)))]
pub async fn mark_read(
    State(app): State<Shared>,
    Path((case, party)): Path<(String, String)>,
    asked: Asked<MarkRead>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &MarkRead { case, party, ..asked.command }).await?)
}
