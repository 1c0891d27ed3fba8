//! Roll-ups of one case or of all, and one's own figures.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, Role, filter};
use forewarn_core::case::Case;
use forewarn_core::figures::{
    FinderCount, FinderFigures, RecipientCount, RecipientFigures, VendorCount, VendorFigures,
};
use forewarn_core::finding::Finding;
use forewarn_core::ids::OrgId;
use forewarn_core::notice::Notice;
use forewarn_core::rollup::{Changes, Entry, Row, Tally};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::walk::Walk;
use super::{App, AppError};

/// Which notices a roll-up is of. Only whole months can be chosen, so that two windows differ by at least one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Months {
    /// First month, `2026-07`, in UTC; from the beginning when left out.
    #[serde(default)]
    pub since: Option<String>,
    /// Last month, `2026-07`, in UTC; up to now when left out.
    #[serde(default)]
    pub until: Option<String>,
}

/// How recipients fare, by sector, without small numbers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RollupView {
    /// Number of the case; absent when it is of all that the reader may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// First month of the notices counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Last month of the notices counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// When it was made.
    #[schema(value_type = String)]
    pub as_of: Timestamp,
    /// Fewer organisations than this are too few to be shown.
    pub smallest: u32,
    /// All together; `null` when there are too few organisations in all, or none.
    #[schema(value_type = Option<Object>)]
    pub total: Option<Row>,
    /// Sectors with enough organisations. Each row: `sector`, `notices`, and `figures` (`null` where they would show,
    /// or let somebody compute, a small number) with `unacknowledged`, `open`, `not_affected`, `mitigated`, `done`, and
    /// `acknowledge`, `mitigate`, `fix`: `in_time`, `late`, `waiting`, `in_time_percent`, `median_hours`, `p90_hours`.
    #[schema(value_type = Vec<Object>)]
    pub sectors: Vec<Row>,
    /// The other sectors together, without their names.
    #[schema(value_type = Option<Object>)]
    pub rest: Option<Row>,
}

/// One's own figures, by what one is; what one is not, or what this credential does not show, is absent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FiguresView {
    /// Organisation.
    pub org: String,
    /// When they were made.
    #[schema(value_type = String)]
    pub as_of: Timestamp,
    /// Findings: how many, by outcome, and the time to an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub finder: Option<FinderFigures>,
    /// Cases as vendor: how many, by consent, and the times to an answer and to a fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub vendor: Option<VendorFigures>,
    /// Notices: how many, by state, and the times to acknowledge, mitigate and fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub recipient: Option<RecipientFigures>,
}

/// The row of each organisation.
type Rows = BTreeMap<OrgId, String>;

/// Milliseconds of a window: from the first, before the second.
struct Window {
    from: i64,
    before: i64,
}

impl Months {
    fn window(&self) -> Result<Window, AppError> {
        let since = self.since.as_deref().map(|text| first_of("since", text)).transpose()?;
        let until = self.until.as_deref().map(|text| first_of("until", text)).transpose()?;
        let end =
            until.map(|date| date.last_of_month().tomorrow()).transpose().map_err(|_| month("until"))?;
        if since.zip(end).is_some_and(|(since, end)| since >= end) {
            return Err(invalid("until", "must not be before `since`"));
        }
        Ok(Window {
            from: since.map_or(Ok(i64::MIN), |date| begins("since", date))?,
            before: end.map_or(Ok(i64::MAX), |date| begins("until", date))?,
        })
    }
}

fn first_of(place: &str, text: &str) -> Result<Date, AppError> {
    let whole = text.len() == 7;
    format!("{text}-01").parse().ok().filter(|_| whole).ok_or_else(|| month(place))
}

fn begins(place: &str, date: Date) -> Result<i64, AppError> {
    let midnight = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_err(|_| month(place))?;
    Ok(midnight.as_millisecond())
}

fn month(place: &str) -> AppError {
    invalid(place, "is not a month such as 2026-07")
}

fn invalid(place: &str, message: &str) -> AppError {
    AppError::Invalid { place: place.into(), message: message.into() }
}

impl App {
    /// How the recipients of a case fare, by sector.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties.
    pub async fn case_rollup(&self, actor: &Actor, id: &str) -> Result<RollupView, AppError> {
        let case = self.visible::<Case>(id, actor, Act::SeeCase).await?;
        if !case.may(Act::SeeRollup) {
            return Err(Refusal::Forbidden("roll-ups are for coordinators and auditors").into());
        }
        let walk = || Walk::new(actor, Act::SeeRollup).keyed("case", id);
        let view = self.rolled_up(walk, &Window { from: i64::MIN, before: i64::MAX }).await?;
        Ok(RollupView { number: Some(case.number.clone()), ..view })
    }

    /// How the recipients of every case fare that the actor may see roll-ups of.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the months are none.
    pub async fn rollup(&self, actor: &Actor, months: &Months) -> Result<RollupView, AppError> {
        let window = months.window()?;
        let from = months.since.is_some().then(|| window.from.saturating_sub(1));
        let walk = || {
            let walk = Walk::new(actor, Act::SeeRollup);
            from.into_iter().fold(walk, Walk::behind)
        };
        let view = self.rolled_up(walk, &window).await?;
        Ok(RollupView { since: months.since.clone(), until: months.until.clone(), ..view })
    }

    /// Counts what a walk meets, in two passes: when organisations acted, and then how it was when the last full step of
    /// each row ended.
    async fn rolled_up(
        &self,
        walk: impl Fn() -> Walk<Notice>,
        window: &Window,
    ) -> Result<RollupView, AppError> {
        let now = self.ambient.now();
        let mut rows = Rows::default();
        let mut changes = Changes::default();
        self.each_entry(walk(), window, &mut rows, |row, entry| changes.add(row, entry)).await?;
        let settled = changes.settle(self.settings.policy.profile.rollup.smallest);
        let mut tally = Tally::default();
        self.each_entry(walk(), window, &mut rows, |row, entry| {
            if let Some(entry) = settled.of(row).and_then(|moment| entry.as_of(moment)) {
                tally.add(row, &entry, now);
            }
        })
        .await?;
        let published = tally.publish(self.settings.policy.profile.rollup.smallest);
        Ok(RollupView {
            number: None,
            since: None,
            until: None,
            as_of: now,
            smallest: published.smallest,
            total: published.total,
            sectors: published.sectors,
            rest: published.rest,
        })
    }

    async fn each_entry(
        &self,
        mut walk: Walk<Notice>,
        window: &Window,
        rows: &mut Rows,
        mut take: impl FnMut(&str, &Entry),
    ) -> Result<(), AppError> {
        while let Some(notices) = walk.next(self).await? {
            for notice in &notices {
                let within = (window.from..window.before).contains(&notice.queued_at);
                let Some(entry) = Entry::of(notice).filter(|_| within) else { continue };
                let row = match rows.entry(entry.org) {
                    Slot::Occupied(known) => known.into_mut(),
                    Slot::Vacant(new) => new.insert(self.row_of(entry.org).await?),
                };
                take(row, &entry);
            }
        }
        Ok(())
    }

    async fn row_of(&self, org: OrgId) -> Result<String, AppError> {
        let found = self.organisation(org).await?;
        Ok(Tally::row_of(found.iter().flat_map(|org| &org.profile.sectors)))
    }

    /// The figures of the actor's own organisation.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] for who has no organisation.
    pub async fn figures(&self, actor: &Actor) -> Result<FiguresView, AppError> {
        let Actor::Member(member) = actor else { return Err(AppError::Unauthenticated) };
        let is = |role: Role| member.roles.contains(&role);
        let finder = self.finder_figures(actor).await?;
        let vendor = self.vendor_figures(actor, member.org).await?;
        let recipient = self.recipient_figures(actor).await?;
        Ok(FiguresView {
            org: member.org.to_string(),
            as_of: self.ambient.now(),
            finder: finder.filter(|f| f.findings > 0 || is(Role::Finder)),
            vendor: vendor.filter(|v| v.cases > 0 || is(Role::Vendor)),
            recipient: recipient.filter(|r| r.notices > 0 || is(Role::Operator) || is(Role::Relay)),
        })
    }

    async fn finder_figures(&self, actor: &Actor) -> Result<Option<FinderFigures>, AppError> {
        let (now, limits) = (self.ambient.now(), &self.settings.policy.profile.limits);
        let mut count = FinderCount::default();
        let mut walk = Walk::<Finding>::new(actor, Act::CountFindings);
        while let Some(findings) = walk.next(self).await? {
            findings.iter().for_each(|finding| count.add(finding, limits, now));
        }
        Ok(allowed(actor, Act::CountFindings).then(|| count.figures()))
    }

    async fn vendor_figures(&self, actor: &Actor, org: OrgId) -> Result<Option<VendorFigures>, AppError> {
        let (now, limits) = (self.ambient.now(), &self.settings.policy.profile.limits);
        let mut count = VendorCount::default();
        let mut walk = Walk::<Case>::new(actor, Act::CountCases);
        while let Some(cases) = walk.next(self).await? {
            cases.iter().for_each(|case| count.add(org, case, limits, now));
        }
        Ok(allowed(actor, Act::CountCases).then(|| count.figures()))
    }

    async fn recipient_figures(&self, actor: &Actor) -> Result<Option<RecipientFigures>, AppError> {
        let now = self.ambient.now();
        let mut count = RecipientCount::default();
        let mut walk = Walk::<Notice>::new(actor, Act::CountNotices);
        while let Some(notices) = walk.next(self).await? {
            notices.iter().for_each(|notice| count.add(notice, now));
        }
        Ok(allowed(actor, Act::CountNotices).then(|| count.figures()))
    }
}

fn allowed(actor: &Actor, act: Act) -> bool {
    filter(actor, act) != Filter::Nothing
}
