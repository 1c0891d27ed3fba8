//! Counters of the service. Routes and statuses only: no ids, names or content.

use std::sync::OnceLock;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

fn handle() -> Option<&'static PrometheusHandle> {
    HANDLE.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}

/// Counts a request by route, method and status.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    handle();
    let route =
        request.extensions().get::<MatchedPath>().map_or("none".to_owned(), |p| p.as_str().to_owned());
    let method = request.method().to_string();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("forewarn_http_requests_total", "route" => route, "method" => method, "status" => status)
        .increment(1);
    response
}

/// The counters in Prometheus text format.
pub(super) fn render() -> String {
    handle().map(PrometheusHandle::render).unwrap_or_default()
}
