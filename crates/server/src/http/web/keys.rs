//! The keys that an operator's notices are sealed to.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};

use super::form::{Form, key};
use super::layout::time;
use super::{framed, problem};
use crate::app::{KeyAct, KeyView, OnKeys};
use crate::http::command::Caller;
use crate::http::{Problem, Shared};

pub(super) async fn list(State(app): State<Shared>, Caller(actor): Caller) -> Result<Markup, Problem> {
    let org = actor.org().ok_or_else(Problem::not_found)?.to_string();
    let keys = app.sealing_keys(&actor, &org).await.map_err(problem)?.keys;
    let state: Vec<_> = keys.iter().map(|one| (&one.id, &one.standing, one.approvals.len())).collect();
    let token = key(&app, &actor, &format!("keys {state:?}"));
    let body = html! {
        h1 { "Keys" }
        @if keys.is_empty() {
            p { "Your notices are shown here as they are. Once your organisation has a key, their text leaves this service \
                only sealed to it, and opens on your own machines: see " code { "forewarn agent enrol" } "." }
        } @else {
            p { "The text of your notices is sealed to the active keys. Before you approve a key, compare its fingerprint \
                with the one that the machine shows." }
            div .scroll tabindex="0" role="region" aria-label="Keys" { table {
                thead { tr {
                    th scope="col" { "Fingerprint" } th scope="col" { "Name" } th scope="col" { "For" }
                    th scope="col" { "Standing" } th scope="col" { "Proposed" } th scope="col" { "" }
                } }
                tbody { @for one in &keys { (row(one, &token)) } }
            } }
        }
    };
    framed(&app, &actor, "Keys", "/keys", &body).await
}

fn row(one: &KeyView, token: &Markup) -> Markup {
    html! {
        tr {
            td { code { (spaced(&one.id)) } } td { (one.label) } td { (one.purpose) }
            td { (one.standing)
                @if one.standing == "proposed" { ", approved by " (one.approvals.len()) " of 2" }
                @if one.standing == "active" && !one.removals.is_empty() { ", to be removed by one more person" }
            }
            td { (time(one.proposed_at)) }
            td { @if one.standing != "revoked" {
                form .act method="post" action="/keys" {
                    (token) input type="hidden" name="id" value=(one.id);
                    @if one.standing == "proposed" { button type="submit" name="act" value="approve" { "Approve" } }
                    button .second type="submit" name="act" value="remove" { "Remove" }
                }
            } }
        }
    }
}

/// A fingerprint in groups of four, to be read aloud.
fn spaced(id: &str) -> String {
    let letters: Vec<char> = id.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

pub(super) async fn act(
    State(app): State<Shared>,
    Caller(actor): Caller,
    form: Form,
) -> Result<Redirect, Problem> {
    let org = actor.org().ok_or_else(Problem::not_found)?.to_string();
    let act = form.command::<KeyAct>()?;
    app.execute(&form.call, &OnKeys { org, act }).await.map_err(problem)?;
    Ok(Redirect::to("/keys"))
}
