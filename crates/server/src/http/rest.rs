//! REST under `/api/v1`, the log, health.

mod batch;
mod cases;
mod export;
mod figures;
mod keys;
mod lines;
mod notices;
mod parties;
mod priority;
mod service;
mod submissions;
mod vendors;

use std::sync::Arc;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;

/// Title and version of the API.
pub(super) fn description() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Forewarn")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Embargoed findings to exactly the operators that run the affected software. Send a token in \
             `Authorization: Bearer`, and an `Idempotency-Key` with every POST.",
        ))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// The API's own description.
pub(super) async fn openapi(document: Arc<Vec<u8>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document.as_ref().clone())
}

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(service::healthz))
        .routes(routes!(service::readyz))
        .routes(routes!(service::metrics))
        .routes(routes!(service::public_checkpoint))
        .routes(routes!(service::public_tile))
        .routes(routes!(service::checkpoint))
        .routes(routes!(service::tile))
        .routes(routes!(service::advisories))
        .routes(routes!(service::advisory))
        .routes(routes!(parties::me))
        .routes(routes!(parties::organisations, parties::enrol))
        .routes(routes!(parties::organisation))
        .routes(routes!(parties::add_principal))
        .routes(routes!(parties::issue))
        .routes(routes!(parties::revoke))
        .routes(routes!(parties::inventories, parties::push_inventory))
        .routes(routes!(batch::submit))
        .routes(routes!(submissions::schema))
        .routes(routes!(submissions::submit_anonymously))
        .routes(routes!(submissions::anonymous_state))
        .routes(routes!(submissions::attach))
        .routes(routes!(submissions::attachment))
        .routes(routes!(submissions::evidence))
        .routes(routes!(submissions::receipt))
        .routes(routes!(cases::findings))
        .routes(routes!(cases::proposals))
        .routes(routes!(cases::finding))
        .routes(routes!(cases::finding_act))
        .routes(routes!(cases::list, cases::open))
        .routes(routes!(cases::show))
        .routes(routes!(cases::act))
        .routes(routes!(cases::statement))
        .routes(routes!(cases::exposure))
        .routes(routes!(cases::trace))
        .routes(routes!(cases::plan))
        .routes(routes!(cases::alarms))
        .routes(routes!(cases::notices))
        .routes(routes!(cases::reads))
        .routes(routes!(cases::finding_reads))
        .routes(routes!(cases::settle_reading))
        .routes(routes!(cases::timeline))
        .routes(routes!(cases::evidence))
        .routes(routes!(figures::case_rollup))
        .routes(routes!(figures::rollup))
        .routes(routes!(figures::figures))
        .routes(routes!(export::findings))
        .routes(routes!(export::cases))
        .routes(routes!(export::notices))
        .routes(routes!(export::inventories))
        .routes(routes!(export::case_file))
        .routes(routes!(notices::inbox))
        .routes(routes!(notices::notice))
        .routes(routes!(notices::notice_act))
        .routes(routes!(notices::receipt))
        .routes(routes!(notices::contacts, notices::set_contacts))
        .routes(routes!(notices::delegate))
        .routes(routes!(keys::keys, keys::change_keys))
        .routes(routes!(keys::enrol_agent))
        .routes(routes!(keys::sealed, keys::reseal))
        .routes(routes!(notices::bounce))
        .routes(routes!(notices::tasks))
        .routes(routes!(notices::task_act))
        .routes(routes!(priority::queue))
        .routes(routes!(priority::show, priority::answer))
        .routes(routes!(priority::own))
        .routes(routes!(priority::catalogues))
        .routes(routes!(priority::import))
        .routes(routes!(priority::validations))
        .routes(routes!(priority::claim))
        .routes(routes!(priority::material))
        .routes(routes!(priority::record))
        .routes(routes!(priority::pace, priority::set_pace))
        .routes(routes!(priority::vendor_pace))
        .routes(routes!(vendors::set_mode))
        .routes(routes!(vendors::set_security_txt))
        .routes(routes!(vendors::threads))
        .routes(routes!(vendors::thread, vendors::write))
        .routes(routes!(vendors::mark_read))
}
