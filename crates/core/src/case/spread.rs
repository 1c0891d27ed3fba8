//! How a case spreads: waves, the release, and the gates before them.

use jiff::Timestamp;

use super::decide::{Decision, one, step};
use super::embargo::{Consent, EmbargoState, Exit, ReleaseReason};
use super::event::Event;
use super::gates::{WaveGate, check_gate, check_reach};
use super::states::Step;
use super::triggers::{agreed, is_due, silence};
use super::{Case, Wave};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{OrgId, PrincipalId, WaveId};
use crate::policy::Profile;
use crate::sharing::{Audience, ContentLevel, Recipient};

/// A wave as it is proposed.
pub(super) struct Proposal {
    pub wave: WaveId,
    pub level: ContentLevel,
    pub audience: Audience,
    pub without_vendor: Option<String>,
    pub proof_before_fix: bool,
    pub gate: WaveGate,
}

pub(super) fn propose_wave(state: &Case, proposal: Proposal, facts: &Facts<'_>) -> Decision {
    let Proposal { wave, level, audience, without_vendor, proof_before_fix, gate } = proposal;
    let by = person(facts)?;
    step(state, Step::Share)?;
    require(!state.waves.contains_key(&wave), Refusal::Rule("this wave was already proposed"))?;
    check_audience(&audience, facts)?;
    check_reach(&audience, level)?;
    let revision = u32::try_from(state.drafts.len()).unwrap_or(u32::MAX);
    require(revision > 0, Refusal::Rule("write an advisory draft first: a wave carries one"))?;
    terms_gate(state, facts)?;
    check_gate(state, &gate)?;
    vendor_gate(state, without_vendor.as_deref(), facts.now, &facts.policy.profile)?;
    proof_gate(state, level, proof_before_fix || gate.after_fix)?;
    one(Event::WaveProposed { wave, level, audience, revision, without_vendor, proof_before_fix, gate, by })
}

fn check_audience(audience: &Audience, facts: &Facts<'_>) -> Result<(), Refusal> {
    let known = &facts.policy.profile.sectors;
    require(
        audience.sectors.iter().all(|sector| known.contains_key(sector)),
        Refusal::Invalid { field: "/sectors", message: "unknown sector code; the policy profile lists them" },
    )?;
    require(
        audience.countries.iter().all(|country| crate::party::is_country(country)),
        Refusal::Invalid { field: "/countries", message: "give ISO 3166-1 alpha-2 codes such as US" },
    )
}

fn terms_gate(state: &Case, facts: &Facts<'_>) -> Result<(), Refusal> {
    let terms = Refusal::Rule("set embargo terms that are still running first: recipients are bound by them");
    require(state.bound_at(facts.now), terms)
}

/// The vendor comes first: operators hear only after a vendor consented, declined, or stayed silent too long.
pub(super) fn vendor_gate(
    state: &Case,
    without_vendor: Option<&str>,
    now: Timestamp,
    profile: &Profile,
) -> Result<(), Refusal> {
    if state.vendors.values().any(|party| party.consent == Consent::Signatory) {
        return Ok(());
    }
    let reason = Refusal::Rule(
        "no vendor has consented yet: wait, or give `without_vendor` a reason once it declined or stayed silent",
    );
    // A vendor that takes part in no embargo is reason enough.
    let noted = state.only_unasked();
    require(noted || without_vendor.is_some_and(|text| !text.trim().is_empty()), reason)?;
    let patience = i64::from(profile.limits.vendor_silence_days) * 86_400;
    let waiting = state.vendors.values().any(|party| {
        matches!(party.consent, Consent::Invited | Consent::Lapsed)
            && now.as_second() - party.invited_at.as_second() < patience
    });
    require(!waiting, Refusal::Rule("a vendor is invited and still has time to answer"))
}

fn proof_gate(state: &Case, level: ContentLevel, proof_before_fix: bool) -> Result<(), Refusal> {
    let early = level == ContentLevel::ProofOfConcept && !state.fix_ready;
    let rule =
        Refusal::Rule("no proof of concept before a fix, unless `proof_before_fix` is proposed and approved");
    require(!early || proof_before_fix, rule)
}

pub(crate) fn person(facts: &Facts<'_>) -> Result<PrincipalId, Refusal> {
    facts.actor.person().ok_or(Refusal::Forbidden("only people propose and approve, not services"))
}

pub(super) fn wave_of(state: &Case, wave: WaveId) -> Result<&Wave, Refusal> {
    state.waves.get(&wave).ok_or(Refusal::NotFound)
}

pub(super) fn approve_wave(
    state: &Case,
    id: WaveId,
    recipients: &[Recipient],
    facts: &Facts<'_>,
) -> Decision {
    let by = person(facts)?;
    let wave = wave_of(state, id)?;
    step(state, Step::Share)?;
    require(wave.sent_at.is_none(), Refusal::Rule("this wave was already sent"))?;
    require(
        !wave.approvals.contains(&by),
        Refusal::Rule("you approved this already; another person is needed"),
    )?;
    let latest = usize::try_from(wave.revision).is_ok_and(|revision| revision == state.drafts.len());
    require(latest, Refusal::Rule("the draft changed since this wave was proposed; propose it again"))?;
    require(
        !wave.ended,
        Refusal::Rule("what it affects changed since this wave was proposed; propose it again"),
    )?;
    // What held when it was proposed may not hold now.
    terms_gate(state, facts)?;
    vendor_gate(state, wave.without_vendor.as_deref(), facts.now, &facts.policy.profile)?;
    let mut events = vec![Event::WaveApproved { wave: id, by }];
    let enough = wave.approvals.len() + 1 >= people(facts.policy.profile.approvals.share);
    if enough && wave.gate_is_open(state, facts.now) {
        events.push(Event::WaveSent { wave: id, recipients: recipients.iter().map(|r| r.org).collect() });
    }
    Ok(events)
}

pub(super) fn people(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

pub(super) fn extend_wave(state: &Case, id: WaveId, recipients: &[Recipient], facts: &Facts<'_>) -> Decision {
    let wave = wave_of(state, id)?;
    require(wave.sent_at.is_some(), Refusal::Rule("this wave was not sent"))?;
    step(state, Step::Share)?;
    require(!wave.ended, Refusal::Rule("this wave has ended; propose another"))?;
    terms_gate(state, facts)?;
    let told = state.told_as_much(wave);
    let fresh: Vec<OrgId> = recipients.iter().map(|r| r.org).filter(|org| !told.contains(org)).collect();
    if fresh.is_empty() {
        return Ok(vec![]);
    }
    one(Event::WaveExtended { wave: id, recipients: fresh })
}

pub(super) fn propose_release(state: &Case, reason: ReleaseReason, facts: &Facts<'_>) -> Decision {
    let by = person(facts)?;
    release_step(state)?;
    let revision = u32::try_from(state.drafts.len()).unwrap_or(u32::MAX);
    require(revision > 0, Refusal::Rule("write an advisory draft first: it is what becomes public"))?;
    release_gate(state, reason, facts)?;
    one(Event::ReleaseProposed { reason, revision, by })
}

fn release_step(state: &Case) -> Result<(), Refusal> {
    step(state, Step::Release)?;
    require(
        state.releasable(),
        Refusal::Rule(
            "nobody was told of it yet: invite its vendor, share it, or note a vendor that takes no part",
        ),
    )
}

/// An early end needs a reason the parties agreed to; the agreed end may be approved beforehand.
fn release_gate(state: &Case, reason: ReleaseReason, facts: &Facts<'_>) -> Result<(), Refusal> {
    if reason == ReleaseReason::Scheduled || is_due(state, facts.now) {
        return Ok(());
    }
    agreed(state, reason)?;
    silence(state, reason, facts)
}

pub(super) fn approve_release(state: &Case, facts: &Facts<'_>) -> Decision {
    let by = person(facts)?;
    release_step(state)?;
    let release = state.release.as_ref().ok_or(Refusal::Rule("no release was proposed"))?;
    require(
        !release.approvals.contains(&by),
        Refusal::Rule("you approved this already; another person is needed"),
    )?;
    let latest = usize::try_from(release.revision).is_ok_and(|revision| revision == state.drafts.len());
    require(latest, Refusal::Rule("the draft changed since the release was proposed; propose it again"))?;
    release_gate(state, release.reason, facts)?;
    let mut events = vec![Event::ReleaseApproved { by }];
    let enough = release.approvals.len() + 1 >= people(facts.policy.profile.approvals.release);
    if enough && (release.reason != ReleaseReason::Scheduled || is_due(state, facts.now)) {
        events.push(Event::CaseReleased { exit: exit_at_release(state, facts) });
    }
    Ok(events)
}

/// An embargo that expired before the release stays expired.
fn exit_at_release(state: &Case, facts: &Facts<'_>) -> Exit {
    match state.embargo.as_ref().map(|embargo| embargo.state) {
        Some(EmbargoState::Exited(exit)) => exit,
        _ if is_due(state, facts.now) => Exit::Public,
        _ => Exit::LiftedEarly,
    }
}
