//! Issuing, using and revoking credentials.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forewarn_core::access::{Act, Actor, Scope, may};
use forewarn_core::credential::{self, Command, Credential, CredentialKind, Grant};
use forewarn_core::ids::{CredentialId, OrgId, PrincipalId};
use forewarn_core::party::Organisation;
use forewarn_core::{Facts, Refusal};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::agents::AGENT_SCOPES;
use super::identity::digest;
use super::{App, AppError, Call, Moment, Plan, UseCase};

/// How long a session lasts.
const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Kinds of credential that are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IssueKind {
    /// An API token.
    Token,
    /// A one-time sign-in link.
    SignInLink,
    /// A one-time code for an operator's agent; for services.
    AgentCode,
}

/// Issue a credential.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Organisation it is for.
    pub org: String,
    /// Person or service it stands for.
    pub principal: String,
    /// Kind.
    pub kind: IssueKind,
    /// What it allows; for a link everything the person's roles allow.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub scopes: BTreeSet<Scope>,
    /// Hours until it expires; 24 for links and 720 for tokens when left out.
    #[serde(default)]
    pub hours: Option<u32>,
}

/// A credential, with its secret this one time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Issued {
    /// Id, for revocation.
    pub id: String,
    /// The secret; `null` when the request is repeated, for it is not kept.
    pub secret: Option<String>,
    /// When it stops working.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
}

fn invalid(place: &str, message: &str) -> AppError {
    AppError::Invalid { place: place.into(), message: message.into() }
}

/// A new secret: a prefix that scanners know and 256 random bits.
pub(super) fn secret(moment: &mut Moment<'_>, prefix: &str) -> String {
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(moment.bytes()))
}

impl UseCase for Issue {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        if !may(moment.actor, Act::IssueCredential) {
            return Err(
                Refusal::Forbidden("issuing credentials needs a coordinator with the admin scope").into()
            );
        }
        let org: OrgId = self.org.parse().map_err(|_| invalid("/org", "give an organisation's id"))?;
        let principal: PrincipalId =
            self.principal.parse().map_err(|_| invalid("/principal", "give a principal's id"))?;
        let organisation = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeOrganisation).await?;
        let known = organisation.principals.get(&principal);
        let person =
            known.ok_or_else(|| invalid("/principal", "no such principal in this organisation"))?.person;
        let link = self.kind == IssueKind::SignInLink;
        if link && !person {
            return Err(invalid("/kind", "only people sign in; issue a token for a service"));
        }
        let code = self.kind == IssueKind::AgentCode;
        if code && person {
            return Err(invalid("/kind", "an agent is a service of its own; add one and give it the code"));
        }
        let hours = self.hours.unwrap_or(if link || code { 24 } else { 720 });
        let expires_at = moment
            .now
            .checked_add(SignedDuration::from_hours(i64::from(hours)))
            .map_err(|_| invalid("/hours", "too many hours"))?;
        let (kind, prefix) = match self.kind {
            IssueKind::Token => (CredentialKind::Token, "fwtoken"),
            IssueKind::SignInLink => (CredentialKind::SignInLink, "fwlink"),
            IssueKind::AgentCode => (CredentialKind::AgentCode, "fwcode"),
        };
        let scopes = match self.kind {
            IssueKind::Token => self.scopes.clone(),
            IssueKind::SignInLink => Scope::ALL.iter().copied().collect(),
            IssueKind::AgentCode => AGENT_SCOPES.into(),
        };
        let secret = secret(moment, prefix);
        let grant = Grant {
            id: CredentialId(moment.uuid()),
            kind,
            principal,
            org,
            scopes,
            secret_sha256: digest(&secret),
            expires_at,
        };
        let id = grant.id;
        let events = credential::decide(&Credential::default(), Command::Issue { grant }, &moment.facts())?;
        let mut issued = Issued { id: id.to_string(), secret: Some(secret), expires_at };
        let mut plan = Plan::answer(201, &issued)?;
        issued.secret = None;
        plan.remember(&issued)?;
        plan.append::<Credential>(moment, id, 0, events)?;
        Ok(plan)
    }
}

/// Revoke a credential, at once; with a link, also the session that it opened.
#[derive(Clone, Debug)]
pub struct Revoke {
    /// Which.
    pub id: String,
}

impl UseCase for Revoke {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let credential = app.visible::<Credential>(&self.id, moment.actor, Act::SeeCredential).await?;
        let events = credential::decide(&credential, Command::Revoke, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "id": self.id, "state": "revoked" }))?;
        if let Some(session) = credential.session {
            let opened =
                app.visible::<Credential>(&session.to_string(), moment.actor, Act::SeeCredential).await?;
            let ended = credential::decide(&opened, Command::Revoke, &moment.facts())?;
            plan.append::<Credential>(moment, session, opened.version(), ended)?;
        }
        plan.append::<Credential>(moment, &self.id, credential.version(), events)?;
        Ok(plan)
    }
}

/// Use a sign-in link to open a session.
#[derive(Clone, Debug)]
pub struct UseLink {
    /// The link's secret.
    pub secret: String,
}

/// An open session: the cookie's value, and when it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Value of the cookie.
    pub secret: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl UseCase for UseLink {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let (link, version) = app.credential(&self.secret).await?;
        let grant = link.grant.clone().ok_or(AppError::Unauthenticated)?;
        let session = CredentialId(moment.uuid());
        let used = credential::decide(&link, Command::UseLink { session }, &moment.facts())
            .map_err(|_| AppError::Unauthenticated)?;
        let secret = secret(moment, "fwsession");
        let expires_at =
            moment.now.checked_add(SESSION).map_err(|_| AppError::Internal("clock out of range"))?;
        let opened = Grant {
            id: session,
            kind: CredentialKind::Session,
            secret_sha256: digest(&secret),
            expires_at,
            ..grant.clone()
        };
        let facts = Facts { ..moment.facts() };
        let opened =
            credential::decide(&Credential::default(), Command::OpenSession { grant: opened }, &facts)?;
        let mut plan = Plan::answer(200, &Session { secret, expires_at })?;
        plan.append::<Credential>(moment, grant.id, version, used)?;
        plan.append::<Credential>(moment, session, 0, opened)?;
        Ok(plan)
    }
}

impl App {
    /// Opens a session with a one-time link. A second use is refused, also when both come at once.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when the link is unknown, used, revoked or expired.
    pub async fn sign_in(&self, secret: &str) -> Result<Session, AppError> {
        let call = Call { actor: Actor::Public, key: None, digest: [0; 32] };
        let reply = self.execute(&call, &UseLink { secret: secret.to_owned() }).await?;
        serde_json::from_slice(&reply.body).map_err(|_| AppError::Internal("session shape"))
    }

    /// Ends the session or token in use.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sign_out(&self, actor: &Actor) -> Result<(), AppError> {
        let Actor::Member(member) = actor else { return Ok(()) };
        let call = Call { actor: actor.clone(), key: None, digest: [0; 32] };
        self.execute(&call, &Revoke { id: member.credential.to_string() }).await?;
        Ok(())
    }
}
