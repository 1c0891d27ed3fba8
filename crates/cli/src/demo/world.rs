//! The sample world: who there is, and how each gets in. Everything after the first coordinator goes through the API.

use std::collections::BTreeMap;

use anyhow::Context;
use forewarn_core::access::{Role, Scope};
use forewarn_core::party::VendorMode;
use forewarn_server::app::{AddPrincipal, App, Enrol, Enrolled, Issue, IssueKind, Issued};

use super::files::inventories;
use crate::client::Client;
use crate::inventory::{self, ReadingArguments};
use crate::service::own;

/// Days a sample token lives: the story takes 45, and the visitor has the rest.
const TOKEN_HOURS: u32 = 24 * 90;

/// An organisation of the sample world with its people and services: short name, name, person.
struct Sample {
    short: &'static str,
    name: &'static str,
    role: Role,
    sector: Option<&'static str>,
    standing_consent: bool,
    people: &'static [(&'static str, &'static str)],
    service: Option<(&'static str, &'static str)>,
}

const CENTRE: Sample = Sample {
    short: "centre",
    name: "National Coordination Centre",
    role: Role::Coordinator,
    sector: None,
    standing_consent: false,
    people: &[("ada", "Ada Keller"), ("ben", "Ben Okafor")],
    service: None,
};

const OTHERS: &[Sample] = &[
    Sample {
        short: "finder",
        name: "Lattice Research",
        role: Role::Finder,
        sector: None,
        standing_consent: false,
        people: &[("lena", "Lena Ortiz")],
        service: Some(("hunter", "lattice-hunter (AI)")),
    },
    Sample {
        short: "vendor",
        name: "Northlight Systems",
        role: Role::Vendor,
        sector: None,
        standing_consent: false,
        people: &[("priya", "Priya Shah")],
        service: None,
    },
    operator("bank", "First Prairie Bank", "financial-services", true, &[("tom", "Tom Reyes")]),
    operator("water", "Cedar Valley Water", "water-and-wastewater", true, &[("sue", "Sue Lindqvist")]),
    operator(
        "hospital",
        "Hollow Creek Hospital",
        "healthcare-and-public-health",
        false,
        &[("amir", "Amir Haddad")],
    ),
    operator("power", "Plains Electric Cooperative", "energy", true, &[("joan", "Joan Whitehorse")]),
];

const fn operator(
    short: &'static str,
    name: &'static str,
    sector: &'static str,
    standing_consent: bool,
    people: &'static [(&'static str, &'static str)],
) -> Sample {
    Sample {
        short,
        name,
        role: Role::Operator,
        sector: Some(sector),
        standing_consent,
        people,
        service: None,
    }
}

/// Someone of the sample world.
#[derive(Clone)]
pub struct Person {
    /// Name with the organisation's.
    pub name: String,
    /// Organisation id.
    pub org: String,
    /// Principal id.
    pub principal: String,
    /// Whether it is a person.
    pub person: bool,
    /// A client with this person's token.
    pub client: Client,
}

/// Everybody, by short name.
pub struct World {
    people: BTreeMap<&'static str, Person>,
    orgs: BTreeMap<&'static str, String>,
}

impl World {
    /// Someone by short name.
    ///
    /// # Errors
    /// When there is nobody of this name.
    pub fn person(&self, short: &str) -> anyhow::Result<&Person> {
        self.people.get(short).with_context(|| format!("nobody is called {short} in the sample world"))
    }

    /// An organisation's id by short name.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn org(&self, short: &str) -> anyhow::Result<&str> {
        self.orgs.get(short).map(String::as_str).with_context(|| format!("no organisation is called {short}"))
    }

    /// Everybody who can sign in.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values().filter(|someone| someone.person)
    }

    /// Enrols everybody and pushes the inventories, on the service at `server`.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached.
    pub async fn set_up(app: &App, server: &str) -> anyhow::Result<Self> {
        let mut world = Self { people: BTreeMap::new(), orgs: BTreeMap::new() };
        world.found_centre(app, server).await?;
        for sample in OTHERS {
            world.enrol(app, sample, server).await?;
        }
        Ok(world)
    }

    /// The first coordinators are made at the machine, as `forewarn admin` does it.
    async fn found_centre(&mut self, app: &App, server: &str) -> anyhow::Result<()> {
        let org: Enrolled = own(app, "sample centre", &CENTRE.enrol()).await?;
        for (short, name) in CENTRE.people {
            let add = AddPrincipal { org: org.id.clone(), ..principal(name, true) };
            let added: Enrolled = own(app, &format!("sample person {short}"), &add).await?;
            let issue = token(&org.id, &added.id);
            let issued: Issued = own(app, &format!("sample token {short}"), &issue).await?;
            self.admit(&CENTRE, short, name, (&org.id, &added.id), true, server, issued)?;
        }
        self.orgs.insert(CENTRE.short, org.id);
        Ok(())
    }

    async fn enrol(&mut self, app: &App, sample: &Sample, server: &str) -> anyhow::Result<()> {
        let ada = self.person("ada")?.client.clone();
        let key = |what: &str| format!("sample {} {what}", sample.short);
        let org: Enrolled = ada.post("/api/v1/organisations", &key("organisation"), &sample.enrol()).await?;
        let people = sample.people.iter().map(|(short, name)| (*short, *name, true));
        let services = sample.service.iter().map(|(short, name)| (*short, *name, false));
        for (short, name, person) in people.chain(services) {
            let path = format!("/api/v1/organisations/{}/principals", org.id);
            let added: Enrolled = ada.post(&path, &key(short), &principal(name, person)).await?;
            let issue = token(&org.id, &added.id);
            // Credentials of others are given at the machine.
            let issued: Issued = own(app, &key(&format!("token {short}")), &issue).await?;
            self.admit(sample, short, name, (&org.id, &added.id), person, server, issued)?;
        }
        self.orgs.insert(sample.short, org.id);
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "who, of where, with what")]
    fn admit(
        &mut self,
        sample: &Sample,
        short: &'static str,
        name: &str,
        (org, id): (&str, &str),
        person: bool,
        server: &str,
        issued: Issued,
    ) -> anyhow::Result<()> {
        let secret = issued.secret.context("a token came without its secret")?;
        let client = Client::new(server, &secret)?;
        let name = format!("{name}, {}", sample.name);
        self.people.insert(short, Person { name, org: org.into(), principal: id.into(), person, client });
        Ok(())
    }

    /// Each operator pushes its inventory.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached.
    pub async fn push_inventories(&self) -> anyhow::Result<Vec<String>> {
        let mut lines = Vec::new();
        for (operator, asset, file) in inventories() {
            let short = OTHERS.iter().find(|s| s.short == operator).and_then(|s| s.people.first());
            let (short, _) = short.context("an inventory is of nobody")?;
            let someone = self.person(short)?;
            let pushed =
                inventory::one(&someone.client, asset, &ReadingArguments::default(), file.bytes).await?;
            lines.push(format!(
                "{}: {} ({}), {} components, {} without identity",
                someone.name, pushed.asset, pushed.format, pushed.components, pushed.skipped
            ));
        }
        Ok(lines)
    }
}

impl Sample {
    fn enrol(&self) -> Enrol {
        let vendor = self.role == Role::Vendor;
        Enrol {
            name: self.name.into(),
            roles: [self.role].into(),
            sectors: self.sector.iter().map(|sector| (*sector).to_owned()).collect(),
            country: Some("US".into()),
            vendor_names: vendor.then(|| self.name.to_owned()).into_iter().collect(),
            standing_consent: self.standing_consent,
            vendor_mode: VendorMode::default(),
        }
    }
}

fn principal(name: &str, person: bool) -> AddPrincipal {
    AddPrincipal {
        org: String::new(),
        name: name.to_owned(),
        person,
        roles: std::collections::BTreeSet::new(),
    }
}

fn token(org: &str, principal: &str) -> Issue {
    Issue {
        org: org.to_owned(),
        principal: principal.to_owned(),
        kind: IssueKind::Token,
        scopes: Scope::ALL.iter().copied().collect(),
        hours: Some(TOKEN_HOURS),
    }
}
