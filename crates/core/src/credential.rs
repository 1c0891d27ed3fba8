//! API tokens, one-time sign-in links and sessions. Only a hash of the secret is ever known here.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Act, Actor, Relation, Scope, may};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{CredentialId, OrgId, PrincipalId};

/// Longest life of a token, in days.
pub const LONGEST_TOKEN_DAYS: i64 = 366;

/// What kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// For programs, in the `Authorization` header.
    Token,
    /// For a person, once.
    SignInLink,
    /// A person's browser, after a link was used.
    Session,
    /// For an operator's agent, once: it brings its keys and gets a token.
    AgentCode,
}

/// What a credential is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Id of the credential.
    pub id: CredentialId,
    /// Kind.
    #[serde(rename = "type")]
    pub kind: CredentialKind,
    /// Who it stands for.
    pub principal: PrincipalId,
    /// For which organisation.
    pub org: OrgId,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// Lower-case hex SHA-256 of the secret. Secrets have 256 random bits, so a plain hash cannot be guessed back.
    pub secret_sha256: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Credential {
    /// What it is for; `None` only before it was issued.
    pub grant: Option<Grant>,
    /// Whether a one-time link was used.
    pub used: bool,
    /// The session that a used link opened, or the token of a used code; whoever revokes the one ends the other too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<CredentialId>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was issued, milliseconds since the Unix epoch.
    pub issued_at: i64,
}

/// What happens to a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// It was issued.
    CredentialIssued {
        /// What for.
        grant: Grant,
    },
    /// A one-time link was used.
    SignInLinkUsed {
        /// The session it opened.
        session: CredentialId,
    },
    /// A code for an agent was used.
    AgentCodeUsed {
        /// The token it gave.
        token: CredentialId,
    },
    /// It was revoked.
    CredentialRevoked,
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::CredentialIssued { .. } => "credential-issued",
            Event::SignInLinkUsed { .. } => "sign-in-link-used",
            Event::AgentCodeUsed { .. } => "agent-code-used",
            Event::CredentialRevoked => "credential-revoked",
        }
    }
}

/// What may be asked of a credential's stream.
#[derive(Clone, Debug)]
pub enum Command {
    /// Issue a token or a sign-in link.
    Issue {
        /// What for.
        grant: Grant,
    },
    /// Use a link to open a session.
    UseLink {
        /// The session's id.
        session: CredentialId,
    },
    /// Use a code for an agent.
    UseCode {
        /// Id of the token it gives.
        token: CredentialId,
    },
    /// Give the token of a used code; on the token's own stream.
    OpenToken {
        /// What for.
        grant: Grant,
    },
    /// Open a session from a used link; on the session's own stream.
    OpenSession {
        /// What for.
        grant: Grant,
    },
    /// Revoke it.
    Revoke,
}

/// Decides a command on a credential.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Credential, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Issue { grant } => {
            require(
                may(facts.actor, Act::IssueCredential),
                Refusal::Forbidden("issuing credentials needs a coordinator with the admin scope"),
            )?;
            // Whoever holds a credential is its holder to every rule, so nobody gives one to somebody else: one
            // coordinator would be a vendor that consents, or an operator that reads its notices.
            let own = matches!(facts.actor, Actor::Member(member) if member.principal == grant.principal);
            require(
                own || *facts.actor == Actor::System,
                Refusal::Forbidden(
                    "credentials of others are given by `forewarn admin` at the machine only: whoever holds one acts as them",
                ),
            )?;
            check_grant(state, &grant, facts)?;
            Ok(vec![Event::CredentialIssued { grant }])
        }
        Command::UseLink { session } => {
            require(state.usable(facts.now), Refusal::NotFound)?;
            require(state.is(CredentialKind::SignInLink), Refusal::NotFound)?;
            Ok(vec![Event::SignInLinkUsed { session }])
        }
        Command::UseCode { token } => {
            require(state.usable(facts.now) && state.is(CredentialKind::AgentCode), Refusal::NotFound)?;
            Ok(vec![Event::AgentCodeUsed { token }])
        }
        Command::OpenToken { grant } => {
            require(grant.kind == CredentialKind::Token, Refusal::NotFound)?;
            check_grant(state, &grant, facts)?;
            Ok(vec![Event::CredentialIssued { grant }])
        }
        Command::OpenSession { grant } => {
            require(grant.kind == CredentialKind::Session, Refusal::NotFound)?;
            require(state.grant.is_none(), Refusal::Rule("this credential was already issued"))?;
            require(facts.now < grant.expires_at, Refusal::NotFound)?;
            Ok(vec![Event::CredentialIssued { grant }])
        }
        Command::Revoke => {
            let own = matches!(facts.actor, Actor::Member(m) if state.grant.as_ref().is_some_and(|g| g.principal == m.principal));
            require(own || may(facts.actor, Act::IssueCredential), Refusal::NotFound)?;
            require(state.grant.is_some(), Refusal::NotFound)?;
            Ok(if state.revoked { vec![] } else { vec![Event::CredentialRevoked] })
        }
    }
}

fn check_grant(state: &Credential, grant: &Grant, facts: &Facts<'_>) -> Result<(), Refusal> {
    require(state.grant.is_none(), Refusal::Rule("this credential was already issued"))?;
    require(
        grant.kind != CredentialKind::Session,
        Refusal::Rule("a session is opened by a sign-in link, not issued"),
    )?;
    let lifetime = grant.expires_at.as_second() - facts.now.as_second();
    require(
        (1..=LONGEST_TOKEN_DAYS * 86_400).contains(&lifetime),
        Refusal::Invalid { field: "/expires_at", message: "must be in the future and within 366 days" },
    )?;
    require(
        !grant.scopes.is_empty(),
        Refusal::Invalid { field: "/scopes", message: "give at least one scope" },
    )
}

impl Credential {
    /// Whether it still opens anything at `now`.
    pub fn usable(&self, now: Timestamp) -> bool {
        self.grant.as_ref().is_some_and(|g| now < g.expires_at) && !self.used && !self.revoked
    }

    fn is(&self, kind: CredentialKind) -> bool {
        self.grant.as_ref().is_some_and(|g| g.kind == kind)
    }
}

impl Aggregate for Credential {
    const CATEGORY: Category = Category::Credential;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        match event {
            Event::CredentialIssued { grant } => {
                self.grant = Some(grant.clone());
                self.issued_at = meta.at.as_millisecond();
            }
            Event::SignInLinkUsed { session } => {
                self.used = true;
                self.session = Some(*session);
            }
            Event::AgentCodeUsed { token } => {
                self.used = true;
                self.session = Some(*token);
            }
            Event::CredentialRevoked => self.revoked = true,
        }
        self
    }

    fn facets(&self) -> Facets {
        let state = match (self.revoked, self.used) {
            (true, _) => "revoked",
            (false, true) => "used",
            (false, false) => "issued",
        };
        Facets {
            state: state.into(),
            sort_at: self.issued_at,
            public: false,
            relations: self.grant.iter().map(|g| (g.org, Relation::Owner)).collect(),
            keys: self.grant.iter().map(|g| Key::unique("secret", &g.secret_sha256)).collect(),
        }
    }
}
