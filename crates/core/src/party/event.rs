//! What happens to an organisation.

use serde::{Deserialize, Serialize};

use super::{Contacts, NewKey, Principal, Profile, SecurityContact, VendorMode};
use crate::aggregate::EventKind;
use crate::ids::{OrgId, PrincipalId};
use crate::sharing::ContentLevel;

/// What happens to an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// It joined.
    OrganisationEnrolled {
        /// Its id.
        org: OrgId,
        /// What it is.
        profile: Profile,
    },
    /// Someone may act for it.
    PrincipalAdded {
        /// Who.
        principal: Principal,
    },
    /// A person's approval key was registered, in place of one that was, or taken away.
    ApprovalKeySet {
        /// Whose.
        principal: PrincipalId,
        /// Public key, Ed25519, lower-case hex; none to take it away.
        key: Option<String>,
    },
    /// It said how it is reached.
    ContactsSet {
        /// How.
        contacts: Contacts,
    },
    /// How it takes part as a vendor was said.
    VendorModeSet {
        /// How.
        mode: VendorMode,
    },
    /// What its security.txt says was written down.
    SecurityContactSet {
        /// What it says.
        contact: SecurityContact,
    },
    /// It named a relay that acts for it.
    DelegateNamed {
        /// Which.
        relay: OrgId,
        /// Up to which level the relay reads.
        level: ContentLevel,
    },
    /// It took that back.
    DelegateRemoved {
        /// Which.
        relay: OrgId,
    },
    /// Its webhook stopped taking requests.
    WebhookFailing,
    /// Its webhook takes requests again.
    WebhookRecovered,
    /// Its webhook failed for so long that it is not tried any more.
    WebhookDisabled,
    /// A key for its notices was proposed.
    SealingKeyProposed {
        /// The key.
        key: NewKey,
        /// Who thereby approves it; nobody, when a service proposed it.
        by: Option<PrincipalId>,
        /// Whether it counts at once.
        active: bool,
    },
    /// A person approved a key that waits.
    SealingKeyApproved {
        /// Fingerprint.
        id: String,
        /// Who.
        by: PrincipalId,
        /// Whether it counts from now on.
        active: bool,
    },
    /// A person asked that the last key go.
    SealingKeyRemovalAsked {
        /// Fingerprint.
        id: String,
        /// Who.
        by: PrincipalId,
    },
    /// A key does not count any more, or was turned down.
    SealingKeyRevoked {
        /// Fingerprint.
        id: String,
        /// Who.
        by: PrincipalId,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::OrganisationEnrolled { .. } => "organisation-enrolled",
            Event::PrincipalAdded { .. } => "principal-added",
            Event::ApprovalKeySet { .. } => "approval-key-set",
            Event::ContactsSet { .. } => "contacts-set",
            Event::VendorModeSet { .. } => "vendor-mode-set",
            Event::SecurityContactSet { .. } => "security-contact-set",
            Event::DelegateNamed { .. } => "delegate-named",
            Event::DelegateRemoved { .. } => "delegate-removed",
            Event::WebhookFailing => "webhook-failing",
            Event::WebhookRecovered => "webhook-recovered",
            Event::WebhookDisabled => "webhook-disabled",
            Event::SealingKeyProposed { .. } => "sealing-key-proposed",
            Event::SealingKeyApproved { .. } => "sealing-key-approved",
            Event::SealingKeyRemovalAsked { .. } => "sealing-key-removal-asked",
            Event::SealingKeyRevoked { .. } => "sealing-key-revoked",
        }
    }
}
