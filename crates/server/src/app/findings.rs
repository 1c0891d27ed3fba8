//! Triage of findings.

use forewarn_core::access::{Act, Actor, filter, may};
use forewarn_core::aggregate::Category;
use forewarn_core::event::StreamId;
use forewarn_core::finding::{self, Command, Finding};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{FindingView, Page, PageRequest, Within};
use super::{App, AppError, Evidence, Moment, Plan, UseCase};

/// An act on a finding.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FindingAct {
    /// Ask the finder.
    AskInfo {
        /// The question.
        question: String,
    },
    /// Decline it. The earliest report that was taken for a duplicate of it waits in its place.
    Decline {
        /// Why.
        reason: String,
    },
    /// Decide that it has the root cause of another finding, as proposed.
    AcceptProposal {
        /// The other finding.
        with: String,
    },
    /// Decide that it has not the root cause of another finding. It is not proposed again.
    RejectProposal {
        /// The other finding.
        with: String,
    },
    /// Give a consenting vendor of the case the finding's files. Another person must do the same.
    GiveProof {
        /// The vendor's id.
        vendor: String,
    },
}

/// A [`FindingAct`] on one finding.
pub struct OnFinding {
    /// Which.
    pub id: String,
    /// What.
    pub act: FindingAct,
}

impl UseCase for OnFinding {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let finding = app.visible::<Finding>(&self.id, moment.actor, Act::SeeFinding).await?;
        let command = match self.act.clone() {
            FindingAct::AskInfo { question } => Command::AskInfo { question },
            FindingAct::Decline { reason } => Command::Decline { reason },
            FindingAct::AcceptProposal { with } => return app.accept_proposal(moment, &finding, &with).await,
            FindingAct::RejectProposal { with } => {
                let other = app.visible::<Finding>(&with, moment.actor, Act::SeeFinding).await?;
                Command::KeepApart { other: other.id.ok_or(forewarn_core::Refusal::NotFound)? }
            }
            FindingAct::GiveProof { vendor } => {
                let vendor = vendor.parse().ok().filter(|_| finding.may(Act::TriageFinding));
                let invalid = || {
                    AppError::Invalid {
                    place: "/vendor".into(),
                    message: "is not a vendor that consents to the embargo of the finding's case, or the case is not yours to decide in".into(),
                }
                };
                let vendor = vendor.ok_or_else(invalid)?;
                if !app.is_bound_vendor(moment.actor, &finding, vendor).await? {
                    return Err(invalid());
                }
                Command::GiveProof { vendor }
            }
        };
        let events = finding::decide(&finding, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "id": self.id }))?;
        plan.append::<Finding>(moment, &self.id, finding.version(), events)?;
        if matches!(self.act, FindingAct::Decline { .. }) {
            app.promote_next(moment, &mut plan, &finding).await?;
        }
        Ok(plan)
    }
}

impl App {
    /// Lets the earliest duplicate of a declined finding wait in its place.
    async fn promote_next(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        declined: &Finding,
    ) -> Result<(), AppError> {
        let (Some(instead_of), Some(next)) = (declined.id, self.next_in_line(declined).await?) else {
            return Ok(());
        };
        let id = next.id.ok_or(forewarn_core::Refusal::NotFound)?;
        // One that somebody put into a case by hand has its place.
        if self.case_of(id).await?.is_some() {
            return Ok(());
        }
        let command = Command::Promote { instead_of, stands_for: declined.stands_for.clone() };
        let events = finding::decide(&next, command, &moment.facts())?;
        plan.append::<Finding>(moment, id, next.version(), events)
    }

    /// Findings the actor may see.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn findings(&self, actor: &Actor, page: &PageRequest) -> Result<Page<FindingView>, AppError> {
        // A finder is not told that what his report duplicates was declined.
        let triage = may(actor, Act::TriageFinding);
        let states: &[&str] = match (page.state.as_deref(), triage) {
            (Some("received"), true) => &["received", "promoted"],
            (Some("duplicate"), false) => &["duplicate", "promoted"],
            (Some("promoted"), false) => &["no such state"],
            (Some(state), _) => &[state],
            (None, _) => &[],
        };
        self.page_of::<Finding, _>(
            actor,
            Act::SeeFinding,
            Within { filter: filter(actor, Act::SeeFinding), states },
            page,
            None,
            |f| FindingView::of(f, false),
        )
        .await
    }

    /// The events of a finding with proofs that they are in the log.
    ///
    /// # Errors
    /// [`forewarn_core::Refusal::NotFound`] when it is not there or not visible, `Forbidden` for its finder: the place
    /// of an event in the log says how much is hidden.
    pub async fn finding_evidence(&self, actor: &Actor, id: &str) -> Result<Evidence, AppError> {
        let finding = self.visible::<Finding>(id, actor, Act::SeeFinding).await?;
        if !finding.may(Act::SeeFindingEvidence) {
            let rule = "only coordinators take evidence out of the log; ask one";
            return Err(forewarn_core::Refusal::Forbidden(rule).into());
        }
        let recorded = self.store.stream(&StreamId::new(Category::Finding, id)).await?;
        self.proven(recorded).await
    }

    /// One finding.
    ///
    /// # Errors
    /// [`forewarn_core::Refusal::NotFound`] when it is not there or not visible.
    pub async fn finding(&self, actor: &Actor, id: &str) -> Result<FindingView, AppError> {
        let finding = self.visible::<Finding>(id, actor, Act::SeeFinding).await?;
        Ok(FindingView::of(&finding, true))
    }
}
