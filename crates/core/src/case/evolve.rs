//! The fold of a case's events.

use std::collections::BTreeSet;

use super::embargo::{Consent, Embargo, EmbargoState, Exit};
use super::event::Event;
use super::states::{State, Step, next};
use super::{Case, Joined, Release, Validation, VendorParty, Wave};
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
            self.state = state;
        }
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
            | Event::TermsAnswered { .. }
            | Event::VendorStated { .. }
            | Event::EmbargoExpired => self.bind(meta, event),
            Event::WaveProposed { .. }
            | Event::WaveApproved { .. }
            | Event::WaveSent { .. }
            | Event::WaveExtended { .. }
            | Event::ReleaseProposed { .. }
            | Event::ReleaseApproved { .. }
            | Event::CaseReleased { .. } => self.spread(meta, event),
            _ => self.work(meta, event),
        }
        self
    }

    fn facets(&self) -> Facets {
        let mut relations: BTreeSet<_> =
            self.coordinating.iter().map(|org| (*org, Relation::Coordinating)).collect();
        relations.extend(self.findings.values().map(|joined| (joined.finder, Relation::Finder)));
        relations.extend(self.vendors.iter().filter_map(|(org, party)| {
            let relation = match party.consent {
                Consent::Signatory => Relation::Vendor,
                Consent::Invited | Consent::Lapsed => Relation::VendorInvited,
                Consent::Declined => return None,
            };
            Some((*org, relation))
        }));
        let mut keys = BTreeSet::from([Key::unique("number", &self.number)]);
        keys.extend(self.findings.keys().map(|finding| Key::unique("finding", finding)));
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
            Event::CaseChecked { verdict, method, .. } => {
                let by = meta.actor.clone();
                self.validation = Some(Validation { verdict: *verdict, method: method.clone(), by });
            }
            Event::AffectedCorrected { affected } => {
                self.affected = affected.clone();
                self.end_waves();
                self.forget_proposed_release();
            }
            Event::FixRecorded { fixed_in } => {
                self.fix_ready = true;
                self.fixed_in = fixed_in.clone();
                self.forget_proposed_release();
            }
            Event::AdvisoryDrafted { text, .. } => {
                self.title = Secret::new(text.expose().title.clone());
                self.drafts.push(text.clone());
            }
            Event::CaseReopened { .. } => {
                self.release = None;
                self.fix_ready = false;
                self.end_waves();
            }
            _ => {}
        }
    }

    /// What would become public changed, so nobody has approved it.
    fn forget_proposed_release(&mut self) {
        if self.release.as_ref().is_some_and(|release| release.released_at.is_none()) {
            self.release = None;
        }
    }

    fn bind(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::TermsSet { terms } => {
                let bound = self.vendors.values().any(|party| party.consent == Consent::Signatory);
                for party in self.vendors.values_mut().filter(|p| p.consent == Consent::Signatory) {
                    party.consent = Consent::Lapsed;
                    party.invited_at = meta.at;
                }
                let state = if bound { EmbargoState::Revised } else { EmbargoState::Proposed };
                self.embargo = Some(Embargo { terms: terms.clone(), state });
            }
            Event::VendorInvited { vendor } => {
                let statement = Secret::default();
                let party =
                    VendorParty { consent: Consent::Invited, invited_at: meta.at, status: None, statement };
                let declined = |p: &mut VendorParty| {
                    if p.consent == Consent::Declined {
                        p.consent = Consent::Invited;
                        p.invited_at = meta.at;
                    }
                };
                self.vendors.entry(*vendor).and_modify(declined).or_insert(party);
            }
            Event::TermsAnswered { vendor, accept } => {
                let consent = if *accept { Consent::Signatory } else { Consent::Declined };
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.consent = consent;
                }
                if *accept {
                    self.set_embargo(EmbargoState::Active);
                }
            }
            Event::VendorStated { vendor, status, statement } => {
                if let Some(party) = self.vendors.get_mut(vendor) {
                    party.status = Some(*status);
                    party.statement = statement.clone();
                }
            }
            Event::EmbargoExpired => self.set_embargo(EmbargoState::Exited(Exit::Expired)),
            _ => {}
        }
    }

    fn spread(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::WaveProposed { wave, level, audience, revision, without_vendor, proof_before_fix, by } => {
                let proposed = Wave {
                    level: *level,
                    audience: audience.clone(),
                    revision: *revision,
                    without_vendor: without_vendor.clone(),
                    proof_before_fix: *proof_before_fix,
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
                let approvals = BTreeSet::from([*by]);
                self.release =
                    Some(Release { reason: *reason, revision: *revision, approvals, released_at: None });
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
                self.set_embargo(EmbargoState::Exited(*exit));
            }
            _ => {}
        }
    }

    fn set_embargo(&mut self, state: EmbargoState) {
        if let Some(embargo) = self.embargo.as_mut().filter(|embargo| !embargo.has_exited()) {
            embargo.state = state;
        }
    }

    /// The approvals of a wave were for what it was about then.
    fn end_waves(&mut self) {
        for wave in self.waves.values_mut() {
            wave.ended = true;
        }
    }
}
