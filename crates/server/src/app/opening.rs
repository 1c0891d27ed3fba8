//! Opening a case from a finding, with the findings that were taken for duplicates of it.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{self, Case, Command, Event};
use forewarn_core::finding::{self, Finding, Outcome};
use forewarn_core::ids::CaseId;
use forewarn_store::{Position, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::{CaseDone, after};
use super::{App, AppError, Moment, Plan, UseCase, guard};

/// Open a case from a finding.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCase {
    /// The finding.
    pub finding: String,
}

impl UseCase for OpenCase {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let finding = app.visible::<Finding>(&self.finding, moment.actor, Act::SeeFinding).await?;
        let report = finding.report.as_ref().ok_or(AppError::Internal("finding without report"))?.expose();
        let id = CaseId(moment.uuid());
        let command = Command::Open {
            case: id,
            finding: finding.id.ok_or(Refusal::NotFound)?,
            finder: finding.submitter.ok_or(Refusal::NotFound)?,
            title: report.title.clone(),
            affected: report.affected.clone(),
        };
        let mut opened = case::decide(&Case::default(), command, &moment.facts())?;
        opened.extend(app.duplicates_of(&finding, &opened, moment).await?);
        let accepted = finding::decide(&finding, finding::Command::Accept { case: id }, &moment.facts())?;
        let done = CaseDone {
            case: id.to_string(),
            number: Case::number_for(id, moment.now),
            state: case::State::Open.as_str().into(),
            wave: None,
            notified: None,
        };
        let mut plan = Plan::answer(201, &done)?;
        plan.append::<Finding>(moment, &self.finding, finding.version(), accepted)?;
        let state = after(&Case::default(), &opened, moment);
        plan.append::<Case>(moment, id, 0, opened)?;
        app.look_again(moment, &mut plan, None, &state);
        Ok(plan)
    }
}

impl App {
    /// The findings that were taken for duplicates of the one a case is opened from: they are in it too.
    async fn duplicates_of(
        &self,
        finding: &Finding,
        opened: &[Event],
        moment: &Moment<'_>,
    ) -> Result<Vec<Event>, AppError> {
        let id = finding.id.ok_or(Refusal::NotFound)?;
        let mut state = after(&Case::default(), opened, moment);
        let mut events = Vec::new();
        let mut query = Query::new(Category::Finding, Filter::Everything, 500);
        query.key = Some(("duplicate-of".into(), id.to_string()));
        loop {
            let found = self.store.list(&query).await?;
            for document in &found {
                let Some(duplicate) = guard::<Finding>(document)?.see(&Actor::System, Act::SeeFinding) else {
                    continue;
                };
                let (Some(finding), Some(finder)) = (duplicate.id, duplicate.submitter) else { continue };
                let Outcome::Duplicate { why, .. } = &duplicate.outcome else { continue };
                let command = Command::Join { finding, finder, why: why.clone() };
                let joined = case::decide(&state, command, &moment.facts())?;
                state = after(&state, &joined, moment);
                events.extend(joined);
            }
            match found.last() {
                Some(last) => query.after = Some(Position::of(last)),
                None => return Ok(events),
            }
        }
    }
}
