//! Ranges from the events of an OSV record.
//!
//! Implements the evaluation algorithm of the OSV schema (1.7.4, "Evaluation") once for all versions: instead
//! of asking for each version which events it has passed, the events are walked in order and the stretches
//! between them that are vulnerable become ranges.

use std::cmp::Ordering;

use crate::affected::{Bound, Range};
use crate::range::RangeProblem;
use crate::version::{Scheme, Version};

/// One event of an OSV range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OsvEvent {
    /// The vulnerability is there from this version on; `0` is before every version.
    Introduced(String),
    /// This version is the first without it.
    Fixed(String),
    /// This version is the last with it.
    LastAffected(String),
    /// Versions from here on are outside the range; `*` is no limit.
    Limit(String),
}

/// A change of state at a version, in its order.
struct Step<'a> {
    /// `None` is before every version.
    at: Option<Version>,
    text: &'a str,
    change: Change,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Start,
    EndBefore,
    EndAfter,
}

/// The ranges that the events of one OSV range describe, in order of versions.
///
/// Events may come in any order. Of several limits the highest counts, for a version below any of them is
/// inside. Where a range ends at the version at which another begins, the two join; a range that is introduced
/// and fixed at one version is empty.
///
/// # Errors
/// [`RangeProblem::NoIntroduced`] without an `introduced` event, [`RangeProblem::Version`] for an event that is
/// no version of the scheme, [`RangeProblem::Nothing`] when no version is covered: an empty list would read as
/// "no statement about versions".
pub fn ranges_from_events(scheme: Scheme, events: &[OsvEvent]) -> Result<Vec<Range>, RangeProblem> {
    if !events.iter().any(|event| matches!(event, OsvEvent::Introduced(_))) {
        return Err(RangeProblem::NoIntroduced);
    }
    let mut steps = Vec::new();
    for event in events {
        steps.extend(step(scheme, event)?);
    }
    steps.sort_by(|a, b| a.at.cmp(&b.at));
    let ranges = cut(scheme, walk(&steps), highest_limit(scheme, events)?)?;
    if ranges.is_empty() { Err(RangeProblem::Nothing) } else { Ok(ranges) }
}

fn step(scheme: Scheme, event: &OsvEvent) -> Result<Option<Step<'_>>, RangeProblem> {
    let (text, change) = match event {
        OsvEvent::Introduced(text) => (text, Change::Start),
        OsvEvent::Fixed(text) => (text, Change::EndBefore),
        OsvEvent::LastAffected(text) => (text, Change::EndAfter),
        OsvEvent::Limit(_) => return Ok(None),
    };
    let text = text.trim();
    let at = if change == Change::Start && text == "0" { None } else { Some(scheme.parse(text)?) };
    Ok(Some(Step { at, text, change }))
}

/// `None` when there is no limit.
fn highest_limit(scheme: Scheme, events: &[OsvEvent]) -> Result<Option<(Version, &str)>, RangeProblem> {
    let mut highest: Option<(Version, &str)> = None;
    for event in events {
        let OsvEvent::Limit(text) = event else { continue };
        if text.contains('*') {
            return Ok(None);
        }
        let version = scheme.parse(text)?;
        if highest.as_ref().is_none_or(|(limit, _)| version > *limit) {
            highest = Some((version, text.trim()));
        }
    }
    Ok(highest)
}

/// Walks the sorted steps, all of one version at a time.
fn walk(steps: &[Step<'_>]) -> Vec<Range> {
    let mut ranges = Vec::new();
    let mut open: Option<Bound> = None;
    for group in steps.chunk_by(|a, b| a.at == b.at) {
        let find = |change| group.iter().find(|step| step.change == change);
        let start = find(Change::Start);
        let end = find(Change::EndBefore).or_else(|| find(Change::EndAfter));
        open = match (open.take(), start, end) {
            // What ends where it starts again goes on.
            (Some(from), Some(_), _) | (Some(from), None, None) => Some(from),
            (Some(from), None, Some(end)) => {
                ranges.push(Range { from, to: end_bound(end) });
                None
            }
            (None, Some(start), None) => Some(start_bound(start)),
            (None, Some(start), Some(end)) => {
                if end.change == Change::EndAfter {
                    ranges.push(Range { from: start_bound(start), to: end_bound(end) });
                }
                None
            }
            (None, None, _) => None,
        };
    }
    ranges.extend(open.map(|from| Range { from, to: Bound::Open }));
    ranges
}

fn start_bound(step: &Step<'_>) -> Bound {
    if step.at.is_some() { Bound::Included(step.text.to_owned()) } else { Bound::Open }
}

fn end_bound(step: &Step<'_>) -> Bound {
    match step.change {
        Change::EndAfter => Bound::Included(step.text.to_owned()),
        _ => Bound::Excluded(step.text.to_owned()),
    }
}

/// Keeps what is below the limit.
fn cut(
    scheme: Scheme,
    ranges: Vec<Range>,
    limit: Option<(Version, &str)>,
) -> Result<Vec<Range>, RangeProblem> {
    let Some((limit, text)) = limit else { return Ok(ranges) };
    let mut kept = Vec::new();
    for range in ranges {
        if starts_below(scheme, &range.from, &limit)? {
            let to = if ends_below(scheme, &range.to, &limit)? {
                range.to
            } else {
                Bound::Excluded(text.to_owned())
            };
            kept.push(Range { from: range.from, to });
        }
    }
    Ok(kept)
}

fn starts_below(scheme: Scheme, from: &Bound, limit: &Version) -> Result<bool, RangeProblem> {
    Ok(order(scheme, from, limit)?.is_none_or(Ordering::is_lt))
}

/// An inclusive end at the limit itself is not below it.
fn ends_below(scheme: Scheme, to: &Bound, limit: &Version) -> Result<bool, RangeProblem> {
    Ok(order(scheme, to, limit)?.is_some_and(Ordering::is_lt))
}

fn order(scheme: Scheme, bound: &Bound, limit: &Version) -> Result<Option<Ordering>, RangeProblem> {
    match bound {
        Bound::Included(text) | Bound::Excluded(text) => Ok(Some(scheme.parse(text)?.cmp(limit))),
        Bound::Open => Ok(None),
    }
}
