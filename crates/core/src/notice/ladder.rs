//! The ladder: what happens to a notice that nobody answers, and to work that is not finished. Each step has a moment
//! that follows from the notice and the policy; a worker climbs when that moment has come, and never before.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::delivery::{Reach, Why};
use super::{Event, Notice, Remediation, State};
use crate::policy::Escalation;

/// A step of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// A reminder before it is due.
    Reminder,
    /// The second contact, once it is overdue.
    SecondContact,
    /// A person calls the phone list.
    Call,
    /// Coordinators hear that nobody answers.
    Alarm,
    /// A reminder of work that is not finished.
    Unfinished,
}

/// Why coordinators must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// No message got through on any way.
    Undeliverable,
    /// Nobody acknowledged it, whatever was tried.
    Unanswered,
    /// It was acknowledged long ago, and the work is not finished.
    Unfinished,
}

impl Alarm {
    /// Every alarm.
    pub const ALL: &'static [Alarm] = &[Alarm::Undeliverable, Alarm::Unanswered, Alarm::Unfinished];

    /// Name as shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Alarm::Undeliverable => "undeliverable",
            Alarm::Unanswered => "unanswered",
            Alarm::Unfinished => "unfinished",
        }
    }

    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Alarm::Undeliverable => "no message got through on any way that is set",
            Alarm::Unanswered => "nobody acknowledged it, whatever was tried",
            Alarm::Unfinished => "it was acknowledged, and the work is not finished",
        }
    }
}

fn hours(hours: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(hours))
}

/// A moment that would lie beyond the calendar does not come.
fn after(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Notice {
    /// Whether it was taken charge of and nobody said that the work is done or cannot be.
    pub fn is_unfinished(&self) -> bool {
        self.state == State::Acknowledged && matches!(self.remediation, None | Some(Remediation::InProgress))
    }

    /// The steps not yet taken, with their moments, in order.
    fn steps(&self, policy: &Escalation, now: Timestamp) -> Vec<(Timestamp, Rung)> {
        let steps = if self.is_unfinished() {
            let days = hours(policy.unfinished_days.saturating_mul(24));
            let done = self.alarms_raised_for_work;
            self.stirred_at
                .filter(|_| !done)
                .map(|at| (after(at, days), Rung::Unfinished))
                .into_iter()
                .collect()
        } else if self.state < State::Acknowledged {
            self.unanswered(policy, now)
        } else {
            vec![]
        };
        let mut open: Vec<_> = steps.into_iter().filter(|(_, rung)| !self.climbed.contains(rung)).collect();
        open.sort();
        open
    }

    fn unanswered(&self, policy: &Escalation, now: Timestamp) -> Vec<(Timestamp, Rung)> {
        let Some(due) = self.due_at else { return vec![] };
        let steps = if self.urgent { policy.urgent } else { policy.routine };
        let mut all = vec![
            (after(due, hours(steps.second_contact_after_hours)), Rung::SecondContact),
            (after(due, hours(steps.call_after_hours)), Rung::Call),
            (after(due, hours(steps.alarm_after_hours)), Rung::Alarm),
        ];
        // A reminder that comes too late, or together with the notice itself, reminds of nothing.
        let reminder = due.checked_sub(hours(steps.reminder_before_hours)).unwrap_or(Timestamp::MIN);
        if now < due && reminder.as_millisecond() > self.queued_at {
            all.push((reminder, Rung::Reminder));
        }
        all
    }

    /// When somebody must look at it again, if nothing happens before.
    pub fn next_step(&self, policy: &Escalation, now: Timestamp) -> Option<Timestamp> {
        self.steps(policy, now).first().map(|(at, _)| *at)
    }

    /// Takes every step whose moment has come.
    pub(super) fn climb(&self, policy: &Escalation, now: Timestamp, reach: &Reach) -> Vec<Event> {
        let due = self.steps(policy, now).into_iter().filter(|(at, _)| *at <= now);
        let mut events = Vec::new();
        let mut why = None;
        for (_, rung) in due {
            events.push(Event::NoticeEscalated { rung });
            match rung {
                Rung::Reminder => why = Some(Why::Reminder),
                Rung::SecondContact => why = Some(Why::Overdue),
                Rung::Alarm => events.push(Event::NoticeAlarmed { alarm: Alarm::Unanswered }),
                Rung::Unfinished if self.nudges < policy.unfinished_reminders => why = Some(Why::Unfinished),
                Rung::Unfinished => events.push(Event::NoticeAlarmed { alarm: Alarm::Unfinished }),
                Rung::Call => {}
            }
        }
        events.extend(why.and_then(|why| self.begin_round(why, reach)));
        events
    }

    pub(super) fn note_escalated(&mut self, at: Timestamp, rung: Rung) {
        match rung {
            Rung::Call => {
                self.climbed.insert(rung);
                self.call_open = true;
            }
            Rung::Unfinished => {
                self.nudges = self.nudges.saturating_add(1);
                self.stirred_at = Some(at);
            }
            _ => {
                self.climbed.insert(rung);
            }
        }
    }

    pub(super) fn note_alarmed(&mut self, alarm: Alarm) {
        self.alarms.insert(alarm);
        self.alarms_raised_for_work |= alarm == Alarm::Unfinished;
    }

    /// Somebody took charge, or said how the work goes.
    pub(super) fn note_stirred(&mut self, at: Timestamp) {
        self.call_open = false;
        self.alarms.clear();
        self.alarms_raised_for_work = false;
        self.nudges = 0;
        self.stirred_at = Some(at);
    }
}
