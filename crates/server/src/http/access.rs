//! Which routes there are and who may knock. What is not in the table does not exist.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use forewarn_core::access::{Act, Actor, Filter, filter};
use forewarn_core::credential::CredentialKind;

use super::reading::{channel_of, recorded};
use super::{Problem, Shared};
use crate::app::{AppError, Source};

/// Name of the session cookie.
pub const COOKIE: &str = "forewarn_session";

/// Who may call a route. What is behind it is decided thing by thing, by the access table of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Anybody; only public things are behind it.
    Open,
    /// Anybody with a valid credential.
    Member,
    /// Whoever may do this act on at least some thing.
    Act(Act),
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;

/// Every route with its access class.
pub const ROUTES: &[(Method, &str, Class)] = &[
    (GET, "/healthz", Class::Open),
    (GET, "/readyz", Class::Open),
    (GET, "/metrics", Class::Act(Act::ReadMetrics)),
    (GET, "/api/v1/openapi.json", Class::Open),
    (GET, "/api/v1/me", Class::Member),
    (GET, "/api/v1/organisations", Class::Act(Act::SeeOrganisation)),
    (POST, "/api/v1/organisations", Class::Act(Act::Enrol)),
    (GET, "/api/v1/organisations/{id}", Class::Act(Act::SeeOrganisation)),
    (POST, "/api/v1/organisations/{id}/principals", Class::Act(Act::Enrol)),
    (GET, "/api/v1/organisations/{id}/contacts", Class::Act(Act::SeeContacts)),
    (POST, "/api/v1/organisations/{id}/contacts", Class::Act(Act::SetContacts)),
    (POST, "/api/v1/organisations/{id}/delegates", Class::Act(Act::NameDelegate)),
    (POST, "/api/v1/credentials", Class::Act(Act::IssueCredential)),
    (POST, "/api/v1/credentials/{id}/revocation", Class::Member),
    (GET, "/api/v1/inventories", Class::Act(Act::SeeInventory)),
    (POST, "/api/v1/inventories", Class::Act(Act::PushInventory)),
    (GET, "/api/v1/findings", Class::Act(Act::SeeFinding)),
    (POST, "/api/v1/findings:batch", Class::Act(Act::SubmitFinding)),
    (GET, "/api/v1/findings/{id}", Class::Act(Act::SeeFinding)),
    (POST, "/api/v1/findings/{id}/attachments", Class::Act(Act::Attach)),
    // Finders come with one scope and vendors with another; the use case asks for both.
    (GET, "/api/v1/findings/{id}/attachments/{attachment}", Class::Member),
    (GET, "/api/v1/findings/{id}/evidence", Class::Act(Act::SeeFinding)),
    (GET, "/api/v1/findings/{id}/receipt", Class::Act(Act::SeeFinding)),
    // The policy decides whether anything is behind these two.
    (POST, "/api/v1/anonymous-findings", Class::Open),
    (GET, "/api/v1/anonymous-findings/state", Class::Open),
    (GET, "/api/v1/schemas/finding.json", Class::Open),
    (POST, "/api/v1/findings/{id}/acts", Class::Act(Act::TriageFinding)),
    (GET, "/api/v1/proposals", Class::Act(Act::TriageFinding)),
    (GET, "/api/v1/cases", Class::Act(Act::SeeCase)),
    (POST, "/api/v1/cases", Class::Act(Act::TriageFinding)),
    (GET, "/api/v1/cases/{id}", Class::Act(Act::SeeCase)),
    (POST, "/api/v1/cases/{id}/acts", Class::Act(Act::SeeCase)),
    (POST, "/api/v1/cases/{id}/statements", Class::Act(Act::Approve)),
    (GET, "/api/v1/cases/{id}/exposure", Class::Act(Act::SeeCase)),
    (POST, "/api/v1/cases/{id}/traces", Class::Act(Act::SeeCase)),
    (GET, "/api/v1/cases/{id}/plan", Class::Act(Act::SeeCase)),
    (GET, "/api/v1/alarms", Class::Act(Act::SeeParties)),
    (GET, "/api/v1/cases/{id}/notices", Class::Act(Act::SeeCase)),
    (GET, "/api/v1/cases/{id}/timeline", Class::Act(Act::SeeCase)),
    (GET, "/api/v1/cases/{id}/evidence", Class::Act(Act::SeeCase)),
    (GET, "/api/v1/cases/{id}/rollup", Class::Act(Act::SeeCase)),
    (GET, "/api/v1/cases/{id}/file", Class::Act(Act::SeeCase)),
    (GET, "/api/v1/cases/{id}/reads", Class::Act(Act::SeeReads)),
    (GET, "/api/v1/findings/{id}/reads", Class::Act(Act::SeeFindingReads)),
    (POST, "/api/v1/reading-alarms/{id}/settlement", Class::Act(Act::SettleReadingAlarm)),
    (GET, "/api/v1/rollup", Class::Act(Act::SeeRollup)),
    (GET, "/api/v1/figures", Class::Member),
    (GET, "/api/v1/export/findings", Class::Act(Act::SeeFinding)),
    (GET, "/api/v1/export/cases", Class::Act(Act::SeeCase)),
    // Recipients come with one scope and coordinators with another; the use case asks for either.
    (GET, "/api/v1/export/notices", Class::Member),
    (GET, "/api/v1/export/inventories", Class::Act(Act::SeeInventory)),
    (GET, "/api/v1/notices", Class::Act(Act::SeeNotice)),
    (GET, "/api/v1/notices/{id}", Class::Act(Act::SeeNotice)),
    (POST, "/api/v1/notices/{id}/acts", Class::Act(Act::AnswerNotice)),
    (GET, "/api/v1/notices/{id}/sealed", Class::Act(Act::SeeNotice)),
    (POST, "/api/v1/notices/{id}/sealed", Class::Act(Act::SeeNotice)),
    (GET, "/api/v1/organisations/{id}/keys", Class::Act(Act::SeeSealingKeys)),
    (POST, "/api/v1/organisations/{id}/keys", Class::Act(Act::SeeSealingKeys)),
    // The code in the request is the credential.
    (POST, "/api/v1/agents", Class::Open),
    (GET, "/api/v1/queue", Class::Act(Act::SeePriority)),
    (GET, "/api/v1/cases/{id}/priority", Class::Act(Act::SeePriority)),
    (POST, "/api/v1/cases/{id}/priority", Class::Act(Act::SeePriority)),
    (GET, "/api/v1/notices/{id}/priority", Class::Act(Act::SeeNotice)),
    (GET, "/api/v1/notices/{id}/receipt", Class::Act(Act::SeeNotice)),
    (GET, "/api/v1/catalogues", Class::Act(Act::SeeCatalogue)),
    (POST, "/api/v1/catalogues/{kind}", Class::Act(Act::ImportCatalogue)),
    (GET, "/api/v1/validations", Class::Act(Act::SeeValidation)),
    (POST, "/api/v1/validations:claim", Class::Act(Act::TakeValidation)),
    (GET, "/api/v1/validations/{id}", Class::Act(Act::SeeValidation)),
    (GET, "/api/v1/finders/{id}/record", Class::Act(Act::SeeRecord)),
    (GET, "/api/v1/pace", Class::Act(Act::SetPace)),
    (POST, "/api/v1/pace", Class::Act(Act::SetPace)),
    (GET, "/api/v1/vendors/{id}/pace", Class::Act(Act::SeePaceQueue)),
    (POST, "/api/v1/organisations/{id}/vendor-mode", Class::Act(Act::SetVendorMode)),
    (POST, "/api/v1/organisations/{id}/security-txt", Class::Act(Act::SetSecurityContact)),
    (GET, "/api/v1/threads", Class::Act(Act::SeeThread)),
    (GET, "/api/v1/cases/{id}/threads/{party}", Class::Act(Act::TalkOnCase)),
    (POST, "/api/v1/cases/{id}/threads/{party}", Class::Act(Act::TalkOnCase)),
    (POST, "/api/v1/cases/{id}/threads/{party}/read", Class::Act(Act::TalkOnCase)),
    (POST, "/api/v1/bounces", Class::Act(Act::NoteBounce)),
    (GET, "/api/v1/tasks", Class::Act(Act::FollowNotice)),
    (POST, "/api/v1/tasks/{id}/acts", Class::Act(Act::TendNotice)),
    (GET, "/api/v1/advisories", Class::Open),
    (GET, "/api/v1/advisories/{number}", Class::Open),
    (GET, "/.well-known/csaf/white/{year}/{file}", Class::Open),
    (GET, "/", Class::Open),
    (GET, "/assets/style.css", Class::Open),
    (GET, "/sign-in", Class::Open),
    (POST, "/sign-in", Class::Open),
    (POST, "/sign-out", Class::Open),
    (GET, "/notices", Class::Act(Act::SeeNotice)),
    (GET, "/notices/{id}", Class::Act(Act::SeeNotice)),
    (POST, "/notices/{id}", Class::Act(Act::AnswerNotice)),
    (GET, "/keys", Class::Act(Act::ProposeSealingKey)),
    (POST, "/keys", Class::Act(Act::ChangeSealingKey)),
    (GET, "/inventories", Class::Act(Act::SeeInventory)),
    (GET, "/cases", Class::Act(Act::SeeCase)),
    (GET, "/cases/{id}", Class::Act(Act::SeeCase)),
    (POST, "/cases/{id}", Class::Act(Act::SeeCase)),
    (GET, "/cases/{id}/timeline", Class::Act(Act::SeeCase)),
    (GET, "/cases/{id}/messages/{party}", Class::Act(Act::TalkOnCase)),
    (POST, "/cases/{id}/messages/{party}", Class::Act(Act::TalkOnCase)),
    (GET, "/cases/{id}/reads", Class::Act(Act::SeeReads)),
    (GET, "/findings/{id}/reads", Class::Act(Act::SeeFindingReads)),
    (POST, "/reading-alarms/{id}", Class::Act(Act::SettleReadingAlarm)),
    (GET, "/tasks", Class::Act(Act::FollowNotice)),
    (POST, "/tasks/{id}", Class::Act(Act::TendNotice)),
    (GET, "/checks", Class::Act(Act::SeeValidation)),
    (POST, "/checks", Class::Act(Act::TakeValidation)),
    (GET, "/checks/{id}", Class::Act(Act::SeeValidation)),
    (POST, "/checks/{id}", Class::Act(Act::SeeValidation)),
    (GET, "/findings", Class::Act(Act::SeeFinding)),
    (POST, "/findings", Class::Act(Act::TriageFinding)),
    (GET, "/findings/{id}", Class::Act(Act::SeeFinding)),
    (GET, "/advisories", Class::Open),
    (GET, "/advisories/{number}", Class::Open),
    (GET, "/log/checkpoint", Class::Open),
    (GET, "/log/tile/{*path}", Class::Open),
    (GET, "/log/acts/checkpoint", Class::Act(Act::ReadLog)),
    (GET, "/log/acts/tile/{*path}", Class::Act(Act::ReadLog)),
];

/// The class of a route; `HEAD` is as `GET`.
pub fn class_of(method: &Method, path: &str) -> Option<Class> {
    let method = if method == Method::HEAD { &GET } else { method };
    ROUTES.iter().find(|(m, p, _)| m == method && *p == path).map(|(_, _, class)| *class)
}

/// Authenticates and keeps out who has no business on a route.
pub(super) async fn gate(
    State(app): State<Shared>,
    path: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(path) = path else { return next.run(request).await };
    let Some(class) = class_of(request.method(), path.as_str()) else {
        let known = ROUTES.iter().any(|(_, p, _)| *p == path.as_str());
        return if known { next.run(request).await } else { Problem::not_found().into_response() };
    };
    // A cookie travels with requests that other sites start; those must not act.
    if *request.method() == POST
        && !request.headers().contains_key(header::AUTHORIZATION)
        && foreign(request.headers())
    {
        let text = "this request came from another site; open the page here and press the button again";
        return Problem::new(axum::http::StatusCode::FORBIDDEN, text).into_response();
    }
    let source = source(&app, &request);
    request.extensions_mut().insert(source);
    let actor = match authenticate(&app, request.headers(), source).await {
        Ok(actor) => actor,
        // A stale credential must not lock anybody out of what is public.
        Err(AppError::Unauthenticated | AppError::TooManyAttempts { .. }) if class == Class::Open => {
            Actor::Public
        }
        Err(error) => return Problem::from(error).into_response(),
    };
    match admits(class, &actor) {
        Ok(()) => {
            let channel = channel_of(request.method(), path.as_str());
            request.extensions_mut().insert(actor.clone());
            recorded(&app, &actor, channel, request, next).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Whether an actor may call a route of this class.
///
/// # Errors
/// 401 for the unknown, 403 for those whose role or scope never allows it.
pub fn admits(class: Class, actor: &Actor) -> Result<(), Problem> {
    let allowed = match class {
        Class::Open => true,
        Class::Member => matches!(actor, Actor::Member(_)),
        Class::Act(act) => filter(actor, act) != Filter::Nothing,
    };
    match (allowed, actor) {
        (true, _) => Ok(()),
        (false, Actor::Public) => Err(AppError::Unauthenticated.into()),
        (false, _) => {
            let text = "your role, or the scope of this credential, does not allow this";
            Err(Problem::new(axum::http::StatusCode::FORBIDDEN, text))
        }
    }
}

/// Whether a browser says that another site started the request, or does not say who did.
fn foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, from)| from != host),
        // No browser leaves out both; without a cookie there is nothing to protect.
        (None, _, _) => session(headers).is_some(),
    }
}

/// Where a request comes from. A proxy adds the address that it sees at the end of `X-Forwarded-For`; what stands before
/// that is the client's own word.
pub(super) fn source(app: &Shared, request: &Request) -> Source {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let lines = request.headers().get_all("x-forwarded-for");
    let last = lines.iter().filter_map(|line| line.to_str().ok()).next_back();
    let said = last.and_then(|line| line.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    let address = said.filter(|_| app.settings().behind_proxy).or(peer);
    address.map_or(Source::Unknown, Source::from)
}

pub(super) async fn authenticate(
    app: &Shared,
    headers: &HeaderMap,
    source: Source,
) -> Result<Actor, AppError> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let token = token.ok_or(AppError::Unauthenticated)?;
        let token = token.trim();
        return app.attempt(source, token, app.authenticate(token, &[CredentialKind::Token])).await;
    }
    match session(headers) {
        Some(secret) => {
            app.attempt(source, secret, app.authenticate(secret, &[CredentialKind::Session])).await
        }
        None => Ok(Actor::Public),
    }
}

/// The session cookie's value.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}
