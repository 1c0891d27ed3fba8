//! Findings without an account: one document, a receipt shown once, and nothing said about others.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, may_submit_anonymously};
use forewarn_core::aggregate::Category;
use forewarn_core::finding::{Finding, Outcome};
use forewarn_core::ids::OrgId;
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::submission::{CommitmentView, TakeIn};
use super::views::moment as timestamp;
use super::{App, AppError, Moment, Plan, UseCase, guard};

/// Submit one document without an account.
pub struct SubmitAnonymously(pub TakeIn);

/// What is given for a finding without an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnonymousReceipt {
    /// Asks for the finding's state. It is shown this once and kept nowhere; `null` in a repeated answer.
    pub receipt: Option<String>,
    /// When it was received.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
    /// The commitment made to the document; `null` in a repeated answer.
    pub commitment: Option<CommitmentView>,
}

/// What the holder of a receipt is told. Not whether others found the same: who has no account could ask that of
/// anything.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnonymousState {
    /// `received`, `needs-info` or `declined`.
    pub state: String,
    /// When it was received.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
    /// A coordinator's question or reason, if any.
    pub answer: Option<String>,
}

fn digest(receipt: &str) -> String {
    hex::encode(Sha256::digest(format!("forewarn receipt 1\n{receipt}")))
}

impl UseCase for SubmitAnonymously {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        if !may_submit_anonymously(moment.actor, moment.policy) {
            return Err(Refusal::NotFound.into());
        }
        let receipt = hex::encode(moment.bytes());
        let mut plan = Plan::default();
        let results =
            app.take_in(moment, &mut plan, &self.0.lines, OrgId::NOBODY, Some(digest(&receipt))).await?;
        let one = "without an account one document with one vulnerability is sent at once";
        let [item] = &results[..] else {
            return Err(AppError::Invalid { place: "/".into(), message: one.into() });
        };
        if let Some(seconds) = item.retry_after {
            return Err(AppError::OverQuota { seconds });
        }
        if item.result == "rejected" {
            let place = item.place.clone().unwrap_or_default();
            return Err(AppError::Invalid { place, message: item.message.clone().unwrap_or_default() });
        }
        let commitment = item.commitment.clone();
        let mut answer = AnonymousReceipt { receipt: Some(receipt), received_at: moment.now, commitment };
        plan.respond(201, &answer)?;
        answer.receipt = None;
        answer.commitment = None;
        plan.remember(&answer)?;
        Ok(plan)
    }
}

impl App {
    /// The state of the finding of a receipt.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a receipt that was never given.
    pub async fn anonymous_state(&self, receipt: &str) -> Result<AnonymousState, AppError> {
        let mut query = Query::new(Category::Finding, Filter::Everything, 1);
        query.key = Some(("receipt".into(), digest(receipt.trim())));
        let found = self.store.list(&query).await?.pop().ok_or(Refusal::NotFound)?;
        // The receipt is the right to see it, so the service looks it up on the holder's behalf.
        let finding =
            guard::<Finding>(&found)?.see(&Actor::System, Act::SeeFinding).ok_or(Refusal::NotFound)?;
        let (state, answer) = match &finding.outcome {
            Outcome::NeedsInfo { question, .. } => ("needs-info", Some(question.expose().clone())),
            Outcome::Declined { reason } => ("declined", Some(reason.expose().clone())),
            Outcome::Received
            | Outcome::Duplicate { .. }
            | Outcome::Promoted { .. }
            | Outcome::Accepted { .. } => ("received", None),
        };
        Ok(AnonymousState { state: state.into(), received_at: timestamp(finding.received_at), answer })
    }
}
