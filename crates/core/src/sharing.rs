//! Who gets what: content levels, audiences and the choice of recipients.

use std::collections::BTreeSet;

use forewarn_exposure::Confidence;
use serde::{Deserialize, Serialize};

use crate::ids::OrgId;

/// How much a recipient is told. Each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentLevel {
    /// That there is a vulnerability in software the recipient runs.
    Existence,
    /// And what to do about it.
    Mitigation,
    /// And what it is.
    Detail,
    /// And how to trigger it.
    ProofOfConcept,
}

impl ContentLevel {
    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            ContentLevel::Existence => "existence",
            ContentLevel::Mitigation => "mitigation",
            ContentLevel::Detail => "detail",
            ContentLevel::ProofOfConcept => "proof-of-concept",
        }
    }
}

/// Whether a wave needs known exposure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Those whose inventories show it.
    #[default]
    Exposed,
    /// Operators and relays of the audience whatever their inventories show.
    Everyone,
}

impl Reach {
    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Reach::Exposed => "exposed",
            Reach::Everyone => "everyone",
        }
    }
}

/// Whom a wave is for, as a rule rather than a list: whoever it fits when the wave is sent, and whoever comes to fit
/// it while the embargo lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Sector codes; empty means every sector.
    #[serde(default)]
    pub sectors: BTreeSet<String>,
    /// Country codes; empty means every country.
    #[serde(default)]
    pub countries: BTreeSet<String>,
    /// Organisations it is limited to; empty means no such limit.
    #[serde(default)]
    pub named: BTreeSet<OrgId>,
    /// Whether exposure must be known.
    #[serde(default)]
    pub reach: Reach,
    /// The weakest exposure that counts.
    pub least_confidence: Confidence,
}

/// One exposed component of one operator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExposureLine {
    /// The operator's name for the asset.
    pub asset: String,
    /// Component as the inventory shows it.
    pub component: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Affected range it falls into, in words.
    pub range: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether the names differ and a coordinator found that it is the affected product.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

/// An operator with exposure, before the audience rule is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub org: OrgId,
    /// Its sectors.
    pub sectors: BTreeSet<String>,
    /// Its country.
    pub country: Option<String>,
    /// Whether it signed the standing embargo agreement.
    pub standing_consent: bool,
    /// What it runs.
    pub exposure: Vec<ExposureLine>,
}

/// An operator chosen to get a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub org: OrgId,
    /// Whether it has consented already.
    pub consented: bool,
    /// The exposure that counts.
    pub exposure: Vec<ExposureLine>,
}

/// Chooses the recipients of a wave: candidates in the audience with at least one exposure that is sure enough (or
/// any, where it reaches everyone), who do not have a notice of the case yet. Sorted by organisation, each at most once.
pub fn recipients(
    audience: &Audience,
    candidates: &[Candidate],
    already_told: &BTreeSet<OrgId>,
) -> Vec<Recipient> {
    let mut chosen: Vec<Recipient> = candidates
        .iter()
        .filter(|c| audience.admits(c) && !already_told.contains(&c.org))
        .filter_map(|c| {
            let mut exposure: Vec<ExposureLine> = c
                .exposure
                .iter()
                .filter(|line| line.confidence >= audience.least_confidence)
                .cloned()
                .collect();
            exposure.sort();
            exposure.dedup();
            (!exposure.is_empty() || audience.reach == Reach::Everyone).then_some(Recipient {
                org: c.org,
                consented: c.standing_consent,
                exposure,
            })
        })
        .collect();
    chosen.sort_by_key(|r| r.org);
    chosen.dedup_by_key(|r| r.org);
    chosen
}

impl Audience {
    fn admits(&self, candidate: &Candidate) -> bool {
        let sector = self.sectors.is_empty() || !self.sectors.is_disjoint(&candidate.sectors);
        let country = self.countries.is_empty()
            || candidate.country.as_ref().is_some_and(|country| self.countries.contains(country));
        let named = self.named.is_empty() || self.named.contains(&candidate.org);
        sector && country && named
    }
}
