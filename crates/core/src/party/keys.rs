//! Keys that an organisation's notices are sealed to: devices and recovery keys. Whoever can add a key reads every later
//! notice, so that a key beside the first ones counts only after two people approved it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decide::check_name;
use super::{Event, Organisation};
use crate::access::{Act, Role, filter};
use crate::aggregate::Aggregate;
use crate::decision::{Facts, Refusal, require};
use crate::ids::PrincipalId;

/// Most keys of an organisation that count or wait, well under the 32 recipients of an age file.
pub const MOST_SEALING_KEYS: usize = 16;
/// People that approve a change of keys.
const PEOPLE: usize = 2;
/// Longest written key, in bytes; a hybrid one has 1,959.
const LONGEST_KEY: usize = 4096;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// A machine opens notices with it.
    Device,
    /// It lies in a safe, for when the devices are lost.
    Recovery,
}

impl KeyPurpose {
    /// Every purpose.
    pub const ALL: &'static [KeyPurpose] = &[KeyPurpose::Device, KeyPurpose::Recovery];

    /// The name used in documents and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyPurpose::Device => "device",
            KeyPurpose::Recovery => "recovery",
        }
    }
}

/// Whether notices are sealed to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyStanding {
    /// Not yet: it waits for people.
    Proposed,
    /// They are.
    Active,
    /// Not any more, or it was turned down.
    Revoked,
}

impl KeyStanding {
    /// The name used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyStanding::Proposed => "proposed",
            KeyStanding::Active => "active",
            KeyStanding::Revoked => "revoked",
        }
    }
}

/// A key as it is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// The public key in its canonical text: `age1pq1...`.
    pub recipient: String,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Name for people, such as the name of the machine.
    pub label: String,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealingKey {
    /// The key.
    pub key: NewKey,
    /// Whether notices are sealed to it.
    pub standing: KeyStanding,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// People who approved it.
    pub approvals: BTreeSet<PrincipalId>,
    /// People who asked that it go, where it takes two.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub removals: BTreeSet<PrincipalId>,
}

/// Keys by their fingerprint.
pub type SealingKeys = BTreeMap<String, SealingKey>;

/// The fingerprint of a key: the first 16 bytes of the SHA-256 of its canonical text, in lower-case hex.
pub fn key_fingerprint(recipient: &str) -> String {
    hex::encode(&Sha256::digest(recipient.as_bytes())[..16])
}

/// What may be asked about keys.
#[derive(Clone, Debug)]
pub enum KeyCommand {
    /// Propose keys. The first ones count at once when a person or an enrolment brings them.
    Propose {
        /// Which.
        keys: Vec<NewKey>,
        /// Whether a code for an agent was used for it.
        enrolling: bool,
    },
    /// Approve one that waits.
    Approve {
        /// Fingerprint.
        id: String,
    },
    /// Take one away, or turn it down.
    Remove {
        /// Fingerprint.
        id: String,
    },
}

impl Organisation {
    /// The keys that notices are sealed to, in the order of their fingerprints.
    pub fn active_keys(&self) -> impl Iterator<Item = (&str, &SealingKey)> {
        let active = |(_, key): &(&String, &SealingKey)| key.standing == KeyStanding::Active;
        self.sealing_keys.iter().filter(active).map(|(id, key)| (id.as_str(), key))
    }

    fn people(&self) -> usize {
        self.principals.values().filter(|one| one.person).count()
    }

    /// Two different people, of the organisation as far as it has two; coordinators stand in for those that it lacks.
    fn enough(&self, approvals: &BTreeSet<PrincipalId>) -> bool {
        let own = approvals.iter().filter(|id| self.principals.get(*id).is_some_and(|one| one.person));
        own.count() >= self.people().min(PEOPLE) && approvals.len() >= PEOPLE
    }
}

/// Decides a command about keys.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub(super) fn decide(
    state: &Organisation,
    command: KeyCommand,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let act = match &command {
        KeyCommand::Propose { .. } => Act::ProposeSealingKey,
        KeyCommand::Approve { .. } | KeyCommand::Remove { .. } => Act::ChangeSealingKey,
    };
    let allowed = state.id.is_some() && filter(facts.actor, act).admits(&state.facets());
    require(allowed, Refusal::NotFound)?;
    match command {
        KeyCommand::Propose { keys, enrolling } => propose(state, keys, enrolling, facts),
        KeyCommand::Approve { id } => approve(state, id, facts),
        KeyCommand::Remove { id } => remove(state, id, facts),
    }
}

fn propose(
    state: &Organisation,
    keys: Vec<NewKey>,
    enrolling: bool,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let told = [Role::Operator, Role::Relay].iter().any(|role| state.profile.roles.contains(role));
    require(told, Refusal::Rule("only operators and relays get notices, so only they have keys for them"))?;
    let by = facts.actor.person();
    let active = state.active_keys().next().is_none() && (by.is_some() || enrolling);
    let mut fresh = BTreeMap::new();
    for key in keys {
        check_name("/label", &key.label)?;
        let long = !key.recipient.is_empty() && key.recipient.len() <= LONGEST_KEY;
        require(long, Refusal::Invalid { field: "/recipient", message: "give the public key: age1pq1..." })?;
        let id = key_fingerprint(&key.recipient);
        match state.sealing_keys.get(&id).map(|known| known.standing) {
            None => drop(fresh.insert(id, key)),
            Some(KeyStanding::Revoked) => {
                return Err(Refusal::Rule("this key was revoked; make a new one"));
            }
            Some(KeyStanding::Proposed | KeyStanding::Active) => {}
        }
    }
    let standing = state.sealing_keys.values().filter(|key| key.standing != KeyStanding::Revoked).count();
    require(
        standing + fresh.len() <= MOST_SEALING_KEYS,
        Refusal::Rule("an organisation has at most 16 keys that count or wait; remove one first"),
    )?;
    Ok(fresh.into_values().map(|key| Event::SealingKeyProposed { key, by, active }).collect())
}

/// The person who acts, and whether it is one of the organisation's own.
fn person(state: &Organisation, facts: &Facts<'_>) -> Result<(PrincipalId, bool), Refusal> {
    let by = facts.actor.person();
    let by = by.ok_or(Refusal::Forbidden("only people approve and remove keys, not services"))?;
    let own = facts.actor.org() == state.id;
    require(
        own || state.people() < PEOPLE,
        Refusal::Forbidden("the organisation has two people of its own, who approve its keys"),
    )?;
    Ok((by, own))
}

fn approve(state: &Organisation, id: String, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let (by, _) = person(state, facts)?;
    let key = state.sealing_keys.get(&id).ok_or(Refusal::NotFound)?;
    require(key.standing == KeyStanding::Proposed, Refusal::Rule("this key does not wait for approval"))?;
    let mut approvals = key.approvals.clone();
    let another = approvals.insert(by);
    require(another, Refusal::Rule("you approved this already; another person is needed"))?;
    let active = state.enough(&approvals);
    Ok(vec![Event::SealingKeyApproved { id, by, active }])
}

fn remove(state: &Organisation, id: String, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let (by, own) = person(state, facts)?;
    let key = state.sealing_keys.get(&id).ok_or(Refusal::NotFound)?;
    require(key.standing != KeyStanding::Revoked, Refusal::Rule("this key was revoked before"))?;
    // A coordinator only ever is the second one.
    require(
        own || !key.removals.is_empty(),
        Refusal::Forbidden("a person of the organisation asks first that a key go"),
    )?;
    let last = key.standing == KeyStanding::Active && state.active_keys().count() == 1;
    let mut removals = key.removals.clone();
    let another = removals.insert(by);
    if !last || state.enough(&removals) {
        return Ok(vec![Event::SealingKeyRevoked { id, by }]);
    }
    require(another, Refusal::Rule("it is the last key: another person must ask for this too"))?;
    Ok(vec![Event::SealingKeyRemovalAsked { id, by }])
}

/// Applies what happened.
pub(super) fn evolve(keys: &mut SealingKeys, at: Timestamp, event: &Event) {
    match event {
        Event::SealingKeyProposed { key, by, active } => {
            let standing = if *active { KeyStanding::Active } else { KeyStanding::Proposed };
            let approvals = by.iter().copied().collect();
            let fresh = SealingKey {
                key: key.clone(),
                standing,
                proposed_at: at,
                approvals,
                removals: BTreeSet::new(),
            };
            keys.insert(key_fingerprint(&key.recipient), fresh);
        }
        Event::SealingKeyApproved { id, by, active } => {
            if let Some(key) = keys.get_mut(id) {
                key.approvals.insert(*by);
                if *active {
                    key.standing = KeyStanding::Active;
                }
            }
        }
        Event::SealingKeyRemovalAsked { id, by } => {
            keys.get_mut(id).map(|key| key.removals.insert(*by));
        }
        Event::SealingKeyRevoked { id, .. } => {
            if let Some(key) = keys.get_mut(id) {
                key.standing = KeyStanding::Revoked;
            }
        }
        _ => {}
    }
}
