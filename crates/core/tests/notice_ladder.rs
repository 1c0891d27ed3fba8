//! Telling recipients, and what happens when nobody answers: rounds, the ladder, alarms, calls, delegates.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Policy;
use forewarn_core::access::{Actor, Member};
use forewarn_core::aggregate::{Aggregate, EventKind, Key};
use forewarn_core::notice::delivery::{Standing, backoff};
use forewarn_core::notice::{
    Alarm, Command, Event, Notice, Outcome, Reach, Remediation, Rung, State, Try, Why,
};
use forewarn_core::party::{QuietHours, Way};
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_core::sharing::ContentLevel;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use support::cast::{OPERATOR, RELAY, alice, operator, org, relay, stranger};
use support::inbox::{Inbox, deliver, first};
use support::{day, hour, remembered};
use uuid::Uuid;

fn reach(ways: &[Way]) -> Reach {
    Reach { ways: ways.iter().copied().collect(), preferred: None }
}

/// Delivered on day 1 and due on day 4, with these ways.
fn told(urgent: bool, ways: &[Way]) -> Inbox {
    let mut inbox = Inbox::empty();
    let queued = forewarn_core::notice::Queued { urgent, ..first(ContentLevel::Detail, true) };
    inbox.apply(&Event::NoticeQueued(Box::new(queued)));
    inbox.by(&Actor::System, deliver()).by(&Actor::System, Command::Tell { reach: reach(ways) })
}

fn ways_of(inbox: &Inbox) -> Vec<Way> {
    inbox.notice.round.as_ref().map(|round| round.ways.keys().copied().collect()).unwrap_or_default()
}

fn attempt(inbox: &mut Inbox, way: Way, outcome: Outcome, last: bool, ways: &[Way]) -> Vec<&'static str> {
    let round = inbox.notice.round.as_ref().map_or(0, |round| round.number);
    let one = Try { round, way, message: Some(message(way, round)), outcome, code: None, last };
    let command = Command::NoteAttempt { one, reach: reach(ways) };
    let events = inbox.attempt(&Actor::System, command).unwrap();
    events.iter().map(EventKind::kind).collect()
}

/// The message of a way and a round.
fn message(way: Way, round: u32) -> Uuid {
    Uuid::from_u128(u128::from(round) * 10 + way as u128)
}

fn bounce(inbox: &mut Inbox, of: Uuid, lasting: bool, ways: &[Way]) -> Vec<&'static str> {
    let status = if lasting { "5.1.1" } else { "4.4.7" }.to_owned();
    let command = Command::NoteBounce { message: of, status, lasting, reach: reach(ways) };
    let events = inbox.attempt(&Actor::System, command).unwrap();
    events.iter().map(EventKind::kind).collect()
}

fn climb(inbox: &mut Inbox, now: Timestamp, ways: &[Way]) -> Vec<Rung> {
    inbox.now = now;
    let events = inbox.attempt(&Actor::System, Command::Climb { reach: reach(ways) }).unwrap();
    let rung = |event: &Event| match event {
        Event::NoticeEscalated { rung } => Some(*rung),
        _ => None,
    };
    events.iter().filter_map(rung).collect()
}

const BOTH: &[Way] = &[Way::Webhook, Way::Mail];

#[test]
fn a_round_begins_with_the_way_the_recipient_likes_and_in_the_top_tier_with_every_way() {
    assert_eq!(ways_of(&told(false, BOTH)), [Way::Webhook]);
    assert_eq!(ways_of(&told(false, &[Way::Mail, Way::SecondMail])), [Way::Mail]);
    assert_eq!(ways_of(&told(false, &[Way::SecondMail])), [Way::SecondMail]);
    assert_eq!(ways_of(&told(true, BOTH)), BOTH);
    let preferred = Reach { preferred: Some(Way::Mail), ..reach(BOTH) };
    let inbox = Inbox::queued(ContentLevel::Detail, true);
    let inbox = inbox.by(&Actor::System, deliver()).by(&Actor::System, Command::Tell { reach: preferred });
    assert_eq!(ways_of(&inbox), [Way::Mail]);
}

#[test]
fn a_recipient_is_told_of_a_new_notice_once_and_not_when_it_was_read_before() {
    let mut inbox = told(false, BOTH);
    assert_eq!(inbox.attempt(&Actor::System, Command::Tell { reach: reach(BOTH) }), Ok(vec![]));
    let mut read = Inbox::queued(ContentLevel::Detail, true).by(&operator(), Command::Open);
    assert_eq!(read.attempt(&Actor::System, Command::Tell { reach: reach(BOTH) }), Ok(vec![]));
    // It came into the top tier: it is told again, on every way, once.
    let mut inbox = inbox.by(&Actor::System, Command::MakeUrgent);
    inbox = inbox.by(&Actor::System, Command::Tell { reach: reach(BOTH) });
    assert_eq!((ways_of(&inbox), inbox.notice.round.as_ref().unwrap().why), (BOTH.to_vec(), Why::Urgent));
    assert_eq!(inbox.attempt(&Actor::System, Command::Tell { reach: reach(BOTH) }), Ok(vec![]));
}

#[test]
fn a_notice_of_the_top_tier_is_due_sooner_and_never_later() {
    let inbox = told(false, BOTH).by(&Actor::System, Command::MakeUrgent);
    assert_eq!(inbox.notice.due_at, Some(hour(24 + 12)));
    let mut late = told(false, BOTH);
    late.now = hour(24 * 4 - 1);
    assert_eq!(late.by(&Actor::System, Command::MakeUrgent).notice.due_at, Some(day(4)));
    let mut done = told(false, BOTH).by(&operator(), Command::Acknowledge);
    assert_eq!(done.attempt(&Actor::System, Command::MakeUrgent), Ok(vec![]));
}

#[test]
fn the_top_tier_without_a_way_is_called_at_once() {
    let inbox = told(true, &[]);
    assert!(inbox.notice.call_open && inbox.notice.round.is_none());
    assert!(!told(false, &[]).notice.call_open);
}

#[test]
fn the_first_failure_brings_in_the_other_ways_and_the_last_one_raises_an_alarm() {
    let mut inbox = told(false, BOTH);
    let kinds = attempt(&mut inbox, Way::Webhook, Outcome::Unreachable, false, BOTH);
    assert_eq!(kinds, ["notice-attempted", "notice-sending"]);
    assert_eq!(ways_of(&inbox), BOTH);
    assert_eq!(attempt(&mut inbox, Way::Mail, Outcome::Refused, false, BOTH), ["notice-attempted"]);
    assert_eq!(attempt(&mut inbox, Way::Webhook, Outcome::Deferred, false, BOTH), ["notice-attempted"]);
    let kinds = attempt(&mut inbox, Way::Webhook, Outcome::Deferred, true, BOTH);
    assert_eq!(kinds, ["notice-attempted", "notice-alarmed"]);
    assert_eq!(inbox.notice.alarms, BTreeSet::from([Alarm::Undeliverable]));
    assert!(inbox.notice.facets().keys.contains(&Key::shared("queue", "coordinators")));
    // Evidence of every attempt, and nothing for a way that is over.
    assert_eq!(inbox.notice.attempts.len(), 4);
    assert_eq!(attempt(&mut inbox, Way::Webhook, Outcome::Accepted, false, BOTH), [""; 0]);
    // A message that got through on one way is enough.
    let mut inbox = told(false, BOTH);
    attempt(&mut inbox, Way::Webhook, Outcome::Refused, false, BOTH);
    attempt(&mut inbox, Way::Mail, Outcome::Accepted, false, BOTH);
    assert!(inbox.notice.alarms.is_empty());
}

#[test]
fn a_mail_that_comes_back_is_evidence_and_brings_in_the_next_contact_at_once() {
    let ways = &[Way::Mail, Way::SecondMail];
    let mut inbox = told(false, ways);
    assert_eq!(bounce(&mut inbox, message(Way::Mail, 1), true, ways), [""; 0], "it was not sent yet");
    attempt(&mut inbox, Way::Mail, Outcome::Accepted, false, ways);
    let key = Notice::message_key(message(Way::Mail, 1));
    assert!(inbox.notice.facets().keys.contains(&key), "it finds its notice");
    assert_eq!(bounce(&mut inbox, message(Way::Mail, 2), true, ways), [""; 0], "another message");
    // Late is not lost.
    assert_eq!(bounce(&mut inbox, message(Way::Mail, 1), false, ways), ["notice-bounced"]);
    assert_eq!(bounce(&mut inbox, message(Way::Mail, 1), false, ways), [""; 0], "noted once");
    assert_eq!(ways_of(&inbox), [Way::Mail]);
    let kinds = bounce(&mut inbox, message(Way::Mail, 1), true, ways);
    assert_eq!(kinds, ["notice-bounced", "notice-sending"]);
    assert_eq!(ways_of(&inbox), ways);
    let kept: Vec<_> =
        inbox.notice.attempts.iter().map(|one| (one.way, one.outcome, one.status.as_deref())).collect();
    assert_eq!(
        kept,
        [
            (Way::Mail, Outcome::Accepted, None),
            (Way::Mail, Outcome::Deferred, Some("4.4.7")),
            (Way::Mail, Outcome::Bounced, Some("5.1.1")),
        ]
    );
    for lasting in [true, false] {
        assert_eq!(bounce(&mut inbox, message(Way::Mail, 1), lasting, ways), [""; 0], "noted once");
    }
    // The second contact's mail comes back as well: nobody is reached.
    attempt(&mut inbox, Way::SecondMail, Outcome::Accepted, false, ways);
    assert!(inbox.notice.alarms.is_empty());
    let kinds = bounce(&mut inbox, message(Way::SecondMail, 1), true, ways);
    assert_eq!(kinds, ["notice-bounced", "notice-alarmed"]);
    assert_eq!(inbox.notice.alarms, BTreeSet::from([Alarm::Undeliverable]));
}

#[test]
fn a_mail_that_comes_back_too_late_is_evidence_only() {
    let ways = &[Way::Mail, Way::SecondMail];
    let mut read = told(false, ways);
    attempt(&mut read, Way::Mail, Outcome::Accepted, false, ways);
    let mut later = read.clone();
    let mut read = read.by(&operator(), Command::Open);
    assert_eq!(bounce(&mut read, message(Way::Mail, 1), true, ways), ["notice-bounced"], "it was read");
    climb(&mut later, hour(72), ways);
    assert_eq!(bounce(&mut later, message(Way::Mail, 1), true, ways), ["notice-bounced"], "of another round");
    assert!(later.notice.trying(2, Way::Mail).is_some(), "the reminder is still on its way");
    for wrong in ["", "5", "5.1", "5.1.1.1", "6.1.1", "5.1.1234", "5.x.1", "5.1.1\r\nX: y"] {
        let reach = reach(ways);
        let command = Command::NoteBounce {
            message: message(Way::Mail, 1),
            status: wrong.into(),
            lasting: true,
            reach,
        };
        let message = "expected an enhanced status code such as 5.1.1";
        let expected = forewarn_core::Refusal::Invalid { field: "/status", message };
        assert_eq!(later.attempt(&Actor::System, command), Err(expected), "{wrong}");
    }
}

#[test]
fn the_ladder_is_climbed_step_by_step_when_each_moment_has_come() {
    let ways = &[Way::Mail, Way::SecondMail];
    let mut inbox = told(false, ways);
    assert_eq!(climb(&mut inbox, hour(71), ways), []);
    assert_eq!(climb(&mut inbox, hour(72), ways), [Rung::Reminder]);
    assert_eq!(inbox.notice.round.as_ref().unwrap().why, Why::Reminder);
    assert_eq!(climb(&mut inbox, hour(95), ways), []);
    assert_eq!(climb(&mut inbox, hour(96), ways), [Rung::SecondContact]);
    assert_eq!(ways_of(&inbox), ways);
    assert_eq!(climb(&mut inbox, hour(120), ways), [Rung::Call]);
    assert!(inbox.notice.call_open && inbox.notice.alarms.is_empty());
    assert_eq!(climb(&mut inbox, hour(168), ways), [Rung::Alarm]);
    assert_eq!(inbox.notice.alarms, BTreeSet::from([Alarm::Unanswered]));
    assert_eq!(inbox.notice.next_step(&inbox.policy.profile.escalation, inbox.now), None);
    // An answer ends all of it.
    let inbox = inbox.by(&operator(), Command::Acknowledge);
    assert!(!inbox.notice.call_open && inbox.notice.alarms.is_empty());
}

#[test]
fn a_clock_that_jumps_ahead_skips_no_step_but_a_reminder_that_comes_too_late() {
    let mut inbox = told(false, BOTH);
    assert_eq!(climb(&mut inbox, day(300), BOTH), [Rung::SecondContact, Rung::Call, Rung::Alarm]);
    assert_eq!(climb(&mut inbox, day(300), BOTH), []);
    // Back again, nothing is taken back and nothing is done twice.
    assert_eq!(climb(&mut inbox, hour(80), BOTH), [Rung::Reminder]);
    assert_eq!(climb(&mut inbox, day(5), BOTH), []);
}

#[test]
fn work_that_is_not_finished_is_asked_about_and_then_there_is_an_alarm() {
    let mut inbox = told(false, BOTH).by(&operator(), Command::Acknowledge);
    let status = |status, note: &str| Command::Report { status, note: note.into(), measures: String::new() };
    inbox = inbox.by(&operator(), status(Remediation::InProgress, ""));
    for number in 1..=3 {
        assert_eq!(climb(&mut inbox, day(1 + 14 * number - 1), BOTH), []);
        assert_eq!(climb(&mut inbox, day(1 + 14 * number), BOTH), [Rung::Unfinished]);
        assert_eq!(inbox.notice.round.as_ref().unwrap().why, Why::Unfinished);
        assert!(inbox.notice.alarms.is_empty());
    }
    assert_eq!(climb(&mut inbox, day(57), BOTH), [Rung::Unfinished]);
    assert_eq!(inbox.notice.alarms, BTreeSet::from([Alarm::Unfinished]));
    assert_eq!(climb(&mut inbox, day(400), BOTH), []);
    for done in [Remediation::Done, Remediation::Mitigated, Remediation::NotAffected, Remediation::CannotFix]
    {
        let mut inbox = inbox.clone().by(&operator(), status(done, "n"));
        assert!(inbox.notice.alarms.is_empty());
        assert_eq!(climb(&mut inbox, day(900), BOTH), [], "{done:?}");
    }
}

#[track_caller]
fn says(inbox: &Inbox, actor: &Actor, command: Command, words: &str) {
    let refusal = inbox.clone().attempt(actor, command).expect_err("must be refused");
    assert_eq!(refusal.to_string(), words);
}

fn call(reached: bool, words: &str) -> Command {
    Command::NoteCall { reached, words: words.into() }
}

#[test]
fn coordinators_call_and_settle_in_words() {
    let not_there = "there is no such thing, or it is not yours to see";
    let inbox = told(false, BOTH);
    says(&inbox, &alice(), call(true, "w"), "nobody needs to be called about this notice");
    let settle = |words: &str| Command::Settle { alarm: Alarm::Unanswered, words: words.into() };
    says(&inbox, &alice(), settle("w"), "this alarm is not raised, or was settled already");
    let mut inbox = inbox;
    climb(&mut inbox, day(300), BOTH);
    let words = "/words: give a text of 1 to 20,000 characters";
    says(&inbox, &alice(), call(true, " "), words);
    says(&inbox, &alice(), settle(""), words);
    says(&inbox, &stranger(), call(true, "w"), not_there);
    let only = "you may see this but not do that: only the case's coordinators call and settle alarms";
    says(&inbox, &operator(), call(true, "w"), only);
    says(&inbox, &operator(), settle("w"), only);
    for command in [call(true, "w"), settle("w")] {
        says(&inbox, &Actor::System, command, only);
    }
    let inbox = inbox.by(&alice(), call(false, "nobody answered")).by(&alice(), call(false, "nobody again"));
    assert_eq!((inbox.notice.call_open, inbox.notice.calls_missed), (true, 2));
    let inbox = inbox.by(&alice(), call(true, "the night shift knows")).by(&alice(), settle("called"));
    assert!(!inbox.notice.call_open && inbox.notice.alarms.is_empty());
    assert!(!inbox.notice.facets().keys.contains(&Key::shared("queue", "coordinators")));
    says(&inbox, &alice(), settle("w"), "this alarm is not raised, or was settled already");
}

#[test]
fn compensating_measures_go_with_what_cannot_be_fixed() {
    let inbox = told(false, BOTH).by(&operator(), Command::Acknowledge);
    let report =
        |status, measures: &str| Command::Report { status, note: "n".into(), measures: measures.into() };
    says(
        &inbox,
        &operator(),
        report(Remediation::Done, "m"),
        "/measures: compensating measures go with cannot-fix only",
    );
    says(
        &inbox,
        &operator(),
        report(Remediation::CannotFix, " "),
        "/measures: give a text of 1 to 20,000 characters",
    );
    let inbox = inbox.by(&operator(), report(Remediation::CannotFix, "behind a gateway"));
    assert_eq!(inbox.notice.measures.expose(), "behind a gateway");
}

/// The relay, named by the operator.
fn delegate() -> Actor {
    match relay() {
        Actor::Member(member) => Actor::Member(Member {
            acts_for: BTreeMap::from([(org(OPERATOR), ContentLevel::Mitigation)]),
            ..member
        }),
        other => other,
    }
}

#[test]
fn a_delegate_answers_for_the_recipient_and_that_is_recorded() {
    let inbox = told(false, BOTH);
    says(&inbox, &relay(), Command::Acknowledge, "there is no such thing, or it is not yours to see");
    let terms = Command::AnswerTerms { accept: true };
    says(
        &inbox,
        &delegate(),
        terms,
        "you may see this but not do that: only an operator itself answers embargo terms",
    );
    let inbox = inbox.by(&delegate(), Command::Open).by(&delegate(), Command::Acknowledge);
    assert_eq!(inbox.past.last(), Some(&Event::NoticeAcknowledged { relay: Some(org(RELAY)) }));
    let twice = "this notice was already acknowledged by your organisation";
    says(&inbox, &operator(), Command::Acknowledge, twice);
    says(&inbox, &delegate(), Command::Acknowledge, twice);
    let report =
        Command::Report { status: Remediation::Mitigated, note: String::new(), measures: String::new() };
    let inbox = inbox.by(&delegate(), report);
    assert_eq!(
        (inbox.notice.acknowledged_by, inbox.notice.reported_by),
        (Some(org(RELAY)), Some(org(RELAY)))
    );
    let own = told(false, BOTH).by(&operator(), Command::Acknowledge);
    assert_eq!(own.notice.acknowledged_by, None);
}

#[test]
fn a_delegate_reads_up_to_the_level_it_was_given() {
    use forewarn_core::case::State as CaseState;
    use support::history::{History, approve, propose};
    let case = History::opened().on_the_way_to(CaseState::FixReady);
    let case = case.by(&alice(), propose(1, ContentLevel::Detail));
    let case = case.by(&support::cast::bob(), approve(1, &[OPERATOR])).case;
    let inbox = Inbox::queued(ContentLevel::Detail, true);
    assert_eq!(inbox.content(&case, &operator()).unwrap().level, ContentLevel::Detail);
    let read = inbox.content(&case, &delegate()).unwrap();
    assert_eq!((read.level, read.detail), (ContentLevel::Mitigation, None));
    assert!(read.mitigation.is_some());
    // Without the recipient's consent there is nothing for its delegate either.
    assert_eq!(Inbox::queued(ContentLevel::Detail, false).content(&case, &delegate()), None);
}

#[test]
fn events_of_before_are_read_as_they_were_written() {
    for (written, event) in [
        (r#"{"kind":"notice-opened"}"#, Event::NoticeOpened { relay: None }),
        (r#"{"kind":"notice-acknowledged"}"#, Event::NoticeAcknowledged { relay: None }),
    ] {
        assert_eq!(serde_json::from_str::<Event>(written).unwrap(), event);
        assert_eq!(serde_json::to_string(&event).unwrap(), written);
    }
    let report: Event =
        serde_json::from_str(r#"{"kind":"remediation-reported","status":"done","note":"n"}"#).unwrap();
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        r#"{"kind":"remediation-reported","status":"done","note":"n"}"#
    );
}

#[test]
fn waiting_grows_from_half_a_minute_to_two_hours_and_is_shortened_by_a_quarter_at_most() {
    assert_eq!(backoff(1, 0), SignedDuration::from_secs(30));
    assert_eq!(backoff(2, 0), SignedDuration::from_secs(60));
    assert_eq!(backoff(u32::MAX, 0), SignedDuration::from_hours(2));
    for attempts in 0..40 {
        for jitter in [0, 1, 7_501, u64::MAX] {
            let (full, waited) = (backoff(attempts, 0), backoff(attempts, jitter));
            assert!(waited <= full && waited * 4 >= full * 3, "{attempts} {jitter}");
        }
    }
}

#[test]
fn a_ladder_out_of_order_is_refused() {
    for (from, to) in [
        ("urgent_acknowledge_hours = 12", "urgent_acknowledge_hours = 0"),
        ("delivery_hours = 24", "delivery_hours = 0"),
        ("unfinished_days = 14", "unfinished_days = 0"),
        ("unfinished_days = 14", "unfinished_days = 4000"),
        ("alarm_after_hours = 72", "alarm_after_hours = 23"),
        ("call_after_hours = 1", "call_after_hours = 5"),
        ("alarm_after_hours = 72", "alarm_after_hours = 9000"),
    ] {
        assert!(DEFAULT_PROFILE.contains(from), "{from}");
        let changed = DEFAULT_PROFILE.replace(from, to);
        assert!(Policy::parse(&changed).unwrap_err().to_string().contains("escalation"), "{to}");
    }
}

/// A profile of before has no such table: it means the ladder of the default profile.
#[test]
fn a_profile_without_the_table_has_the_default_ladder() {
    let (before, _) = DEFAULT_PROFILE.split_once("# What happens when nobody answers a notice.").unwrap();
    let with = Policy::parse(DEFAULT_PROFILE).unwrap().profile.escalation;
    assert_eq!(Policy::parse(before).unwrap().profile.escalation, with);
}

fn quiet(zone: &str, from: &str, to: &str) -> QuietHours {
    QuietHours { zone: zone.into(), from: from.parse().unwrap(), to: to.parse().unwrap() }
}

#[test]
fn quiet_hours_follow_the_clock_on_the_wall_also_when_it_is_changed() {
    let night = quiet("Europe/Berlin", "22:00", "06:30");
    for (now, end) in [
        ("2026-01-10T20:59:59Z", None),
        ("2026-01-10T21:00:00Z", Some("2026-01-11T05:30:00Z")),
        ("2026-01-11T05:29:59Z", Some("2026-01-11T05:30:00Z")),
        ("2026-01-11T05:30:00Z", None),
        // Summer time begins in this night, and ends in that.
        ("2026-03-28T22:00:00Z", Some("2026-03-29T04:30:00Z")),
        ("2026-10-24T21:00:00Z", Some("2026-10-25T05:30:00Z")),
    ] {
        let end = end.map(|end| end.parse().unwrap());
        assert_eq!(night.end(now.parse().unwrap()), end, "{now}");
    }
    let noon = quiet("America/New_York", "12:00", "13:00");
    assert!(noon.end("2026-07-01T16:30:00Z".parse().unwrap()).is_some());
    assert!(noon.end("2026-07-01T17:00:00Z".parse().unwrap()).is_none());
    // A zone that is not known any more does not hold a message back.
    assert_eq!(quiet("Moon/Crater", "00:00", "13:00").end(day(1)), None);
}

/// A moment of a history.
#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Jump(i64),
    Answer(Outcome),
    Read,
    Acknowledge,
    Report(Remediation),
    Urgent,
}

fn step() -> impl Strategy<Value = Step> {
    let outcome = proptest::sample::select(vec![
        Outcome::Accepted,
        Outcome::Deferred,
        Outcome::Refused,
        Outcome::Unreachable,
        Outcome::Blocked,
        Outcome::NoWay,
    ]);
    prop_oneof![
        8 => (0..40_i64).prop_map(Step::Wait),
        1 => (-200..2_000_i64).prop_map(Step::Jump),
        6 => outcome.prop_map(Step::Answer),
        1 => Just(Step::Read),
        1 => Just(Step::Acknowledge),
        1 => proptest::sample::select(Remediation::ALL).prop_map(Step::Report),
        1 => Just(Step::Urgent),
    ]
}

fn all_ways() -> impl Strategy<Value = Vec<Way>> {
    proptest::sample::subsequence(vec![Way::Webhook, Way::Mail, Way::SecondMail], 0..=3)
}

/// The moment of a step, worked out from the notice and the policy alone.
fn moment(notice: &Notice, policy: &Policy, rung: Rung) -> Timestamp {
    let escalation = &policy.profile.escalation;
    let steps = if notice.urgent { escalation.urgent } else { escalation.routine };
    let after = |hours: u32| notice.due_at.unwrap() + SignedDuration::from_hours(hours.into());
    match rung {
        Rung::Reminder => {
            notice.due_at.unwrap() - SignedDuration::from_hours(steps.reminder_before_hours.into())
        }
        Rung::SecondContact => after(steps.second_contact_after_hours),
        Rung::Call => after(steps.call_after_hours),
        Rung::Alarm => after(steps.alarm_after_hours),
        Rung::Unfinished => {
            notice.stirred_at.unwrap()
                + SignedDuration::from_hours(24 * i64::from(escalation.unfinished_days))
        }
    }
}

proptest! {
    #![proptest_config(remembered("notice_ladder", 400))]

    /// Whatever happens, and however the clock jumps: no step before its moment, each at most once, and whoever does
    /// not answer for long enough is either told of by an alarm or was settled.
    #[test]
    fn nothing_comes_early_and_nothing_is_stuck(
        urgent in any::<bool>(),
        ways in all_ways(),
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let mut inbox = told(urgent, &ways);
        for step in &steps {
            match step {
                Step::Wait(hours) | Step::Jump(hours) => {
                    inbox.now = inbox.now.checked_add(SignedDuration::from_hours(*hours)).unwrap();
                }
                Step::Answer(outcome) => {
                    let way = inbox.notice.round.as_ref().and_then(|round| {
                        round.ways.iter().find(|(_, t)| t.standing == Standing::Trying).map(|(way, _)| *way)
                    });
                    if let Some(way) = way {
                        attempt(&mut inbox, way, *outcome, false, &ways);
                    }
                }
                Step::Read => drop(inbox.attempt(&operator(), Command::Open)),
                Step::Acknowledge => drop(inbox.attempt(&operator(), Command::Acknowledge)),
                Step::Report(status) => drop(inbox.attempt(
                    &operator(),
                    Command::Report { status: *status, note: "n".into(), measures: String::new() },
                )),
                Step::Urgent => drop(inbox.attempt(&Actor::System, Command::MakeUrgent)),
            }
            let before = inbox.notice.clone();
            let now = inbox.now;
            for rung in climb(&mut inbox, now, &ways) {
                prop_assert!(moment(&before, &inbox.policy, rung) <= now, "{:?} came early", rung);
            }
            // What has to be looked at again lies in the future, so a worker never turns in circles.
            let escalation = &inbox.policy.profile.escalation;
            let next = inbox.notice.next_step(escalation, now);
            prop_assert!(next.is_none_or(|next| next > now), "{:?}", next);
        }
        let count = |rung| inbox.past.iter().filter(|e| **e == Event::NoticeEscalated { rung }).count();
        for rung in [Rung::Reminder, Rung::SecondContact, Rung::Call, Rung::Alarm] {
            prop_assert!(count(rung) <= 1);
        }
        // Nobody does anything more; time passes, and every message is given up in the end.
        for _ in 0..40 {
            let later = inbox.now.checked_add(SignedDuration::from_hours(24 * 10)).unwrap();
            climb(&mut inbox, later, &ways);
            let trying = |round: &forewarn_core::notice::Round| -> Vec<Way> {
                round.ways.iter().filter(|(_, t)| t.standing == Standing::Trying).map(|(way, _)| *way).collect()
            };
            for way in inbox.notice.round.as_ref().map(trying).unwrap_or_default() {
                attempt(&mut inbox, way, Outcome::Unreachable, true, &ways);
            }
        }
        let finished = inbox.notice.state == State::Acknowledged && !inbox.notice.is_unfinished();
        prop_assert!(finished || !inbox.notice.alarms.is_empty(), "stuck without an alarm: {:?}", inbox.notice.state);
    }

    /// Quiet always ends, within its own length, and never holds outside it.
    #[test]
    fn quiet_ends(
        zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]),
        from in 0..1440_i64, length in 1..=840_i64, minute in 0..2_000_000_i64,
    ) {
        let time = |minute: i64| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let hours = quiet(zone, &time(from), &time(from + length));
        let now = hour(0).checked_add(SignedDuration::from_mins(minute)).unwrap();
        if let Some(end) = hours.end(now) {
            prop_assert!(now < end);
            // An hour more where the wall clock is set back in between.
            prop_assert!(end.duration_since(now) <= SignedDuration::from_mins(length + 60));
            prop_assert_eq!(hours.end(end), None, "it is over when it is over");
        }
    }
}
