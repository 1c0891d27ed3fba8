//! Acts that carry the signature of whoever approves.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor};
use forewarn_core::approval::{Signed, Statement};
use forewarn_core::case::Case;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CaseAct;
use crate::app::{App, AppError, Moment, Plan, UseCase};

/// A signed act has no signed act in it.
pub(super) fn twice() -> AppError {
    AppError::Invalid { place: "/of".into(), message: "an act is signed once".into() }
}

impl CaseAct {
    /// The act itself, and the signature that came with it.
    pub(super) fn with_signature(&self) -> (&CaseAct, Option<&Signed>) {
        match self {
            CaseAct::Signed { of, signed } => (of, Some(signed)),
            act => (act, None),
        }
    }
}

/// What an approver is asked to sign.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToSign {
    /// Case.
    #[serde(skip)]
    pub case: String,
    /// The act that is to be signed.
    #[schema(value_type = Object)]
    pub of: CaseAct,
    /// When it is signed.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

impl UseCase for ToSign {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case = app.visible::<Case>(&self.case, moment.actor, Act::SeeCase).await?;
        if !case.may(Act::Approve) {
            return Err(Refusal::NotFound.into());
        }
        let approver = moment.actor.person().ok_or(Refusal::NotFound)?;
        let command = app.command(&case, &self.of, moment, &mut Plan::default()).await?;
        let statement = Statement::of(&case, &command, approver, self.at).ok_or(Refusal::NotFound)?;
        let mut plan = Plan::answer(200, &statement)?;
        plan.do_not_keep();
        Ok(plan)
    }
}

impl App {
    /// The approval key that is registered for an actor.
    pub(super) async fn approval_key(&self, actor: &Actor) -> Result<Option<String>, AppError> {
        let (Some(org), Some(person)) = (actor.org(), actor.person()) else { return Ok(None) };
        Ok(self.organisation(org).await?.and_then(|org| org.approval_keys.get(&person).cloned()))
    }
}
