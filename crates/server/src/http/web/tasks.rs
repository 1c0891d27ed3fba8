//! What waits for coordinators about notices: people to call, and alarms to settle.

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};

use super::attempts;
use super::form::{Form, key};
use super::layout::{chip, further, time};
use super::{framed, problem, reads};
use crate::app::views::PageRequest;
use crate::app::{OnTask, Task, TaskAct};
use crate::http::command::{Caller, Query};
use crate::http::{Problem, Shared};

pub(super) async fn list(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let found = app.tasks(&actor, &page).await.map_err(problem)?;
    let token = |task: &Task| {
        let said = format!("task {} {:?} {} {}", task.notice, task.alarms, task.call, task.calls_missed);
        key(&app, &actor, &said)
    };
    let body = html! {
        h1 { "Tasks" }
        @if found.page.items.is_empty() && found.disabled_webhooks.is_empty() && found.heavy_readers.is_empty() {
            p { "Nothing waits for you. A task appears when a recipient does not answer, or cannot be reached." }
        }
        @for task in &found.page.items { (card(task, &token(task))) }
        @if !found.disabled_webhooks.is_empty() {
            h2 { "Webhooks that are turned off" }
            p { "They took nothing for so long that they are not tried any more. Ask the organisation to set them again." }
            ul { @for one in &found.disabled_webhooks {
                li { (one.organisation) @if let Some(since) = one.since { ", since " (time(since)) } }
            } }
        }
        (reads::alarms(&app, &actor, &found.heavy_readers))
        (further("/tasks", &found.page))
    };
    framed(&app, &actor, "Tasks", "/tasks", &body).await
}

fn card(task: &Task, token: &Markup) -> Markup {
    let heading = format!("task-{}", task.notice);
    html! {
        section .card aria-labelledby=(heading) {
            h2 id=(heading) { (task.recipient) ", " (task.number) }
            ul { @for what in &task.what { li { (what) } } }
            dl {
                dt { "Case" } dd { a href={ "/cases/" (task.case) } { (task.number) } }
                dt { "Notice" } dd { (chip(&task.state)) @if task.urgent { " " span .late { "top tier" } } }
                @if let Some(due) = task.due_at { dt { "Was to be acknowledged by" } dd { (time(due)) } }
                @if let Some(until) = task.quiet_until { dt { "Its people sleep until" } dd { (time(until)) } }
                @if task.call {
                    dt { "Call, in this order" }
                    dd { @if task.phones.is_empty() { "it gave no numbers" } @else {
                        ol { @for phone in &task.phones { li { (phone) } } }
                    } }
                    @if task.calls_missed > 0 { dt { "Calls that reached nobody" } dd { (task.calls_missed) } }
                }
                dt { "How it was told" } dd { (attempts::folded(&task.recipient, &task.attempts)) }
            }
            @if task.call { (call(task, token)) }
            @for alarm in &task.alarms { (settle(task, alarm, token)) }
        }
    }
}

fn call(task: &Task, token: &Markup) -> Markup {
    let words = format!("call-{}", task.notice);
    html! {
        form .act method="post" action={ "/tasks/" (task.notice) } {
            (token) input type="hidden" name="act" value="called";
            label for=(words) { "What was said on the phone" }
            textarea id=(words) name="words" rows="2" required {}
            button type="submit" name="reached" value="yes" { "Somebody answered" }
            button .second type="submit" name="reached" value="no" { "Nobody answered" }
        }
    }
}

fn settle(task: &Task, alarm: &str, token: &Markup) -> Markup {
    let words = format!("settle-{alarm}-{}", task.notice);
    html! {
        form .act method="post" action={ "/tasks/" (task.notice) } {
            (token) input type="hidden" name="act" value="settle";
            input type="hidden" name="alarm" value=(alarm);
            label for=(words) { "What you did about the alarm “" (alarm) "”" }
            textarea id=(words) name="words" rows="2" required {}
            button type="submit" { "Settle the alarm" }
        }
    }
}

pub(super) async fn act(
    State(app): State<Shared>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Redirect, Problem> {
    let act = form.command::<TaskAct>()?;
    app.execute(&form.call, &OnTask { id, act }).await.map_err(problem)?;
    Ok(Redirect::to("/tasks"))
}
