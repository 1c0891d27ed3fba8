//! The story, played through the API that everybody uses. Each step checks what it says, so a step that does not hold
//! ends the demonstration with an error.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, ensure};
use forewarn_core::case::{DraftText, ReleaseReason, Tlp, VendorStatus, Verdict};
use forewarn_core::notice::Remediation;
use forewarn_core::sharing::ContentLevel;
use forewarn_server::app::views::{CaseView, NoticeView, Page};
use forewarn_server::app::{
    App, BatchResult, CaseAct, CaseDone, Evidence, ExposureView, NoticeAct, NoticeStatus, OpenCase, Timeline,
};
use forewarn_server::rehearsal::Rehearsal;
use forewarn_server::workers;
use jiff::SignedDuration;
use serde_json::Value;

use super::files;
use super::twin::{Guesses, Twin, View};
use super::world::{Person, World};
use crate::client::{Client, Refused};
use crate::evidence;

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
        let terms = CaseAct::SetTerms { release_at, zone: "America/Chicago".into(), tlp: Tlp::AmberStrict };
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
        };
        let done = self.act("ada", case, propose).await?;
        done.wave.context("the wave has no id")
    }

    async fn shared(&mut self, case: &str, wave: &str) -> anyhow::Result<()> {
        self.begin("Two coordinators approve; then, and only then, the notices go out");
        let approve = || CaseAct::ApproveWave { wave: wave.to_owned() };
        let refused =
            self.act("ada", case, approve()).await.err().context("one person could approve twice")?;
        let no = refused.downcast_ref::<Refused>().context("the approval failed otherwise")?;
        println!("        Ada again: {}", no.0.detail);
        self.wait(SignedDuration::from_hours(2));
        let sent = self.act("ben", case, approve()).await?;
        ensure!(sent.notified == Some(3), "{:?} operators were notified, not 3", sent.notified);
        workers::drain(&self.app).await?;
        println!("        Ben: approved; 3 operators get a notice");
        Ok(())
    }

    async fn inbox(&self, who: &str) -> anyhow::Result<Vec<NoticeView>> {
        let page: Page<NoticeView> = self.client(who)?.get("/api/v1/notices").await?;
        Ok(page.items)
    }

    async fn unaffected(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin(
            "Exactly the affected operators got it; the fourth sees what it would see without the case",
        );
        for (who, expected) in [("tom", 1), ("sue", 1), ("amir", 1), ("joan", 0)] {
            let count = self.inbox(who).await?.len();
            let name = &self.world.person(who)?.name;
            ensure!(count == expected, "{name} has {count} notices, not {expected}");
            println!("        {name}: {count}");
        }
        let notice = self.inbox("tom").await?.pop().context("the bank's notice is gone")?;
        let guesses = Guesses { case: case.to_owned(), number: notice.number, notice: notice.id };
        let here = View::of(self.world.person("joan")?, &guesses).await?;
        let there = View::of(self.twin.world.person("joan")?, &guesses).await?;
        ensure!(
            here.answers == there.answers,
            "the unaffected operator's view differs from a world without the case"
        );
        let bank = View::of(self.world.person("tom")?, &guesses).await?;
        let bank_there = View::of(self.twin.world.person("tom")?, &guesses).await?;
        ensure!(bank.answers != bank_there.answers, "the comparison cannot tell two worlds apart");
        println!(
            "        {} answers, {} bytes, equal byte for byte in both worlds\n        SHA-256 {}",
            here.questions,
            here.answers.len(),
            here.digest()
        );
        Ok(())
    }

    async fn notice_act(&mut self, who: &str, act: &NoticeAct) -> anyhow::Result<()> {
        let id = self.inbox(who).await?.pop().context("there is no notice")?.id;
        let key = self.key();
        self.client(who)?.post::<Value>(&format!("/api/v1/notices/{id}/acts"), &key, act).await?;
        Ok(())
    }

    async fn opened(&self, who: &str) -> anyhow::Result<NoticeView> {
        let id = self.inbox(who).await?.pop().context("there is no notice")?.id;
        self.client(who)?.get(&format!("/api/v1/notices/{id}")).await
    }

    async fn hospital(&mut self) -> anyhow::Result<()> {
        self.begin("The hospital accepts the terms, acknowledges, and reports what it did");
        self.wait(SignedDuration::from_hours(3));
        let before = self.opened("amir").await?;
        ensure!(before.content.is_none(), "content was shown before consent");
        self.notice_act("amir", &NoticeAct::AnswerTerms { accept: true }).await?;
        let after = self.opened("amir").await?;
        let content = after.content.context("content is not shown after consent")?;
        ensure!(
            content.detail.is_none() && content.proof_of_concept.is_none(),
            "more was shown than the level allows"
        );
        for line in &after.exposure {
            println!(
                "        where: {}: {} {}",
                line.asset,
                line.component,
                line.version.as_deref().unwrap_or("")
            );
        }
        println!("        what to do: {}", content.mitigation.unwrap_or_default());
        self.notice_act("amir", &NoticeAct::Acknowledge).await?;
        let note = "Port 4840 is closed on the ward's switch.".into();
        self.notice_act("amir", &NoticeAct::Remediate { status: Remediation::Mitigated, note }).await
    }

    async fn others(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The others follow; the coordinators see how it stands");
        for (who, status) in [("tom", Remediation::InProgress), ("sue", Remediation::Mitigated)] {
            self.wait(SignedDuration::from_hours(7));
            self.opened(who).await?;
            self.notice_act(who, &NoticeAct::Acknowledge).await?;
            self.notice_act(who, &NoticeAct::Remediate { status, note: String::new() }).await?;
        }
        let path = format!("/api/v1/cases/{case}/notices");
        let found: Page<NoticeStatus> = self.client("ben")?.get(&path).await?;
        for one in &found.items {
            println!(
                "        {}: {}, {}",
                one.recipient,
                one.state,
                one.remediation.as_deref().unwrap_or("no report")
            );
        }
        Ok(())
    }

    async fn released(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The fix is ready, the embargo ends, two coordinators release: the advisory is public");
        self.wait(SignedDuration::from_hours(24 * 20));
        let fixed_in =
            ["northlight-codec 2.4.1", "PumpView 5.0", "InfuseLink 3.2"].map(str::to_owned).to_vec();
        self.act("priya", case, CaseAct::RecordFix { fixed_in }).await?;
        let nobody = Client::new(self.world.person("ada")?.client.server(), "")?;
        let before: Page<Value> = nobody.get("/api/v1/advisories").await?;
        ensure!(before.items.is_empty(), "an advisory was public before its release");
        let early = CaseAct::ProposeRelease { reason: ReleaseReason::Scheduled };
        ensure!(self.act("ada", case, early.clone()).await.is_err(), "the release could be scheduled early");
        self.wait(SignedDuration::from_hours(24 * 20));
        self.act("ada", case, early).await?;
        self.act("ben", case, CaseAct::ApproveRelease).await?;
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

    async fn timeline(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The timeline");
        let timeline: Timeline = self.client("ada")?.get(&format!("/api/v1/cases/{case}/timeline")).await?;
        for entry in &timeline.entries {
            let at = entry.at.strftime("%Y-%m-%d %H:%M");
            println!("        {at}  log {:3}  {:24} {}", entry.index, entry.what, entry.actor);
        }
        Ok(())
    }

    async fn proof(&mut self, case: &str) -> anyhow::Result<()> {
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

    async fn link(&mut self, someone: &Person) -> anyhow::Result<String> {
        let ada = self.client("ada")?;
        let ask =
            serde_json::json!({ "org": someone.org, "principal": someone.principal, "kind": "sign-in-link" });
        let issued: Value = ada.post("/api/v1/credentials", &self.key(), &ask).await?;
        let secret = issued["secret"].as_str().context("a link came without its secret")?;
        Ok(format!("{}/sign-in?link={secret}", ada.server()))
    }
}
