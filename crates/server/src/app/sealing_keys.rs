//! The keys that an organisation's notices are sealed to.

use forewarn_core::access::{Act, Actor};
use forewarn_core::party::{self, Command, KeyCommand, KeyPurpose, NewKey, Organisation, key_fingerprint};
use forewarn_seal::Recipient;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, AppError, Moment, Plan, UseCase};

/// A key as it is proposed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedKey {
    /// The public key, of the age recipient type `mlkem768x25519`: `age1pq1...`.
    pub recipient: String,
    /// `device` or `recovery`.
    #[schema(value_type = String)]
    pub purpose: KeyPurpose,
    /// Name for people, 1 to 200 characters.
    pub label: String,
}

impl ProposedKey {
    /// The key in its canonical text. `place` is where it stands in the request.
    pub(super) fn read(&self, place: &str) -> Result<NewKey, AppError> {
        let key: Recipient = self.recipient.parse().map_err(|problem| AppError::Invalid {
            place: place.to_owned(),
            message: format!("{problem}"),
        })?;
        Ok(NewKey { recipient: key.to_string(), purpose: self.purpose, label: self.label.trim().to_owned() })
    }
}

/// Change an organisation's keys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeyAct {
    /// Propose one. The first one that a person brings counts at once; every other waits until two people approved it.
    Propose {
        /// The public key, of the age recipient type `mlkem768x25519`: `age1pq1...`.
        recipient: String,
        /// `device` or `recovery`.
        #[schema(value_type = String)]
        purpose: KeyPurpose,
        /// Name for people, 1 to 200 characters.
        label: String,
    },
    /// Approve one that waits; compare its fingerprint with the one that the machine shows.
    Approve {
        /// Its fingerprint.
        id: String,
    },
    /// Remove one at once, or turn one down. For the last one it takes two people.
    Remove {
        /// Its fingerprint.
        id: String,
    },
}

/// A [`KeyAct`] on one organisation.
pub struct OnKeys {
    /// Which organisation.
    pub org: String,
    /// What.
    pub act: KeyAct,
}

/// A key as it is shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyView {
    /// Fingerprint: the first 16 bytes of the SHA-256 of its text, in hex.
    pub id: String,
    /// `device` or `recovery`.
    pub purpose: String,
    /// Name for people.
    pub label: String,
    /// `proposed`, `active` or `revoked`.
    pub standing: String,
    /// When it was proposed.
    #[schema(value_type = String)]
    pub proposed_at: Timestamp,
    /// Ids of the people who approved it.
    pub approvals: Vec<String>,
    /// Ids of the people who asked that it go, where it takes two.
    pub removals: Vec<String>,
    /// The public key.
    pub recipient: String,
}

/// An organisation's keys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeysView {
    /// The keys, in the order of their fingerprints.
    pub keys: Vec<KeyView>,
}

impl KeysView {
    pub(super) fn of(org: &Organisation) -> Self {
        let view = |(id, key): (&String, &party::SealingKey)| KeyView {
            id: id.clone(),
            purpose: key.key.purpose.as_str().to_owned(),
            label: key.key.label.clone(),
            standing: key.standing.as_str().to_owned(),
            proposed_at: key.proposed_at,
            approvals: key.approvals.iter().map(ToString::to_string).collect(),
            removals: key.removals.iter().map(ToString::to_string).collect(),
            recipient: key.key.recipient.clone(),
        };
        Self { keys: org.sealing_keys.iter().map(view).collect() }
    }
}

impl KeyAct {
    fn command(&self) -> Result<(String, KeyCommand), AppError> {
        Ok(match self {
            KeyAct::Propose { recipient, purpose, label } => {
                let proposed =
                    ProposedKey { recipient: recipient.clone(), purpose: *purpose, label: label.clone() };
                let key = proposed.read("/recipient")?;
                let id = key_fingerprint(&key.recipient);
                (id, KeyCommand::Propose { keys: vec![key], enrolling: false })
            }
            KeyAct::Approve { id } => (id.clone(), KeyCommand::Approve { id: id.clone() }),
            KeyAct::Remove { id } => (id.clone(), KeyCommand::Remove { id: id.clone() }),
        })
    }
}

impl UseCase for OnKeys {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeSealingKeys).await?;
        let (id, command) = self.act.command()?;
        let events = party::decide(&org, Command::Keys(command), &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "id": id }))?;
        plan.append::<Organisation>(moment, &self.org, org.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// The keys of an organisation.
    ///
    /// # Errors
    /// [`forewarn_core::Refusal::NotFound`] when it is not there or not visible.
    pub async fn sealing_keys(&self, actor: &Actor, org: &str) -> Result<KeysView, AppError> {
        Ok(KeysView::of(&*self.visible::<Organisation>(org, actor, Act::SeeSealingKeys).await?))
    }
}
