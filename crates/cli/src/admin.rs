//! `forewarn admin`: enrolment and credentials, by whoever has the data folder. Acts as the service itself, so that the
//! first coordinator can be made; each act is in the log like any other.

mod keys;

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use forewarn_core::access::{Actor, Role, Scope};
use forewarn_core::catalogue::CatalogueKind;
use forewarn_core::party::VendorMode;
use forewarn_server::ambient::Machine;
use forewarn_server::app::views::PageRequest;
use forewarn_server::app::{
    AddPrincipal, App, Call, Enrol, Enrolled, ImportCatalogue, Imported, Issue, IssueKind, Issued, Revoke,
    SetApprovalKey, UseCase,
};
use forewarn_server::outgoing::Outgoing;
use serde::de::DeserializeOwned;

use crate::bad_input::BadInput;
use crate::service::{self, StoreArguments};
use crate::words::one_of;
use crate::{DONE, documents};

/// Arguments of `forewarn admin`.
#[derive(Args)]
pub struct AdminArguments {
    #[command(flatten)]
    store: StoreArguments,
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Enrol an organisation; prints its id.
    Enrol {
        /// Name as others see it; unique.
        name: String,
        /// finder, vendor, coordinator, operator, relay, auditor or validator; may be given more than once.
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
        /// Sector code of the policy profile; needed for operators.
        #[arg(long = "sector")]
        sectors: Vec<String>,
        /// Country code (ISO 3166-1 alpha-2).
        #[arg(long)]
        country: Option<String>,
        /// Name under which its products appear in inventories; for vendors.
        #[arg(long = "vendor-name")]
        vendor_names: Vec<String>,
        /// How it takes part, for vendors: verified-only, firehose, public-only or none.
        #[arg(long, default_value = "verified-only", value_parser = |text: &str| one_of(text, VendorMode::ALL))]
        vendor_mode: VendorMode,
        /// It has signed the standing embargo agreement of the policy profile.
        #[arg(long)]
        standing_consent: bool,
    },
    /// Add a person to an organisation; prints the person's id.
    Person(Added),
    /// Add a service to an organisation; prints the service's id.
    Service(Added),
    /// Issue an API token; prints it once.
    Token {
        /// Person or service it stands for, by id.
        principal: String,
        /// findings, inventory, notices, cases, admin, log or metrics; may be given more than once.
        #[arg(long = "scope", required = true, value_parser = scope)]
        scopes: Vec<Scope>,
        /// Hours until it expires.
        #[arg(long, default_value_t = 720)]
        hours: u32,
    },
    /// Register the key with which a person signs approvals, in place of one that was.
    ApprovalKey {
        /// Person, by id.
        principal: String,
        /// Public key, from `forewarn case key`; `none` takes the registered one away.
        key: String,
    },
    /// Issue a one-time sign-in link; prints its path once.
    Link {
        /// Person it is for, by id.
        principal: String,
        /// Hours until it expires.
        #[arg(long, default_value_t = 24)]
        hours: u32,
    },
    /// Issue a one-time code with which an operator's agent joins as a service; prints it once.
    AgentCode {
        /// Service it is for, by id, from `forewarn admin service`.
        service: String,
        /// Hours until it expires.
        #[arg(long, default_value_t = 72)]
        hours: u32,
    },
    /// Revoke a token, link or session, at once.
    Revoke {
        /// Id of the credential, as printed when it was issued.
        credential: String,
    },
    /// Print the public key of the transparency log, for those who check it and for witnesses.
    LogKey,
    /// Look after the keys that the data are sealed under.
    Key {
        #[command(subcommand)]
        command: keys::KeyCommand,
    },
    /// Destroy a case that is over for ever: its keys go, so that nothing of it, of its findings and of its notices can be
    /// read again. Two of its coordinators decide, each with a token of their own. Restart the service afterwards.
    Shred {
        /// The case, by id.
        case: String,
        /// File with a coordinator's token; give it twice, for two people. Not needed to go on with what was stopped.
        #[arg(long = "token-file", value_name = "FILE")]
        token_files: Vec<std::path::PathBuf>,
        /// Why; it stays in the log.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// List organisations and who acts for them.
    List,
    /// Import a catalogue file as published: kev (JSON) or epss (CSV, also gzip).
    Import {
        /// kev or epss.
        #[arg(value_parser = |text: &str| one_of(text, CatalogueKind::ALL))]
        catalogue: CatalogueKind,
        /// The file.
        file: std::path::PathBuf,
    },
}

#[derive(Args)]
struct Added {
    /// Organisation, by id or name.
    organisation: String,
    /// Name as others see it.
    name: String,
    /// Roles, within those of the organisation; all of them when left out.
    #[arg(long = "role", value_parser = role)]
    roles: Vec<Role>,
}

fn role(text: &str) -> Result<Role, String> {
    one_of(text, Role::ALL)
}

fn scope(text: &str) -> Result<Scope, String> {
    one_of(text, Scope::ALL)
}

/// Does one administrative act.
///
/// # Errors
/// When the store cannot be opened or a rule says no.
pub async fn run(arguments: AdminArguments) -> anyhow::Result<u8> {
    if let AdminCommand::Key { command } = arguments.command {
        return keys::run(&service::instance(&arguments.store)?, command).await;
    }
    let app =
        service::open(&arguments.store, Arc::new(Machine), service::Edge::NONE, Outgoing::default()).await?;
    match arguments.command {
        AdminCommand::Key { .. } => {}
        AdminCommand::Enrol {
            name,
            roles,
            sectors,
            country,
            vendor_names,
            vendor_mode,
            standing_consent,
        } => {
            let enrol = Enrol {
                name,
                roles: roles.into_iter().collect(),
                sectors: sectors.into_iter().collect(),
                country,
                vendor_names: vendor_names.into_iter().collect(),
                standing_consent,
                vendor_mode,
            };
            println!("{}", ask::<Enrolled>(&app, &enrol).await?.id);
        }
        AdminCommand::Person(added) => println!("{}", add(&app, added, true).await?),
        AdminCommand::Service(added) => println!("{}", add(&app, added, false).await?),
        AdminCommand::Token { principal, scopes, hours } => {
            let issued =
                issue(&app, principal, IssueKind::Token, scopes.into_iter().collect(), hours).await?;
            print_issued(&issued, "");
        }
        AdminCommand::Link { principal, hours } => {
            let issued = issue(&app, principal, IssueKind::SignInLink, BTreeSet::new(), hours).await?;
            print_issued(&issued, "/sign-in?link=");
        }
        AdminCommand::ApprovalKey { principal, key } => {
            let org = organisation_of(&app, &principal).await?;
            let key = (key != "none").then_some(key);
            ask::<serde_json::Value>(&app, &SetApprovalKey { org, principal, key }).await?;
            println!("registered");
        }
        AdminCommand::AgentCode { service, hours } => {
            let issued = issue(&app, service, IssueKind::AgentCode, BTreeSet::new(), hours).await?;
            print_issued(&issued, "");
        }
        AdminCommand::Revoke { credential } => {
            ask::<serde_json::Value>(&app, &Revoke { id: credential }).await?;
            println!("revoked");
        }
        AdminCommand::LogKey => println!("{}", app.log_key()?),
        AdminCommand::List => list(&app).await?,
        AdminCommand::Shred { case, token_files, reason } => {
            let token = |at: usize| token_files.get(at).map_or(Ok(String::new()), std::fs::read_to_string);
            let (one, two) = (token(0)?, token(1)?);
            let count = app.shred(&case, [one.trim(), two.trim()], &reason).await?;
            println!(
                "destroyed: the case with {count} streams; backups from before can still be opened until the key is rotated and the old one destroyed"
            );
        }
        AdminCommand::Import { catalogue, file } => import(&app, catalogue, &file).await?,
    }
    Ok(DONE)
}

async fn ask<T: DeserializeOwned>(app: &App, case: &impl UseCase) -> anyhow::Result<T> {
    let reply = app.execute(&Call::system(), case).await?;
    serde_json::from_slice(&reply.body).context("the answer is not readable")
}

async fn add(app: &App, added: Added, person: bool) -> anyhow::Result<String> {
    let org = organisation(app, &added.organisation).await?;
    let roles = added.roles.into_iter().collect();
    Ok(ask::<Enrolled>(app, &AddPrincipal { org, name: added.name, person, roles }).await?.id)
}

async fn issue(
    app: &App,
    principal: String,
    kind: IssueKind,
    scopes: BTreeSet<Scope>,
    hours: u32,
) -> anyhow::Result<Issued> {
    let org = organisation_of(app, &principal).await?;
    ask(app, &Issue { org, principal, kind, scopes, hours: Some(hours) }).await
}

/// The organisation of a person or service.
async fn organisation_of(app: &App, principal: &str) -> anyhow::Result<String> {
    let mut org = None;
    each_organisation(app, |view| {
        if view.principals.iter().any(|p| p.id == principal) {
            org = Some(view.id.clone());
        }
    })
    .await?;
    let unknown = || BadInput::new("there is no person or service with this id; see `forewarn admin list`");
    Ok(org.ok_or_else(unknown)?)
}

fn print_issued(issued: &Issued, prefix: &str) {
    println!("{prefix}{}", issued.secret.as_deref().unwrap_or_default());
    eprintln!("id {}, expires {}; it is shown only now", issued.id, issued.expires_at);
}

async fn organisation(app: &App, wanted: &str) -> anyhow::Result<String> {
    let mut found = None;
    each_organisation(app, |view| {
        if view.id == wanted || view.name.eq_ignore_ascii_case(wanted) {
            found = Some(view.id.clone());
        }
    })
    .await?;
    let unknown = || BadInput::new(format!("there is no organisation {wanted:?}; see `forewarn admin list`"));
    Ok(found.ok_or_else(unknown)?)
}

async fn each_organisation(
    app: &App,
    mut visit: impl FnMut(&forewarn_server::app::views::OrganisationView),
) -> anyhow::Result<()> {
    let mut page = PageRequest { limit: Some(200), ..PageRequest::default() };
    loop {
        let found = app.organisations(&Actor::System, &page).await?;
        found.items.iter().for_each(&mut visit);
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn import(app: &App, kind: CatalogueKind, file: &std::path::Path) -> anyhow::Result<()> {
    let bytes = documents::read(file, 64 << 20).map_err(BadInput::from)?;
    let import = ImportCatalogue::read(kind, &bytes).with_context(|| file.display().to_string())?;
    let done: Imported = ask(app, &import).await?;
    let known = if done.known { ", in force already" } else { "" };
    println!(
        "{} {} of {}: {} entries, sha256 {}{known}",
        done.catalogue, done.version, done.dated, done.entries, done.file_sha256
    );
    Ok(())
}

async fn list(app: &App) -> anyhow::Result<()> {
    each_organisation(app, |org| {
        println!("{}  {}  [{}]  {}", org.id, org.name, org.roles.join(", "), org.sectors.join(", "));
        for one in &org.principals {
            let kind = if one.person { "person" } else { "service" };
            println!("  {}  {}  {kind} [{}]", one.id, one.name, one.roles.join(", "));
        }
    })
    .await
}

/// Keeps the names of roles and scopes in one place with their parsing.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::named;

    #[test]
    fn every_role_and_scope_can_be_named() {
        assert!(Role::ALL.iter().all(|known| role(&named(known)).as_ref() == Ok(known)));
        assert!(Scope::ALL.iter().all(|known| scope(&named(known)).as_ref() == Ok(known)));
        assert!(role("king").is_err());
    }
}
