//! Cases, with names in the place of ids where people read them.

use forewarn_core::access::{Act, Visible};
use forewarn_core::case::{
    Case, Check, Consent, Embargo, EmbargoState, Exit, LiftRule, ReleaseReason, Terms, Validation,
    VendorParty, Verdict,
};
use forewarn_core::ids::OrgId;
use forewarn_core::policy::Profile;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{affected_lines, moment};

/// A case, as far as the reader may see it; what it may not see is absent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseView {
    /// Id.
    pub id: String,
    /// Number for people.
    pub number: String,
    /// State.
    pub state: String,
    /// When it was opened.
    #[schema(value_type = String)]
    pub opened_at: Timestamp,
    /// Embargo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embargo: Option<EmbargoView>,
    /// Until when a validator holds it, for whom that concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub held_until: Option<Timestamp>,
    /// How the reader's own organisation stands in it, where it is asked as a vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<VendorView>,
    /// Duties to report whose time runs for the reader's own organisation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<DutyView>,
    /// The other vendors, once all agreed to be shown to each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<VendorView>,
    /// Details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<CaseDetail>,
    /// Parties and waves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parties: Option<CaseParties>,
}

/// Embargo of a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EmbargoView {
    /// Moment of release.
    #[schema(value_type = String)]
    pub release_at: Timestamp,
    /// The same moment with hour and zone.
    pub release_local: String,
    /// TLP label.
    pub tlp: String,
    /// State.
    pub state: String,
    /// Reasons for an early end that are agreed beforehand.
    #[serde(default)]
    pub triggers: Vec<String>,
    /// Rules signed beforehand, in words; empty where the reader is no party to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// What the vendor and the coordinators see.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseDetail {
    /// Title.
    pub title: String,
    /// What is affected, in words.
    pub affected: Vec<String>,
    /// Validation, once somebody made one.
    pub validation: Option<ValidationView>,
    /// Versions that fix it.
    pub fixed_in: Vec<String>,
    /// Advisory drafts, the latest last.
    #[schema(value_type = Vec<Object>)]
    pub drafts: Vec<forewarn_core::case::DraftText>,
}

/// A validation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ValidationView {
    /// `confirmed`, `not-reproduced`, `not-a-vulnerability`, `already-public` or `needs-information`.
    #[schema(value_type = String)]
    pub verdict: Verdict,
    /// How it was checked.
    pub method: String,
    /// By whom.
    pub by: Named,
}

/// What the coordinators see.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseParties {
    /// Findings: id, finder and why they are here.
    pub findings: Vec<FindingLink>,
    /// The case its findings are in, once it was merged into another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// Vendors.
    pub vendors: Vec<VendorView>,
    /// Vendors that it concerns and that take part in no embargo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unasked: Vec<UnaskedView>,
    /// Waves.
    pub waves: Vec<WaveView>,
    /// Release, once proposed.
    pub release: Option<ReleaseView>,
    /// Every verdict since it was opened or reopened, the latest last.
    #[serde(default)]
    pub checks: Vec<CheckView>,
    /// Vendors that will be invited when their pace allows it.
    #[serde(default)]
    pub queued: Vec<Named>,
    /// Triggers for an early end that were raised.
    #[serde(default)]
    pub triggers: Vec<TriggerView>,
    /// Vendors' open requests for more time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<ExtensionView>,
}

/// A trigger that was raised.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TriggerView {
    /// Which.
    pub reason: String,
    /// What shows it.
    pub evidence: String,
    /// When it was raised.
    #[schema(value_type = String)]
    pub raised_at: Timestamp,
    /// When a coordinator confirmed it.
    #[schema(value_type = Option<String>)]
    pub confirmed_at: Option<Timestamp>,
    /// Coordinators who hold that it is none.
    pub dismissed_by: Vec<Named>,
}

/// A request for more time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExtensionView {
    /// Who asks.
    pub vendor: Named,
    /// Until when.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// A verdict.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    /// As in a validation.
    #[schema(value_type = String)]
    pub verdict: Verdict,
    /// How it was checked.
    pub method: String,
    /// By whom.
    pub by: Named,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// Somebody, by id and by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Name as others see it; empty in lists.
    pub name: String,
}

impl Named {
    pub(crate) fn of(id: impl ToString) -> Self {
        Self { id: id.to_string(), name: String::new() }
    }
}

/// A finding in a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FindingLink {
    /// Finding.
    pub finding: String,
    /// Its finder.
    pub finder: Named,
    /// Why it is in the case.
    pub why: String,
}

/// A vendor in a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VendorView {
    /// Organisation.
    pub org: Named,
    /// Consent to the terms.
    pub consent: String,
    /// Status of its products.
    pub status: Option<String>,
    /// In its own words.
    pub statement: String,
    /// By when it promised a fix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub fix_by: Option<Timestamp>,
    /// Versions of its own products that fix it; empty where coordinators recorded them for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_in: Vec<String>,
    /// Whether it agreed to be shown to the other vendors; for itself and the coordinators.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows: bool,
    /// When the word that it is asked reached it; for coordinators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reached_at: Option<Timestamp>,
    /// When that word was given up; for coordinators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unreached_at: Option<Timestamp>,
    /// How it takes part; for coordinators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// How its security.txt says it is reached; for coordinators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Whether that has expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_is_stale: bool,
    /// Duties to report that it said it has done; for itself and the coordinators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<String>,
}

/// A vendor that takes part in no embargo.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnaskedView {
    /// Organisation.
    pub org: Named,
    /// `public-only` or `none`.
    pub mode: String,
}

/// A duty to report whose time runs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DutyView {
    /// Id, by which it is said to be done.
    pub id: String,
    /// What is to be done.
    pub what: String,
    /// Where that is written.
    pub source: String,
    /// When its time ends.
    #[schema(value_type = String)]
    pub due_at: Timestamp,
    /// When it was said to be done.
    #[schema(value_type = Option<String>)]
    pub done_at: Option<Timestamp>,
}

/// A wave.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaveView {
    /// Id.
    pub id: String,
    /// Level.
    pub level: String,
    /// Sector codes; empty for all.
    pub sectors: Vec<String>,
    /// Draft revision.
    pub revision: u32,
    /// `exposed` or `everyone`.
    #[serde(default)]
    pub reach: String,
    /// Organisations it is limited to; empty for no such limit.
    #[serde(default)]
    pub named: Vec<Named>,
    /// Not before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub not_before: Option<Timestamp>,
    /// Not before a fix is ready.
    #[serde(default)]
    pub after_fix: bool,
    /// People who approved.
    pub approvals: Vec<Named>,
    /// When it was sent.
    #[schema(value_type = Option<String>)]
    pub sent_at: Option<Timestamp>,
    /// Organisations it reached.
    pub recipients: Vec<Named>,
}

/// A release.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReleaseView {
    /// Why.
    pub reason: String,
    /// People who approved.
    pub approvals: Vec<Named>,
    /// When.
    #[schema(value_type = Option<String>)]
    pub released_at: Option<Timestamp>,
}

impl CaseView {
    /// What is shown of a case.
    pub fn of(case: &Visible<Case>) -> Self {
        let embargo = case.embargo.as_ref().filter(|_| case.may(Act::SeeEmbargo));
        Self {
            id: case.id.map(|id| id.to_string()).unwrap_or_default(),
            number: case.number.clone(),
            state: case.state_name().to_owned(),
            opened_at: moment(case.opened_at),
            embargo: embargo.map(|e| EmbargoView::of(&e.terms, embargo_seen(case, e.state)).with_rules(e)),
            held_until: case.claim.as_ref().filter(|_| case.may(Act::SeeValidation)).map(|c| c.until),
            own: case.actor().org().and_then(|org| Some(VendorView::of(org, case.vendors.get(&org)?))),
            duties: Vec::new(),
            others: reader_of_detail(case).map(|org| shown_to(case, org)).unwrap_or_default(),
            detail: case.may(Act::SeeDetail).then(|| CaseDetail::of(case)),
            parties: case.may(Act::SeeParties).then(|| CaseParties::of(case)),
        }
    }

    /// Adds the duties to report of the reader's own organisation.
    pub(crate) fn show_duties(&mut self, case: &Visible<Case>, profile: &Profile) {
        let running = reader_of_detail(case).map(|org| case.duties(org, profile)).unwrap_or_default();
        self.duties = running
            .into_iter()
            .map(|running| DutyView {
                id: running.duty.id.clone(),
                what: running.duty.what.clone(),
                source: running.duty.source.clone(),
                due_at: running.due_at,
                done_at: running.done_at,
            })
            .collect();
    }

    /// What is shown of a case in a list: without its parties and drafts.
    pub fn line(case: &Visible<Case>) -> Self {
        let mut view = Self { parties: None, ..Self::of(case) };
        if let Some(detail) = &mut view.detail {
            detail.drafts.clear();
        }
        view
    }

    /// Everybody who is named in it by id, organisations and people.
    pub(crate) fn named(&mut self) -> impl Iterator<Item = &mut Named> {
        let parties = self.parties.as_mut();
        let own = self.own.iter_mut().chain(&mut self.others).map(|vendor| &mut vendor.org);
        let validation = self.detail.iter_mut().filter_map(|detail| detail.validation.as_mut());
        // Whoever is not named to the reader has no id.
        let named = validation.map(|validation| &mut validation.by).filter(|by| !by.id.is_empty());
        own.chain(named).chain(parties.into_iter().flat_map(|parties| {
            let findings = parties.findings.iter_mut().map(|link| &mut link.finder);
            let vendors = parties.vendors.iter_mut().map(|vendor| &mut vendor.org);
            let vendors = vendors.chain(parties.unasked.iter_mut().map(|vendor| &mut vendor.org));
            let waves = parties
                .waves
                .iter_mut()
                .flat_map(|w| w.approvals.iter_mut().chain(&mut w.recipients).chain(&mut w.named));
            let release = parties.release.iter_mut().flat_map(|release| release.approvals.iter_mut());
            let triggers = parties.triggers.iter_mut().flat_map(|trigger| &mut trigger.dismissed_by);
            let extension = parties.extensions.iter_mut().map(|asked| &mut asked.vendor);
            let checks = parties.checks.iter_mut().map(|check| &mut check.by).chain(&mut parties.queued);
            let release = release.chain(triggers).chain(extension).chain(checks);
            findings.chain(vendors).chain(waves).chain(release)
        }))
    }
}

/// The organisation of a reader who sees the detail.
fn reader_of_detail(case: &Visible<Case>) -> Option<OrgId> {
    case.actor().org().filter(|_| case.may(Act::SeeDetail))
}

/// The embargo's state. For a vendor it is how the vendor itself stands: that terms are in force before it answered would
/// say that somebody else has.
fn embargo_seen(case: &Visible<Case>, state: EmbargoState) -> &'static str {
    let party =
        case.actor().org().and_then(|org| case.vendors.get(&org)).filter(|_| !case.may(Act::SeeParties));
    match (state, party.map(|party| party.consent)) {
        (EmbargoState::Exited(_), _) | (_, None) => embargo_state(state),
        (_, Some(Consent::Signatory)) => "active",
        (_, Some(Consent::Lapsed)) => "revised",
        (_, Some(Consent::Invited | Consent::Declined)) => "proposed",
    }
}

fn embargo_state(state: EmbargoState) -> &'static str {
    match state {
        EmbargoState::Proposed => "proposed",
        EmbargoState::Active => "active",
        EmbargoState::Revised => "revised",
        EmbargoState::Exited(Exit::Public) => "public",
        EmbargoState::Exited(Exit::LiftedEarly) => "lifted-early",
        EmbargoState::Exited(Exit::Expired) => "expired",
    }
}

impl VendorView {
    fn of(org: OrgId, party: &VendorParty) -> Self {
        Self {
            org: Named::of(org),
            consent: party.consent.as_str().to_owned(),
            status: party.status.map(|s| s.as_str().to_owned()),
            statement: party.statement.expose().clone(),
            fix_by: party.fix_by,
            fixed_in: party.fixed_in.expose().clone(),
            shows: party.shows,
            reached_at: None,
            unreached_at: None,
            mode: None,
            contacts: Vec::new(),
            contact_is_stale: false,
            reported: party.reported.keys().cloned().collect(),
        }
    }

    /// With what coordinators see beside that.
    fn with_reach(mut self, party: &VendorParty) -> Self {
        self.reached_at = party.told.reached_at;
        self.unreached_at = party.told.unreached_at;
        self
    }
}

/// The other vendors as a vendor sees them: what they say, not how they stand to the terms.
fn shown_to(case: &Case, org: OrgId) -> Vec<VendorView> {
    let shown = |(org, party): (OrgId, &VendorParty)| VendorView {
        shows: false,
        reported: Vec::new(),
        ..VendorView::of(org, party)
    };
    case.vendors_shown_to(org).map(shown).collect()
}

impl EmbargoView {
    /// Terms with the state's name.
    pub fn of(terms: &Terms, state: &str) -> Self {
        Self {
            release_at: terms.release_at,
            release_local: local(terms),
            tlp: terms.tlp.as_str().to_owned(),
            state: state.to_owned(),
            triggers: terms.triggers.iter().map(|reason| reason.as_str().to_owned()).collect(),
            rules: Vec::new(),
        }
    }

    /// With the rules that are part of what is consented to.
    fn with_rules(mut self, embargo: &Embargo) -> Self {
        let words = |(reason, rule): (&ReleaseReason, &LiftRule)| {
            let (reason, hours, signed) = (reason.as_str(), rule.hours, rule.signed_by.len());
            format!("{hours} h after `{reason}` is confirmed it is lifted; signed by {signed}")
        };
        self.rules = embargo.rules.iter().map(words).collect();
        self
    }
}

/// The moment of release with hour and zone.
fn local(terms: &Terms) -> String {
    local_in(terms.release_at, &terms.zone)
}

/// A moment with hour, zone and offset, so that it is one moment also where clocks are set back. A zone that is not
/// known here is not claimed: the moment is then shown in UTC.
pub(crate) fn local_in(moment: Timestamp, zone: &str) -> String {
    let known = jiff::tz::TimeZone::get(zone);
    let name = if known.is_ok() { zone } else { "UTC" };
    let offset = known.unwrap_or(jiff::tz::TimeZone::UTC).to_offset(moment);
    let (sign, minutes) = (if offset.seconds() < 0 { '-' } else { '+' }, offset.seconds().abs() / 60);
    let civil = offset.to_datetime(moment).strftime("%Y-%m-%d %H:%M").to_string();
    format!("{civil} {sign}{:02}:{:02} {name}", minutes / 60, minutes % 60)
}

impl TriggerView {
    fn of(reason: ReleaseReason, trigger: &forewarn_core::case::Trigger) -> Self {
        Self {
            reason: reason.as_str().to_owned(),
            evidence: trigger.evidence.expose().clone(),
            raised_at: trigger.raised_at,
            confirmed_at: trigger.confirmed_at,
            dismissed_by: trigger.dismissed_by.iter().map(Named::of).collect(),
        }
    }
}

impl CaseDetail {
    fn of(case: &Visible<Case>) -> Self {
        Self {
            title: case.title.expose().clone(),
            affected: affected_lines(case.affected.expose()),
            validation: case.validation.as_ref().map(|v| validated(case, v)),
            fixed_in: match case.actor().org().filter(|_| !case.may(Act::SeeParties)) {
                Some(vendor) => case.fixed_for(vendor),
                None => case.fixed_in.expose().clone(),
            },
            drafts: case.drafts.iter().map(|draft| draft.expose().clone()).collect(),
        }
    }
}

/// A validation. A vendor does not learn which other party checked the case, and how: it may be another vendor.
fn validated(case: &Visible<Case>, validation: &Validation) -> ValidationView {
    let by = case.checks.last().and_then(|check| check.org);
    let known = case.may(Act::SeeParties) || by == case.coordinating || by == case.actor().org();
    let unnamed = Named { id: String::new(), name: "a party of the case".into() };
    ValidationView {
        verdict: validation.verdict,
        method: if known { validation.method.clone() } else { String::new() },
        by: if known { Named::of(&validation.by) } else { unnamed },
    }
}

impl CheckView {
    fn of(check: &Check) -> Self {
        Self { verdict: check.verdict, method: check.method.clone(), by: Named::of(&check.by), at: check.at }
    }
}

impl CaseParties {
    fn of(case: &Case) -> Self {
        let link = |(id, joined): (&forewarn_core::ids::FindingId, &forewarn_core::case::Joined)| {
            FindingLink { finding: id.to_string(), finder: Named::of(joined.finder), why: joined.why.clone() }
        };
        Self {
            findings: case.findings.iter().map(link).collect(),
            vendors: case
                .vendors
                .iter()
                .map(|(org, party)| VendorView::of(*org, party).with_reach(party))
                .collect(),
            unasked: case
                .unasked
                .iter()
                .map(|(org, mode)| UnaskedView { org: Named::of(org), mode: mode.as_str().to_owned() })
                .collect(),
            merged_into: case.merged.as_ref().map(|merged| merged.into.to_string()),
            waves: case
                .waves
                .iter()
                .map(|(id, wave)| WaveView {
                    id: id.to_string(),
                    level: wave.level.as_str().to_owned(),
                    sectors: wave.audience.sectors.iter().cloned().collect(),
                    revision: wave.revision,
                    reach: wave.audience.reach.as_str().to_owned(),
                    named: wave.audience.named.iter().map(Named::of).collect(),
                    not_before: wave.gate.not_before,
                    after_fix: wave.gate.after_fix,
                    approvals: wave.approvals.iter().map(Named::of).collect(),
                    sent_at: wave.sent_at,
                    recipients: wave.recipients.iter().map(Named::of).collect(),
                })
                .collect(),
            checks: case.checks.iter().map(CheckView::of).collect(),
            queued: case.queued.keys().map(Named::of).collect(),
            release: case.release.as_ref().map(|release| ReleaseView {
                reason: release.reason.as_str().to_owned(),
                approvals: release.approvals.iter().map(Named::of).collect(),
                released_at: release.released_at,
            }),
            triggers: case
                .triggers
                .iter()
                .map(|(reason, trigger)| TriggerView::of(*reason, trigger))
                .collect(),
            extensions: case
                .extensions
                .values()
                .map(|asked| ExtensionView {
                    vendor: Named::of(asked.vendor),
                    until: asked.until,
                    reason: asked.reason.expose().clone(),
                })
                .collect(),
        }
    }
}
