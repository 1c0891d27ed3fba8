//! Taking findings in: one answer for each, nothing lost, the same twice is one.

use std::collections::{BTreeMap, HashMap};

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Filter, may};
use forewarn_core::aggregate::{Aggregate, Category, Meta};
use forewarn_core::case::{self, Case};
use forewarn_core::deduplication::{Features, Index};
use forewarn_core::finding::{self, Command, Finding, Report, root_cause_keys};
use forewarn_core::ids::{CaseId, FindingId, OrgId};
use forewarn_formats::json::{Limits, Problem};
use forewarn_formats::report;
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::deduplication::words;
use super::views::moment as timestamp;
use super::{App, AppError, Moment, Plan, UseCase};

/// Most reports one document may hold.
const MOST_PARTS: usize = 500;

/// One line of a batch.
#[derive(Clone, Debug)]
pub struct BatchLine {
    /// Line number, from 1.
    pub line: u64,
    /// The document.
    pub bytes: Vec<u8>,
}

/// What became of one report of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemResult {
    /// Line of the batch, from 1.
    pub line: u64,
    /// `accepted`, `duplicate` or `rejected`.
    pub result: String,
    /// Id of the finding, also of the earlier one if it was the same submitter's.
    pub finding: Option<String>,
    /// When the finding, or the one it duplicates, was received.
    #[schema(value_type = Option<String>)]
    pub received_at: Option<Timestamp>,
    /// JSON pointer or line and column of what is wrong.
    pub place: Option<String>,
    /// What is wrong, or why it is a duplicate.
    pub message: Option<String>,
}

/// Some lines of a batch, taken in by one commit.
pub struct TakeIn {
    lines: Vec<Taken>,
}

struct Taken {
    line: u64,
    sha256: String,
    bytes: Vec<u8>,
    reports: Result<Vec<Report>, Problem>,
}

/// The answer to a chunk.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct BatchResult {
    /// One for each report, and one for each line that could not be read.
    pub results: Vec<ItemResult>,
}

impl TakeIn {
    /// Reads the lines; a line that cannot be read becomes a rejected item, not a failure of the batch.
    pub fn read(lines: Vec<BatchLine>) -> Self {
        let read = |line: BatchLine| {
            let reports = report::read(&line.bytes, &Limits::finding()).and_then(|reports| {
                let few = (1..=MOST_PARTS).contains(&reports.len());
                let message = "a document holds 1 to 500 vulnerabilities";
                if few { Ok(reports) } else { Err(Problem { place: "/".into(), message: message.into() }) }
            });
            let sha256 = hex::encode(Sha256::digest(&line.bytes));
            Taken { line: line.line, sha256, bytes: line.bytes, reports }
        };
        Self { lines: lines.into_iter().map(read).collect() }
    }
}

/// What this chunk itself adds, so that a later line sees the lines before it.
#[derive(Default)]
struct Seen {
    documents: HashMap<String, (FindingId, Timestamp)>,
    causes: HashMap<String, Earlier>,
    /// The chunk's own findings, which the log does not have yet.
    index: Index<FindingId>,
    /// What the chunk's own findings stand behind.
    standing: HashMap<FindingId, Earlier>,
    joins: BTreeMap<CaseId, Vec<(FindingId, String)>>,
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
        let mut seen = Seen::default();
        let mut results = Vec::new();
        for taken in &self.lines {
            match &taken.reports {
                Err(problem) => {
                    results.push(rejected(taken.line, problem.place.clone(), problem.message.clone()))
                }
                Ok(reports) => {
                    let mut kept = false;
                    for (part, report) in (0_u32..).zip(reports) {
                        let item =
                            app.take(moment, &mut plan, &mut seen, submitter, taken, part, report).await?;
                        kept |= item.result != "rejected";
                        results.push(item);
                    }
                    if kept {
                        plan.blob(taken.bytes.clone());
                    }
                }
            }
        }
        app.note_duplicates(moment, &mut plan, &seen.followed).await?;
        app.join_cases(moment, &mut plan, seen.joins, submitter).await?;
        plan.respond(200, &BatchResult { results })?;
        Ok(plan)
    }
}

fn rejected(line: u64, place: String, message: String) -> ItemResult {
    ItemResult {
        line,
        result: "rejected".into(),
        finding: None,
        received_at: None,
        place: Some(place),
        message: Some(message),
    }
}

fn duplicate(line: u64, finding: Option<FindingId>, received_at: Timestamp, why: &str) -> ItemResult {
    ItemResult {
        line,
        result: "duplicate".into(),
        finding: finding.map(|id| id.to_string()),
        received_at: Some(received_at),
        place: None,
        message: Some(why.into()),
    }
}

impl App {
    #[allow(clippy::too_many_arguments, reason = "one step of a loop, with the loop's state")]
    async fn take(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        seen: &mut Seen,
        submitter: OrgId,
        taken: &Taken,
        part: u32,
        report: &Report,
    ) -> Result<ItemResult, AppError> {
        let document = Finding::document_key(submitter, &taken.sha256, part);
        let known = match seen.documents.get(&document) {
            Some(known) => Some(*known),
            None => self.known_document(&document).await?,
        };
        if let Some((id, received_at)) = known {
            return Ok(duplicate(taken.line, Some(id), received_at, "you submitted this document before"));
        }
        let features = Features::of(report);
        let earlier = self.same_root_cause(report, &features, seen).await?;
        let id = FindingId(moment.uuid());
        let command = Command::Receive {
            finding: id,
            report: Box::new(report.clone()),
            document_sha256: taken.sha256.clone(),
            part,
            duplicate_of: earlier.as_ref().map(|(earlier, why)| (earlier.finding, why.clone())),
        };
        let events = match finding::decide(&Finding::default(), command, &moment.facts()) {
            Ok(events) => events,
            Err(Refusal::Invalid { field, message }) => {
                return Ok(rejected(taken.line, field.into(), message.into()));
            }
            Err(other) => return Err(other.into()),
        };
        plan.append::<Finding>(moment, id, 0, events)?;
        seen.documents.insert(document, (id, moment.now));
        let cause = earlier.as_ref().map_or(
            Earlier { finding: id, case: None, received_at: moment.now, stored: false },
            |(earlier, _)| earlier.clone(),
        );
        for key in root_cause_keys(report) {
            seen.causes.entry(key.digest).or_insert_with(|| cause.clone());
        }
        seen.index.insert(id, features, None);
        seen.standing.insert(id, cause);
        let Some((earlier, why)) = earlier else {
            return Ok(ItemResult {
                line: taken.line,
                result: "accepted".into(),
                finding: Some(id.to_string()),
                received_at: Some(moment.now),
                place: None,
                message: None,
            });
        };
        if let Some(case) = earlier.case {
            seen.joins.entry(case).or_default().push((id, why));
        } else if earlier.stored {
            seen.followed.entry(earlier.finding).or_default().push(id);
        }
        Ok(duplicate(
            taken.line,
            Some(id),
            earlier.received_at,
            "it has the same root cause as an earlier finding",
        ))
    }

    async fn known_document(&self, key: &str) -> Result<Option<(FindingId, Timestamp)>, AppError> {
        let mut query = Query::new(Category::Finding, Filter::Everything, 1);
        query.key = Some(("document".into(), key.to_owned()));
        let Some(found) = self.store.list(&query).await?.pop() else { return Ok(None) };
        let id = found.id.parse().map_err(|_| AppError::Internal("finding id"))?;
        Ok(Some((id, timestamp(found.facets.sort_at))))
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
            let mut query = Query::new(Category::Finding, Filter::Everything, 1);
            query.key = Some(("root-cause".into(), key.digest));
            query.newest_first = false;
            let Some(found) = self.store.list(&query).await?.pop() else { continue };
            let id = found.id.parse().map_err(|_| AppError::Internal("finding id"))?;
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

    /// What a finding stands behind, unless that was declined.
    async fn behind(&self, finding: FindingId) -> Result<Option<Earlier>, AppError> {
        let standing = self.standing(finding).await?;
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
            let system = forewarn_core::access::Actor::System;
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
