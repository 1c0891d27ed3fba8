//! The moments that notices, findings and vendors keep for figures.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_core::access::Actor;
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::case::State;
use forewarn_core::figures::{FinderCount, RecipientCount, VendorCount};
use forewarn_core::finding::{Event, Finding};
use forewarn_core::ids::FindingId;
use forewarn_core::notice::{Command, Notice, Remediation};
use forewarn_core::sharing::ContentLevel;
use forewarn_core::times::NoticeTimes;
use support::cast::{VENDOR, alice, operator, org, vendor};
use support::history::{History, answer, fix, invite, terms, validate};
use support::inbox::{Inbox, deliver};
use support::{day, policy};
use uuid::Uuid;

fn reported(mut inbox: Inbox, days: i64, status: Remediation) -> Inbox {
    inbox.now = day(days);
    inbox.by(&operator(), Command::Report { status, note: "as planned".into(), measures: String::new() })
}

fn acknowledged() -> Inbox {
    let mut inbox = Inbox::queued(ContentLevel::Detail, true).by(&Actor::System, deliver());
    inbox.now = day(2);
    inbox.by(&operator(), Command::Acknowledge)
}

#[test]
fn a_notice_keeps_when_it_came_how_far() {
    let inbox = acknowledged();
    let only = NoticeTimes { acknowledged_at: Some(day(2)), ..NoticeTimes::default() };
    assert_eq!(inbox.notice.times, only);
    let inbox = reported(reported(inbox, 3, Remediation::Mitigated), 4, Remediation::Mitigated);
    assert_eq!(inbox.notice.times, NoticeTimes { mitigated_at: Some(day(3)), ..only });
    let inbox = reported(inbox, 9, Remediation::Done);
    assert_eq!(inbox.notice.times, NoticeTimes { mitigated_at: Some(day(3)), done_at: Some(day(9)), ..only });
    // What turns out not to be in place is not, and counts from when it is again.
    let inbox = reported(inbox, 10, Remediation::InProgress);
    assert_eq!(inbox.notice.times, only);
    let inbox = reported(inbox, 12, Remediation::Done);
    assert_eq!(
        inbox.notice.times,
        NoticeTimes { mitigated_at: Some(day(12)), done_at: Some(day(12)), ..only }
    );
}

#[test]
fn a_notice_stored_before_times_were_kept_is_read() {
    let mut stored = serde_json::to_value(acknowledged().notice).unwrap();
    stored.as_object_mut().unwrap().remove("times");
    let notice: Notice = serde_json::from_value(stored).unwrap();
    assert_eq!(notice.times, NoticeTimes::default());
    let mut count = RecipientCount::default();
    count.add(&notice, day(3));
    let figures = count.figures();
    assert_eq!((figures.acknowledge.in_time, figures.acknowledge.median_hours), (1, None));
}

#[test]
fn a_recipients_figures() {
    let mut count = RecipientCount::default();
    count.add(&acknowledged().notice, day(3));
    count.add(&reported(acknowledged(), 5, Remediation::Done).notice, day(5));
    count.add(&reported(acknowledged(), 5, Remediation::NotAffected).notice, day(5));
    count.add(&Inbox::queued(ContentLevel::Detail, true).notice, day(5));
    let figures = count.figures();
    assert_eq!(figures.notices, 4);
    assert_eq!(figures.states["acknowledged"], 1);
    let acknowledge = figures.acknowledge;
    assert_eq!((acknowledge.in_time, acknowledge.late, acknowledge.waiting), (3, 1, 0));
    assert_eq!((acknowledge.median_hours, acknowledge.in_time_percent), (Some(24), Some(75)));
    assert_eq!((figures.fix.in_time, figures.fix.waiting, figures.fix.median_hours), (1, 2, Some(96)));
}

#[test]
fn a_finders_figures() {
    let at = |days: i64| Meta { at: day(days), actor: "test".into(), version: 1 };
    let waiting = Finding { received_at: day(0).as_millisecond(), ..Finding::default() };
    let asked = Event::FindingNeedsInfo { question: forewarn_core::Secret::new("which".into()), place: None };
    let answered = waiting.clone().evolve(&at(2), &asked);
    assert_eq!(answered.answered_at, Some(day(2)));
    let of = FindingId(Uuid::from_u128(9));
    let later = answered.evolve(&at(4), &Event::FindingDuplicate { of, why: "same".into() });
    assert_eq!(later.answered_at, Some(day(2)), "the first answer counts");
    let mut count = FinderCount::default();
    count.add(&waiting, &policy().profile.limits, day(4));
    count.add(&later, &policy().profile.limits, day(4));
    let figures = count.figures();
    assert_eq!((figures.findings, figures.outcomes["duplicate"]), (2, 1));
    let answer = figures.answer;
    assert_eq!((answer.in_time, answer.late, answer.waiting, answer.median_hours), (1, 1, 0, Some(48)));
}

#[test]
fn a_vendors_figures() {
    let history = History::opened().by(&alice(), terms(day(60))).by(&alice(), validate());
    let history = history.by(&alice(), invite(VENDOR));
    let invited = history.case.vendors[&org(VENDOR)].times.invited_at.unwrap();
    let history = history.on_day(12).by(&vendor(), answer(true));
    assert_eq!(history.case.vendors[&org(VENDOR)].times.answered_at, Some(day(12)));
    // New terms ask again; the first answer counts.
    let history = history.by(&alice(), terms(day(70))).on_day(14).by(&vendor(), answer(true));
    assert_eq!(history.case.vendors[&org(VENDOR)].times.answered_at, Some(day(12)));
    let history = history.on_day(20).by(&vendor(), fix());
    assert_eq!(history.case.state, State::FixReady);
    let times = history.case.vendors[&org(VENDOR)].times;
    assert_eq!((times.invited_at, times.fix_ready_at), (Some(invited), Some(day(20))));
    let mut count = VendorCount::default();
    count.add(org(VENDOR), &history.case, &policy().profile.limits, day(21));
    // A case it is not in.
    count.add(org(VENDOR), &History::opened().case, &policy().profile.limits, day(21));
    let figures = count.figures();
    assert_eq!((figures.cases, figures.consents["signatory"]), (1, 1));
    assert_eq!((figures.answer.in_time, figures.fix.in_time), (1, 1));
    let hours = (day(20).as_second() - invited.as_second()) / 3600;
    assert_eq!(figures.fix.median_hours.map(i64::from), Some(hours));
}
