//! Which rows and figures are shown.

use std::collections::BTreeMap;

use super::class::{Class, Set, Stage, Timing, derivable, set};
use super::measure::percentile;
use super::{Figures, Gathered, Measure, Rollup, Row};

/// Chooses what is shown. First the rows: those with too few organisations become one, which takes in the smallest
/// other rows until it has enough itself. Then the figures: of a row they are shown when every number that follows from
/// them is large enough or zero; and because the figures of the rows that are not shown follow from the total, those
/// rows together must be so too, and more rows are left out until they are.
pub(super) fn publish(rows: BTreeMap<String, Gathered>, smallest: u32) -> Rollup {
    let least = usize::try_from(smallest).unwrap_or(usize::MAX);
    let nothing = Rollup { smallest, total: None, sectors: vec![], rest: None };
    let (mut rows, rest) = grouped(rows, least);
    if !rest.orgs.is_empty() {
        if rest.orgs.len() < least {
            return nothing;
        }
        // No code of a sector is empty, so this comes first and is told apart.
        rows.insert(String::new(), rest);
    }
    if rows.is_empty() {
        return nothing;
    }
    let (shown, with_total) = shown(&rows, least);
    let mut all = Gathered::default();
    rows.values().for_each(|row| all.merge(row));
    let total = Some(all.row("total", with_total, least));
    let mut rest = None;
    let mut sectors = Vec::new();
    for (name, row) in rows {
        let figures = shown.contains(&name);
        if name.is_empty() {
            rest = Some(row.row("rest", figures, least));
        } else {
            sectors.push(row.row(&name, figures, least));
        }
    }
    Rollup { smallest, total, sectors, rest }
}

/// The rows with enough organisations, and the others as one.
fn grouped(rows: BTreeMap<String, Gathered>, least: usize) -> (BTreeMap<String, Gathered>, Gathered) {
    let (mut large, small): (BTreeMap<_, _>, BTreeMap<_, _>) =
        rows.into_iter().partition(|(_, row)| row.orgs.len() >= least);
    let mut rest = Gathered::default();
    small.values().for_each(|row| rest.merge(row));
    while !rest.orgs.is_empty() && rest.orgs.len() < least {
        let Some(row) = smallest_of(&large, |_| true).and_then(|name| large.remove(&name)) else { break };
        rest.merge(&row);
    }
    (large, rest)
}

/// The names of the rows whose figures are shown, and whether those of the total are.
fn shown(rows: &BTreeMap<String, Gathered>, least: usize) -> (Vec<String>, bool) {
    let safe: Vec<String> =
        rows.iter().filter(|(_, row)| row.is_safe(least)).map(|(name, _)| name.clone()).collect();
    let mut shown = safe.clone();
    let mut left_out = Gathered::default();
    rows.iter().filter(|(name, _)| !shown.contains(name)).for_each(|(_, row)| left_out.merge(row));
    while !left_out.is_safe(least) {
        let Some(name) = smallest_of(rows, |name| shown.contains(name)) else {
            // Nothing is left to leave out, so it is the total that is not shown.
            return (safe, false);
        };
        shown.retain(|other| *other != name);
        rows.get(&name).into_iter().for_each(|row| left_out.merge(row));
    }
    (shown, true)
}

fn smallest_of(rows: &BTreeMap<String, Gathered>, admits: impl Fn(&String) -> bool) -> Option<String> {
    let admitted = rows.iter().filter(|(name, _)| admits(name));
    admitted.min_by_key(|(name, row)| (row.orgs.len(), (*name).clone())).map(|(name, _)| name.clone())
}

impl Gathered {
    fn merge(&mut self, other: &Gathered) {
        self.notices += other.notices;
        for (count, more) in self.classes.iter_mut().zip(&other.classes) {
            *count += more;
        }
        for (org, classes) in &other.orgs {
            *self.orgs.entry(*org).or_default() |= classes;
        }
        for (hours, more) in self.hours.iter_mut().zip(&other.hours) {
            hours.extend(more);
        }
    }

    /// Organisations with a notice in one of these classes.
    fn orgs_in(&self, set: Set) -> usize {
        self.orgs.values().filter(|classes| *classes & set != 0).count()
    }

    /// Whether every count that follows from its figures has nobody or enough behind it.
    fn is_safe(&self, least: usize) -> bool {
        // A number that is zero says that its classes are empty, and then more follows.
        let mut present = set(|_| true);
        loop {
            let (none, some): (Vec<Set>, Vec<Set>) =
                derivable(present).into_iter().partition(|set| self.orgs_in(*set) == 0);
            if none.is_empty() {
                return some.into_iter().all(|set| self.orgs_in(set) >= least);
            }
            present &= !none.into_iter().fold(0, |empty, set| empty | set);
        }
    }

    fn count(&self, fits: impl Fn(&Class) -> bool) -> u64 {
        let set = set(fits);
        self.classes.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, count)| count).sum()
    }

    fn row(mut self, name: &str, with_figures: bool, least: usize) -> Row {
        let figures = with_figures.then(|| self.figures(least));
        Row { sector: name.to_owned(), notices: self.notices, figures }
    }

    fn figures(&mut self, least: usize) -> Figures {
        let stage = |of: Stage| self.count(|class| class.stage == of);
        let [unacknowledged, open, not_affected, mitigated, done] =
            [Stage::Unacknowledged, Stage::Open, Stage::NotAffected, Stage::Mitigated, Stage::Done]
                .map(stage);
        Figures {
            unacknowledged,
            open,
            not_affected,
            mitigated,
            done,
            acknowledge: self.measure(
                0,
                least,
                |c| Some(c.acknowledge),
                |c| c.stage != Stage::Unacknowledged,
            ),
            mitigate: self.measure(
                1,
                least,
                |c| c.mitigate,
                |c| matches!(c.stage, Stage::Mitigated | Stage::Done),
            ),
            fix: self.measure(2, least, |c| c.fix, |c| c.stage == Stage::Done),
        }
    }

    /// A 90th percentile of few is one of the slowest, so it needs twice as many.
    fn measure(
        &mut self,
        which: usize,
        least: usize,
        timing: impl Fn(&Class) -> Option<Timing>,
        taken: impl Fn(&Class) -> bool,
    ) -> Measure {
        let of = |wanted: Timing| self.count(|class| timing(class) == Some(wanted));
        let counts = Measure::counts(of(Timing::InTime), of(Timing::Late), of(Timing::Waiting));
        let orgs = self.orgs_in(set(taken));
        let hours = &mut self.hours[which];
        Measure {
            median_hours: if orgs >= least { percentile(hours, 50) } else { None },
            p90_hours: if orgs >= least.saturating_mul(2) { percentile(hours, 90) } else { None },
            ..counts
        }
    }
}
