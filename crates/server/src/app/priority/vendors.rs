//! Vendors' paces: set by the vendor, kept when a vendor is invited, and let in by priority.

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, Filter, filter, may};
use forewarn_core::aggregate::{Category, Facets};
use forewarn_core::case::{self, Case};
use forewarn_core::ids::{CaseId, OrgId};
use forewarn_core::pace::{self, Command, Event, Pace};
use forewarn_core::party::VendorMode;
use forewarn_core::priority::Exploitation;
use forewarn_core::secret::Secret;
use forewarn_store::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::walk::Pages;
use super::super::word::About;
use super::super::{App, AppError, Moment, Plan, UseCase, guard};

/// Topic of the jobs that look whether a waiting case may come, before its time: it is exploited.
pub(crate) const PACE: &str = "pace";

/// Most cases let in by one commit.
const AT_ONCE: usize = 50;

/// Set one's own pace, as a vendor.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPace {
    /// Cases a week, 1 to 10,000; `null` for any number.
    pub per_week: Option<u32>,
}

/// A vendor's pace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PaceView {
    /// Vendor.
    pub vendor: String,
    /// Cases a week; `null` for any number.
    pub per_week: Option<u32>,
    /// Cases it was told of in the last seven days.
    pub told: u32,
    /// The same in words.
    pub words: String,
    /// Cases that wait, the most urgent first; for coordinators, and only cases they may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Vec<WaitingView>>,
}

/// A case that waits for a vendor's pace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaitingView {
    /// Case.
    pub case: String,
    /// Its number.
    pub number: String,
    /// Since when.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// When an alarm was raised because it waits so long.
    #[schema(value_type = Option<String>)]
    pub alarm: Option<Timestamp>,
    /// Why it could not be told when its turn came; a coordinator has to look.
    pub dropped: Option<String>,
}

impl UseCase for SetPace {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let vendor = moment.actor.org().ok_or(AppError::Unauthenticated)?;
        let (state, version) = app.pace_of(vendor).await?;
        let events = pace::decide(&state, Command::Set { per_week: self.per_week }, &moment.facts())?;
        let mut plan = Plan::answer(200, &serde_json::json!({ "per_week": self.per_week }))?;
        plan.job(PACE, vendor.to_string().into_bytes(), moment.now);
        plan.append::<Pace>(moment, vendor, version, events)?;
        Ok(plan)
    }
}

/// Lets in the waiting cases of a vendor whose turn has come, and raises alarms.
pub(crate) struct AdmitWaiting {
    /// Vendor.
    pub vendor: OrgId,
}

impl UseCase for AdmitWaiting {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let (state, version) = app.pace_of(self.vendor).await?;
        let mode = app.vendor_mode(self.vendor).await?;
        let mut queue = app.by_urgency(&state).await?;
        queue.truncate(AT_ONCE);
        let mut events = Vec::new();
        let mut plan = Plan::answer(200, &serde_json::json!({}))?;
        for event in pace::decide(&state, Command::Admit { queue }, &moment.facts())? {
            let Event::PaceTold { case, .. } = &event else {
                tracing::warn!("a case waits too long for a vendor's pace; see the pace of the vendor");
                events.push(event);
                continue;
            };
            let (case, loaded) =
                (*case, app.visible::<Case>(&case.to_string(), moment.actor, Act::SeeCase).await?);
            let turn = case::Command::InviteQueued { vendor: self.vendor, mode };
            match case::decide(&loaded, turn, &moment.facts()) {
                Ok(invited) => {
                    // One that left embargoes while the case waited is noted; that is no turn of its pace.
                    let asked =
                        invited.iter().any(|event| matches!(event, case::Event::VendorInvited { .. }));
                    plan.append::<Case>(moment, case, loaded.version(), invited)?;
                    if asked {
                        app.send_word(moment, &mut plan, case, self.vendor, About::Invitation).await?;
                        events.push(event);
                    } else {
                        let reason = "the vendor takes part in no embargo any more".into();
                        events.extend(pace::decide(&state, Command::Drop { case, reason }, &moment.facts())?);
                    }
                }
                // The turn is not lost silently: a coordinator sees why, and the next case comes.
                Err(refusal) => {
                    tracing::warn!("a case whose turn came could not be told to its vendor");
                    let drop = Command::Drop { case, reason: refusal.to_string() };
                    events.extend(pace::decide(&state, drop, &moment.facts())?);
                }
            }
        }
        plan.append::<Pace>(moment, self.vendor, version, events)?;
        Ok(plan)
    }
}

impl App {
    /// How a vendor takes part now.
    async fn vendor_mode(&self, vendor: OrgId) -> Result<VendorMode, AppError> {
        Ok(self.organisation(vendor).await?.map(|org| org.profile.vendor_mode).unwrap_or_default())
    }

    async fn pace_of(&self, vendor: OrgId) -> Result<(Pace, u64), AppError> {
        let guarded = self.guarded::<Pace>(&vendor.to_string()).await?;
        let visible = guarded.and_then(|guarded| guarded.see(&Actor::System, Act::SeePace));
        Ok(visible.map_or_else(|| (Pace::default(), 0), |v| (Pace::clone(&v), v.version())))
    }

    /// The waiting cases, the most urgent first, each with whether it is exploited.
    async fn by_urgency(&self, pace: &Pace) -> Result<Vec<(CaseId, bool)>, AppError> {
        let mut ranked = Vec::with_capacity(pace.waiting.len());
        for case in pace.waiting.keys() {
            let standing = self.standing(&case.to_string()).await?.0;
            let decision = standing.decision.as_ref().map(Secret::expose);
            let place = decision.map_or(0, |decision| decision.places.number());
            let exploited = decision.is_some_and(|d| d.exploitation == Exploitation::Active);
            ranked.push((place, *case, exploited));
        }
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ranked.into_iter().map(|(_, case, exploited)| (case, exploited)).collect())
    }

    /// Keeps a vendor's pace: the events of an invitation, or those of a case that waits.
    pub(in super::super) async fn keep_pace(
        &self,
        moment: &mut Moment<'_>,
        plan: &mut Plan,
        case: &Case,
        events: Vec<case::Event>,
    ) -> Result<Vec<case::Event>, AppError> {
        let Some(case::Event::VendorInvited { vendor }) = events.first() else { return Ok(events) };
        let vendor = *vendor;
        let (state, version) = self.pace_of(vendor).await?;
        if state.per_week.is_none() {
            return Ok(events);
        }
        let id = case.id.ok_or(Refusal::NotFound)?;
        let decision = self.standing(&id.to_string()).await?.0.decision;
        let active = decision.is_some_and(|d| d.expose().exploitation == Exploitation::Active);
        let exploited = active || case.exploited_since.is_some();
        let told = pace::decide(&state, Command::Tell { vendor, case: id, exploited }, &moment.facts())?;
        let invited = told.iter().any(|event| matches!(event, Event::PaceTold { .. }));
        let waits = told.is_empty();
        plan.append::<Pace>(moment, vendor, version, told)?;
        match (invited, waits) {
            (true, _) => Ok(events),
            (false, true) => Ok(vec![]),
            (false, false) => {
                let queue = case::Command::QueueVendor { vendor, mode: self.vendor_mode(vendor).await? };
                Ok(case::decide(case, queue, &moment.facts())?)
            }
        }
    }

    /// Lets in what may come, for every vendor for which something waits.
    pub(crate) async fn keep_paces(&self) -> Result<(), AppError> {
        let mut query = Query::new(Category::Pace, Filter::Everything, 500);
        query.states = vec!["waiting".into()];
        let (now, alarm_days) = (self.ambient().now(), self.settings.policy.profile.pace.alarm_days);
        let mut done = Ok(());
        let mut pages = Pages::new(query);
        while let Some(documents) = pages.next(self.store.as_ref()).await? {
            for document in &documents {
                let visible = guard::<Pace>(document)?.see(&Actor::System, Act::SeePace);
                let due = |pace: &Pace| pace.look_again(now, alarm_days).is_some_and(|at| at <= now);
                if let Some(vendor) = visible.filter(|pace| due(pace)).and_then(|pace| pace.vendor) {
                    done = done.and(self.run_own(&AdmitWaiting { vendor }).await);
                }
            }
        }
        done
    }

    /// A vendor's pace, for itself and for coordinators.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not the actor's to see.
    pub async fn pace(&self, actor: &Actor, vendor: Option<&str>) -> Result<PaceView, AppError> {
        let missing = || AppError::Refused(Refusal::NotFound);
        let vendor = match vendor {
            Some(id) => id.parse().map_err(|_| missing())?,
            None => actor.org().ok_or_else(missing)?,
        };
        let own = Facets {
            relations: [(vendor, forewarn_core::access::Relation::Owner)].into(),
            ..Facets::default()
        };
        let known = self.organisation(vendor).await?;
        let seen = filter(actor, Act::SeePace).admits(&own);
        let known =
            known.filter(|org| seen && org.profile.roles.contains(&forewarn_core::access::Role::Vendor));
        let name = known.ok_or_else(missing)?.profile.name;
        let (state, _) = self.pace_of(vendor).await?;
        let now = self.ambient().now();
        let room = state.room(now);
        let told = state.per_week.unwrap_or(0).saturating_sub(room.unwrap_or(0));
        let words = match (state.per_week, room) {
            (Some(pace), Some(0)) => format!(
                "{name} takes {pace} cases a week and has no room now; an exploited one passes the queue."
            ),
            (Some(pace), Some(room)) => {
                format!("{name} takes {pace} cases a week and has room for {room} now.")
            }
            _ => format!("{name} has set no pace: it is told of every case at once."),
        };
        let waiting =
            if may(actor, Act::SeePaceQueue) { Some(self.waiting_for(actor, &state).await?) } else { None };
        Ok(PaceView { vendor: vendor.to_string(), per_week: state.per_week, told, words, waiting })
    }

    async fn waiting_for(&self, actor: &Actor, pace: &Pace) -> Result<Vec<WaitingView>, AppError> {
        let queue = self.by_urgency(pace).await?;
        let waits = queue
            .iter()
            .filter_map(|(case, _)| pace.waiting.get(case).map(|w| (*case, w.since, w.alarm, None)));
        let dropped =
            pace.dropped.iter().map(|(case, why)| (*case, Timestamp::UNIX_EPOCH, None, Some(why.clone())));
        let mut views = Vec::new();
        for (case, since, alarm, dropped) in waits.chain(dropped) {
            let Ok(seen) = self.visible::<Case>(&case.to_string(), actor, Act::SeeCase).await else {
                continue;
            };
            let (case, number) = (case.to_string(), seen.number.clone());
            let since =
                if dropped.is_some() { seen.queued.values().copied().min().unwrap_or(since) } else { since };
            views.push(WaitingView { case, number, since, alarm, dropped });
        }
        Ok(views)
    }
}
