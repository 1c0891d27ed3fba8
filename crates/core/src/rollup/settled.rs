//! Up to which moment each row is counted.
//!
//! Who sees a roll-up before and after one organisation acts would learn what it did. So a row moves on in steps: it is
//! counted as it was when the last step was full, and a step is full when as many organisations as the policy's
//! `rollup.smallest` have acted since the step before. The steps follow from the notices alone, so that nothing has to be
//! kept, and whoever asks for the same notices gets the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Entry;
use crate::ids::OrgId;

/// What happened in each row, and when.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    rows: BTreeMap<String, Vec<(Timestamp, OrgId)>>,
}

/// Up to which moment each row is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    moments: BTreeMap<String, Timestamp>,
}

impl Changes {
    /// Takes in a notice. All notices of an organisation must come under one row.
    pub fn add(&mut self, row: &str, entry: &Entry) {
        let row = self.rows.entry(row.to_owned()).or_default();
        row.extend(entry.moments().map(|at| (at, entry.org)));
    }

    /// Finds the last full step of each row. Rows with fewer than `smallest` organisations take their steps together,
    /// with the smallest other row where they are too few together.
    pub fn settle(self, smallest: u32) -> Settled {
        let least = usize::try_from(smallest).unwrap_or(usize::MAX);
        let orgs = |changes: &[(Timestamp, OrgId)]| {
            changes.iter().map(|(_, org)| org).collect::<BTreeSet<_>>().len()
        };
        let mut counted: Vec<(usize, String)> =
            self.rows.iter().map(|(row, changes)| (orgs(changes), row.clone())).collect();
        counted.sort();
        let (small, large): (Vec<_>, Vec<_>) = counted.into_iter().partition(|(count, _)| *count < least);
        let mut together: Vec<String> = Vec::new();
        let mut alone: Vec<String> = Vec::new();
        let mut count = 0;
        for (orgs, row) in small {
            count += orgs;
            together.push(row);
        }
        for (orgs, row) in large {
            if count > 0 && count < least {
                count += orgs;
                together.push(row);
            } else {
                alone.push(row);
            }
        }
        let mut settled = Settled::default();
        for rows in alone.into_iter().map(|row| vec![row]).chain([together]) {
            let changes: Vec<_> = rows.iter().flat_map(|row| self.rows.get(row)).flatten().copied().collect();
            if let Some(moment) = last_full(changes, least) {
                settled.moments.extend(rows.into_iter().map(|row| (row, moment)));
            }
        }
        settled
    }
}

/// When the last full step ended. What happened at one moment is of one step.
fn last_full(mut changes: Vec<(Timestamp, OrgId)>, least: usize) -> Option<Timestamp> {
    changes.sort();
    let mut acted = BTreeSet::new();
    let mut last = None;
    for together in changes.chunk_by(|(one, _), (other, _)| one == other) {
        acted.extend(together.iter().map(|(_, org)| *org));
        if acted.len() >= least {
            acted.clear();
            last = together.first().map(|(at, _)| *at);
        }
    }
    last
}

impl Settled {
    /// Up to which moment a row is counted; `None` when it is not counted at all yet.
    pub fn of(&self, row: &str) -> Option<Timestamp> {
        self.moments.get(row).copied()
    }
}
