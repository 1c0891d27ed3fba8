//! The record of decisions, catalogues, and checks by somebody other than the finder.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Actor, Relation, Role};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::case::{self, State, Verdict};
use forewarn_core::catalogue::{self, Catalogue, CatalogueKind, CveId, Edition, Entries, Epss, Kev};
use forewarn_core::ids::CaseId;
use forewarn_core::party::VendorMode;
use forewarn_core::priority::{Command, Decision, Event, Question, Standing, Watched, decide};
use forewarn_core::{Refusal, Secret};
use support::cast::{self, CENTRE, FINDER, LAB, OTHER_LAB, VENDOR, lab, member, org, other_lab};
use support::history::{History, answer, checked, dispute, invite, join, reopen, terms, validate, withdraw};
use support::{day, facts, policy};

fn case_id() -> CaseId {
    CaseId(uuid::Uuid::from_u128(7))
}

fn watched() -> Watched {
    let cves = Secret::new(["CVE-2026-12345".parse().unwrap()].into());
    let vendors = [org(VENDOR)].into();
    Watched { coordinating: Some(org(CENTRE)), vendors, cves, unchecked: true, ..Watched::default() }
}

fn put(decision: Decision) -> Command {
    Command::Decide { case: case_id(), watched: watched(), decision: Box::new(decision) }
}

fn after(state: &Standing, actor: &Actor, command: Command) -> Result<Standing, Refusal> {
    let events = decide(state, command, &facts(&policy(), actor, day(1)))?;
    let meta = Meta { at: day(1), actor: actor.label(), version: 1 };
    Ok(events.iter().fold(state.clone(), |state, event: &Event| state.evolve(&meta, event)))
}

fn by_hand(answer: Option<&str>) -> Command {
    let answer = answer.map(str::to_owned);
    Command::Answer { question: Question::Exploitation, answer, reason: "a log shows it".into() }
}

#[test]
fn the_same_decision_again_is_no_event() {
    let decision = Decision { outcome: "act".into(), ..Decision::default() };
    let placed = after(&Standing::default(), &Actor::System, put(decision.clone())).unwrap();
    let policy = policy();
    let again = decide(&placed, put(decision), &facts(&policy, &Actor::System, day(2))).unwrap();
    assert!(again.is_empty());
    let settled = Watched { settled: true, ..watched() };
    let other = Command::Decide {
        case: case_id(),
        watched: settled,
        decision: Box::new(placed.decision.clone().unwrap().expose().clone()),
    };
    assert_eq!(after(&placed, &Actor::System, other).unwrap().facets().state, "settled");
    let refused = after(&placed, &cast::alice(), put(Decision::default())).unwrap_err();
    assert_eq!(refused, Refusal::Forbidden("only the service puts cases in order"));
}

#[test]
fn only_the_cases_coordinators_answer_by_hand() {
    let placed = after(&Standing::default(), &Actor::System, put(Decision::default())).unwrap();
    let answered = after(&placed, &cast::alice(), by_hand(Some("active"))).unwrap();
    assert_eq!(answered.by_hand[&Question::Exploitation].answer, "active");
    assert!(after(&answered, &cast::bob(), by_hand(None)).unwrap().by_hand.is_empty());
    let refused = after(&placed, &cast::vendor(), by_hand(Some("active"))).unwrap_err();
    assert_eq!(refused, Refusal::Forbidden("only the case's coordinators answer for its priority"));
    for stranger in
        [cast::stranger(), cast::second_vendor(), cast::operator(), cast::finder(), cast::auditor()]
    {
        assert_eq!(after(&placed, &stranger, by_hand(Some("active"))).unwrap_err(), Refusal::NotFound);
    }
    let refused = after(&placed, &cast::alice(), by_hand(Some("perhaps"))).unwrap_err();
    let message = "is not an answer to this question; docs/reference/policy.md lists them";
    assert_eq!(refused, Refusal::Invalid { field: "/answer", message });
}

fn edition(days: i64, digest: &str) -> Edition {
    Edition {
        kind: CatalogueKind::Kev,
        version: "2026.03.02".into(),
        dated: day(days),
        file_sha256: digest.into(),
        entries_sha256: digest.into(),
        entries: 1,
    }
}

#[test]
fn a_catalogue_is_imported_by_a_coordinator_and_never_goes_back() {
    let policy = policy();
    let import = |state: &Catalogue, actor: &Actor, edition| {
        catalogue::decide(state, edition, &facts(&policy, actor, day(9)))
    };
    let empty = Catalogue::default();
    let text = "importing a catalogue needs a coordinator with the admin scope";
    assert_eq!(import(&empty, &cast::vendor(), edition(1, "a")), Err(Refusal::Forbidden(text)));
    let events = import(&empty, &cast::alice(), edition(1, "a")).unwrap();
    let meta = Meta { at: day(9), actor: "ada".into(), version: 1 };
    let current = events.iter().fold(empty, |state, event| state.evolve(&meta, event));
    assert_eq!(import(&current, &Actor::System, edition(1, "a")), Ok(vec![]));
    let back = import(&current, &Actor::System, edition(0, "b"));
    assert_eq!(back, Err(Refusal::Rule("a later edition of this catalogue is in force")));
    let next = import(&current, &Actor::System, edition(2, "b")).unwrap();
    let next = next.iter().fold(current, |state, event| state.evolve(&meta, event));
    assert_eq!(next.before_sha256.as_deref(), Some("a"));
}

#[test]
fn cve_ids_have_one_spelling() {
    for text in ["CVE-2026-0001", "CVE-1999-12345", "CVE-2026-1234567"] {
        assert_eq!(text.parse::<CveId>().unwrap().to_string(), text);
    }
    for text in
        ["cve-2026-0001", "CVE-26-0001", "CVE-2026-001", "CVE-2026-01234", "CVE-2026-", "CVE-2026-12a4"]
    {
        assert!(text.parse::<CveId>().is_err(), "{text}");
    }
}

#[test]
fn entries_are_found_by_id() {
    let cve = |number: u32| format!("CVE-2026-{number:04}").parse::<CveId>().unwrap();
    let kev = |number| Kev { cve: cve(number), added: "2026-01-02".parse().unwrap(), ransomware: true };
    let listed = Entries::Kev(vec![kev(1), kev(3)]);
    assert_eq!((listed.kev(cve(3)), listed.kev(cve(2)), listed.epss(cve(3))), (Some(kev(3)), None, None));
    let scored = Entries::Epss(vec![Epss { cve: cve(2), millionths: 5_432 }]);
    assert_eq!(scored.epss(cve(2)).map(Epss::permille), Some(5));
    let raised = Entries::Epss(vec![Epss { cve: cve(2), millionths: 6_000 }]);
    assert!(raised.differs(Some(&scored), cve(2)) && raised.differs(None, cve(2)));
    assert!(!raised.differs(Some(&scored), cve(1)) && !raised.differs(Some(&raised), cve(2)));
}

fn claim(held: u64) -> case::Command {
    case::Command::Claim { held }
}

fn holds(history: &History, of: u128) -> bool {
    history.case.facets().relations.contains(&(org(of), Relation::Validator))
}

#[test]
fn a_validator_takes_a_case_and_gives_its_verdict() {
    let taken = History::opened().by(&lab(), claim(0));
    assert!(holds(&taken, LAB));
    assert_eq!(
        taken.refusal(&other_lab(), claim(0)),
        Refusal::Rule("this case does not wait for your check")
    );
    let text = "only the case's coordinators, its vendor and the validator that took it check it";
    assert_eq!(taken.refusal(&cast::auditor(), validate()), Refusal::Forbidden(text));
    assert_eq!(taken.refusal(&other_lab(), validate()), Refusal::NotFound);
    let checked = taken.by(&lab(), validate());
    assert_eq!(checked.case.state, State::Validated);
    assert!(!holds(&checked, LAB), "who has checked it has no more business with it");
    assert_eq!(checked.case.checks[0].org, Some(org(LAB)));
}

#[test]
fn every_verdict_but_confirmed_leaves_a_case_open_for_another_validator() {
    for verdict in Verdict::ALL.iter().filter(|verdict| **verdict != Verdict::Confirmed) {
        let refuted = History::opened().by(&lab(), claim(0)).by(&lab(), checked(*verdict));
        assert_eq!(refuted.case.state, State::Open);
        let again = refuted.refusal(&lab(), claim(0));
        assert_eq!(again, Refusal::Rule("this case does not wait for your check"));
        assert!(holds(&refuted.by(&other_lab(), claim(0)), OTHER_LAB));
    }
}

#[test]
fn a_claim_ends_by_itself() {
    let taken = History::opened().by(&lab(), claim(0)).on_day(2);
    assert!(holds(&taken.clone().by(&Actor::System, case::Command::EndClaim), LAB), "there is time left");
    let late = taken.on_day(3);
    let text = "the time to check this case has run out; take it again";
    assert_eq!(late.refusal(&lab(), validate()), Refusal::Rule(text));
    let dispute = case::Command::Dispute { reason: "not reachable".into() };
    assert_eq!(late.refusal(&lab(), dispute), Refusal::Rule(text));
    assert!(!holds(&late.clone().by(&Actor::System, case::Command::EndClaim), LAB));
    let passed_on = late.by(&other_lab(), claim(0));
    assert!(holds(&passed_on, OTHER_LAB) && !holds(&passed_on, LAB));
    assert!(passed_on.kinds().contains(&"validation-returned"));
}

#[test]
fn a_claim_can_be_given_back_by_whoever_holds_it() {
    let taken = History::opened().by(&lab(), claim(0));
    assert_eq!(taken.refusal(&other_lab(), case::Command::EndClaim), Refusal::NotFound);
    assert!(!holds(&taken.by(&lab(), case::Command::EndClaim), LAB));
}

#[test]
fn never_to_the_finder_nor_to_its_organisation() {
    let own = member(FINDER, 2, Role::Validator, true);
    let opened = History::opened();
    assert_eq!(opened.refusal(&own, claim(0)), Refusal::Rule("this case does not wait for your check"));
    // A report of the validator's own organisation joins while it holds the case.
    let taken = opened.by(&lab(), claim(0)).by(&cast::alice(), join(2, LAB));
    let text = "a finding is validated by someone other than its finder";
    assert_eq!(taken.refusal(&lab(), validate()), Refusal::Rule(text));
}

#[test]
fn work_is_spread_and_only_validators_take_it() {
    let text = "your organisation holds as many cases as the policy profile allows; check one first";
    assert_eq!(History::opened().refusal(&lab(), claim(3)), Refusal::Rule(text));
    assert_eq!(History::opened().refusal(&cast::operator(), claim(0)), Refusal::NotFound);
}

#[test]
fn a_claim_ends_when_nothing_is_left_to_check() {
    let alice = cast::alice();
    let taken = || History::opened().by(&lab(), claim(0));
    assert!(!holds(&taken().by(&alice, validate()), LAB));
    let withdrawn = taken().by(&alice, withdraw());
    assert!(!holds(&withdrawn, LAB));
    assert!(holds(&withdrawn.by(&alice, reopen()).by(&lab(), claim(0)), LAB));
}

#[test]
fn a_vendor_and_a_validator_dispute() {
    let notified = History::opened().on_the_way_to(State::VendorNotified);
    assert_eq!(notified.clone().by(&cast::vendor(), dispute()).case.state, State::Disputed);
    let text = "only the case's coordinators, its vendor and the validator that took it dispute it";
    assert_eq!(notified.refusal(&cast::finder(), dispute()), Refusal::Forbidden(text));
    let taken = History::opened().by(&lab(), claim(0));
    assert_eq!(taken.by(&lab(), dispute()).case.state, State::Disputed);
}

#[test]
fn a_vendor_waits_for_its_pace() {
    let alice = cast::alice();
    let ready = History::opened().on_the_way_to(State::Validated).by(&alice, terms(day(60)));
    let queued =
        ready.by(&alice, case::Command::QueueVendor { vendor: org(VENDOR), mode: VendorMode::VerifiedOnly });
    assert_eq!(queued.case.state, State::Validated, "the vendor was not told yet");
    assert!(queued.case.queued.contains_key(&org(VENDOR)) && queued.case.vendors.is_empty());
    let turn = || case::Command::InviteQueued { vendor: org(VENDOR), mode: VendorMode::VerifiedOnly };
    assert_eq!(queued.refusal(&alice, turn()), Refusal::Forbidden("only the service does this"));
    let invited = queued.by(&Actor::System, turn());
    assert_eq!(invited.case.state, State::VendorNotified);
    assert!(invited.case.queued.is_empty());
    assert_eq!(
        invited.refusal(&Actor::System, turn()),
        Refusal::Rule("this vendor does not wait for its pace")
    );
    let accepted = invited.by(&cast::vendor(), answer(true));
    assert!(accepted.case.facets().relations.contains(&(org(VENDOR), Relation::Vendor)));
    let direct = History::opened().on_the_way_to(State::Validated).by(&alice, invite(VENDOR));
    assert!(direct.case.queued.is_empty());
}

#[test]
fn a_draft_takes_vectors_of_both_versions_in_their_places() {
    let opened = History::opened();
    let three = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    let draft = |cvss3: &str, cvss4: &str| {
        let mut text = support::history::draft_text("Overflow");
        (text.cvss3, text.cvss4) = (Some(cvss3.into()), Some(cvss4.into()));
        case::Command::Draft { text: Box::new(text) }
    };
    let alice = cast::alice();
    assert_eq!(opened.clone().by(&alice, draft(three, four)).case.drafted_at, Some(day(0)));
    let message = "give a CVSS 3.0 or 3.1 vector with every base metric";
    let refused = Refusal::Invalid { field: "/cvss3", message };
    assert_eq!(opened.refusal(&alice, draft(four, four)), refused);
    let message = "give a CVSS 4.0 vector with every base metric";
    let refused = Refusal::Invalid { field: "/cvss4", message };
    assert_eq!(opened.refusal(&alice, draft(three, three)), refused);
}
