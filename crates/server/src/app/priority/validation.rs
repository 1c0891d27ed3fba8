//! Checks by somebody other than the finder: the next case for a validator, what it needs, and finders' records.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, Visible, may};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{self, Case, Command, Event};
use forewarn_core::finding::Report;
use forewarn_core::ids::OrgId;
use forewarn_core::reading::{Kind, Thing};
use forewarn_store::{Position, Query};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::cases::after;
use super::super::reading::note;
use super::super::views::{Page, PageRequest, affected_lines};
use super::super::{App, AppError, Moment, Plan, UseCase};
use super::{Changed, PRIORITY};

/// How many waiting cases are looked at for one that a validator may take.
const MOST_LOOKED_AT: usize = 1_000;
/// How many are read at once.
const STEP: u32 = 100;

/// Take the most urgent case that waits for a check and that one may check.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimNext {}

/// Answer to [`ClaimNext`].
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Claimed {
    /// The case; `null` when none waits for this validator.
    pub case: Option<String>,
    /// Its number.
    pub number: Option<String>,
    /// Until when it is held.
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
}

/// A case that is being checked or waits for it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ValidationEntry {
    /// Case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Its state.
    pub state: String,
    /// Until when a validator holds it.
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
}

/// What a check needs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MaterialView {
    /// Case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Until when it is held.
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// Title.
    pub title: String,
    /// What is affected, in words.
    pub affected: Vec<String>,
    /// The reports, without who sent them.
    pub reports: Vec<ReportView>,
}

/// A report without its finder.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportView {
    /// One line.
    pub title: String,
    /// The whole description.
    pub description: String,
    /// CWE ids.
    pub weaknesses: Vec<String>,
    /// Where in the code.
    #[schema(value_type = Option<Object>)]
    pub location: Option<forewarn_core::finding::Location>,
    /// What shows that it is real.
    pub evidence: Option<String>,
    /// How to reproduce it.
    pub reproducer: Option<String>,
}

/// A finder's track record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordView {
    /// Organisation.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Cases by their last verdict.
    pub verdicts: std::collections::BTreeMap<String, u64>,
    /// Whether the policy profile lets it count in the order.
    pub counts: bool,
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        Self {
            title: report.title,
            description: report.description,
            weaknesses: report.weaknesses,
            location: report.location,
            evidence: report.evidence,
            reproducer: report.reproducer,
        }
    }
}

impl UseCase for ClaimNext {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        if !may(moment.actor, Act::TakeValidation) {
            return Err(Refusal::Forbidden("only validators take cases to check").into());
        }
        let org = moment.actor.org().ok_or(AppError::Unauthenticated)?;
        let Some(case) = app.next_unchecked(org, moment.now).await? else {
            return Plan::answer(200, &Claimed { case: None, number: None, until: None });
        };
        let held = app.held_by(org).await?;
        let events = case::decide(&case, Command::Claim { held }, &moment.facts())?;
        let until = after(&case, &events, moment).claim.map(|claim| claim.until);
        let id = case.id.ok_or(Refusal::NotFound)?;
        let claimed = Claimed { case: Some(id.to_string()), number: Some(case.number.clone()), until };
        let mut plan = Plan::answer(200, &claimed)?;
        plan.job(PRIORITY, Changed::Claim { case: id.to_string() }.body(), until.unwrap_or(moment.now));
        plan.append::<Case>(moment, id, case.version(), events)?;
        Ok(plan)
    }
}

/// Ends a claim whose time has run out.
pub(super) struct EndClaim {
    pub case: String,
}

impl UseCase for EndClaim {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let case = app.visible::<Case>(&self.case, moment.actor, Act::SeeCase).await?;
        let events: Vec<Event> = case::decide(&case, Command::EndClaim, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        plan.append::<Case>(moment, &self.case, case.version(), events)?;
        Ok(plan)
    }
}

/// Notes that the reports of a case are shown with it.
fn note_reports(actor: &Actor, case: &Visible<Case>) -> Result<(), AppError> {
    for finding in case.rests_on() {
        let thing = Thing {
            kind: Kind::Finding,
            id: finding.to_string(),
            case: case.id,
            seen_as: case.seen_as(),
            content: true,
        };
        if !note(actor, Some(thing)) {
            return Err(Refusal::NotFound.into());
        }
    }
    Ok(())
}

impl App {
    /// The most urgent case that `org` may check, on the service's behalf: the validator learns only of the one it gets.
    async fn next_unchecked(&self, org: OrgId, now: Timestamp) -> Result<Option<Visible<Case>>, AppError> {
        let mut query = Query::new(Category::Priority, Filter::Everything, STEP);
        query.key = Some(("wants".into(), "validation".into()));
        let mut looked_at = 0;
        while looked_at < MOST_LOOKED_AT {
            let documents = self.store.list(&query).await?;
            for document in &documents {
                let case = self.visible::<Case>(&document.id, &Actor::System, Act::SeeCase).await?;
                if case.claimable_by(org, now) {
                    return Ok(Some(case));
                }
            }
            looked_at += documents.len();
            match documents.last() {
                Some(last) => query.after = Some(Position::of(last)),
                None => break,
            }
        }
        Ok(None)
    }

    async fn held_by(&self, org: OrgId) -> Result<u64, AppError> {
        let mut query = Query::new(Category::Case, Filter::Everything, 1);
        query.key = Some(("claimed-by".into(), org.to_string()));
        Ok(self.store.count(&query).await?)
    }

    /// For a validator the cases it holds; for a coordinator those of its cases that wait for a check.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn validations(
        &self,
        actor: &Actor,
        page: &PageRequest,
    ) -> Result<Page<ValidationEntry>, AppError> {
        let held = actor.org().filter(|_| may(actor, Act::TakeValidation));
        let key = held.map(|org| ("claimed-by".to_owned(), org.to_string()));
        let mut page = page.clone();
        if key.is_none() && page.state.is_none() {
            page.state = Some("open".into());
        }
        self.page::<Case, _>(actor, Act::SeeValidation, &page, key, |case| ValidationEntry {
            case: case.id.map(|id| id.to_string()).unwrap_or_default(),
            number: case.number.clone(),
            state: case.state.as_str().to_owned(),
            until: case.claim.as_ref().map(|claim| claim.until),
        })
        .await
    }

    /// What a check of a case needs.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there, or not the actor's to check.
    pub async fn material(&self, actor: &Actor, id: &str) -> Result<MaterialView, AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeValidation).await?;
        let reports = self.reports(&case).await?;
        note_reports(actor, &case)?;
        Ok(MaterialView {
            case: id.to_owned(),
            number: case.number.clone(),
            until: case.claim.as_ref().map(|claim| claim.until),
            title: case.title.expose().clone(),
            affected: affected_lines(case.affected.expose()),
            reports: reports.into_iter().map(|(report, _)| ReportView::from(report)).collect(),
        })
    }

    /// A finder's track record: counts by outcome, for coordinators.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such organisation or the actor may not see records.
    pub async fn finder_record(&self, actor: &Actor, org: &str) -> Result<RecordView, AppError> {
        let missing = || AppError::Refused(Refusal::NotFound);
        if !may(actor, Act::SeeRecord) {
            return Err(missing());
        }
        let id: OrgId = org.parse().map_err(|_| missing())?;
        let known = self.organisation(id).await?.ok_or_else(missing)?;
        let verdicts = self.verdicts(id).await?;
        Ok(RecordView {
            org: id.to_string(),
            name: known.profile.name,
            verdicts: verdicts.into_iter().map(|(v, count)| (v.as_str().to_owned(), count)).collect(),
            counts: self.settings.policy.profile.priority.count_track_record,
        })
    }
}
