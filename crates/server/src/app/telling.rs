//! Telling recipients that a notice waits: the messages of a round, what became of them, and the ladder.

use std::collections::BTreeSet;

use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::case::Case;
use forewarn_core::ids::OrgId;
use forewarn_core::notice::delivery::backoff;
use forewarn_core::notice::{self, Command, Event, Notice, Outcome, Reach, Try, Why};
use forewarn_core::party::{self, Organisation, Way};
use forewarn_core::{Facts, Refusal};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{App, AppError, Call, Moment, Plan, UseCase};
use crate::outgoing::{Sent, mail, webhook};

/// Topic of the jobs that send mails.
pub(crate) const MAIL: &str = "notice-mail";
/// Topic of the jobs that call webhooks.
pub(crate) const WEBHOOK: &str = "notice-webhook";
/// Topic of the jobs that climb the ladder: one for each notice, due when its next step is.
pub(crate) const LADDER: &str = "notice-ladder";

/// One message to be sent. The id is drawn once, so that a message that is sent twice can be told from two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Of which notice.
    pub notice: String,
    /// To whom.
    pub org: OrgId,
    /// Of which round.
    pub round: u32,
    /// Why.
    pub why: Why,
    /// On which way.
    pub way: Way,
    /// Its id on the other side.
    pub id: Uuid,
}

/// When a job is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is done.
    Done,
    /// At this moment, milliseconds since the Unix epoch.
    At(i64),
}

/// The end of a job that has something to do again at a moment, or nothing more.
pub(super) fn next_at(at: Option<Timestamp>) -> Next {
    at.map_or(Next::Done, |at| Next::At(at.as_millisecond()))
}

pub(super) fn topic(way: Way) -> &'static str {
    match way {
        Way::Webhook => WEBHOOK,
        Way::Mail | Way::SecondMail => MAIL,
    }
}

impl App {
    /// How a recipient can be reached now, by the ways it set and the means there are.
    pub(super) fn reach(&self, org: &Organisation, now: Timestamp) -> Reach {
        let outgoing = &self.settings.outgoing;
        let means = |way: &Way| match way {
            Way::Webhook => outgoing.caller.is_some(),
            Way::Mail | Way::SecondMail => outgoing.mailer.is_some(),
        };
        let ways: BTreeSet<Way> = org.ways(now).into_iter().filter(means).collect();
        Reach { ways, preferred: org.contacts.preferred }
    }

    pub(super) async fn recipient(&self, notice: &Notice) -> Result<Visible<Organisation>, AppError> {
        let org = notice.org.ok_or(Refusal::NotFound)?.to_string();
        self.visible::<Organisation>(&org, &Actor::System, Act::SeeOrganisation).await
    }

    /// Adds a job for each message that begins with these events.
    pub(super) fn messages(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        notice: &Notice,
        org: &Organisation,
        events: &[Event],
    ) -> Result<(), AppError> {
        let (Some(id), Some(to)) = (notice.id, notice.org) else { return Ok(()) };
        for event in events {
            let Event::NoticeSending { round, why, ways } = event else { continue };
            for way in ways {
                let message = Message {
                    notice: id.to_string(),
                    org: to,
                    round: *round,
                    why: *why,
                    way: *way,
                    id: moment.uuid(),
                };
                let body =
                    serde_json::to_vec(&message).map_err(|_| AppError::Internal("message is not JSON"))?;
                plan.job(topic(*way), body, quiet_end(notice.urgent, org, moment.now).unwrap_or(moment.now));
            }
        }
        Ok(())
    }
}

/// When a message that would come in hours of quiet may be sent. The top tier does not wait.
pub(super) fn quiet_end(urgent: bool, org: &Organisation, now: Timestamp) -> Option<Timestamp> {
    org.contacts.quiet.as_ref().filter(|_| !urgent)?.end(now)
}

fn after(notice: &Notice, events: &[Event], moment: &Moment<'_>) -> Notice {
    let meta = Meta { at: moment.now, actor: moment.actor.label(), version: 0 };
    events.iter().fold(notice.clone(), |notice, event| notice.evolve(&meta, event))
}

/// Adds the job that climbs a notice's ladder, where it needs one and has none.
pub(super) fn watch(
    moment: &Moment<'_>,
    plan: &mut Plan,
    before: &Notice,
    events: &[Event],
    delivered: bool,
) {
    let escalation = &moment.policy.profile.escalation;
    let step = after(before, events, moment).next_step(escalation, moment.now);
    // The job of a notice lives until there is no further step; then, or at the beginning, or where the next step comes
    // sooner than was foreseen, there is a new one. A step is taken once, however many jobs come for it.
    let foreseen = before.next_step(escalation, moment.now);
    let sooner = foreseen.is_none_or(|foreseen| step.is_some_and(|step| step < foreseen));
    if let (Some(step), Some(id), true) = (step, before.id, delivered || sooner) {
        plan.job(LADDER, id.to_string().into_bytes(), step);
    }
}

/// Puts a notice into its recipient's inbox and begins to tell it. Done twice, it is done once.
pub(crate) struct DeliverNotice {
    /// Which.
    pub id: String,
}

impl UseCase for DeliverNotice {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let notice = app.visible::<Notice>(&self.id, moment.actor, Act::SeeNotice).await?;
        let org = app.recipient(&notice).await?;
        let facts = moment.facts();
        let mut events = notice::decide(&notice, Command::Deliver { channel: "portal".into() }, &facts)?;
        let delivered = !events.is_empty();
        events.extend(notice::decide(&notice, Command::Tell { reach: app.reach(&org, facts.now) }, &facts)?);
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        app.messages(moment, &mut plan, &notice, &org, &events)?;
        watch(moment, &mut plan, &notice, &events, delivered);
        plan.append::<Notice>(moment, &self.id, notice.version(), events)?;
        Ok(plan)
    }
}

/// Takes the steps of a notice's ladder whose moment has come.
struct ClimbNotice<'a> {
    id: &'a str,
}

impl UseCase for ClimbNotice<'_> {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let notice = app.visible::<Notice>(self.id, moment.actor, Act::SeeNotice).await?;
        let org = app.recipient(&notice).await?;
        let reach = app.reach(&org, moment.now);
        let events = notice::decide(&notice, Command::Climb { reach }, &moment.facts())?;
        let escalation = &moment.policy.profile.escalation;
        let step = after(&notice, &events, moment).next_step(escalation, moment.now);
        let mut plan = Plan::answer(200, &step)?;
        app.messages(moment, &mut plan, &notice, &org, &events)?;
        plan.append::<Notice>(moment, self.id, notice.version(), events)?;
        Ok(plan)
    }
}

/// Notes how an attempt ended, and what follows.
struct NoteAttempt<'a> {
    message: &'a Message,
    sent: Sent,
    last: bool,
}

impl UseCase for NoteAttempt<'_> {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let Message { notice: id, round, way, .. } = self.message;
        let notice = app.visible::<Notice>(id, moment.actor, Act::SeeNotice).await?;
        let org = app.recipient(&notice).await?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        let mut health = Vec::new();
        if *way == Way::Webhook && self.sent.outcome != Outcome::NoWay {
            let taken = self.sent.outcome == Outcome::Accepted;
            health = party::decide(&org, party::Command::NoteWebhook { taken }, &moment.facts())?;
        }
        let Sent { outcome, code } = self.sent;
        let message = Some(self.message.id);
        let one = Try { round: *round, way: *way, message, outcome, code, last: self.last };
        let command = Command::NoteAttempt { one, reach: app.reach(&org, moment.now) };
        let events = notice::decide(&notice, command, &moment.facts())?;
        app.messages(moment, &mut plan, &notice, &org, &events)?;
        plan.append::<Notice>(moment, id, notice.version(), events)?;
        plan.append::<Organisation>(moment, self.message.org, org.version(), health)?;
        Ok(plan)
    }
}

impl App {
    /// Climbs one notice's ladder and says when to come back.
    pub(crate) async fn climb(&self, id: &str) -> Result<Next, AppError> {
        let reply = self.execute(&Call::system(), &ClimbNotice { id }).await?;
        let step = serde_json::from_slice(&reply.body).map_err(|_| AppError::Internal("a step"))?;
        Ok(next_at(step))
    }

    /// Sends one message, unless it would not be true any more, or comes in hours of quiet. `jitter` is any number.
    pub(crate) async fn send(&self, message: &Message, jitter: u64) -> Result<Next, AppError> {
        let Some(notice) = self.noticed(&message.notice).await? else { return Ok(Next::Done) };
        let Some(tried) = notice.trying(message.round, message.way) else { return Ok(Next::Done) };
        if !notice.wants(message.why) {
            return Ok(Next::Done);
        }
        let org = self.recipient(&notice).await?;
        let now = self.ambient.now();
        if let Some(end) = quiet_end(notice.urgent, &org, now) {
            return Ok(Next::At(end.as_millisecond()));
        }
        let last = now.duration_since(tried.since) >= self.settings.policy.profile.escalation.delivery();
        let sent = self.hand_over(message.way, message.id, &org, now).await;
        self.run_own(&NoteAttempt { message, sent, last }).await?;
        if last || sent.outcome.is_final() {
            return Ok(Next::Done);
        }
        let wait = backoff(tried.attempts.saturating_add(1), jitter);
        Ok(next_at(self.ambient.now().checked_add(wait).ok()))
    }

    async fn noticed(&self, id: &str) -> Result<Option<Notice>, AppError> {
        let document = self.store.get(Notice::CATEGORY, id).await?;
        let read = document.map(|document| serde_json::from_slice(&document.doc));
        read.transpose().map_err(|_| AppError::Internal("notice shape"))
    }

    /// Tells an organisation that something waits, on one way. What is sent is the same whatever waits.
    pub(super) async fn hand_over(&self, way: Way, id: Uuid, org: &Organisation, now: Timestamp) -> Sent {
        let none = Sent { outcome: Outcome::NoWay, code: None };
        if !org.ways(now).contains(&way) {
            return none;
        }
        let outgoing = &self.settings.outgoing;
        let sent = match (way, org.address(way, now), &org.contacts.webhook) {
            (Way::Webhook, _, Some(hook)) => {
                let Some(caller) = &outgoing.caller else { return none };
                let secret = webhook::secret(&self.settings.log_key, hook.secret);
                caller.send(&webhook::waiting(&hook.url, &secret, id, now)).await
            }
            (Way::Mail | Way::SecondMail, Some(address), _) => {
                let Some(mailer) = &outgoing.mailer else { return none };
                mailer.send(&mail::waiting(outgoing, address, id, now)).await
            }
            _ => none,
        };
        metrics::counter!("forewarn_messages_total", "way" => way.as_str(), "outcome" => sent.outcome.words())
            .increment(1);
        sent
    }

    /// Brings what is still open of a case into the top tier.
    pub(super) async fn make_urgent(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &Case,
    ) -> Result<(), AppError> {
        let Some(id) = case.id else { return Ok(()) };
        for document in self.all_notices(&id.to_string()).await? {
            let notice: Notice =
                serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("notice shape"))?;
            let by_rule = Facts { actor: &Actor::System, ..moment.facts() };
            let events = notice::decide(&notice, Command::MakeUrgent, &by_rule)?;
            if events.is_empty() {
                continue;
            }
            watch(moment, plan, &notice, &events, false);
            // It is told again, on every way and without hours of quiet.
            plan.job(super::DELIVERY, document.id.clone().into_bytes(), moment.now);
            plan.append::<Notice>(moment, &document.id, document.version, events)?;
        }
        Ok(())
    }
}
