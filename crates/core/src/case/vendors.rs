//! Vendors of a case: who is asked and when, what they answer, whether they see each other, and the duties to report
//! that a law lays on them.

use jiff::{SignedDuration, Timestamp};

use super::command::VendorStatus;
use super::decide::{Decision, one, step};
use super::embargo::Consent;
use super::event::Event;
use super::states::{State, Step, next};
use super::{Case, VendorParty};
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::ids::OrgId;
use crate::party::VendorMode;
use crate::policy::{DutyFrom, Profile, VendorDuty};
use crate::secret::Secret;

/// Asks a vendor, or notes that the case concerns one that takes part in no embargo.
pub(super) fn invite(state: &Case, vendor: OrgId, mode: VendorMode, facts: &Facts<'_>) -> Decision {
    // An unchecked case is for those only that asked for such.
    let open = next(state.state, Step::NotifyVendor).is_some();
    let unchecked = state.state == State::Open && mode == VendorMode::VerifiedOnly;
    let refusal = Refusal::WrongState { state: state.state.as_str(), step: Step::NotifyVendor.as_str() };
    require(open && !unchecked, refusal)?;
    if !mode.takes_part() {
        require(!state.unasked.contains_key(&vendor), Refusal::Rule("this vendor is already in the case"))?;
        // One that is bound, or still has time to answer, stays what it is.
        let consent = state.vendors.get(&vendor).map(|party| party.consent);
        let asked = Refusal::Rule("this vendor was asked before it left embargoes; it stays in the case");
        require(consent.is_none_or(|consent| matches!(consent, Consent::Declined | Consent::Lapsed)), asked)?;
        return one(Event::VendorNoted { vendor, mode });
    }
    let terms = Refusal::Rule("set embargo terms that are still running first: a vendor is invited to terms");
    require(state.bound_at(facts.now), terms)?;
    // A case that was disputed or reopened goes the vendor's way again, also with the vendor it has.
    let anew = state.state == State::Validated;
    let known = state.vendors.get(&vendor).is_some_and(|party| party.consent != Consent::Declined);
    require(anew || !known, Refusal::Rule("this vendor is already in the case"))?;
    one(Event::VendorInvited { vendor })
}

/// Whether the word of an invitation reached the vendor.
pub(super) fn note_told(state: &Case, vendor: OrgId, taken: bool) -> Decision {
    let Some(party) = state.vendors.get(&vendor) else { return Ok(vec![]) };
    let news = if taken { party.told.reached_at.is_none() } else { party.told.is_unknown() };
    Ok(if news { vec![Event::VendorTold { vendor, taken }] } else { vec![] })
}

pub(super) fn answer_terms(state: &Case, accept: bool, facts: &Facts<'_>) -> Decision {
    let vendor = facts.actor.org().ok_or(Refusal::NotFound)?;
    let consent = state.vendors.get(&vendor).map(|party| party.consent).ok_or(Refusal::NotFound)?;
    let open = matches!(consent, Consent::Invited | Consent::Lapsed);
    require(open, Refusal::Rule("these terms were already answered"))?;
    require(state.bound_at(facts.now), Refusal::Rule("the embargo is over: there is nothing to consent to"))?;
    one(Event::TermsAnswered { vendor, accept })
}

pub(super) fn consented_vendor(state: &Case, facts: &Facts<'_>) -> Result<OrgId, Refusal> {
    let vendor = facts.actor.org().ok_or(Refusal::NotFound)?;
    let party = state.vendors.get(&vendor).ok_or(Refusal::NotFound)?;
    let consented = party.consent == Consent::Signatory;
    require(consented, Refusal::Rule("accept the embargo terms first; no consent, no content"))?;
    Ok(vendor)
}

pub(super) fn state_status(
    state: &Case,
    status: VendorStatus,
    statement: String,
    facts: &Facts<'_>,
) -> Decision {
    let vendor = consented_vendor(state, facts)?;
    require_text("/statement", &statement)?;
    one(Event::VendorStated { vendor, status, statement: Secret::new(statement) })
}

/// A fix is ready: of its own products when a vendor says so, of all when a coordinator does.
pub(super) fn record_fix(state: &Case, fixed_in: Vec<String>, facts: &Facts<'_>) -> Decision {
    step(state, Step::RecordFix)?;
    let message = "give 1 to 100 versions of at most 200 characters";
    let named = (1..=100).contains(&fixed_in.len())
        && fixed_in.iter().all(|v| !v.trim().is_empty() && v.chars().count() <= 200);
    require(named, Refusal::Invalid { field: "/fixed_in", message })?;
    // Who is both coordinator and vendor speaks for its own products.
    let vendor = consented_vendor(state, facts).ok();
    one(Event::FixRecorded { fixed_in: Secret::new(fixed_in), vendor })
}

/// A vendor agrees to be shown to the other vendors of the case, or takes that back. It is not told whether there are
/// any.
pub(super) fn show(state: &Case, show: bool, facts: &Facts<'_>) -> Decision {
    let vendor = consented_vendor(state, facts)?;
    let same = state.vendors.get(&vendor).is_some_and(|party| party.shows == show);
    Ok(if same { vec![] } else { vec![Event::VendorShows { vendor, show }] })
}

/// A vendor says that it has done a duty to report.
pub(super) fn report_duty(state: &Case, duty: String, facts: &Facts<'_>) -> Decision {
    let vendor = consented_vendor(state, facts)?;
    let duties = state.duties(vendor, &facts.policy.profile);
    let known = duties.iter().find(|running| running.duty.id == duty);
    let message = "give the id of a duty whose time runs in this case";
    let running = known.ok_or(Refusal::Invalid { field: "/duty", message })?;
    Ok(if running.done_at.is_some() { vec![] } else { vec![Event::DutyReported { vendor, duty }] })
}

/// Whether the word that something waits reached a vendor since it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Told {
    /// When it was first taken, by a mail server or a webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_at: Option<Timestamp>,
    /// When it was given up, with nothing taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreached_at: Option<Timestamp>,
}

impl VendorParty {
    fn note_fix(&mut self, at: Timestamp) {
        self.times.fix_ready_at.get_or_insert(at);
        self.fixed_at.get_or_insert(at);
    }
}

/// Versions that coordinators recorded and those of some vendors, each once.
fn union<'a>(common: &Secret<Vec<String>>, parties: impl Iterator<Item = &'a VendorParty>) -> Vec<String> {
    let mut all = common.expose().clone();
    for version in parties.flat_map(|party| party.fixed_in.expose()) {
        if !all.contains(version) {
            all.push(version.clone());
        }
    }
    all
}

impl Told {
    pub(super) fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn note(&mut self, taken: bool, at: Timestamp) {
        *self = match taken {
            true => Self { reached_at: self.reached_at.or(Some(at)), unreached_at: None },
            false => Self { unreached_at: self.unreached_at.or(Some(at)), ..*self },
        };
    }
}

/// A duty to report whose time runs for a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningDuty<'a> {
    /// Which.
    pub duty: &'a VendorDuty,
    /// When its time ends.
    pub due_at: Timestamp,
    /// When the vendor said that it was done.
    pub done_at: Option<Timestamp>,
}

impl Case {
    /// The duties to report whose time runs for a vendor that consented. Its time begins when it is exploited and the
    /// vendor knows of it, which it does from its consent on: no consent, no content.
    pub fn duties<'a>(&self, vendor: OrgId, profile: &'a Profile) -> Vec<RunningDuty<'a>> {
        let party = self.vendors.get(&vendor).filter(|party| party.consent == Consent::Signatory);
        let Some((party, exploited)) = party.zip(self.exploited_since) else { return vec![] };
        let aware = party.times.answered_at.map_or(exploited, |known| known.max(exploited));
        let running = |duty: &'a VendorDuty| {
            let from = match duty.from {
                DutyFrom::Exploited => aware,
                DutyFrom::Fix => party.fixed_at?.max(aware),
            };
            let due_at = from.checked_add(SignedDuration::from_hours(i64::from(duty.hours))).ok()?;
            Some(RunningDuty { duty, due_at, done_at: party.reported.get(&duty.id).copied() })
        };
        profile.vendor_duties.iter().filter_map(running).collect()
    }

    /// The other vendors that a vendor of the case sees: all of them, once every vendor that consented agreed to be
    /// shown, and none before.
    pub fn vendors_shown_to(&self, vendor: OrgId) -> impl Iterator<Item = (OrgId, &VendorParty)> {
        let signed = |party: &VendorParty| party.consent == Consent::Signatory;
        let agreed = self.vendors.values().filter(|party| signed(party)).all(|party| party.shows);
        let among = agreed && self.vendors.get(&vendor).is_some_and(signed);
        let others =
            self.vendors.iter().filter(move |(org, party)| among && **org != vendor && signed(party));
        others.map(|(org, party)| (*org, party))
    }

    /// The versions that a vendor reads as fixed: its own, and those that coordinators recorded; those of the other
    /// vendors once it is shown to them.
    pub fn fixed_for(&self, vendor: OrgId) -> Vec<String> {
        let shown = self.vendors_shown_to(vendor).map(|(_, party)| party);
        union(&self.common_fixes, self.vendors.get(&vendor).into_iter().chain(shown))
    }

    pub(super) fn note_fix(&mut self, at: Timestamp, fixed_in: &Secret<Vec<String>>, vendor: Option<OrgId>) {
        match vendor {
            Some(vendor) => {
                if let Some(party) = self.vendors.get_mut(&vendor) {
                    party.note_fix(at);
                    party.fixed_in = fixed_in.clone();
                }
            }
            None => {
                self.common_fixes = fixed_in.clone();
                self.fixed_for_all = true;
                let signed = self.vendors.values_mut().filter(|party| party.consent == Consent::Signatory);
                signed.for_each(|party| party.note_fix(at));
            }
        }
        self.fixed_in = Secret::new(union(&self.common_fixes, self.vendors.values()));
        self.note_readiness();
    }

    /// A fix is ready once every vendor that consented, also to earlier terms, and does not say that it is unaffected
    /// has one; or once a coordinator recorded one for all.
    pub(super) fn note_readiness(&mut self) {
        let waits = |party: &VendorParty| {
            let bound = matches!(party.consent, Consent::Signatory | Consent::Lapsed);
            bound && party.fixed_at.is_none() && party.status != Some(VendorStatus::NotAffected)
        };
        let any = self.vendors.values().any(|party| party.fixed_at.is_some());
        self.fix_ready = self.fixed_for_all || (any && !self.vendors.values().any(waits));
    }

    /// Whether every vendor that it concerns takes part in no embargo: none is asked or waits to be.
    pub(super) fn only_unasked(&self) -> bool {
        let asked = self.vendors.values().any(|party| party.consent != Consent::Declined);
        !self.unasked.is_empty() && !asked && self.queued.is_empty()
    }

    /// Whether it may be released from its state: one that nobody was told of only when every vendor that it concerns
    /// takes part in no embargo.
    pub(super) fn releasable(&self) -> bool {
        let known = self.state != State::Validated || self.only_unasked();
        known && next(self.state, Step::Release).is_some()
    }

    /// A vendor that was asked before anybody checked it stays asked once it is confirmed.
    pub(super) fn asked_unchecked(&self) -> bool {
        self.vendors.values().any(|party| party.unchecked && party.consent != Consent::Declined)
    }
}
