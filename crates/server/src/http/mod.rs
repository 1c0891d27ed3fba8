//! The HTTP edge: who asks, what may pass, problem documents.

pub mod access;
mod command;
mod feeds;
mod metrics;
mod problem;
mod reading;
mod rest;
mod web;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;

pub use access::{Class, ROUTES};
pub use problem::Problem;
pub use reading::channel_of;

use crate::app::App;

/// Longest a request may take. A batch of findings streams and is cut into chunks, each far below this.
const LONGEST: Duration = Duration::from_secs(300);

/// What handlers share.
pub type Shared = Arc<App>;

/// The whole service.
pub fn router(app: Shared) -> Router {
    let (api, document) = OpenApiRouter::with_openapi(rest::description())
        .merge(rest::routes())
        .merge(feeds::routes())
        .split_for_parts();
    let document = Arc::new(serde_json::to_vec(&document).unwrap_or_default());
    let routes = api
        .route("/api/v1/openapi.json", axum::routing::get(move || rest::openapi(document)))
        .merge(web::routes())
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no such method here")
        })
        .layer(from_fn_with_state(Arc::clone(&app), access::gate))
        .layer(from_fn_with_state(Arc::clone(&app), web::problems));
    layered(routes).with_state(app)
}

fn layered(router: Router<Shared>) -> Router<Shared> {
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(metrics::measure))
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ))
}
