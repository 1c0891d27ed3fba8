//! What comes first: decisions are made anew when an input changes, by jobs that name what changed.

mod catalogues;
mod gather;
mod validation;
mod vendors;
mod views;
mod work;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::priority::{self, Command, Question, Standing, Watched, assess};
use forewarn_store::Append;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use catalogues::Catalogues;
pub use catalogues::{CatalogueView, ImportCatalogue, Imported};
pub use validation::{ClaimNext, Claimed, MaterialView, RecordView, ReportView, ValidationEntry};
pub(crate) use vendors::{AdmitWaiting, PACE};
pub use vendors::{PaceView, SetPace, WaitingView};
pub use views::{InputView, OwnDecision, OwnQuery, PriorityView, QueueEntry, QueueRequest};
pub(crate) use work::Cases;

use super::{App, AppError, Moment, Plan, UseCase};

/// Topic of the jobs that put cases in order.
pub(crate) const PRIORITY: &str = "priority";

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "changed", rename_all = "kebab-case")]
pub(crate) enum Changed {
    /// Something of a case.
    Case {
        /// Which.
        case: String,
    },
    /// An asset's inventory.
    Inventory {
        /// Stream.
        stream: String,
        /// Version the stream came to.
        version: u64,
    },
    /// The time of a claim is over.
    Claim {
        /// Case.
        case: String,
    },
    /// A catalogue.
    Catalogue {
        /// Which.
        kind: forewarn_core::catalogue::CatalogueKind,
        /// Where to go on.
        after: Option<(i64, String)>,
    },
    /// The record of a finder, where the profile counts it.
    Finder {
        /// Organisation.
        org: String,
        /// Where to go on.
        after: Option<(i64, String)>,
    },
    /// The policy profile.
    Profile {
        /// Where to go on.
        after: Option<(i64, String)>,
    },
}

impl Changed {
    /// Reads the body of a job.
    pub(crate) fn read(body: &[u8]) -> Result<Self, AppError> {
        serde_json::from_slice(body).map_err(|_| AppError::Internal("job shape"))
    }

    /// The body of the job.
    pub(crate) fn body(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What follows from appended events. It is here, beside the commit, so that no use case can forget it.
    pub(crate) fn by(append: &Append) -> Option<Self> {
        let stream = append.stream.id.clone();
        match append.stream.category {
            Category::Case => Some(Changed::Case { case: stream }),
            Category::Inventory => {
                let version = append.expected + append.events.len() as u64;
                Some(Changed::Inventory { stream, version })
            }
            _ => None,
        }
    }
}

/// Puts a case where its inputs say.
pub(crate) struct PutInOrder {
    /// Case.
    pub case: String,
}

impl UseCase for PutInOrder {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case = app.visible::<Case>(&self.case, moment.actor, Act::SeeCase).await?;
        let (standing, version) = app.standing(&self.case).await?;
        let (inputs, cves) = app.inputs(&case, &standing, moment.now).await?;
        let decision = assess(&inputs, moment.policy);
        let active = decision.exploitation == priority::Exploitation::Active;
        let watched = watched(&case, cves);
        let counted = moment.policy.profile.priority.count_track_record;
        let checked = counted && watched.checks != standing.watched.checks;
        let finders = watched.finders.expose().clone();
        let id = case.id.ok_or(Refusal::NotFound)?;
        let command = Command::Decide { case: id, watched, decision: Box::new(decision) };
        let events = priority::decide(&standing, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        if !events.is_empty() && checked {
            for org in finders {
                let changed = Changed::Finder { org: org.to_string(), after: None };
                plan.job(PRIORITY, changed.body(), moment.now);
            }
        }
        if active {
            for vendor in case.queued.keys() {
                plan.job(PACE, vendor.to_string().into_bytes(), moment.now);
            }
        }
        plan.append::<Standing>(moment, &self.case, version, events)?;
        Ok(plan)
    }
}

fn watched(
    case: &Visible<Case>,
    cves: std::collections::BTreeSet<forewarn_core::catalogue::CveId>,
) -> Watched {
    use forewarn_core::case::{Consent, State};
    let signed = case.vendors.iter().filter(|(_, party)| party.consent == Consent::Signatory);
    Watched {
        number: case.number.clone(),
        version: case.version(),
        coordinating: case.coordinating,
        vendors: signed.map(|(org, _)| *org).collect(),
        cves: forewarn_core::Secret::new(cves),
        settled: matches!(case.state, State::Public | State::Closed | State::Withdrawn),
        unchecked: case.unchecked(),
        finders: forewarn_core::Secret::new(case.finders()),
        checks: case.checks.len() as u64,
    }
}

/// Answer a question of a case's priority by hand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerPriority {
    /// `exploitation`, `automatable`, `technical-impact` or `mission-and-well-being`.
    #[schema(value_type = String)]
    pub question: Question,
    /// The answer, such as `active`; `null` takes an earlier one back.
    pub answer: Option<String>,
    /// Why.
    pub reason: String,
}

/// An [`AnswerPriority`] for one case.
pub struct OnPriority {
    /// Which case.
    pub id: String,
    /// The answer.
    pub answer: AnswerPriority,
}

impl UseCase for OnPriority {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let standing = app.visible::<Standing>(&self.id, moment.actor, Act::SeePriority).await?;
        let AnswerPriority { question, answer, reason } = self.answer.clone();
        let command = Command::Answer { question, answer, reason };
        let events = priority::decide(&standing, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "id": self.id }))?;
        plan.job(PRIORITY, Changed::Case { case: self.id.clone() }.body(), moment.now);
        plan.append::<Standing>(moment, &self.id, standing.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// The standing of a case with its version, for the service's own use.
    async fn standing(&self, case: &str) -> Result<(Standing, u64), AppError> {
        let closed = self.guarded::<Standing>(case).await?;
        let visible = closed.and_then(|closed| closed.see(&Actor::System, Act::SeePriority));
        Ok(visible.map_or_else(|| (Standing::default(), 0), |v| (Standing::clone(&v), v.version())))
    }

    /// Queues work for the workers without a request.
    async fn enqueue(&self, changes: &[Changed], now: Timestamp) -> Result<(), AppError> {
        let due_at = now.as_millisecond();
        let job =
            |change: &Changed| forewarn_store::NewJob { topic: PRIORITY.into(), body: change.body(), due_at };
        let jobs: Vec<_> = changes.iter().map(job).collect();
        if !jobs.is_empty() {
            let commit = forewarn_store::Commit { jobs, at: due_at, ..forewarn_store::Commit::default() };
            self.store.commit(commit).await?;
        }
        Ok(())
    }
}
