//! The operator's pages: inbox, one notice as a card that says what to do, inventories.

use axum::extract::{Path, State};
use axum::response::Redirect;
use forewarn_core::notice::Remediation;
use forewarn_core::sharing::ExposureLine;
use forewarn_exposure::Confidence;
use maud::{Markup, html};

use super::attempts;
use super::form::{Form, key};
use super::layout::{chip, embargoed, further, text, time};
use super::{framed, problem};
use crate::app::views::{NoticeView, PageRequest};
use crate::app::{NoticeAct, OnNotice};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

pub(super) async fn inbox(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.notices(&actor, &page, None).await.map_err(problem)?;
    let now = app.ambient().now();
    let body = html! {
        h1 { "Notices" }
        @if found.items.is_empty() {
            p { "There is no notice for you. When a vulnerability affects software in your inventories, its notice \
                appears here before it is public." }
            p { "Keep your inventories up to date: " a href="/inventories" { "your inventories" } "." }
        } @else {
            div .scroll tabindex="0" role="region" aria-label="Notices" { table {
                thead { tr {
                    th scope="col" { "Notice" } th scope="col" { "State" } th scope="col" { "Where" }
                    th scope="col" { "Acknowledge by" } th scope="col" { "Embargo until" }
                } }
                tbody { @for notice in &found.items {
                    tr {
                        td { a href={ "/notices/" (notice.id) } { (notice.number) } }
                        td { (chip(notice.remediation.as_deref().unwrap_or(&notice.state))) }
                        td { @if notice.closed { "sealed" } @else { (assets(&notice.exposure)) } }
                        td { @if notice.state == "acknowledged" { span .done { "done" } } @else if let Some(due) = notice.due_at {
                            (time(due))
                            @if due < now { " " span .late { "overdue" } }
                        } }
                        td { @if let Some(embargo) = &notice.embargo { (embargo.release_local) } }
                    }
                } }
            } }
            (further("/notices", &found))
        }
    };
    framed(&app, &actor, "Notices", "/notices", &body).await
}

fn assets(lines: &[ExposureLine]) -> String {
    let mut names: Vec<&str> = lines.iter().map(|line| line.asset.as_str()).collect();
    names.dedup();
    names.join(", ")
}

pub(super) async fn show(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let notice = app.notice(&actor, &id).await.map_err(problem)?;
    let token = key(&app, &actor, &format!("{id} {} {:?}", notice.state, notice.remediation));
    let title = notice.content.as_ref().and_then(|c| c.title.clone());
    let title = title.unwrap_or_else(|| format!("Notice {}", notice.number));
    let body = html! {
        @if let Some(embargo) = &notice.embargo { (embargoed(embargo)) }
        h1 { (title) }
        dl {
            dt { "Reference" } dd { (notice.number) }
            dt { "State" } dd { (chip(notice.remediation.as_deref().unwrap_or(&notice.state))) }
            @if let Some(due) = notice.due_at { dt { "Acknowledge by" } dd { (time(due)) } }
            @if notice.embargo.as_ref().is_some_and(|embargo| embargo.state == "public") {
                dt { "Advisory" } dd { a href={ "/advisories/" (notice.number) } { "public since the embargo ended" } }
            }
        }
        @if notice.closed { (closed(&notice)) } @else {
            (affected(&notice.exposure, &notice.withdrawn))
            (content(&notice))
        }
        (answers(&notice, &token))
        @if !notice.attempts.is_empty() {
            section aria-labelledby="told" {
                h2 #told { "How you were told" }
                (attempts::table("you", &notice.attempts))
            }
        }
    };
    framed(&app, &actor, &title, "/notices", &body).await
}

fn affected(lines: &[ExposureLine], withdrawn: &[ExposureLine]) -> Markup {
    let standing = lines.len().saturating_sub(withdrawn.len());
    html! {
        section .card aria-labelledby="affected" {
            h2 #affected { "Are you affected?" }
            @match standing {
                0 => p { "Not any more, by the inventories that you have pushed since." },
                1 => p { "Yes: one component in your inventories matches." },
                _ => p { "Yes: " (standing) " components in your inventories match." },
            }
            div .scroll tabindex="0" role="region" aria-label="Affected components" { table {
                thead { tr {
                    th scope="col" { "Asset" } th scope="col" { "Component" } th scope="col" { "Version" }
                    th scope="col" { "Affected versions" } th scope="col" { "Match" }
                } }
                tbody { @for line in lines {
                    tr {
                        td { (line.asset) } td { (line.component) } td { (line.version.as_deref().unwrap_or("not given")) }
                        td { (line.range) }
                        td { @if withdrawn.contains(line) { "no longer in your inventory" }
                            @else if line.confirmed { "another name; your coordinator found that it is the same" }
                            @else { (confidence(line.confidence)) } }
                    }
                } }
            } }
        }
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Exact => "this version is listed",
        Confidence::Range => "this version is in the range",
        Confidence::ProductOnly => "the product matches; check the version",
        Confidence::NeedsPerson => "a person must check",
    }
}

/// In place of a text that leaves the service sealed only.
fn closed(notice: &NoticeView) -> Markup {
    html! {
        section .card aria-labelledby="todo" {
            h2 #todo { "Opens with your keys" }
            @if let Some(sealed) = &notice.sealed {
                p { "What this notice is about is sealed to the keys of your organisation. The agent opens it on your own \
                    machine: " code { "forewarn agent fetch" } "." }
                p { "Revision " (sealed.revision) ". " a href={ "/api/v1/notices/" (notice.id) "/sealed" } { "The sealed file" }
                    " opens with any program for age files of this kind." }
                p { "It opens with these keys: " (sealed.keys.iter().cloned().collect::<Vec<_>>().join(", ")) "." }
            } @else {
                p { "The recipient has its notices sealed. Register keys for your organisation to read them for it." }
            }
        }
    }
}

fn content(notice: &NoticeView) -> Markup {
    let Some(content) = &notice.content else {
        return html! {
            section .card aria-labelledby="todo" {
                h2 #todo { "What to do now" }
                p { "Read the embargo terms above. What it is and what to do is shown once you accept them." }
            }
        };
    };
    html! {
        section .card aria-labelledby="todo" {
            h2 #todo { "What to do now" }
            @match &content.mitigation {
                Some(words) => (text(words)),
                None => p { "You are told that this exists. Instructions follow in a later notice." },
            }
            @if !content.fixed_in.is_empty() { p { "Fixed in: " (content.fixed_in.join(", ")) } }
        }
        @if let Some(words) = &content.detail { section { h2 { "What it is" } (text(words)) } }
        @if let Some(words) = &content.proof_of_concept {
            section { h2 { "How it is triggered" } pre .text { code { (words) } } }
        }
        @if let Some(words) = &content.handling {
            section {
                h2 { "Handling" }
                (text(words))
                @if let Some(reference) = &content.reference { p { "Reference: " (reference) } }
            }
        }
    }
}

fn answers(notice: &NoticeView, token: &Markup) -> Markup {
    let action = format!("/notices/{}", notice.id);
    html! {
        section aria-labelledby="answer" {
            h2 #answer { "Your answer" }
            @if notice.consent == "invited" {
                form .act method="post" action=(action) {
                    (token) input type="hidden" name="act" value="answer-terms";
                    button type="submit" name="accept" value="yes" { "Accept the embargo terms" }
                    button .second type="submit" name="accept" value="no" { "Decline" }
                }
            }
            @if notice.state != "acknowledged" {
                form .act method="post" action=(action) {
                    (token) input type="hidden" name="act" value="acknowledge";
                    button type="submit" { "Acknowledge: we have taken charge" }
                }
            } @else {
                @if !notice.note.is_empty() { p .quiet { "Last reported: " (notice.note) } }
                form .act method="post" action=(action) {
                    (token) input type="hidden" name="act" value="remediate";
                    label for="status" { "What have you done?" }
                    select #status name="status" {
                        @for status in Remediation::ALL {
                            option value=(status.as_str()) selected[notice.remediation.as_deref() == Some(status.as_str())] {
                                (status.as_str().replace('-', " "))
                            }
                        }
                    }
                    label for="note" { "Note (needed if it cannot be fixed)" }
                    textarea #note name="note" rows="3" {}
                    button type="submit" { "Report" }
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
    let command = form.command::<NoticeAct>()?.into();
    app.execute(&form.call, &OnNotice { id: id.clone(), command }).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/notices/{id}")))
}

pub(super) async fn inventories(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.inventories(&actor, &page).await.map_err(problem)?;
    let body = html! {
        h1 { "Inventories" }
        @if found.items.is_empty() {
            p { "You have pushed no inventory, so no notice can reach you." }
        } @else {
            div .scroll tabindex="0" role="region" aria-label="Inventories" { table {
                thead { tr {
                    th scope="col" { "Asset" } th scope="col" { "Format" } th scope="col" { "Components" }
                    th scope="col" { "Without identity" } th scope="col" { "Pushed" }
                } }
                tbody { @for one in &found.items {
                    tr {
                        td { (one.asset) } td { (one.format) } td { (one.components) }
                        td { (one.skipped) } td { (time(one.pushed_at)) }
                    }
                } }
            } }
            (further("/inventories", &found))
        }
        p { "Push an inventory (CycloneDX, SPDX, a list of packages, a CSV of devices) with " code { "forewarn inventory push FILE" } "." }
    };
    framed(&app, &actor, "Inventories", "/inventories", &body).await
}
