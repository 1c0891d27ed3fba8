//! Which findings are in a case: merging, splitting, and taking either back. No finding is ever lost: it leaves one
//! case in the same commit in which it comes into another.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::decide::{Decision, one};
use super::event::Event;
use super::states::State;
use super::{Case, Joined};
use crate::decision::{Refusal, require};
use crate::finding::require_text;
use crate::ids::{CaseId, FindingId, OrgId};

/// Findings with who found them and why they are in a case.
pub type Gathered = BTreeMap<FindingId, Joined>;

/// A case whose findings went into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// Where they are now.
    pub into: CaseId,
    /// What it had.
    pub findings: Gathered,
    /// Whether others had been told of it. For them it goes on as before: they keep what they were told, its embargo
    /// holds and ends as agreed, and nothing says that its findings are elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// What came into a case from others, and what went from it, so that both can be taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanges {
    /// By the case that was merged into this one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub merged: BTreeMap<CaseId, Gathered>,
    /// By the case that was split from this one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub split: BTreeMap<CaseId, Gathered>,
}

impl Exchanges {
    /// Whether nothing was exchanged.
    pub fn is_empty(&self) -> bool {
        self.merged.is_empty() && self.split.is_empty()
    }
}

/// Takes the findings of `from` into this case.
pub(super) fn take_over(state: &Case, from: CaseId, findings: Gathered, why: String) -> Decision {
    require(state.id != Some(from), Refusal::Rule("a case cannot be merged into itself"))?;
    let open = state.state != State::Withdrawn;
    require(open, Refusal::Rule("a withdrawn case takes no findings; reopen it first"))?;
    require_text("/why", &why)?;
    one(Event::CaseMerged { from, findings, why })
}

/// Gives this case's findings to `into`. What others were told of goes on for them.
pub(super) fn merge_into(state: &Case, into: CaseId, why: String) -> Decision {
    let going_on = !matches!(state.state, State::Public | State::Closed | State::Withdrawn);
    let over = "a public or withdrawn case is not merged into another; merge the other one into it";
    require(going_on, Refusal::Rule(over))?;
    require_text("/why", &why)?;
    one(Event::CaseMergedInto { into, why })
}

/// Gives back what came from `from`.
pub(super) fn give_back(state: &Case, from: CaseId) -> Decision {
    let came = state.exchanges.merged.get(&from);
    let came = came.ok_or(Refusal::Rule("nothing was merged or split between these two cases"))?;
    let here = came.keys().all(|finding| state.findings.contains_key(finding));
    require(here, Refusal::Rule("some of these findings went on to another case; undo that first"))?;
    let others = state.findings.keys().any(|finding| !came.contains_key(finding));
    require(others, Refusal::Rule("a case keeps at least one finding"))?;
    one(Event::MergeUndone { from })
}

/// Takes this case's findings back from `from`.
pub(super) fn restore(state: &Case, from: CaseId) -> Decision {
    let merged = state.merged.as_ref().is_some_and(|merged| merged.into == from);
    require(merged, Refusal::Rule("nothing was merged or split between these two cases"))?;
    one(Event::CaseRestored { from })
}

/// Gives some findings to `into`.
pub(super) fn split(state: &Case, findings: &[FindingId], into: CaseId, why: String) -> Decision {
    let message = "give at least one finding of this case, and not all of them";
    let refusal = Refusal::Invalid { field: "/findings", message };
    let mut gone = Gathered::new();
    for finding in findings {
        let joined = state.findings.get(finding).ok_or(refusal.clone())?;
        gone.insert(*finding, joined.clone());
    }
    require(!gone.is_empty() && gone.len() < state.findings.len(), refusal)?;
    require(state.id != Some(into), Refusal::Rule("a case cannot be split into itself"))?;
    require_text("/why", &why)?;
    one(Event::FindingsSplit { findings: gone, into, why })
}

/// Takes back what was split off to `into`.
pub(super) fn rejoin(state: &Case, into: CaseId) -> Decision {
    let split = state.exchanges.split.contains_key(&into);
    require(split, Refusal::Rule("nothing was merged or split between these two cases"))?;
    one(Event::SplitUndone { into })
}

/// Gives up findings that were split off from `to`.
pub(super) fn release_to(state: &Case, to: CaseId, findings: &[FindingId]) -> Decision {
    let here = findings.iter().all(|finding| state.findings.contains_key(finding));
    require(here, Refusal::Rule("some of these findings went on to another case; undo that first"))?;
    if findings.len() == state.findings.len() {
        return merge_into(state, to, "the split was undone".into());
    }
    one(Event::FindingsReturned { findings: findings.to_vec(), to })
}

impl Case {
    /// Whether others than its finders and coordinators were told of it, or are about to be.
    pub fn is_told(&self) -> bool {
        let early = matches!(self.state, State::Open | State::Validated | State::Disputed);
        !(early && self.vendors.is_empty() && self.waves.is_empty())
    }

    /// The findings it rests on: also those that are in another case by now, while this one goes on.
    pub fn rests_on(&self) -> impl Iterator<Item = &FindingId> {
        let elsewhere = self.merged.iter().filter(|merged| merged.told);
        self.findings.keys().chain(elsewhere.flat_map(|merged| merged.findings.keys()))
    }

    /// Who found it: also those whose findings are in another case by now, while this one goes on.
    pub fn finders(&self) -> BTreeSet<OrgId> {
        let elsewhere = self.merged.iter().filter(|merged| merged.told);
        let elsewhere = elsewhere.flat_map(|merged| merged.findings.values());
        self.findings.values().chain(elsewhere).map(|joined| joined.finder).collect()
    }

    pub(super) fn exchange(&mut self, event: &Event) {
        match event {
            Event::CaseMerged { from, findings, .. } => {
                self.findings.extend(findings.clone());
                self.exchanges.merged.insert(*from, findings.clone());
                self.exchanges.split.remove(from);
            }
            Event::CaseMergedInto { into, .. } => {
                let told = self.is_told();
                let findings = std::mem::take(&mut self.findings);
                self.merged = Some(Merged { into: *into, findings, told });
            }
            Event::MergeUndone { from } => {
                for finding in self.exchanges.merged.remove(from).unwrap_or_default().keys() {
                    self.findings.remove(finding);
                }
            }
            Event::CaseRestored { .. } => {
                if let Some(merged) = self.merged.take() {
                    self.findings = merged.findings;
                }
            }
            Event::FindingsSplit { findings, into, .. } => {
                self.findings.retain(|finding, _| !findings.contains_key(finding));
                self.exchanges.split.entry(*into).or_default().extend(findings.clone());
            }
            Event::SplitUndone { into } => {
                self.findings.extend(self.exchanges.split.remove(into).unwrap_or_default());
            }
            Event::FindingsReturned { findings, .. } => {
                self.findings.retain(|finding, _| !findings.contains(finding));
            }
            _ => {}
        }
    }
}
