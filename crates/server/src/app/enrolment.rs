//! Enrolling organisations and the people and services that act for them.

use std::collections::BTreeSet;

use forewarn_core::access::{Act, Actor, Role};
use forewarn_core::ids::{OrgId, PrincipalId};
use forewarn_core::party::{self, Command, Organisation, Principal, Profile, VendorMode};
use forewarn_exposure::Identity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{OrganisationView, Page, PageRequest};
use super::{App, AppError, Moment, Plan, UseCase};

/// Enrol an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// Name as others see it; unique.
    pub name: String,
    /// Roles.
    #[schema(value_type = Vec<String>)]
    pub roles: BTreeSet<Role>,
    /// Sector codes of the policy profile; required for operators.
    #[serde(default)]
    pub sectors: BTreeSet<String>,
    /// ISO 3166-1 alpha-2 country code.
    #[serde(default)]
    pub country: Option<String>,
    /// Names under which its products appear in inventories; for vendors.
    #[serde(default)]
    pub vendor_names: BTreeSet<String>,
    /// Whether it signed the standing embargo agreement of the policy profile.
    #[serde(default)]
    pub standing_consent: bool,
    /// How it takes part: `verified-only`, `firehose`, `public-only` or `none`; for vendors.
    #[serde(default)]
    #[schema(value_type = String)]
    pub vendor_mode: VendorMode,
}

/// Answer to an enrolment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Enrolled {
    /// Id of what was enrolled.
    pub id: String,
}

impl UseCase for Enrol {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = OrgId(moment.uuid());
        let agreement = &app.settings.policy.profile.lead.agreement;
        let profile = Profile {
            name: self.name.trim().to_owned(),
            roles: self.roles.clone(),
            sectors: self.sectors.clone(),
            country: self.country.clone(),
            vendor_names: self.vendor_names.iter().map(|name| folded(name)).collect(),
            standing_consent: self.standing_consent.then(|| agreement.clone()),
            vendor_mode: self.vendor_mode,
        };
        if app.name_taken(&profile.name).await? {
            return Err(AppError::Invalid {
                place: "/name".into(),
                message: "an organisation of this name is already enrolled".into(),
            });
        }
        let events =
            party::decide(&Organisation::default(), Command::Enrol { org, profile }, &moment.facts())?;
        let mut plan = Plan::answer(201, &Enrolled { id: org.to_string() })?;
        plan.append::<Organisation>(moment, org, 0, events)?;
        Ok(plan)
    }
}

/// The form in which vendor names are compared.
fn folded(vendor: &str) -> String {
    match Identity::product(vendor, "x") {
        Identity::Product { vendor, .. } => vendor,
        Identity::Package { name, .. } => name,
    }
}

/// Add a person or a service to an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPrincipal {
    /// Organisation.
    #[serde(skip)]
    pub org: String,
    /// Name as others see it.
    pub name: String,
    /// Whether it is a person.
    pub person: bool,
    /// Roles, within those of the organisation; all of them when left out.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub roles: BTreeSet<Role>,
}

impl UseCase for AddPrincipal {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeOrganisation).await?;
        let id = PrincipalId(moment.uuid());
        let roles = if self.roles.is_empty() { org.profile.roles.clone() } else { self.roles.clone() };
        let principal = Principal { id, name: self.name.trim().to_owned(), person: self.person, roles };
        let events = party::decide(&org, Command::AddPrincipal { principal }, &moment.facts())?;
        let mut plan = Plan::answer(201, &Enrolled { id: id.to_string() })?;
        plan.append::<Organisation>(moment, &self.org, org.version(), events)?;
        Ok(plan)
    }
}

/// Register a person's approval key, or take it away; at the machine only.
#[derive(Clone, Debug)]
pub struct SetApprovalKey {
    /// Organisation.
    pub org: String,
    /// Person.
    pub principal: String,
    /// Public key, Ed25519, lower-case hex; none to take it away.
    pub key: Option<String>,
}

impl UseCase for SetApprovalKey {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let org = app.visible::<Organisation>(&self.org, moment.actor, Act::SeeOrganisation).await?;
        let principal = self.principal.parse().map_err(|_| AppError::Invalid {
            place: "/principal".into(),
            message: "give a person's id".into(),
        })?;
        let command = Command::SetApprovalKey { principal, key: self.key.clone() };
        let events = party::decide(&org, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "principal": self.principal }))?;
        plan.append::<Organisation>(moment, &self.org, org.version(), events)?;
        Ok(plan)
    }
}

impl App {
    async fn name_taken(&self, name: &str) -> Result<bool, AppError> {
        use forewarn_core::access::Filter;
        use forewarn_core::aggregate::Category;
        let mut query = forewarn_store::Query::new(Category::Organisation, Filter::Everything, 1);
        query.key = Some(("name".into(), name.trim().to_lowercase()));
        Ok(self.store.count(&query).await? > 0)
    }

    /// Organisations the actor may see.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn organisations(
        &self,
        actor: &Actor,
        page: &PageRequest,
    ) -> Result<Page<OrganisationView>, AppError> {
        self.page::<Organisation, _>(actor, Act::SeeOrganisation, page, None, |o| OrganisationView::of(o))
            .await
    }

    /// One organisation.
    ///
    /// # Errors
    /// [`forewarn_core::Refusal::NotFound`] when it is not there or not visible.
    pub async fn organisation_view(&self, actor: &Actor, id: &str) -> Result<OrganisationView, AppError> {
        let org = self.visible::<Organisation>(id, actor, Act::SeeOrganisation).await?;
        Ok(OrganisationView::of(&org))
    }
}
