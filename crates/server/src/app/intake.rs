//! Taking findings in: one answer for each, nothing lost, the same twice is one.

use std::collections::{BTreeMap, HashMap};

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, may};
use forewarn_core::aggregate::{Aggregate, Category, Meta};
use forewarn_core::case::{self, Case};
use forewarn_core::deduplication::{Features, Index};
use forewarn_core::finding::{
    self, Command, Finding, Outcome, Received, Report, RootCauseKey, root_cause_keys,
};
use forewarn_core::ids::{CaseId, FindingId, OrgId};
use forewarn_formats::json::Problem;
use forewarn_store::Query;
use jiff::Timestamp;

use super::deduplication::words;
use super::joining::{self, JOINING};
use super::quota::Allowance;
use super::submission::{BatchResult, ItemResult, TakeIn, Taken};
use super::views::moment as timestamp;
use super::{App, AppError, Moment, Plan, UseCase, guard};

/// What this chunk itself adds, so that a later line sees the lines before it.
#[derive(Default)]
struct Seen {
    documents: HashMap<String, Finding>,
    causes: HashMap<String, Earlier>,
    /// The chunk's own findings, which the log does not have yet.
    index: Index<FindingId>,
    /// What the chunk's own findings stand behind.
    standing: HashMap<FindingId, Earlier>,
    joins: BTreeMap<CaseId, Vec<(FindingId, String)>>,
    /// What was taken in.
    taken: Vec<FindingId>,
    /// New duplicates of findings that are in no case.
    followed: BTreeMap<FindingId, Vec<FindingId>>,
}

#[derive(Clone)]
struct Earlier {
    finding: FindingId,
    case: Option<CaseId>,
    received_at: Timestamp,
    /// Whether it is in the store, and not only in this chunk.
    stored: bool,
}

/// One intake under way.
struct Intake {
    allowance: Allowance,
    submitter: OrgId,
    receipt: Option<String>,
    seen: Seen,
}

impl Seen {
    fn remember(
        &mut self,
        report: &Report,
        features: Features,
        id: FindingId,
        now: Timestamp,
        earlier: Option<(Earlier, String)>,
    ) {
        match &earlier {
            Some((Earlier { case: Some(case), .. }, why)) => {
                self.joins.entry(*case).or_default().push((id, why.clone()));
            }
            Some((Earlier { finding, stored: true, .. }, _)) => {
                self.followed.entry(*finding).or_default().push(id);
            }
            _ => {}
        }
        let own = Earlier { finding: id, case: None, received_at: now, stored: false };
        let cause = earlier.map_or(own, |(earlier, _)| earlier);
        for key in root_cause_keys(report) {
            self.causes.entry(key.digest).or_insert_with(|| cause.clone());
        }
        self.index.take(id, features);
        self.taken.push(id);
        self.standing.insert(id, cause);
    }
}

/// A new finding after its first events.
fn folded(events: &[finding::Event], moment: &Moment<'_>) -> Finding {
    let meta = |version| Meta { at: moment.now, actor: moment.actor.label(), version };
    (1..).zip(events).fold(Finding::default(), |state, (version, event)| state.evolve(&meta(version), event))
}

impl UseCase for TakeIn {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        if !may(moment.actor, Act::SubmitFinding) {
            return Err(
                Refusal::Forbidden("submitting needs a finder's credential with the findings scope").into()
            );
        }
        let submitter = moment.actor.org().ok_or(AppError::Unauthenticated)?;
        app.deduplication.catch_up(app.store.as_ref()).await?;
        let mut plan = Plan::default();
        let results = app.take_in(moment, &mut plan, &self.lines, submitter, None).await?;
        if results.iter().any(|item| item.retry_after.is_some()) {
            // Sent again under the same key when there is room, the rest must go in.
            plan.do_not_keep();
        }
        plan.respond(200, &BatchResult { results })?;
        Ok(plan)
    }
}

impl App {
    /// Takes documents in for a submitter, with an answer for each report.
    pub(super) async fn take_in(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        lines: &[Taken],
        submitter: OrgId,
        receipt: Option<String>,
    ) -> Result<Vec<ItemResult>, AppError> {
        let allowance = self.allowance(moment, submitter).await?;
        let documents = match receipt {
            // Nobody's documents are not told from each other's.
            Some(_) => HashMap::new(),
            None => self.known_documents(lines, submitter).await?,
        };
        let seen = Seen { documents, ..Seen::default() };
        let mut intake = Intake { allowance, submitter, receipt, seen };
        let mut results = Vec::new();
        for taken in lines {
            let reports = match &taken.reports {
                Ok(reports) => reports,
                Err(problem) => {
                    let Problem { place, message } = problem.clone();
                    results.push(ItemResult::rejected(taken.line, place, message));
                    continue;
                }
            };
            let before = plan.changes_of::<Finding>().count();
            for (part, report) in (0_u32..).zip(reports) {
                results.push(self.take(moment, plan, &mut intake, taken, part, report).await?);
            }
            let first = plan.changes_of::<Finding>().nth(before).map(str::to_owned);
            if let Some(first) = first {
                plan.blob::<Finding>(first, taken.bytes.clone());
            }
        }
        intake.allowance.count(plan);
        self.note_duplicates(moment, plan, &intake.seen.followed).await?;
        self.join_cases(moment, plan, intake.seen.joins, submitter).await?;
        if let Some(body) = joining::job(&intake.seen.taken) {
            plan.job(JOINING, body, moment.now);
        }
        Ok(results)
    }

    async fn take(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        intake: &mut Intake,
        taken: &Taken,
        part: u32,
        report: &Report,
    ) -> Result<ItemResult, AppError> {
        let document = Finding::document_key(intake.submitter, &taken.sha256, part);
        if intake.receipt.is_none()
            && let Some(known) = intake.seen.documents.get(&document)
        {
            return Ok(ItemResult::known(taken.line, known));
        }
        if let Some(seconds) = intake.allowance.exhausted() {
            return Ok(ItemResult::over_quota(taken.line, seconds));
        }
        let features = Features::of(report);
        // Whoever has no account is answered alike whatever is known; a job joins the report after that.
        let earlier = match intake.receipt {
            Some(_) => None,
            None => self.same_root_cause(report, &features, &intake.seen).await?,
        };
        let id = FindingId(moment.uuid());
        let opening = taken.opening(moment.bytes());
        let received = Received {
            document_sha256: taken.sha256.clone(),
            part,
            opening: Some(opening.clone()),
            receipt: intake.receipt.clone(),
        };
        let command = Command::Receive {
            finding: id,
            report: Box::new(report.clone()),
            received,
            duplicate_of: earlier.as_ref().map(|(earlier, why)| (earlier.finding, why.clone())),
        };
        let events = match finding::decide(&Finding::default(), command, &moment.facts()) {
            Ok(events) => events,
            Err(Refusal::Invalid { field, message }) => {
                let place = report.source_pointer.clone().unwrap_or_else(|| field.into());
                return Ok(ItemResult::rejected(taken.line, place, message.into()));
            }
            Err(other) => return Err(other.into()),
        };
        let state = folded(&events, moment);
        plan.append::<Finding>(moment, id, 0, events)?;
        intake.allowance.take();
        let item = ItemResult::taken_in(taken.line, id, moment.now, &opening);
        let item = match (&earlier, &state.outcome) {
            (Some((earlier, _)), _) => item.duplicate(earlier.received_at),
            (None, Outcome::NeedsInfo { question, place }) => item.needs_info(place, question.expose()),
            (None, _) => item,
        };
        intake.seen.documents.insert(document, state);
        intake.seen.remember(report, features, id, moment.now, earlier);
        Ok(item)
    }

    /// What the submitter sent before of these documents, in one question.
    async fn known_documents(
        &self,
        lines: &[Taken],
        submitter: OrgId,
    ) -> Result<HashMap<String, Finding>, AppError> {
        let mut keys = Vec::new();
        for taken in lines {
            let parts = taken.reports.as_ref().map_or(0, Vec::len);
            keys.extend(
                (0_u32..).take(parts).map(|part| Finding::document_key(submitter, &taken.sha256, part)),
            );
        }
        let mut known = HashMap::new();
        for (key, found) in self.store.holders(Category::Finding, "document", &keys).await? {
            let finding = guard::<Finding>(&found)?.see(&Actor::System, Act::SeeFinding);
            known.extend(finding.map(|finding| (key, Finding::clone(&finding))));
        }
        Ok(known)
    }

    /// The finding behind which a report certainly stands, in this chunk or before, and why.
    async fn same_root_cause(
        &self,
        report: &Report,
        features: &Features,
        seen: &Seen,
    ) -> Result<Option<(Earlier, String)>, AppError> {
        for key in root_cause_keys(report) {
            if let Some(earlier) = seen.causes.get(&key.digest) {
                return Ok(Some((earlier.clone(), key.why.to_owned())));
            }
            let Some(id) = self.first_with(&key).await? else { continue };
            if let Some(earlier) = self.behind(id).await? {
                return Ok(Some((earlier, key.why.to_owned())));
            }
        }
        if let Some(found) = self.deduplication.look_up(features).certain
            && let Some(earlier) = self.behind(found.id).await?
        {
            return Ok(Some((earlier, words(&found.likeness))));
        }
        let found = seen.index.look_up(features).certain;
        Ok(found.and_then(|found| Some((seen.standing.get(&found.id)?.clone(), words(&found.likeness)))))
    }

    /// The earliest finding with a sure sign of a root cause.
    pub(super) async fn first_with(&self, sign: &RootCauseKey) -> Result<Option<FindingId>, AppError> {
        let mut query = Query::new(Category::Finding, Filter::Everything, 1);
        query.key = Some(("root-cause".into(), sign.digest.clone()));
        query.newest_first = false;
        let Some(found) = self.store.list(&query).await?.pop() else { return Ok(None) };
        found.id.parse().map(Some).map_err(|_| AppError::Internal("finding id"))
    }

    /// What a finding stands behind, unless that was declined.
    async fn behind(&self, finding: FindingId) -> Result<Option<Earlier>, AppError> {
        let standing = self.stands_behind(finding).await?;
        let received_at = timestamp(standing.received_at);
        let earlier = Earlier { finding: standing.first, case: standing.case, received_at, stored: true };
        Ok((!standing.declined).then_some(earlier))
    }

    /// The case a finding is in.
    pub(super) async fn case_of(&self, finding: FindingId) -> Result<Option<CaseId>, AppError> {
        let mut query = Query::new(Category::Case, Filter::Everything, 1);
        query.key = Some(("finding".into(), finding.to_string()));
        let found = self.store.list(&query).await?.pop();
        found.map(|d| d.id.parse().map_err(|_| AppError::Internal("case id"))).transpose()
    }

    /// Moves the streams of the findings that got duplicates on: a case opened from one, or a decline, between now and
    /// the commit makes this plan anew, and the other way round.
    async fn note_duplicates(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        followed: &BTreeMap<FindingId, Vec<FindingId>>,
    ) -> Result<(), AppError> {
        for (id, by) in followed {
            let system = forewarn_core::access::Actor::System;
            let finding = self.visible::<Finding>(&id.to_string(), &system, Act::SeeFinding).await?;
            let mut events = Vec::with_capacity(by.len());
            for by in by {
                events.extend(finding::decide(
                    &finding,
                    Command::NoteDuplicate { by: *by },
                    &moment.facts(),
                )?);
            }
            plan.append::<Finding>(moment, id, finding.version(), events)?;
        }
        Ok(())
    }

    async fn join_cases(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        joins: BTreeMap<CaseId, Vec<(FindingId, String)>>,
        finder: OrgId,
    ) -> Result<(), AppError> {
        for (id, findings) in joins {
            // By rule, on the service's behalf: the finder does not see the case it joins.
            let system = Actor::System;
            let case = self.visible::<Case>(&id.to_string(), &system, Act::SeeCase).await?;
            let mut state = Case::clone(&case);
            let mut events = Vec::new();
            for (finding, why) in findings {
                let command = case::Command::Join { finding, finder, why };
                for event in case::decide(&state, command, &moment.facts())? {
                    let meta = Meta { at: moment.now, actor: moment.actor.label(), version: 0 };
                    state = state.evolve(&meta, &event);
                    events.push(event);
                }
            }
            plan.append::<Case>(moment, id, case.version(), events)?;
        }
        Ok(())
    }
}
