//! What the events of a case said so far, kept in the simplest way and without the state that the rules ask.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::case::{Event, Exit, ReleaseReason, Verdict, WaveGate};
use forewarn_core::ids::{OrgId, PrincipalId, WaveId};
use forewarn_core::sharing::ContentLevel;
use jiff::Timestamp;

use super::history::Happened;

#[derive(Default)]
pub struct Books {
    pub finders: BTreeSet<OrgId>,
    pub vendors: BTreeMap<OrgId, Asked>,
    /// Vendors that take part in no embargo.
    pub noted: BTreeSet<OrgId>,
    pub release_at: Option<Timestamp>,
    pub exited: Option<Exit>,
    pub drafts: u32,
    pub fixed: bool,
    pub waves: BTreeMap<WaveId, Proposed>,
    pub told: BTreeSet<OrgId>,
    pub release: Option<Releasing>,
    pub released: bool,
    /// Who holds the case to check it, and until when.
    pub claim: Option<(OrgId, Timestamp)>,
    /// Vendors whose turn has not come.
    pub queued: BTreeSet<OrgId>,
}

/// When a vendor was last asked to consent, and what it said since.
pub struct Asked {
    pub at: Timestamp,
    pub word: Option<bool>,
}

pub struct Proposed {
    pub people: BTreeSet<PrincipalId>,
    pub revision: u32,
    pub level: ContentLevel,
    pub without_vendor: Option<String>,
    pub proof_before_fix: bool,
    pub gate: WaveGate,
    pub stale: bool,
    pub sent: bool,
}

pub struct Releasing {
    pub people: BTreeSet<PrincipalId>,
    pub revision: u32,
    pub reason: ReleaseReason,
}

impl Books {
    /// Whether terms bind at `now`.
    pub fn bound(&self, now: Timestamp) -> bool {
        self.exited.is_none() && self.release_at.is_some_and(|end| now < end)
    }

    pub fn note(&mut self, happened: &Happened) {
        let at = happened.meta.at;
        match &happened.event {
            Event::CaseOpened { finder, .. } | Event::FindingJoined { finder, .. } => {
                self.finders.insert(*finder);
            }
            Event::AdvisoryDrafted { .. } => self.drafts += 1,
            Event::FixRecorded { .. } => self.fixed = true,
            Event::AffectedCorrected { .. } => self.waves.values_mut().for_each(|wave| wave.stale = true),
            Event::CaseReopened { .. } => {
                self.waves.values_mut().for_each(|wave| wave.stale = true);
                (self.fixed, self.release, self.released) = (false, None, false);
            }
            Event::VendorNoted { vendor, .. } => {
                self.noted.insert(*vendor);
            }
            Event::ValidationClaimed { org, until } => {
                self.claim = Some((*org, *until));
            }
            Event::ValidationReturned { .. } => self.claim = None,
            // A check is wanted no more.
            Event::CaseChecked { verdict: Verdict::Confirmed, .. } | Event::CaseWithdrawn { .. } => {
                self.claim = None
            }
            Event::CaseChecked { org, .. } => {
                self.claim = self.claim.filter(|(holder, _)| Some(*holder) != *org);
            }
            Event::VendorQueued { vendor } => {
                self.queued.insert(*vendor);
            }
            Event::EmbargoExpired => self.exited = Some(Exit::Expired),
            Event::TermsSet { .. } | Event::VendorInvited { .. } | Event::TermsAnswered { .. } => {
                self.note_vendors(at, &happened.event);
            }
            event => self.note_sharing(event),
        }
    }

    fn note_vendors(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::TermsSet { terms } => {
                (self.release_at, self.exited) = (Some(terms.release_at), None);
                if !self.released {
                    self.release = None;
                }
                for asked in self.vendors.values_mut().filter(|asked| asked.word == Some(true)) {
                    *asked = Asked { at, word: None };
                }
            }
            Event::VendorInvited { vendor } => {
                self.noted.remove(vendor);
                self.queued.remove(vendor);
                let asked = self.vendors.entry(*vendor).or_insert(Asked { at, word: None });
                if asked.word == Some(false) {
                    *asked = Asked { at, word: None };
                }
            }
            Event::TermsAnswered { vendor, accept } => {
                self.vendors.get_mut(vendor).expect("only who was asked answers").word = Some(*accept);
            }
            _ => {}
        }
    }

    fn note_sharing(&mut self, event: &Event) {
        match event {
            Event::WaveProposed {
                wave, level, revision, without_vendor, proof_before_fix, gate, by, ..
            } => {
                let proposed = Proposed {
                    people: [*by].into(),
                    revision: *revision,
                    level: *level,
                    without_vendor: without_vendor.clone(),
                    proof_before_fix: *proof_before_fix,
                    gate: gate.clone(),
                    stale: false,
                    sent: false,
                };
                assert!(self.waves.insert(*wave, proposed).is_none(), "a wave is proposed once");
            }
            Event::WaveApproved { wave, by } => {
                let fresh = self.waves.get_mut(wave).expect("proposed before").people.insert(*by);
                assert!(fresh, "nobody approves twice");
            }
            Event::WaveSent { wave, recipients } => {
                self.waves.get_mut(wave).expect("proposed before").sent = true;
                self.told.extend(recipients);
            }
            Event::WaveExtended { recipients, .. } => self.told.extend(recipients),
            Event::ReleaseProposed { reason, revision, by } => {
                self.release = Some(Releasing { people: [*by].into(), revision: *revision, reason: *reason });
            }
            Event::ReleaseApproved { by } => {
                let fresh = self.release.as_mut().expect("proposed before").people.insert(*by);
                assert!(fresh, "nobody approves twice");
            }
            Event::ReleaseByRule { reason, revision, signed_by } => {
                self.release =
                    Some(Releasing { people: signed_by.clone(), revision: *revision, reason: *reason });
            }
            Event::CaseReleased { exit } => (self.exited, self.released) = (Some(*exit), true),
            _ => {}
        }
    }
}
