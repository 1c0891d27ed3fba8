//! Organisations and their inventories.

use forewarn_core::inventory::Holding;
use forewarn_core::party::Organisation;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::moment;

/// An organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganisationView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<String>,
    /// Sector codes.
    pub sectors: Vec<String>,
    /// Country.
    pub country: Option<String>,
    /// Standing embargo agreement it signed.
    pub standing_consent: Option<String>,
    /// People and services.
    pub principals: Vec<PrincipalView>,
}

/// A person or service.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PrincipalView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether it is a person.
    pub person: bool,
    /// Roles.
    pub roles: Vec<String>,
}

impl OrganisationView {
    /// What is shown of an organisation.
    pub fn of(org: &Organisation) -> Self {
        let names = |roles: &std::collections::BTreeSet<forewarn_core::access::Role>| {
            roles.iter().map(|role| role.as_str().to_owned()).collect()
        };
        Self {
            id: org.id.map(|id| id.to_string()).unwrap_or_default(),
            name: org.profile.name.clone(),
            roles: names(&org.profile.roles),
            sectors: org.profile.sectors.iter().cloned().collect(),
            country: org.profile.country.clone(),
            standing_consent: org.profile.standing_consent.clone(),
            principals: org
                .principals
                .values()
                .map(|p| PrincipalView {
                    id: p.id.to_string(),
                    name: p.name.clone(),
                    person: p.person,
                    roles: names(&p.roles),
                })
                .collect(),
        }
    }
}

/// An inventory of one asset.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InventoryView {
    /// Asset.
    pub asset: String,
    /// Format of the document.
    pub format: String,
    /// Components with an identity.
    pub components: u64,
    /// Components without one.
    pub skipped: u64,
    /// When it was pushed.
    #[schema(value_type = String)]
    pub pushed_at: Timestamp,
}

impl InventoryView {
    /// What is shown of an inventory.
    pub fn of(holding: &Holding) -> Self {
        Self {
            asset: holding.asset.clone(),
            format: holding.snapshot.format.clone(),
            components: holding.snapshot.components,
            skipped: holding.snapshot.skipped,
            pushed_at: moment(holding.pushed_at),
        }
    }
}
