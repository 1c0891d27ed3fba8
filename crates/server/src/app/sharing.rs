//! Waves: who is reached, and their notices.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{Act, Actor, Filter, Role};
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::ids::{NoticeId, OrgId, WaveId};
use forewarn_core::notice::{Event, Notice, Queued};
use forewarn_core::party::Organisation;
use forewarn_core::sharing::{Candidate, ExposureLine, Reach, Recipient, recipients};
use forewarn_core::{Refusal, Secret};
use forewarn_exposure::{Confidence, Exposure};
use forewarn_store::Query;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::walk::Pages;
use super::{App, AppError, Call, Moment, Plan, SuggestedHolder, UseCase};

/// Topic of the jobs that put notices into inboxes.
pub(crate) const DELIVERY: &str = "notice-delivery";

/// Who would be reached, by sector; for coordinators.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExposureView {
    /// Organisations with exposure.
    pub organisations: Vec<ExposedOrganisation>,
    /// Organisations that hold something alike under another name, the likeliest first; a coordinator judges each.
    #[serde(default)]
    pub suggested: Vec<SuggestedHolder>,
}

/// One organisation with exposure.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExposedOrganisation {
    /// Id.
    pub org: String,
    /// Name.
    pub name: String,
    /// Sector codes.
    pub sectors: Vec<String>,
    /// Exposed components.
    pub components: usize,
    /// The surest of them.
    pub confidence: String,
}

fn line(exposure: Exposure<OrgId>) -> ExposureLine {
    ExposureLine {
        asset: exposure.asset,
        component: exposure.component,
        version: exposure.version,
        range: exposure.range,
        confidence: exposure.confidence,
        confirmed: false,
    }
}

/// A line that a person has decided on is as sure as a version in a range.
pub(super) fn confirmed_line(line: ExposureLine) -> ExposureLine {
    ExposureLine { confirmed: true, confidence: line.confidence.max(Confidence::Range), ..line }
}

impl App {
    /// The recipients of a wave at this moment.
    pub(super) async fn recipients(&self, case: &Case, wave: WaveId) -> Result<Vec<Recipient>, AppError> {
        let Some(proposed) = case.waves.get(&wave) else { return Ok(vec![]) };
        let mut candidates = self.candidates(case).await?;
        if proposed.audience.reach == Reach::Everyone {
            self.add_unexposed(&mut candidates).await?;
        }
        Ok(recipients(&proposed.audience, &candidates, &case.told_as_much(proposed)))
    }

    pub(super) async fn candidates(&self, case: &Case) -> Result<Vec<Candidate>, AppError> {
        self.exposure.catch_up(self.store.as_ref()).await?;
        let mut lines: BTreeMap<OrgId, Vec<ExposureLine>> = BTreeMap::new();
        for exposure in self.exposure.exposures(case.affected.expose()) {
            lines.entry(exposure.owner).or_default().push(line(exposure));
        }
        for exposure in self.exposure.confirmed(case) {
            lines.entry(exposure.owner).or_default().push(confirmed_line(line(exposure)));
        }
        let mut candidates = Vec::with_capacity(lines.len());
        for (org, exposure) in lines {
            let Some(organisation) = self.organisation(org).await? else { continue };
            candidates.push(self.candidate(org, organisation, exposure));
        }
        Ok(candidates)
    }

    pub(super) fn candidate(
        &self,
        org: OrgId,
        organisation: Organisation,
        exposure: Vec<ExposureLine>,
    ) -> Candidate {
        let agreement = &self.settings.policy.profile.lead.agreement;
        Candidate {
            org,
            sectors: organisation.profile.sectors,
            country: organisation.profile.country,
            standing_consent: organisation.profile.standing_consent.as_ref() == Some(agreement),
            exposure,
        }
    }

    /// Operators and relays whose inventories show nothing, for a wave that reaches them all the same.
    pub(super) async fn add_unexposed(&self, candidates: &mut Vec<Candidate>) -> Result<(), AppError> {
        let known: BTreeSet<OrgId> = candidates.iter().map(|candidate| candidate.org).collect();
        let mut pages = Pages::new(Query::new(Category::Organisation, Filter::Everything, 500));
        while let Some(found) = pages.next(self.store.as_ref()).await? {
            for document in &found {
                let organisation: Organisation = serde_json::from_slice(&document.doc)
                    .map_err(|_| AppError::Internal("organisation shape"))?;
                let Some(org) = organisation.id.filter(|org| !known.contains(org)) else { continue };
                let told = [Role::Operator, Role::Relay];
                if told.iter().any(|role| organisation.profile.roles.contains(role)) {
                    candidates.push(self.candidate(org, organisation, Vec::new()));
                }
            }
        }
        Ok(())
    }

    /// Queues a notice for each recipient, with the job that delivers it.
    pub(super) fn queue_notices(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &Case,
        wave: WaveId,
        recipients: Vec<Recipient>,
    ) -> Result<(), AppError> {
        let missing = AppError::Internal("a wave without terms was sent");
        let terms = case.embargo.as_ref().map(|e| e.terms.clone()).ok_or(missing)?;
        let level = case.waves.get(&wave).map(|w| w.level).ok_or(Refusal::NotFound)?;
        let profile = &self.settings.policy.profile;
        let hours = if case.urgent {
            profile.escalation.urgent_acknowledge_hours.min(profile.limits.acknowledge_hours)
        } else {
            profile.limits.acknowledge_hours
        };
        let hours = i64::from(hours);
        let due_at = moment.now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(moment.now);
        for recipient in recipients {
            let id = NoticeId(moment.uuid());
            let queued = Queued {
                notice: id,
                number: case.number.clone(),
                case: case.id.ok_or(Refusal::NotFound)?,
                wave,
                coordinating: case.coordinating.ok_or(Refusal::NotFound)?,
                org: recipient.org,
                level,
                terms: terms.clone(),
                consented: recipient.consented,
                exposure: Secret::new(recipient.exposure),
                due_at,
                urgent: case.urgent,
            };
            plan.append::<Notice>(moment, id, 0, vec![Event::NoticeQueued(Box::new(queued))])?;
            plan.job(DELIVERY, id.to_string().into_bytes(), moment.now);
        }
        Ok(())
    }

    /// Who runs what a case affects.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its vendor.
    pub async fn case_exposure(&self, actor: &Actor, id: &str) -> Result<ExposureView, AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeCase).await?;
        if !case.may(Act::SeeParties) {
            return Err(Refusal::Forbidden("only the case's coordinators see who is exposed").into());
        }
        let mut organisations = Vec::new();
        for candidate in self.candidates(&case).await? {
            let name = self.organisation(candidate.org).await?.map(|o| o.profile.name).unwrap_or_default();
            let surest = candidate.exposure.iter().map(|line| line.confidence).max();
            organisations.push(ExposedOrganisation {
                org: candidate.org.to_string(),
                name,
                sectors: candidate.sectors.into_iter().collect(),
                components: candidate.exposure.len(),
                confidence: surest.map_or("", |c| c.as_str()).to_owned(),
            });
        }
        let suggested = self.suggested_holders(&case).await?;
        Ok(ExposureView { organisations, suggested })
    }
}

impl App {
    /// Runs a command of the service itself.
    pub(crate) async fn run_own(&self, case: &impl UseCase) -> Result<(), AppError> {
        self.execute(&Call::system(), case).await.map(|_| ())
    }
}
