//! No answer leaves before what it shows is recorded, whatever the route.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use forewarn_core::access::Actor;
use forewarn_core::reading::Channel;
use futures_util::{StreamExt, stream};

use super::{Problem, Shared};
use crate::app::{AppError, Desk};

/// On which way a route shows things.
pub fn channel_of(method: &Method, route: &str) -> Channel {
    if method == Method::POST {
        return Channel::Act;
    }
    match route {
        _ if route.starts_with("/api/v1/export/") => Channel::Export,
        "/api/v1/cases/{id}/file" => Channel::CaseFile,
        "/api/v1/findings/{id}/attachments/{attachment}" => Channel::Attachment,
        _ if route.starts_with("/api/") => Channel::Api,
        _ => Channel::Page,
    }
}

/// Answers a request and records what the answer shows.
pub(super) async fn recorded(
    app: &Shared,
    actor: &Actor,
    channel: Channel,
    request: Request,
    next: Next,
) -> Response {
    let desk = Desk::new(actor, channel);
    let response = Arc::clone(&desk).at(next.run(request)).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        // Problem documents quote nothing.
        desk.clear();
        return response;
    }
    if let Err(error) = app.settle(&desk).await {
        return Problem::from(error).into_response();
    }
    let (parts, body) = response.into_parts();
    if HttpBody::size_hint(&body).exact().is_some() {
        return Response::from_parts(parts, body);
    }
    // It is still being made: what each part shows is recorded before that part leaves.
    let state = Some((body.into_data_stream(), Arc::clone(app), desk));
    let parts_recorded = stream::unfold(state, |state| async {
        let (mut body, app, desk) = state?;
        let part: Bytes = match Arc::clone(&desk).at(body.next()).await? {
            Ok(part) => part,
            Err(error) => return Some((Err(error), None)),
        };
        match app.settle(&desk).await {
            Ok(()) => Some((Ok(part), Some((body, app, desk)))),
            Err(error) => {
                if !matches!(error, AppError::ReadEnough { .. }) {
                    tracing::error!("a long answer ended early: its reads could not be recorded");
                }
                Some((Err(axum::Error::new(error)), None))
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(parts_recorded))
}
