//! Who read a case or a finding, and alarms about members who read too much.

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};

use super::form::{Form, key};
use super::layout::{further, time};
use super::{framed, problem};
use crate::app::views::{Page, PageRequest};
use crate::app::{App, ReadView, ReadingAlarm, SettleReading};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};
use forewarn_core::access::Actor;

pub(super) async fn case(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.case_reads(&actor, &id, &page).await.map_err(problem)?;
    let body = listed("Who read this case", &format!("/cases/{id}"), &found);
    framed(&app, &actor, "Who read this case", "/cases", &body).await
}

pub(super) async fn finding(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.finding_reads(&actor, &id, &page).await.map_err(problem)?;
    let body = listed("Who read this finding", &format!("/findings/{id}"), &found);
    framed(&app, &actor, "Who read this finding", "/findings", &body).await
}

fn listed(title: &str, back: &str, found: &Page<ReadView>) -> Markup {
    html! {
        h1 { (title) }
        p { "Every read is here, once an hour for each reader and way. " a href=(back) { "Back" } }
        @if found.items.is_empty() {
            p { "Nobody has read it yet." }
        } @else {
            div .scroll tabindex="0" role="region" aria-label="Reads" { table {
                thead { tr {
                    th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "How" }
                } }
                tbody { @for one in &found.items {
                    tr {
                        td { (time(one.at)) } td { (one.who) }
                        td { (one.what) @if !one.content { ", that it exists" } }
                        td { (one.channel.replace('-', " ")) }
                    }
                } }
            } }
            (further(&format!("{back}/reads"), found))
        }
    }
}

/// Alarms that wait for somebody to look into them.
pub(super) fn alarms(app: &App, actor: &Actor, alarms: &[ReadingAlarm]) -> Markup {
    html! {
        @if !alarms.is_empty() { h2 { "Members who read more than is usual" } }
        @for alarm in alarms {
            section .card aria-labelledby={ "reading-" (alarm.id) } {
                h3 id={ "reading-" (alarm.id) } { (alarm.who) }
                p { (alarm.things) " different things since " (time(alarm.since)) "."
                    @if alarm.stopped { " The policy shows this member no more until the stretch ends." } }
                form .act method="post" action={ "/reading-alarms/" (alarm.id) } {
                    (key(app, actor, &format!("reading {}", alarm.id)))
                    label for={ "words-" (alarm.id) } { "What you found" }
                    textarea id={ "words-" (alarm.id) } name="words" rows="2" required {}
                    button type="submit" { "Settle the alarm" }
                }
            }
        }
    }
}

pub(super) async fn settle(
    State(app): State<Shared>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Redirect, Problem> {
    let command = SettleReading { id, ..form.command()? };
    app.execute(&form.call, &command).await.map_err(problem)?;
    Ok(Redirect::to("/tasks"))
}
