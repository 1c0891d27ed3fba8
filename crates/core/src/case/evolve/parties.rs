//! What parties agree to, promise, ask and report.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::Meta;
use crate::case::embargo::{
    Consent, Embargo, EmbargoState, Exit, Extension, LiftRule, ReleaseReason, Trigger,
};
use crate::case::event::Event;
use crate::case::states::State;
use crate::case::{Case, Told, VendorParty};
use crate::secret::Secret;
use crate::times::VendorTimes;

impl Case {
    pub(super) fn bind(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::TermsSet { terms } => {
                let bound = self.vendors.values().any(|party| party.consent == Consent::Signatory);
                for party in self.vendors.values_mut().filter(|p| p.consent == Consent::Signatory) {
                    party.consent = Consent::Lapsed;
                    party.invited_at = meta.at;
                    party.told = Told::default();
                }
                let state = if bound { EmbargoState::Revised } else { EmbargoState::Proposed };
                self.embargo = Some(Embargo { terms: terms.clone(), state, rules: BTreeMap::new() });
                self.embargo_since.get_or_insert(meta.at);
                self.extensions.clear();
                self.note_readiness();
                self.forget_proposed_release();
            }
            Event::VendorQueued { vendor } => {
                self.queued.insert(*vendor, meta.at);
            }
            Event::VendorInvited { vendor } => {
                self.queued.remove(vendor);
                self.unasked.remove(vendor);
                let unchecked = self.state == State::Open;
                let statement = Secret::default();
                let party = VendorParty {
                    consent: Consent::Invited,
                    invited_at: meta.at,
                    status: None,
                    statement,
                    fix_by: None,
                    times: VendorTimes { invited_at: Some(meta.at), ..VendorTimes::default() },
                    fixed_in: Secret::default(),
                    fixed_at: None,
                    unchecked,
                    shows: false,
                    told: Told::default(),
                    reported: BTreeMap::new(),
                };
                let declined = |p: &mut VendorParty| {
                    if p.consent == Consent::Declined {
                        p.consent = Consent::Invited;
                        p.invited_at = meta.at;
                        p.unchecked = unchecked;
                        p.shows = false;
                        p.told = Told::default();
                    }
                };
                self.vendors.entry(*vendor).and_modify(declined).or_insert(party);
            }
            Event::TermsAnswered { vendor, accept } => {
                let consent = if *accept { Consent::Signatory } else { Consent::Declined };
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.consent = consent;
                    party.times.answered_at.get_or_insert(meta.at);
                }
                self.note_readiness();
                if *accept {
                    self.set_embargo(EmbargoState::Active);
                }
            }
            Event::VendorNoted { vendor, mode } => {
                self.unasked.insert(*vendor, *mode);
                self.queued.remove(vendor);
            }
            Event::VendorTold { vendor, taken } => {
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.told.note(*taken, meta.at);
                }
            }
            Event::VendorShows { vendor, show } => {
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.shows = *show;
                }
            }
            Event::DutyReported { vendor, duty } => {
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.reported.entry(duty.clone()).or_insert(meta.at);
                }
            }
            Event::VendorStated { vendor, status, statement } => {
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.status = Some(*status);
                    party.statement = statement.clone();
                }
                self.note_readiness();
            }
            Event::FixPromised { vendor, by } => {
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.fix_by = Some(*by);
                }
            }
            Event::ExtensionRequested { vendor, until, reason } => {
                let (vendor, until) = (*vendor, *until);
                let asked = Extension { vendor, until, reason: reason.clone(), asked_at: meta.at };
                self.extensions.insert(vendor, asked);
            }
            Event::ExtensionDeclined { .. } => self.extensions.clear(),
            Event::EmbargoExpired => self.set_embargo(EmbargoState::Exited(Exit::Expired)),
            _ => {}
        }
    }

    pub(super) fn trigger(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::TriggerRaised { reason, evidence, confirmed } => {
                if *confirmed && *reason == ReleaseReason::Exploited {
                    // What is exploited is of the top tier; a coordinator takes it out again.
                    self.urgent = true;
                    self.exploited_since.get_or_insert(meta.at);
                }
                let raised = self.triggers.entry(*reason).or_insert_with(|| Trigger {
                    raised_at: meta.at,
                    confirmed_at: None,
                    evidence: evidence.clone(),
                    dismissed_by: BTreeSet::new(),
                });
                if *confirmed {
                    raised.confirmed_at.get_or_insert(meta.at);
                }
            }
            Event::TriggerDismissed { reason, gone: true, .. } => {
                self.triggers.remove(reason);
                let proposed = self.release.as_ref().map(|release| release.reason);
                if *reason == ReleaseReason::Exploited && proposed != Some(ReleaseReason::Exploited) {
                    self.exploited_since = None;
                }
            }
            Event::TriggerDismissed { reason, by, gone: false } => {
                if let Some(trigger) = self.triggers.get_mut(reason) {
                    trigger.dismissed_by.insert(*by);
                }
            }
            Event::LiftRuleSigned { reason, hours, by } => {
                let Some(embargo) = &mut self.embargo else { return };
                let none = LiftRule { hours: *hours, signed_by: BTreeSet::new() };
                let rule = embargo.rules.entry(*reason).or_insert_with(|| none.clone());
                // Who signed other hours signed something else.
                if rule.hours != *hours {
                    *rule = none;
                }
                rule.signed_by.insert(*by);
            }
            _ => {}
        }
    }

    pub(super) fn set_embargo(&mut self, state: EmbargoState) {
        if let Some(embargo) = self.embargo.as_mut().filter(|embargo| !embargo.has_exited()) {
            embargo.state = state;
        }
    }
}
