//! Sample people of every role, each with a token.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use forewarn_core::access::{Actor, Role, Scope};
use forewarn_core::party::VendorMode;
use forewarn_server::app::{AddPrincipal, Call, Enrol, Enrolled, Issue, IssueKind, Issued, UseCase};
use serde::de::DeserializeOwned;

use crate::{Site, key as named};

/// Someone with a token.
#[derive(Clone, Debug)]
pub struct Player {
    /// Organisation.
    pub org: String,
    /// Person or service.
    pub principal: String,
    /// Token with every scope.
    pub token: String,
}

/// Two coordinators of one centre, a finder, a vendor, three operators (the third without standing consent), an auditor,
/// a relay, a validator.
#[derive(Clone, Debug)]
pub struct Cast {
    /// First coordinator.
    pub ada: Player,
    /// Second coordinator, of the same centre.
    pub ben: Player,
    /// A finder's service.
    pub finder: Player,
    /// A vendor's person.
    pub vendor: Player,
    /// An operator with standing consent.
    pub bank: Player,
    /// Another.
    pub power: Player,
    /// An operator that consents notice by notice.
    pub hospital: Player,
    /// An auditor.
    pub auditor: Player,
    /// A relay.
    pub relay: Player,
    /// A validator.
    pub lab: Player,
}

impl Cast {
    /// Enrols everybody.
    pub async fn enrol(site: &Site) -> Self {
        let centre = organisation(site, "Centre", Role::Coordinator, None, false).await;
        let ada = player(site, &centre, "Ada", true).await;
        let ben = player(site, &centre, "Ben", true).await;
        let one = async |name: &str, role: Role, sector: Option<&str>, standing: bool, person: bool| {
            let org = organisation(site, name, role, sector, standing).await;
            player(site, &org, &format!("{name} person"), person).await
        };
        Self {
            ada,
            ben,
            finder: one("Finder", Role::Finder, None, false, false).await,
            vendor: one("Vendor", Role::Vendor, None, false, true).await,
            bank: one("Bank", Role::Operator, Some("financial-services"), true, true).await,
            power: one("Power", Role::Operator, Some("energy"), true, true).await,
            hospital: one("Hospital", Role::Operator, Some("healthcare-and-public-health"), false, true)
                .await,
            auditor: one("Auditor", Role::Auditor, None, false, true).await,
            relay: one("Relay", Role::Relay, Some("energy"), true, true).await,
            lab: one("Lab", Role::Validator, None, false, true).await,
        }
    }

    /// One more vendor, with a person.
    pub async fn another_vendor(site: &Site, name: &str) -> Player {
        Self::another(site, name, Role::Vendor).await
    }

    /// One more organisation of a role, with a person.
    pub async fn another(site: &Site, name: &str, role: Role) -> Player {
        let org = organisation(site, name, role, Some("energy"), false).await;
        player(site, &org, &format!("{name} person"), true).await
    }

    /// Everybody with a name.
    pub fn all(&self) -> [(&'static str, &Player); 10] {
        [
            ("coordinator", &self.ada),
            ("second coordinator", &self.ben),
            ("finder", &self.finder),
            ("vendor", &self.vendor),
            ("affected operator", &self.bank),
            ("other operator", &self.power),
            ("operator without consent", &self.hospital),
            ("auditor", &self.auditor),
            ("relay", &self.relay),
            ("validator", &self.lab),
        ]
    }
}

/// Does something as the service itself.
pub async fn own<T: DeserializeOwned>(site: &Site, key: &str, case: &impl UseCase) -> T {
    let call = Call::new(Actor::System, &named(key), &[key.as_bytes()]);
    let reply = site.app.execute(&call, case).await.unwrap();
    serde_json::from_slice(&reply.body).unwrap()
}

async fn organisation(
    site: &Site,
    name: &str,
    role: Role,
    sector: Option<&str>,
    standing_consent: bool,
) -> String {
    let enrol = Enrol {
        name: name.into(),
        roles: [role].into(),
        sectors: sector.map(str::to_owned).into_iter().collect(),
        country: Some("US".into()),
        vendor_names: BTreeSet::new(),
        standing_consent,
        vendor_mode: VendorMode::default(),
    };
    own::<Enrolled>(site, &format!("enrol {name}"), &enrol).await.id
}

async fn player(site: &Site, org: &str, name: &str, person: bool) -> Player {
    let add = AddPrincipal { org: org.into(), name: name.into(), person, roles: BTreeSet::new() };
    let principal = own::<Enrolled>(site, &format!("add {name}"), &add).await.id;
    let token = site.token(org, &principal, Scope::ALL).await;
    Player { org: org.into(), principal, token }
}

impl Site {
    /// Issues a token with some scopes.
    pub async fn token(&self, org: &str, principal: &str, scopes: &[Scope]) -> String {
        let issued = self.issue(org, principal, IssueKind::Token, scopes).await;
        issued.secret.unwrap()
    }

    /// Issues a credential.
    pub async fn issue(&self, org: &str, principal: &str, kind: IssueKind, scopes: &[Scope]) -> Issued {
        let scopes = scopes.iter().copied().collect();
        // Longer than the longest story; a link keeps its own time.
        let hours = (kind == IssueKind::Token).then_some(24 * 300);
        let issue = Issue { org: org.into(), principal: principal.into(), kind, scopes, hours };
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        own(self, &format!("issue {number}"), &issue).await
    }
}
