//! Findings: a coordinator's queue, a finder's own submissions.

use axum::extract::{Path, State};
use axum::response::Redirect;
use forewarn_core::access::{Act, Actor, may};
use maud::{Markup, html};

use super::form::{Form, key};
use super::layout::{chip, further, text, time};
use super::{framed, problem};
use crate::app::views::{FindingView, PageRequest, ProvenanceView};
use crate::app::{CaseDone, OpenCase};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

pub(super) async fn list(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.findings(&actor, &page).await.map_err(problem)?;
    let body = html! {
        h1 { "Findings" }
        @if found.items.is_empty() {
            p { "Nothing was submitted yet. Submit findings with " code { "forewarn submit FILE" } "." }
        } @else {
            div .scroll tabindex="0" role="region" aria-label="Findings" { table {
                thead { tr {
                    th scope="col" { "Finding" } th scope="col" { "State" } th scope="col" { "Affected" }
                    th scope="col" { "Received" }
                } }
                tbody { @for one in &found.items {
                    tr {
                        td { a href={ "/findings/" (one.id) } { (one.title) } }
                        td { (chip(&one.state)) }
                        td { (one.affected.join("; ")) }
                        td { (time(one.received_at)) }
                    }
                } }
            } }
            (further("/findings", &found))
        }
    };
    framed(&app, &actor, "Findings", "/findings", &body).await
}

pub(super) async fn show(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let finding = app.finding(&actor, &id).await.map_err(problem)?;
    let field = |name: &str| {
        let report = finding.report.as_ref();
        report.and_then(|r| r.get(name)).and_then(|v| v.as_str()).filter(|s| !s.is_empty()).map(str::to_owned)
    };
    let body = html! {
        h1 { (finding.title) }
        dl {
            dt { "State" } dd { (chip(&finding.state)) }
            dt { "Received" } dd { (time(finding.received_at)) }
            @if let Some(id) = &finding.external_id { dt { "Finder's own id" } dd { (id) } }
            dt { "Came as" } dd { (finding.format) @if let Some(pointer) = &finding.pointer { ", at " code { (pointer) } } }
            @if let Some(from) = &finding.provenance { dt { "Found by" } dd { (found_by(from)) } }
            @if let Some(answer) = &finding.answer { dt { "Answer" } dd { (answer) } }
            @if let Some(case) = &finding.case { dt { "Case" } dd { a href={ "/cases/" (case) } { "open the case" } } }
            @if let Some(of) = &finding.duplicate_of {
                dt { "Duplicate of" }
                dd { a href={ "/findings/" (of) } { "an earlier finding" } ": " (finding.duplicate_why.as_deref().unwrap_or("")) }
            }
        }
        p { a href={ "/findings/" (id) "/reads" } { "Who read it" } }
        h2 { "Affected" }
        ul { @for line in &finding.affected { li { (line) } } }
        @for (name, words) in [("description", "What it is"), ("evidence", "What shows it"), ("mitigation", "What helps")] {
            @if let Some(value) = field(name) { h2 { (words) } (text(&value)) }
        }
        (opening(&finding, &actor, &key(&app, &actor, &format!("open {id}"))))
    };
    framed(&app, &actor, &finding.title, "/findings", &body).await
}

/// Model, version, harness, run, and whether a person checked it.
fn found_by(from: &ProvenanceView) -> Markup {
    html! {
        (from.model)
        @if let Some(version) = &from.version { " " (version) }
        @if let Some(harness) = &from.harness { ", driven by " (harness) }
        @if let Some(run) = &from.run { ", run " (run) }
        @if from.human_checked { ", checked by a person" } @else { ", not checked by a person" }
    }
}

fn opening(finding: &FindingView, actor: &Actor, token: &Markup) -> Markup {
    let open = may(actor, Act::TriageFinding)
        && matches!(finding.state.as_str(), "received" | "promoted" | "needs-info");
    html! {
        @if open {
            form .act method="post" action="/findings" {
                (token) input type="hidden" name="finding" value=(finding.id);
                button type="submit" { "Open a case from this finding" }
            }
        }
    }
}

pub(super) async fn open_case(State(app): State<Shared>, form: Form) -> Result<Redirect, Problem> {
    let command = form.command::<OpenCase>()?;
    let reply = app.execute(&form.call, &command).await.map_err(problem)?;
    let done: CaseDone = serde_json::from_slice(&reply.body).map_err(|_| Problem::internal())?;
    Ok(Redirect::to(&format!("/cases/{}", done.case)))
}
