//! Two findings have one root cause: what follows, whether a coordinator says so or a rule.
//!
//! Most reports are joined by rule as they come in. What the intake could not know is joined right after it, by a job
//! that the same commit queued: a report that came in at the same moment as another, one that shows two earlier ones to
//! be the same, and one without an account, whose request must not tell what is known.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Visible};
use forewarn_core::case::{self, Case, Command, State};
use forewarn_core::finding::{self, Finding, root_cause_keys};
use forewarn_core::ids::{CaseId, FindingId};

use super::cases::after;
use super::deduplication::{Pair, Standing, words};
use super::gathering::{answer, id_of};
use super::{App, AppError, Call, Moment, Plan, UseCase};

/// Topic of the jobs that join by rule what came in.
pub(crate) const JOINING: &str = "joining";

/// Why a coordinator's answer joins.
const ACCEPTED: &str = "a coordinator accepted the proposal that they have one root cause";

/// The body of a job that looks at these findings; `None` where there is none.
pub(super) fn job(findings: &[FindingId]) -> Option<Vec<u8>> {
    let ids: Vec<String> = findings.iter().map(FindingId::to_string).collect();
    (!ids.is_empty()).then(|| ids.join(" ").into_bytes())
}

/// Join two findings that certainly have one root cause, unless somebody decided on them meanwhile.
struct JoinByRule {
    pair: Pair,
    why: String,
}

impl UseCase for JoinByRule {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let decided = app.undecided(moment.actor, self.pair).await?.is_none();
        let (one, two) = (app.stands_behind(self.pair.0).await?, app.stands_behind(self.pair.1).await?);
        // Two cases are put together by a person: others may have been told of both.
        if decided || one.case.is_some() && two.case.is_some() {
            return Plan::answer(200, &());
        }
        app.join(moment, one, two, &self.why).await
    }
}

impl App {
    /// Joins by rule what can be joined of findings that came in; the ids are a job's body.
    pub(crate) async fn join_by_rule(&self, body: &[u8]) -> Result<(), AppError> {
        self.deduplication.catch_up(self.store.as_ref()).await?;
        let body = std::str::from_utf8(body).map_err(|_| AppError::Internal("job shape"))?;
        for id in body.split_whitespace() {
            let id: FindingId = id.parse().map_err(|_| AppError::Internal("job shape"))?;
            for join in self.certain_of(id).await? {
                match self.execute(&Call::system(), &join).await {
                    // What a rule of cases stands against waits for a person, who is told why.
                    Ok(_) | Err(AppError::Refused(_)) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(())
    }

    /// What certainly has the root cause of a finding: by a sign they share, or by a rule.
    async fn certain_of(&self, id: FindingId) -> Result<Vec<JoinByRule>, AppError> {
        let finding = self.visible::<Finding>(&id.to_string(), &Actor::System, Act::SeeFinding).await?;
        let mut joins = Vec::new();
        for sign in root_cause_keys(Self::report_of(&finding)?) {
            if let Some(first) = self.first_with(&sign).await?.filter(|first| *first != id) {
                joins.push(JoinByRule { pair: (id, first), why: sign.why.to_owned() });
            }
        }
        let by_rule = self.deduplication.certain(id).into_iter();
        joins.extend(by_rule.map(|(pair, likeness)| JoinByRule { pair, why: words(&likeness) }));
        Ok(joins)
    }

    /// Decides that two findings have one root cause.
    pub(super) async fn accept_proposal(
        &self,
        moment: &mut Moment<'_>,
        finding: &Visible<Finding>,
        with: &str,
    ) -> Result<Plan, AppError> {
        let other = self.visible::<Finding>(with, moment.actor, Act::SeeFinding).await?;
        let one = self.stands_behind(finding.id.ok_or(Refusal::NotFound)?).await?;
        let two = self.stands_behind(other.id.ok_or(Refusal::NotFound)?).await?;
        if one.is_with(&two) {
            return Err(Refusal::Rule("these findings are together already").into());
        }
        if one.declined || two.declined {
            return Err(Refusal::Rule("one of these findings was declined").into());
        }
        self.join(moment, one, two, ACCEPTED).await
    }

    /// Puts what two findings stand behind together: their cases are merged, or the one without a case comes into the
    /// other's, or the later becomes a duplicate of the earlier.
    async fn join(
        &self,
        moment: &mut Moment<'_>,
        one: Standing,
        two: Standing,
        why: &str,
    ) -> Result<Plan, AppError> {
        match (one.case, two.case) {
            (Some(one), Some(two)) => self.join_cases_of(moment, one, two, why).await,
            (Some(case), None) => self.join_with_duplicates(moment, case, two.first, why).await,
            (None, Some(case)) => self.join_with_duplicates(moment, case, one.first, why).await,
            (None, None) => {
                let ordered = (one.received_at, one.first) <= (two.received_at, two.first);
                let (of, later) = if ordered { (one, two) } else { (two, one) };
                self.follow_on(moment, of.first, later.first, why).await
            }
        }
    }

    /// The case that is further on takes the other's findings: one that is public, one that others were told of, the
    /// earlier one.
    async fn join_cases_of(
        &self,
        moment: &mut Moment<'_>,
        one: CaseId,
        two: CaseId,
        why: &str,
    ) -> Result<Plan, AppError> {
        let one = self.visible::<Case>(&one.to_string(), moment.actor, Act::SeeCase).await?;
        let two = self.visible::<Case>(&two.to_string(), moment.actor, Act::SeeCase).await?;
        let order = |case: &Case| {
            let over = matches!(case.state, State::Public | State::Closed);
            (!over, !case.is_told(), case.opened_at)
        };
        let (into, from) = if order(&one) <= order(&two) { (one, two) } else { (two, one) };
        self.merge(moment, &into, &id_of(&from)?.to_string(), why).await
    }

    /// Makes a finding that is in no case a duplicate of another.
    async fn follow_on(
        &self,
        moment: &mut Moment<'_>,
        of: FindingId,
        later: FindingId,
        why: &str,
    ) -> Result<Plan, AppError> {
        let later = self.visible::<Finding>(&later.to_string(), moment.actor, Act::SeeFinding).await?;
        let earlier = self.visible::<Finding>(&of.to_string(), moment.actor, Act::SeeFinding).await?;
        let by = later.id.ok_or(Refusal::NotFound)?;
        let command = finding::Command::MarkDuplicate { of, why: why.into() };
        let events = finding::decide(&later, command, &moment.facts())?;
        let noted = finding::decide(&earlier, finding::Command::NoteDuplicate { by }, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "id": by.to_string() }))?;
        plan.append::<Finding>(moment, of, earlier.version(), noted)?;
        plan.append::<Finding>(moment, by, later.version(), events)?;
        Ok(plan)
    }

    async fn join_with_duplicates(
        &self,
        moment: &mut Moment<'_>,
        case: CaseId,
        finding: FindingId,
        why: &str,
    ) -> Result<Plan, AppError> {
        let case = self.visible::<Case>(&case.to_string(), moment.actor, Act::SeeCase).await?;
        let finding = self.visible::<Finding>(&finding.to_string(), moment.actor, Act::SeeFinding).await?;
        let id = finding.id.ok_or(Refusal::NotFound)?;
        let finder = finding.submitter.ok_or(Refusal::NotFound)?;
        let command = Command::Join { finding: id, finder, why: why.to_owned() };
        let mut joined = case::decide(&case, command, &moment.facts())?;
        let state = after(&case, &joined, moment);
        joined.extend(self.duplicates_of(&finding, &state, moment).await?);
        let own = id_of(&case)?;
        let accepted = finding::decide(&finding, finding::Command::Accept { case: own }, &moment.facts())?;
        let mut plan = answer(&case, &joined, moment)?;
        plan.append::<Finding>(moment, id, finding.version(), accepted)?;
        plan.append::<Case>(moment, own, case.version(), joined)?;
        Ok(plan)
    }
}
