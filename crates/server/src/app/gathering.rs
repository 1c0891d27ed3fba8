//! Merging and splitting cases, and taking either back. Each is one commit over all streams it touches, so that no
//! finding is ever in two cases or in none.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Visible};
use forewarn_core::case::{self, Case, Command, Event};
use forewarn_core::finding::{self, Finding, Outcome};
use forewarn_core::ids::{CaseId, FindingId};

use super::cases::{CaseDone, after};
use super::{App, AppError, Moment, Plan};

/// Most findings one act splits off.
const MOST: usize = 500;

impl App {
    /// Puts the findings of `from` into `case`.
    pub(super) async fn merge(
        &self,
        moment: &mut Moment<'_>,
        case: &Visible<Case>,
        from: &str,
        why: &str,
    ) -> Result<Plan, AppError> {
        let other = self.visible::<Case>(from, moment.actor, Act::SeeCase).await?;
        let (own, its) = (id_of(case)?, id_of(&other)?);
        let findings = other.findings.clone();
        let taken = Command::TakeOver { from: its, findings: findings.clone(), why: why.to_owned() };
        let taken = case::decide(case, taken, &moment.facts())?;
        let given = Command::MergeInto { into: own, why: why.to_owned() };
        let given = case::decide(&other, given, &moment.facts())?;
        let mut plan = answer(case, &taken, moment)?;
        plan.append::<Case>(moment, its, other.version(), given)?;
        plan.append::<Case>(moment, own, case.version(), taken)?;
        self.move_findings(moment, &mut plan, findings.keys(), own).await?;
        Ok(plan)
    }

    /// Puts some findings of `case` into another case, or into a new one.
    pub(super) async fn split(
        &self,
        moment: &mut Moment<'_>,
        case: &Visible<Case>,
        findings: &[String],
        into: Option<&str>,
        why: &str,
    ) -> Result<Plan, AppError> {
        let not_these =
            |message: &str| AppError::Invalid { place: "/findings".into(), message: message.into() };
        if findings.len() > MOST {
            return Err(not_these("holds at most 500 findings"));
        }
        let ids =
            findings.iter().map(|id| id.parse().map_err(|_| not_these("holds something that is not an id")));
        let ids: Vec<FindingId> = ids.collect::<Result<_, _>>()?;
        let (target, version, new) = match into {
            Some(id) => {
                let other = self.visible::<Case>(id, moment.actor, Act::SeeCase).await?;
                (Case::clone(&other), other.version(), id_of(&other)?)
            }
            None => (Case::default(), 0, CaseId(moment.uuid())),
        };
        let command = Command::Split { findings: ids.clone(), into: new, why: why.to_owned() };
        let given = case::decide(case, command, &moment.facts())?;
        let taken = self.take_over(moment, case, &target, new, &ids, why).await?;
        let mut plan = answer(&target, &taken, moment)?;
        plan.append::<Case>(moment, id_of(case)?, case.version(), given)?;
        plan.append::<Case>(moment, new, version, taken)?;
        self.move_findings(moment, &mut plan, ids.iter(), new).await?;
        if into.is_none()
            && let Some(first) = ids.first()
        {
            self.accept_first(moment, &mut plan, *first, new).await?;
        }
        Ok(plan)
    }

    /// What happens to the case that takes split-off findings; a new one is opened from the first of them.
    async fn take_over(
        &self,
        moment: &Moment<'_>,
        from: &Case,
        target: &Case,
        new: CaseId,
        ids: &[FindingId],
        why: &str,
    ) -> Result<Vec<Event>, AppError> {
        let mut state = target.clone();
        let mut events = Vec::new();
        for id in ids {
            let finder = from.findings.get(id).ok_or(Refusal::NotFound)?.finder;
            let command = if state.id.is_none() {
                let first = self.visible::<Finding>(&id.to_string(), moment.actor, Act::SeeFinding).await?;
                let report = Self::report_of(&first)?;
                let (title, affected) = (report.title.clone(), report.affected.clone());
                Command::Open { case: new, finding: *id, finder, title, affected }
            } else {
                Command::Join { finding: *id, finder, why: why.to_owned() }
            };
            let more = case::decide(&state, command, &moment.facts())?;
            state = after(&state, &more, moment);
            events.extend(more);
        }
        Ok(events)
    }

    /// Takes a merge or a split between two cases back.
    pub(super) async fn undo(
        &self,
        moment: &mut Moment<'_>,
        case: &Visible<Case>,
        other: &str,
    ) -> Result<Plan, AppError> {
        let other = self.visible::<Case>(other, moment.actor, Act::SeeCase).await?;
        let (own, its) = (id_of(case)?, id_of(&other)?);
        if let Some(split) = case.exchanges.split.get(&its) {
            let findings: Vec<FindingId> = split.keys().copied().collect();
            let released = Command::ReleaseTo { to: own, findings: findings.clone() };
            let released = case::decide(&other, released, &moment.facts())?;
            let back = case::decide(case, Command::Rejoin { into: its }, &moment.facts())?;
            let mut plan = answer(case, &back, moment)?;
            plan.append::<Case>(moment, its, other.version(), released)?;
            plan.append::<Case>(moment, own, case.version(), back)?;
            self.move_findings(moment, &mut plan, findings.iter(), own).await?;
            return Ok(plan);
        }
        let findings: Vec<FindingId> =
            case.exchanges.merged.get(&its).map(|came| came.keys().copied().collect()).unwrap_or_default();
        let given = case::decide(case, Command::GiveBack { from: its }, &moment.facts())?;
        let restored = case::decide(&other, Command::Restore { from: own }, &moment.facts())?;
        let mut plan = answer(case, &given, moment)?;
        plan.append::<Case>(moment, own, case.version(), given)?;
        plan.append::<Case>(moment, its, other.version(), restored)?;
        self.move_findings(moment, &mut plan, findings.iter(), its).await?;
        Ok(plan)
    }

    /// Says in the findings that name a case which one it is now. A duplicate names none.
    async fn move_findings<'i>(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        findings: impl Iterator<Item = &'i FindingId>,
        case: CaseId,
    ) -> Result<(), AppError> {
        for id in findings {
            let finding = self.visible::<Finding>(&id.to_string(), moment.actor, Act::SeeFinding).await?;
            if matches!(finding.outcome, Outcome::Accepted { .. }) {
                let moved = finding::decide(&finding, finding::Command::Move { case }, &moment.facts())?;
                plan.append::<Finding>(moment, id, finding.version(), moved)?;
            }
        }
        Ok(())
    }

    async fn accept_first(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        id: FindingId,
        case: CaseId,
    ) -> Result<(), AppError> {
        let finding = self.visible::<Finding>(&id.to_string(), moment.actor, Act::SeeFinding).await?;
        if matches!(finding.outcome, Outcome::Accepted { .. }) {
            return Ok(());
        }
        let accepted = finding::decide(&finding, finding::Command::Accept { case }, &moment.facts())?;
        plan.append::<Finding>(moment, id, finding.version(), accepted)
    }
}

pub(super) fn id_of(case: &Case) -> Result<CaseId, AppError> {
    case.id.ok_or(AppError::Refused(Refusal::NotFound))
}

pub(super) fn answer(case: &Case, events: &[Event], moment: &Moment<'_>) -> Result<Plan, AppError> {
    let after = after(case, events, moment);
    let done = CaseDone {
        case: after.id.map(|id| id.to_string()).unwrap_or_default(),
        number: after.number.clone(),
        state: after.state_name().into(),
        wave: None,
        notified: None,
    };
    Plan::answer(200, &done)
}
