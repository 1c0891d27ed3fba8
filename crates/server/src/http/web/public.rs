//! What everybody may read.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use forewarn_core::access::Actor;
use forewarn_formats::csaf;
use forewarn_formats::json::{Limits, parse};
use maud::{Markup, html};

use super::layout::{further, places, time};
use super::{framed, problem};
use crate::app::views::{PageRequest, affected_lines};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

const STYLE: &str = include_str!("../../../assets/style.css");

pub(super) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")],
        STYLE,
    )
}

pub(super) async fn home(State(app): State<Shared>, Caller(actor): Caller) -> Result<Markup, Problem> {
    let body = html! {
        h1 { "Forewarn" }
        p { "A clearinghouse for vulnerabilities that AI models find. Each is shared under embargo, before it is \
            public, with exactly the operators that run the affected software." }
        @if matches!(actor, Actor::Member(_)) {
            h2 { "Your work" }
            ul { @for (path, words) in places(&actor) { li { a href=(path) { (words) } } } }
        } @else {
            ul {
                li { a href="/advisories" { "Public advisories" } }
                li { a href="/sign-in" { "Sign in with a one-time link" } }
                li { a href="/api/v1/openapi.json" { "Description of the API (OpenAPI)" } }
            }
        }
    };
    framed(&app, &actor, "Start", "/", &body).await
}

pub(super) async fn advisories(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.advisories(&actor, &page).await.map_err(problem)?;
    let body = html! {
        h1 { "Public advisories" }
        @if found.items.is_empty() {
            p { "No advisory is public yet. An advisory appears here at the moment its embargo ends." }
        } @else {
            div .scroll tabindex="0" role="region" aria-label="Public advisories" { table {
                thead { tr { th scope="col" { "Number" } th scope="col" { "Title" } th scope="col" { "Published" } } }
                tbody { @for one in &found.items {
                    tr {
                        td { a href={ "/advisories/" (one.number) } { (one.number) } }
                        td { (one.title) }
                        td { (time(one.published_at)) }
                    }
                } }
            } }
            (further("/advisories", &found))
        }
    };
    framed(&app, &actor, "Public advisories", "/advisories", &body).await
}

pub(super) async fn advisory(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(number): Path<String>,
) -> Result<Markup, Problem> {
    let (view, document) = app.advisory(&actor, &number).await.map_err(problem)?;
    // The page is drawn from the published bytes themselves, so that both say the same.
    let reports = parse(document.as_bytes(), &Limits::default()).and_then(csaf::read);
    let body = html! {
        h1 { (view.title) }
        dl {
            dt { "Number" } dd { (view.number) }
            dt { "Published" } dd { (time(view.published_at)) }
            dt { "Revision" } dd { (view.revision) }
            dt { "For machines" } dd { a href=(view.csaf) { "CSAF 2.0 document" } }
        }
        @for report in reports.iter().flatten() {
            h2 { "What it is" }
            div .text { (report.description) }
            h2 { "What is affected" }
            ul { @for line in affected_lines(&report.affected) { li { (line) } } }
            h2 { "What to do" }
            @for (kind, details) in remedies(&document) {
                h3 { (kind) }
                div .text { (details) }
            }
        }
    };
    framed(&app, &actor, &view.title, "/advisories", &body).await
}

/// The remediations of a document, with words for their categories.
fn remedies(document: &str) -> Vec<(&'static str, String)> {
    let value: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let listed = value.pointer("/vulnerabilities/0/remediations").and_then(|r| r.as_array());
    let words = |category: &str| match category {
        "vendor_fix" => "Fix",
        "mitigation" => "Until it is fixed",
        "workaround" => "Workaround",
        "no_fix_planned" => "No fix is planned",
        _ => "No remedy is known",
    };
    let text =
        |remedy: &serde_json::Value, field: &str| remedy[field].as_str().unwrap_or_default().to_owned();
    listed.into_iter().flatten().map(|r| (words(&text(r, "category")), text(r, "details"))).collect()
}
