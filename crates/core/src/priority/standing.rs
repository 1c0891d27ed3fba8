//! Where a case stands in the order: an event-sourced record of its decisions, beside the case.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ByHand, Decision, Question};
use crate::access::{Act, Relation, filter};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::catalogue::CveId;
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::ids::{CaseId, OrgId};
use crate::secret::Secret;

/// What is taken over from the case when a decision is made.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Watched {
    /// Number of the case.
    pub number: String,
    /// Version of the case's stream.
    pub version: u64,
    /// Who coordinates it.
    pub coordinating: Option<OrgId>,
    /// Vendors that consented: they see the decision too.
    pub vendors: BTreeSet<OrgId>,
    /// Its CVE ids.
    pub cves: Secret<BTreeSet<CveId>>,
    /// Whether nothing is left to put in order: it is public, closed or withdrawn.
    pub settled: bool,
    /// Whether a validator is wanted.
    pub unchecked: bool,
    /// Finders whose findings are in it.
    pub finders: Secret<BTreeSet<OrgId>>,
    /// Verdicts given on it so far.
    pub checks: u64,
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// The case; `None` only before the first event.
    pub case: Option<CaseId>,
    /// As of the last decision.
    pub watched: Watched,
    /// The decision in force; `None` until the first.
    pub decision: Option<Secret<Decision>>,
    /// When it was made.
    pub decided_at: Option<Timestamp>,
    /// Answers given by hand.
    pub by_hand: BTreeMap<Question, ByHand>,
}

/// What happens to the standing of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A decision that differs from the one before, or the case is in other hands.
    PriorityDecided {
        /// The case.
        case: CaseId,
        /// What was taken over from it.
        watched: Watched,
        /// The decision.
        decision: Box<Secret<Decision>>,
    },
    /// Somebody answered a question by hand.
    PriorityAnswered {
        /// The case.
        case: CaseId,
        /// The question.
        question: Question,
        /// The answer; `None` takes an earlier one back.
        answer: Option<String>,
        /// Why.
        reason: Secret<String>,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::PriorityDecided { .. } => "priority-decided",
            Event::PriorityAnswered { .. } => "priority-answered",
        }
    }
}

/// What may be asked of it.
#[derive(Clone, Debug)]
pub enum Command {
    /// Put the case where its inputs say; by the service.
    Decide {
        /// The case.
        case: CaseId,
        /// What is taken over from it.
        watched: Watched,
        /// The decision.
        decision: Box<Decision>,
    },
    /// Answer a question by hand.
    Answer {
        /// The question.
        question: Question,
        /// The answer; `None` takes an earlier one back.
        answer: Option<String>,
        /// Why.
        reason: String,
    },
}

/// Decides a command on a standing. The same decision again is no event.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Standing, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Decide { case, watched, decision } => {
            let service = filter(facts.actor, Act::Tick).admits(&state.facets());
            require(service, Refusal::Forbidden("only the service puts cases in order"))?;
            let undated = Watched { version: 0, ..watched.clone() };
            let same = Watched { version: 0, ..state.watched.clone() } == undated
                && state.decision.as_ref().is_some_and(|before| before.expose().same_as(&decision));
            if same {
                return Ok(vec![]);
            }
            let decision = Box::new(Secret::new(*decision));
            Ok(vec![Event::PriorityDecided { case, watched, decision }])
        }
        Command::Answer { question, answer, reason } => {
            let case = state.case.ok_or(Refusal::NotFound)?;
            let facets = state.facets();
            if !filter(facts.actor, Act::AnswerPriority).admits(&facets) {
                let seen = filter(facts.actor, Act::SeePriority).admits(&facets);
                let text = "only the case's coordinators answer for its priority";
                return Err(if seen { Refusal::Forbidden(text) } else { Refusal::NotFound });
            }
            require_text("/reason", &reason)?;
            let known = answer.as_ref().is_none_or(|answer| question.answers().contains(&answer.as_str()));
            let message = "is not an answer to this question; docs/reference/policy.md lists them";
            require(known, Refusal::Invalid { field: "/answer", message })?;
            Ok(vec![Event::PriorityAnswered { case, question, answer, reason: Secret::new(reason) }])
        }
    }
}

impl Aggregate for Standing {
    const CATEGORY: Category = Category::Priority;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        match event {
            Event::PriorityDecided { case, watched, decision } => {
                self.case = Some(*case);
                self.watched = watched.clone();
                self.decision = Some(decision.as_ref().clone());
                self.decided_at = Some(meta.at);
            }
            Event::PriorityAnswered { case, question, answer, .. } => {
                self.case = Some(*case);
                match answer {
                    Some(answer) => {
                        let hand = ByHand { answer: answer.clone(), by: meta.actor.clone(), at: meta.at };
                        self.by_hand.insert(*question, hand);
                    }
                    None => {
                        self.by_hand.remove(question);
                    }
                }
            }
        }
        self
    }

    fn facets(&self) -> Facets {
        let watched = &self.watched;
        let mut relations: BTreeSet<_> =
            watched.coordinating.iter().map(|org| (*org, Relation::Coordinating)).collect();
        relations.extend(watched.vendors.iter().map(|org| (*org, Relation::Vendor)));
        let mut keys = BTreeSet::new();
        if !watched.settled {
            keys.extend(watched.cves.expose().iter().map(|cve| Key::shared("cve", cve)));
            if !watched.cves.expose().is_empty() {
                keys.insert(Key::shared("has", "cve"));
            }
            keys.extend(watched.finders.expose().iter().map(|org| Key::shared("finder", org)));
            if watched.unchecked {
                keys.insert(Key::shared("wants", "validation"));
            }
        }
        let decision = self.decision.as_ref().map(Secret::expose);
        Facets {
            state: if watched.settled { "settled" } else { "waiting" }.into(),
            sort_at: decision.map_or(0, |decision| decision.places.number()),
            public: false,
            relations,
            keys,
        }
    }
}
