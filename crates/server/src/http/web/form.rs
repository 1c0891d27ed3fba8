//! Forms: fields to commands, under an idempotency key that the form carries.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use forewarn_core::access::Actor;
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::app::{App, Call};
use crate::http::command::{Caller, bounded};
use crate::http::{Problem, Shared};

/// Largest form, in bytes.
const LARGEST: usize = 256 * 1024;

/// A form as sent.
pub(super) struct Form {
    /// Who sent it, under its key.
    pub call: Call,
    fields: Vec<(String, String)>,
}

impl FromRequest<Shared> for Form {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &Shared) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Caller(actor) = Caller::from_request_parts(&mut parts, state).await?;
        let bytes = bounded(body, LARGEST).await?;
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes)
            .map_err(|_| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "this is not a form"))?;
        let key = fields.iter().find(|(name, _)| name == "key").map_or("", |(_, value)| value.as_str());
        let call = Call::new(actor, key, &[parts.uri.path().as_bytes(), &bytes]);
        Ok(Self { call, fields })
    }
}

impl Form {
    /// One field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether it carries its key.
    pub(super) fn keyed(&self) -> Result<(), Problem> {
        let keyed = self.field("key").is_some_and(|key| (1..=64).contains(&key.len()));
        let expired = "this form has expired; open the page again";
        if keyed { Ok(()) } else { Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, expired)) }
    }

    /// The fields as a command, without the key; `accept`, `show` and `reached` are a yes or no.
    pub(super) fn command<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.keyed()?;
        let fields = self.fields.iter().filter(|(name, _)| name != "key");
        let command: Map<String, Value> = fields
            .map(|(name, value)| {
                let yes_or_no = matches!(name.as_str(), "accept" | "show" | "reached");
                let value = if yes_or_no { Value::Bool(value == "yes") } else { value.trim().into() };
                (name.clone(), value)
            })
            .collect();
        serde_json::from_value(Value::Object(command)).map_err(|_| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "a field is missing or not right; open the page again",
            )
        })
    }
}

/// The hidden key of a form: pressing a button twice is one act.
pub(super) fn key(app: &App, actor: &Actor, form: &str) -> Markup {
    let key = app.ambient().draw(Some(&format!("form {} {form}", actor.label()))).uuid();
    html! { input type="hidden" name="key" value=(key); }
}
