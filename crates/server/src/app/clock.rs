//! What time alone does to a case. When a case changes, a job is queued for the next moment at which time changes
//! something, so that nobody has to look through all cases.

use std::collections::BTreeMap;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::case::{self, Case, Command, Event};

use super::cases::after;
use super::views::{AlarmView, Page, PageRequest, PlanView};
use super::{App, AppError, Moment, Plan, UseCase};

/// Topic of the jobs that look at a case when its moment has come.
pub(crate) const CLOCK: &str = "case-clock";

/// Does what time alone does to a case: sends waves whose gates have opened, publishes what was approved beforehand,
/// lets embargoes expire, raises alarms. Early or repeated, it does nothing.
pub(crate) struct TimePassed {
    /// Case.
    pub case: String,
}

impl UseCase for TimePassed {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case: Visible<Case> = app.visible(&self.case, moment.actor, Act::SeeCase).await?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        let mut state = Case::clone(&case);
        let mut events: Vec<Event> = Vec::new();
        let mut told = BTreeMap::new();
        for wave in case.due_waves(moment.now, &app.settings.policy.profile) {
            let recipients = app.recipients(&state, wave).await?;
            let command = Command::SendWave { wave, recipients: recipients.clone() };
            let sent = case::decide(&state, command, &moment.facts())?;
            state = after(&state, &sent, moment);
            events.extend(sent);
            told.insert(wave, recipients);
        }
        events.extend(case::decide(&state, Command::ExpireEmbargo, &moment.facts())?);
        app.carry_out(moment, &mut plan, &case, events, told).await?;
        Ok(plan)
    }
}

impl App {
    /// What is still before a case, and who is waited for.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties.
    pub async fn case_plan(&self, actor: &Actor, id: &str) -> Result<PlanView, AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeCase).await?;
        if !case.may(Act::SeeParties) {
            return Err(Refusal::Forbidden("only the case's coordinators see its plan").into());
        }
        let mut view = PlanView::of(&case, self.ambient.now(), &self.settings.policy.profile);
        for named in view.named() {
            named.name = self.name_of(&named.id).await?;
        }
        Ok(view)
    }

    /// Cases in which something waits for too long, newest first.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn alarms(&self, actor: &Actor, page: &PageRequest) -> Result<Page<AlarmView>, AppError> {
        let raised = Some(("alarm".into(), "raised".into()));
        self.page::<Case, _>(actor, Act::SeeParties, page, raised, AlarmView::of).await
    }

    /// Queues a job for the next moment at which time alone changes something, unless it is queued already.
    pub(super) fn look_again(
        &self,
        moment: &Moment<'_>,
        plan: &mut Plan,
        before: Option<&Case>,
        after: &Case,
    ) {
        let profile = &self.settings.policy.profile;
        let next = after.next_moment(moment.now, profile);
        let queued = before.and_then(|before| before.next_moment(moment.now, profile));
        // What is due at this moment is queued anew: the job before may be the one that is running.
        if let (Some(id), Some(at)) = (after.id, next)
            && (queued != Some(at) || at <= moment.now)
        {
            plan.job(CLOCK, id.to_string().into_bytes(), at);
        }
    }
}
