//! Which findings may have one root cause: the index of this process, kept in step with the log.
//!
//! What was decided is in the log (a duplicate, a finding in a case, two kept apart). What is only likely is not: it is
//! worked out from the log in every process, in the log's order, so that all say the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};

use forewarn_core::access::{Act, Actor, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::deduplication::{Answer, Features, Index, Likeness, Verdict};
use forewarn_core::event::decode;
use forewarn_core::finding::{Event, Finding, Outcome, Report};
use forewarn_core::ids::{CaseId, FindingId};
use forewarn_store::{EventStore, Query};

use super::{App, AppError, guard};

/// How many events are read at once.
const STEP: u32 = 500;
/// Longest chain of duplicates that is followed: each link is an act of a person.
const LONGEST_CHAIN: usize = 64;

/// An index that follows findings through the log.
#[derive(Default)]
pub(super) struct Follower {
    state: RwLock<State>,
    /// Only one task reads the log forward at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    index: Index<FindingId>,
    /// Pairs a person may decide on: the later finding, the earlier one.
    open: BTreeMap<Pair, Likeness>,
    /// The open pair of two clusters, by the first finding of each: more pairs of them would be the same question.
    asked: HashMap<Pair, Pair>,
    seq: u64,
}

/// A later finding and an earlier one.
pub(super) type Pair = (FindingId, FindingId);

impl Follower {
    /// Reads what was appended since.
    pub(super) async fn catch_up(&self, store: &dyn EventStore) -> Result<(), AppError> {
        let _turn = self.turn.lock().await;
        let head = store.head().await?;
        loop {
            let from = self.read(|state| state.seq);
            if from >= head {
                return Ok(());
            }
            let events = store.events_after(from, STEP, Some(Category::Finding)).await?;
            let mut read = Vec::with_capacity(events.len());
            for recorded in &events {
                let id = recorded.stream.id.parse().map_err(|_| AppError::Internal("finding id"))?;
                let envelope = decode::<Event>(&recorded.event.bytes)
                    .map_err(|_| AppError::Internal("finding event shape"))?;
                read.push((id, envelope.data));
            }
            let seq = events.last().map_or(head, |last| last.seq);
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            for (id, event) in read {
                state.follow(id, event);
            }
            state.seq = seq;
        }
    }

    fn read<T>(&self, what: impl FnOnce(&State) -> T) -> T {
        what(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the findings so far say of a report.
    pub(super) fn look_up(&self, features: &Features) -> Answer<FindingId> {
        self.read(|state| state.index.look_up(features))
    }

    /// Open pairs of a later finding that a rule joins.
    pub(super) fn certain(&self, later: FindingId) -> Vec<(Pair, Likeness)> {
        let least = FindingId(uuid::Uuid::nil());
        let most = FindingId(uuid::Uuid::max());
        self.read(|state| {
            let own = state.open.range((later, least)..=(later, most));
            let certain = own.filter(|(_, likeness)| likeness.verdict == Verdict::Certain);
            certain.map(|(pair, likeness)| (*pair, likeness.clone())).collect()
        })
    }

    /// Open pairs before `before`, the latest first, at most `most`.
    pub(super) fn open(&self, before: Option<Pair>, most: usize) -> Vec<(Pair, Likeness)> {
        self.read(|state| {
            let earlier =
                state.open.iter().rev().filter(|(pair, _)| before.is_none_or(|before| **pair < before));
            earlier.take(most).map(|(pair, likeness)| (*pair, likeness.clone())).collect()
        })
    }
}

impl State {
    fn follow(&mut self, id: FindingId, event: Event) {
        match event {
            Event::FindingReceived { report, .. } => {
                let answer = self.index.take(id, Features::of(report.expose()));
                // A certain one is usually joined by the next event, or by the job that came with this one.
                for found in answer.certain.into_iter().chain(answer.joined) {
                    self.open.insert((id, found.id), found.likeness);
                }
                for found in answer.likely {
                    self.ask((id, found.id), found.likeness);
                }
            }
            Event::FindingDuplicate { of, .. } => {
                self.index.unite(id, of);
                self.open.remove(&(id, of));
                self.open.remove(&(of, id));
            }
            Event::FindingDeclined { .. } => self.index.retire(id),
            Event::FindingsApart { other } => {
                for pair in [(id, other), (other, id)] {
                    self.open.remove(&pair);
                }
                let question = self.index.question(id, other);
                if let Some(pair) = question.and_then(|question| self.asked.remove(&question)) {
                    self.open.remove(&pair);
                }
                self.index.keep_apart(id, other);
            }
            _ => {}
        }
    }

    /// Opens a pair, unless one of the same two clusters is open.
    fn ask(&mut self, pair: Pair, likeness: Likeness) {
        let Some(question) = self.index.question(pair.0, pair.1) else { return };
        let open = self.asked.get(&question).is_some_and(|asked| self.open.contains_key(asked));
        if !open {
            self.asked.insert(question, pair);
            self.open.insert(pair, likeness);
        }
    }
}

/// What a finding stands for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// The first finding of its root cause.
    pub first: FindingId,
    /// When that one was received, milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The case it is in.
    pub case: Option<CaseId>,
    /// Whether that one was declined, so that nothing joins it any more.
    pub declined: bool,
}

impl Standing {
    /// Whether both stand behind one finding or in one case.
    pub(super) fn is_with(&self, other: &Self) -> bool {
        self.first == other.first || self.case.is_some() && self.case == other.case
    }
}

impl App {
    /// Follows duplicates to the finding they stand behind, and to its case.
    pub(super) async fn stands_behind(&self, finding: FindingId) -> Result<Standing, AppError> {
        let mut at = finding;
        for _ in 0..LONGEST_CHAIN {
            let found = self.visible::<Finding>(&at.to_string(), &Actor::System, Act::SeeFinding).await?;
            let case = self.case_of(at).await?;
            let received_at = found.received_at;
            let declined = matches!(found.outcome, Outcome::Declined { .. });
            let next = match &found.outcome {
                Outcome::Duplicate { of, .. } if case.is_none() => Some(*of),
                Outcome::Declined { .. } => self.in_place_of(at).await?,
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => return Ok(Standing { first: at, received_at, case, declined }),
            }
        }
        Err(AppError::Internal("a chain of duplicates without an end"))
    }

    /// The finding that took the place of a declined one.
    async fn in_place_of(&self, declined: FindingId) -> Result<Option<FindingId>, AppError> {
        let mut query = Query::new(Category::Finding, Filter::Everything, 1);
        query.key = Some(("stands-for".into(), declined.to_string()));
        let Some(found) = self.store.list(&query).await?.pop() else { return Ok(None) };
        found.id.parse().map(Some).map_err(|_| AppError::Internal("finding id"))
    }

    /// The earliest finding that waits behind this one, and its stream's version.
    pub(super) async fn next_in_line(
        &self,
        finding: &Finding,
    ) -> Result<Option<forewarn_core::access::Visible<Finding>>, AppError> {
        for id in finding.id.iter().chain(&finding.stands_for) {
            let mut query = Query::new(Category::Finding, Filter::Everything, 1);
            query.key = Some(("duplicate-of".into(), id.to_string()));
            query.newest_first = false;
            if let Some(found) = self.store.list(&query).await?.pop() {
                return Ok(guard::<Finding>(&found)?.see(&Actor::System, Act::SeeFinding));
            }
        }
        Ok(None)
    }

    /// The report of a finding, as the service reads it.
    pub(super) fn report_of(finding: &Finding) -> Result<&Report, AppError> {
        finding
            .report
            .as_ref()
            .map(forewarn_core::Secret::expose)
            .ok_or(AppError::Internal("finding without report"))
    }
}

/// The reasons of a likeness as one sentence.
pub(super) fn words(likeness: &Likeness) -> String {
    likeness.reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join("; ")
}
