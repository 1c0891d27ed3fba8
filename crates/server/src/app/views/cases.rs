//! Cases, with names in the place of ids where people read them.

use forewarn_core::access::{Act, Visible};
use forewarn_core::case::{Case, EmbargoState, Exit, Terms, VendorParty, Verdict};
use forewarn_core::ids::OrgId;
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
    /// How the reader's own organisation stands in it, where it is asked as a vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<VendorView>,
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
    /// `confirmed` or `not-reproduced`.
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
    /// Vendors.
    pub vendors: Vec<VendorView>,
    /// Waves.
    pub waves: Vec<WaveView>,
    /// Release, once proposed.
    pub release: Option<ReleaseView>,
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
    fn of(id: impl ToString) -> Self {
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
            embargo: embargo.map(|e| EmbargoView::of(&e.terms, embargo_state(e.state))),
            own: case.actor().org().and_then(|org| Some(VendorView::of(org, case.vendors.get(&org)?))),
            detail: case.may(Act::SeeDetail).then(|| CaseDetail::of(case)),
            parties: case.may(Act::SeeParties).then(|| CaseParties::of(case)),
        }
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
        let own = self.own.iter_mut().map(|own| &mut own.org);
        let validation = self.detail.iter_mut().filter_map(|detail| detail.validation.as_mut());
        own.chain(validation.map(|validation| &mut validation.by)).chain(parties.into_iter().flat_map(
            |parties| {
                let findings = parties.findings.iter_mut().map(|link| &mut link.finder);
                let vendors = parties.vendors.iter_mut().map(|vendor| &mut vendor.org);
                let waves =
                    parties.waves.iter_mut().flat_map(|w| w.approvals.iter_mut().chain(&mut w.recipients));
                let release = parties.release.iter_mut().flat_map(|release| release.approvals.iter_mut());
                findings.chain(vendors).chain(waves).chain(release)
            },
        ))
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
        }
    }
}

impl EmbargoView {
    /// Terms with the state's name.
    pub fn of(terms: &Terms, state: &str) -> Self {
        Self {
            release_at: terms.release_at,
            release_local: local(terms),
            tlp: terms.tlp.as_str().to_owned(),
            state: state.to_owned(),
        }
    }
}

/// The moment of release with hour and zone.
fn local(terms: &Terms) -> String {
    let zone = jiff::tz::TimeZone::get(&terms.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let civil = zone.to_datetime(terms.release_at);
    format!("{} {}", civil.strftime("%Y-%m-%d %H:%M"), terms.zone)
}

impl CaseDetail {
    fn of(case: &Case) -> Self {
        Self {
            title: case.title.expose().clone(),
            affected: affected_lines(case.affected.expose()),
            validation: case.validation.as_ref().map(|v| ValidationView {
                verdict: v.verdict,
                method: v.method.clone(),
                by: Named::of(&v.by),
            }),
            fixed_in: case.fixed_in.expose().clone(),
            drafts: case.drafts.iter().map(|draft| draft.expose().clone()).collect(),
        }
    }
}

impl CaseParties {
    fn of(case: &Case) -> Self {
        let link = |(id, joined): (&forewarn_core::ids::FindingId, &forewarn_core::case::Joined)| {
            FindingLink { finding: id.to_string(), finder: Named::of(joined.finder), why: joined.why.clone() }
        };
        Self {
            findings: case.findings.iter().map(link).collect(),
            vendors: case.vendors.iter().map(|(org, party)| VendorView::of(*org, party)).collect(),
            waves: case
                .waves
                .iter()
                .map(|(id, wave)| WaveView {
                    id: id.to_string(),
                    level: wave.level.as_str().to_owned(),
                    sectors: wave.audience.sectors.iter().cloned().collect(),
                    revision: wave.revision,
                    approvals: wave.approvals.iter().map(Named::of).collect(),
                    sent_at: wave.sent_at,
                    recipients: wave.recipients.iter().map(Named::of).collect(),
                })
                .collect(),
            release: case.release.as_ref().map(|release| ReleaseView {
                reason: release.reason.as_str().to_owned(),
                approvals: release.approvals.iter().map(Named::of).collect(),
                released_at: release.released_at,
            }),
        }
    }
}
