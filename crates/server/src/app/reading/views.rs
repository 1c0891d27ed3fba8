//! Who read what, for those whom it concerns, and alarms about too much.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, ReadShown, Visible, may, read_shown};
use forewarn_core::case::Case;
use forewarn_core::finding::Finding;
use forewarn_core::ids::FindingId;
use forewarn_core::reading::{self, Command, Kind, Read, Thing};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::views::{Page, PageRequest, Within};
use crate::app::{App, AppError, Moment, Plan, UseCase};

/// That something was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadView {
    /// When; again on the same way within the hour is not a line of its own.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Who: name and organisation where the reader of this may know them, or else the role in words.
    pub who: String,
    /// What: `finding`, `case`, `notice` or `thread`.
    pub what: String,
    /// Its id.
    pub id: String,
    /// On which way: `page`, `api`, `export`, `case-file`, `attachment`, or `act` for what was opened to act on it.
    pub channel: String,
    /// Whether more than that it exists could be seen.
    pub content: bool,
}

/// That a member reads more than is usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadingAlarm {
    /// Id, to settle it.
    pub id: String,
    /// Who.
    pub who: String,
    /// When the stretch of time began.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// When the alarm was raised.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// How many different things until then.
    pub things: u64,
    /// Whether the member is shown no more until the stretch ends.
    pub stopped: bool,
}

/// Say what came of an alarm about too much reading.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleReading {
    /// Which.
    #[serde(skip)]
    pub id: String,
    /// What was found.
    pub words: String,
}

impl UseCase for SettleReading {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let record = app.visible::<Read>(&self.id, moment.actor, Act::SettleReadingAlarm).await?;
        let command = Command::Settle { words: self.words.clone() };
        let events = reading::decide(&record, command, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "id": self.id }))?;
        plan.append::<Read>(moment, &self.id, record.version(), events)?;
        Ok(plan)
    }
}

/// Whose reads are asked for, and how much of them the asker is shown.
struct About<'a> {
    kind: Kind,
    id: &'a str,
    /// Whether the asker sees the parties of the case.
    parties: bool,
}

impl About<'_> {
    /// Whether a thing of a record is asked for. Who sees the parties sees all that belongs to the case.
    fn covers(&self, thing: &Thing) -> bool {
        let this = thing.kind == self.kind && thing.id == self.id;
        let of_case = self.kind == Kind::Case && thing.case.is_some_and(|case| case.to_string() == self.id);
        this || (self.parties && of_case)
    }

    /// The key under which its records are: for those who do not see all of it, one that only what they are shown has, so
    /// that neither the length of a page nor its end tells of the rest.
    fn key(&self) -> (String, String) {
        if self.parties {
            (self.kind.as_str().to_owned(), self.id.to_owned())
        } else {
            ("report".to_owned(), format!("{}/{}", self.kind.as_str(), self.id))
        }
    }
}

impl App {
    /// Who read a case and what belongs to it, newest first: for its coordinators all, for its finders what concerns
    /// their report.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties.
    pub async fn case_reads(
        &self,
        actor: &Actor,
        id: &str,
        page: &PageRequest,
    ) -> Result<Page<ReadView>, AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeCase).await?;
        if !case.may(Act::SeeReads) {
            return Err(Refusal::Forbidden("who read a case is shown to its coordinators and finders").into());
        }
        let about = About { kind: Kind::Case, id, parties: case.may(Act::SeeParties) };
        self.reads_about(actor, &about, page).await
    }

    /// Who read a finding, newest first.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there or not the actor's to see.
    pub async fn finding_reads(
        &self,
        actor: &Actor,
        id: &str,
        page: &PageRequest,
    ) -> Result<Page<ReadView>, AppError> {
        let finding = self.visible::<Finding>(id, actor, Act::SeeFinding).await?;
        if !finding.may(Act::SeeFindingReads) {
            return Err(Refusal::NotFound.into());
        }
        let parties = finding.may(Act::TriageFinding) && self.coordinates(actor, finding.id).await?;
        self.reads_about(actor, &About { kind: Kind::Finding, id, parties }, page).await
    }

    /// Whether a coordinator sees the parties of the case that a finding is in; of one in no case there are none to hide.
    async fn coordinates(&self, actor: &Actor, finding: Option<FindingId>) -> Result<bool, AppError> {
        let Some(case) = self.case_of(finding.ok_or(Refusal::NotFound)?).await? else { return Ok(true) };
        match self.visible::<Case>(&case.to_string(), actor, Act::SeeParties).await {
            Err(AppError::Refused(Refusal::NotFound)) => Ok(false),
            other => other.map(|_| true),
        }
    }

    async fn reads_about(
        &self,
        actor: &Actor,
        about: &About<'_>,
        page: &PageRequest,
    ) -> Result<Page<ReadView>, AppError> {
        let within = Within { filter: Filter::Everything, states: &["read"] };
        let record = |read: &Visible<Read>| Read::clone(read);
        // The case or the finding decided who sees them.
        let service = Actor::System;
        let found = self.page_of(&service, Act::SeeReads, within, page, Some(about.key()), record).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for read in &found.items {
            self.lines(actor, about, read, &mut items).await?;
        }
        Ok(Page { items, next: found.next })
    }

    async fn lines(
        &self,
        actor: &Actor,
        about: &About<'_>,
        read: &Read,
        into: &mut Vec<ReadView>,
    ) -> Result<(), AppError> {
        let (Some(reader), Some(channel)) = (read.reader, read.channel) else { return Ok(()) };
        let mut name = None;
        for thing in read.things.iter().filter(|thing| about.covers(thing)) {
            let who = match read_shown(actor, about.parties, &reader, thing) {
                ReadShown::Hidden => continue,
                ReadShown::Role => thing.seen_as.words().to_owned(),
                ReadShown::Named => {
                    if name.is_none() {
                        name = Some(self.principal_name(&reader.principal.to_string()).await?);
                    }
                    name.clone().unwrap_or_default()
                }
            };
            into.push(ReadView {
                at: crate::app::views::moment(read.at),
                who,
                what: thing.kind.as_str().to_owned(),
                id: thing.id.clone(),
                channel: channel.as_str().to_owned(),
                content: thing.content,
            });
        }
        Ok(())
    }

    /// Alarms about members who read more than is usual that nobody has settled, newest first; at most 200.
    pub(in crate::app) async fn reading_alarms(&self, actor: &Actor) -> Result<Vec<ReadingAlarm>, AppError> {
        if !may(actor, Act::SettleReadingAlarm) {
            return Ok(Vec::new());
        }
        let within = Within { filter: Filter::Everything, states: &["alarm"] };
        let page = PageRequest { limit: Some(crate::app::views::LARGEST_PAGE), ..PageRequest::default() };
        let key = Some(("alarm".to_owned(), "reading".to_owned()));
        let named = |read: &Visible<Read>| Read::clone(read);
        let found = self.page_of(actor, Act::SettleReadingAlarm, within, &page, key, named).await?;
        let mut alarms = Vec::with_capacity(found.items.len());
        for read in found.items {
            let (Some(alarm), Some(reader)) = (&read.alarm, read.reader) else { continue };
            alarms.push(ReadingAlarm {
                id: alarm.id.to_string(),
                who: self.principal_name(&reader.principal.to_string()).await?,
                since: alarm.since,
                at: crate::app::views::moment(read.at),
                things: alarm.things,
                stopped: alarm.stopped,
            });
        }
        Ok(alarms)
    }
}
