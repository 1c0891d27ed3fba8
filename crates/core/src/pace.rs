//! A vendor's pace: how many cases it takes a week, and which wait for it. An exploited one passes the queue; what
//! waits too long raises an alarm.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::access::{Act, Relation, filter};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Meta};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{CaseId, OrgId};

/// The week of a pace: any seven days.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The fastest pace that can be set.
const FASTEST: u32 = 10_000;

/// Why a vendor was told of a case now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The vendor set no pace.
    NoPace,
    /// The pace had room.
    Room,
    /// It is exploited.
    Exploited,
}

/// A case that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// Since when.
    pub since: Timestamp,
    /// When an alarm was raised for it.
    pub alarm: Option<Timestamp>,
}

/// A vendor's pace.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// The vendor; `None` only before the first event.
    pub vendor: Option<OrgId>,
    /// Cases a week; `None` for any number.
    pub per_week: Option<u32>,
    /// When the vendor was told of cases, within the last week.
    pub told: Vec<Timestamp>,
    /// Cases that wait.
    pub waiting: BTreeMap<CaseId, Waits>,
    /// Cases that could not be told when their turn came, with the reason; the latest last, at most 100.
    pub dropped: Vec<(CaseId, String)>,
}

/// What happens to a pace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// The vendor set it.
    PaceSet {
        /// Whose.
        vendor: OrgId,
        /// Cases a week; `None` for any number.
        per_week: Option<u32>,
    },
    /// The vendor is told of a case.
    PaceTold {
        /// Whose.
        vendor: OrgId,
        /// The case.
        case: CaseId,
        /// Why now.
        why: Why,
    },
    /// A case waits.
    PaceQueued {
        /// Whose.
        vendor: OrgId,
        /// The case.
        case: CaseId,
    },
    /// A case whose turn came could not be told; a coordinator has to look.
    PaceDropped {
        /// Whose.
        vendor: OrgId,
        /// The case.
        case: CaseId,
        /// Why, in the words of the rule.
        reason: String,
    },
    /// A case has waited too long.
    PaceAlarm {
        /// Whose.
        vendor: OrgId,
        /// The case.
        case: CaseId,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::PaceSet { .. } => "pace-set",
            Event::PaceTold { .. } => "pace-told",
            Event::PaceQueued { .. } => "pace-queued",
            Event::PaceDropped { .. } => "pace-dropped",
            Event::PaceAlarm { .. } => "pace-alarm",
        }
    }
}

/// What may be asked of a pace.
#[derive(Clone, Debug)]
pub enum Command {
    /// Set it, as the vendor.
    Set {
        /// Cases a week, 1 to 10,000; `None` for any number.
        per_week: Option<u32>,
    },
    /// Tell the vendor of a case, or queue it; as who invites the vendor.
    Tell {
        /// The vendor.
        vendor: OrgId,
        /// The case.
        case: CaseId,
        /// Whether it is exploited.
        exploited: bool,
    },
    /// Let in what may come now, and raise alarms; by the service.
    Admit {
        /// Waiting cases, the most urgent first, each with whether it is exploited.
        queue: Vec<(CaseId, bool)>,
    },
    /// A case whose turn came cannot be told; by the service.
    Drop {
        /// The case.
        case: CaseId,
        /// Why.
        reason: String,
    },
}

/// Decides a command on a pace.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Pace, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Set { per_week } => {
            let vendor = facts.actor.org().ok_or(Refusal::NotFound)?;
            let own = Facets { relations: [(vendor, Relation::Owner)].into(), ..Facets::default() };
            let text = "only a vendor sets its own pace";
            require(filter(facts.actor, Act::SetPace).admits(&own), Refusal::Forbidden(text))?;
            let message = "give 1 to 10,000 cases a week, or null for any number";
            let known = per_week.is_none_or(|n| (1..=FASTEST).contains(&n));
            require(known, Refusal::Invalid { field: "/per_week", message })?;
            let same = state.vendor.is_some() && state.per_week == per_week;
            Ok(if same { vec![] } else { vec![Event::PaceSet { vendor, per_week }] })
        }
        Command::Tell { vendor, case, exploited } => Ok(state.tell(vendor, case, exploited, facts.now)),
        Command::Admit { queue } => {
            service(state, facts)?;
            Ok(state.admit(&queue, facts))
        }
        Command::Drop { case, reason } => {
            service(state, facts)?;
            let vendor = state.vendor.ok_or(Refusal::NotFound)?;
            let waits = state.waiting.contains_key(&case);
            Ok(if waits { vec![Event::PaceDropped { vendor, case, reason }] } else { vec![] })
        }
    }
}

fn service(state: &Pace, facts: &Facts<'_>) -> Result<(), Refusal> {
    let allowed = filter(facts.actor, Act::Tick).admits(&state.facets());
    require(allowed, Refusal::Forbidden("only the service lets waiting cases in"))
}

impl Pace {
    /// How many more cases may be told now; `None` for any number.
    pub fn room(&self, now: Timestamp) -> Option<u32> {
        let used = self.told.iter().filter(|at| now.duration_since(**at) < WEEK).count();
        self.per_week.map(|pace| pace.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)))
    }

    /// When something is to be looked at again: room for one more, or the next alarm; `None` when nothing waits.
    pub fn look_again(&self, now: Timestamp, alarm_days: u32) -> Option<Timestamp> {
        let patience = SignedDuration::from_hours(24 * i64::from(alarm_days));
        let unalarmed = self.waiting.values().filter(|waits| waits.alarm.is_none());
        let alarm = unalarmed.filter_map(|waits| waits.since.checked_add(patience).ok()).min();
        if self.waiting.is_empty() {
            return None;
        }
        let pace = usize::try_from(self.per_week.unwrap_or(u32::MAX)).unwrap_or(usize::MAX);
        let mut told: Vec<Timestamp> =
            self.told.iter().copied().filter(|at| now.duration_since(*at) < WEEK).collect();
        told.sort_unstable();
        // Room comes when so many have left the week that fewer than the pace are in it.
        let room = match told.len().checked_sub(pace) {
            None => Some(now),
            Some(at) => told.get(at).and_then(|at| at.checked_add(WEEK).ok()),
        };
        room.into_iter().chain(alarm).min()
    }

    fn tell(&self, vendor: OrgId, case: CaseId, exploited: bool, now: Timestamp) -> Vec<Event> {
        let told = |why| vec![Event::PaceTold { vendor, case, why }];
        match self.room(now) {
            None => told(Why::NoPace),
            // Who waits already goes first, unless this one is exploited.
            Some(room) if room > 0 && self.waiting.is_empty() => told(Why::Room),
            Some(_) if exploited => told(Why::Exploited),
            Some(_) if self.waiting.contains_key(&case) => vec![],
            Some(_) => vec![Event::PaceQueued { vendor, case }],
        }
    }

    fn admit(&self, queue: &[(CaseId, bool)], facts: &Facts<'_>) -> Vec<Event> {
        let Some(vendor) = self.vendor else { return vec![] };
        let queue: Vec<_> = queue.iter().filter(|(case, _)| self.waiting.contains_key(case)).collect();
        let mut room = self.room(facts.now);
        let mut events = Vec::new();
        for (case, _) in queue.iter().filter(|(_, exploited)| *exploited) {
            room = room.map(|room| room.saturating_sub(1));
            events.push(Event::PaceTold { vendor, case: *case, why: Why::Exploited });
        }
        for (case, _) in queue.iter().filter(|(_, exploited)| !*exploited) {
            match room {
                None => events.push(Event::PaceTold { vendor, case: *case, why: Why::NoPace }),
                Some(0) => break,
                Some(left) => {
                    room = Some(left - 1);
                    events.push(Event::PaceTold { vendor, case: *case, why: Why::Room });
                }
            }
        }
        let told: BTreeSet<CaseId> = events
            .iter()
            .filter_map(|event| if let Event::PaceTold { case, .. } = event { Some(*case) } else { None })
            .collect();
        let patience = SignedDuration::from_hours(24 * i64::from(facts.policy.profile.pace.alarm_days));
        let late = self.waiting.iter().filter(|(case, waits)| {
            !told.contains(case) && waits.alarm.is_none() && facts.now.duration_since(waits.since) >= patience
        });
        events.extend(late.map(|(case, _)| Event::PaceAlarm { vendor, case: *case }));
        events
    }
}

impl Aggregate for Pace {
    const CATEGORY: Category = Category::Pace;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        let (Event::PaceSet { vendor, .. }
        | Event::PaceTold { vendor, .. }
        | Event::PaceQueued { vendor, .. }
        | Event::PaceDropped { vendor, .. }
        | Event::PaceAlarm { vendor, .. }) = event;
        self.vendor = Some(*vendor);
        match event {
            Event::PaceSet { per_week, .. } => self.per_week = *per_week,
            Event::PaceTold { case, .. } => {
                self.waiting.remove(case);
                self.told.retain(|at| meta.at.duration_since(*at) < WEEK);
                self.told.push(meta.at);
            }
            Event::PaceQueued { case, .. } => {
                self.waiting.insert(*case, Waits { since: meta.at, alarm: None });
            }
            Event::PaceDropped { case, reason, .. } => {
                self.waiting.remove(case);
                self.dropped.push((*case, reason.clone()));
                let surplus = self.dropped.len().saturating_sub(100);
                self.dropped.drain(..surplus);
            }
            Event::PaceAlarm { case, .. } => {
                if let Some(waits) = self.waiting.get_mut(case) {
                    waits.alarm = Some(meta.at);
                }
            }
        }
        self
    }

    fn facets(&self) -> Facets {
        Facets {
            state: if self.waiting.is_empty() { "free" } else { "waiting" }.into(),
            sort_at: 0,
            public: false,
            relations: self.vendor.iter().map(|vendor| (*vendor, Relation::Owner)).collect(),
            keys: BTreeSet::new(),
        }
    }
}
