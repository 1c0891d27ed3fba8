//! Organisations, credentials, inventories.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use forewarn_core::access::Actor;
use forewarn_formats::inventory::{Settings, UnknownDistribution};
use forewarn_formats::json::Limits;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::views::{InventoryView, OrganisationView, Page, PageRequest};
use crate::app::{AddPrincipal, Enrol, Enrolled, Issue, Issued, PushInventory, Pushed, Reply, Revoke};
use crate::http::command::{Asked, Caller, Query, Raw};
use crate::http::{Problem, Shared};

/// Who a credential stands for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Principal.
    pub principal: String,
    /// Organisation.
    pub org: String,
    /// Whether a person is behind it.
    pub person: bool,
    /// Roles.
    pub roles: Vec<String>,
    /// Scopes of the credential.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<forewarn_core::access::Scope>,
}

/// Who I am.
#[utoipa::path(get, path = "/api/v1/me", tag = "parties",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn me(Caller(actor): Caller) -> Result<Json<Me>, Problem> {
    let Actor::Member(member) = actor else { return Err(Problem::not_found()) };
    Ok(Json(Me {
        principal: member.principal.to_string(),
        org: member.org.to_string(),
        person: member.person,
        roles: member.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        scopes: member.scopes.into_iter().collect(),
    }))
}

/// Organisations I may see.
#[utoipa::path(get, path = "/api/v1/organisations", tag = "parties", params(PageRequest),
    responses((status = 200, body = Page<OrganisationView>)))]
pub async fn organisations(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<OrganisationView>>, Problem> {
    Ok(Json(app.organisations(&actor, &page).await?))
}

/// Enrol an organisation.
#[utoipa::path(post, path = "/api/v1/organisations", tag = "parties", request_body = Enrol,
    responses((status = 201, body = Enrolled), (status = 422, body = Problem)))]
pub async fn enrol(State(app): State<Shared>, asked: Asked<Enrol>) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &asked.command).await?)
}

/// One organisation.
#[utoipa::path(get, path = "/api/v1/organisations/{id}", tag = "parties", params(("id" = String, Path)),
    responses((status = 200, body = OrganisationView), (status = 404, body = Problem)))]
pub async fn organisation(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
) -> Result<Json<OrganisationView>, Problem> {
    Ok(Json(app.organisation_view(&actor, &id).await?))
}

/// Add a person or a service to an organisation.
#[utoipa::path(post, path = "/api/v1/organisations/{id}/principals", tag = "parties",
    params(("id" = String, Path)), request_body = AddPrincipal,
    responses((status = 201, body = Enrolled), (status = 422, body = Problem)))]
pub async fn add_principal(
    State(app): State<Shared>,
    Path(org): Path<String>,
    asked: Asked<AddPrincipal>,
) -> Result<Reply, Problem> {
    let command = AddPrincipal { org, ..asked.command };
    Ok(app.execute(&asked.call, &command).await?)
}

/// Issue an API token or a one-time sign-in link for myself; the secret is shown once. Those of others are issued at the
/// machine.
#[utoipa::path(post, path = "/api/v1/credentials", tag = "parties", request_body = Issue,
    responses((status = 201, body = Issued), (status = 422, body = Problem)))]
pub async fn issue(State(app): State<Shared>, asked: Asked<Issue>) -> Result<Reply, Problem> {
    Ok(app.execute(&asked.call, &asked.command).await?)
}

/// Revoke a credential: one's own, or any as a coordinator with the admin scope. With a link, the session that it opened
/// ends too.
#[utoipa::path(post, path = "/api/v1/credentials/{id}/revocation", tag = "parties", params(("id" = String, Path)),
    responses((status = 200), (status = 404, body = Problem)))]
pub async fn revoke(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Reply, Problem> {
    let raw = Raw::read(request, &app, 1 << 10).await?;
    Ok(app.execute(&raw.call, &Revoke { id }).await?)
}

/// Inventories of my organisation.
#[utoipa::path(get, path = "/api/v1/inventories", tag = "inventories", params(PageRequest),
    responses((status = 200, body = Page<InventoryView>)))]
pub async fn inventories(
    State(app): State<Shared>,
    Caller(actor): Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<InventoryView>>, Problem> {
    Ok(Json(app.inventories(&actor, &page).await?))
}

/// Which asset an inventory is of, and what its document does not say.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asset {
    /// Name of the asset, 1 to 200 characters.
    pub asset: String,
    /// Distribution and release of a list of installed packages, such as `debian:12`.
    pub distro: Option<String>,
    /// Whether the serial numbers in a CSV of assets are kept; they are not unless asked for.
    #[serde(default)]
    pub serials: bool,
}

impl Asset {
    fn settings(&self) -> Result<Settings, Problem> {
        let distribution =
            self.distro.as_deref().map(str::parse).transpose().map_err(|unknown: UnknownDistribution| {
                Problem::at(StatusCode::UNPROCESSABLE_ENTITY, "distro", &unknown.to_string())
            })?;
        Ok(Settings { distribution, serials: self.serials })
    }
}

/// Push the inventory of an asset. It replaces the one before. The format is told from the content, whatever the
/// content type says: CycloneDX 1.2-1.7 JSON or XML, SPDX 2.2 or 2.3 JSON or tag-value, SPDX 3.0 JSON-LD, a list of
/// package URLs or CPE 2.3 names, a CSV of assets, or the output of `dpkg -l`, `dpkg-query -W` or `rpm -qa`.
#[utoipa::path(post, path = "/api/v1/inventories", tag = "inventories", params(Asset),
    request_body(content(
        (String = "application/vnd.cyclonedx+json"), (String = "application/vnd.cyclonedx+xml"),
        (String = "application/spdx+json"), (String = "text/spdx"), (String = "application/json"),
        (String = "application/xml"), (String = "text/csv"), (String = "text/plain"))),
    responses((status = 200, body = Pushed), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn push_inventory(
    State(app): State<Shared>,
    Query(asset): Query<Asset>,
    request: Request,
) -> Result<Reply, Problem> {
    let settings = asset.settings()?;
    let raw = Raw::read(request, &app, Limits::inventory().bytes).await?;
    // Reading a large document takes long enough to hold up other requests on this thread.
    let read = tokio::task::spawn_blocking(move || {
        PushInventory::read(&asset.asset, &raw.bytes, &settings).map(|p| (raw.call, p))
    });
    let joined = read
        .await
        .map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the document was not read"))?;
    let (call, push) = joined?;
    Ok(app.execute(&call, &push).await?)
}
