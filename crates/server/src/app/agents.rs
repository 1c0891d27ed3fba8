//! An operator's agent joins: with a one-time code it brings its keys and gets a token.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Scope};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::credential::{self, Credential, CredentialKind, Grant};
use forewarn_core::ids::CredentialId;
use forewarn_core::party::{self, KeyCommand, Organisation};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::credentials::secret;
use super::identity::digest;
use super::sealing_keys::{KeyView, KeysView, ProposedKey};
use super::{App, AppError, Call, Moment, Plan, Reply, Source, UseCase};

/// How long an agent's token works.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Most keys that an agent brings.
const MOST_KEYS: usize = 4;

/// Join with a code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolAgent {
    /// The code, from `forewarn admin agent-code`. It works once.
    pub code: String,
    /// The keys that notices are to be sealed to, up to 4.
    pub keys: Vec<ProposedKey>,
}

/// What an agent is given.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolledAgent {
    /// Organisation.
    pub org: String,
    /// Name of the organisation.
    pub name: String,
    /// Token for notices and inventories; `null` when the request is repeated, for it is not kept.
    pub token: Option<String>,
    /// When the token stops working.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
    /// Public key of the transparency log (C2SP signed-note verifier key), for the agent to hold on to.
    pub log_key: String,
    /// The keys of the organisation, and how they stand.
    pub keys: Vec<KeyView>,
}

fn gone() -> AppError {
    AppError::Invalid {
        place: "/code".into(),
        message: "this code is unknown, used or expired; ask for a new one".into(),
    }
}

impl EnrolAgent {
    async fn grant(&self, app: &App, now: Timestamp) -> Result<(Credential, u64, Grant), AppError> {
        let (credential, version) = app.credential(&self.code).await.map_err(|error| match error {
            AppError::Unauthenticated => gone(),
            other => other,
        })?;
        let grant = credential.grant.clone().filter(|grant| grant.kind == CredentialKind::AgentCode);
        let grant = grant.filter(|_| credential.usable(now)).ok_or_else(gone)?;
        Ok((credential, version, grant))
    }
}

impl UseCase for EnrolAgent {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        if self.keys.is_empty() || self.keys.len() > MOST_KEYS {
            let message = "bring 1 to 4 keys".into();
            return Err(AppError::Invalid { place: "/keys".into(), message });
        }
        let read = |(at, key): (usize, &ProposedKey)| key.read(&format!("/keys/{at}/recipient"));
        let keys = self.keys.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let (code, version, grant) = self.grant(app, moment.now).await?;
        let id = grant.org.to_string();
        let org = app.guarded::<Organisation>(&id).await?;
        let org = org.and_then(|org| org.see(moment.actor, Act::SeeSealingKeys));
        let org = org.ok_or(Refusal::NotFound)?;
        let propose = party::Command::Keys(KeyCommand::Propose { keys, enrolling: true });
        let changed = party::decide(&org, propose, &moment.facts())?;
        let meta = Meta { at: moment.now, actor: moment.actor.label(), version: 0 };
        let after = changed.iter().fold(Organisation::clone(&org), |org, event| org.evolve(&meta, event));
        let secret = secret(moment, "fwtoken");
        let given = token_of(&grant, &secret, moment)?;
        let mut answer = EnrolledAgent {
            org: id.clone(),
            name: org.profile.name.clone(),
            token: Some(secret),
            expires_at: given.expires_at,
            log_key: app.log_key()?,
            keys: KeysView::of(&after).keys,
        };
        let mut plan = Plan::answer(201, &answer)?;
        answer.token = None;
        plan.remember(&answer)?;
        exchange(moment, &mut plan, (&code, version), given)?;
        plan.append::<Organisation>(moment, &id, org.version(), changed)?;
        Ok(plan)
    }
}

/// The token that a code is exchanged for.
fn token_of(code: &Grant, secret: &str, moment: &mut Moment<'_>) -> Result<Grant, AppError> {
    let expires_at = moment.now.checked_add(LIFE).map_err(|_| AppError::Internal("clock out of range"))?;
    Ok(Grant {
        id: CredentialId(moment.uuid()),
        kind: CredentialKind::Token,
        secret_sha256: digest(secret),
        expires_at,
        ..code.clone()
    })
}

/// Uses the code up and issues the token.
fn exchange(
    moment: &mut Moment<'_>,
    plan: &mut Plan,
    (code, version): (&Credential, u64),
    given: Grant,
) -> Result<(), AppError> {
    let own = code.grant.as_ref().ok_or_else(gone)?.id;
    let token = given.id;
    let used = credential::decide(code, credential::Command::UseCode { token }, &moment.facts())?;
    let given = credential::Command::OpenToken { grant: given };
    let given = credential::decide(&Credential::default(), given, &moment.facts())?;
    plan.append::<Credential>(moment, own, version, used)?;
    plan.append::<Credential>(moment, token, 0, given)
}

/// What an agent's token allows.
pub(super) const AGENT_SCOPES: [Scope; 2] = [Scope::Notices, Scope::Inventory];

impl App {
    /// Lets an agent join: whoever holds the code acts for its service this once.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the code or a key is not right, [`AppError::TooManyAttempts`] when too many were not, a
    /// [`Refusal`] when a rule says no.
    pub async fn enrol_agent(
        &self,
        source: Source,
        key: &str,
        enrol: &EnrolAgent,
    ) -> Result<Reply, AppError> {
        let holder = self.attempt(source, &enrol.code, self.holder_of(&enrol.code)).await;
        let actor = holder.map_err(|error| match error {
            AppError::Unauthenticated => gone(),
            other => other,
        })?;
        let body = serde_json::to_vec(enrol).map_err(|_| AppError::Internal("request is not JSON"))?;
        // In the key, so that nobody's key is another's.
        let key = digest(&format!("{key}\n{}", digest(&enrol.code)));
        self.execute(&Call::new(actor, &key, &[&body]), enrol).await
    }

    async fn holder_of(&self, code: &str) -> Result<Actor, AppError> {
        let (credential, _) = self.credential(code).await?;
        let grant = credential.grant.filter(|grant| grant.kind == CredentialKind::AgentCode);
        self.actor(&grant.ok_or(AppError::Unauthenticated)?).await
    }
}
