//! Triage of findings.

use forewarn_core::access::{Act, Actor};
use forewarn_core::aggregate::Category;
use forewarn_core::event::StreamId;
use forewarn_core::finding::{self, Command, Finding};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{FindingView, Page, PageRequest};
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
    /// Decline it.
    Decline {
        /// Why.
        reason: String,
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
        Ok(plan)
    }
}

impl App {
    /// Findings the actor may see.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn findings(&self, actor: &Actor, page: &PageRequest) -> Result<Page<FindingView>, AppError> {
        self.page::<Finding, _>(actor, Act::SeeFinding, page, None, |f| FindingView::of(f, false)).await
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
