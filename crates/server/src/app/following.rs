//! Standing waves reach whoever comes to run what they are about, under the same approval.

use std::collections::BTreeSet;

use forewarn_core::access::{Act, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{self, Case, Command};
use forewarn_core::ids::OrgId;
use forewarn_core::inventory::Holding;
use forewarn_core::sharing::{Candidate, ExposureLine, Reach, recipients};
use forewarn_exposure::{Affected, Component, Inventory, Matcher};
use forewarn_store::Query;

use super::exposure::components;
use super::sharing::confirmed_line;
use super::walk::Pages;
use super::{App, AppError, Moment, Plan, UseCase};

/// Topic of the jobs that look whether somebody came to fall under standing waves.
pub(crate) const EXPOSURE: &str = "exposure-follow";

/// What such a job looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// The new inventory of an asset, by its stream, against every standing case.
    Asset(String),
    /// A case, for one operator or for all.
    Case(String, Option<OrgId>),
    /// Everything.
    All,
}

impl Follow {
    pub(crate) fn into_body(self) -> Vec<u8> {
        match self {
            Self::Asset(stream) => format!("asset {stream}"),
            Self::Case(case, None) => format!("case {case}"),
            Self::Case(case, Some(org)) => format!("case {case} {org}"),
            Self::All => String::new(),
        }
        .into_bytes()
    }

    /// What is not understood, such as the empty body of earlier versions, is everything.
    pub(crate) fn from_body(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let mut words = text.split(' ');
        match (words.next(), words.next(), words.next().map(str::parse)) {
            (Some("asset"), Some(stream), None) => Self::Asset(stream.to_owned()),
            (Some("case"), Some(case), None) => Self::Case(case.to_owned(), None),
            (Some("case"), Some(case), Some(Ok(org))) => Self::Case(case.to_owned(), Some(org)),
            _ => Self::All,
        }
    }
}

/// Operators that came to run what a sent wave is about get their notice under the same approval.
pub(crate) struct FollowExposure {
    /// Case.
    pub case: String,
    /// The only operator to look at; every one if `None`.
    pub org: Option<OrgId>,
}

impl UseCase for FollowExposure {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case = app.visible::<Case>(&self.case, moment.actor, Act::SeeCase).await?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        // The wave that says most comes first; who gets its notice needs none of the others.
        let mut waves: Vec<_> = case.standing_waves().collect();
        waves.sort_by_key(|(_, wave)| std::cmp::Reverse((wave.level, wave.revision)));
        waves.retain(|(_, wave)| self.org.is_none_or(|org| !case.told_as_much(wave).contains(&org)));
        if waves.is_empty() {
            return Ok(plan);
        }
        let everyone = waves.iter().any(|(_, wave)| wave.audience.reach == Reach::Everyone);
        let candidates = match self.org {
            None => app.all_candidates(&case, everyone).await?,
            Some(org) => match app.organisation(org).await? {
                Some(organisation) => {
                    let lines = app.lines_of(&case, org).await?;
                    vec![app.candidate(org, organisation, lines)]
                }
                None => vec![],
            },
        };
        let mut told = BTreeSet::new();
        let mut events = Vec::new();
        for (wave, proposed) in waves {
            let mut fresh = recipients(&proposed.audience, &candidates, &case.told_as_much(proposed));
            fresh.retain(|recipient| told.insert(recipient.org));
            let command = Command::ExtendWave { wave: *wave, recipients: fresh.clone() };
            events.extend(case::decide(&case, command, &moment.facts())?);
            app.queue_notices(moment, &mut plan, &case, *wave, fresh)?;
        }
        plan.append::<Case>(moment, &self.case, case.version(), events)?;
        Ok(plan)
    }
}

impl App {
    /// Everybody with exposure, and whoever else a wave for everyone reaches.
    async fn all_candidates(&self, case: &Case, everyone: bool) -> Result<Vec<Candidate>, AppError> {
        let mut candidates = self.candidates(case).await?;
        if everyone {
            self.add_unexposed(&mut candidates).await?;
        }
        Ok(candidates)
    }

    /// The standing cases that the new inventory of an asset may fall under, and whose it is.
    pub(crate) async fn touched_by(&self, asset: &str) -> Result<Option<(OrgId, Vec<String>)>, AppError> {
        let Some(document) = self.store.get(Category::Inventory, asset).await? else { return Ok(None) };
        let holding: Holding =
            serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("inventory shape"))?;
        let Some(org) = holding.org else { return Ok(None) };
        let inventory = components(self.store.as_ref(), asset, &holding.snapshot.components_sha256).await?;
        Ok(Some((org, self.standing.touched(self.store.as_ref(), &inventory).await?)))
    }

    /// What one operator runs of what a case affects: from its own inventories, so that it does not matter how many
    /// others run it too.
    async fn lines_of(&self, case: &Case, org: OrgId) -> Result<Vec<ExposureLine>, AppError> {
        let mut query = Query::new(Category::Inventory, Filter::Everything, 500);
        query.key = Some(("org".into(), org.to_string()));
        let mut lines = Vec::new();
        let mut pages = Pages::new(query);
        while let Some(documents) = pages.next(self.store.as_ref()).await? {
            for document in &documents {
                let holding: Holding = serde_json::from_slice(&document.doc)
                    .map_err(|_| AppError::Internal("inventory shape"))?;
                let digest = &holding.snapshot.components_sha256;
                let inventory = components(self.store.as_ref(), &document.id, digest).await?;
                lines.extend(covered(case, org, &holding.asset, &inventory));
            }
        }
        Ok(lines)
    }
}

/// The components of an asset that a case covers, under their own names and under confirmed ones.
fn covered(case: &Case, org: OrgId, asset: &str, inventory: &Inventory) -> Vec<ExposureLine> {
    let affected = case.affected.expose();
    let mut lines: Vec<ExposureLine> =
        affected.iter().flat_map(|entry| covered_by(entry, asset, &inventory.components)).collect();
    for matched in case.confirmed_matches().filter(|matched| matched.org == org) {
        for entry in affected.iter().filter(|entry| entry.identity == matched.affected) {
            let renamed = entry.as_held(&matched.held);
            lines.extend(covered_by(&renamed, asset, &inventory.components).into_iter().map(confirmed_line));
        }
    }
    lines
}

fn covered_by(affected: &Affected, asset: &str, components: &[Component]) -> Vec<ExposureLine> {
    let matcher = Matcher::new(affected);
    let line = |component: &Component| {
        let hit = matcher.covers(component)?;
        Some(ExposureLine {
            asset: asset.to_owned(),
            component: component.label.clone(),
            version: component.version.clone(),
            range: hit.range,
            confidence: hit.confidence,
            confirmed: false,
        })
    };
    components.iter().filter_map(line).collect()
}
