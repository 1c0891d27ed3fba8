//! A VERS as intervals: the versions it names cut the order into points and the gaps between them, and each of those
//! is wholly inside or wholly outside.

use super::{Comparator, Vers, intervals, order_of};
use crate::affected::{Bound, Range};
use crate::version::Version;

impl Vers {
    /// The intervals that hold what [`contains`](Self::contains) says is inside, in order. `None` where no order is
    /// known for the type, it cannot place a version, two constraints are of one version, or nothing is inside.
    #[must_use]
    pub fn ranges(&self) -> Option<Vec<Range>> {
        if self.constraints.is_empty() {
            return Some(vec![Range::ALL]);
        }
        let scheme = order_of(&self.ty).ok()?;
        let keyed: Vec<(Comparator, Version)> = self
            .constraints
            .iter()
            .map(|one| Some((one.comparator, scheme.parse(&one.version).ok()?)))
            .collect::<Option<_>>()?;
        if !keyed.is_sorted_by(|(_, one), (_, next)| one < next) {
            return None;
        }
        let everything_else = keyed.iter().all(|(sign, _)| *sign == Comparator::NotEqual);
        let ends = intervals(&keyed);
        // Gap `n` is before the version of constraint `n`.
        let gap = |number: usize| {
            let place = keyed.get(number).map(|(_, at)| at);
            let after = |at: &Version| place.is_some_and(|next| at >= next);
            let below = ends.iter().rev().find(|(_, at)| !after(at));
            let above = ends.iter().find(|(_, at)| after(at));
            let inside = below.is_none_or(|(sign, _)| sign.is_lower())
                && above.is_none_or(|(sign, _)| sign.is_upper());
            everything_else || (inside && !ends.is_empty())
        };
        let mut walk = Walk::default();
        for (number, ((sign, at), one)) in keyed.iter().zip(&self.constraints).enumerate() {
            let strict = ends.iter().any(|(_, end)| end == at);
            let inside = match sign {
                Comparator::NotEqual => false,
                sign if sign.includes_its_version() => true,
                // An end that does not count is a version like those around it.
                _ => !strict && gap(number) && gap(number + 1),
            };
            walk.gap(gap(number));
            walk.point(inside, &one.version);
        }
        walk.gap(gap(keyed.len()));
        walk.finish()
    }
}

/// Joins what is inside to ranges.
#[derive(Default)]
struct Walk {
    ranges: Vec<Range>,
    open: Option<Bound>,
    /// The version passed last.
    last: Option<String>,
}

impl Walk {
    fn gap(&mut self, inside: bool) {
        match (inside, &self.last) {
            (true, None) => self.open = Some(Bound::Open),
            (true, Some(last)) if self.open.is_none() => self.open = Some(Bound::Excluded(last.clone())),
            (false, Some(last)) => {
                if let Some(from) = self.open.take() {
                    self.ranges.push(Range { from, to: Bound::Included(last.clone()) });
                }
            }
            _ => {}
        }
    }

    fn point(&mut self, inside: bool, version: &str) {
        if inside && self.open.is_none() {
            self.open = Some(Bound::Included(version.to_owned()));
        } else if !inside && let Some(from) = self.open.take() {
            self.ranges.push(Range { from, to: Bound::Excluded(version.to_owned()) });
        }
        self.last = Some(version.to_owned());
    }

    fn finish(mut self) -> Option<Vec<Range>> {
        self.ranges.extend(self.open.map(|from| Range { from, to: Bound::Open }));
        (!self.ranges.is_empty()).then_some(self.ranges)
    }
}
