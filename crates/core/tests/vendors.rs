//! Vendors of a case: modes, invitations that reach nobody, whether they see each other, and duties to report.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Actor, Relation};
use forewarn_core::aggregate::Aggregate;
use forewarn_core::case::{Alarm, Command, ReleaseReason, State, Verdict};
use forewarn_core::party::VendorMode;
use forewarn_core::{Policy, Refusal};
use jiff::SignedDuration;
use support::cast::{SECOND_VENDOR, VENDOR, alice, bob, finder, operator, org, second_vendor, vendor};
use support::day;
use support::history::{
    History, answer, checked, dispute, draft, fix, invite, invite_as, propose_without_vendor, raise, release,
    reopen, terms, validate,
};

fn at(state: State) -> History {
    History::opened().on_the_way_to(state)
}

fn with_terms() -> History {
    History::opened().by(&alice(), draft("Overflow")).by(&alice(), terms(day(60)))
}

fn alarms(history: &History) -> Vec<Alarm> {
    history.case.plan(history.now, &history.policy.profile).alarms.into_iter().collect()
}

#[test]
fn only_a_firehose_is_asked_before_anybody_checked() {
    let open = with_terms();
    let wrong = Refusal::WrongState { state: "open", step: "notify vendor" };
    assert_eq!(open.refusal(&alice(), invite(VENDOR)), wrong);
    let told = open.by(&alice(), invite_as(VENDOR, VendorMode::Firehose));
    assert_eq!(told.case.state, State::Open, "nobody has confirmed it");
    let accepted = told.by(&vendor(), answer(true));
    assert!(accepted.case.facets().relations.contains(&(org(VENDOR), Relation::Vendor)));
    // Nothing is shared and no fix recorded of what nobody checked.
    assert!(matches!(accepted.refusal(&vendor(), fix()), Refusal::WrongState { .. }));
    assert!(matches!(accepted.refusal(&alice(), propose_without_vendor(1)), Refusal::WrongState { .. }));
    // The vendor itself may confirm it, and need not be asked again.
    let confirmed = accepted.clone().by(&vendor(), validate());
    assert_eq!(confirmed.case.state, State::VendorNotified);
    let _ = confirmed.by(&vendor(), fix());
    let denied = accepted.by(&vendor(), checked(Verdict::NotAVulnerability));
    assert_eq!(denied.case.state, State::Open);
    let who = "only the case's coordinators, its vendor and the validator that took it check it";
    assert_eq!(denied.refusal(&finder(), validate()), Refusal::Forbidden(who));
    let none = History::opened();
    let first = Refusal::Rule("set embargo terms that are still running first: a vendor is invited to terms");
    assert_eq!(none.refusal(&alice(), invite_as(VENDOR, VendorMode::Firehose)), first);
}

#[test]
fn a_firehose_that_declined_is_no_reason_to_hold_the_vendor_told() {
    let declined = with_terms()
        .by(&alice(), invite_as(VENDOR, VendorMode::Firehose))
        .by(&vendor(), answer(false))
        .by(&alice(), validate());
    assert_eq!(declined.case.state, State::Validated);
    // Reopened, a case is asked anew like any other.
    let reopened =
        at(State::Closed).by(&alice(), reopen()).by(&alice(), terms(day(90))).by(&alice(), validate());
    assert_eq!(reopened.case.state, State::Validated);
    let disputed = with_terms()
        .by(&alice(), invite_as(VENDOR, VendorMode::Firehose))
        .by(&vendor(), answer(true))
        .by(&vendor(), dispute());
    assert_eq!(disputed.case.state, State::Disputed);
    let checks = Refusal::Rule("a vendor checks only what it was asked of before anybody had checked it");
    assert_eq!(disputed.refusal(&vendor(), validate()), checks, "nobody settles a dispute of its own");
    assert_eq!(disputed.by(&alice(), validate()).case.state, State::VendorNotified);
}

#[test]
fn a_vendor_that_takes_part_in_no_embargo_hears_when_it_is_public() {
    for mode in [VendorMode::PublicOnly, VendorMode::None] {
        let noted = at(State::Validated).by(&alice(), invite_as(VENDOR, mode));
        assert_eq!((noted.case.state, noted.case.unasked[&org(VENDOR)]), (State::Validated, mode));
        let relations = noted.case.facets().relations;
        assert!(!relations.iter().any(|(of, _)| *of == org(VENDOR)), "it sees nothing: {relations:?}");
        let known = Refusal::Rule("this vendor is already in the case");
        assert_eq!(noted.refusal(&alice(), invite_as(VENDOR, mode)), known);
        assert_eq!(noted.refusal(&vendor(), answer(true)), Refusal::NotFound);
        // It is reason enough to share without a vendor, and to release without anybody told.
        let shared = noted.clone().by(&alice(), propose_without_vendor(1));
        assert!(shared.case.waves.len() == 1);
        let public = noted.by(&alice(), release(ReleaseReason::Leaked)).by(&bob(), Command::ApproveRelease);
        assert_eq!(public.case.state, State::Public);
    }
    let nobody = at(State::Validated);
    let words = "nobody was told of it yet: invite its vendor, share it, or note a vendor that takes no part";
    assert_eq!(nobody.refusal(&alice(), release(ReleaseReason::Leaked)), Refusal::Rule(words));
    // With one that is asked, or waits for its pace, there is somebody to wait for.
    let both = at(State::Validated).by(&alice(), invite_as(VENDOR, VendorMode::PublicOnly));
    let queue = Command::QueueVendor { vendor: org(SECOND_VENDOR), mode: VendorMode::VerifiedOnly };
    let waiting = both.by(&alice(), queue);
    assert_eq!(waiting.refusal(&alice(), release(ReleaseReason::Leaked)), Refusal::Rule(words));
    let turn = Command::InviteQueued { vendor: org(SECOND_VENDOR), mode: VendorMode::None };
    assert!(waiting.by(&Actor::System, turn).case.queued.is_empty(), "it left embargoes while it waited");
    // One that declined may be noted, and a case that is reopened is asked about anew.
    let left = at(State::Validated).by(&alice(), invite(VENDOR)).by(&vendor(), answer(false));
    assert!(
        left.by(&alice(), invite_as(VENDOR, VendorMode::PublicOnly)).case.unasked.contains_key(&org(VENDOR))
    );
    let asked = at(State::VendorNotified);
    let stays = Refusal::Rule("this vendor was asked before it left embargoes; it stays in the case");
    assert_eq!(asked.refusal(&alice(), invite_as(VENDOR, VendorMode::PublicOnly)), stays);
}

#[test]
fn a_case_of_a_vendor_that_takes_no_part_is_not_forgotten() {
    let noted =
        History::opened().by(&alice(), validate()).by(&alice(), invite_as(VENDOR, VendorMode::PublicOnly));
    assert_eq!(alarms(&noted.clone().on_day(4)), [Alarm::Invitation], "terms say when it becomes public");
    let bound = noted.by(&alice(), terms(day(60)));
    assert_eq!(alarms(&bound.clone().on_day(4)), []);
    assert_eq!(alarms(&bound.clone().on_day(31)), [Alarm::Draft]);
    let drafted = bound.by(&alice(), draft("Overflow"));
    assert_eq!(alarms(&drafted.clone().on_day(58)), [Alarm::ReleaseNear]);
    let approved = drafted
        .by(&alice(), release(ReleaseReason::Scheduled))
        .by(&bob(), Command::ApproveRelease)
        .on_day(60);
    assert_eq!(approved.by(&Actor::System, Command::ExpireEmbargo).case.state, State::Public);
}

#[test]
fn a_vendor_that_no_word_reaches_is_an_alarm_until_one_does() {
    let told = |taken| Command::NoteVendorTold { vendor: org(VENDOR), taken };
    let invited = at(State::Validated).by(&alice(), invite(VENDOR));
    assert_eq!(invited.refusal(&alice(), told(true)), Refusal::Forbidden("only the service does this"));
    let missed = invited.by(&Actor::System, told(false));
    assert_eq!(alarms(&missed), [Alarm::VendorUnreached]);
    let reached = missed.by(&Actor::System, told(true));
    assert_eq!(alarms(&reached), []);
    // What was taken once is not forgotten when another way fails, and is asked anew with new terms.
    let again = reached.by(&Actor::System, told(false));
    assert_eq!(again.past.last().map(|happened| happened.event.clone()), {
        Some(forewarn_core::case::Event::VendorTold { vendor: org(VENDOR), taken: true })
    });
    let lapsed = again.by(&vendor(), answer(true)).by(&alice(), terms(day(70)));
    assert_eq!(lapsed.case.vendors[&org(VENDOR)].told, Default::default());
    let nobody =
        lapsed.by(&Actor::System, Command::NoteVendorTold { vendor: org(SECOND_VENDOR), taken: true });
    assert!(!nobody.case.vendors.contains_key(&org(SECOND_VENDOR)));
}

#[test]
fn vendors_see_each_other_only_when_all_of_them_agree() {
    let show = |show| Command::ShowVendor { show };
    let two = at(State::VendorNotified).by(&alice(), invite(SECOND_VENDOR));
    let seen = |history: &History, by: u128| -> Vec<_> {
        history.case.vendors_shown_to(org(by)).map(|(org, _)| org).collect()
    };
    let consent = Refusal::Rule("accept the embargo terms first; no consent, no content");
    assert_eq!(two.refusal(&second_vendor(), show(true)), consent);
    let first = two.by(&vendor(), show(true));
    assert_eq!(seen(&first, VENDOR), [], "an invited vendor is not shown, whoever else agreed");
    let joined = first.by(&second_vendor(), answer(true));
    assert_eq!((seen(&joined, VENDOR), seen(&joined, SECOND_VENDOR)), (vec![], vec![]));
    let all = joined.by(&second_vendor(), show(true));
    assert_eq!(seen(&all, VENDOR), [org(SECOND_VENDOR)]);
    assert_eq!(seen(&all, SECOND_VENDOR), [org(VENDOR)]);
    let back = all.by(&vendor(), show(false));
    assert_eq!((seen(&back, VENDOR), seen(&back, SECOND_VENDOR)), (vec![], vec![]));
    assert_eq!(
        back.clone().by(&vendor(), show(false)).past.len(),
        back.past.len(),
        "said twice is said once"
    );
    assert_eq!(back.refusal(&operator(), show(true)), Refusal::NotFound);
}

#[test]
fn duties_to_report_run_while_it_is_exploited() {
    let case = at(State::VendorNotified);
    let duties = |history: &History| -> Vec<(String, i64)> {
        let running = history.case.duties(org(VENDOR), &history.policy.profile);
        let hours = |due: jiff::Timestamp| due.duration_since(day(0)).as_hours();
        running.iter().map(|duty| (duty.duty.id.clone(), hours(duty.due_at))).collect()
    };
    assert_eq!(duties(&case), [], "it is not exploited");
    let report = |duty: &str| Command::ReportDuty { duty: duty.into() };
    let message = "give the id of a duty whose time runs in this case";
    let none = Refusal::Invalid { field: "/duty", message };
    assert_eq!(case.refusal(&vendor(), report("cra-early-warning")), none);
    assert_eq!(duties(&case.clone().by(&vendor(), raise(ReleaseReason::Exploited))), [], "not confirmed");
    let exploited = case.on_day(2).by(&alice(), raise(ReleaseReason::Exploited));
    let first = [("cra-early-warning".to_owned(), 72), ("cra-notification".to_owned(), 120)];
    assert_eq!(duties(&exploited), first);
    let fixed = exploited.on_day(5).by(&vendor(), fix());
    assert_eq!(duties(&fixed).last(), Some(&("cra-final-report".to_owned(), 24 * 19)));
    let done = fixed.by(&vendor(), report("cra-early-warning"));
    assert_eq!(done.case.duties(org(VENDOR), &done.policy.profile)[0].done_at, Some(day(5)));
    assert_eq!(done.clone().by(&vendor(), report("cra-early-warning")).past.len(), done.past.len());
    // A vendor that comes later knows from its consent on.
    let late = done.by(&alice(), invite(SECOND_VENDOR)).on_day(6);
    assert!(late.case.duties(org(SECOND_VENDOR), &late.policy.profile).is_empty(), "no consent, no content");
    let knows = late.by(&second_vendor(), answer(true));
    let due = knows.case.duties(org(SECOND_VENDOR), &knows.policy.profile)[0].due_at;
    assert_eq!(due, day(6) + SignedDuration::from_hours(24));
}

#[test]
fn duties_are_data_and_are_checked() {
    let text = forewarn_core::policy::DEFAULT_PROFILE;
    let words =
        "vendor_duties: each needs an id of its own in lower case, words, a source, and hours above zero";
    for (from, to) in
        [("cra-notification", "cra-early-warning"), ("hours = 336", "hours = 0"), ("cra-final", "CRA")]
    {
        let refused = Policy::parse(&text.replace(from, to)).expect_err("refused").to_string();
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn a_fix_is_ready_once_every_affected_vendor_has_one() {
    use forewarn_core::case::{VendorStatus, WaveGate};
    use support::history::{approve, propose_later};
    let fixed = |version: &str| Command::RecordFix { fixed_in: vec![version.into()] };
    let gate = WaveGate { not_before: None, after_fix: true };
    let two = at(State::VendorNotified)
        .by(&alice(), invite(SECOND_VENDOR))
        .by(&second_vendor(), answer(true))
        .by(&alice(), propose_later(1, gate))
        .by(&bob(), approve(1, &[]));
    let one = two.clone().by(&vendor(), fixed("1.0.1"));
    assert_eq!((one.case.state, one.case.fix_ready), (State::FixReady, false), "the other one has none");
    assert!(one.case.due_waves(one.now, &one.policy.profile).is_empty());
    assert_eq!(one.case.fixed_for(org(SECOND_VENDOR)), Vec::<String>::new(), "they do not see each other");
    let both = one.clone().by(&second_vendor(), fixed("7.3")).by(&vendor(), fixed("1.0.2"));
    assert_eq!(both.case.fixed_in.expose(), &["1.0.2", "7.3"]);
    assert_eq!((both.case.fixed_for(org(VENDOR)), both.case.fix_ready), (vec!["1.0.2".to_owned()], true));
    assert_eq!(both.case.due_waves(both.now, &both.policy.profile).len(), 1);
    // One that is not affected, or leaves, is not waited for; a coordinator's word counts for all.
    let status = Command::VendorStatement { status: VendorStatus::NotAffected, statement: "no".into() };
    assert!(one.clone().by(&second_vendor(), status).case.fix_ready);
    assert!(two.clone().by(&alice(), fixed("2.0")).case.fix_ready);
    let lapsed = one.by(&alice(), terms(day(70))).by(&vendor(), answer(true));
    assert!(!lapsed.case.fix_ready, "one that is asked anew is waited for");
    assert!(lapsed.clone().by(&second_vendor(), answer(false)).case.fix_ready);
    // It is not ready for ever: who says that it is affected after all, or comes later, is waited for.
    let status = |status| Command::VendorStatement { status, statement: "see above".into() };
    let second =
        lapsed.by(&second_vendor(), answer(true)).by(&second_vendor(), status(VendorStatus::NotAffected));
    assert!(
        second.case.fix_ready && !second.by(&second_vendor(), status(VendorStatus::Affected)).case.fix_ready
    );
    let later = at(State::FixReady).by(&alice(), invite(SECOND_VENDOR));
    assert!(later.case.fix_ready && !later.by(&second_vendor(), answer(true)).case.fix_ready);
    // Equal words of two vendors are two fixes, and each sees its own.
    let equal =
        two.clone().by(&vendor(), fixed("3")).by(&second_vendor(), fixed("3")).by(&vendor(), fixed("4"));
    assert_eq!((equal.case.fixed_in.expose().clone(), equal.case.fixed_for(org(SECOND_VENDOR))), {
        (vec!["4".to_owned(), "3".to_owned()], vec!["3".to_owned()])
    });
    // What coordinators recorded for all stays beside what a vendor says of its own, whoever else is in the case.
    for history in [at(State::FixReady), two] {
        let said = history.by(&alice(), fixed("2.0")).by(&vendor(), fixed("2.0.1"));
        assert_eq!(said.case.fixed_for(org(VENDOR)), ["2.0", "2.0.1"]);
    }
}
