//! What a case goes through, by example.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Actor, Relation};
use forewarn_core::aggregate::Aggregate;
use forewarn_core::case::{
    Case, Command, Consent, EmbargoState, Event, Exit, MatchVerdict, ReleaseReason, State, VendorStatus,
};
use forewarn_core::ids::CaseId;
use forewarn_core::sharing::ContentLevel;
use support::cast::{OPERATOR, RELAY, SECOND_VENDOR, VENDOR, alice, bob, org, second_vendor, vendor};
use support::day;
use support::history::{
    History, affected, answer, approve, dispute, draft, extend, fix, invite, join, judge_match, orgs,
    propose, release, reopen, terms, validate, wave, withdraw,
};
use uuid::Uuid;

fn at(state: State) -> History {
    History::opened().on_the_way_to(state)
}

fn embargo(history: &History) -> Option<EmbargoState> {
    history.case.embargo.as_ref().map(|embargo| embargo.state)
}

fn consent(history: &History, of: u128) -> Consent {
    history.case.vendors[&org(of)].consent
}

fn relations(history: &History, of: u128) -> Vec<Relation> {
    let relations = history.case.facets().relations;
    relations.into_iter().filter(|(who, _)| *who == org(of)).map(|(_, relation)| relation).collect()
}

/// Organisations with a notice of the case.
fn told(case: &forewarn_core::case::Case) -> std::collections::BTreeSet<forewarn_core::ids::OrgId> {
    case.waves.values().flat_map(|wave| wave.recipients.iter().copied()).collect()
}

#[test]
fn a_match_is_judged_and_may_be_judged_anew() {
    let mut case = History::opened();
    let confirmed = |case: &History| case.case.confirmed_matches().count();
    let judge = |verdict| judge_match("parser", verdict, "the label says so");
    assert_eq!(case.attempt(&alice(), judge(MatchVerdict::Same)).unwrap().len(), 1);
    assert_eq!(confirmed(&case), 1);
    assert_eq!(case.attempt(&bob(), judge(MatchVerdict::Same)), Ok(vec![]), "it is known already");
    let mut case = case.by(&bob(), judge(MatchVerdict::Different));
    assert_eq!(confirmed(&case), 0);
    let judged = case.case.matches.expose().values().next().unwrap();
    assert_eq!((&judged.by, judged.reason.as_str()), (&bob().label(), "the label says so"));
    assert!(!format!("{:?}", case.case).contains("the label says so"), "what is held does not print");
    assert_eq!(case.attempt(&alice(), judge(MatchVerdict::Same)).unwrap().len(), 1);
}

#[test]
fn an_embargo_is_proposed_consented_to_revised_and_expires() {
    let case = History::opened();
    assert_eq!(embargo(&case), None);
    let case = case.by(&alice(), terms(day(60))).by(&alice(), validate());
    assert_eq!(embargo(&case), Some(EmbargoState::Proposed));
    let case = case.by(&alice(), invite(VENDOR));
    assert_eq!((embargo(&case), consent(&case, VENDOR)), (Some(EmbargoState::Proposed), Consent::Invited));
    let case = case.by(&vendor(), answer(true));
    assert_eq!((embargo(&case), consent(&case, VENDOR)), (Some(EmbargoState::Active), Consent::Signatory));
    let case = case.by(&alice(), terms(day(70)));
    assert_eq!((embargo(&case), consent(&case, VENDOR)), (Some(EmbargoState::Revised), Consent::Lapsed));
    let mut case = case.by(&vendor(), answer(true)).on_day(69);
    assert_eq!(embargo(&case), Some(EmbargoState::Active));
    let early = case.attempt(&Actor::System, Command::ExpireEmbargo).unwrap();
    assert!(!early.contains(&Event::EmbargoExpired), "it still runs");
    let mut case = case.on_day(70);
    assert_eq!(case.attempt(&Actor::System, Command::ExpireEmbargo), Ok(vec![Event::EmbargoExpired]));
    let again = case.attempt(&Actor::System, Command::ExpireEmbargo).unwrap();
    assert!(matches!(&again[..], [Event::AlarmRaised { .. }]), "it exits once, and that is an alarm");
    assert_eq!(case.attempt(&Actor::System, Command::ExpireEmbargo), Ok(vec![]), "raised once");
    assert_eq!(embargo(&case), Some(EmbargoState::Exited(Exit::Expired)));
}

#[test]
fn what_a_vendor_may_see_follows_its_consent() {
    let case = at(State::Validated);
    assert_eq!(relations(&case, VENDOR), []);
    let case = case.by(&alice(), invite(VENDOR));
    assert_eq!(relations(&case, VENDOR), [Relation::VendorInvited]);
    let signed = case.clone().by(&vendor(), answer(true));
    assert_eq!(relations(&signed, VENDOR), [Relation::Vendor]);
    assert_eq!(relations(&signed.by(&alice(), terms(day(70))), VENDOR), [Relation::VendorInvited]);
    assert_eq!(relations(&case.by(&vendor(), answer(false)), VENDOR), []);
}

#[test]
fn who_gets_a_notice_stands_in_no_relation_to_the_case() {
    let proposed = at(State::FixReady).by(&alice(), propose(1, ContentLevel::Detail));
    let shared = proposed.by(&bob(), approve(1, &[OPERATOR])).by(&Actor::System, extend(1, &[RELAY]));
    assert_eq!(told(&shared.case), orgs(&[OPERATOR, RELAY]));
    assert_eq!((relations(&shared, OPERATOR), relations(&shared, RELAY)), (vec![], vec![]));
}

#[test]
fn a_wave_is_extended_by_those_not_told_yet() {
    let case = at(State::Sharing).by(&Actor::System, extend(1, &[OPERATOR, RELAY]));
    let mut case = case.by(&alice(), propose(2, ContentLevel::Existence)).by(&bob(), approve(2, &[0x601]));
    let events = case.attempt(&Actor::System, extend(2, &[OPERATOR, 0x602, 0x601])).unwrap();
    assert_eq!(events, [Event::WaveExtended { wave: wave(2), recipients: vec![org(0x602)] }]);
    assert_eq!(told(&case.case), orgs(&[OPERATOR, RELAY, 0x601, 0x602]));
    assert_eq!(case.case.standing_waves().count(), 2);
}

#[test]
fn after_an_embargo_expired_nothing_is_sent_and_nobody_revives_it() {
    let case = at(State::Sharing).on_day(60).by(&Actor::System, Command::ExpireEmbargo);
    assert_eq!(case.case.standing_waves().count(), 0);
    let mut late = case.clone().on_day(3);
    assert!(late.attempt(&Actor::System, extend(1, &[RELAY])).is_err(), "also when the clock jumps back");
    assert_eq!(embargo(&late), Some(EmbargoState::Exited(Exit::Expired)));
    let public =
        case.clone().by(&alice(), release(ReleaseReason::Scheduled)).by(&bob(), Command::ApproveRelease);
    assert_eq!(
        (public.case.state, embargo(&public)),
        (State::Public, Some(EmbargoState::Exited(Exit::Expired)))
    );
    // Only new terms begin another.
    let renewed = case.by(&alice(), terms(day(90)));
    assert_eq!(
        (embargo(&renewed), consent(&renewed, VENDOR)),
        (Some(EmbargoState::Revised), Consent::Lapsed)
    );
}

#[test]
fn a_release_when_due_and_one_before() {
    let released = |history: History, reason| {
        let history = history.by(&alice(), release(reason)).by(&bob(), Command::ApproveRelease);
        assert_eq!(history.case.release.as_ref().unwrap().released_at, Some(history.now));
        embargo(&history)
    };
    let case = at(State::Sharing);
    let early = released(case.clone().on_day(59), ReleaseReason::Exploited);
    assert_eq!(early, Some(EmbargoState::Exited(Exit::LiftedEarly)));
    let due = released(case.clone().on_day(60), ReleaseReason::Scheduled);
    assert_eq!(due, Some(EmbargoState::Exited(Exit::Public)));
    // Agreed as an early one; by the time it is approved the moment has come.
    let proposed =
        case.by(&bob(), release(ReleaseReason::Leaked)).on_day(61).by(&alice(), Command::ApproveRelease);
    assert_eq!(embargo(&proposed), Some(EmbargoState::Exited(Exit::Public)));
}

#[test]
fn a_vendors_statement_is_kept_with_it() {
    let state = |status| Command::VendorStatement { status, statement: "in our words".into() };
    let case = at(State::VendorNotified).by(&vendor(), state(VendorStatus::Unknown));
    let case = case.by(&vendor(), state(VendorStatus::NotAffected));
    let party = &case.case.vendors[&org(VENDOR)];
    assert_eq!(party.status, Some(VendorStatus::NotAffected));
    assert_eq!(party.statement.expose(), "in our words");
}

#[test]
fn a_disputed_case_goes_on_with_the_vendor_it_has() {
    let case = at(State::VendorNotified).by(&alice(), dispute()).by(&bob(), validate());
    assert_eq!(case.case.state, State::Validated);
    let case = case.by(&alice(), invite(VENDOR));
    assert_eq!((case.case.state, consent(&case, VENDOR)), (State::VendorNotified, Consent::Signatory));
    assert_eq!(case.by(&vendor(), fix()).case.state, State::FixReady);
}

#[test]
fn a_vendor_that_declined_may_be_invited_again() {
    let declined = at(State::Validated).by(&alice(), invite(VENDOR)).by(&vendor(), answer(false));
    let again = declined.on_day(5).by(&alice(), invite(VENDOR));
    assert_eq!(
        (consent(&again, VENDOR), again.case.vendors[&org(VENDOR)].invited_at),
        (Consent::Invited, day(5))
    );
    assert_eq!(consent(&again.by(&vendor(), answer(true)), VENDOR), Consent::Signatory);
}

#[test]
fn several_vendors_answer_for_themselves() {
    let case =
        at(State::VendorNotified).by(&alice(), invite(SECOND_VENDOR)).by(&second_vendor(), answer(false));
    assert_eq!(consent(&case, VENDOR), Consent::Signatory);
    assert_eq!(consent(&case, SECOND_VENDOR), Consent::Declined);
    let revised = case.by(&alice(), terms(day(70)));
    assert_eq!(consent(&revised, SECOND_VENDOR), Consent::Declined, "a refusal does not lapse");
}

#[test]
fn a_reopened_case_begins_anew() {
    let case = at(State::Sharing).by(&alice(), propose(2, ContentLevel::ProofOfConcept));
    let case = case.by(&alice(), withdraw()).by(&alice(), reopen());
    assert_eq!(
        (case.case.state, case.case.fix_ready, case.case.release.is_none()),
        (State::Open, false, true)
    );
    let case = case.by(&alice(), validate());
    let stale = "what it affects changed since this wave was proposed; propose it again";
    assert_eq!(case.refusal(&bob(), approve(2, &[OPERATOR])).to_string(), stale, "approved in another life");
    let shared = case.by(&alice(), propose(3, ContentLevel::Mitigation)).by(&bob(), approve(3, &[OPERATOR]));
    let standing: Vec<_> = shared.case.standing_waves().map(|(id, _)| *id).collect();
    assert_eq!(standing, [wave(3)], "the waves of the first life reach nobody new");
}

#[test]
fn a_public_case_is_reopened_revised_and_released_again() {
    let reopened = at(State::Closed).by(&alice(), reopen()).by(&alice(), draft("Overflow, corrected"));
    let again = reopened.by(&alice(), terms(day(30))).by(&bob(), validate()).by(&bob(), invite(VENDOR));
    let again = again.by(&vendor(), answer(true)).by(&vendor(), fix());
    let public = again.by(&alice(), release(ReleaseReason::FixPublic)).by(&bob(), Command::ApproveRelease);
    assert_eq!(public.case.state, State::Public);
    assert_eq!(public.case.release.as_ref().unwrap().revision, 2);
}

#[test]
fn correcting_what_is_affected_asks_for_new_approvals() {
    let case =
        at(State::Sharing).by(&alice(), Command::CorrectAffected { affected: vec![affected("kernel")] });
    assert_eq!(case.case.standing_waves().count(), 0, "one person cannot widen what two people approved");
    let case = case.by(&alice(), propose(2, ContentLevel::Detail)).by(&bob(), approve(2, &[OPERATOR]));
    assert_eq!(case.case.standing_waves().count(), 1);
}

#[test]
fn findings_of_one_case_are_found_by_their_ids() {
    let case = History::opened().by(&alice(), join(2, OPERATOR));
    let unique: Vec<_> = case.case.facets().keys.into_iter().filter(|key| key.unique).collect();
    let of = |name: &str| unique.iter().filter(|key| key.name == name).count();
    assert_eq!((of("finding"), of("number"), unique.len()), (2, 1, 3));
}

#[test]
fn a_number_tells_the_year_and_no_count() {
    let number = |id: u128| Case::number_for(CaseId(Uuid::from_u128(id)), day(0));
    assert_eq!(number(0), "FW-2026-000000");
    assert_eq!(number(31), "FW-2026-Z00000");
    assert_eq!(number(u128::MAX), "FW-2026-ZZZZZZ");
    let last = "2026-12-31T23:59:59Z".parse().unwrap();
    assert_eq!(Case::number_for(CaseId(Uuid::from_u128(1)), last), "FW-2026-100000");
    assert!((0..4_000_u128).all(|id| !number(id * 977).contains(['I', 'L', 'O', 'U'])));
}
