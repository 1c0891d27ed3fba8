//! Mails that came back: a delivery status notification finds the attempt it is about, and the ladder goes on.

use forewarn_core::access::{Act, Actor, Filter, may};
use forewarn_core::aggregate::Category;
use forewarn_core::notice::{self, Command, Notice};
use forewarn_core::{Facts, Refusal};
use forewarn_formats::bounce::{self, Bounce, Fate};
use forewarn_formats::json::Limits;
use forewarn_store::Query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::telling::watch;
use super::{App, AppError, Moment, Plan, UseCase};

/// A mail server's report on a mail.
pub struct NoteBounce {
    bounce: Bounce,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BounceDone {
    /// What the report says: `failed`, `delayed` or `arrived`.
    pub said: String,
    /// Whether it is kept with an attempt. A report on no mail of this service, one that was noted before, and one that
    /// only says that a mail arrived are not.
    pub noted: bool,
}

impl NoteBounce {
    /// Reads a message as the mail server delivered it.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when it is no delivery status notification.
    pub fn read(bytes: &[u8]) -> Result<Self, AppError> {
        Ok(Self { bounce: bounce::read(bytes, &Limits::finding())? })
    }
}

impl UseCase for NoteBounce {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        if !may(moment.actor, Act::NoteBounce) {
            return Err(
                Refusal::Forbidden("only a coordinator's credential reports mails that came back").into()
            );
        }
        let said = match self.bounce.fate {
            Fate::Failed => "failed",
            Fate::Delayed => "delayed",
            Fate::Arrived => "arrived",
        };
        let mut plan = Plan::default();
        let noted = match self.bounce.fate {
            Fate::Arrived => false,
            fate => app.note_bounce(moment, &mut plan, &self.bounce, fate == Fate::Failed).await?,
        };
        plan.respond(200, &BounceDone { said: said.to_owned(), noted })?;
        Ok(plan)
    }
}

impl App {
    async fn note_bounce(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        bounce: &Bounce,
        lasting: bool,
    ) -> Result<bool, AppError> {
        let message: Option<Uuid> = bounce.message.as_deref().and_then(|id| id.parse().ok());
        let Some(message) = message else { return Ok(false) };
        let key = Notice::message_key(message);
        let mut query = Query::new(Category::Notice, Filter::Everything, 1);
        query.key = Some((key.name, key.value));
        let Some(document) = self.store.list(&query).await?.pop() else { return Ok(false) };
        // The mail server reports, on the service's behalf: whoever runs it need not see the case.
        let system = Actor::System;
        let notice = self.visible::<Notice>(&document.id, &system, Act::SeeNotice).await?;
        let org = self.recipient(&notice).await?;
        let status = bounce.status.clone();
        let command = Command::NoteBounce { message, status, lasting, reach: self.reach(&org, moment.now) };
        let events = notice::decide(&notice, command, &Facts { actor: &system, ..moment.facts() })?;
        let noted = !events.is_empty();
        self.messages(moment, plan, &notice, &org, &events)?;
        watch(moment, plan, &notice, &events, false);
        plan.append::<Notice>(moment, &document.id, notice.version(), events)?;
        Ok(noted)
    }
}

/// The setting that says that every notice has its ladder.
const BEGUN: &str = "ladders-begun";

impl App {
    /// Queues the ladder of every notice that was delivered before there were ladders; once for an instance.
    pub(crate) async fn begin_ladders(&self) -> Result<(), AppError> {
        if self.store.setting(BEGUN).await?.is_some() {
            return Ok(());
        }
        let mut walk = super::walk::Walk::<Notice>::new(&Actor::System, Act::SeeNotice);
        while let Some(notices) = walk.next(self).await? {
            let ids = notices.iter().filter_map(|notice| notice.id).map(|id| id.to_string()).collect();
            self.run_own(&BeginLadders { ids }).await?;
        }
        Ok(self.store.put_setting(BEGUN, b"1").await?)
    }
}

/// Queues the next step of notices. A step is taken once, however many jobs come for it.
struct BeginLadders {
    ids: Vec<String>,
}

impl UseCase for BeginLadders {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        for id in &self.ids {
            let notice = app.visible::<Notice>(id, moment.actor, Act::SeeNotice).await?;
            watch(moment, &mut plan, &notice, &[], true);
        }
        Ok(plan)
    }
}
