//! node-semver's ranges.

use super::super::{Comparator, VersProblem};
use super::{Constraints, WORDS, comparisons, interval, one, signed};
use crate::vers::Constraint;

/// The numbers of a version up to an `x` or `*`, and its pre-release.
pub(super) struct Partial<'t> {
    numbers: Vec<u64>,
    pre: Option<&'t str>,
}

impl<'t> Partial<'t> {
    pub(super) fn read(text: &'t str) -> Result<Self, VersProblem> {
        let text = text.trim_start_matches(['v', '=']).split('+').next().unwrap_or_default();
        let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
        let parts = core.split('.').take_while(|part| !matches!(*part, "x" | "X" | "*" | ""));
        let numbers = parts.map(|part| part.parse().map_err(|_| WORDS)).collect::<Result<Vec<u64>, _>>()?;
        if numbers.len() > 3 {
            return Err(WORDS);
        }
        Ok(Self { numbers, pre: pre.filter(|pre| !pre.is_empty()) })
    }

    pub(super) fn at(&self, place: usize) -> u64 {
        self.numbers.get(place).copied().unwrap_or(0)
    }

    fn is_whole(&self) -> bool {
        self.numbers.len() == 3
    }

    /// Filled up with zeros.
    fn first(&self) -> String {
        let pre = self.pre.map_or_else(String::new, |pre| format!("-{pre}"));
        format!("{}.{}.{}{pre}", self.at(0), self.at(1), self.at(2))
    }

    /// The first version in which the number at the place is greater.
    pub(super) fn after(&self, place: usize) -> String {
        let next = |at: usize| self.at(at).saturating_add(1);
        match place {
            0 => format!("{}.0.0", next(0)),
            1 => format!("{}.{}.0", self.at(0), next(1)),
            _ => format!("{}.{}.{}", self.at(0), self.at(1), next(2)),
        }
    }
}

/// node-semver's ranges (<https://github.com/npm/node-semver#ranges>).
pub(super) fn conjunction(text: &str) -> Constraints {
    if let Some((from, to)) = text.split_once(" - ") {
        let (from, to) = (Partial::read(from.trim())?, Partial::read(to.trim())?);
        let end = at_most(&to);
        return Ok([vec![one(Comparator::GreaterOrEqual, from.first())], end].concat());
    }
    let found = comparisons(text).iter().map(|word| comparison(word)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.concat())
}

fn at_most(version: &Partial<'_>) -> Vec<Constraint> {
    match version.numbers.len() {
        0 => Vec::new(),
        3 => vec![one(Comparator::LessOrEqual, version.first())],
        known => vec![one(Comparator::Less, version.after(known - 1))],
    }
}

fn comparison(word: &str) -> Constraints {
    if let Some(version) = word.strip_prefix('^') {
        let version = Partial::read(version)?;
        let leading = version.numbers.iter().position(|number| *number > 0);
        let place = leading.unwrap_or(version.numbers.len().saturating_sub(1));
        return Ok(if version.numbers.is_empty() {
            Vec::new()
        } else {
            interval(version.first(), version.after(place))
        });
    }
    if let Some(version) = word.strip_prefix('~') {
        let version = Partial::read(version.trim_start_matches('>'))?;
        return Ok(match version.numbers.len() {
            0 => Vec::new(),
            1 => interval(version.first(), version.after(0)),
            _ => interval(version.first(), version.after(1)),
        });
    }
    let (comparator, text) = signed(word);
    let version = Partial::read(text)?;
    let known = version.numbers.len();
    Ok(match comparator {
        _ if version.is_whole() => vec![one(comparator, version.first())],
        Comparator::Equal if known > 0 => interval(version.first(), version.after(known - 1)),
        Comparator::Equal => Vec::new(),
        Comparator::LessOrEqual => at_most(&version),
        Comparator::Greater if known > 0 => vec![one(Comparator::GreaterOrEqual, version.after(known - 1))],
        Comparator::GreaterOrEqual | Comparator::Less if known > 0 => vec![one(comparator, version.first())],
        Comparator::GreaterOrEqual => Vec::new(),
        _ => return Err(WORDS),
    })
}
