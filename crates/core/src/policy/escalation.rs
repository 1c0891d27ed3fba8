//! What happens when nobody answers: hours, days and texts as data.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::PolicyProblem;

/// The `[escalation]` table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Escalation {
    /// Hours to acknowledge a notice of the top tier.
    pub urgent_acknowledge_hours: u32,
    /// Steps for a notice of the top tier.
    pub urgent: Steps,
    /// Steps for any other.
    pub routine: Steps,
    /// Hours for which a message that does not get through is tried again.
    pub delivery_hours: u32,
    /// Hours after which a webhook that takes nothing is not tried any more.
    pub webhook_disabled_after_hours: u32,
    /// Days after which a notice whose work is not done is asked about.
    pub unfinished_days: u32,
    /// How often it is asked about before coordinators hear of it.
    pub unfinished_reminders: u32,
    /// What to do where there is no fix to apply, shown with `cannot-fix`.
    pub compensating_measures: Vec<String>,
}

/// When the steps of the ladder are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Hours before the notice is due: a reminder.
    pub reminder_before_hours: u32,
    /// Hours after it was due: the second contact.
    pub second_contact_after_hours: u32,
    /// Hours after it was due: somebody calls the phone list.
    pub call_after_hours: u32,
    /// Hours after it was due: an alarm for the coordinators.
    pub alarm_after_hours: u32,
}

impl Default for Escalation {
    /// What a profile without the table means: the values of the default profile.
    fn default() -> Self {
        Self {
            urgent_acknowledge_hours: 12,
            urgent: Steps {
                reminder_before_hours: 6,
                second_contact_after_hours: 0,
                call_after_hours: 1,
                alarm_after_hours: 4,
            },
            routine: Steps {
                reminder_before_hours: 24,
                second_contact_after_hours: 0,
                call_after_hours: 24,
                alarm_after_hours: 72,
            },
            delivery_hours: 24,
            webhook_disabled_after_hours: 120,
            unfinished_days: 14,
            unfinished_reminders: 3,
            compensating_measures: [
                "Take the affected component off every network it does not need.",
                "Let only named addresses and people reach it.",
                "Turn off the functions that the notice names.",
                "Watch it: log what reaches it, and look at the log every day.",
                "Set a date by which it is replaced, and write down who accepts the risk until then.",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }
}

impl Escalation {
    /// How long it is tried to hand a message over.
    pub fn delivery(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.delivery_hours))
    }

    /// Refuses a ladder whose steps are out of order, or on which nothing ever happens.
    pub(super) fn check(&self) -> Result<(), PolicyProblem> {
        let ordered = |steps: &Steps| {
            steps.second_contact_after_hours <= steps.call_after_hours
                && steps.call_after_hours <= steps.alarm_after_hours
        };
        let hours = [self.urgent_acknowledge_hours, self.delivery_hours, self.webhook_disabled_after_hours];
        if hours.contains(&0) || self.unfinished_days == 0 {
            return Err(PolicyProblem::Unsafe("hours and days in escalation must not be zero"));
        }
        if !ordered(&self.urgent) || !ordered(&self.routine) {
            return Err(PolicyProblem::Unsafe(
                "escalation must go from the second contact to the call to the alarm",
            ));
        }
        let long = 24 * 366;
        let all = [self.urgent, self.routine].map(|s| s.alarm_after_hours.max(s.reminder_before_hours));
        if hours.iter().chain(&all).any(|hours| *hours > long) || self.unfinished_days > 366 {
            return Err(PolicyProblem::Unsafe("escalation must not wait for more than a year"));
        }
        Ok(())
    }
}
