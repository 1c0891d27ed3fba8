//! What may end an embargo early, and how: triggers that parties report, people who decide, and rules that two people
//! signed beforehand. Also a vendor's promises and requests about time.

use jiff::{SignedDuration, Timestamp};

use super::Case;
use super::decide::{Decision, one};
use super::embargo::{Consent, EmbargoState, Exit, LiftRule, ReleaseReason};
use super::event::Event;
use super::plan::alarms;
use super::spread::{people, person};
use super::vendors::consented_vendor;
use crate::access::{Act, filter};
use crate::aggregate::Aggregate;
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::secret::Secret;

/// Longest time of a rule between trigger and release, in hours.
const LONGEST_RULE: u32 = 24 * 14;

pub(super) fn raise(state: &Case, reason: ReleaseReason, evidence: String, facts: &Facts<'_>) -> Decision {
    running(state)?;
    require_text("/evidence", &evidence)?;
    agreed(state, reason)?;
    let coordinates = filter(facts.actor, Act::Approve).admits(&state.facets());
    // Whoever else could report it would learn how another vendor stands.
    let silent = reason == ReleaseReason::VendorSilent;
    let who = Refusal::Forbidden("only the case's coordinators say that a vendor is silent");
    require(!silent || coordinates, who)?;
    silence(state, reason, facts)?;
    let confirmed = coordinates && facts.actor.person().is_some();
    let known = state.triggers.get(&reason);
    let news = known.is_none_or(|trigger| confirmed && trigger.confirmed_at.is_none());
    require(news, Refusal::Rule("this trigger was raised already; decide on the release, or dismiss it"))?;
    one(Event::TriggerRaised { reason, evidence: Secret::new(evidence), confirmed })
}

pub(super) fn dismiss(state: &Case, reason: ReleaseReason, facts: &Facts<'_>) -> Decision {
    let by = person(facts)?;
    let trigger = state.triggers.get(&reason).ok_or(Refusal::Rule("this trigger was not raised"))?;
    require(
        !trigger.dismissed_by.contains(&by),
        Refusal::Rule("you dismissed this already; another person is needed"),
    )?;
    let gone = trigger.dismissed_by.len() + 1 >= people(facts.policy.profile.approvals.release);
    one(Event::TriggerDismissed { reason, by, gone })
}

pub(super) fn sign_rule(state: &Case, reason: ReleaseReason, hours: u32, facts: &Facts<'_>) -> Decision {
    let by = person(facts)?;
    running(state)?;
    agreed(state, reason)?;
    let message = "give 1 to 336 hours";
    require((1..=LONGEST_RULE).contains(&hours), Refusal::Invalid { field: "/hours", message })?;
    // A rule is a part of what parties consent to.
    let unbound = !state.vendors.values().any(|party| party.consent == Consent::Signatory)
        && state.waves.values().all(|wave| wave.sent_at.is_none());
    let rule = Refusal::Rule("somebody consented to the terms already: set new terms, then sign the rule");
    require(unbound, rule)?;
    let signed = state.embargo.as_ref().and_then(|embargo| embargo.rules.get(&reason));
    require(
        !signed.is_some_and(|rule| rule.hours == hours && rule.signed_by.contains(&by)),
        Refusal::Rule("you signed this already; another person is needed"),
    )?;
    one(Event::LiftRuleSigned { reason, hours, by })
}

/// The early reasons are those of the terms.
pub(super) fn agreed(state: &Case, reason: ReleaseReason) -> Result<(), Refusal> {
    let agreed = state.embargo.as_ref().is_some_and(|embargo| embargo.terms.triggers.contains(&reason));
    require(agreed, Refusal::Rule("the terms do not name this reason for an early end; set new terms first"))
}

/// A vendor is silent that was asked long enough ago and neither answered nor stated anything.
pub(super) fn silence(state: &Case, reason: ReleaseReason, facts: &Facts<'_>) -> Result<(), Refusal> {
    let days = i64::from(facts.policy.profile.limits.vendor_silence_days);
    let silent = state.vendors.values().any(|party| {
        let heard = match party.consent {
            Consent::Invited | Consent::Lapsed => false,
            Consent::Signatory => party.status.is_some() || party.fix_by.is_some() || state.fix_ready,
            Consent::Declined => true,
        };
        !heard && facts.now.duration_since(party.invited_at) >= SignedDuration::from_hours(24 * days)
    });
    let rule = Refusal::Rule("no vendor has been silent for as long as the policy profile says");
    require(reason != ReleaseReason::VendorSilent || silent, rule)
}

fn running(state: &Case) -> Result<(), Refusal> {
    let runs = state.embargo.as_ref().is_some_and(|embargo| !embargo.has_exited());
    require(runs, Refusal::Rule("there is no embargo that runs"))
}

pub(super) fn promise_fix(state: &Case, by: Timestamp, facts: &Facts<'_>) -> Decision {
    let vendor = consented_vendor(state, facts)?;
    let message = "must be in the future and within the longest embargo of the policy profile";
    let soon = by > facts.now && by.duration_since(facts.now) <= longest(facts);
    require(soon, Refusal::Invalid { field: "/by", message })?;
    one(Event::FixPromised { vendor, by })
}

pub(super) fn request_extension(
    state: &Case,
    until: Timestamp,
    reason: String,
    facts: &Facts<'_>,
) -> Decision {
    let vendor = consented_vendor(state, facts)?;
    running(state)?;
    require_text("/reason", &reason)?;
    let later = state.embargo.as_ref().is_some_and(|embargo| until > embargo.terms.release_at);
    let message = "must be later than the agreed moment and within the longest embargo of the policy profile";
    require(later && within_longest(state, until, facts), Refusal::Invalid { field: "/until", message })?;
    require(
        !state.extensions.contains_key(&vendor),
        Refusal::Rule("a request for more time waits for its answer already"),
    )?;
    one(Event::ExtensionRequested { vendor, until, reason: Secret::new(reason) })
}

pub(super) fn decline_extension(state: &Case, reason: String) -> Decision {
    require(!state.extensions.is_empty(), Refusal::Rule("nobody asked for more time"))?;
    require_text("/reason", &reason)?;
    one(Event::ExtensionDeclined { reason: Secret::new(reason) })
}

fn longest(facts: &Facts<'_>) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(facts.policy.profile.limits.longest_embargo_days))
}

/// The longest embargo counts from the first terms: extensions do not begin it anew.
pub(super) fn within_longest(state: &Case, moment: Timestamp, facts: &Facts<'_>) -> bool {
    let since = state.embargo_since.unwrap_or(facts.now).min(facts.now);
    moment.duration_since(since) <= longest(facts)
}

/// Time has passed: what was approved or signed beforehand happens, an embargo that is over expires, and what waits
/// for too long raises an alarm.
pub(super) fn time_passed(state: &Case, facts: &Facts<'_>) -> Decision {
    let mut events = due_release(state, facts).or_else(|| by_rule(state, facts)).unwrap_or_default();
    if events.is_empty() {
        let over = running(state).is_ok() && is_due(state, facts.now);
        events.extend(over.then_some(Event::EmbargoExpired));
    }
    if events.is_empty() {
        let alarms = alarms(state, facts.now, &facts.policy.profile);
        let raise = !alarms.is_empty() && alarms != state.alarms;
        events.extend(raise.then_some(Event::AlarmRaised { alarms }));
    }
    Ok(events)
}

/// Whether the embargo's moment has come, or there is none.
pub(super) fn is_due(state: &Case, now: Timestamp) -> bool {
    state.embargo.as_ref().is_none_or(|embargo| embargo.terms.release_at <= now)
}

/// A release that people approved before its moment.
fn due_release(state: &Case, facts: &Facts<'_>) -> Option<Vec<Event>> {
    let approved = state.approved_release(facts.policy.profile.approvals.release);
    let exit = match state.embargo.as_ref()?.state {
        EmbargoState::Exited(exit) => exit,
        _ => Exit::Public,
    };
    let due = approved && is_due(state, facts.now) && state.releasable();
    due.then(|| vec![Event::CaseReleased { exit }])
}

fn by_rule(state: &Case, facts: &Facts<'_>) -> Option<Vec<Event>> {
    let revision = u32::try_from(state.drafts.len()).ok().filter(|revision| *revision > 0)?;
    state.releasable().then_some(())?;
    running(state).ok()?;
    let signers = people(facts.policy.profile.approvals.release);
    let (reason, rule) = state
        .rules_in_motion(signers)
        .find(|(_, rule, confirmed)| rule.lifts_at(*confirmed) <= facts.now)
        .map(|(reason, rule, _)| (reason, rule))?;
    let decided = Event::ReleaseByRule { reason, revision, signed_by: rule.signed_by.clone() };
    // Looked at too late, the agreed moment may have come as well.
    let exit = if is_due(state, facts.now) { Exit::Public } else { Exit::LiftedEarly };
    Some(vec![decided, Event::CaseReleased { exit }])
}

impl Case {
    /// Whether enough people approved the release of the latest draft and it has not happened.
    pub(super) fn approved_release(&self, approvals: u32) -> bool {
        self.release.as_ref().is_some_and(|release| {
            release.released_at.is_none()
                && release.approvals.len() >= people(approvals)
                && usize::try_from(release.revision).is_ok_and(|revision| revision == self.drafts.len())
        })
    }

    /// Rules in force whose trigger a coordinator confirmed, with the moment of that.
    pub(super) fn rules_in_motion(
        &self,
        signers: usize,
    ) -> impl Iterator<Item = (ReleaseReason, &LiftRule, Timestamp)> {
        let rules = self.embargo.iter().flat_map(|embargo| &embargo.rules);
        rules
            .filter(move |(_, rule)| rule.signed_by.len() >= signers)
            .filter_map(|(reason, rule)| Some((*reason, rule, self.triggers.get(reason)?.confirmed_at?)))
    }
}
