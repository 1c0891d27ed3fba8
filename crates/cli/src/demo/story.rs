//! The story, played through the API that everybody uses. Each step checks what it says, so a step that does not hold
//! ends the demonstration with an error.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, ensure};
use forewarn_core::case::{DraftText, Tlp, VendorStatus, Verdict};
use forewarn_core::sharing::{ContentLevel, Reach};
use forewarn_server::app::views::CaseView;
use forewarn_server::app::{App, BatchResult, CaseAct, CaseDone, ExposureView, OpenCase};
use forewarn_server::rehearsal::Rehearsal;
use jiff::SignedDuration;

mod ending;
mod sharing;

use super::files;
use super::twin::Twin;
use super::world::World;
use crate::client::Client;

/// Steps of the story.
const STEPS: usize = 12;

/// What plays the story.
pub struct Story<'a> {
    /// The clearinghouse, whose workers the story runs by hand.
    pub app: Arc<App>,
    /// Who is in it.
    pub world: &'a World,
    /// The same world without the case.
    pub twin: &'a Twin,
    /// The clock.
    pub clock: Arc<Rehearsal>,
    step: usize,
    keys: usize,
}

impl<'a> Story<'a> {
    /// A story that has not begun.
    pub fn new(app: Arc<App>, world: &'a World, twin: &'a Twin, clock: Arc<Rehearsal>) -> Self {
        Self { app, world, twin, clock, step: 0, keys: 0 }
    }

    fn begin(&mut self, what: &str) {
        self.step += 1;
        println!("\n[{:2}/{STEPS}] {what}", self.step);
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("story {}", self.keys)
    }

    /// Lets time pass in both worlds.
    fn wait(&self, by: SignedDuration) {
        self.clock.advance(by);
        self.twin.clock.advance(by);
    }

    fn client(&self, short: &str) -> anyhow::Result<Client> {
        Ok(self.world.person(short)?.client.clone())
    }

    async fn act(&mut self, who: &str, case: &str, act: CaseAct) -> anyhow::Result<CaseDone> {
        let key = self.key();
        self.client(who)?.post(&format!("/api/v1/cases/{case}/acts"), &key, &act).await
    }

    /// Plays it from the first batch to the public advisory.
    ///
    /// # Errors
    /// With the step that did not hold.
    pub async fn play(&mut self) -> anyhow::Result<()> {
        self.inventories().await?;
        let finding = self.batch().await?;
        let case = self.validated(&finding).await?;
        self.vendor(&case).await?;
        let wave = self.proposed(&case).await?;
        self.shared(&case, &wave).await?;
        self.unaffected(&case).await?;
        self.hospital().await?;
        self.others(&case).await?;
        self.released(&case).await?;
        self.timeline(&case).await?;
        self.proof(&case).await
    }

    async fn inventories(&mut self) -> anyhow::Result<()> {
        self.begin("Operators push their inventories");
        for line in self.world.push_inventories().await? {
            println!("        {line}");
        }
        self.twin.world.push_inventories().await?;
        self.wait(SignedDuration::from_hours(26));
        Ok(())
    }

    async fn batch(&mut self) -> anyhow::Result<String> {
        self.begin("An AI finder submits a batch of findings");
        let (key, body) = (self.key(), files::findings().bytes);
        let hunter = self.client("hunter")?;
        let send = || {
            hunter.send::<BatchResult>("/api/v1/findings:batch", &key, "application/x-ndjson", body.clone())
        };
        let results = send().await?.results;
        for one in &results {
            let place = one.place.as_ref().map(|place| format!("at {place}: ")).unwrap_or_default();
            println!(
                "        line {}: {:9} {place}{}",
                one.line,
                one.result,
                one.message.as_deref().unwrap_or("")
            );
        }
        let count = |kind: &str| results.iter().filter(|one| one.result == kind).count();
        ensure!(
            (count("accepted"), count("duplicate"), count("rejected")) == (3, 3, 1),
            "the batch went in otherwise"
        );
        ensure!(send().await?.results == results, "the same batch, sent again, was answered otherwise");
        println!("        sent again with the same key: the same answer, nothing twice");
        results.first().and_then(|one| one.finding.clone()).context("the first finding has no id")
    }

    async fn validated(&mut self, finding: &str) -> anyhow::Result<String> {
        self.begin("A coordinator opens a case and confirms it");
        self.wait(SignedDuration::from_hours(5));
        let key = self.key();
        let open = OpenCase { finding: finding.to_owned() };
        let done: CaseDone = self.client("ada")?.post("/api/v1/cases", &key, &open).await?;
        let validate = CaseAct::Validate {
            verdict: Verdict::Confirmed,
            method: "Built version 2.4.0 with AddressSanitizer and replayed the finder's frame".into(),
            evidence: "heap-buffer-overflow in decode_header, in three runs of three".into(),
        };
        let after = self.act("ada", &done.case, validate).await?;
        println!("        case {} is {}", done.number, after.state);
        Ok(done.case)
    }

    async fn vendor(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The vendor is told, and reads it once it accepts the embargo");
        let release_at = self.app.ambient().now().checked_add(SignedDuration::from_hours(24 * 40))?;
        let terms = CaseAct::SetTerms {
            release_at,
            zone: "America/Chicago".into(),
            tlp: Tlp::AmberStrict,
            triggers: None,
        };
        self.act("ada", case, terms).await?;
        let vendor = self.world.org("vendor")?.to_owned();
        self.act("ada", case, CaseAct::InviteVendor { vendor }).await?;
        let priya = self.client("priya")?;
        let path = format!("/api/v1/cases/{case}");
        let before: CaseView = priya.get(&path).await?;
        ensure!(
            before.detail.is_none() && before.embargo.is_some(),
            "the vendor saw content before it consented"
        );
        println!("        before: number, state and embargo terms; no title, no detail");
        self.wait(SignedDuration::from_hours(20));
        self.act("priya", case, CaseAct::AnswerTerms { accept: true }).await?;
        let after: CaseView = priya.get(&path).await?;
        let detail = after.detail.context("the vendor does not see the case after it consented")?;
        println!("        after: {:?}, affecting", detail.title);
        detail.affected.iter().for_each(|line| println!("          {line}"));
        let statement = "We confirm it and are building 2.4.1, PumpView 5.0 and InfuseLink 3.2.".into();
        self.act("priya", case, CaseAct::State { status: VendorStatus::Affected, statement }).await?;
        Ok(())
    }

    async fn proposed(&mut self, case: &str) -> anyhow::Result<String> {
        self.begin(
            "A coordinator drafts the advisory and proposes to share it with whoever runs the software",
        );
        let text = DraftText {
            title: "Northlight frame decoder: out-of-bounds write".into(),
            mitigation:
                "Block TCP port 4840 from every network that has no need of it, and accept frames from known \
                         peers only. Update as soon as the fixed version is there."
                    .into(),
            detail:
                "The decoder trusts the length field of a frame header. Whoever can reach the port can write \
                     behind a buffer and run code with the rights of the service."
                    .into(),
            proof_of_concept: "A frame of 12 bytes with length 0xFFFF.".into(),
            weakness: Some("CWE-787".into()),
            cve: None,
            cvss3: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into()),
            cvss4: None,
        };
        self.act("ada", case, CaseAct::Draft { text }).await?;
        let exposure: ExposureView =
            self.client("ada")?.get(&format!("/api/v1/cases/{case}/exposure")).await?;
        for one in &exposure.organisations {
            println!("        runs it: {} ({}), match {}", one.name, one.sectors.join(", "), one.confidence);
        }
        let propose = CaseAct::ProposeWave {
            level: ContentLevel::Mitigation,
            sectors: BTreeSet::new(),
            countries: BTreeSet::new(),
            least_confidence: None,
            without_vendor: None,
            proof_before_fix: false,
            organisations: BTreeSet::new(),
            reach: Reach::Exposed,
            not_before: None,
            after_fix: false,
        };
        let done = self.act("ada", case, propose).await?;
        done.wave.context("the wave has no id")
    }
}
