//! Cases: list, one case with what waits for its reader, timeline.

mod messages;
mod suggested;
mod timeline;
mod work;

use axum::extract::{Path, State};
use axum::response::Redirect;
use forewarn_core::access::{Act, Filter, filter, may};
use forewarn_core::case::Verdict;
use maud::{Markup, html};

pub(super) use messages::{messages, write};
pub(super) use timeline::timeline;

use super::form::{Form, key};
use super::layout::{chip, embargoed, further, text, time};
use super::{framed, problem};
use crate::app::views::{CaseDetail, CaseView, PageRequest};
use crate::app::{CaseAct, OnCase};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

pub(super) async fn list(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.cases(&actor, &page).await.map_err(problem)?;
    let body = html! {
        h1 { "Cases" }
        @if found.items.is_empty() {
            p { "There is no case for you yet. A case begins when a coordinator accepts a finding." }
        } @else {
            div .scroll tabindex="0" role="region" aria-label="Cases" { table {
                thead { tr {
                    th scope="col" { "Number" } th scope="col" { "Title" } th scope="col" { "State" }
                    th scope="col" { "Verdict" }
                    th scope="col" { "Embargo until" } th scope="col" { "Opened" }
                } }
                tbody { @for case in &found.items {
                    tr {
                        td { a href={ "/cases/" (case.id) } { (case.number) } }
                        td { (case.detail.as_ref().map_or("not shown to you", |d| d.title.as_str())) }
                        td { (chip(&case.state)) }
                        td { (verdict(case)) }
                        td { @if let Some(embargo) = &case.embargo { (embargo.release_local) } }
                        td { (time(case.opened_at)) }
                    }
                } }
            } }
            (further("/cases", &found))
        }
    };
    framed(&app, &actor, "Cases", "/cases", &body).await
}

pub(super) async fn show(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let case = app.case(&actor, &id).await.map_err(problem)?;
    // A case that was opened this moment has no decision yet.
    let standing = app.case_priority(&actor, &id).await.ok();
    let title = case.detail.as_ref().map_or_else(|| format!("Case {}", case.number), |d| d.title.clone());
    let exposure = match &case.parties {
        Some(_) => Some(app.case_exposure(&actor, &id).await.map_err(problem)?),
        None => None,
    };
    let suggested = exposure.as_ref().map(|exposure| &exposure.suggested);
    let shown_now = serde_json::to_string(&(&case, suggested)).unwrap_or_default();
    let token = key(&app, &actor, &format!("{id} {shown_now}"));
    let parties = match (&case.parties, &exposure) {
        (Some(parties), Some(exposure)) => {
            let notices = app.notices_of_case(&actor, &id, &PageRequest::default()).await.map_err(problem)?;
            work::desk(&case, parties, exposure, &notices, &token, &actor.label())
        }
        _ => html! {},
    };
    let body = html! {
        @if let Some(embargo) = &case.embargo { (embargoed(embargo)) }
        h1 { (title) }
        dl {
            dt { "Number" } dd { (case.number) }
            dt { "State" } dd { (chip(&case.state)) }
            dt { "Opened" } dd { (time(case.opened_at)) }
            @if let Some(standing) = &standing {
                dt { "Priority" }
                dd {
                    (standing.entry.summary)
                    @if let Some(before) = &standing.entry.before { " " (before) }
                }
            }
            @if case.state == "public" || case.state == "closed" {
                dt { "Advisory" } dd { a href={ "/advisories/" (case.number) } { (case.number) } }
            }
            @if case.parties.is_some() || may(&actor, Act::SeeTimeline) {
                dt { "Timeline" }
                dd { a href={ "/cases/" (case.id) "/timeline" } { "who did what when, with the log proof" } }
            }
            @if filter(&actor, Act::SeeReads) != Filter::Nothing {
                dt { "Reads" }
                dd { a href={ "/cases/" (case.id) "/reads" } { "who read it" } }
            }
            // Coordinators find a thread with each party.
            @if case.parties.is_none() && filter(&actor, Act::TalkOnCase) != Filter::Nothing {
                dt { "Messages" }
                dd { a href={ "/cases/" (case.id) "/messages/own" } { "with the coordinators" } }
            }
        }
        @if let Some(own) = &case.own { (work::vendor(&case, own, &token)) }
        @if let Some(detail) = &case.detail { (shown(detail)) }
        (parties)
    };
    framed(&app, &actor, &title, "/cases", &body).await
}

fn shown(detail: &CaseDetail) -> Markup {
    html! {
        h2 { "Affected" }
        ul { @for line in &detail.affected { li { (line) } } }
        @if let Some(validation) = &detail.validation {
            p { "Validation: " (named(&validation.verdict)) ", by " (validation.by.name) ". " (validation.method) }
        }
        @if !detail.fixed_in.is_empty() { p { "Fixed in: " (detail.fixed_in.join(", ")) } }
        @if let Some(draft) = detail.drafts.last() {
            h2 { "Advisory draft " (detail.drafts.len()) }
            h3 { "What to do" } (text(&draft.mitigation))
            h3 { "What it is" } (text(&draft.detail))
        }
    }
}

pub(super) async fn act(
    State(app): State<Shared>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Redirect, Problem> {
    let act = form.command::<CaseAct>()?;
    app.execute(&form.call, &OnCase { id: id.clone(), act }).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/cases/{id}")))
}

fn verdict(case: &CaseView) -> &'static str {
    let validation = case.detail.as_ref().and_then(|detail| detail.validation.as_ref());
    validation.map_or("", |validation| named(&validation.verdict))
}

fn named(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NotAVulnerability => "not a vulnerability",
        Verdict::AlreadyPublic => "already public",
        Verdict::NeedsInformation => "needs information",
        Verdict::Confirmed => "confirmed",
        Verdict::NotReproduced => "not reproduced",
    }
}

/// The link to a case that its reader sees.
fn back(case: &CaseView) -> Markup {
    html! { p { a href={ "/cases/" (case.id) } { "Back to " (case.number) } } }
}
