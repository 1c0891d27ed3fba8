//! Notices, how recipients are told of them, and what waits for coordinators.

use axum::Json;
use axum::extract::{Path, Request, State};
use forewarn_formats::json::Limits;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::app::views::{NoticeView, Page, PageRequest};
use crate::app::{
    BounceDone, ContactsDone, ContactsView, DelegateAct, NoteBounce, NoticeAct, OnDelegates, OnNotice,
    OnTask, Receipt, Reply, SetContacts, TaskAct, Tasks,
};
use crate::http::command::{Asked, Caller, Query, Raw};
use crate::http::{Problem, Shared};

/// Which part of an inbox.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboxRequest {
    /// At most so many items, 1 to 200; 50 when left out.
    #[serde(default)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// Only items in this state.
    #[serde(default)]
    pub state: Option<String>,
    /// Only notices for the organisation with this id: one's own, or one that named one's own as its delegate.
    #[serde(default, rename = "for")]
    pub only_for: Option<String>,
}

/// Notices of my organisation and of those it acts for, newest first.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", params(InboxRequest),
    responses((status = 200, body = Page<NoticeView>)))]
pub async fn inbox(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(inbox): Query<InboxRequest>,
) -> Result<Json<Page<NoticeView>>, Problem> {
    let InboxRequest { limit, after, state, only_for } = inbox;
    Ok(Json(app.notices(&actor, &PageRequest { limit, after, state }, only_for.as_deref()).await?))
}

/// One notice with its content; reading it is recorded.
#[utoipa::path(get, path = "/api/v1/notices/{id}", tag = "notices", params(("id" = String, Path)),
    responses((status = 200, body = NoticeView), (status = 404, body = Problem)))]
pub async fn notice(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<NoticeView>, Problem> {
    Ok(Json(app.notice(&actor, &id).await?))
}

/// Act on a notice.
#[utoipa::path(post, path = "/api/v1/notices/{id}/acts", tag = "notices", params(("id" = String, Path)),
    request_body = NoticeAct,
    responses((status = 200), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn notice_act(
    State(app): State<Shared>,
    Path(id): Path<String>,
    asked: Asked<NoticeAct>,
) -> Result<Reply, Problem> {
    let command = asked.command.into();
    Ok(app.execute(&asked.call, &OnNotice { id, command }).await?)
}

/// A receipt for a notice that can be checked offline: when my organisation was told, by the public log. 409 until the
/// interval is over.
#[utoipa::path(get, path = "/api/v1/notices/{id}/receipt", tag = "notices", params(("id" = String, Path)),
    responses((status = 200, body = Receipt), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn receipt(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<Receipt>, Problem> {
    Ok(Json(app.notice_receipt(&actor, &id).await?))
}

/// How my organisation is reached outside the service, and who acts for it.
#[utoipa::path(get, path = "/api/v1/organisations/{id}/contacts", tag = "notices", params(("id" = String, Path)),
    responses((status = 200, body = ContactsView), (status = 404, body = Problem)))]
pub async fn contacts(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<ContactsView>, Problem> {
    Ok(Json(app.contacts(&actor, &id).await?))
}

/// Say how my organisation is reached. What is left out is taken away; a webhook's secret is shown once.
#[utoipa::path(post, path = "/api/v1/organisations/{id}/contacts", tag = "notices", params(("id" = String, Path)),
    request_body = SetContacts,
    responses((status = 200, body = ContactsDone), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set_contacts(
    State(app): State<Shared>,
    Path(org): Path<String>,
    asked: Asked<SetContacts>,
) -> Result<Reply, Problem> {
    let command = SetContacts { org, ..asked.command };
    Ok(app.execute(&asked.call, &command).await?)
}

/// Name a relay that acts for my organisation, or take that back at once.
#[utoipa::path(post, path = "/api/v1/organisations/{id}/delegates", tag = "notices", params(("id" = String, Path)),
    request_body = DelegateAct,
    responses((status = 200), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn delegate(
    State(app): State<Shared>,
    Path(org): Path<String>,
    asked: Asked<DelegateAct>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &OnDelegates { org, act: asked.command }).await?)
}

/// Report a delivery status notification (RFC 3464), as the mail server delivered it: at most 1 MiB. It is matched with
/// the mail it is about by a random id, and kept as evidence; when the mail will not arrive, the next contact is told at
/// once.
#[utoipa::path(post, path = "/api/v1/bounces", tag = "notices",
    request_body(content = String, content_type = "message/rfc822"),
    responses((status = 200, body = BounceDone), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn bounce(State(app): State<Shared>, request: Request) -> Result<Reply, Problem> {
    let raw = Raw::read(request, &app, Limits::finding().bytes).await?;
    let read = tokio::task::spawn_blocking(move || NoteBounce::read(&raw.bytes).map(|read| (raw.call, read)));
    let (call, note) = read.await.map_err(|_| Problem::internal())??;
    Ok(app.execute(&call, &note).await?)
}

/// What waits for coordinators: people to call, alarms, webhooks that were turned off.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "notices", params(PageRequest),
    responses((status = 200, body = Tasks)))]
pub async fn tasks(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Tasks>, Problem> {
    Ok(Json(app.tasks(&actor, &page).await?))
}

/// Say that the phone list was called, or settle an alarm.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/acts", tag = "notices",
    params(("id" = String, Path, description = "Id of the notice")), request_body = TaskAct,
    responses((status = 200), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn task_act(
    State(app): State<Shared>,
    Path(id): Path<String>,
    asked: Asked<TaskAct>,
) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &OnTask { id, act: asked.command }).await?)
}
