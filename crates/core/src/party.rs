//! Organisations and the people and services that act for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::{Act, Actor, Relation, Role, may};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{OrgId, PrincipalId};

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
}

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
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::OrganisationEnrolled { .. } => "organisation-enrolled",
            Event::PrincipalAdded { .. } => "principal-added",
        }
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
}

/// Decides a command on an organisation.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Organisation, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    require(
        may(facts.actor, Act::Enrol),
        Refusal::Forbidden("enrolling needs a coordinator with the admin scope"),
    )?;
    match command {
        Command::Enrol { org, profile } => {
            require(state.id.is_none(), Refusal::Rule("this organisation is already enrolled"))?;
            check_profile(&profile, facts)?;
            at_the_machine(&profile.roles, facts)?;
            Ok(vec![Event::OrganisationEnrolled { org, profile }])
        }
        Command::AddPrincipal { principal } => {
            require(state.id.is_some(), Refusal::NotFound)?;
            check_name("/name", &principal.name)?;
            require(
                principal.roles.is_subset(&state.profile.roles) && !principal.roles.is_empty(),
                Refusal::Invalid {
                    field: "/roles",
                    message: "give at least one role, all within those of the organisation",
                },
            )?;
            at_the_machine(&principal.roles, facts)?;
            require(
                !state.principals.contains_key(&principal.id),
                Refusal::Rule("this principal already exists"),
            )?;
            Ok(vec![Event::PrincipalAdded { principal }])
        }
    }
}

/// Sharing and release need two coordinators, so one of them must not be able to make the other.
///
/// # Errors
/// [`Refusal::Forbidden`] when a member would make or act for a coordinator.
pub fn at_the_machine(roles: &BTreeSet<Role>, facts: &Facts<'_>) -> Result<(), Refusal> {
    let allowed = *facts.actor == Actor::System || !roles.contains(&Role::Coordinator);
    require(
        allowed,
        Refusal::Forbidden(
            "coordinators are enrolled and given credentials by `forewarn admin` at the machine only",
        ),
    )
}

fn check_profile(profile: &Profile, facts: &Facts<'_>) -> Result<(), Refusal> {
    check_name("/name", &profile.name)?;
    require(
        !profile.roles.is_empty(),
        Refusal::Invalid { field: "/roles", message: "give at least one role" },
    )?;
    let known = &facts.policy.profile.sectors;
    require(
        profile.sectors.iter().all(|sector| known.contains_key(sector)),
        Refusal::Invalid { field: "/sectors", message: "unknown sector code; the policy profile lists them" },
    )?;
    require(
        !profile.roles.contains(&Role::Operator) || !profile.sectors.is_empty(),
        Refusal::Invalid { field: "/sectors", message: "an operator needs at least one sector" },
    )?;
    let country = profile.country.as_deref();
    require(
        country.is_none_or(is_country),
        Refusal::Invalid { field: "/country", message: "give an ISO 3166-1 alpha-2 code such as US" },
    )
}

pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

pub(crate) fn check_name(field: &'static str, name: &str) -> Result<(), Refusal> {
    let length = name.trim().chars().count();
    require(
        (1..=NAME_LIMIT).contains(&length) && !name.chars().any(char::is_control),
        Refusal::Invalid { field, message: "give 1 to 200 characters without control characters" },
    )
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
        }
        self
    }

    fn facets(&self) -> Facets {
        let mut keys = BTreeSet::from([Key::unique("name", self.profile.name.trim().to_lowercase())]);
        keys.extend(self.profile.roles.iter().map(|role| Key::shared("role", role.as_str())));
        keys.extend(self.principals.keys().map(|id| Key::unique("principal", id)));
        Facets {
            state: "enrolled".into(),
            sort_at: self.enrolled_at,
            public: false,
            relations: self.id.iter().map(|id| (*id, Relation::Owner)).collect(),
            keys,
        }
    }
}
