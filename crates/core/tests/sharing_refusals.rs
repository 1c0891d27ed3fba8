//! The gates before waves and the release, by example: what is refused, in which words.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Actor, Role};
use forewarn_core::case::{Command, ReleaseReason, State, Terms, WaveGate};
use forewarn_core::sharing::ContentLevel;
use support::cast::{
    CENTRE, OPERATOR, SECOND_VENDOR, VENDOR, alice, bob, bot, carol, member, second_vendor, vendor,
};
use support::history::{
    History, affected, agreed, answer, approve, draft, everybody, extend, fix, invite, propose, propose_to,
    propose_without_vendor, release, terms, validate,
};
use support::{day, policy_needing};

/// Asserts that the command is refused in exactly these words.
#[track_caller]
fn says(history: &History, actor: &Actor, command: Command, words: &str) {
    assert_eq!(history.refusal(actor, command).to_string(), words);
}

fn at(state: State) -> History {
    History::opened().on_the_way_to(state)
}

const NOT_THERE: &str = "there is no such thing, or it is not yours to see";

fn forbidden(why: &str) -> String {
    format!("you may see this but not do that: {why}")
}

#[test]
fn proposing_a_wave() {
    let undrafted = History::opened().by(&alice(), terms(day(60))).by(&alice(), validate());
    let draft_first = "write an advisory draft first: a wave carries one";
    says(&undrafted, &alice(), propose_without_vendor(1), draft_first);
    let boundless = History::opened().by(&alice(), draft("Overflow")).by(&alice(), validate());
    let terms_first = "set embargo terms that are still running first: recipients are bound by them";
    says(&boundless, &alice(), propose_without_vendor(1), terms_first);
    let case = at(State::VendorNotified);
    says(&case.clone().on_day(60), &alice(), propose(1, ContentLevel::Detail), terms_first);
    says(
        &case,
        &bot(),
        propose(1, ContentLevel::Detail),
        &forbidden("only people propose and approve, not services"),
    );
    let mut unknown = everybody();
    unknown.sectors.insert("alchemy".into());
    let sectors = "/sectors: unknown sector code; the policy profile lists them";
    says(&case, &alice(), propose_to(1, ContentLevel::Detail, unknown, None), sectors);
    for code in ["us", "USA", "U1", ""] {
        let mut somewhere = everybody();
        somewhere.countries.insert(code.into());
        let countries = "/countries: give ISO 3166-1 alpha-2 codes such as US";
        says(&case, &alice(), propose_to(1, ContentLevel::Detail, somewhere, None), countries);
    }
    says(&at(State::Sharing), &alice(), propose(1, ContentLevel::Detail), "this wave was already proposed");
}

#[test]
fn approving_a_wave() {
    let case = at(State::VendorNotified).by(&alice(), propose(1, ContentLevel::Detail));
    says(&case, &alice(), approve(1, &[]), "you approved this already; another person is needed");
    says(&case, &bot(), approve(1, &[]), &forbidden("only people propose and approve, not services"));
    says(&case, &member(CENTRE, 9, Role::Operator, true), approve(1, &[]), NOT_THERE);
    says(&case, &bob(), approve(2, &[]), NOT_THERE);
    let redrafted = case.clone().by(&alice(), draft("Worse"));
    says(
        &redrafted,
        &bob(),
        approve(1, &[]),
        "the draft changed since this wave was proposed; propose it again",
    );
    let corrected = case.clone().by(&alice(), Command::CorrectAffected { affected: vec![affected("lexer")] });
    let words = "what it affects changed since this wave was proposed; propose it again";
    says(&corrected, &bob(), approve(1, &[]), words);
    let terms_first = "set embargo terms that are still running first: recipients are bound by them";
    says(&case.clone().on_day(60), &bob(), approve(1, &[]), terms_first);
    let sent = case.by(&bob(), approve(1, &[OPERATOR]));
    says(&sent, &carol(), approve(1, &[]), "this wave was already sent");
}

#[test]
fn extending_a_wave() {
    let proposed = at(State::VendorNotified).by(&alice(), propose(1, ContentLevel::Detail));
    says(&proposed, &Actor::System, extend(1, &[OPERATOR]), "this wave was not sent");
    says(&proposed, &Actor::System, extend(2, &[OPERATOR]), NOT_THERE);
    let sent = proposed.by(&bob(), approve(1, &[OPERATOR]));
    assert_eq!(sent.clone().attempt(&Actor::System, extend(1, &[OPERATOR])), Ok(vec![]), "told once");
    let terms_first = "set embargo terms that are still running first: recipients are bound by them";
    says(&sent.clone().on_day(60), &Actor::System, extend(1, &[SECOND_VENDOR]), terms_first);
    let corrected = sent.by(&alice(), Command::CorrectAffected { affected: vec![affected("lexer")] });
    says(&corrected, &Actor::System, extend(1, &[SECOND_VENDOR]), "this wave has ended; propose another");
}

#[test]
fn releasing() {
    let undrafted =
        History::opened().by(&alice(), terms(day(60))).by(&alice(), validate()).by(&alice(), invite(VENDOR));
    let leaked = || release(ReleaseReason::Leaked);
    says(&undrafted, &alice(), leaked(), "write an advisory draft first: it is what becomes public");
    let case = at(State::Sharing);
    let people = forbidden("only people propose and approve, not services");
    says(&case, &bot(), leaked(), &people);
    says(&case, &bob(), Command::ApproveRelease, "no release was proposed");
    let proposed = case.clone().by(&alice(), leaked());
    says(&proposed, &bot(), Command::ApproveRelease, &people);
    let again = "you approved this already; another person is needed";
    says(&proposed, &alice(), Command::ApproveRelease, again);
    let redrafted = proposed.clone().by(&bob(), draft("Worse"));
    let stale = "the draft changed since the release was proposed; propose it again";
    says(&redrafted, &bob(), Command::ApproveRelease, stale);
    // Proposed for one moment; then another was agreed.
    let prolonged = case.clone().by(&alice(), release(ReleaseReason::Scheduled)).by(&alice(), terms(day(90)));
    says(&prolonged, &bob(), Command::ApproveRelease, "no release was proposed");
    let narrow = Terms { triggers: [ReleaseReason::Exploited].into(), ..agreed(day(60)) };
    let narrow = case.clone().by(&alice(), Command::SetTerms { terms: narrow });
    let reason = "the terms do not name this reason for an early end; set new terms first";
    says(&narrow, &alice(), leaked(), reason);
    let silent = release(ReleaseReason::VendorSilent);
    says(&case, &alice(), silent, "no vendor has been silent for as long as the policy profile says");
}

const WAIT: &str =
    "no vendor has consented yet: wait, or give `without_vendor` a reason once it declined or stayed silent";
const TIME: &str = "a vendor is invited and still has time to answer";

#[test]
fn the_vendor_comes_first() {
    let case = at(State::Validated);
    says(&case, &alice(), propose(1, ContentLevel::Detail), WAIT);
    says(&case, &alice(), propose_to(1, ContentLevel::Detail, everybody(), Some(" ")), WAIT);
    assert!(
        case.clone().attempt(&alice(), propose_without_vendor(1)).is_ok(),
        "there is no vendor to wait for"
    );
    let invited = case.by(&alice(), invite(VENDOR));
    says(&invited, &alice(), propose_without_vendor(1), TIME);
    let mut nearly = invited.clone().on_day(30);
    nearly.now = day(30) - jiff::SignedDuration::from_secs(1);
    says(&nearly, &alice(), propose_without_vendor(1), TIME);
    let silent = invited.clone().on_day(30);
    says(&silent, &alice(), propose(1, ContentLevel::Detail), WAIT);
    assert!(silent.clone().attempt(&alice(), propose_without_vendor(1)).is_ok(), "silent for 30 days");
    assert!(
        invited.by(&vendor(), answer(false)).attempt(&alice(), propose_without_vendor(1)).is_ok(),
        "it declined"
    );
}

#[test]
fn a_vendor_that_is_asked_again_has_time_again() {
    // New terms: the earlier consent lapsed, and the vendor has neither declined nor been silent.
    let revised = at(State::VendorNotified).on_day(40).by(&alice(), terms(day(100)));
    says(&revised, &alice(), propose(1, ContentLevel::Detail), WAIT);
    says(&revised, &alice(), propose_without_vendor(1), TIME);
    assert!(revised.on_day(70).attempt(&alice(), propose_without_vendor(1)).is_ok());
    // Declined, and invited anew 40 days after the first time.
    let declined = at(State::Validated).by(&alice(), invite(VENDOR)).by(&vendor(), answer(false));
    let anew = declined.on_day(40).by(&alice(), invite(VENDOR));
    says(&anew, &alice(), propose_without_vendor(1), TIME);
}

#[test]
fn the_vendor_comes_first_also_when_a_wave_is_approved() {
    let proposed = at(State::VendorNotified).by(&alice(), propose(1, ContentLevel::Detail));
    let lapsed = proposed.by(&bob(), terms(day(90)));
    says(&lapsed, &bob(), approve(1, &[OPERATOR]), WAIT);
    let mut signed = lapsed.by(&vendor(), answer(true));
    assert!(signed.attempt(&bob(), approve(1, &[OPERATOR])).is_ok());
    // A vendor turned up after a wave without one was proposed.
    let found =
        at(State::Validated).by(&alice(), propose_without_vendor(1)).by(&alice(), invite(SECOND_VENDOR));
    says(&found, &bob(), approve(1, &[OPERATOR]), TIME);
    assert!(found.by(&second_vendor(), answer(true)).attempt(&bob(), approve(1, &[OPERATOR])).is_ok());
}

#[test]
fn no_proof_of_concept_before_a_fix_unless_said_in_so_many_words() {
    let case = at(State::VendorNotified);
    let rule = "no proof of concept before a fix, unless `proof_before_fix` is proposed and approved";
    says(&case, &alice(), propose(1, ContentLevel::ProofOfConcept), rule);
    let Command::ProposeWave { wave, level, audience, without_vendor, .. } =
        propose(1, ContentLevel::ProofOfConcept)
    else {
        panic!("a proposal")
    };
    let gate = WaveGate::default();
    let said = Command::ProposeWave { wave, level, audience, without_vendor, proof_before_fix: true, gate };
    assert!(case.clone().attempt(&alice(), said).is_ok());
    assert!(case.by(&vendor(), fix()).attempt(&alice(), propose(1, ContentLevel::ProofOfConcept)).is_ok());
}

#[test]
fn as_many_people_as_the_profile_asks_for() {
    let mut case = at(State::VendorNotified);
    case.policy = policy_needing(3, 3);
    let case = case.by(&alice(), propose(1, ContentLevel::Detail)).by(&bob(), approve(1, &[OPERATOR]));
    assert_eq!(case.case.state, State::VendorNotified, "two of three");
    says(&case, &bob(), approve(1, &[OPERATOR]), "you approved this already; another person is needed");
    let case = case.by(&carol(), approve(1, &[OPERATOR]));
    assert_eq!(case.case.state, State::Sharing);
    let case = case.by(&bob(), release(ReleaseReason::Leaked)).by(&alice(), Command::ApproveRelease);
    assert_eq!(case.case.state, State::Sharing, "two of three");
    assert_eq!(case.by(&carol(), Command::ApproveRelease).case.state, State::Public);
}
