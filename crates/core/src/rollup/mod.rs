//! Roll-ups: how many recipients came how far how fast, by sector, with small numbers suppressed.
//!
//! What is counted are notices; what is protected are organisations. A row or cell is small when fewer organisations
//! than the policy's `rollup.smallest` are behind it. Each organisation is in one row, so the rows add up.

mod class;
mod measure;
mod publish;
mod settled;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use class::{Stage, Timing};
pub use measure::Measure;
pub(crate) use measure::Times;
pub use settled::{Changes, Settled};

use crate::ids::OrgId;
use crate::notice::{Notice, Remediation, State};
use crate::times::{NoticeTimes, Taken};
use class::{CLASSES, Class, Set};

/// Row of the organisations that are in more than one sector.
pub const SEVERAL: &str = "several-sectors";
/// Row of the organisations that are in none.
pub const NONE: &str = "no-sector";

/// What a roll-up takes from a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its recipient.
    pub org: OrgId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Acknowledge by.
    pub acknowledge_by: Option<Timestamp>,
    /// When the embargo was to end: mitigation and fix are in time when they are there by then.
    pub release_at: Option<Timestamp>,
    /// How far it has come.
    pub stage: Stage,
    /// When.
    pub times: NoticeTimes,
    /// The steps it took, in their order.
    pub taken: Vec<(Timestamp, Taken)>,
}

impl Entry {
    /// What a roll-up takes from a notice; `None` for one without a recipient, which does not happen.
    pub fn of(notice: &Notice) -> Option<Self> {
        let stage = match notice.remediation {
            Some(Remediation::Done) => Stage::Done,
            Some(Remediation::Mitigated) => Stage::Mitigated,
            Some(Remediation::NotAffected) => Stage::NotAffected,
            Some(Remediation::InProgress | Remediation::CannotFix) => Stage::Open,
            None if notice.state == State::Acknowledged => Stage::Open,
            None => Stage::Unacknowledged,
        };
        Some(Self {
            org: notice.org?,
            sent_at: Timestamp::from_millisecond(notice.queued_at).ok()?,
            acknowledge_by: notice.due_at,
            release_at: notice.terms.as_ref().map(|terms| terms.release_at),
            stage,
            times: notice.times,
            taken: notice.taken(),
        })
    }

    /// When something happened to it.
    pub fn moments(&self) -> impl Iterator<Item = Timestamp> {
        std::iter::once(self.sent_at).chain(self.taken.iter().map(|(at, _)| *at))
    }

    /// How it was at a moment; `None` before it was sent.
    pub fn as_of(&self, moment: Timestamp) -> Option<Self> {
        if self.sent_at > moment {
            return None;
        }
        let taken: Vec<_> = self.taken.iter().copied().take_while(|(at, _)| *at <= moment).collect();
        let mut times = NoticeTimes::default();
        taken.iter().for_each(|(at, step)| times.take(*at, *step));
        let stage = match taken.last().map(|(_, step)| *step) {
            None => Stage::Unacknowledged,
            Some(Taken::Reported(Remediation::Done)) => Stage::Done,
            Some(Taken::Reported(Remediation::Mitigated)) => Stage::Mitigated,
            Some(Taken::Reported(Remediation::NotAffected)) => Stage::NotAffected,
            Some(_) => Stage::Open,
        };
        Some(Self { stage, times, taken, ..self.clone() })
    }
}

/// Notices, gathered by sector. The order in which they come does not matter.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    rows: BTreeMap<String, Gathered>,
}

/// The notices of one row.
#[derive(Clone, Debug)]
struct Gathered {
    notices: u64,
    /// Notices by class.
    classes: Vec<u64>,
    /// The classes each organisation has notices in.
    orgs: BTreeMap<OrgId, Set>,
    /// Hours to acknowledge, mitigate, fix.
    hours: [Vec<u32>; 3],
}

impl Default for Gathered {
    fn default() -> Self {
        let classes = vec![0; CLASSES.len()];
        Self { notices: 0, classes, orgs: BTreeMap::new(), hours: Default::default() }
    }
}

impl Tally {
    /// The row of an organisation in these sectors.
    pub fn row_of<'a>(sectors: impl IntoIterator<Item = &'a String>) -> String {
        let mut sectors = sectors.into_iter();
        match (sectors.next(), sectors.next()) {
            (Some(only), None) => only.clone(),
            (Some(_), Some(_)) => SEVERAL.to_owned(),
            (None, _) => NONE.to_owned(),
        }
    }

    /// Takes in a notice as it is at `now`. All notices of an organisation must come under one row.
    pub fn add(&mut self, row: &str, entry: &Entry, now: Timestamp) {
        let bit = Class::of(entry, now).bit();
        let row = self.rows.entry(row.to_owned()).or_default();
        row.notices += 1;
        *row.orgs.entry(entry.org).or_default() |= bit;
        for (at, count) in row.classes.iter_mut().enumerate() {
            *count += u64::from(bit >> at & 1);
        }
        let times = &entry.times;
        for (hours, at) in
            row.hours.iter_mut().zip([times.acknowledged_at, times.mitigated_at, times.done_at])
        {
            hours.extend(at.map(|at| measure::hours_between(entry.sent_at, at)));
        }
    }

    /// What may be published of them, where fewer than `smallest` organisations are too few.
    pub fn publish(self, smallest: u32) -> Rollup {
        publish::publish(self.rows, smallest)
    }
}

/// A published roll-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// Rows and cells with fewer organisations than this are not shown.
    pub smallest: u32,
    /// All together; absent when there are too few organisations in all, or none.
    pub total: Option<Row>,
    /// Sectors with enough organisations, by code.
    pub sectors: Vec<Row>,
    /// The sectors that have too few, together, with another one where they are too few together. Which sectors these
    /// are is not told, so that a sector with few recipients looks like one with none.
    pub rest: Option<Row>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Code of the sector; `several-sectors` and `no-sector` for organisations in more than one or in none; `total`;
    /// `rest`.
    pub sector: String,
    /// Notices.
    pub notices: u64,
    /// The rest of the row; absent where it would show, or let somebody compute, a number that is too small.
    pub figures: Option<Figures>,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Not acknowledged.
    pub unacknowledged: u64,
    /// Acknowledged; nothing in place yet, or it cannot be fixed.
    pub open: u64,
    /// Turned out not to be affected.
    pub not_affected: u64,
    /// The mitigation is in place, the fix is not.
    pub mitigated: u64,
    /// The fix is in place.
    pub done: u64,
    /// From the notice to its acknowledgement; due at the notice's own time.
    pub acknowledge: Measure,
    /// From the notice to the mitigation; due when the embargo was to end. Without those not affected.
    pub mitigate: Measure,
    /// From the notice to the fix; due when the embargo was to end. Without those not affected.
    pub fix: Measure,
}
