//! Every rule of a case, by example: what is refused, in which words.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Actor, Scope};
use forewarn_core::case::{Command, DraftText, MatchVerdict, State, Terms, VendorStatus, Verdict};
use jiff::{SignedDuration, Timestamp};
use support::cast::{
    CENTRE, FINDER, OPERATOR, VENDOR, alice, auditor, finder, operator, org, scoped, second_vendor, stranger,
    vendor,
};
use support::day;
use support::history::{
    History, affected, agreed, answer, checked, dispute, draft, draft_text, finding, fix, invite, join,
    judge_match, open, propose_without_vendor, reopen, terms, validate, withdraw,
};

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
fn opening() {
    let nothing = History::empty();
    let coordinators = forbidden("opening cases is a coordinator's work");
    for actor in [finder(), operator(), Actor::Public, scoped(alice(), &[Scope::Admin])] {
        says(&nothing, &actor, open(), &coordinators);
    }
    // The service joins findings by rule, and opens no case: somebody has to coordinate it.
    says(&nothing, &Actor::System, open(), NOT_THERE);
    says(&nothing, &alice(), validate(), NOT_THERE);
    says(&History::opened(), &alice(), open(), "this case is already open");
}

#[test]
fn who_may_see_it_but_not_do_it() {
    let case = at(State::VendorNotified);
    for actor in [finder(), vendor(), auditor()] {
        says(&case, &actor, withdraw(), &forbidden("only the case's coordinators do this"));
        says(
            &case,
            &actor,
            propose_without_vendor(7),
            &forbidden("only the case's coordinators propose and approve"),
        );
    }
    says(&case, &alice(), answer(true), &forbidden("only the case's vendor answers for itself"));
    says(&case, &finder(), fix(), &forbidden("only the vendor or a coordinator records a fix"));
    says(&case, &alice(), Command::ExpireEmbargo, &forbidden("only the service does this"));
    for actor in [operator(), stranger(), second_vendor(), Actor::Public, scoped(alice(), &[Scope::Admin])] {
        says(&case, &actor, dispute(), NOT_THERE);
    }
    let invited = at(State::Validated).by(&alice(), invite(VENDOR));
    says(&invited, &vendor(), fix(), &forbidden("only the vendor or a coordinator records a fix"));
}

#[test]
fn joining_findings() {
    let mut case = History::opened();
    // By rule, in the finder's own request, without the finder seeing the case.
    assert!(case.attempt(&finder(), join(2, FINDER)).is_ok());
    assert_eq!(case.attempt(&finder(), join(2, FINDER)), Ok(vec![]), "the same finding joins once");
    says(&case, &operator(), join(3, FINDER), NOT_THERE);
    says(&case, &operator(), join(3, OPERATOR), NOT_THERE);
    says(&case, &finder(), join(3, CENTRE), &forbidden("only the case's coordinators do this"));
    says(
        &case,
        &scoped(finder(), &[Scope::Cases]),
        join(3, FINDER),
        &forbidden("only the case's coordinators do this"),
    );
    let unexplained = Command::Join { finding: finding(3), finder: org(FINDER), why: " ".into() };
    says(&case, &alice(), unexplained, "/why: give a text of 1 to 20,000 characters");
}

#[test]
fn validating() {
    let own = History::opened().by(&alice(), join(2, CENTRE));
    says(&own, &alice(), validate(), "a finding is validated by someone other than its finder");
    let case = History::opened();
    for (field, method, evidence) in [("method", " ", "log"), ("evidence", "reproduced", "")] {
        let (method, evidence) = (method.to_owned(), evidence.to_owned());
        let command = Command::Validate { verdict: Verdict::Confirmed, method, evidence };
        says(&case, &alice(), command, &format!("/{field}: give a text of 1 to 20,000 characters"));
    }
    let long = Command::Dispute { reason: "x".repeat(20_001) };
    says(&case, &alice(), long, "/reason: give a text of 1 to 20,000 characters");
    let still = case.by(&alice(), checked(Verdict::NotReproduced));
    assert_eq!(still.case.state, State::Open, "what could not be shown is not validated");
}

#[test]
fn reasons_are_given() {
    let texts = "/reason: give a text of 1 to 20,000 characters";
    says(&at(State::Open), &alice(), Command::Dispute { reason: "\n".into() }, texts);
    says(&at(State::Open), &alice(), Command::Withdraw { reason: String::new() }, texts);
    says(&at(State::Closed), &alice(), Command::Reopen { reason: String::new() }, texts);
    let silent = Command::VendorStatement { status: VendorStatus::Affected, statement: " ".into() };
    says(&at(State::FixReady), &vendor(), silent, "/statement: give a text of 1 to 20,000 characters");
}

#[test]
fn judging_matches() {
    let case = at(State::Sharing);
    let judge = |affected, reason: &str| judge_match(affected, MatchVerdict::Same, reason);
    for actor in [finder(), vendor(), auditor()] {
        says(&case, &actor, judge("parser", "seen"), &forbidden("only the case's coordinators do this"));
    }
    says(&case, &operator(), judge("parser", "seen"), NOT_THERE);
    says(&case, &alice(), judge("parser", " "), "/reason: give a text of 1 to 20,000 characters");
    let other = "the case does not affect this product; look at its exposure again";
    says(&case, &alice(), judge("lexer", "seen"), other);
    for over in [State::Public, State::Closed, State::Withdrawn] {
        let late = "who runs it is judged before the case is public or withdrawn";
        says(&at(over), &alice(), judge("parser", "seen"), late);
    }
}

#[test]
fn terms_of_an_embargo() {
    let case = History::opened();
    let length = "/release_at: must be in the future and within the longest embargo of the policy profile";
    let longest = case.now + SignedDuration::from_hours(24 * 104);
    for release_at in
        [case.now, day(-1), longest + SignedDuration::from_nanos(1), Timestamp::MAX, Timestamp::MIN]
    {
        says(&case, &alice(), terms(release_at), length);
    }
    assert!(case.clone().attempt(&alice(), terms(longest)).is_ok());
    let nowhere = Terms { zone: "Moon/Crater".into(), ..agreed(day(9)) };
    let zone = "/zone: give an IANA time zone such as America/New_York";
    says(&case, &alice(), Command::SetTerms { terms: nowhere }, zone);
    says(&at(State::Public), &alice(), terms(day(30)), "the case is already public");
}

#[test]
fn inviting_vendors() {
    let validated = History::opened().by(&alice(), validate());
    let no_terms = "set embargo terms that are still running first: a vendor is invited to terms";
    says(&validated, &alice(), invite(VENDOR), no_terms);
    says(&at(State::Validated).on_day(60), &alice(), invite(VENDOR), no_terms);
    says(&at(State::VendorNotified), &alice(), invite(VENDOR), "this vendor is already in the case");
}

#[test]
fn answering_terms() {
    let invited = at(State::Validated).by(&alice(), invite(VENDOR));
    says(&invited, &second_vendor(), answer(true), NOT_THERE);
    says(&at(State::VendorNotified), &vendor(), answer(false), "these terms were already answered");
    let over = "the embargo is over: there is nothing to consent to";
    says(&invited.clone().on_day(60), &vendor(), answer(true), over);
    let expired = invited.clone().on_day(60).by(&Actor::System, Command::ExpireEmbargo);
    says(&expired.on_day(1), &vendor(), answer(true), over);
    let statement = Command::VendorStatement { status: VendorStatus::Affected, statement: "ours".into() };
    says(&invited, &vendor(), statement.clone(), "accept the embargo terms first; no consent, no content");
    // Who declined is not a party any more.
    says(&invited.by(&vendor(), answer(false)), &vendor(), statement, NOT_THERE);
}

#[test]
fn recording_a_fix() {
    let case = at(State::VendorNotified);
    let versions = [vec![], vec![" ".to_owned()], vec!["1".repeat(201)], vec!["1.0".to_owned(); 101]];
    for fixed_in in versions {
        let words = "/fixed_in: give 1 to 100 versions of at most 200 characters";
        says(&case, &vendor(), Command::RecordFix { fixed_in }, words);
    }
}

#[test]
fn drafting() {
    let case = History::opened();
    let with = |change: fn(&mut DraftText)| {
        let mut text = draft_text("Overflow");
        change(&mut text);
        Command::Draft { text: Box::new(text) }
    };
    let name = "/title: give 1 to 200 characters without control characters";
    says(&case, &alice(), with(|text| text.title = "two\nlines".into()), name);
    says(&case, &alice(), with(|text| text.title = "x".repeat(201)), name);
    says(
        &case,
        &alice(),
        with(|text| text.mitigation.clear()),
        "/mitigation: give a text of 1 to 20,000 characters",
    );
    says(&case, &alice(), with(|text| text.detail.clear()), "/detail: give a text of 1 to 20,000 characters");
    for id in ["787", "CWE-", "CWE-79-", "CWE-x", "cwe-79", "CWE-79 "] {
        let text = Box::new(DraftText { weakness: Some(id.into()), ..draft_text("Overflow") });
        says(&case, &alice(), Command::Draft { text }, "/weakness: give a CWE id such as CWE-787");
    }
    for id in
        ["CVE-", "CVE----", "CVE-2026-123", "CVE-26-12345", "CVE-2026-12345-", "2026-12345", "CVE-PENDING"]
    {
        let text = Box::new(DraftText { cve: Some(id.into()), ..draft_text("Overflow") });
        says(&case, &alice(), Command::Draft { text }, "/cve: give a CVE id such as CVE-2026-12345");
    }
    let numbered =
        with(|text| (text.weakness, text.cve) = (Some("CWE-787".into()), Some("CVE-2026-0001".into())));
    assert!(case.clone().attempt(&alice(), numbered).is_ok());
    let public = at(State::Public);
    says(&public, &alice(), draft("Later"), "the advisory is public; reopen the case to revise it");
    let corrected = Command::CorrectAffected { affected: vec![affected("lexer")] };
    let words = "what is affected cannot change after the release; reopen the case";
    says(&public, &alice(), corrected, words);
}

#[test]
fn a_step_the_state_does_not_have() {
    says(&at(State::Public), &alice(), dispute(), "dispute is not possible while it is public");
    says(&at(State::Withdrawn), &alice(), withdraw(), "withdraw is not possible while it is withdrawn");
    says(&at(State::Open), &alice(), reopen(), "reopen is not possible while it is open");
}
