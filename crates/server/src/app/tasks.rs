//! What waits for coordinators: people to call, and alarms.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, Visible, filter};
use forewarn_core::aggregate::Category;
use forewarn_core::notice::{self, Alarm, Command, Notice};
use forewarn_core::party::Organisation;
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{AttemptView, Page, PageRequest};
use super::{App, AppError, Moment, Plan, ReadingAlarm, UseCase, guard};

/// The key of what waits for coordinators.
const QUEUE: (&str, &str) = ("queue", "coordinators");

/// A task about one notice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// Notice.
    pub notice: String,
    /// Number of the case.
    pub number: String,
    /// Case.
    pub case: String,
    /// Whom it is about.
    pub recipient: String,
    /// Whether it is of the top tier.
    pub urgent: bool,
    /// How far the notice has come.
    pub state: String,
    /// When it should have been acknowledged.
    #[schema(value_type = Option<String>)]
    pub due_at: Option<Timestamp>,
    /// What to do, in words.
    pub what: Vec<String>,
    /// Whether somebody should call.
    pub call: bool,
    /// Whom to call, in order; empty when nobody is to be called, or the recipient gave no numbers.
    pub phones: Vec<String>,
    /// Until when the recipient's people sleep, if they do; a call in the top tier does not wait.
    #[schema(value_type = Option<String>)]
    pub quiet_until: Option<Timestamp>,
    /// Calls so far that reached nobody.
    pub calls_missed: u32,
    /// Alarms: `undeliverable`, `unanswered`, `unfinished`.
    pub alarms: Vec<String>,
    /// Attempts to tell the recipient.
    pub attempts: Vec<AttemptView>,
}

/// A page of tasks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Tasks {
    /// Tasks about notices, newest notice first.
    #[serde(flatten)]
    pub page: Page<Task>,
    /// Organisations whose webhook failed for so long that it is not tried any more; at most 200.
    pub disabled_webhooks: Vec<DisabledWebhook>,
    /// Members who read more than is usual; at most 200.
    #[serde(default)]
    pub heavy_readers: Vec<ReadingAlarm>,
}

/// An organisation whose webhook is not tried any more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DisabledWebhook {
    /// Organisation.
    pub organisation: String,
    /// Since when.
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
}

/// An act on a task.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TaskAct {
    /// The phone list was called.
    Called {
        /// Whether somebody answered.
        reached: bool,
        /// What was said.
        words: String,
    },
    /// Settle an alarm.
    Settle {
        /// `undeliverable`, `unanswered` or `unfinished`.
        #[schema(value_type = String)]
        alarm: Alarm,
        /// What was done.
        words: String,
    },
}

/// A [`TaskAct`] on one notice.
pub struct OnTask {
    /// Which notice.
    pub id: String,
    /// What.
    pub act: TaskAct,
}

impl UseCase for OnTask {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let notice = app.visible::<Notice>(&self.id, moment.actor, Act::TendNotice).await?;
        let command = match self.act.clone() {
            TaskAct::Called { reached, words } => Command::NoteCall { reached, words },
            TaskAct::Settle { alarm, words } => Command::Settle { alarm, words },
        };
        let events = notice::decide(&notice, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "notice": self.id }))?;
        plan.append::<Notice>(moment, &self.id, notice.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// What waits for the actor as a coordinator.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn tasks(&self, actor: &Actor, page: &PageRequest) -> Result<Tasks, AppError> {
        let key = Some((QUEUE.0.to_owned(), QUEUE.1.to_owned()));
        let found = self.page::<Notice, _>(actor, Act::FollowNotice, page, key, Clone::clone).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for notice in found.items {
            let org = self.organisation(notice.org.ok_or(Refusal::NotFound)?).await?.unwrap_or_default();
            items.push(self.task(&notice, &org));
        }
        let disabled_webhooks = self.disabled_webhooks(actor).await?;
        let heavy_readers = self.reading_alarms(actor).await?;
        Ok(Tasks { page: Page { items, next: found.next }, disabled_webhooks, heavy_readers })
    }

    fn task(&self, notice: &Visible<Notice>, org: &Organisation) -> Task {
        let mut what: Vec<String> = notice.alarms.iter().map(|alarm| alarm.words().to_owned()).collect();
        if notice.call_open {
            what.push(match org.contacts.phones.is_empty() {
                false => "call the phone list, and say whether somebody answered".to_owned(),
                true => "reach the recipient as you can: it gave no phone list".to_owned(),
            });
        }
        let now = self.ambient().now();
        let quiet = org.contacts.quiet.as_ref().filter(|_| !notice.urgent);
        Task {
            notice: notice.id.map(|id| id.to_string()).unwrap_or_default(),
            number: notice.number.clone(),
            case: notice.case.map(|id| id.to_string()).unwrap_or_default(),
            recipient: org.profile.name.clone(),
            urgent: notice.urgent,
            state: notice.state.as_str().to_owned(),
            due_at: notice.due_at,
            what,
            call: notice.call_open,
            phones: if notice.call_open { org.contacts.phones.clone() } else { vec![] },
            quiet_until: quiet.and_then(|quiet| quiet.end(now)),
            calls_missed: notice.calls_missed,
            alarms: notice.alarms.iter().map(|alarm| alarm.as_str().to_owned()).collect(),
            attempts: notice.attempts.iter().map(AttemptView::of).collect(),
        }
    }

    async fn disabled_webhooks(&self, actor: &Actor) -> Result<Vec<DisabledWebhook>, AppError> {
        let act = Act::SeeChannelAlarm;
        let mut query = Query::new(Category::Organisation, filter(actor, act), 200);
        query.key = Some(("alarm".into(), "webhook".into()));
        let mut disabled = Vec::new();
        for document in self.store.list(&query).await? {
            let Some(org) = guard::<Organisation>(&document)?.see(actor, act) else { continue };
            let since = org.webhook.disabled_at;
            disabled.push(DisabledWebhook { organisation: org.profile.name.clone(), since });
        }
        Ok(disabled)
    }

    /// How many notices wait for coordinators, for the service's metrics.
    pub(crate) async fn waiting_tasks(&self) -> Result<u64, AppError> {
        let mut query = Query::new(Category::Notice, Filter::Everything, 1);
        query.key = Some((QUEUE.0.to_owned(), QUEUE.1.to_owned()));
        Ok(self.store.count(&query).await?)
    }
}
