//! The inputs of a decision, from where they are.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{Act, Actor, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{Case, Consent, State, Verdict};
use forewarn_core::catalogue::{CatalogueKind, CveId};
use forewarn_core::finding::{Finding, Report};
use forewarn_core::ids::OrgId;
use forewarn_core::priority::cvss::{self, Scored};
use forewarn_core::priority::{Coordination, Exposure, Inputs, Record, Standing};
use forewarn_exposure::Confidence;
use forewarn_store::Query;
use jiff::Timestamp;

use super::super::views::moment;
use super::super::{App, AppError};

/// Findings of a case that are read for their ids and vectors; a case may have thousands of duplicates.
const MOST_FINDINGS: usize = 50;

impl App {
    /// The inputs of a decision, and the CVE ids of the case.
    pub(super) async fn inputs(
        &self,
        case: &Case,
        standing: &Standing,
        now: Timestamp,
    ) -> Result<(Inputs, BTreeSet<CveId>), AppError> {
        let reports = self.reports(case).await?;
        let cves = cves(case, &reports);
        let kev = self.catalogue(CatalogueKind::Kev).await?;
        let epss = self.catalogue(CatalogueKind::Epss).await?;
        let kev = kev.and_then(|(edition, entries)| {
            let listed = cves.iter().filter_map(|cve| entries.kev(*cve)).min_by_key(|kev| kev.added);
            listed.map(|kev| (kev, edition.dated))
        });
        let epss = epss.and_then(|(edition, entries)| {
            let scored = cves.iter().filter_map(|cve| entries.epss(*cve)).max_by_key(|epss| epss.millionths);
            scored.map(|epss| (epss, edition.dated))
        });
        let inputs = Inputs {
            by_hand: standing.by_hand.clone(),
            cvss: vector(case, &reports),
            kev,
            epss,
            exploited_since: case.exploited_since,
            exposure: (self.exposure_of(case).await?, now),
            record: self.record(case).await?,
            coordination: coordination(case),
            opened_at: moment(case.opened_at),
            now,
        };
        Ok((inputs, cves))
    }

    /// The reports behind a case, the first [`MOST_FINDINGS`] of them, with when they were received.
    pub(super) async fn reports(&self, case: &Case) -> Result<Vec<(Report, Timestamp)>, AppError> {
        let mut reports = Vec::new();
        for finding in case.rests_on().take(MOST_FINDINGS) {
            let finding =
                self.visible::<Finding>(&finding.to_string(), &Actor::System, Act::SeeFinding).await?;
            let report = finding.report.as_ref().map(|report| report.expose().clone());
            reports.extend(report.map(|report| (report, moment(finding.received_at))));
        }
        Ok(reports)
    }

    /// Operators with an exposure that is sure at least of product and range, by sector.
    async fn exposure_of(&self, case: &Case) -> Result<Exposure, AppError> {
        let mission = &self.settings.policy.profile.priority.mission;
        let mut sectors: BTreeMap<String, u32> = BTreeMap::new();
        let (mut operators, mut weight) = (0_u32, 0_u32);
        for candidate in self.candidates(case).await? {
            if !candidate.exposure.iter().any(|line| line.confidence >= Confidence::Range) {
                continue;
            }
            operators = operators.saturating_add(1);
            weight = weight.saturating_add(mission.weight(&candidate.sectors));
            for sector in candidate.sectors {
                let count = sectors.entry(sector).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(Exposure { operators, sectors, weight })
    }

    /// What became of the cases of this case's finders, this one left out.
    async fn record(&self, case: &Case) -> Result<Record, AppError> {
        let finders = case.finders();
        let mut record = Record::default();
        for finder in finders {
            for (verdict, count) in self.verdicts(finder).await? {
                let own = case.validation.as_ref().is_some_and(|validation| validation.verdict == verdict);
                let others = u32::try_from(count).unwrap_or(u32::MAX).saturating_sub(u32::from(own));
                let kept = match verdict {
                    Verdict::Confirmed => &mut record.confirmed,
                    Verdict::NeedsInformation => continue,
                    _ => &mut record.refuted,
                };
                *kept = kept.saturating_add(others);
            }
        }
        Ok(record)
    }

    /// How many cases of a finder have which verdict last.
    pub(super) async fn verdicts(&self, finder: OrgId) -> Result<Vec<(Verdict, u64)>, AppError> {
        let mut counts = Vec::new();
        for verdict in Verdict::ALL {
            let key = Case::record_key(finder, *verdict);
            let mut query = Query::new(Category::Case, Filter::Everything, 1);
            query.key = Some((key.name, key.value));
            counts.push((*verdict, self.store.count(&query).await?));
        }
        Ok(counts)
    }
}

fn coordination(case: &Case) -> Coordination {
    let asked = case.vendors.len() + case.queued.len();
    Coordination {
        public: matches!(case.state, State::Public | State::Closed),
        vendors: u32::try_from(asked).unwrap_or(u32::MAX),
        engaged: case.vendors.values().any(|party| party.consent == Consent::Signatory),
        confirmed: case.validation.as_ref().is_some_and(|v| v.verdict == Verdict::Confirmed),
        fix_ready: case.fix_ready,
    }
}

/// The CVE ids of a case: its draft's, or else those its finders gave.
fn cves(case: &Case, reports: &[(Report, Timestamp)]) -> BTreeSet<CveId> {
    let drafted = case.drafts.last().and_then(|draft| draft.expose().cve.as_ref()?.parse().ok());
    if let Some(cve) = drafted {
        return [cve].into();
    }
    let named = reports.iter().flat_map(|(report, _)| report.external_id.iter().chain(&report.aliases));
    named.filter_map(|id| id.parse().ok()).collect()
}

/// The vector that counts: the draft's, 4.0 before 3.x, or else the worst that a finder gave.
fn vector(case: &Case, reports: &[(Report, Timestamp)]) -> Option<(Scored, String, Timestamp)> {
    if let (Some(draft), Some(at)) = (case.drafts.last(), case.drafted_at) {
        let draft = draft.expose();
        let mut vectors = draft.cvss4.iter().chain(&draft.cvss3);
        if let Some(scored) = vectors.find_map(|vector| cvss::read(vector).ok()) {
            return Some((scored, "the advisory draft".into(), at));
        }
    }
    let given = reports.iter().flat_map(|(report, at)| report.severity.iter().map(move |s| (s, at)));
    let scored = given.filter_map(|(severity, at)| Some((cvss::read(&severity.score).ok()?, *at)));
    let worst = scored.max_by(|(a, _), (b, _)| (a.tenths, &a.vector).cmp(&(b.tenths, &b.vector)));
    worst.map(|(scored, at)| (scored, "a finding".into(), at))
}
