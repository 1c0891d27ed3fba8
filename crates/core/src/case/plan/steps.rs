//! The steps of a plan.

use jiff::{SignedDuration, Timestamp};

use super::{Alarm, Gate, PlannedStep, Who};
use crate::case::embargo::{Consent, Embargo, EmbargoState, Exit};
use crate::case::spread::{people, vendor_gate};
use crate::case::states::State;
use crate::case::{Case, VendorParty, VendorStatus, Wave};
use crate::ids::OrgId;
use crate::policy::Profile;

pub(super) struct Planner<'a> {
    pub(super) case: &'a Case,
    pub(super) now: Timestamp,
    pub(super) profile: &'a Profile,
}

fn after(moment: Timestamp, hours: u32) -> Timestamp {
    moment.checked_add(SignedDuration::from_hours(i64::from(hours))).unwrap_or(Timestamp::MAX)
}

/// A gate that somebody opens; waiting past `at` is an alarm.
fn person(words: &'static str, open: bool, who: Who, at: Timestamp, alarm: Alarm) -> Gate {
    Gate { words, open, who, at: Some(at), alarm: Some(alarm) }
}

/// A gate that another step opens.
fn earlier(words: &'static str, open: bool) -> Gate {
    Gate { words, open, who: Who::Step, at: None, alarm: None }
}

impl Planner<'_> {
    pub(super) fn steps(&self) -> Vec<PlannedStep> {
        let mut steps = Vec::new();
        if self.case.id.is_none() {
            return steps;
        }
        match self.case.state {
            State::Open | State::Disputed => steps.push(self.validation()),
            State::Withdrawn | State::Closed => return steps,
            State::Public => return vec![self.closing()],
            State::Validated => steps.extend(self.invitation()),
            State::VendorNotified | State::FixReady | State::Sharing => {}
        }
        steps.extend(self.turns());
        steps.extend(self.drafting());
        steps.extend(self.answers());
        steps.extend(self.fix());
        steps.extend(self.extension());
        steps.extend(self.waves());
        steps.extend(self.triggers());
        steps.extend(self.release());
        steps
    }

    fn since(&self) -> Timestamp {
        let millis = if self.case.state_since == 0 { self.case.opened_at } else { self.case.state_since };
        Timestamp::from_millisecond(millis).unwrap_or_default()
    }

    fn step(what: &'static str, gates: Vec<Gate>) -> PlannedStep {
        PlannedStep { what, wave: None, level: None, gates }
    }

    fn validation(&self) -> PlannedStep {
        let patience = &self.profile.patience;
        let (days, alarm) = match self.case.state {
            State::Disputed => (patience.dispute_days, Alarm::Dispute),
            _ => (patience.validate_days, Alarm::Validation),
        };
        let at = after(self.since(), 24 * days);
        let words = "somebody other than the finder confirms it";
        Self::step("validate it", vec![person(words, false, Who::Validator, at, alarm)])
    }

    fn invitation(&self) -> Option<PlannedStep> {
        let at = after(self.since(), 24 * self.profile.patience.invite_days);
        let bound = self.case.bound_at(self.now);
        let noted = self.case.only_unasked();
        // A vendor that takes part in no embargo is not waited for, only the moment of the release.
        let ends = |embargo: &Embargo| {
            !matches!(embargo.state, EmbargoState::Exited(Exit::Public | Exit::LiftedEarly))
        };
        if noted && self.case.embargo.as_ref().is_some_and(ends) {
            return None;
        }
        let terms = person("embargo terms are set", bound, Who::Coordinators, at, Alarm::Invitation);
        let words = "a vendor is invited, or a wave is shared without one";
        let invited = match self.case.queued.is_empty() {
            true => person(words, false, Who::Coordinators, at, Alarm::Invitation),
            // Somebody invited one: how long its pace may take is a step of its own.
            false => earlier(words, false),
        };
        Some(Self::step("bring in the vendor", if noted { vec![terms] } else { vec![terms, invited] }))
    }

    fn drafting(&self) -> Option<PlannedStep> {
        let early = match self.case.state {
            State::Open | State::Disputed => true,
            State::Validated => !self.case.only_unasked(),
            _ => false,
        };
        if early || !self.case.drafts.is_empty() {
            return None;
        }
        let at = after(self.since(), 24 * self.profile.patience.draft_days);
        let gate = person("an advisory draft is written", false, Who::Coordinators, at, Alarm::Draft);
        Some(Self::step("write the advisory", vec![gate]))
    }

    /// Vendors that are invited when their pace allows it.
    fn turns(&self) -> impl Iterator<Item = PlannedStep> {
        let hours = 24 * self.profile.pace.alarm_days;
        self.case.queued.iter().map(move |(org, since)| {
            let words = "its pace lets the case in";
            let gate = person(words, false, Who::Vendor(*org), after(*since, hours), Alarm::Pace);
            Self::step("invite the vendor", vec![gate])
        })
    }

    fn answers(&self) -> impl Iterator<Item = PlannedStep> {
        let hours = 24 * self.profile.limits.vendor_silence_days;
        let waits =
            |(_, party): &(&OrgId, &VendorParty)| matches!(party.consent, Consent::Invited | Consent::Lapsed);
        self.case.vendors.iter().filter(waits).map(move |(org, party)| {
            let at = after(party.invited_at, hours);
            let words = "it answers the embargo terms";
            let mut gates = vec![person(words, false, Who::Vendor(*org), at, Alarm::VendorSilent)];
            gates.extend(party.told.unreached_at.map(|at| {
                let words = "it can be reached: nothing that was sent to it was taken";
                person(words, false, Who::Coordinators, at, Alarm::VendorUnreached)
            }));
            Self::step("hear the vendor", gates)
        })
    }

    fn fix(&self) -> impl Iterator<Item = PlannedStep> {
        let checked = !matches!(self.case.state, State::Open | State::Disputed | State::Validated);
        let open = !self.case.fix_ready && checked;
        let signed = |(_, party): &(&OrgId, &VendorParty)| {
            let affected = party.status != Some(VendorStatus::NotAffected);
            party.consent == Consent::Signatory && party.fixed_at.is_none() && affected
        };
        let promised = self.case.vendors.iter().filter(move |entry| open && signed(entry));
        promised.map(|(org, party)| {
            let gate = match party.fix_by {
                Some(by) => {
                    person("the promised fix is recorded", false, Who::Vendor(*org), by, Alarm::FixLate)
                }
                None => Gate {
                    words: "a fix is recorded; it has promised no date",
                    open: false,
                    who: Who::Vendor(*org),
                    at: None,
                    alarm: None,
                },
            };
            Self::step("fix it", vec![gate])
        })
    }

    fn extension(&self) -> Option<PlannedStep> {
        let asked_at = self.case.extensions.values().map(|asked| asked.asked_at).min()?;
        let at = after(asked_at, self.profile.patience.decide_hours);
        let words = "new terms are set, or more time is declined";
        Some(Self::step(
            "answer the request for more time",
            vec![person(words, false, Who::Coordinators, at, Alarm::Extension)],
        ))
    }

    fn waves(&self) -> impl Iterator<Item = PlannedStep> {
        let unsent =
            self.case.waves.iter().filter(|(_, wave)| wave.sent_at.is_none() && !self.is_forgotten(wave));
        unsent.map(|(id, wave)| PlannedStep {
            what: "send the wave",
            wave: Some(*id),
            level: Some(wave.level),
            gates: self.wave_gates(wave),
        })
    }

    /// What it was about changed, and it was never approved, or another was proposed since.
    fn is_forgotten(&self, wave: &Wave) -> bool {
        let approved = wave.approvals.len() >= people(self.profile.approvals.share);
        let followed = self.case.waves.values().any(|other| other.proposed_at > wave.proposed_at);
        !wave.is_current(self.case) && (!approved || followed)
    }

    fn wave_gates(&self, wave: &Wave) -> Vec<Gate> {
        let needed = people(self.profile.approvals.share);
        let since = wave.proposed_at.unwrap_or_else(|| self.since());
        let decide = after(since, self.profile.patience.decide_hours);
        let more = needed.saturating_sub(wave.approvals.len());
        let who = Who::MorePeople(more);
        let mut gates = vec![person("enough people approve it", more == 0, who, decide, Alarm::WaveApproval)];
        let current = wave.is_current(self.case);
        let words = "it carries the latest draft";
        gates.push(person(words, current, Who::Coordinators, since, Alarm::WaveStuck));
        let vendor = vendor_gate(self.case, wave.without_vendor.as_deref(), self.now, self.profile).is_ok();
        gates.push(earlier("a vendor has consented, declined, or been silent for long enough", vendor));
        gates.push(earlier("embargo terms are running", self.case.bound_at(self.now)));
        if let Some(moment) = wave.gate.not_before {
            let open = moment <= self.now;
            let words = "its moment has come";
            gates.push(Gate { words, open, who: Who::Clock, at: Some(moment), alarm: None });
        }
        if wave.gate.after_fix {
            gates.push(earlier("a fix is ready", self.case.fix_ready));
        }
        gates
    }

    fn triggers(&self) -> impl Iterator<Item = PlannedStep> {
        let signers = people(self.profile.approvals.release);
        self.case.triggers.iter().map(move |(reason, trigger)| {
            let at = after(trigger.raised_at, self.profile.patience.decide_hours);
            let words = "the release is decided, or the trigger is dismissed by enough people";
            let mut gates = vec![person(words, false, Who::Coordinators, at, Alarm::Trigger)];
            let rule = self.case.rules_in_motion(signers).find(|(of, ..)| of == reason);
            gates.extend(rule.map(|(_, rule, confirmed)| Gate {
                words: "a rule signed beforehand lifts the embargo",
                open: false,
                who: Who::Clock,
                at: Some(rule.lifts_at(confirmed)),
                alarm: None,
            }));
            Self::step("decide on an early end", gates)
        })
    }

    /// The end of the embargo, which is the last step to its publication.
    fn release(&self) -> Option<PlannedStep> {
        let embargo = self.case.embargo.as_ref()?;
        let moment = embargo.terms.release_at;
        let mut gates = Vec::new();
        let releasable = self.case.releasable();
        let over = embargo.has_exited();
        let moved = matches!(embargo.state, EmbargoState::Exited(Exit::Expired));
        let open = over || moment <= self.now;
        gates.push(Gate {
            words: "the agreed moment has come",
            open,
            who: Who::Clock,
            at: Some(moment),
            alarm: None,
        });
        gates.push(earlier("a vendor was told, or a wave was sent", releasable));
        let needed = people(self.profile.approvals.release);
        let approved = self.case.approved_release(self.profile.approvals.release);
        let release = self.case.release.as_ref().filter(|release| release.released_at.is_none());
        let more =
            Who::MorePeople(needed.saturating_sub(release.map_or(0, |release| release.approvals.len())));
        if let Some(proposed) = release {
            let since = proposed.proposed_at.unwrap_or_else(|| self.since());
            let at = after(since, self.profile.patience.decide_hours);
            gates.push(person("enough people approve it", approved, more, at, Alarm::ReleaseApproval));
        }
        let warn = moment
            .checked_sub(SignedDuration::from_hours(i64::from(self.profile.patience.release_notice_hours)))
            .unwrap_or(moment);
        let (at, alarm) = if moved { (moment, Alarm::Expired) } else { (warn, Alarm::ReleaseNear) };
        // What was agreed and ended with the reopened case's first publication is no alarm of its own.
        if !over || moved {
            gates.push(person("a release of the latest draft is approved", approved, more, at, alarm));
        }
        Some(Self::step("publish", gates))
    }

    fn closing(&self) -> PlannedStep {
        let at = after(self.since(), 24 * self.profile.patience.close_days);
        let gate = person("nothing is left to do", false, Who::Coordinators, at, Alarm::Close);
        Self::step("close it", vec![gate])
    }
}
