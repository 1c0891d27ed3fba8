//! The plan of a case: every step still before it, each with its gates, and who is waited for. What waits for longer
//! than the policy profile allows is an alarm, so nothing can be stuck unseen.

mod steps;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Case;
use super::embargo::Embargo;
use crate::ids::{OrgId, WaveId};
use crate::policy::Profile;
use crate::sharing::ContentLevel;

/// Whom or what a gate waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Somebody who validates, not the finder.
    Validator,
    /// The case's coordinators.
    Coordinators,
    /// So many more people of the coordinators.
    MorePeople(usize),
    /// This vendor.
    Vendor(OrgId),
    /// Nobody: a moment opens it.
    Clock,
    /// Another step of the plan.
    Step,
}

/// What waited for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// Nobody validated it.
    Validation,
    /// A dispute is not settled.
    Dispute,
    /// No vendor was invited, and nobody shared without one.
    Invitation,
    /// It waits too long for a vendor's pace.
    Pace,
    /// A vendor does not answer.
    VendorSilent,
    /// Nothing that was sent to a vendor was taken.
    VendorUnreached,
    /// A promised fix is late.
    FixLate,
    /// There is no advisory draft.
    Draft,
    /// A wave waits for approvals.
    WaveApproval,
    /// A wave was approved but cannot be sent as it stands.
    WaveStuck,
    /// A trigger for an early end waits for a decision.
    Trigger,
    /// A vendor's request for more time waits for an answer.
    Extension,
    /// A proposed release waits for approvals.
    ReleaseApproval,
    /// The embargo ends soon and no release is approved.
    ReleaseNear,
    /// The embargo ended without a release.
    Expired,
    /// It is public and nobody closed it.
    Close,
}

impl Alarm {
    /// In words, with what to do.
    pub fn words(self) -> &'static str {
        match self {
            Alarm::Validation => "nobody has validated it; find a validator",
            Alarm::Dispute => "the dispute is not settled; validate it again or withdraw it",
            Alarm::Invitation => "no vendor was invited; invite one, or share without one and say why",
            Alarm::Pace => {
                "it waits too long for a vendor's pace; ask the vendor for a faster one, or share without it"
            }
            Alarm::VendorSilent => {
                "a vendor does not answer; share without it, or raise the trigger `vendor-silent`"
            }
            Alarm::VendorUnreached => {
                "a vendor cannot be reached by mail or webhook; find another way, such as its security.txt, or call it"
            }
            Alarm::FixLate => "the promised fix is late; ask the vendor",
            Alarm::Draft => "there is no advisory draft; nothing can be shared or released without one",
            Alarm::WaveApproval => "a wave waits for another person's approval",
            Alarm::WaveStuck => "a wave that was approved cannot be sent as it stands; propose it again",
            Alarm::Trigger => "a trigger for an early end waits; release, or dismiss it",
            Alarm::Extension => "a vendor asked for more time; set new terms or decline",
            Alarm::ReleaseApproval => "the release waits for another person's approval",
            Alarm::ReleaseNear => "the embargo ends soon and no release is approved",
            Alarm::Expired => "the embargo ended without a release; release, or set new terms",
            Alarm::Close => "it has been public for long; close it",
        }
    }
}

/// A condition of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// In words.
    pub words: &'static str,
    /// Whether it is open.
    pub open: bool,
    /// Whom it waits for.
    pub who: Who,
    /// The moment that opens it, where one does; otherwise the moment from which waiting is an alarm.
    pub at: Option<Timestamp>,
    /// What it becomes when it waits past that moment.
    pub alarm: Option<Alarm>,
}

/// A step of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// What happens.
    pub what: &'static str,
    /// The wave it is about.
    pub wave: Option<WaveId>,
    /// Level of that wave.
    pub level: Option<ContentLevel>,
    /// Conditions; the step happens when all are open.
    pub gates: Vec<Gate>,
}

/// The plan of a case at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Steps not taken yet, in their usual order.
    pub steps: Vec<PlannedStep>,
    /// What waits for too long.
    pub alarms: BTreeSet<Alarm>,
}

/// What waits for too long at `now`.
pub fn alarms(case: &Case, now: Timestamp, profile: &Profile) -> BTreeSet<Alarm> {
    case.plan(now, profile).alarms
}

impl Case {
    /// The plan at `now`.
    pub fn plan(&self, now: Timestamp, profile: &Profile) -> Plan {
        let steps = steps::Planner { case: self, now, profile }.steps();
        let late = |gate: &&Gate| !gate.open && gate.at.is_some_and(|at| at <= now);
        let gates = steps.iter().flat_map(|step| &step.gates);
        let alarms = gates.filter(late).filter_map(|gate| gate.alarm).collect();
        Plan { steps, alarms }
    }

    /// The next moment after `now` at which time alone changes something: what was approved beforehand happens, the
    /// embargo ends, or waiting becomes an alarm. A wave that waits for nothing, an embargo that is over and did not end,
    /// and an alarm that stands and was not raised, are due now.
    pub fn next_moment(&self, now: Timestamp, profile: &Profile) -> Option<Timestamp> {
        let plan = self.plan(now, profile);
        let unraised = !plan.alarms.is_empty() && plan.alarms != self.alarms;
        let ended = |embargo: &Embargo| !embargo.has_exited() && embargo.terms.release_at <= now;
        let over = !plan.steps.is_empty() && self.embargo.as_ref().is_some_and(ended);
        if unraised || over || !self.due_waves(now, profile).is_empty() {
            return Some(now);
        }
        let moments = plan.steps.iter().flat_map(|step| &step.gates).filter(|gate| !gate.open);
        moments.filter_map(|gate| gate.at).filter(|at| *at > now).min()
    }
}
