//! Destroying a case for ever: two people of its coordinators decide, and what was decided outlives it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Act, Visible};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Meta};
use crate::case::{Case, State};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{CaseId, PrincipalId};

/// Longest reason, in bytes.
const LONGEST_REASON: usize = 1000;

/// What is known of a case that was destroyed. Nothing of what it was about.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shredding {
    /// The case; `None` only before the first event.
    pub case: Option<CaseId>,
    /// Who decided.
    pub by: BTreeSet<PrincipalId>,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: Option<Timestamp>,
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// Two people decided that the case's keys are destroyed.
    CaseShredded {
        /// The case.
        case: CaseId,
        /// The two.
        by: BTreeSet<PrincipalId>,
        /// Why.
        reason: String,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::CaseShredded { .. } => "case-shredded",
        }
    }
}

/// Decides that a case is destroyed. `seen` is the case as each of the two who decide sees it.
///
/// # Errors
/// When they are not two people of its coordinators, when it is not over, or when no reason is given.
pub fn decide(
    state: &Shredding,
    seen: [&Visible<Case>; 2],
    reason: &str,
    _facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    if state.case.is_some() {
        return Ok(vec![]);
    }
    let mut by = BTreeSet::new();
    for case in seen {
        require(
            case.may(Act::ShredCase),
            Refusal::Forbidden("only coordinators of a case decide that it is destroyed"),
        )?;
        let person = case
            .actor()
            .person()
            .ok_or(Refusal::Rule("people decide that a case is destroyed, not services"))?;
        by.insert(person);
    }
    require(by.len() == 2, Refusal::Rule("two people decide that a case is destroyed"))?;
    let over = matches!(seen[0].state, State::Closed | State::Withdrawn);
    require(
        over,
        Refusal::WrongState { state: seen[0].state.as_str(), step: "destroying a case that is not over" },
    )?;
    let reason = reason.trim();
    let message = "say why, in at most 1,000 bytes";
    require(
        !reason.is_empty() && reason.len() <= LONGEST_REASON,
        Refusal::Invalid { field: "/reason", message },
    )?;
    let case = seen[0].id.ok_or(Refusal::NotFound)?;
    require(seen[1].id == Some(case), Refusal::NotFound)?;
    Ok(vec![Event::CaseShredded { case, by, reason: reason.to_owned() }])
}

impl Aggregate for Shredding {
    const CATEGORY: Category = Category::Shredding;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        match event {
            Event::CaseShredded { case, by, reason } => {
                self.case = Some(*case);
                self.by = by.clone();
                self.reason = reason.clone();
                self.at = Some(meta.at);
            }
        }
        self
    }

    fn facets(&self) -> Facets {
        Facets {
            state: if self.case.is_some() { "shredded" } else { "none" }.into(),
            sort_at: self.at.map_or(0, Timestamp::as_millisecond),
            ..Facets::default()
        }
    }
}
