//! Messages between the parties of a case and its coordinators.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::case::{Case, Consent};
use forewarn_core::ids::{CaseId, OrgId};
use forewarn_core::thread::{self, Command, Message, Thread};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{Named, Page, PageRequest};
use super::word::About;
use super::{App, AppError, Moment, Plan, UseCase};

/// Write a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Case.
    #[serde(skip)]
    pub case: String,
    /// The party whose thread it is; `own` for one's own organisation.
    #[serde(skip)]
    pub party: String,
    /// What, 1 to 20,000 characters.
    pub text: String,
    /// How many messages of the thread its writer has seen.
    #[serde(default)]
    pub seen: usize,
}

/// Answer to [`Write`].
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Written {
    /// How many messages the thread has now.
    pub messages: usize,
}

/// Note that one's own side has read messages of a thread.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// Case.
    #[serde(skip)]
    pub case: String,
    /// The party whose thread it is; `own` for one's own organisation.
    #[serde(skip)]
    pub party: String,
    /// How many, counted from the first.
    pub count: usize,
}

/// A thread in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ThreadLine {
    /// Case.
    pub case: String,
    /// The party whose thread it is.
    pub party: Named,
    /// How many messages it has.
    pub messages: usize,
    /// How many of them the reader's side has not read.
    pub unread: usize,
    /// When the last one was written.
    #[schema(value_type = Option<String>)]
    pub last_at: Option<Timestamp>,
}

/// A thread.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ThreadView {
    /// Case.
    pub case: String,
    /// The party whose thread it is.
    pub party: Named,
    /// How many messages it has, for `seen` and `read`.
    pub count: usize,
    /// How many of them wait until the reader has accepted the terms.
    pub withheld: usize,
    /// How many messages the reader's side has not read.
    pub unread: usize,
    /// How many messages the other side has not read.
    pub unread_by_others: usize,
    /// Messages, the latest last.
    pub messages: Vec<MessageView>,
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    /// Which side wrote it.
    pub from: Named,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// A thread as its reader may see it, new or begun.
struct Talk {
    case: CaseId,
    party: OrgId,
    coordinating: OrgId,
    thread: Thread,
    version: u64,
    /// Whether the party is in the case now.
    present: bool,
    /// Whether the party is bound by the terms, or found it or checks it.
    bound: bool,
}

impl UseCase for Write {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let talk = app.talk(moment.actor, &self.case, &self.party).await?;
        let Talk { case, party, coordinating, bound, present, .. } = talk;
        if !present {
            let left = "this party is not in the case any more; its thread can be read, not written in";
            return Err(Refusal::Rule(left).into());
        }
        let (text, seen) = (self.text.clone(), self.seen);
        let command = Command::Write { case, party, coordinating, text, bound, seen };
        let events = thread::decide(&talk.thread, command, &moment.facts())?;
        let mut plan = Plan::answer(201, &Written { messages: talk.thread.messages.len() + 1 })?;
        let other = if moment.actor.org() == Some(party) { coordinating } else { party };
        // One word for what was not read yet is enough, unless it was sent so long ago that it may have been lost.
        let patience = moment.policy.profile.escalation.delivery();
        let recent = |since: Timestamp| moment.now.duration_since(since) < patience;
        if !talk.thread.unread_since(other).is_some_and(recent) {
            app.send_word(moment, &mut plan, case, other, About::Message(party)).await?;
        }
        plan.append::<Thread>(moment, Thread::id_of(case, party), talk.version, events)?;
        Ok(plan)
    }
}

impl UseCase for MarkRead {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let talk = app.talk(moment.actor, &self.case, &self.party).await?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        if talk.version > 0 {
            let events = thread::decide(&talk.thread, Command::Read { count: self.count }, &moment.facts())?;
            plan.append::<Thread>(moment, Thread::id_of(talk.case, talk.party), talk.version, events)?;
        }
        Ok(plan)
    }
}

impl App {
    /// The thread of a party, if the actor is on one side of it. Whoever left the case is on none.
    async fn talk(&self, actor: &Actor, case: &str, party: &str) -> Result<Talk, AppError> {
        let missing = || AppError::Refused(Refusal::NotFound);
        let case = self.visible::<Case>(case, actor, Act::TalkOnCase).await?;
        let own = actor.org().ok_or_else(missing)?;
        let coordinates = case.may(Act::SeeParties);
        let party = match party {
            "own" => own,
            id => id.parse().map_err(|_| missing())?,
        };
        let (id, coordinating) = (case.id.ok_or_else(missing)?, case.coordinating.ok_or_else(missing)?);
        let seen = self.thread(actor, &Thread::id_of(id, party)).await?;
        let present = is_party(&case, party);
        // Coordinators keep what a party wrote that has left.
        let side = if coordinates { present || seen.is_some() } else { present && party == own };
        if !side {
            return Err(missing());
        }
        let bound = case.vendors.get(&party).is_none_or(|vendor| vendor.consent == Consent::Signatory);
        let (thread, version) =
            seen.map_or_else(|| (Thread::default(), 0), |t| (Thread::clone(&t), t.version()));
        Ok(Talk { case: id, party, coordinating, thread, version, present, bound })
    }

    async fn thread(&self, actor: &Actor, id: &str) -> Result<Option<Visible<Thread>>, AppError> {
        let guarded = self.guarded::<Thread>(id).await?;
        Ok(guarded.and_then(|guarded| guarded.see(actor, Act::SeeThread)))
    }

    /// One thread of a case.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the actor is on neither side of it.
    pub async fn thread_view(&self, actor: &Actor, case: &str, party: &str) -> Result<ThreadView, AppError> {
        let Talk { case, party, coordinating, thread, bound, .. } = self.talk(actor, case, party).await?;
        let own = actor.org().unwrap_or(party);
        let other = if own == party { coordinating } else { party };
        // No consent, no content: what was written to it under terms that have lapsed waits for its answer.
        let withheld = |message: &&Message| own == party && !bound && message.bound && message.from != party;
        let mut messages = Vec::with_capacity(thread.messages.len());
        for message in thread.messages.iter().filter(|message| !withheld(message)) {
            let from = self.named(message.from).await?;
            messages.push(MessageView { from, at: message.at, text: message.text.expose().clone() });
        }
        Ok(ThreadView {
            case: case.to_string(),
            party: self.named(party).await?,
            count: thread.messages.len(),
            withheld: thread.messages.iter().filter(withheld).count(),
            unread: thread.unread(own),
            unread_by_others: thread.unread(other),
            messages,
        })
    }

    /// Threads of cases in which the actor may talk, the latest message first. One of a case that the actor left is
    /// left out, so a page may be short.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn threads(&self, actor: &Actor, page: &PageRequest) -> Result<Page<ThreadLine>, AppError> {
        let own = actor.org();
        let line = |thread: &Visible<Thread>| ThreadLine {
            case: thread.case.map(|case| case.to_string()).unwrap_or_default(),
            party: Named::of(thread.party.unwrap_or(OrgId::NOBODY)),
            messages: thread.messages.len(),
            unread: own.map_or(0, |own| thread.unread(own)),
            last_at: thread.messages.last().map(|message| message.at),
        };
        let mut lines = self.page::<Thread, _>(actor, Act::SeeThread, page, None, line).await?;
        let mut kept = Vec::with_capacity(lines.items.len());
        for mut line in lines.items {
            // Whoever has left a case sees its own thread no more; its coordinators keep it.
            let case = self.visible::<Case>(&line.case, actor, Act::TalkOnCase).await.ok();
            let talks = |case: Visible<Case>| {
                case.may(Act::SeeParties) || own.is_some_and(|own| is_party(&case, own))
            };
            if case.is_some_and(talks) {
                line.party.name = self.name_of(&line.party.id).await?;
                kept.push(line);
            }
        }
        lines.items = kept;
        Ok(lines)
    }

    async fn named(&self, org: OrgId) -> Result<Named, AppError> {
        let id = org.to_string();
        Ok(Named { name: self.name_of(&id).await?, id })
    }
}

/// Whether an organisation is a party that the coordinators talk with: a vendor that has not declined, a finder with
/// an account, or the validator that holds the case.
fn is_party(case: &Case, org: OrgId) -> bool {
    let vendor = case.vendors.get(&org).is_some_and(|party| party.consent != Consent::Declined);
    let finder = org != OrgId::NOBODY && case.finders().contains(&org);
    vendor || finder || case.claim.as_ref().is_some_and(|claim| claim.org == org)
}
