//! Who did what when, with each event's place in the log.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::super::layout::time;
use super::super::{framed, problem};
use super::back;
use crate::http::command::Caller;
use crate::http::{Problem, Shared};

pub(in crate::http::web) async fn timeline(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let case = app.case(&actor, &id).await.map_err(problem)?;
    let timeline = app.timeline(&actor, &id).await.map_err(problem)?;
    let title = format!("Timeline of {}", case.number);
    let body = html! {
        h1 { (title) }
        (back(&case))
        p { "Each line is an event in the transparency log. The commitment hides its content; the case's coordinators \
            can take a copy with proofs from " code { "/api/v1/cases/" (case.id) "/evidence" } " and check it offline \
            with " code { "forewarn log verify" } "." }
        div .scroll tabindex="0" role="region" aria-label="Timeline" { table {
            thead { tr {
                th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "Log" }
                th scope="col" { "Commitment" }
            } }
            tbody { @for entry in &timeline.entries {
                tr {
                    td { (time(entry.at)) }
                    td { (entry.actor) }
                    td { (entry.what.replace('-', " ")) }
                    td { (entry.index) }
                    td .mono .break { (entry.commitment) }
                }
            } }
        } }
    };
    framed(&app, &actor, &title, "/cases", &body).await
}
