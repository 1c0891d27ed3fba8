//! Notices: the recipient's side, and how they fare for coordinators.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, Visible, filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{Case, Terms};
use forewarn_core::notice::{self, Command, Notice, Remediation};
use forewarn_store::{Document, Query};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sealed::Reading;
use super::telling::watch;
use super::views::{AttemptView, NoticeView, Page, PageRequest, SealedView, Within};
use super::walk::Pages;
use super::{App, AppError, Call, Moment, Plan, UseCase};

/// An act on a notice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum NoticeAct {
    /// Answer the embargo terms; content is shown after consent.
    AnswerTerms {
        /// Yes or no.
        accept: bool,
    },
    /// Take charge of it.
    Acknowledge,
    /// Report what was done.
    Remediate {
        /// `not-affected`, `in-progress`, `mitigated`, `done` or `cannot-fix`.
        #[schema(value_type = String)]
        status: Remediation,
        /// In the operator's words; required for `cannot-fix`.
        #[serde(default)]
        note: String,
        /// What is done instead of a fix; with `cannot-fix`.
        #[serde(default)]
        measures: String,
    },
}

/// A command on one notice.
pub struct OnNotice {
    /// Which.
    pub id: String,
    /// What.
    pub command: Command,
}

impl From<NoticeAct> for Command {
    fn from(act: NoticeAct) -> Self {
        match act {
            NoticeAct::AnswerTerms { accept } => Command::AnswerTerms { accept },
            NoticeAct::Acknowledge => Command::Acknowledge,
            NoticeAct::Remediate { status, note, measures } => Command::Report { status, note, measures },
        }
    }
}

impl UseCase for OnNotice {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let notice = app.visible::<Notice>(&self.id, moment.actor, Act::SeeNotice).await?;
        let events = notice::decide(&notice, self.command.clone(), &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "id": self.id }))?;
        watch(moment, &mut plan, &notice, &events, false);
        plan.append::<Notice>(moment, &self.id, notice.version(), events)?;
        Ok(plan)
    }
}

/// How one notice fares, for coordinators; without what the recipient runs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeStatus {
    /// Notice.
    pub id: String,
    /// Recipient's name.
    pub recipient: String,
    /// How far it has come.
    pub state: String,
    /// What was done.
    pub remediation: Option<String>,
    /// Consent to the embargo.
    pub consent: String,
    /// Acknowledge by.
    #[schema(value_type = Option<String>)]
    pub due_at: Option<Timestamp>,
    /// Whether that has passed.
    pub overdue: bool,
    /// Whether it is of the top tier.
    pub urgent: bool,
    /// The relay that acknowledged for the recipient.
    pub acknowledged_by: Option<String>,
    /// Attempts to tell the recipient that it waits.
    pub attempts: Vec<AttemptView>,
}

impl App {
    /// Notices of the actor's organisation and of those it acts for, or of one of them.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn notices(
        &self,
        actor: &Actor,
        page: &PageRequest,
        only_for: Option<&str>,
    ) -> Result<Page<NoticeView>, AppError> {
        let mut filter = filter(actor, Act::SeeNotice);
        if let Some(org) = only_for {
            let message = "is not the id of an organisation".into();
            let id = org.parse().map_err(|_| AppError::Invalid { place: "for".into(), message })?;
            filter = filter.because_of(id);
        }
        let view = |n: &Visible<Notice>| (Notice::clone(n), NoticeView::of(n, None));
        let states: Vec<&str> = page.state.as_deref().into_iter().collect();
        let within = Within { filter, states: &states };
        let found = self.page_of::<Notice, _>(actor, Act::SeeNotice, within, page, None, view).await?;
        let (mut names, mut closed) = (BTreeMap::new(), BTreeMap::new());
        let mut items = Vec::with_capacity(found.items.len());
        for (notice, mut item) in found.items {
            self.name_others(actor, &mut item, &mut names).await?;
            if let Entry::Vacant(unknown) = closed.entry(notice.org) {
                unknown.insert(self.is_closed(actor, &notice).await?);
            }
            items.push(if closed.get(&notice.org) == Some(&true) { item.without_text() } else { item });
        }
        Ok(Page { items, next: found.next })
    }

    /// Replaces the ids of organisations other than the reader's by their names.
    async fn name_others(
        &self,
        actor: &Actor,
        view: &mut NoticeView,
        names: &mut BTreeMap<String, String>,
    ) -> Result<(), AppError> {
        let own = actor.org().map(|org| org.to_string());
        let NoticeView { recipient, acknowledged_by, reported_by, .. } = view;
        let relays = acknowledged_by.iter_mut().chain(reported_by.iter_mut());
        if own.as_ref() == Some(&recipient.org) {
            recipient.name = None;
        } else {
            recipient.name = Some(self.known_name(&recipient.org, names).await?);
        }
        for relay in relays {
            *relay = self.known_name(relay, names).await?;
        }
        Ok(())
    }

    async fn known_name(&self, id: &str, names: &mut BTreeMap<String, String>) -> Result<String, AppError> {
        if let Some(name) = names.get(id) {
            return Ok(name.clone());
        }
        let name = self.name_of(id).await?;
        names.insert(id.to_owned(), name.clone());
        Ok(name)
    }

    /// One notice with its content. Reading it is recorded the first time.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there or not the actor's.
    pub async fn notice(&self, actor: &Actor, id: &str) -> Result<NoticeView, AppError> {
        let notice = self.visible::<Notice>(id, actor, Act::SeeNotice).await?;
        self.note_opened(actor, &notice, id).await?;
        let sealed = match self.reading(actor, &notice).await? {
            Reading::Sealed(..) => Some(self.sealed_notice(actor, id).await?.sealed),
            Reading::Open | Reading::Withheld => None,
        };
        let notice = self.visible::<Notice>(id, actor, Act::SeeNotice).await?;
        let mut view = if self.is_closed(actor, &notice).await? {
            let sealed = sealed.as_ref().map(SealedView::from);
            NoticeView { sealed, ..NoticeView::of(&notice, None).without_text() }
        } else {
            let content = self.content(&notice).await?;
            NoticeView { withdrawn: self.withdrawn(&notice).await?, ..NoticeView::of(&notice, content) }
        };
        if notice.remediation == Some(Remediation::CannotFix) {
            view.compensating_measures =
                self.settings.policy.profile.escalation.compensating_measures.clone();
        }
        self.name_others(actor, &mut view, &mut BTreeMap::new()).await?;
        Ok(view)
    }

    /// Notes the first reading.
    pub(super) async fn note_opened(&self, actor: &Actor, notice: &Notice, id: &str) -> Result<(), AppError> {
        if notice.state < notice::State::Opened {
            let call = Call { actor: actor.clone(), key: None, digest: [0; 32] };
            self.execute(&call, &OnNotice { id: id.to_owned(), command: Command::Open }).await?;
        }
        Ok(())
    }

    /// What the reader is told, with its marks.
    pub(super) async fn content(
        &self,
        notice: &Visible<Notice>,
    ) -> Result<Option<forewarn_core::case::Content>, AppError> {
        let Some(case) = notice.case else { return Ok(None) };
        let guarded = self.guarded::<Case>(&case.to_string()).await?;
        let content = guarded.and_then(|case| case.guarded().content_of(notice));
        // What is public needs no marks.
        let marks = || Some(self.mark_key().copy(notice.id?, notice.actor().org()?));
        let marks = if notice.lifted { None } else { marks() };
        Ok(content.map(|content| marks.map_or_else(|| content.clone(), |marks| marks.mark(&content))))
    }

    /// How the notices of a case fare.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible.
    pub async fn notices_of_case(
        &self,
        actor: &Actor,
        case: &str,
        page: &PageRequest,
    ) -> Result<Page<NoticeStatus>, AppError> {
        let visible = self.visible::<Case>(case, actor, Act::SeeCase).await?;
        if !visible.may(Act::SeeParties) {
            return Err(Refusal::Forbidden("only the case's coordinators see its recipients").into());
        }
        let now = self.ambient.now();
        let key = Some(("case".to_owned(), case.to_owned()));
        let status = |notice: &Visible<Notice>| NoticeStatus {
            id: notice.id.map(|id| id.to_string()).unwrap_or_default(),
            recipient: notice.org.map(|org| org.to_string()).unwrap_or_default(),
            state: notice.state.as_str().to_owned(),
            remediation: notice.remediation.map(|r| r.as_str().to_owned()),
            consent: notice.consent.as_str().to_owned(),
            due_at: notice.due_at,
            overdue: notice.overdue(now),
            urgent: notice.urgent,
            acknowledged_by: notice.acknowledged_by.map(|org| org.to_string()),
            attempts: notice.attempts.iter().map(AttemptView::of).collect(),
        };
        let mut found = self.page::<Notice, _>(actor, Act::FollowNotice, page, key, status).await?;
        for item in &mut found.items {
            if let Ok(org) = item.recipient.parse()
                && let Some(organisation) = self.organisation(org).await?
            {
                item.recipient = organisation.profile.name;
            }
            if let Some(relay) = &mut item.acknowledged_by {
                *relay = self.name_of(relay).await?;
            }
        }
        Ok(found)
    }

    /// Every notice of a case, for the service's own use.
    pub(super) async fn all_notices(&self, case: &str) -> Result<Vec<Document>, AppError> {
        let mut query = Query::new(Category::Notice, Filter::Everything, 500);
        query.key = Some(("case".into(), case.to_owned()));
        let mut all = Vec::new();
        let mut pages = Pages::new(query);
        while let Some(notices) = pages.next(self.store.as_ref()).await? {
            all.extend(notices);
        }
        Ok(all)
    }

    /// Puts new terms before everybody who holds a notice of the case.
    pub(super) async fn revise_terms(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &str,
        terms: &Terms,
    ) -> Result<(), AppError> {
        let agreement = &self.settings.policy.profile.lead.agreement;
        for document in self.all_notices(case).await? {
            let notice: Notice =
                serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("notice shape"))?;
            let (false, Some(org)) = (notice.lifted, notice.org) else { continue };
            let standing = self
                .organisation(org)
                .await?
                .is_some_and(|org| org.profile.standing_consent.as_ref() == Some(agreement));
            let revised = notice::Event::NoticeTermsRevised { terms: terms.clone(), standing };
            plan.append::<Notice>(moment, &document.id, document.version, vec![revised])?;
        }
        Ok(())
    }
}
