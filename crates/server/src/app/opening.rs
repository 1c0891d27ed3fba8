//! Opening a case from a finding, with the findings that were taken for duplicates of it.

use std::collections::BTreeSet;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{self, Case, Command, Event};
use forewarn_core::finding::{self, Finding, Outcome};
use forewarn_core::ids::{CaseId, FindingId};
use forewarn_store::{Document, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::{CaseDone, after};
use super::walk::Pages;
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
        let state = after(&Case::default(), &opened, moment);
        opened.extend(app.duplicates_of(&finding, &state, moment).await?);
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
        plan.append::<Case>(moment, id, 0, opened)?;
        Ok(plan)
    }
}

impl App {
    /// The findings that were taken for duplicates of one that comes into a case: they come with it, and so do theirs.
    pub(super) async fn duplicates_of(
        &self,
        finding: &Finding,
        case: &Case,
        moment: &Moment<'_>,
    ) -> Result<Vec<Event>, AppError> {
        let mut state = case.clone();
        let mut events = Vec::new();
        let mut waiting: Vec<FindingId> = finding.id.iter().chain(&finding.stands_for).copied().collect();
        let mut seen: BTreeSet<FindingId> = waiting.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            let mut query = Query::new(Category::Finding, Filter::Everything, 500);
            query.key = Some(("duplicate-of".into(), id.to_string()));
            let mut pages = Pages::new(query);
            while let Some(found) = pages.next(self.store.as_ref()).await? {
                for document in &found {
                    let Some(joined) = self.joining(document, &state, moment).await? else { continue };
                    state = after(&state, &joined.1, moment);
                    events.extend(joined.1);
                    if seen.insert(joined.0) {
                        waiting.push(joined.0);
                    }
                }
            }
        }
        Ok(events)
    }

    /// How a duplicate comes into the case, unless it is in one.
    async fn joining(
        &self,
        document: &Document,
        state: &Case,
        moment: &Moment<'_>,
    ) -> Result<Option<(FindingId, Vec<Event>)>, AppError> {
        let duplicate = guard::<Finding>(document)?.see(&Actor::System, Act::SeeFinding);
        let Some(duplicate) = duplicate else { return Ok(None) };
        let (Some(finding), Some(finder)) = (duplicate.id, duplicate.submitter) else { return Ok(None) };
        let Outcome::Duplicate { why, .. } = &duplicate.outcome else { return Ok(None) };
        if self.case_of(finding).await?.is_some() {
            return Ok(None);
        }
        let command = Command::Join { finding, finder, why: why.clone() };
        Ok(Some((finding, case::decide(state, command, &moment.facts())?)))
    }
}
