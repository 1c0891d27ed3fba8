//! What time alone does to a case. Every commit that changes a case queues a job that looks at it and then waits for the
//! next moment at which time changes something, so that nobody has to look through all cases.

use std::collections::BTreeMap;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, Visible};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{self, Case, Command, Event, State};
use forewarn_store::{Append, NewJob, Query};

use super::cases::after;
use super::telling::{Next, next_at};
use super::views::{AlarmView, Page, PageRequest, PlanView};
use super::walk::Pages;
use super::{App, AppError, Call, Moment, Plan, UseCase};

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
        let mut plan = Plan::default();
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
        // Where something happens, the commit queues another look.
        let profile = &app.settings.policy.profile;
        let next = if events.is_empty() { case.next_moment(moment.now, profile) } else { None };
        plan.respond(200, &next.filter(|at| *at > moment.now))?;
        app.carry_out(moment, &mut plan, &case, events, told).await?;
        Ok(plan)
    }
}

/// The job that looks at a case which a commit changes; `None` for what is no case.
pub(super) fn look_at_changed(append: &Append, now: i64) -> Option<NewJob> {
    let changed = append.stream.category == Category::Case;
    changed.then(|| NewJob { topic: CLOCK.into(), body: append.stream.id.clone().into_bytes(), due_at: now })
}

impl App {
    /// Lets time pass for a case, and says when to look at it again.
    pub(crate) async fn look_at(&self, case: &str) -> Result<Next, AppError> {
        let reply = self.execute(&Call::system(), &TimePassed { case: case.to_owned() }).await?;
        let next = serde_json::from_slice(&reply.body).map_err(|_| AppError::Internal("a moment"))?;
        Ok(next_at(next))
    }

    /// Ids of the cases in these states, for the service's own use.
    pub(crate) async fn cases_in(&self, states: &[State]) -> Result<Vec<String>, AppError> {
        let mut query = Query::new(Category::Case, Filter::Everything, 500);
        query.states = states.iter().map(|state| state.as_str().to_owned()).collect();
        let (mut pages, mut ids) = (Pages::new(query), Vec::new());
        while let Some(cases) = pages.next(self.store.as_ref()).await? {
            ids.extend(cases.into_iter().map(|case| case.id));
        }
        Ok(ids)
    }

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
}
