//! The fold of a case's events.

mod parties;

use std::collections::BTreeSet;

use super::embargo::{Consent, EmbargoState, ReleaseReason};
use super::event::Event;
use super::states::{State, Step, next};
use super::{Case, Joined, JudgedMatch, Release, Wave};
use crate::access::Relation;
use crate::aggregate::{Aggregate, Category, Facets, Key, Meta};
use crate::case::command::Verdict;
use crate::secret::Secret;

impl Aggregate for Case {
    const CATEGORY: Category = Category::Case;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        if let Some(step) = step_of(event)
            && let Some(state) = next(self.state, step)
        {
            self.state_since = if state == self.state { self.state_since } else { meta.at.as_millisecond() };
            self.state = state;
        }
        // Its vendor was told before it was confirmed, and need not be told again.
        if matches!(event, Event::CaseChecked { .. })
            && self.state == State::Validated
            && self.asked_unchecked()
        {
            self.state = State::VendorNotified;
        }
        // Whoever does something has seen it; what still waits raises its alarm again.
        self.alarms.clear();
        match event {
            Event::CaseOpened { .. } | Event::FindingJoined { .. } => self.gather(meta, event),
            Event::CaseMerged { .. }
            | Event::CaseMergedInto { .. }
            | Event::MergeUndone { .. }
            | Event::CaseRestored { .. }
            | Event::FindingsSplit { .. }
            | Event::SplitUndone { .. }
            | Event::FindingsReturned { .. } => self.exchange(event),
            Event::TermsSet { .. }
            | Event::VendorInvited { .. }
            | Event::VendorNoted { .. }
            | Event::VendorTold { .. }
            | Event::VendorShows { .. }
            | Event::DutyReported { .. }
            | Event::TermsAnswered { .. }
            | Event::VendorQueued { .. }
            | Event::VendorStated { .. }
            | Event::FixPromised { .. }
            | Event::ExtensionRequested { .. }
            | Event::ExtensionDeclined { .. }
            | Event::EmbargoExpired => self.bind(meta, event),
            Event::TriggerRaised { .. } | Event::TriggerDismissed { .. } | Event::LiftRuleSigned { .. } => {
                self.trigger(meta, event);
            }
            Event::ApprovalSigned { signature, .. } => {
                self.signatures.insert(signature.clone());
            }
            Event::AlarmRaised { alarms } => self.alarms = alarms.clone(),
            Event::WaveProposed { .. }
            | Event::WaveApproved { .. }
            | Event::WaveSent { .. }
            | Event::WaveExtended { .. }
            | Event::ReleaseProposed { .. }
            | Event::ReleaseApproved { .. }
            | Event::ReleaseByRule { .. }
            | Event::CaseReleased { .. } => self.spread(meta, event),
            _ => self.work(meta, event),
        }
        if !self.unchecked() {
            self.claim = None;
        }
        self
    }

    fn facets(&self) -> Facets {
        let mut relations: BTreeSet<_> =
            self.coordinating.iter().map(|org| (*org, Relation::Coordinating)).collect();
        relations.extend(self.finders().into_iter().map(|finder| (finder, Relation::Finder)));
        relations.extend(self.vendors.iter().filter_map(|(org, party)| {
            let relation = match party.consent {
                Consent::Signatory => Relation::Vendor,
                Consent::Invited | Consent::Lapsed => Relation::VendorInvited,
                Consent::Declined => return None,
            };
            Some((*org, relation))
        }));
        relations.extend(self.claim.iter().map(|claim| (claim.org, Relation::Validator)));
        let mut keys = BTreeSet::from([Key::unique("number", &self.number)]);
        keys.extend(self.validation_keys());
        keys.extend(self.findings.keys().map(|finding| Key::unique("finding", finding)));
        let elsewhere = self.merged.iter().filter(|merged| merged.told);
        let elsewhere = elsewhere.flat_map(|merged| merged.findings.keys());
        keys.extend(elsewhere.map(|finding| Key::shared("rests-on", finding)));
        keys.extend((!self.alarms.is_empty()).then(|| Key::shared("alarm", "raised")));
        Facets { state: self.state_name().into(), sort_at: self.opened_at, public: false, relations, keys }
    }
}

/// The step of the state table an event stands for.
fn step_of(event: &Event) -> Option<Step> {
    Some(match event {
        Event::CaseChecked { verdict: Verdict::Confirmed, .. } => Step::Validate,
        Event::CaseDisputed { .. } => Step::Dispute,
        Event::VendorInvited { .. } => Step::NotifyVendor,
        Event::FixRecorded { .. } => Step::RecordFix,
        Event::WaveSent { .. } => Step::Share,
        Event::CaseReleased { .. } => Step::Release,
        Event::CaseClosed => Step::Close,
        Event::CaseWithdrawn { .. } => Step::Withdraw,
        Event::CaseReopened { .. } => Step::Reopen,
        _ => return None,
    })
}

impl Case {
    fn gather(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::CaseOpened { case, number, coordinating, finding, finder, title, affected } => {
                self.id = Some(*case);
                self.number = number.clone();
                self.state = State::Open;
                self.coordinating = Some(*coordinating);
                self.title = title.clone();
                self.affected = affected.clone();
                self.opened_at = meta.at.as_millisecond();
                self.state_since = self.opened_at;
                let why = "the case was opened from it".to_owned();
                self.findings.insert(*finding, Joined { finder: *finder, why });
            }
            Event::FindingJoined { finding, finder, why } => {
                self.findings.insert(*finding, Joined { finder: *finder, why: why.clone() });
            }
            _ => {}
        }
    }

    fn work(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::CaseChecked { .. }
            | Event::ValidationClaimed { .. }
            | Event::ValidationReturned { .. } => {
                self.note_check(meta, event);
            }
            Event::AffectedCorrected { affected } => {
                self.affected = affected.clone();
                self.end_waves();
                self.forget_proposed_release();
            }
            Event::MatchJudged { matched, verdict, reason } => {
                let matched = matched.expose().clone();
                let (reason, by) = (reason.expose().clone(), meta.actor.clone());
                let mut matches = self.matches.expose().clone();
                matches.insert(matched.id(), JudgedMatch { matched, verdict: *verdict, reason, by });
                self.matches = Secret::new(matches);
            }
            Event::FixRecorded { fixed_in, vendor } => {
                self.note_fix(meta.at, fixed_in, *vendor);
                self.forget_proposed_release();
            }
            Event::AdvisoryDrafted { text, .. } => {
                self.title = Secret::new(text.expose().title.clone());
                self.drafts.push(text.clone());
                self.drafted_at = Some(meta.at);
            }
            Event::UrgencySet { urgent, .. } => self.urgent = *urgent,
            Event::CaseReopened { .. } => {
                self.release = None;
                self.fix_ready = false;
                self.embargo_since = None;
                self.triggers.clear();
                self.checks.clear();
                self.unasked.clear();
                self.fixed_for_all = false;
                for party in self.vendors.values_mut() {
                    (party.unchecked, party.fixed_at) = (false, None);
                    party.reported.clear();
                }
                self.end_waves();
            }
            _ => {}
        }
    }

    /// What would become public changed, so nobody has approved it.
    pub(super) fn forget_proposed_release(&mut self) {
        if self.release.as_ref().is_some_and(|release| release.released_at.is_none()) {
            self.release = None;
        }
    }

    fn spread(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::WaveProposed {
                wave,
                level,
                audience,
                revision,
                without_vendor,
                proof_before_fix,
                gate,
                by,
            } => {
                let proposed = Wave {
                    level: *level,
                    audience: audience.clone(),
                    revision: *revision,
                    without_vendor: without_vendor.clone(),
                    proof_before_fix: *proof_before_fix,
                    gate: gate.clone(),
                    proposed_at: Some(meta.at),
                    approvals: BTreeSet::from([*by]),
                    sent_at: None,
                    ended: false,
                    recipients: BTreeSet::new(),
                };
                self.waves.insert(*wave, proposed);
            }
            Event::WaveApproved { wave, by } => {
                if let Some(wave) = self.waves.get_mut(wave) {
                    wave.approvals.insert(*by);
                }
            }
            Event::WaveSent { wave, recipients } | Event::WaveExtended { wave, recipients } => {
                if let Some(wave) = self.waves.get_mut(wave) {
                    wave.sent_at.get_or_insert(meta.at);
                    wave.recipients.extend(recipients);
                }
                self.set_embargo(EmbargoState::Active);
            }
            Event::ReleaseProposed { reason, revision, by } => {
                if *reason == ReleaseReason::Exploited {
                    self.exploited_since.get_or_insert(meta.at);
                }
                self.release = Some(Release {
                    reason: *reason,
                    revision: *revision,
                    proposed_at: Some(meta.at),
                    approvals: BTreeSet::from([*by]),
                    released_at: None,
                });
            }
            Event::ReleaseByRule { reason, revision, signed_by } => {
                self.release = Some(Release {
                    reason: *reason,
                    revision: *revision,
                    proposed_at: Some(meta.at),
                    approvals: signed_by.clone(),
                    released_at: None,
                });
            }
            Event::ReleaseApproved { by } => {
                if let Some(release) = &mut self.release {
                    release.approvals.insert(*by);
                }
            }
            Event::CaseReleased { exit } => {
                if let Some(release) = &mut self.release {
                    release.released_at = Some(meta.at);
                }
                self.triggers.clear();
                self.extensions.clear();
                self.set_embargo(EmbargoState::Exited(*exit));
            }
            _ => {}
        }
    }

    /// The approvals of a wave were for what it was about then.
    fn end_waves(&mut self) {
        for wave in self.waves.values_mut() {
            wave.ended = true;
        }
    }
}
