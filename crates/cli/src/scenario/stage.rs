//! The stage of a scenario: a clearinghouse in memory with a clock set by hand, and everybody in it by short name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use forewarn_core::access::{Role, Scope};
use forewarn_server::ambient::Ambient;
use forewarn_server::app::{AddPrincipal, App, Enrol, Enrolled, Issue, IssueKind, Issued};
use forewarn_server::instance;
use forewarn_server::rehearsal::Rehearsal;
use forewarn_server::workers;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;

use crate::client::Client;
use crate::serve;
use crate::service::own;

/// Hours a token lives: a scenario may last ten years.
const TOKEN_HOURS: u32 = 24 * 366;
/// Every scenario draws the same ids, so that its transcript is always the same.
const SEED: [u8; 32] = [42; 32];

/// The stage.
pub struct Stage {
    app: Arc<App>,
    clock: Arc<Rehearsal>,
    serving: tokio::task::JoinHandle<anyhow::Result<()>>,
    server: String,
    people: BTreeMap<String, Client>,
    /// Ids by the names the script gives them.
    pub known: BTreeMap<String, String>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Stage {
    /// An empty clearinghouse whose clock stands at `start`.
    ///
    /// # Errors
    /// When the policy profile cannot be used or no port of this machine is free.
    pub async fn open(start: Timestamp, policy: Option<&Path>) -> anyhow::Result<Self> {
        let clock = Arc::new(Rehearsal::new(SEED, start));
        let app = instance::in_memory(policy, Arc::<Rehearsal>::clone(&clock)).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port of this machine is free")?;
        let server = format!("http://{}", listener.local_addr()?);
        let serving = tokio::spawn(serve::until_stopped(Arc::clone(&app), listener));
        Ok(Self { app, clock, serving, server, people: BTreeMap::new(), known: BTreeMap::new() })
    }

    /// What time it is on the stage.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass, and the service do what it does by itself.
    ///
    /// # Errors
    /// When the service cannot do its work.
    pub async fn wait(&self, by: SignedDuration) -> anyhow::Result<()> {
        // Not in one leap: what the service does by itself happens at its moment.
        let end = self.now().checked_add(by).context("that moment is out of range")?;
        let hour = SignedDuration::from_hours(1);
        while self.now() < end {
            self.clock.advance(end.duration_since(self.now()).min(hour));
            self.work().await?;
        }
        Ok(())
    }

    /// Lets the service do what is due.
    ///
    /// # Errors
    /// When the service cannot do its work.
    pub async fn work(&self) -> anyhow::Result<()> {
        workers::drain(&self.app).await?;
        Ok(())
    }

    /// Somebody, or the public under the name `public`.
    pub fn person(&self, name: &str) -> anyhow::Result<Client> {
        if name == "public" {
            return Client::new(&self.server, "");
        }
        self.people.get(name).cloned().with_context(|| format!("nobody is called `{name}`"))
    }

    /// Enrols an organisation.
    ///
    /// # Errors
    /// When the service refuses it.
    pub async fn organisation(&mut self, short: &str, enrol: Enrol) -> anyhow::Result<()> {
        let org: Enrolled = own(&self.app, &format!("stage organisation {short}"), &enrol).await?;
        self.known.insert(short.to_owned(), org.id);
        Ok(())
    }

    /// Adds somebody to an organisation, with a token for everything the roles allow.
    ///
    /// # Errors
    /// When the service refuses it.
    pub async fn admit(&mut self, short: &str, org: &str, person: bool) -> anyhow::Result<()> {
        let org = self.known.get(org).with_context(|| format!("no organisation is called `{org}`"))?.clone();
        let add = AddPrincipal { org: org.clone(), name: short.to_owned(), person, roles: BTreeSet::new() };
        let added: Enrolled = own(&self.app, &format!("stage principal {short}"), &add).await?;
        let issue = Issue {
            org,
            principal: added.id.clone(),
            kind: IssueKind::Token,
            scopes: Scope::ALL.iter().copied().collect(),
            hours: Some(TOKEN_HOURS),
        };
        let issued: Issued = own(&self.app, &format!("stage token {short}"), &issue).await?;
        let secret = issued.secret.context("a token came without its secret")?;
        self.people.insert(short.to_owned(), Client::new(&self.server, &secret)?);
        self.known.insert(short.to_owned(), added.id);
        Ok(())
    }
}

/// A role by its name.
pub fn role(name: &str) -> Option<Role> {
    Role::ALL.iter().copied().find(|role| role.as_str() == name)
}
