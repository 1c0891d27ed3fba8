//! The timeline of a case: who did what when, in words, with the place in the log.

use std::collections::BTreeMap;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::event::{Recorded, decode};
use forewarn_core::party::Organisation;
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, AppError};

/// One line of a timeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Who, by name.
    pub actor: String,
    /// What, as the kind of the event.
    pub what: String,
    /// On what: case, finding, notice, advisory.
    pub on: String,
    /// Position in the transparency log, from 0.
    pub index: u64,
    /// Commitment in the log, lower-case hex.
    pub commitment: String,
    /// Digest of the policy profile it was decided under.
    pub policy: String,
}

/// The timeline of a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    /// Entries, oldest first.
    pub entries: Vec<TimelineEntry>,
}

impl App {
    /// The timeline of a case with everything that belongs to it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties.
    pub async fn timeline(&self, actor: &Actor, case: &str) -> Result<Timeline, AppError> {
        let visible = self.visible::<Case>(case, actor, Act::SeeCase).await?;
        if !visible.may(Act::SeeTimeline) {
            return Err(Refusal::Forbidden("the timeline is for coordinators and auditors").into());
        }
        let mut names = BTreeMap::new();
        let mut entries = Vec::new();
        for recorded in self.events_of(&visible).await? {
            entries.push(self.entry(&recorded, &mut names).await?);
        }
        Ok(Timeline { entries })
    }

    async fn entry(
        &self,
        recorded: &Recorded,
        names: &mut BTreeMap<String, String>,
    ) -> Result<TimelineEntry, AppError> {
        let envelope = decode::<serde::de::IgnoredAny>(&recorded.event.bytes)
            .map_err(|_| AppError::Internal("event shape"))?;
        if !names.contains_key(&envelope.actor) {
            let name = self.principal_name(&envelope.actor).await?;
            names.insert(envelope.actor.clone(), name);
        }
        Ok(TimelineEntry {
            at: envelope.at,
            actor: names.get(&envelope.actor).cloned().unwrap_or_default(),
            what: recorded.event.kind.clone(),
            on: recorded.stream.category.to_string(),
            index: recorded.seq - 1,
            commitment: hex::encode(recorded.commitment()),
            policy: envelope.policy,
        })
    }

    /// The name of a principal with its organisation's, for people.
    pub(crate) async fn principal_name(&self, id: &str) -> Result<String, AppError> {
        let mut query = Query::new(Category::Organisation, Filter::Everything, 1);
        query.key = Some(("principal".into(), id.to_owned()));
        let Some(found) = self.store.list(&query).await?.pop() else { return Ok(id.to_owned()) };
        let org: Organisation =
            serde_json::from_slice(&found.doc).map_err(|_| AppError::Internal("organisation shape"))?;
        let principal = org.principals.values().find(|p| p.id.to_string() == id);
        Ok(principal.map_or_else(|| id.to_owned(), |p| format!("{} ({})", p.name, org.profile.name)))
    }

    /// The name of an organisation, or else of a principal.
    pub(super) async fn name_of(&self, id: &str) -> Result<String, AppError> {
        if let Ok(org) = id.parse()
            && let Some(organisation) = self.organisation(org).await?
        {
            return Ok(organisation.profile.name);
        }
        self.principal_name(id).await
    }
}
