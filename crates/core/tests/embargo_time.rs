//! Time and embargoes: what is approved or signed beforehand happens at its moment and not before, and nothing is stuck
//! without an alarm, over years of simulated time.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::{Actor, Role};
use forewarn_core::case::{
    Alarm, Command, EmbargoState, Event, Exit, ReleaseReason, State, Terms, WaveGate, Who,
};
use forewarn_core::party::VendorMode;
use forewarn_core::sharing::{ContentLevel, Reach};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use support::cast::{
    OPERATOR, VENDOR, alice, auditor, bob, bot, carol, finder, member, org, second_vendor, vendor,
};
use support::day;
use support::history::{
    History, agreed, answer, approve, draft, everybody, fix, invite, propose, propose_later, propose_to,
    raise, release, reopen, terms, validate, wave,
};
use support::random::histories;

fn at(state: State) -> History {
    History::opened().on_the_way_to(state)
}

/// Lets the service look at the case at a moment, as its job would.
fn looked_at(mut history: History, now: Timestamp) -> (History, Vec<Event>) {
    history.now = now;
    let profile = history.policy.profile.clone();
    let mut events = Vec::new();
    for wave in history.case.due_waves(now, &profile) {
        events
            .extend(history.attempt(&Actor::System, Command::SendWave { wave, recipients: vec![] }).unwrap());
    }
    events.extend(history.attempt(&Actor::System, Command::ExpireEmbargo).unwrap());
    (history, events)
}

fn tick(history: History) -> History {
    let now = history.now;
    looked_at(history, now).0
}

fn alarms(history: &History) -> Vec<Alarm> {
    history.case.plan(history.now, &history.policy.profile).alarms.into_iter().collect()
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

#[track_caller]
fn says(history: &History, actor: &Actor, command: Command, words: &str) {
    assert_eq!(history.refusal(actor, command).to_string(), words);
}

#[test]
fn a_release_that_was_approved_beforehand_happens_at_its_moment() {
    let approved = at(State::Sharing)
        .by(&alice(), release(ReleaseReason::Scheduled))
        .by(&bob(), Command::ApproveRelease);
    assert_eq!(approved.case.state, State::Sharing, "the moment has not come");
    let (early, events) = looked_at(approved.clone(), day(60) - hours(1));
    assert_eq!((early.case.state, events), (State::Sharing, vec![]));
    let (public, events) = looked_at(approved.clone(), day(60));
    assert_eq!(events, [Event::CaseReleased { exit: Exit::Public }]);
    assert_eq!(public.case.release.as_ref().unwrap().released_at, Some(day(60)));
    // Nobody approved the new text, so the embargo ends without a release, and that is an alarm.
    let redrafted = approved.by(&alice(), draft("Worse")).on_day(60);
    let expired = tick(redrafted);
    assert_eq!(expired.case.embargo.as_ref().unwrap().state, EmbargoState::Exited(Exit::Expired));
    assert!(alarms(&expired).contains(&Alarm::Expired));
    assert!(tick(expired).case.alarms.contains(&Alarm::Expired), "it is raised");
}

#[test]
fn a_wave_waits_for_its_moment_and_its_state() {
    let gate = WaveGate { not_before: Some(day(20)), after_fix: true };
    let waiting =
        at(State::VendorNotified).by(&alice(), propose_later(1, gate)).by(&bob(), approve(1, &[OPERATOR]));
    assert_eq!(waiting.case.state, State::VendorNotified, "approved, not sent");
    assert_eq!(tick(waiting.clone().on_day(21)).case.state, State::VendorNotified, "no fix yet");
    let fixed = waiting.by(&vendor(), fix());
    assert_eq!(tick(fixed.clone().on_day(19)).case.state, State::FixReady, "not the moment yet");
    let sent = tick(fixed.clone().on_day(20));
    assert_eq!((sent.case.state, sent.case.waves[&wave(1)].sent_at), (State::Sharing, Some(day(20))));
    let late = WaveGate { not_before: Some(day(60)), after_fix: false };
    let never = "/not_before: is not before the end of the embargo: such a wave would never be sent";
    says(&fixed, &alice(), propose_later(2, late), never);
    let stale = fixed.by(&alice(), draft("Worse")).on_day(20);
    assert_eq!(tick(stale.clone()).case.state, State::FixReady, "they approved another text");
    assert_eq!(alarms(&stale), [Alarm::WaveStuck]);
    assert_eq!(alarms(&stale.by(&alice(), propose(2, ContentLevel::Detail))), [], "it was proposed again");
}

#[test]
fn whole_sectors_hear_no_details() {
    let case = at(State::FixReady);
    let mut everyone = everybody();
    everyone.reach = Reach::Everyone;
    let bounded = "/reach: reaching those without known exposure needs sectors or named organisations";
    says(&case, &alice(), propose_to(1, ContentLevel::Existence, everyone.clone(), None), bounded);
    everyone.sectors.insert("energy".into());
    let shallow =
        "/level: a whole sector is told at most the mitigation; name organisations to tell them more";
    says(&case, &alice(), propose_to(1, ContentLevel::Detail, everyone.clone(), None), shallow);
    let case = case.by(&alice(), propose_to(1, ContentLevel::Mitigation, everyone.clone(), None));
    everyone.named.insert(org(OPERATOR));
    let _ = case.by(&alice(), propose_to(2, ContentLevel::Detail, everyone, None));
}

#[test]
fn triggers_propose_and_people_decide() {
    let case = at(State::Sharing);
    says(
        &at(State::Validated).by(&alice(), terms(day(9))).on_day(9),
        &bot(),
        raise(ReleaseReason::VendorSilent),
        "no vendor has been silent for as long as the policy profile says",
    );
    let raised = case.clone().by(&finder(), raise(ReleaseReason::Leaked));
    assert_eq!(raised.case.triggers[&ReleaseReason::Leaked].confirmed_at, None);
    let again = "this trigger was raised already; decide on the release, or dismiss it";
    says(&raised, &vendor(), raise(ReleaseReason::Leaked), again);
    let who = "you may see this but not do that: only the case's coordinators say that a vendor is silent";
    says(&raised, &vendor(), raise(ReleaseReason::VendorSilent), who);
    let confirmed = raised.clone().by(&alice(), raise(ReleaseReason::Leaked));
    assert!(confirmed.case.triggers[&ReleaseReason::Leaked].confirmed_at.is_some());
    says(&confirmed, &bob(), raise(ReleaseReason::Leaked), again);
    says(
        &raised,
        &second_vendor(),
        raise(ReleaseReason::Exploited),
        "there is no such thing, or it is not yours to see",
    );
    says(
        &case,
        &alice(),
        Command::RaiseTrigger { reason: ReleaseReason::Leaked, evidence: " ".into() },
        "/evidence: give a text of 1 to 20,000 characters",
    );
    let party = "you may see this but not do that: only a party of the case reports a trigger";
    says(&case, &auditor(), raise(ReleaseReason::Exploited), party);
    // Nobody decides for a day: an alarm. Two people dismiss it: gone.
    let mut waiting = confirmed.clone();
    waiting.now += hours(24);
    assert_eq!(alarms(&waiting), [Alarm::Trigger]);
    let dismiss = || Command::DismissTrigger { reason: ReleaseReason::Leaked };
    says(&case, &alice(), dismiss(), "this trigger was not raised");
    let once = waiting.by(&alice(), dismiss());
    says(&once, &alice(), dismiss(), "you dismissed this already; another person is needed");
    assert!(once.by(&bob(), dismiss()).case.triggers.is_empty());
    says(&History::opened(), &alice(), raise(ReleaseReason::Leaked), "there is no embargo that runs");
}

#[test]
fn that_it_is_exploited_is_one_fact() {
    let case = at(State::Sharing);
    let reported = case.clone().by(&finder(), raise(ReleaseReason::Exploited));
    assert_eq!(reported.case.exploited_since, None, "no coordinator has said so");
    let confirmed = reported.by(&alice(), raise(ReleaseReason::Exploited));
    let trigger = confirmed.case.triggers[&ReleaseReason::Exploited].confirmed_at;
    assert!(trigger.is_some());
    assert_eq!(confirmed.case.exploited_since, trigger);
    let dismiss = || Command::DismissTrigger { reason: ReleaseReason::Exploited };
    let once = confirmed.clone().by(&alice(), dismiss());
    assert_eq!(once.case.exploited_since, trigger, "one person does not take it back");
    assert_eq!(once.by(&bob(), dismiss()).case.exploited_since, None);
    // Who proposes a release for it says the same, and keeps saying it.
    let proposed = confirmed.by(&alice(), release(ReleaseReason::Exploited));
    let dismissed = proposed.by(&alice(), dismiss()).by(&bob(), dismiss());
    assert_eq!(dismissed.case.exploited_since, trigger);
    let proposed = case.by(&alice(), release(ReleaseReason::Exploited));
    assert!(proposed.case.exploited_since.is_some());
}

#[test]
fn waiting_for_a_vendors_pace_is_an_alarm_of_the_case() {
    let begun = at(State::Validated).by(&alice(), terms(day(90)));
    let asked = begun.now;
    let queued =
        begun.by(&alice(), Command::QueueVendor { vendor: org(VENDOR), mode: VendorMode::VerifiedOnly });
    let days = i64::from(queued.policy.profile.pace.alarm_days);
    let later = |history: &History, hours_more: i64| {
        let mut later = history.clone();
        later.now = asked + hours(24 * days + hours_more);
        later
    };
    assert!(!alarms(&later(&queued, -1)).contains(&Alarm::Pace));
    assert!(alarms(&later(&queued, 0)).contains(&Alarm::Pace));
    assert!(!alarms(&later(&queued, 0)).contains(&Alarm::Invitation), "somebody invited one");
    let raised = tick(later(&queued, 0));
    assert!(raised.case.alarms.contains(&Alarm::Pace), "it is raised");
    let invited = queued
        .by(&Actor::System, Command::InviteQueued { vendor: org(VENDOR), mode: VendorMode::VerifiedOnly });
    assert!(!alarms(&later(&invited, 0)).contains(&Alarm::Pace));
}

fn sign(hours: u32) -> Command {
    Command::SignRule { reason: ReleaseReason::Leaked, hours }
}

#[test]
fn a_rule_that_two_signed_beforehand_lifts_the_embargo() {
    let begun = History::opened().by(&alice(), draft("Overflow")).by(&alice(), terms(day(60)));
    says(&begun, &alice(), sign(0), "/hours: give 1 to 336 hours");
    let one = begun.by(&alice(), validate()).by(&alice(), sign(48));
    says(&one, &alice(), sign(48), "you signed this already; another person is needed");
    let signed = one.clone().by(&bob(), sign(48)).by(&alice(), invite(VENDOR)).by(&vendor(), answer(true));
    says(
        &signed,
        &carol(),
        sign(48),
        "somebody consented to the terms already: set new terms, then sign the rule",
    );
    // What only the vendor reports does not set it in motion.
    let reported = signed.clone().by(&vendor(), raise(ReleaseReason::Leaked));
    let mut long = reported.clone();
    long.now += hours(24 * 9);
    assert_eq!(tick(long).case.state, State::VendorNotified);
    let confirmed = reported.by(&alice(), raise(ReleaseReason::Leaked));
    let then = confirmed.now;
    let (early, _) = looked_at(confirmed.clone(), then + hours(47));
    assert_eq!(early.case.state, State::VendorNotified);
    let (lifted, events) = looked_at(confirmed.clone(), then + hours(48));
    assert_eq!(lifted.case.embargo.as_ref().unwrap().state, EmbargoState::Exited(Exit::LiftedEarly));
    assert!(matches!(&events[..], [Event::ReleaseByRule { .. }, Event::CaseReleased { .. }]));
    // Dismissed by two, it does nothing.
    let dismiss = || Command::DismissTrigger { reason: ReleaseReason::Leaked };
    let dismissed = confirmed.by(&alice(), dismiss()).by(&bob(), dismiss());
    assert_eq!(looked_at(dismissed, then + hours(48)).0.case.state, State::VendorNotified);
    // One signature is no rule, and other hours are another rule.
    let changed =
        one.by(&bob(), sign(24)).by(&alice(), invite(VENDOR)).by(&alice(), raise(ReleaseReason::Leaked));
    let then = changed.now;
    assert_eq!(looked_at(changed, then + hours(24 * 9)).0.case.state, State::VendorNotified);
}

#[test]
fn more_time_is_asked_for_and_bounded() {
    let case = at(State::VendorNotified);
    let ask = |until| Command::RequestExtension { until, reason: "the fix needs a new compiler".into() };
    let bounds =
        "/until: must be later than the agreed moment and within the longest embargo of the policy profile";
    says(&case, &vendor(), ask(day(60)), bounds);
    says(&case, &vendor(), ask(day(105)), bounds);
    let asked = case.clone().by(&vendor(), ask(day(74)));
    says(&asked, &vendor(), ask(day(80)), "a request for more time waits for its answer already");
    let mut waiting = asked.clone();
    waiting.now += hours(24);
    assert_eq!(alarms(&waiting), [Alarm::Extension]);
    let decline = || Command::DeclineExtension { reason: "it is exploited".into() };
    assert!(asked.clone().by(&alice(), decline()).case.extensions.is_empty());
    says(&case, &alice(), decline(), "nobody asked for more time");
    assert!(asked.by(&alice(), terms(day(74))).case.extensions.is_empty(), "granted");
    // Extensions do not begin the longest embargo anew.
    let later = case.clone().on_day(50);
    let longest = "/release_at: must be in the future and within the longest embargo of the policy profile";
    says(&later, &alice(), terms(day(110)), longest);
    let none = Terms { triggers: [ReleaseReason::Scheduled].into(), ..agreed(day(60)) };
    says(
        &later,
        &alice(),
        Command::SetTerms { terms: none },
        "/triggers: give reasons for an early end; the agreed end needs none",
    );
    says(
        &later,
        &vendor(),
        Command::PromiseFix { by: day(50) },
        "/by: must be in the future and within the longest embargo of the policy profile",
    );
    let promised = later.by(&vendor(), Command::PromiseFix { by: day(55) }).on_day(55);
    assert_eq!(alarms(&promised), [Alarm::FixLate]);
    assert_eq!(alarms(&promised.by(&vendor(), fix())), []);
}

#[test]
fn the_plan_names_who_is_waited_for() {
    let case = at(State::FixReady).by(&alice(), propose(1, ContentLevel::Detail));
    let plan = case.case.plan(case.now, &case.policy.profile);
    let wave = plan.steps.iter().find(|step| step.wave.is_some()).unwrap();
    let shut: Vec<_> = wave.gates.iter().filter(|gate| !gate.open).map(|gate| gate.who).collect();
    assert_eq!(shut, [Who::MorePeople(1)]);
    let last = plan.steps.last().unwrap();
    assert_eq!((last.what, last.gates[0].who, last.gates[0].at), ("publish", Who::Clock, Some(day(60))));
    let invited = at(State::Validated).by(&alice(), invite(VENDOR));
    let plan = invited.case.plan(invited.now, &invited.policy.profile);
    assert_eq!(plan.steps[0].gates[0].who, Who::Vendor(org(VENDOR)));
    let reopened = at(State::Closed).by(&alice(), reopen());
    assert_eq!(reopened.case.plan(reopened.now, &reopened.policy.profile).steps[0].what, "validate it");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_stuck_without_an_alarm(history in histories()) {
        let over = matches!(history.case.state, State::Closed | State::Withdrawn) || history.case.id.is_none();
        let mut later = history;
        later.now = later.now.max(day(0)) + hours(24 * 366 * 12);
        // What was approved beforehand and is due now is not stuck either.
        let next = later.case.next_moment(later.now, &later.policy.profile);
        let still = alarms(&later).is_empty() && next.is_none_or(|moment| moment > later.now);
        prop_assert_eq!(still, over, "{:?}", later.case.state);
    }

    /// A claim lasts as long as the profile says, not a second less or more, and then the case is free for others.
    #[test]
    fn a_claim_ends_at_its_end(history in histories()) {
        let lease = hours(i64::from(history.policy.profile.validation.lease_hours));
        for happened in &history.past {
            if let Event::ValidationClaimed { until, .. } = &happened.event {
                prop_assert_eq!(*until, happened.meta.at.checked_add(lease).unwrap_or(Timestamp::MAX));
            }
        }
        let Some(until) = history.case.claim.as_ref().map(|claim| claim.until) else { return Ok(()) };
        let mut waiting = history;
        waiting.now = until - SignedDuration::from_secs(1);
        prop_assert_eq!(waiting.attempt(&Actor::System, Command::EndClaim).unwrap(), vec![]);
        waiting.now = until;
        let third = member(0xb00, 1, Role::Validator, true);
        prop_assert_eq!(waiting.case.claimable_by(org(0xb00), until), waiting.case.unchecked());
        if waiting.case.unchecked() {
            let mut taken = waiting.clone();
            let events = taken.attempt(&third, Command::Claim { held: 0 }).unwrap();
            let passed_on =
                matches!(&events[..], [Event::ValidationReturned { lapsed: true, .. }, Event::ValidationClaimed { .. }]);
            prop_assert!(passed_on, "{:?}", events);
        }
        let events = waiting.attempt(&Actor::System, Command::EndClaim).unwrap();
        let ended = matches!(&events[..], [Event::ValidationReturned { lapsed: true, .. }]);
        prop_assert!(ended, "{:?}", events);
    }

    #[test]
    fn time_does_nothing_before_the_moment_it_names(history in histories(), part in 0.0..1.0_f64) {
        let Some(next) = history.case.next_moment(history.now, &history.policy.profile) else { return Ok(()) };
        let wait = next.duration_since(history.now).as_secs_f64() * part;
        let between = history.now + SignedDuration::from_secs(wait as i64);
        if between < next {
            let (_, events) = looked_at(history.clone(), between);
            // What stood already is due now.
            prop_assert!(events.is_empty(), "{:?} before {}", events, next);
        }
    }

    #[test]
    fn years_pass_and_every_moment_is_followed_by_rest(history in histories()) {
        let mut history = history;
        for _ in 0..60 {
            let Some(next) = history.case.next_moment(history.now, &history.policy.profile) else { return Ok(()) };
            prop_assert!(next >= history.now, "the past is not due again");
            let (after, events) = looked_at(history.clone(), next);
            prop_assert!(next > history.now || !events.is_empty(), "due now, and nothing happens");
            history = after;
        }
        prop_assert!(false, "time alone goes on for ever");
    }
}
