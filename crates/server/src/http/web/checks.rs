//! The validator's pages: the cases it holds, and one of them with what a check needs. It learns of no other case.

use axum::extract::{Path, State};
use axum::response::Redirect;
use forewarn_core::access::{Act, may};
use forewarn_core::case::Verdict;
use maud::{Markup, html};

use super::form::{Form, key};
use super::layout::{chip, further, text, time};
use super::{framed, problem};
use crate::app::views::PageRequest;
use crate::app::{CaseAct, ClaimNext, Claimed, MaterialView, OnCase, ReportView};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

pub(super) async fn list(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.validations(&actor, &page).await.map_err(problem)?;
    let takes = may(&actor, Act::TakeValidation);
    let held: Vec<&str> = found.items.iter().map(|one| one.case.as_str()).collect();
    let token = key(&app, &actor, &format!("claim {held:?}"));
    let body = html! {
        h1 { "Checks" }
        @if found.items.is_empty() {
            @if takes { p { "You hold no case. Take the next one: it is the most urgent that you may check." } }
            @else { p { "No case of yours waits for a check." } }
        } @else {
            div .scroll tabindex="0" role="region" aria-label="Checks" { table {
                thead { tr { th scope="col" { "Case" } th scope="col" { "State" } th scope="col" { "Held until" } } }
                tbody { @for one in &found.items {
                    tr {
                        td { a href={ "/checks/" (one.case) } { (one.number) } }
                        td { (chip(&one.state)) }
                        td { @if let Some(until) = one.until { (time(until)) } @else { "nobody holds it" } }
                    }
                } }
            } }
            (further("/checks", &found))
        }
        @if takes {
            form .act method="post" action="/checks" { (token) button type="submit" { "Take the next case" } }
        }
    };
    framed(&app, &actor, "Checks", "/checks", &body).await
}

pub(super) async fn take(State(app): State<Shared>, form: Form) -> Result<Redirect, Problem> {
    let reply = app.execute(&form.call, &form.command::<ClaimNext>()?).await.map_err(problem)?;
    let claimed: Claimed = serde_json::from_slice(&reply.body).map_err(|_| Problem::internal())?;
    Ok(Redirect::to(&claimed.case.map_or_else(|| "/checks".into(), |case| format!("/checks/{case}"))))
}

pub(super) async fn show(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let material = app.material(&actor, &id).await.map_err(problem)?;
    let token = key(&app, &actor, &format!("check {id} {:?}", material.until));
    let body = html! {
        div .banner role="note" { "Under embargo: what you read here is for your check only." }
        h1 { (material.title) }
        dl {
            dt { "Case" } dd { (material.number) }
            @if let Some(until) = material.until { dt { "Held until" } dd { (time(until)) } }
        }
        h2 { "Affected" }
        ul { @for line in &material.affected { li { (line) } } }
        @for (number, report) in (1..).zip(&material.reports) { (one_report(number, report)) }
        (answer(&material, &token, may(&actor, Act::TakeValidation)))
    };
    framed(&app, &actor, &material.title, "/checks", &body).await
}

fn one_report(number: usize, report: &ReportView) -> Markup {
    let texts = [("What shows it", &report.evidence), ("How to reproduce it", &report.reproducer)];
    html! {
        section .card {
            h2 { "Report " (number) ": " (report.title) }
            (text(&report.description))
            @if let Some(place) = &report.location {
                p { "In " code { (place.file) } @if let Some(function) = &place.function { ", " code { (function) } }
                    @if let Some(line) = place.line { ", line " (line) } }
            }
            @if !report.weaknesses.is_empty() { p { "Weakness: " (report.weaknesses.join(", ")) } }
            @for (heading, words) in texts {
                @if let Some(words) = words { h3 { (heading) } pre .text { code { (words) } } }
            }
        }
    }
}

fn answer(material: &MaterialView, token: &Markup, holds: bool) -> Markup {
    let action = format!("/checks/{}", material.case);
    let words = |verdict: &Verdict| verdict.as_str().replace('-', " ");
    html! {
        section aria-labelledby="answer" {
            h2 #answer { "Your verdict" }
            form .act method="post" action=(action) {
                (token) input type="hidden" name="act" value="validate";
                label for="verdict" { "What did you find?" }
                select #verdict name="verdict" {
                    @for verdict in Verdict::ALL { option value=(verdict.as_str()) { (words(verdict)) } }
                }
                label for="method" { "How did you check it?" }
                textarea #method name="method" rows="3" required {}
                label for="evidence" { "What shows it?" }
                textarea #evidence name="evidence" rows="5" required {}
                button type="submit" { "Give the verdict" }
            }
            @if holds {
                form .act method="post" action=(action) {
                    (token) input type="hidden" name="act" value="give-back";
                    button .second type="submit" { "Give it back unchecked" }
                }
            }
        }
    }
}

pub(super) async fn act(
    State(app): State<Shared>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Redirect, Problem> {
    let act = form.command::<CaseAct>()?;
    app.execute(&form.call, &OnCase { id, act }).await.map_err(problem)?;
    Ok(Redirect::to("/checks"))
}
