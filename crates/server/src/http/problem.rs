//! RFC 9457 problem documents, made here and nowhere else.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use forewarn_core::Refusal;
use forewarn_store::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppError;

/// Why a request was not done (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// What is wrong and what to do. Never content of what was sent or stored.
    pub detail: String,
    /// JSON pointer, line and column, header or parameter that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Seconds to wait before trying again; also in the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem with a status and a fixed text.
    pub fn new(status: StatusCode, detail: &str) -> Self {
        let title = status.canonical_reason().unwrap_or("Problem").to_owned();
        Self { status: status.as_u16(), title, detail: detail.to_owned(), place: None, retry_after: None }
    }

    /// The same for what is missing and for what is hidden.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such thing, or it is not yours to see")
    }

    /// A defect; details are in the log of the service.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "an internal error; try again, then tell the service's operator",
        )
    }

    /// A problem at a place of the request.
    pub fn at(status: StatusCode, place: &str, detail: &str) -> Self {
        Self { place: Some(place.to_owned()), ..Self::new(status, detail) }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused(refusal) => refused(&refusal),
            AppError::Invalid { place, message } => {
                Self::at(StatusCode::UNPROCESSABLE_ENTITY, &place, &message)
            }
            AppError::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, "sign in, or send a valid token")
            }
            AppError::KeyReused => Self::at(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Idempotency-Key",
                "this key was used for another request; use a new one",
            ),
            AppError::OverQuota { seconds } => {
                let text = "as much as the policy takes for now was submitted; send it again later";
                Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, text) }
            }
            AppError::TooManyAttempts { seconds } => {
                let text =
                    "too many attempts to sign in failed; wait, then try again with a valid link or token";
                Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, text) }
            }
            AppError::ReadEnough { seconds } => {
                let text = "you have read as much as the policy shows to one member for now; wait, or ask a coordinator \
                            to look into the alarm and to raise the limit";
                Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, text) }
            }
            AppError::Store(error) => stored(&error),
            AppError::Corrupt(error) => {
                tracing::error!(%error, "stored data cannot be read");
                Self::internal()
            }
            AppError::NotSaved(_) => Self::from(AppError::Internal("a file could not be written")),
            AppError::Internal(place) => {
                tracing::error!(place, "internal error");
                Self::internal()
            }
        }
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let text = refusal.to_string();
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::Forbidden(_) => Problem::new(StatusCode::FORBIDDEN, &text),
        Refusal::WrongState { .. } | Refusal::Rule(_) => Problem::new(StatusCode::CONFLICT, &text),
        Refusal::Invalid { field, message } => Problem::at(StatusCode::UNPROCESSABLE_ENTITY, field, message),
    }
}

fn stored(error: &StoreError) -> Problem {
    match error {
        StoreError::Conflict(_) => Problem::new(
            StatusCode::CONFLICT,
            "somebody else changed this at the same time; look at it again and repeat the request",
        ),
        StoreError::Unavailable(_) | StoreError::Unknown => {
            tracing::error!(%error, "the store did not answer");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the store did not answer; repeat the request with the same Idempotency-Key",
            )
        }
        StoreError::Corrupt(_) => {
            tracing::error!(%error, "stored data cannot be read");
            Problem::internal()
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
