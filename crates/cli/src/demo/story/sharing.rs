//! The wave goes out: who gets it, who does not, and what the recipients do.

use anyhow::{Context, ensure};
use forewarn_core::notice::Remediation;
use forewarn_server::app::views::{NoticeView, Page};
use forewarn_server::app::{CaseAct, NoticeAct, NoticeStatus};
use forewarn_server::workers;
use jiff::SignedDuration;
use serde_json::Value;

use super::Story;
use crate::client::Refused;
use crate::demo::twin::{Guesses, View};

impl Story<'_> {
    pub(super) async fn shared(&mut self, case: &str, wave: &str) -> anyhow::Result<()> {
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

    pub(super) async fn inbox(&self, who: &str) -> anyhow::Result<Vec<NoticeView>> {
        let page: Page<NoticeView> = self.client(who)?.get("/api/v1/notices").await?;
        Ok(page.items)
    }

    pub(super) async fn unaffected(&mut self, case: &str) -> anyhow::Result<()> {
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

    pub(super) async fn notice_act(&mut self, who: &str, act: &NoticeAct) -> anyhow::Result<()> {
        let id = self.inbox(who).await?.pop().context("there is no notice")?.id;
        let key = self.key();
        self.client(who)?.post::<Value>(&format!("/api/v1/notices/{id}/acts"), &key, act).await?;
        Ok(())
    }

    pub(super) async fn opened(&self, who: &str) -> anyhow::Result<NoticeView> {
        let id = self.inbox(who).await?.pop().context("there is no notice")?.id;
        self.client(who)?.get(&format!("/api/v1/notices/{id}")).await
    }

    pub(super) async fn hospital(&mut self) -> anyhow::Result<()> {
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
        self.notice_act(
            "amir",
            &NoticeAct::Remediate { status: Remediation::Mitigated, note, measures: String::new() },
        )
        .await
    }

    pub(super) async fn others(&mut self, case: &str) -> anyhow::Result<()> {
        self.begin("The others follow; the coordinators see how it stands");
        for (who, status) in [("tom", Remediation::InProgress), ("sue", Remediation::Mitigated)] {
            self.wait(SignedDuration::from_hours(7));
            self.opened(who).await?;
            self.notice_act(who, &NoticeAct::Acknowledge).await?;
            self.notice_act(
                who,
                &NoticeAct::Remediate { status, note: String::new(), measures: String::new() },
            )
            .await?;
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
}
