//! Signing in with a one-time link, and out.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use forewarn_core::access::Actor;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::Form;
use super::framed;
use crate::app::Source;
use crate::http::access::COOKIE;
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

/// The link's code.
#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    link: String,
}

/// Asks before the link is used up: mail scanners open links, but do not press buttons.
pub(super) async fn form(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(link): Query<Link>,
) -> Result<Markup, Problem> {
    let body = html! {
        h1 { "Sign in" }
        @if link.link.is_empty() {
            p { "Open the one-time link that your coordinator gave you, or enter its code here." }
        } @else {
            p { "This link works once. Press the button to use it on this device." }
        }
        form .act method="post" action="/sign-in" {
            @if link.link.is_empty() {
                label for="link" { "Code of the link" }
                input #link type="text" name="link" autocomplete="off" spellcheck="false" required;
            } @else {
                input type="hidden" name="link" value=(link.link);
            }
            button type="submit" { "Sign in" }
        }
    };
    framed(&app, &actor, "Sign in", "", &body).await
}

pub(super) async fn sign_in(
    State(app): State<Shared>,
    Extension(source): Extension<Source>,
    form: Form,
) -> Result<Response, Problem> {
    let secret = form.field("link").unwrap_or_default().trim();
    let session = app.attempt(source, secret, app.sign_in(secret)).await.map_err(|error| match error {
        crate::app::AppError::Unauthenticated => Problem::new(
            StatusCode::UNAUTHORIZED,
            "this link is not valid, was used before, or has expired; ask your coordinator for a new one",
        ),
        other => Problem::from(other),
    })?;
    let mut response = Redirect::to("/").into_response();
    set_cookie(response.headers_mut(), &cookie(&session.secret, app.settings().secure_cookies, 12 * 3600))?;
    Ok(response)
}

pub(super) async fn sign_out(State(app): State<Shared>, Caller(actor): Caller) -> Result<Response, Problem> {
    if matches!(actor, Actor::Member(_)) {
        app.sign_out(&actor).await.map_err(super::problem)?;
    }
    let mut response = Redirect::to("/").into_response();
    set_cookie(response.headers_mut(), &cookie("", app.settings().secure_cookies, 0))?;
    Ok(response)
}

fn cookie(value: &str, secure: bool, seconds: u32) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

fn set_cookie(headers: &mut HeaderMap, cookie: &str) -> Result<(), Problem> {
    let value = HeaderValue::from_str(cookie).map_err(|_| Problem::internal())?;
    headers.insert(header::SET_COOKIE, value);
    Ok(())
}
