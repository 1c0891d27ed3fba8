//! From a secret to an actor.

use std::collections::BTreeSet;

use forewarn_core::access::{Actor, Filter, Member};
use forewarn_core::aggregate::Category;
use forewarn_core::credential::{Credential, CredentialKind, Grant};
use forewarn_core::party::Organisation;
use forewarn_store::Query;
use sha2::{Digest, Sha256};

use super::{App, AppError};

/// Longest secret that is looked at, in bytes.
const LONGEST_SECRET: usize = 128;

/// Lower-case hex SHA-256 of a secret, the only form in which it is stored.
pub(super) fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

impl App {
    /// Who holds this secret, if it is a live credential of one of these kinds.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] for anything else, always the same.
    pub async fn authenticate(&self, secret: &str, kinds: &[CredentialKind]) -> Result<Actor, AppError> {
        let (credential, _) = self.credential(secret).await?;
        let grant = credential.grant.as_ref().ok_or(AppError::Unauthenticated)?;
        if !credential.usable(self.ambient.now()) || !kinds.contains(&grant.kind) {
            return Err(AppError::Unauthenticated);
        }
        self.actor(grant).await
    }

    /// The credential of a secret with its stream version.
    pub(super) async fn credential(&self, secret: &str) -> Result<(Credential, u64), AppError> {
        if secret.len() > LONGEST_SECRET {
            return Err(AppError::Unauthenticated);
        }
        // Nobody is known yet, so this look-up cannot be filtered by access; it answers only to the secret's digest.
        let mut query = Query::new(Category::Credential, Filter::Everything, 1);
        query.key = Some(("secret".into(), digest(secret)));
        let found = self.store.list(&query).await?.pop().ok_or(AppError::Unauthenticated)?;
        let credential =
            serde_json::from_slice(&found.doc).map_err(|_| AppError::Internal("credential shape"))?;
        Ok((credential, found.version))
    }

    pub(super) async fn actor(&self, grant: &Grant) -> Result<Actor, AppError> {
        let org = self.organisation(grant.org).await?.ok_or(AppError::Unauthenticated)?;
        let principal = org.principals.get(&grant.principal).ok_or(AppError::Unauthenticated)?;
        let roles: BTreeSet<_> = principal.roles.intersection(&org.profile.roles).copied().collect();
        let acts_for = self.acts_for(grant.org, &roles, &grant.scopes).await?;
        Ok(Actor::Member(Member {
            principal: principal.id,
            org: grant.org,
            person: principal.person,
            roles,
            acts_for,
            scopes: grant.scopes.clone(),
            credential: grant.id,
        }))
    }

    /// An organisation, for the service's own use.
    pub(super) async fn organisation(
        &self,
        org: forewarn_core::ids::OrgId,
    ) -> Result<Option<Organisation>, AppError> {
        let Some(document) = self.store.get(Category::Organisation, &org.to_string()).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&document.doc).map(Some).map_err(|_| AppError::Internal("organisation shape"))
    }
}
