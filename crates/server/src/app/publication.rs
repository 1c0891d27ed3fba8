//! What a release makes public: one CSAF 2.0 document, exact bytes, and nothing before its release event.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor};
use forewarn_core::advisory::{Advisory, Event as Published};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{Case, DraftText};
use forewarn_core::notice::{Event as NoticeEvent, Notice};
use forewarn_formats::csaf;
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::{Page, PageRequest, moment as timestamp};
use super::{App, AppError, Moment, Plan, guard};

/// A public advisory in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdvisoryView {
    /// Number.
    pub number: String,
    /// Title.
    pub title: String,
    /// Revision.
    pub revision: u32,
    /// When it was published.
    #[schema(value_type = String)]
    pub published_at: Timestamp,
    /// Path of the CSAF document.
    pub csaf: String,
}

impl AdvisoryView {
    fn of(advisory: &Advisory) -> Self {
        let published_at = timestamp(advisory.published_at);
        // The year of the first release, as CSAF has it, so that a revision stays at its address.
        let first = advisory.history.first().copied().unwrap_or(advisory.published_at);
        let year = jiff::tz::Offset::UTC.to_datetime(timestamp(first)).year();
        Self {
            number: advisory.number.clone(),
            title: advisory.title.clone(),
            revision: advisory.revision,
            published_at,
            csaf: format!("/.well-known/csaf/white/{year}/{}", csaf::filename(&advisory.number)),
        }
    }
}

impl App {
    /// Adds the public document of a case that is being released, and lifts its notices.
    pub(super) async fn publish(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &Case,
    ) -> Result<(), AppError> {
        let id = case.id.ok_or(Refusal::NotFound)?;
        let revision = case.release.as_ref().map(|r| r.revision).ok_or(Refusal::NotFound)?;
        let draft = case.draft(revision).ok_or(Refusal::NotFound)?;
        let prior = self.store.get(Category::Advisory, &id.to_string()).await?;
        let version = prior.as_ref().map_or(0, |document| document.version);
        let released = match &prior {
            None => Advisory::default(),
            Some(document) => {
                serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("advisory shape"))?
            }
        };
        let dates: Vec<Timestamp> =
            released.history.iter().copied().map(timestamp).chain([moment.now]).collect();
        let public_revision = u32::try_from(dates.len()).unwrap_or(u32::MAX);
        let thanks = self.thanks(case).await?;
        let document = self.csaf(case, draft, &dates, thanks);
        let value = csaf::write(&document).map_err(|problem| AppError::Invalid {
            place: "/draft".into(),
            message: format!("the draft cannot be published as CSAF 2.0: {problem}"),
        })?;
        let mut text =
            serde_json::to_string_pretty(&value).map_err(|_| AppError::Internal("CSAF is not JSON"))?;
        text.push('\n');
        let event = Published::AdvisoryPublished {
            case: id,
            number: case.number.clone(),
            title: draft.title.clone(),
            revision: public_revision,
            csaf: text,
        };
        plan.append::<Advisory>(moment, id, version, vec![event])?;
        self.lift_notices(moment, plan, &id.to_string()).await
    }

    /// Finders are thanked by name once it is public.
    async fn thanks(&self, case: &Case) -> Result<Vec<String>, AppError> {
        let finders = case.finders();
        let mut names = Vec::new();
        for finder in finders {
            names.extend(self.organisation(finder).await?.map(|org| org.profile.name));
        }
        Ok(names)
    }

    fn csaf(
        &self,
        case: &Case,
        draft: &DraftText,
        dates: &[Timestamp],
        acknowledgments: Vec<String>,
    ) -> csaf::Advisory {
        let first = dates.first().copied().unwrap_or_default();
        let now = dates.last().copied().unwrap_or_default();
        let lead = &self.settings.policy.profile.lead;
        let affected = case.affected.expose().clone();
        let fixed_in = case.fixed_in.expose();
        let mut remediation =
            vec![csaf::Remediation { remedy: csaf::Remedy::Mitigation, details: draft.mitigation.clone() }];
        if !fixed_in.is_empty() {
            let details = format!("Update to a fixed version: {}", fixed_in.join(", "));
            remediation.push(csaf::Remediation { remedy: csaf::Remedy::VendorFix, details });
        }
        let cwe = draft.weakness.as_ref().and_then(|id| {
            csaf::weakness_name(id).map(|name| csaf::Weakness { id: id.clone(), name: name.to_owned() })
        });
        csaf::Advisory {
            id: case.number.clone(),
            title: draft.title.clone(),
            publisher: csaf::Publisher {
                name: lead.name.clone(),
                namespace: lead.namespace.clone(),
                category: csaf::Category::Coordinator,
                contact: Some(lead.contact.clone()),
            },
            tlp: csaf::Tlp::Clear,
            status: csaf::Status::Final,
            current_release: now,
            initial_release: first,
            revisions: (1..)
                .zip(dates)
                .map(|(number, date)| csaf::Revision {
                    number,
                    date: *date,
                    summary: if number == 1 { "First public release".into() } else { "Revised".into() },
                })
                .collect(),
            language: "en".into(),
            vulnerabilities: vec![csaf::Vulnerability {
                title: draft.title.clone(),
                cve: draft.cve.clone(),
                cwe,
                description: draft.detail.clone(),
                affected,
                fixed: vec![],
                remediation,
                acknowledgments,
                references: vec![],
                cvss3: draft.cvss3.clone(),
            }],
        }
    }

    async fn lift_notices(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &str,
    ) -> Result<(), AppError> {
        for notice in self.all_notices(case).await? {
            plan.append::<Notice>(moment, &notice.id, notice.version, vec![NoticeEvent::NoticeLifted])?;
        }
        Ok(())
    }

    /// Public advisories.
    ///
    /// # Errors
    /// When the page is not right or the store does not answer.
    pub async fn advisories(
        &self,
        actor: &Actor,
        page: &PageRequest,
    ) -> Result<Page<AdvisoryView>, AppError> {
        self.page::<Advisory, _>(actor, Act::SeeAdvisory, page, None, |a| AdvisoryView::of(a)).await
    }

    /// The exact bytes of a public advisory, by number or by the name of its file.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none of that number.
    pub async fn advisory(&self, actor: &Actor, number: &str) -> Result<(AdvisoryView, String), AppError> {
        let number = number.trim_end_matches(".json").to_ascii_uppercase();
        let mut query =
            Query::new(Category::Advisory, forewarn_core::access::filter(actor, Act::SeeAdvisory), 1);
        query.key = Some(("number".into(), number));
        let found = self.store.list(&query).await?.pop().ok_or(Refusal::NotFound)?;
        let advisory = guard::<Advisory>(&found)?.see(actor, Act::SeeAdvisory).ok_or(Refusal::NotFound)?;
        Ok((AdvisoryView::of(&advisory), advisory.csaf.clone()))
    }
}
