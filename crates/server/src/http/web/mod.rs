//! Pages for people: server-rendered, without scripts. Each calls the same use cases as the API.

mod attempts;
mod cases;
mod checks;
mod findings;
mod form;
mod keys;
mod layout;
mod notices;
mod public;
mod reads;
mod session;
mod tasks;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use forewarn_core::access::Actor;
use maud::{Markup, html};

use super::{Problem, Shared};
use crate::app::{App, AppError};
use layout::{Frame, page};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(public::home))
        .route("/assets/style.css", get(public::style))
        .route("/sign-in", get(session::form).post(session::sign_in))
        .route("/sign-out", post(session::sign_out))
        .route("/notices", get(notices::inbox))
        .route("/notices/{id}", get(notices::show).post(notices::act))
        .route("/keys", get(keys::list).post(keys::act))
        .route("/inventories", get(notices::inventories))
        .route("/cases", get(cases::list))
        .route("/cases/{id}", get(cases::show).post(cases::act))
        .route("/cases/{id}/timeline", get(cases::timeline))
        .route("/cases/{id}/messages/{party}", get(cases::messages).post(cases::write))
        .route("/cases/{id}/reads", get(reads::case))
        .route("/findings/{id}/reads", get(reads::finding))
        .route("/reading-alarms/{id}", post(reads::settle))
        .route("/tasks", get(tasks::list))
        .route("/tasks/{id}", post(tasks::act))
        .route("/checks", get(checks::list).post(checks::take))
        .route("/checks/{id}", get(checks::show).post(checks::act))
        .route("/findings", get(findings::list).post(findings::open_case))
        .route("/findings/{id}", get(findings::show))
        .route("/advisories", get(public::advisories))
        .route("/advisories/{number}", get(public::advisory))
}

/// A page for its reader.
pub(super) async fn framed(
    app: &App,
    actor: &Actor,
    title: &str,
    here: &str,
    body: &Markup,
) -> Result<Markup, Problem> {
    let who = match actor {
        Actor::Member(_) => Some(app.principal_name(&actor.label()).await.map_err(Problem::from)?),
        _ => None,
    };
    Ok(page(&Frame { title, actor, who: who.as_deref(), here }, body))
}

/// Problems as pages, for readers who asked for pages.
pub(super) async fn problems(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let wants = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let page_wanted = wants.is_some_and(|types| types.contains("text/html"));
    let api = request.uri().path().starts_with("/api/");
    let (headers, source) = (request.headers().clone(), super::access::source(&app, &request));
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    if !page_wanted || api {
        return response;
    }
    let actor = super::access::authenticate(&app, &headers, source).await.unwrap_or(Actor::Public);
    let status = response.status();
    match framed(&app, &actor, &problem.title, "", &explained(&problem)).await {
        Ok(page) => (status, page).into_response(),
        Err(_) => response,
    }
}

fn explained(problem: &Problem) -> Markup {
    let sign_in = problem.status == StatusCode::UNAUTHORIZED.as_u16();
    html! {
        h1 { (problem.title) }
        p { (sentence(&problem.detail)) "." }
        @if let Some(place) = &problem.place { p .quiet { "Where: " code { (place) } } }
        @if sign_in {
            p { "Use the sign-in link your coordinator sent you, or " a href="/sign-in" { "enter its code" } "." }
        } @else {
            p { "Nothing was changed. " a href="/" { "Back to the start" } }
        }
    }
}

/// A text that begins like a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An error of a use case as a problem.
fn problem(error: AppError) -> Problem {
    Problem::from(error)
}
