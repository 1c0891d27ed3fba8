//! Organisations and the people and services that act for them.

use std::collections::{BTreeMap, BTreeSet};

mod contacts;
mod decide;
mod event;
mod keys;
mod mode;
mod security_contact;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Relation, Role};
use crate::aggregate::{Aggregate, Category, Facets, Key, Meta};
use crate::ids::{OrgId, PrincipalId};
use crate::sharing::ContentLevel;

pub use contacts::{Contacts, QuietHours, URL_LIMIT, Way, Webhook};
pub use decide::{at_the_machine, decide};
pub(crate) use decide::{check_name, is_country};
pub use event::Event;
pub use keys::{
    KeyCommand, KeyPurpose, KeyStanding, MOST_SEALING_KEYS, NewKey, SealingKey, SealingKeys, key_fingerprint,
};
pub use mode::VendorMode;
pub use security_contact::{SECURITY_CONTACT_LIMIT, SecurityContact, is_contact};

/// Longest name accepted, in characters.
pub const NAME_LIMIT: usize = 200;

/// What an organisation tells about itself when it is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Name as others see it.
    pub name: String,
    /// What it is in the clearinghouse.
    pub roles: BTreeSet<Role>,
    /// Sector codes of the policy profile; for operators.
    #[serde(default)]
    pub sectors: BTreeSet<String>,
    /// ISO 3166-1 alpha-2 country code.
    #[serde(default)]
    pub country: Option<String>,
    /// Vendor names under which its products are known, folded; for vendors.
    #[serde(default)]
    pub vendor_names: BTreeSet<String>,
    /// Version of the standing embargo agreement it signed; without one it consents notice by notice.
    #[serde(default)]
    pub standing_consent: Option<String>,
    /// How it takes part; for vendors.
    #[serde(default, skip_serializing_if = "VendorMode::is_default")]
    pub vendor_mode: VendorMode,
}

/// A person or a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// Id.
    pub id: PrincipalId,
    /// Name as others see it.
    pub name: String,
    /// Whether it is a person; only people count for approvals.
    pub person: bool,
    /// Its roles, within those of the organisation.
    pub roles: BTreeSet<Role>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Organisation {
    /// Id; `None` only before enrolment.
    pub id: Option<OrgId>,
    /// What it is.
    pub profile: Profile,
    /// Who acts for it.
    pub principals: BTreeMap<PrincipalId, Principal>,
    /// When it was enrolled, milliseconds since the Unix epoch.
    pub enrolled_at: i64,
    /// How it is reached outside the service.
    #[serde(default)]
    pub contacts: Contacts,
    /// How its security.txt says it is reached, as somebody gave it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_contact: Option<SecurityContact>,
    /// Relays that act for it, each up to a content level.
    #[serde(default)]
    pub delegates: BTreeMap<OrgId, ContentLevel>,
    /// How its webhook does.
    #[serde(default)]
    pub webhook: WebhookHealth,
    /// Public keys with which its people sign approvals: Ed25519, lower-case hex.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approval_keys: BTreeMap<PrincipalId, String>,
    /// Keys that its notices are sealed to, those that wait and those that were.
    #[serde(default, skip_serializing_if = "SealingKeys::is_empty")]
    pub sealing_keys: SealingKeys,
}

/// How a webhook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WebhookHealth {
    /// Since when nothing got through.
    pub failing_since: Option<Timestamp>,
    /// Since when it is not tried any more.
    pub disabled_at: Option<Timestamp>,
}

impl Organisation {
    /// The ways on which it can be reached at `now`. One that has no way of its own is written to where its
    /// security.txt says.
    pub fn ways(&self, now: Timestamp) -> BTreeSet<Way> {
        let mut ways = self.own_ways();
        ways.extend(self.address(Way::Mail, now).map(|_| Way::Mail));
        ways
    }

    fn own_ways(&self) -> BTreeSet<Way> {
        let mut ways = self.contacts.ways();
        if self.webhook.disabled_at.is_some() {
            ways.remove(&Way::Webhook);
        }
        ways
    }

    /// The mail address of a way at `now`.
    pub fn address(&self, way: Way, now: Timestamp) -> Option<&str> {
        let given = self.security_contact.as_ref().filter(|_| way == Way::Mail && self.own_ways().is_empty());
        self.contacts.address(way).or_else(|| given.and_then(|contact| contact.mail(now)))
    }
}

/// What may be asked of an organisation's stream.
#[derive(Clone, Debug)]
pub enum Command {
    /// Enrol it.
    Enrol {
        /// New id.
        org: OrgId,
        /// What it is.
        profile: Profile,
    },
    /// Add someone.
    AddPrincipal {
        /// Who.
        principal: Principal,
    },
    /// Register a person's approval key, or take it away.
    SetApprovalKey {
        /// Whose.
        principal: PrincipalId,
        /// Public key, Ed25519, lower-case hex; none to take it away.
        key: Option<String>,
    },
    /// Say how it is reached.
    SetContacts {
        /// How.
        contacts: Contacts,
    },
    /// Say how it takes part, as a vendor.
    SetVendorMode {
        /// How.
        mode: VendorMode,
    },
    /// Write down what its security.txt says; it replaces what was.
    SetSecurityContact {
        /// What it says.
        contact: SecurityContact,
    },
    /// Name a relay that acts for it.
    NameDelegate {
        /// The relay as it is enrolled.
        relay: Box<Organisation>,
        /// Up to which level the relay reads.
        level: ContentLevel,
    },
    /// Take that back.
    RemoveDelegate {
        /// Which relay.
        relay: OrgId,
    },
    /// Change the keys that its notices are sealed to.
    Keys(KeyCommand),
    /// Note whether the webhook took a request.
    NoteWebhook {
        /// Whether it did.
        taken: bool,
    },
}

impl Aggregate for Organisation {
    const CATEGORY: Category = Category::Organisation;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        match event {
            Event::OrganisationEnrolled { org, profile } => {
                self.id = Some(*org);
                self.profile = profile.clone();
                self.enrolled_at = meta.at.as_millisecond();
            }
            Event::PrincipalAdded { principal } => {
                self.principals.insert(principal.id, principal.clone());
            }
            Event::ApprovalKeySet { principal, key } => match key {
                Some(key) => drop(self.approval_keys.insert(*principal, key.clone())),
                None => drop(self.approval_keys.remove(principal)),
            },
            Event::ContactsSet { contacts } => {
                self.contacts = contacts.clone();
                self.webhook = WebhookHealth::default();
            }
            Event::VendorModeSet { mode } => self.profile.vendor_mode = *mode,
            Event::SecurityContactSet { contact } => self.security_contact = Some(contact.clone()),
            Event::DelegateNamed { relay, level } => {
                self.delegates.insert(*relay, *level);
            }
            Event::DelegateRemoved { relay } => {
                self.delegates.remove(relay);
            }
            Event::WebhookFailing => self.webhook.failing_since = Some(meta.at),
            Event::WebhookRecovered => self.webhook.failing_since = None,
            Event::WebhookDisabled => self.webhook.disabled_at = Some(meta.at),
            Event::SealingKeyProposed { .. }
            | Event::SealingKeyApproved { .. }
            | Event::SealingKeyRemovalAsked { .. }
            | Event::SealingKeyRevoked { .. } => keys::evolve(&mut self.sealing_keys, meta.at, event),
        }
        self
    }

    fn facets(&self) -> Facets {
        let mut keys = BTreeSet::from([Key::unique("name", self.profile.name.trim().to_lowercase())]);
        keys.extend(self.profile.roles.iter().map(|role| Key::shared("role", role.as_str())));
        keys.extend(self.principals.keys().map(|id| Key::unique("principal", id)));
        keys.extend(self.delegates.keys().map(|relay| Key::shared("delegate", relay)));
        if self.webhook.disabled_at.is_some() {
            keys.insert(Key::shared("alarm", "webhook"));
        }
        Facets {
            state: "enrolled".into(),
            sort_at: self.enrolled_at,
            public: false,
            relations: self.id.iter().map(|id| (*id, Relation::Owner)).collect(),
            keys,
        }
    }
}
