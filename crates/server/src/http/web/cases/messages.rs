//! Messages between a party of a case and its coordinators.

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};

use super::super::form::{Form, key};
use super::super::layout::{text, time};
use super::super::{framed, problem};
use super::back;
use crate::app::{MarkRead, Write};
use crate::http::command::Caller;
use crate::http::{Problem, Shared};

pub(in crate::http::web) async fn messages(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path((id, party)): Path<(String, String)>,
) -> Result<Markup, Problem> {
    let case = app.case(&actor, &id).await.map_err(problem)?;
    let thread = app.thread_view(&actor, &id, &party).await.map_err(problem)?;
    let own = actor.org().is_some_and(|org| org.to_string() == thread.party.id);
    let with = if own { "the coordinators" } else { thread.party.name.as_str() };
    let title = format!("Messages with {with}");
    let token = key(&app, &actor, &format!("{id} {party} {}", thread.messages.len()));
    let action = format!("/cases/{id}/messages/{party}");
    // Only what is on this page is read; what comes meanwhile is not.
    let seen = html! { input type="hidden" name="seen" value=(thread.count); };
    let body = html! {
        h1 { (title) }
        (back(&case))
        p { "Only " (thread.party.name) " and the case's coordinators read this. It is embargoed like the case." }
        @if thread.count == 0 { p { "There is no message yet." } }
        @if thread.withheld > 0 {
            p { (thread.withheld) " of the messages wait until you have accepted the embargo terms." }
        }
        @for message in &thread.messages {
            section .card {
                h2 { (message.from.name) }
                p .quiet { (time(message.at)) }
                (text(&message.text))
            }
        }
        @if thread.unread > 0 {
            form .act method="post" action=(action) {
                (token) (seen) input type="hidden" name="act" value="read";
                button .second type="submit" { "Mark as read" }
            }
        }
        form .act method="post" action=(action) {
            (token) (seen)
            label for="text" { "Your message" }
            textarea #text name="text" rows="5" maxlength="20000" required {}
            button type="submit" { "Send it" }
        }
    };
    framed(&app, &actor, &title, "/cases", &body).await
}

pub(in crate::http::web) async fn write(
    State(app): State<Shared>,
    Path((case, party)): Path<(String, String)>,
    form: Form,
) -> Result<Redirect, Problem> {
    let here = format!("/cases/{case}/messages/{party}");
    form.keyed()?;
    let seen = form.field("seen").and_then(|count| count.parse().ok()).unwrap_or(0);
    if form.field("act") == Some("read") {
        app.execute(&form.call, &MarkRead { case, party, count: seen }).await.map_err(problem)?;
    } else {
        let text = form.field("text").unwrap_or_default().to_owned();
        app.execute(&form.call, &Write { case, party, text, seen }).await.map_err(problem)?;
    }
    Ok(Redirect::to(&here))
}
