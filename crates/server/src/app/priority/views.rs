//! The order as its readers see it: in words, with every input, and without numbers that are not theirs.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible, filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::notice::Notice;
use forewarn_core::priority::{self, Decision, Input, OwnAnswers, Standing, deployer, summary};
use forewarn_core::secret::Secret;
use forewarn_store::{Document, Position, Query};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::views::{LARGEST_PAGE, Page};
use super::super::{App, AppError, guard};

/// Which part of the queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QueueRequest {
    /// At most so many cases, 1 to 200; 50 when left out.
    #[serde(default)]
    pub limit: Option<u32>,
    /// `next` of the page before. A case that moved in between may come twice or not at all.
    #[serde(default)]
    pub after: Option<String>,
}

/// One input of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InputView {
    /// Which.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whence it comes.
    pub source: String,
    /// Date of the source.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// A case in the queue.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueueEntry {
    /// Case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Its state.
    pub state: String,
    /// Its title, where the reader may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its last verdict, where the reader may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Outcome of the coordinator's tree.
    pub outcome: String,
    /// The decision in one sentence.
    pub summary: String,
    /// Why it stands before the next case that the reader may see; `null` for the last.
    pub before: Option<String>,
    /// When the decision was made.
    #[schema(value_type = String)]
    pub decided_at: Timestamp,
}

/// Where a case stands, and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PriorityView {
    /// The case as in the queue.
    #[serde(flatten)]
    pub entry: QueueEntry,
    /// Whether its inputs have changed since, so that it is about to be put in order anew.
    pub pending: bool,
    /// Every input with source and date.
    pub inputs: Vec<InputView>,
    /// Exposed operators by sector, for the case's coordinators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sectors: Option<std::collections::BTreeMap<String, u32>>,
    /// What CERT/CC's coordinator triage says, as advice to the case's coordinators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<String>,
    /// What CERT/CC's coordinator publication says, as advice to the case's coordinators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<String>,
    /// The tree that decided.
    pub tree: String,
    /// Name of the policy profile it was decided under.
    pub profile: String,
    /// Digest of the profile, lower-case hex SHA-256.
    pub policy: String,
}

/// An operator's own answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OwnQuery {
    /// How exposed the affected systems are: `small`, `controlled` or `open`.
    #[serde(default)]
    pub exposure: Option<String>,
    /// What happens when they fail: `low`, `medium`, `high` or `very-high`.
    #[serde(default)]
    pub impact: Option<String>,
}

/// The deployer's decision of one operator.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OwnDecision {
    /// `defer`, `scheduled`, `out-of-cycle` or `immediate`.
    pub outcome: String,
    /// Every input with source and date.
    pub inputs: Vec<InputView>,
    /// The tree that decided.
    pub tree: String,
}

impl From<Input> for InputView {
    fn from(input: Input) -> Self {
        Self { name: input.name, value: input.value, source: input.source, at: input.at }
    }
}

/// Whether the reader may know numbers of exposed operators and finders' records.
fn told(standing: &Visible<Standing>) -> bool {
    standing.may(Act::SeeParties)
}

impl App {
    /// The cases that wait, the most urgent first, as far as the actor may see their decisions.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn queue(&self, actor: &Actor, page: &QueueRequest) -> Result<Page<QueueEntry>, AppError> {
        let limit = page.limit.unwrap_or(50);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(AppError::Invalid { place: "limit".into(), message: "must be from 1 to 200".into() });
        }
        let mut query = self.waiting(actor, limit + 1);
        if let Some(after) = &page.after {
            query.after = Some(self.position_of(actor, after).await?);
        }
        let documents = self.store.list(&query).await?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let next =
            documents.get(shown.saturating_sub(1)).filter(|_| documents.len() > shown).map(|d| d.id.clone());
        let mut items = Vec::with_capacity(documents.len());
        for (number, document) in documents.iter().take(shown).enumerate() {
            items.extend(self.entry_of(actor, document, documents.get(number + 1)).await?);
        }
        Ok(Page { items, next })
    }

    fn waiting(&self, actor: &Actor, limit: u32) -> Query {
        let mut query = Query::new(Category::Priority, filter(actor, Act::SeePriority), limit);
        query.states = vec!["waiting".into()];
        query
    }

    /// A cursor names the last case shown and nothing else: its place in the order would tell of exposure.
    async fn position_of(&self, actor: &Actor, case: &str) -> Result<Position, AppError> {
        let unknown =
            || AppError::Invalid { place: "after".into(), message: "is not a cursor of this list".into() };
        let document = self.store.get(Category::Priority, case).await?.ok_or_else(unknown)?;
        let visible = guard::<Standing>(&document)?.see(actor, Act::SeePriority);
        visible.map(|_| Position::of(&document)).ok_or_else(unknown)
    }

    async fn entry_of(
        &self,
        actor: &Actor,
        document: &Document,
        next: Option<&Document>,
    ) -> Result<Option<QueueEntry>, AppError> {
        let Some(standing) = guard::<Standing>(document)?.see(actor, Act::SeePriority) else {
            return Ok(None);
        };
        let Some(decision) = standing.decision.as_ref().map(Secret::expose) else { return Ok(None) };
        let next = match next {
            Some(next) => guard::<Standing>(next)?.see(actor, Act::SeePriority),
            None => None,
        };
        let following = next.as_ref().and_then(|next| next.decision.as_ref()).map(Secret::expose);
        let before = following.map(|following| priority::before(decision, following, told(&standing)));
        let case = self.visible::<Case>(&document.id, actor, Act::SeeCase).await?;
        let detail = case.may(Act::SeeDetail);
        Ok(Some(QueueEntry {
            case: document.id.clone(),
            number: standing.watched.number.clone(),
            state: case.state.as_str().to_owned(),
            title: detail.then(|| case.title.expose().clone()),
            verdict: case.validation.as_ref().filter(|_| detail).map(|v| v.verdict.as_str().to_owned()),
            outcome: decision.outcome.clone(),
            summary: summary(decision),
            before,
            decided_at: standing.decided_at.unwrap_or_default(),
        }))
    }

    /// Where one case stands, with everything that put it there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no decision or it is not visible.
    pub async fn case_priority(&self, actor: &Actor, id: &str) -> Result<PriorityView, AppError> {
        let missing = || AppError::Refused(Refusal::NotFound);
        let document = self.store.get(Category::Priority, id).await?.ok_or_else(missing)?;
        let standing = guard::<Standing>(&document)?.see(actor, Act::SeePriority).ok_or_else(missing)?;
        let mut query = self.waiting(actor, 1);
        query.after = Some(Position::of(&document));
        let next = if standing.watched.settled { None } else { self.store.list(&query).await?.pop() };
        let entry = self.entry_of(actor, &document, next.as_ref()).await?.ok_or_else(missing)?;
        let decision = standing.decision.as_ref().map(Secret::expose).ok_or_else(missing)?;
        let told = told(&standing);
        let case = self.visible::<Case>(id, &Actor::System, Act::SeeCase).await?;
        let (now, _) = self.inputs(&case, &standing, self.ambient().now()).await?;
        let pending = !priority::assess(&now, &self.settings.policy).same_as(decision);
        Ok(PriorityView {
            entry,
            pending,
            inputs: self.inputs_for(decision, told).await?,
            sectors: told.then(|| decision.exposure.sectors.clone()),
            // Both follow from how many vendors there are, and how they stand.
            triage: told.then(|| decision.triage.clone()),
            publication: told.then(|| decision.publication.clone()),
            tree: self.settings.policy.profile.priority.trees.coordinator.source().to_owned(),
            profile: decision.profile.clone(),
            policy: decision.policy.clone(),
        })
    }

    /// The inputs, for whom they are: names of people and finders' records are the coordinators', and so are numbers
    /// of operators.
    async fn inputs_for(&self, decision: &Decision, told: bool) -> Result<Vec<InputView>, AppError> {
        let least = self.settings.policy.profile.priority.least_shown;
        let mut views = Vec::new();
        for input in &decision.inputs {
            let mut view = InputView::from(input.clone());
            if let Some(by) = view.source.strip_prefix("answered by ") {
                let name =
                    if told { self.principal_name(by).await? } else { "the coordination centre".into() };
                view.source = format!("answered by {name}");
            }
            match (told, view.name.as_str()) {
                (false, "exposure") => view.value = priority::exposure_in_words(&decision.exposure, least),
                (false, "track-record") => continue,
                _ => {}
            }
            views.push(view);
        }
        Ok(views)
    }

    /// The deployer's decision for the recipient of a notice, at the level of the notice.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the notice is not visible, [`Refusal::Rule`] when it does not tell enough.
    pub async fn own_priority(
        &self,
        actor: &Actor,
        id: &str,
        own: OwnQuery,
    ) -> Result<OwnDecision, AppError> {
        let notice = self.visible::<Notice>(id, actor, Act::SeeNotice).await?;
        let quiet =
            || Refusal::Rule("this notice does not tell enough for a decision, or waits for your consent");
        let case_id = notice.case.ok_or_else(quiet)?.to_string();
        let case = self.guarded::<Case>(&case_id).await?.ok_or_else(quiet)?;
        let content = case.guarded().content_of(&notice).ok_or_else(quiet)?;
        if self.is_closed(actor, &notice).await? {
            let closed = "this notice opens with keys only; the decision about it is not shown outside it";
            return Err(Refusal::Rule(closed).into());
        }
        let standing = self.guarded::<Standing>(&case_id).await?.ok_or_else(quiet)?;
        let decision = standing.guarded().decision_for(&content).ok_or_else(quiet)?;
        let sectors = match notice.org {
            Some(org) => self.organisation(org).await?.map(|org| org.profile.sectors).unwrap_or_default(),
            None => std::collections::BTreeSet::new(),
        };
        let answers = OwnAnswers { system_exposure: own.exposure, human_impact: own.impact };
        let policy = &self.settings.policy;
        let (outcome, inputs) = deployer(decision, &answers, &sectors, policy, self.ambient().now())
            .ok_or_else(|| {
                let message =
                    "exposure is small, controlled or open; impact is low, medium, high or very-high";
                AppError::Invalid { place: "query".into(), message: message.into() }
            })?;
        let tree = policy.profile.priority.trees.deployer.source().to_owned();
        Ok(OwnDecision { outcome, inputs: inputs.into_iter().map(InputView::from).collect(), tree })
    }
}
