//! The embargo ends: advisory, timeline, proof, and links to look around.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use forewarn_core::case::ReleaseReason;
use forewarn_server::app::views::Page;
use forewarn_server::app::{CaseAct, Evidence, Issue, IssueKind, Issued, Receipt, Timeline};
use forewarn_server::workers;
use jiff::SignedDuration;
use serde_json::Value;

use super::Story;
use crate::client::Client;
use crate::demo::world::Person;
use crate::evidence;
use crate::log::receipt;
use crate::service::own;

impl Story<'_> {
    pub(super) async fn released(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The fix is ready, the embargo ends, two coordinators release: the advisory is public");
        self.wait(SignedDuration::from_hours(24 * 20));
        let fixed_in =
            ["northlight-codec 2.4.1", "PumpView 5.0", "InfuseLink 3.2"].map(str::to_owned).to_vec();
        self.act("priya", case, CaseAct::RecordFix { fixed_in }).await?;
        let nobody = Client::new(self.world.person("ada")?.client.server(), "")?;
        let before: Page<Value> = nobody.get("/api/v1/advisories").await?;
        ensure!(before.items.is_empty(), "an advisory was public before its release");
        self.act("ada", case, CaseAct::ProposeRelease { reason: ReleaseReason::Scheduled }).await?;
        self.act("ben", case, CaseAct::ApproveRelease).await?;
        let before: Page<Value> = nobody.get("/api/v1/advisories").await?;
        ensure!(before.items.is_empty(), "an advisory was public before its moment");
        self.wait(SignedDuration::from_hours(24 * 20));
        workers::drain(&self.app).await?;
        let public: Page<Value> = nobody.get("/api/v1/advisories").await?;
        let path =
            public.items.first().and_then(|one| one["csaf"].as_str()).context("no advisory is public")?;
        let document: Value = nobody.get(path).await?;
        ensure!(document["document"]["csaf_version"] == "2.0", "the advisory is not CSAF 2.0");
        let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        println!("        {} {}", text("/document/tracking/id"), text("/document/title"));
        println!("        {}{path}", nobody.server());
        Ok(())
    }

    pub(super) async fn timeline(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The timeline");
        let timeline: Timeline = self.client("ada")?.get(&format!("/api/v1/cases/{case}/timeline")).await?;
        for entry in &timeline.entries {
            let at = entry.at.strftime("%Y-%m-%d %H:%M");
            println!("        {at}  log {:3}  {:24} {}", entry.index, entry.what, entry.actor);
        }
        Ok(())
    }

    pub(super) async fn proof(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The proof: every event of the case is in the signed log, and a changed one is not");
        let mut evidence: Evidence =
            self.client("ada")?.get(&format!("/api/v1/cases/{case}/evidence")).await?;
        let key = self.app.log_key()?;
        let checked = evidence::check(&evidence, Some(&key))?;
        println!("        {} events in a log of {} entries; key {key}", checked.events, checked.size);
        let event = evidence.events.last_mut().context("there is no event")?;
        event.salt = "00".repeat(32);
        ensure!(evidence::check(&evidence, Some(&key)).is_err(), "a changed event was accepted");
        println!("        with one event changed, the check fails, as it must");
        self.receipt().await
    }

    /// The bank proves by the public log, and with nothing else, that it was told.
    async fn receipt(&mut self) -> anyhow::Result<()> {
        self.app.close_entries().await?;
        let notice = self.inbox("tom").await?.pop().context("the bank's notice is gone")?.id;
        let receipt: Receipt = self.client("tom")?.get(&format!("/api/v1/notices/{notice}/receipt")).await?;
        let told = receipt::check(&receipt, Some(&self.app.log_key()?))?;
        let line = receipt::lines(&told)?.into_iter().next().context("there is no act")?;
        println!("        Tom's receipt proves offline, by the public log: {line}");
        Ok(())
    }

    /// A one-time sign-in link for everybody.
    ///
    /// # Errors
    /// When the service refuses.
    pub async fn links(&mut self) -> anyhow::Result<Vec<(String, String)>> {
        let mut links = Vec::new();
        let people: Vec<Person> = self.world.people().cloned().collect();
        for someone in people {
            links.push((someone.name.clone(), self.link(&someone).await?));
        }
        Ok(links)
    }

    /// Issued by the administrator at the machine, as for coordinators it must be.
    async fn link(&mut self, someone: &Person) -> anyhow::Result<String> {
        let issue = Issue {
            org: someone.org.clone(),
            principal: someone.principal.clone(),
            kind: IssueKind::SignInLink,
            scopes: BTreeSet::new(),
            hours: None,
        };
        let key = self.key();
        let issued: Issued = own(&self.app, &key, &issue).await?;
        let secret = issued.secret.context("a link came without its secret")?;
        Ok(format!("{}/sign-in?link={secret}", someone.client.server()))
    }
}
