//! One's own figures: what became of one's findings, cases and notices, and how long it took. Nothing is suppressed,
//! since all of it is the reader's own.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::{Case, VendorStatus};
use crate::finding::{Finding, Outcome};
use crate::ids::OrgId;
use crate::notice::{Notice, Remediation};
use crate::policy::Limits;
use crate::rollup::{Entry, Measure, Stage, Times};

/// A finder's findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinderFigures {
    /// Findings.
    pub findings: u64,
    /// By what became of them: `received`, `duplicate`, `needs-info`, `declined`, `accepted`.
    pub outcomes: BTreeMap<String, u64>,
    /// From receipt to the first answer, which the rule about duplicates may give at once; due in the policy's
    /// `answer_finder_days`.
    pub answer: Measure,
}

/// A vendor's cases, without those whose terms it declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorFigures {
    /// Cases.
    pub cases: u64,
    /// By consent: `invited`, `signatory`, `lapsed`.
    pub consents: BTreeMap<String, u64>,
    /// From the first invitation to the first answer to the terms; due in the policy's `vendor_silence_days`.
    pub answer: Measure,
    /// From the first invitation to the first fix; due when the embargo is to end. Without those it says do not
    /// affect it.
    pub fix: Measure,
}

/// A recipient's notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientFigures {
    /// Notices.
    pub notices: u64,
    /// By how far they are: `queued`, `delivered`, `opened`, `acknowledged`, and what was reported.
    pub states: BTreeMap<String, u64>,
    /// From the notice to its acknowledgement; due at the notice's own time.
    pub acknowledge: Measure,
    /// From the notice to the mitigation; due when the embargo was to end.
    pub mitigate: Measure,
    /// From the notice to the fix; due when the embargo was to end.
    pub fix: Measure,
}

/// Counts a finder's findings.
#[derive(Debug, Default)]
pub struct FinderCount {
    outcomes: BTreeMap<String, u64>,
    answer: Times,
}

impl FinderCount {
    /// Takes in a finding as it is at `now`.
    pub fn add(&mut self, finding: &Finding, limits: &Limits, now: Timestamp) {
        *self.outcomes.entry(finding.outcome.as_str().to_owned()).or_default() += 1;
        let Ok(received) = Timestamp::from_millisecond(finding.received_at) else { return };
        let answered = finding.outcome != Outcome::Received;
        let due = days_after(received, limits.answer_finder_days);
        self.answer.add(received, answered, finding.answered_at, due, now);
    }

    /// What they come to.
    pub fn figures(self) -> FinderFigures {
        let findings = self.outcomes.values().sum();
        FinderFigures { findings, outcomes: self.outcomes, answer: self.answer.measure() }
    }
}

/// Counts a vendor's cases.
#[derive(Debug, Default)]
pub struct VendorCount {
    consents: BTreeMap<String, u64>,
    answer: Times,
    fix: Times,
}

impl VendorCount {
    /// Takes in a case of the vendor's as it is at `now`.
    pub fn add(&mut self, vendor: OrgId, case: &Case, limits: &Limits, now: Timestamp) {
        let Some(party) = case.vendors.get(&vendor) else { return };
        *self.consents.entry(party.consent.as_str().to_owned()).or_default() += 1;
        let times = &party.times;
        let invited = times.invited_at.unwrap_or(party.invited_at);
        let answered = times.answered_at.is_some();
        let silence = days_after(invited, limits.vendor_silence_days);
        self.answer.add(invited, answered, times.answered_at, silence, now);
        if party.status != Some(VendorStatus::NotAffected) {
            let due = case.embargo.as_ref().map(|embargo| embargo.terms.release_at);
            self.fix.add(invited, times.fix_ready_at.is_some(), times.fix_ready_at, due, now);
        }
    }

    /// What they come to.
    pub fn figures(self) -> VendorFigures {
        let cases = self.consents.values().sum();
        let (answer, fix) = (self.answer.measure(), self.fix.measure());
        VendorFigures { cases, consents: self.consents, answer, fix }
    }
}

/// Counts a recipient's notices.
#[derive(Debug, Default)]
pub struct RecipientCount {
    states: BTreeMap<String, u64>,
    acknowledge: Times,
    mitigate: Times,
    fix: Times,
}

impl RecipientCount {
    /// Takes in a notice as it is at `now`.
    pub fn add(&mut self, notice: &Notice, now: Timestamp) {
        let state = notice.remediation.map_or(notice.state.as_str(), Remediation::as_str);
        *self.states.entry(state.to_owned()).or_default() += 1;
        let Some(entry) = Entry::of(notice) else { return };
        let Entry { sent_at, acknowledge_by, release_at, stage, times, .. } = entry;
        let acknowledged = stage != Stage::Unacknowledged;
        self.acknowledge.add(sent_at, acknowledged, times.acknowledged_at, acknowledge_by, now);
        if stage != Stage::NotAffected {
            let mitigated = matches!(stage, Stage::Mitigated | Stage::Done);
            self.mitigate.add(sent_at, mitigated, times.mitigated_at, release_at, now);
            self.fix.add(sent_at, stage == Stage::Done, times.done_at, release_at, now);
        }
    }

    /// What they come to.
    pub fn figures(self) -> RecipientFigures {
        RecipientFigures {
            notices: self.states.values().sum(),
            states: self.states,
            acknowledge: self.acknowledge.measure(),
            mitigate: self.mitigate.measure(),
            fix: self.fix.measure(),
        }
    }
}

fn days_after(from: Timestamp, days: u32) -> Option<Timestamp> {
    from.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok()
}
