//! The rules of a case.

use super::command::{Command, DraftText, Verdict};
use super::embargo::{Consent, EmbargoState, Exit, ReleaseReason, Terms};
use super::event::Event;
use super::states::{Step, next};
use super::{Case, Wave};
use crate::access::{Act, filter, may};
use crate::aggregate::Aggregate;
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::ids::{CaseId, FindingId, OrgId, PrincipalId, WaveId};
use crate::secret::Secret;
use crate::sharing::{Audience, ContentLevel, Recipient};

type Decision = Result<Vec<Event>, Refusal>;

/// Decides a command on a case.
///
/// # Errors
/// [`Refusal::NotFound`] where the actor may not even see the case, another [`Refusal`] naming the rule otherwise.
pub fn decide(state: &Case, command: Command, facts: &Facts<'_>) -> Decision {
    if !matches!(command, Command::Open { .. }) {
        require(state.id.is_some(), Refusal::NotFound)?;
        authorise(state, &command, facts)?;
    }
    match command {
        Command::Open { case, finding, finder, title, affected } => {
            open(state, case, finding, finder, title, affected, facts)
        }
        Command::Join { finding, finder, why } => join(state, finding, finder, why),
        Command::Validate { verdict, method, evidence } => validate(state, verdict, method, evidence, facts),
        Command::Dispute { reason } => {
            step(state, Step::Dispute)?;
            require_text("/reason", &reason)?;
            one(Event::CaseDisputed { reason: Secret::new(reason) })
        }
        Command::CorrectAffected { affected } => {
            let fixed = Refusal::Rule("what is affected cannot change after the release; reopen the case");
            require(!state.is_released(), fixed)?;
            one(Event::AffectedCorrected { affected: Secret::new(affected) })
        }
        Command::SetTerms { terms } => set_terms(state, terms, facts),
        Command::InviteVendor { vendor } => invite(state, vendor),
        Command::AnswerTerms { accept } => answer_terms(state, accept, facts),
        Command::VendorStatement { status, statement } => {
            let vendor = consented_vendor(state, facts)?;
            require_text("/statement", &statement)?;
            one(Event::VendorStated { vendor, status, statement: Secret::new(statement) })
        }
        Command::RecordFix { fixed_in } => record_fix(state, fixed_in),
        Command::Draft { text } => draft(state, *text),
        Command::ProposeWave { wave, level, audience, without_vendor, proof_before_fix } => {
            propose_wave(state, wave, level, audience, without_vendor, proof_before_fix, facts)
        }
        Command::ApproveWave { wave, recipients } => approve_wave(state, wave, &recipients, facts),
        Command::ExtendWave { wave, recipients } => extend_wave(state, wave, &recipients),
        Command::ProposeRelease { reason } => propose_release(state, reason, facts),
        Command::ApproveRelease => approve_release(state, facts),
        Command::ExpireEmbargo => expire(state, facts),
        Command::Close => {
            step(state, Step::Close)?;
            one(Event::CaseClosed)
        }
        Command::Withdraw { reason } => {
            step(state, Step::Withdraw)?;
            require_text("/reason", &reason)?;
            one(Event::CaseWithdrawn { reason: Secret::new(reason) })
        }
        Command::Reopen { reason } => {
            step(state, Step::Reopen)?;
            require_text("/reason", &reason)?;
            one(Event::CaseReopened { reason: Secret::new(reason) })
        }
    }
}

/// The act of the access table a command is.
fn act_of(command: &Command) -> (Act, &'static str) {
    match command {
        Command::AnswerTerms { .. } | Command::VendorStatement { .. } => {
            (Act::AnswerAsVendor, "only the case's vendor answers for itself")
        }
        Command::RecordFix { .. } => (Act::RecordFix, "only the vendor or a coordinator records a fix"),
        Command::ProposeWave { .. }
        | Command::ApproveWave { .. }
        | Command::ProposeRelease { .. }
        | Command::ApproveRelease => (Act::Approve, "only the case's coordinators propose and approve"),
        Command::ExtendWave { .. } | Command::ExpireEmbargo => (Act::Tick, "only the service does this"),
        _ => (Act::WorkCase, "only the case's coordinators do this"),
    }
}

fn authorise(state: &Case, command: &Command, facts: &Facts<'_>) -> Result<(), Refusal> {
    let facets = state.facets();
    let (act, why) = act_of(command);
    // New reports of a known root cause join by rule, in the finder's own request, without the finder seeing the case.
    let by_rule = matches!(command, Command::Join { .. });
    if by_rule || filter(facts.actor, act).admits(&facets) {
        return Ok(());
    }
    let seen = filter(facts.actor, Act::SeeCase).admits(&facets);
    Err(if seen { Refusal::Forbidden(why) } else { Refusal::NotFound })
}

fn one(event: Event) -> Decision {
    Ok(vec![event])
}

fn step(state: &Case, step: Step) -> Result<(), Refusal> {
    let refusal = Refusal::WrongState { state: state.state.as_str(), step: step.as_str() };
    require(next(state.state, step).is_some(), refusal)
}

fn open(
    state: &Case,
    case: CaseId,
    finding: FindingId,
    finder: OrgId,
    title: String,
    affected: Vec<forewarn_exposure::Affected>,
    facts: &Facts<'_>,
) -> Decision {
    require(
        may(facts.actor, Act::TriageFinding),
        Refusal::Forbidden("opening cases is a coordinator's work"),
    )?;
    require(state.id.is_none(), Refusal::Rule("this case is already open"))?;
    let coordinating = facts.actor.org().ok_or(Refusal::NotFound)?;
    let number = Case::number_for(case, facts.now);
    one(Event::CaseOpened {
        case,
        number,
        coordinating,
        finding,
        finder,
        title: Secret::new(title),
        affected: Secret::new(affected),
    })
}

fn join(state: &Case, finding: FindingId, finder: OrgId, why: String) -> Decision {
    if state.findings.contains_key(&finding) {
        return Ok(vec![]);
    }
    one(Event::FindingJoined { finding, finder, why })
}

fn validate(state: &Case, verdict: Verdict, method: String, evidence: String, facts: &Facts<'_>) -> Decision {
    let finder = facts.actor.org().is_some_and(|org| state.findings.values().any(|f| f.finder == org));
    require(!finder, Refusal::Rule("a finding is validated by someone other than its finder"))?;
    require_text("/method", &method)?;
    require_text("/evidence", &evidence)?;
    step(state, Step::Validate)?;
    one(Event::CaseChecked { verdict, method, evidence: Secret::new(evidence) })
}

fn set_terms(state: &Case, terms: Terms, facts: &Facts<'_>) -> Decision {
    require(!state.is_released(), Refusal::Rule("the case is already public"))?;
    let days = (terms.release_at.as_second() - facts.now.as_second()) / 86_400;
    require(
        terms.release_at > facts.now && days <= i64::from(facts.policy.profile.limits.longest_embargo_days),
        Refusal::Invalid {
            field: "/release_at",
            message: "must be in the future and within the longest embargo of the policy profile",
        },
    )?;
    require(
        jiff::tz::TimeZone::get(&terms.zone).is_ok(),
        Refusal::Invalid { field: "/zone", message: "give an IANA time zone such as America/New_York" },
    )?;
    one(Event::TermsSet { terms })
}

fn invite(state: &Case, vendor: OrgId) -> Decision {
    step(state, Step::NotifyVendor)?;
    require(state.embargo.is_some(), Refusal::Rule("set embargo terms first: a vendor is invited to terms"))?;
    let again = state.vendors.get(&vendor).is_some_and(|party| party.consent != Consent::Declined);
    require(!again, Refusal::Rule("this vendor is already in the case"))?;
    one(Event::VendorInvited { vendor })
}

fn answer_terms(state: &Case, accept: bool, facts: &Facts<'_>) -> Decision {
    let vendor = facts.actor.org().ok_or(Refusal::NotFound)?;
    let consent = state.vendors.get(&vendor).map(|party| party.consent).ok_or(Refusal::NotFound)?;
    let open = matches!(consent, Consent::Invited | Consent::Lapsed);
    require(open, Refusal::Rule("these terms were already answered"))?;
    one(Event::TermsAnswered { vendor, accept })
}

fn consented_vendor(state: &Case, facts: &Facts<'_>) -> Result<OrgId, Refusal> {
    let vendor = facts.actor.org().ok_or(Refusal::NotFound)?;
    let party = state.vendors.get(&vendor).ok_or(Refusal::NotFound)?;
    let consented = party.consent == Consent::Signatory;
    require(consented, Refusal::Rule("accept the embargo terms first; no consent, no content"))?;
    Ok(vendor)
}

fn record_fix(state: &Case, fixed_in: Vec<String>) -> Decision {
    step(state, Step::RecordFix)?;
    let message = "give 1 to 100 versions of at most 200 characters";
    let named = (1..=100).contains(&fixed_in.len())
        && fixed_in.iter().all(|v| !v.trim().is_empty() && v.chars().count() <= 200);
    require(named, Refusal::Invalid { field: "/fixed_in", message })?;
    one(Event::FixRecorded { fixed_in: Secret::new(fixed_in) })
}

fn draft(state: &Case, text: DraftText) -> Decision {
    require(!state.is_released(), Refusal::Rule("the advisory is public; reopen the case to revise it"))?;
    crate::party::check_name("/title", &text.title)?;
    require_text("/mitigation", &text.mitigation)?;
    require_text("/detail", &text.detail)?;
    let numbered = |id: &Option<String>, prefix: &str| {
        id.as_ref().is_none_or(|id| {
            id.strip_prefix(prefix).is_some_and(|rest| {
                !rest.is_empty() && rest.len() < 24 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            })
        })
    };
    let cwe = Refusal::Invalid { field: "/weakness", message: "give a CWE id such as CWE-787" };
    require(numbered(&text.weakness, "CWE-"), cwe)?;
    let cve = Refusal::Invalid { field: "/cve", message: "give a CVE id such as CVE-2026-12345" };
    require(numbered(&text.cve, "CVE-"), cve)?;
    let revision = u32::try_from(state.drafts.len() + 1).unwrap_or(u32::MAX);
    one(Event::AdvisoryDrafted { revision, text: Secret::new(text) })
}

fn propose_wave(
    state: &Case,
    wave: WaveId,
    level: ContentLevel,
    audience: Audience,
    without_vendor: Option<String>,
    proof_before_fix: bool,
    facts: &Facts<'_>,
) -> Decision {
    let by = person(facts)?;
    step(state, Step::Share)?;
    let known = &facts.policy.profile.sectors;
    require(
        audience.sectors.iter().all(|sector| known.contains_key(sector)),
        Refusal::Invalid { field: "/sectors", message: "unknown sector code; the policy profile lists them" },
    )?;
    let revision = u32::try_from(state.drafts.len()).unwrap_or(u32::MAX);
    require(revision > 0, Refusal::Rule("write an advisory draft first: a wave carries one"))?;
    let terms = Refusal::Rule("set embargo terms that are still running first: recipients are bound by them");
    let running = state
        .embargo
        .as_ref()
        .is_some_and(|e| !matches!(e.state, EmbargoState::Exited(_)) && facts.now < e.terms.release_at);
    require(running, terms)?;
    vendor_gate(state, without_vendor.as_deref(), facts)?;
    proof_gate(state, level, proof_before_fix)?;
    one(Event::WaveProposed { wave, level, audience, revision, without_vendor, proof_before_fix, by })
}

/// The vendor comes first: operators hear only after a vendor consented, declined, or stayed silent too long.
fn vendor_gate(state: &Case, without_vendor: Option<&str>, facts: &Facts<'_>) -> Result<(), Refusal> {
    if state.vendors.values().any(|party| party.consent == Consent::Signatory) {
        return Ok(());
    }
    let reason = Refusal::Rule(
        "no vendor has consented yet: wait, or give `without_vendor` a reason once it declined or stayed silent",
    );
    require(without_vendor.is_some_and(|text| !text.trim().is_empty()), reason)?;
    let patience = i64::from(facts.policy.profile.limits.vendor_silence_days) * 86_400;
    let waiting = state.vendors.values().any(|party| {
        party.consent == Consent::Invited && facts.now.as_second() - party.invited_at.as_second() < patience
    });
    require(!waiting, Refusal::Rule("a vendor is invited and still has time to answer"))
}

fn proof_gate(state: &Case, level: ContentLevel, proof_before_fix: bool) -> Result<(), Refusal> {
    let early = level == ContentLevel::ProofOfConcept && !state.fix_ready;
    let rule =
        Refusal::Rule("no proof of concept before a fix, unless `proof_before_fix` is proposed and approved");
    require(!early || proof_before_fix, rule)
}

fn person(facts: &Facts<'_>) -> Result<PrincipalId, Refusal> {
    facts.actor.person().ok_or(Refusal::Forbidden("only people propose and approve, not services"))
}

fn wave_of(state: &Case, wave: WaveId) -> Result<&Wave, Refusal> {
    state.waves.get(&wave).ok_or(Refusal::NotFound)
}

fn approve_wave(state: &Case, id: WaveId, recipients: &[Recipient], facts: &Facts<'_>) -> Decision {
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
    let mut events = vec![Event::WaveApproved { wave: id, by }];
    if wave.approvals.len() + 1 >= people(facts.policy.profile.approvals.share) {
        events.push(Event::WaveSent { wave: id, recipients: recipients.iter().map(|r| r.org).collect() });
    }
    Ok(events)
}

fn people(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn extend_wave(state: &Case, id: WaveId, recipients: &[Recipient]) -> Decision {
    let wave = wave_of(state, id)?;
    require(wave.sent_at.is_some(), Refusal::Rule("this wave was not sent"))?;
    step(state, Step::Share)?;
    let told = state.told();
    let fresh: Vec<OrgId> = recipients.iter().map(|r| r.org).filter(|org| !told.contains(org)).collect();
    if fresh.is_empty() {
        return Ok(vec![]);
    }
    one(Event::WaveExtended { wave: id, recipients: fresh })
}

fn propose_release(state: &Case, reason: ReleaseReason, facts: &Facts<'_>) -> Decision {
    let by = person(facts)?;
    step(state, Step::Release)?;
    let revision = u32::try_from(state.drafts.len()).unwrap_or(u32::MAX);
    require(revision > 0, Refusal::Rule("write an advisory draft first: it is what becomes public"))?;
    require(
        reason != ReleaseReason::Scheduled || due(state, facts),
        Refusal::Rule("the embargo still runs: give an agreed early reason, or wait for its end"),
    )?;
    one(Event::ReleaseProposed { reason, revision, by })
}

fn approve_release(state: &Case, facts: &Facts<'_>) -> Decision {
    let by = person(facts)?;
    step(state, Step::Release)?;
    let release = state.release.as_ref().ok_or(Refusal::Rule("no release was proposed"))?;
    require(
        !release.approvals.contains(&by),
        Refusal::Rule("you approved this already; another person is needed"),
    )?;
    let latest = usize::try_from(release.revision).is_ok_and(|revision| revision == state.drafts.len());
    require(latest, Refusal::Rule("the draft changed since the release was proposed; propose it again"))?;
    let mut events = vec![Event::ReleaseApproved { by }];
    if release.approvals.len() + 1 >= people(facts.policy.profile.approvals.release) {
        let exit = if due(state, facts) { Exit::Public } else { Exit::LiftedEarly };
        events.push(Event::CaseReleased { exit });
    }
    Ok(events)
}

fn due(state: &Case, facts: &Facts<'_>) -> bool {
    state.embargo.as_ref().is_none_or(|embargo| embargo.terms.release_at <= facts.now)
}

fn expire(state: &Case, facts: &Facts<'_>) -> Decision {
    let running =
        state.embargo.as_ref().is_some_and(|embargo| !matches!(embargo.state, EmbargoState::Exited(_)));
    if running && due(state, facts) { one(Event::EmbargoExpired) } else { Ok(vec![]) }
}

impl Case {
    fn is_released(&self) -> bool {
        self.release.as_ref().is_some_and(|release| release.released_at.is_some())
    }
}
