//! What is published of a notice, as classes, and what follows from published numbers by adding and subtracting.

use std::sync::LazyLock;

use jiff::Timestamp;

use super::Entry;

/// How far a recipient has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Not acknowledged.
    Unacknowledged,
    /// Acknowledged; nothing in place, or it cannot be fixed.
    Open,
    /// It turned out not to be affected.
    NotAffected,
    /// The mitigation is in place.
    Mitigated,
    /// The fix is in place.
    Done,
}

/// How a step stands to its due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timing {
    /// Taken by then.
    InTime,
    /// Not taken by then, whether it was taken since or not.
    Late,
    /// Not taken, and there is still time.
    Waiting,
}

/// Everything that is published of one notice but its hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub stage: Stage,
    pub acknowledge: Timing,
    /// `None` for who is not affected.
    pub mitigate: Option<Timing>,
    /// `None` for who is not affected.
    pub fix: Option<Timing>,
}

/// A set of classes: bit `n` stands for class `n` of [`CLASSES`].
pub(super) type Set = u32;

/// Every class there can be. The due time of mitigation and fix is one moment, which rules some out.
pub(super) static CLASSES: LazyLock<Vec<Class>> = LazyLock::new(|| {
    use Timing::{InTime, Late, Waiting};
    let steps: [(Stage, &[(Timing, Timing)]); 4] = [
        (Stage::Unacknowledged, &[(Late, Late), (Waiting, Waiting)]),
        (Stage::Open, &[(Late, Late), (Waiting, Waiting)]),
        (Stage::Mitigated, &[(InTime, Late), (InTime, Waiting), (Late, Late)]),
        (Stage::Done, &[(InTime, InTime), (InTime, Late), (Late, Late)]),
    ];
    let mut classes = Vec::new();
    for (stage, pairs) in steps {
        let first = if stage == Stage::Unacknowledged { [Late, Waiting] } else { [InTime, Late] };
        for acknowledge in first {
            for (mitigate, fix) in pairs {
                classes.push(Class { stage, acknowledge, mitigate: Some(*mitigate), fix: Some(*fix) });
            }
        }
    }
    for acknowledge in [InTime, Late] {
        classes.push(Class { stage: Stage::NotAffected, acknowledge, mitigate: None, fix: None });
    }
    classes
});

/// The minimal sets of classes whose counts follow from what is published of a row, for somebody who knows that all
/// but the `present` classes are empty.
///
/// A count of a set follows by adding and subtracting exactly when the set's indicator is a linear combination of the
/// indicators of the published cells. Where one such set contains another, their difference is one too, so each is a
/// disjoint union of minimal ones: when those are large enough, all are.
pub(super) fn derivable(present: Set) -> Vec<Set> {
    minimal(spanned(&cells(), present))
}

/// The cells that are published of a row, and the row as a whole.
fn cells() -> Vec<Set> {
    let timings = [Timing::InTime, Timing::Late, Timing::Waiting];
    let stages = [Stage::Unacknowledged, Stage::Open, Stage::NotAffected, Stage::Mitigated, Stage::Done];
    let mut cells = vec![set(|_| true)];
    cells.extend(stages.map(|stage| set(|c| c.stage == stage)));
    cells.extend(timings.map(|timing| set(|c| c.acknowledge == timing)));
    cells.extend(timings.map(|timing| set(|c| c.mitigate == Some(timing))));
    cells.extend(timings.map(|timing| set(|c| c.fix == Some(timing))));
    cells
}

/// The set of the classes that fit.
pub(super) fn set(fits: impl Fn(&Class) -> bool) -> Set {
    CLASSES.iter().enumerate().filter(|(_, class)| fits(class)).fold(0, |set, (at, _)| set | 1 << at)
}

/// Arithmetic is modulo this prime: what follows over the rational numbers follows here too, so nothing is missed.
const PRIME: u64 = 2_147_483_647;

/// Every set of these classes, none excepted, whose indicator is a linear combination of the cells'.
fn spanned(cells: &[Set], present: Set) -> Vec<Set> {
    let basis = reduced(cells.iter().map(|cell| cell & present));
    let mut found = Vec::new();
    // In reduced form a combination's coordinates at the pivots are its coefficients, so those of an indicator are 0
    // or 1, and each choice of rows is tried once.
    for chosen in 1_u64..1 << basis.len() {
        let mut sum = vec![0; CLASSES.len()];
        for (_, row) in basis.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1) {
            for (total, value) in sum.iter_mut().zip(row) {
                *total = (*total + value) % PRIME;
            }
        }
        if sum.iter().all(|value| *value <= 1) {
            found.push(
                sum.iter().enumerate().fold(0, |set, (at, value)| set | (u32::from(*value == 1)) << at),
            );
        }
    }
    found
}

/// Reduced row echelon form of the indicators, without rows of zeros.
fn reduced(cells: impl Iterator<Item = Set>) -> Vec<Vec<u64>> {
    let width = CLASSES.len();
    let mut rows: Vec<Vec<u64>> =
        cells.map(|cell| (0..width).map(|at| u64::from(cell >> at & 1)).collect()).collect();
    let mut rank = 0;
    for column in 0..width {
        let Some(found) = (rank..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
        rows.swap(rank, found);
        let inverse = power(rows[rank][column], PRIME - 2);
        let pivot: Vec<u64> = rows[rank].iter().map(|value| value * inverse % PRIME).collect();
        for row in &mut rows {
            let factor = PRIME - row[column];
            for (value, of_pivot) in row.iter_mut().zip(&pivot) {
                *value = (*value + factor % PRIME * of_pivot) % PRIME;
            }
        }
        rows[rank] = pivot;
        rank += 1;
    }
    rows.truncate(rank);
    rows
}

fn power(base: u64, exponent: u64) -> u64 {
    let (mut result, mut square, mut left) = (1, base % PRIME, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = result * square % PRIME;
        }
        square = square * square % PRIME;
        left >>= 1;
    }
    result
}

fn minimal(mut sets: Vec<Set>) -> Vec<Set> {
    sets.sort_by_key(|set| (set.count_ones(), *set));
    let mut kept: Vec<Set> = Vec::new();
    for set in sets {
        if kept.iter().all(|smaller| smaller & set != *smaller) {
            kept.push(set);
        }
    }
    kept
}

impl Class {
    /// The class of a notice at a moment.
    pub(super) fn of(entry: &Entry, now: Timestamp) -> Self {
        let times = &entry.times;
        let known = [times.acknowledged_at, times.mitigated_at, times.done_at];
        // A clock that was set back must not make a step that was taken late look as if there were still time.
        let now = known.into_iter().flatten().fold(now, Timestamp::max);
        let stage = entry.stage;
        let acknowledged = stage != Stage::Unacknowledged;
        let done = stage == Stage::Done;
        let mitigated = done || stage == Stage::Mitigated;
        let done_at = times.done_at.filter(|_| done);
        let mitigated_at = [times.mitigated_at, done_at].into_iter().flatten().min();
        let affected = stage != Stage::NotAffected;
        let due = entry.release_at;
        Self {
            stage,
            acknowledge: timing(acknowledged, times.acknowledged_at, entry.acknowledge_by, now),
            mitigate: affected.then(|| timing(mitigated, mitigated_at, due, now)),
            fix: affected.then(|| timing(done, done_at, due, now)),
        }
    }

    /// The class as a set of one; empty for what [`CLASSES`] does not have, which does not happen.
    pub(super) fn bit(self) -> Set {
        set(|class| *class == self)
    }
}

/// How a step stands to its due time. A step that was taken at an unknown moment, before moments were kept, was in
/// time if there still is time.
pub(crate) fn timing(taken: bool, at: Option<Timestamp>, due: Option<Timestamp>, now: Timestamp) -> Timing {
    let Some(due) = due else { return if taken { Timing::InTime } else { Timing::Waiting } };
    match (taken, at.unwrap_or(now) <= due) {
        (true, true) => Timing::InTime,
        (true, false) => Timing::Late,
        (false, _) if now <= due => Timing::Waiting,
        (false, _) => Timing::Late,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_that_follows_is_a_disjoint_union_of_minimal_ones() {
        let every = set(|_| true);
        for present in [every, set(|c| c.fix != Some(Timing::InTime)), set(|c| c.stage == Stage::Done), 0] {
            let pieces = derivable(present);
            for follows in spanned(&cells(), present) {
                let mut left = follows;
                while left != 0 {
                    let piece = pieces.iter().find(|piece| left & **piece == **piece);
                    left &= !piece.copied().unwrap_or(left);
                    assert!(piece.is_some(), "{follows:b}");
                }
            }
        }
        assert!(cells().iter().all(|cell| spanned(&cells(), every).contains(cell)));
    }

    /// Mitigated in time but not done in time is no published cell, yet follows from two.
    #[test]
    fn what_follows_by_subtraction_is_found() {
        let every = set(|_| true);
        let between = set(|c| c.mitigate == Some(Timing::InTime) && c.fix != Some(Timing::InTime));
        assert!(spanned(&cells(), every).contains(&between));
        assert!(!cells().contains(&between));
        let joint = set(|c| c.stage == Stage::Open && c.acknowledge == Timing::Late);
        assert!(!spanned(&cells(), every).contains(&joint));
    }

    /// Once nobody has the fix, who was late to mitigate is who mitigated less who did so in time.
    #[test]
    fn what_follows_from_a_zero_is_found() {
        let late = set(|c| c.stage == Stage::Mitigated && c.mitigate == Some(Timing::Late));
        assert!(!spanned(&cells(), set(|_| true)).contains(&late));
        assert!(spanned(&cells(), set(|c| c.stage != Stage::Done)).contains(&late));
    }
}
