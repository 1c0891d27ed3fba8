//! Who checks a case: claims that end, and verdicts by somebody other than the finder.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::command::Verdict;
use super::decide::{Decision, one, step};
use super::event::Event;
use super::states::{State, Step, next};
use super::{Case, Check, Claim, Validation};
use crate::aggregate::{Key, Meta};
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::ids::OrgId;
use crate::secret::Secret;

pub(super) fn check(
    state: &Case,
    verdict: Verdict,
    method: String,
    evidence: String,
    facts: &Facts<'_>,
) -> Decision {
    let org = facts.actor.org();
    let finder = org.is_some_and(|org| state.found_by(org));
    require(!finder, Refusal::Rule("a finding is validated by someone other than its finder"))?;
    let vendor = org.and_then(|org| state.vendors.get(&org)).filter(|_| org != state.coordinating);
    let own = vendor.is_none_or(|party| party.unchecked && state.state == State::Open);
    require(own, Refusal::Rule("a vendor checks only what it was asked of before anybody had checked it"))?;
    require_time_left(state, facts)?;
    require_text("/method", &method)?;
    require_text("/evidence", &evidence)?;
    step(state, Step::Validate)?;
    one(Event::CaseChecked { verdict, method, evidence: Secret::new(evidence), org })
}

/// A validator whose claim has run out says nothing more, also before the service has recorded the end.
fn require_time_left(state: &Case, facts: &Facts<'_>) -> Result<(), Refusal> {
    let own = state.claim.as_ref().filter(|claim| Some(claim.org) == facts.actor.org());
    let ended = own.is_some_and(|claim| claim.until <= facts.now);
    require(!ended, Refusal::Rule("the time to check this case has run out; take it again"))
}

pub(super) fn dispute(state: &Case, reason: String, facts: &Facts<'_>) -> Decision {
    require_time_left(state, facts)?;
    step(state, Step::Dispute)?;
    require_text("/reason", &reason)?;
    one(Event::CaseDisputed { reason: Secret::new(reason) })
}

pub(super) fn claim(state: &Case, held: u64, facts: &Facts<'_>) -> Decision {
    let org = facts.actor.org().ok_or(Refusal::NotFound)?;
    let limits = &facts.policy.profile.validation;
    let full =
        Refusal::Rule("your organisation holds as many cases as the policy profile allows; check one first");
    require(held < u64::from(limits.most_claims), full)?;
    require(state.claimable_by(org, facts.now), Refusal::Rule("this case does not wait for your check"))?;
    let lease = SignedDuration::from_hours(i64::from(limits.lease_hours));
    let until = facts.now.checked_add(lease).unwrap_or(Timestamp::MAX);
    let lapsed = state.claim.as_ref().map(|old| Event::ValidationReturned { org: old.org, lapsed: true });
    Ok(lapsed.into_iter().chain([Event::ValidationClaimed { org, until }]).collect())
}

pub(super) fn end_claim(state: &Case, facts: &Facts<'_>) -> Decision {
    let Some(claim) = &state.claim else { return Ok(vec![]) };
    let lapsed = claim.until <= facts.now;
    let returned = facts.actor.org() == Some(claim.org);
    if lapsed || returned { one(Event::ValidationReturned { org: claim.org, lapsed }) } else { Ok(vec![]) }
}

impl Case {
    fn found_by(&self, org: OrgId) -> bool {
        self.finders().contains(&org)
    }

    /// Whether somebody's check is wanted at all.
    pub fn unchecked(&self) -> bool {
        self.id.is_some() && next(self.state, Step::Validate).is_some()
    }

    /// Whether `org` may take it at `now`: it waits for a check, nobody holds it, and the organisation neither found
    /// it nor has given a verdict on it since it was opened or reopened.
    pub fn claimable_by(&self, org: OrgId, now: Timestamp) -> bool {
        let free = self.claim.as_ref().is_none_or(|claim| claim.until <= now);
        let checked = self.checks.iter().any(|check| check.org == Some(org));
        self.unchecked() && free && !self.found_by(org) && !checked
    }

    pub(super) fn note_check(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::CaseChecked { verdict, method, org, .. } => {
                let (by, method) = (meta.actor.clone(), method.clone());
                self.claim = self.claim.take().filter(|claim| Some(claim.org) != *org);
                self.validation =
                    Some(Validation { verdict: *verdict, method: method.clone(), by: by.clone() });
                self.checks.push(Check { verdict: *verdict, method, by, org: *org, at: meta.at });
            }
            Event::ValidationClaimed { org, until } => self.claim = Some(Claim { org: *org, until: *until }),
            Event::ValidationReturned { .. } => self.claim = None,
            _ => {}
        }
    }

    /// Keys by which claims of an organisation and verdicts on a finder's cases are counted.
    pub(super) fn validation_keys(&self) -> BTreeSet<Key> {
        let mut keys: BTreeSet<Key> =
            self.claim.iter().map(|claim| Key::shared("claimed-by", claim.org)).collect();
        if let Some(validation) = &self.validation {
            keys.extend(self.finders().into_iter().map(|org| Self::record_key(org, validation.verdict)));
        }
        keys
    }

    /// The key of cases of a finder whose last verdict is this.
    pub fn record_key(finder: OrgId, verdict: Verdict) -> Key {
        Key::shared("record", format!("{finder}:{}", verdict.as_str()))
    }
}
