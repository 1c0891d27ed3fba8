//! What is asked, read from the request: bounded, strict, and under an idempotency key.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use forewarn_core::access::Actor;
use forewarn_formats::json::{self, Limits};
use serde::de::DeserializeOwned;

use super::{Problem, Shared};
use crate::app::{Call, Reply};

/// Largest body of an act, in bytes.
const LARGEST_ACT: usize = 1 << 20;
/// Longest idempotency key, in bytes.
const LONGEST_KEY: usize = 180;

/// Who asks, as the gate found out.
pub(super) struct Caller(pub Actor);

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        // Without the gate there is no actor, and then there is no access.
        parts.extensions.get::<Actor>().cloned().map(Caller).ok_or_else(Problem::not_found)
    }
}

/// What stands behind the `?`; anything that does not belong there is a problem that names the parameter list.
pub(super) struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(text).map(Query).map_err(|_| {
            let detail = "a query parameter is unknown, missing, given twice or not of its type";
            Problem::at(StatusCode::UNPROCESSABLE_ENTITY, "query", detail)
        })
    }
}

/// A JSON command with the call it is made under.
pub(super) struct Asked<T> {
    /// The call.
    pub call: Call,
    /// The command.
    pub command: T,
}

impl<T: DeserializeOwned> FromRequest<Shared> for Asked<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &Shared) -> Result<Self, Problem> {
        let raw = Raw::read(request, state, LARGEST_ACT).await?;
        let limits = Limits { bytes: LARGEST_ACT, ..Limits::finding() };
        let value = json::parse(&raw.bytes, &limits).and_then(json::decode::<T>);
        let command =
            value.map_err(|e| Problem::at(StatusCode::UNPROCESSABLE_ENTITY, &e.place, &e.message))?;
        Ok(Self { call: raw.call, command })
    }
}

/// A document as sent, with the call it is made under.
pub(super) struct Raw {
    /// The call.
    pub call: Call,
    /// The bytes.
    pub bytes: Bytes,
}

impl Raw {
    /// Reads a body of at most `most` bytes.
    pub(super) async fn read(request: Request, state: &Shared, most: usize) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Caller(actor) = Caller::from_request_parts(&mut parts, state).await?;
        let key = idempotency_key(&parts.headers)?;
        let bytes = bounded(body, most).await?;
        let path = parts.uri.path_and_query().map_or("", |p| p.as_str());
        let call = Call::new(actor, &key, &[parts.method.as_str().as_bytes(), path.as_bytes(), &bytes]);
        Ok(Self { call, bytes })
    }
}

pub(super) async fn bounded(body: Body, most: usize) -> Result<Bytes, Problem> {
    to_bytes(body, most).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(inner) = cause {
            if inner.is::<http_body_util::LengthLimitError>() {
                let text = format!("the body is larger than the limit of {most} bytes; send less at once");
                return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, &text);
            }
            cause = inner.source();
        }
        Problem::new(StatusCode::BAD_REQUEST, "the body ended too early; repeat the request")
    })
}

/// The idempotency key, required on every change.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let text = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
    match text {
        Some(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(key.to_owned()),
        _ => Err(Problem::at(
            StatusCode::BAD_REQUEST,
            "Idempotency-Key",
            "send a key of 1 to 180 characters, such as a UUID; repeat it when you repeat the request",
        )),
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        (status, [(axum::http::header::CONTENT_TYPE, "application/json")], self.body).into_response()
    }
}
