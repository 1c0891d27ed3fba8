//! The rules of a case. Waves and the release are in [`super::spread`].

use jiff::Timestamp;

use super::command::{Command, DraftText};
use super::embargo::{ReleaseReason, Terms};
use super::event::Event;
use super::gates::send_wave;
use super::matched::{MatchVerdict, SuggestedMatch};
use super::spread::{Proposal, approve_release, approve_wave, extend_wave, propose_release, propose_wave};
use super::states::{State, Step, next};
use super::triggers;
use super::validation::{check, claim, dispute, end_claim};
use super::{Case, gathering, vendors};
use crate::access::{Act, filter, may};
use crate::aggregate::Aggregate;
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::ids::{CaseId, FindingId, OrgId};
use crate::priority::cvss;
use crate::secret::Secret;

pub(super) type Decision = Result<Vec<Event>, Refusal>;

/// Decides a command on a case.
///
/// # Errors
/// [`Refusal::NotFound`] where the actor may not even see the case, another [`Refusal`] naming the rule otherwise.
pub fn decide(state: &Case, command: Command, facts: &Facts<'_>) -> Decision {
    if !matches!(command, Command::Open { .. }) {
        require(state.id.is_some(), Refusal::NotFound)?;
        authorise(state, &command, facts)?;
        // What others were told of goes on for them; only its findings are elsewhere.
        let gathers = matches!(
            command,
            Command::Join { .. }
                | Command::TakeOver { .. }
                | Command::MergeInto { .. }
                | Command::GiveBack { .. }
                | Command::Split { .. }
                | Command::Rejoin { .. }
                | Command::ReleaseTo { .. }
        );
        let elsewhere = state.merged.as_ref().is_some_and(|merged| gathers || !merged.told)
            && !matches!(command, Command::Restore { .. });
        require(
            !elsewhere,
            Refusal::Rule("this case was merged into another; work on that one, or undo the merge"),
        )?;
    }
    match command {
        Command::Open { case, finding, finder, title, affected } => {
            open(state, case, finding, finder, title, affected, facts)
        }
        Command::Join { finding, finder, why } => join(state, finding, finder, why),
        Command::TakeOver { from, findings, why } => gathering::take_over(state, from, findings, why),
        Command::MergeInto { into, why } => gathering::merge_into(state, into, why),
        Command::GiveBack { from } => gathering::give_back(state, from),
        Command::Restore { from } => gathering::restore(state, from),
        Command::Split { findings, into, why } => gathering::split(state, &findings, into, why),
        Command::Rejoin { into } => gathering::rejoin(state, into),
        Command::ReleaseTo { to, findings } => gathering::release_to(state, to, &findings),
        Command::Validate { verdict, method, evidence } => check(state, verdict, method, evidence, facts),
        Command::Claim { held } => claim(state, held, facts),
        Command::EndClaim => end_claim(state, facts),
        Command::QueueVendor { vendor, mode } => {
            vendors::invite(state, vendor, mode, facts)?;
            one(Event::VendorQueued { vendor })
        }
        Command::InviteQueued { vendor, mode } => {
            require(
                state.queued.contains_key(&vendor),
                Refusal::Rule("this vendor does not wait for its pace"),
            )?;
            vendors::invite(state, vendor, mode, facts)
        }
        Command::Dispute { reason } => dispute(state, reason, facts),
        Command::CorrectAffected { affected } => {
            let fixed = Refusal::Rule("what is affected cannot change after the release; reopen the case");
            require(!state.is_released(), fixed)?;
            one(Event::AffectedCorrected { affected: Secret::new(affected) })
        }
        Command::JudgeMatch { matched, verdict, reason } => judge_match(state, matched, verdict, reason),
        Command::NoteTrace { sha256, copies } => one(Event::TextTraced { sha256, copies }),
        Command::SetTerms { terms } => set_terms(state, terms, facts),
        Command::InviteVendor { vendor, mode } => vendors::invite(state, vendor, mode, facts),
        Command::NoteVendorTold { vendor, taken } => vendors::note_told(state, vendor, taken),
        Command::AnswerTerms { accept } => vendors::answer_terms(state, accept, facts),
        Command::VendorStatement { status, statement } => {
            vendors::state_status(state, status, statement, facts)
        }
        Command::ShowVendor { show } => vendors::show(state, show, facts),
        Command::ReportDuty { duty } => vendors::report_duty(state, duty, facts),
        Command::RecordFix { fixed_in } => vendors::record_fix(state, fixed_in, facts),
        Command::Draft { text } => draft(state, *text),
        Command::ProposeWave { wave, level, audience, without_vendor, proof_before_fix, gate } => {
            let proposal = Proposal { wave, level, audience, without_vendor, proof_before_fix, gate };
            propose_wave(state, proposal, facts)
        }
        Command::SendWave { wave, recipients } => send_wave(state, wave, &recipients, facts),
        Command::ApproveWave { wave, recipients } => approve_wave(state, wave, &recipients, facts),
        Command::ExtendWave { wave, recipients } => extend_wave(state, wave, &recipients, facts),
        Command::ProposeRelease { reason } => propose_release(state, reason, facts),
        Command::ApproveRelease => approve_release(state, facts),
        Command::ExpireEmbargo => triggers::time_passed(state, facts),
        Command::RaiseTrigger { reason, evidence } => triggers::raise(state, reason, evidence, facts),
        Command::DismissTrigger { reason } => triggers::dismiss(state, reason, facts),
        Command::SignRule { reason, hours } => triggers::sign_rule(state, reason, hours, facts),
        Command::PromiseFix { by } => triggers::promise_fix(state, by, facts),
        Command::RequestExtension { until, reason } => {
            triggers::request_extension(state, until, reason, facts)
        }
        Command::DeclineExtension { reason } => triggers::decline_extension(state, reason),
        Command::SetUrgency { urgent, reason } => {
            require_text("/reason", &reason)?;
            let event = Event::UrgencySet { urgent, reason: Secret::new(reason) };
            Ok(if urgent == state.urgent { vec![] } else { vec![event] })
        }
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
        Command::AnswerTerms { .. }
        | Command::VendorStatement { .. }
        | Command::PromiseFix { .. }
        | Command::ShowVendor { .. }
        | Command::ReportDuty { .. }
        | Command::RequestExtension { .. } => {
            (Act::AnswerAsVendor, "only the case's vendor answers for itself")
        }
        Command::RecordFix { .. } => (Act::RecordFix, "only the vendor or a coordinator records a fix"),
        Command::ProposeWave { .. }
        | Command::ApproveWave { .. }
        | Command::ProposeRelease { .. }
        | Command::ApproveRelease
        | Command::SignRule { .. }
        | Command::DismissTrigger { .. } => {
            (Act::Approve, "only the case's coordinators propose and approve")
        }
        Command::RaiseTrigger { .. } => (Act::RaiseTrigger, "only a party of the case reports a trigger"),
        Command::SendWave { .. }
        | Command::ExtendWave { .. }
        | Command::ExpireEmbargo
        | Command::NoteVendorTold { .. }
        | Command::InviteQueued { .. } => (Act::Tick, "only the service does this"),
        Command::Validate { .. } => (
            Act::CheckCase,
            "only the case's coordinators, its vendor and the validator that took it check it",
        ),
        Command::Dispute { .. } => (
            Act::DisputeCase,
            "only the case's coordinators, its vendor and the validator that took it dispute it",
        ),
        _ => (Act::WorkCase, "only the case's coordinators do this"),
    }
}

fn authorise(state: &Case, command: &Command, facts: &Facts<'_>) -> Result<(), Refusal> {
    let facets = state.facets();
    let (act, why) = act_of(command);
    // New reports of a known root cause join by rule, in the finder's own request, without the finder seeing the case.
    let by_rule = match command {
        Command::Join { finder, .. } => {
            let own = facts.actor.org() == Some(*finder) && may(facts.actor, Act::SubmitFinding);
            // Or right after it, on the service's behalf.
            own || filter(facts.actor, Act::Tick).admits(&facets)
        }
        // A validator does not see the case before it has taken it.
        Command::Claim { .. } => may(facts.actor, Act::TakeValidation),
        Command::EndClaim => {
            let service = filter(facts.actor, Act::Tick).admits(&facets);
            service || state.claim.as_ref().is_some_and(|claim| facts.actor.org() == Some(claim.org))
        }
        _ => false,
    };
    if by_rule || filter(facts.actor, act).admits(&facets) {
        return Ok(());
    }
    let seen = filter(facts.actor, Act::SeeCase).admits(&facets);
    Err(if seen { Refusal::Forbidden(why) } else { Refusal::NotFound })
}

pub(super) fn one(event: Event) -> Decision {
    Ok(vec![event])
}

pub(super) fn step(state: &Case, step: Step) -> Result<(), Refusal> {
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
    require_text("/why", &why)?;
    one(Event::FindingJoined { finding, finder, why })
}

fn judge_match(state: &Case, matched: SuggestedMatch, verdict: MatchVerdict, reason: String) -> Decision {
    let open = !state.is_released() && state.state != State::Withdrawn;
    require(open, Refusal::Rule("who runs it is judged before the case is public or withdrawn"))?;
    let affected = state.affected.expose().iter().any(|entry| entry.identity == matched.affected);
    require(affected, Refusal::Rule("the case does not affect this product; look at its exposure again"))?;
    require_text("/reason", &reason)?;
    if state.matches.expose().get(&matched.id()).is_some_and(|judged| judged.verdict == verdict) {
        return Ok(vec![]);
    }
    one(Event::MatchJudged { matched: Secret::new(matched), verdict, reason: Secret::new(reason) })
}

fn set_terms(state: &Case, terms: Terms, facts: &Facts<'_>) -> Decision {
    require(!state.is_released(), Refusal::Rule("the case is already public"))?;
    require(
        terms.release_at > facts.now && triggers::within_longest(state, terms.release_at, facts),
        Refusal::Invalid {
            field: "/release_at",
            message: "must be in the future and within the longest embargo of the policy profile",
        },
    )?;
    require(
        jiff::tz::TimeZone::get(&terms.zone).is_ok(),
        Refusal::Invalid { field: "/zone", message: "give an IANA time zone such as America/New_York" },
    )?;
    let early = terms.triggers.iter().all(|reason| ReleaseReason::EARLY.contains(reason));
    let message = "give reasons for an early end; the agreed end needs none";
    require(early, Refusal::Invalid { field: "/triggers", message })?;
    one(Event::TermsSet { terms })
}

fn draft(state: &Case, text: DraftText) -> Decision {
    require(!state.is_released(), Refusal::Rule("the advisory is public; reopen the case to revise it"))?;
    crate::party::check_name("/title", &text.title)?;
    require_text("/mitigation", &text.mitigation)?;
    require_text("/detail", &text.detail)?;
    let cwe = Refusal::Invalid { field: "/weakness", message: "give a CWE id such as CWE-787" };
    let is_cwe = |id: &str| id.strip_prefix("CWE-").is_some_and(|number| digits(number, 1));
    require(text.weakness.as_deref().is_none_or(is_cwe), cwe)?;
    let cve = Refusal::Invalid { field: "/cve", message: "give a CVE id such as CVE-2026-12345" };
    let is_cve = |id: &str| {
        let parts = id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
        parts.is_some_and(|(year, number)| year.len() == 4 && digits(year, 4) && digits(number, 4))
    };
    require(text.cve.as_deref().is_none_or(is_cve), cve)?;
    let vector = |text: &Option<String>, four: bool| {
        text.as_ref().is_none_or(|v| cvss::read(v).is_ok_and(|scored| (scored.version == "4.0") == four))
    };
    let three =
        Refusal::Invalid { field: "/cvss3", message: "give a CVSS 3.0 or 3.1 vector with every base metric" };
    require(vector(&text.cvss3, false), three)?;
    let four = Refusal::Invalid { field: "/cvss4", message: "give a CVSS 4.0 vector with every base metric" };
    require(vector(&text.cvss4, true), four)?;
    let revision = u32::try_from(state.drafts.len() + 1).unwrap_or(u32::MAX);
    one(Event::AdvisoryDrafted { revision, text: Secret::new(text) })
}

fn digits(text: &str, least: usize) -> bool {
    (least..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

impl Case {
    fn is_released(&self) -> bool {
        self.release.as_ref().is_some_and(|release| release.released_at.is_some())
    }

    /// Whether there are embargo terms at `now` that bind whoever consents to them.
    pub(super) fn bound_at(&self, now: Timestamp) -> bool {
        self.embargo.as_ref().is_some_and(|e| !e.has_exited() && now < e.terms.release_at)
    }
}
