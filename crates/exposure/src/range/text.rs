//! Ranges as vendors write them: comparators, VERS (<https://github.com/package-url/vers-spec>) and a few fixed
//! phrases. Whatever is not surely understood is an error, for a person to read.

use percent_encoding::percent_decode_str;

use super::RangeProblem;
use crate::affected::{Bound, Range};

/// Longest range text read, in bytes.
const LONGEST: usize = 2_000;
/// Longest version inside a range text, in words: `V4.2 SP1 Update 3`.
const WORDS: usize = 5;

/// One comparison with a version.
enum Constraint<'t> {
    From(Bound),
    To(Bound),
    Only(&'t str),
}

/// Reads a range text.
///
/// Understood are `*`, `all versions`, comparators joined by `|`, `,` or spaces (`>=2.0|<2.4`), VERS, and the
/// phrases "(all versions) prior to X", "before X", "X and prior", "X and earlier", "X and later", "X through Y".
/// Constraints are paired in the order written: a lower end and the upper end behind it make one range.
///
/// # Errors
/// [`RangeProblem::NotUnderstood`] with the text.
pub fn from_text(text: &str) -> Result<Vec<Range>, RangeProblem> {
    let not_understood = || RangeProblem::NotUnderstood(text.chars().take(200).collect());
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.len() > LONGEST {
        return Err(not_understood());
    }
    if let Some(vers) = trimmed.strip_prefix("vers:") {
        let body = vers.split_once('/').map(|(_, constraints)| constraints);
        let ranges =
            body.and_then(|body| if body == "*" { Some(vec![Range::ALL]) } else { pair(constraints(body)?) });
        return ranges.and_then(decoded).ok_or_else(not_understood);
    }
    let body = trimmed;
    if is_everything(body) {
        return Ok(vec![Range::ALL]);
    }
    if let Some(range) = phrase(body) {
        return Ok(vec![range]);
    }
    constraints(without_lead(body)).and_then(pair).ok_or_else(not_understood)
}

/// VERS writes the versions percent-encoded.
fn decoded(ranges: Vec<Range>) -> Option<Vec<Range>> {
    let text = |version: String| Some(percent_decode_str(&version).decode_utf8().ok()?.into_owned());
    let bound = |bound: Bound| {
        Some(match bound {
            Bound::Included(version) => Bound::Included(text(version)?),
            Bound::Excluded(version) => Bound::Excluded(text(version)?),
            Bound::Open => Bound::Open,
        })
    };
    ranges.into_iter().map(|range| Some(Range { from: bound(range.from)?, to: bound(range.to)? })).collect()
}

fn is_everything(text: &str) -> bool {
    ["*", "all", "all versions", "all version", "any", "any version"]
        .iter()
        .any(|word| text.trim_end_matches('.').eq_ignore_ascii_case(word))
}

/// The text without a leading "all versions", "versions", "version".
fn without_lead(text: &str) -> &str {
    let leads = ["all versions", "versions", "version"];
    let lead = leads.iter().find_map(|lead| strip_prefix(text, lead).filter(|rest| starts_apart(rest)));
    lead.map_or(text, str::trim_start)
}

fn starts_apart(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_whitespace() || "<>=".contains(c))
}

/// `prefix` taken off `text`, whatever the case.
fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn strip_suffix<'t>(text: &'t str, suffix: &str) -> Option<&'t str> {
    let at = text.len().checked_sub(suffix.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(suffix).then(|| &text[..at])
}

fn phrase(text: &str) -> Option<Range> {
    let text = without_lead(text.trim_end_matches('.'));
    let before = ["prior to ", "before ", "earlier than ", "lower than "];
    if let Some(version) = before.iter().find_map(|lead| strip_prefix(text, lead)) {
        return Some(Range { from: Bound::Open, to: Bound::Excluded(version_in(without_lead(version))?) });
    }
    let down = [
        " and prior",
        " and earlier",
        " and below",
        " or earlier",
        " and prior versions",
        " and all prior versions",
    ];
    if let Some(version) = down.iter().find_map(|tail| strip_suffix(text, tail)) {
        return Some(Range { from: Bound::Open, to: Bound::Included(version_in(version)?) });
    }
    let up = [" and later", " and above", " and newer", " or later"];
    if let Some(version) = up.iter().find_map(|tail| strip_suffix(text, tail)) {
        return Some(Range { from: Bound::Included(version_in(version)?), to: Bound::Open });
    }
    let (from, to) = text.split_once(" through ").or_else(|| text.split_once(" to "))?;
    Some(Range { from: Bound::Included(version_in(from)?), to: Bound::Included(version_in(to)?) })
}

/// The text as one version, if it looks like one.
fn version_in(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = text.chars().any(|c| c.is_ascii_digit())
        && !text.contains(['<', '>', '=', '!', '*', '|', ',', ';', '(', ')'])
        && text.split_whitespace().count() <= WORDS
        && !text.split_whitespace().any(is_prose);
    plain.then(|| text.to_owned())
}

/// Words that show that a text says more than a version.
fn is_prose(word: &str) -> bool {
    let prose = [
        "and", "or", "with", "without", "only", "to", "through", "prior", "before", "versions", "all", "not",
        "if",
    ];
    prose.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn constraints(text: &str) -> Option<Vec<Constraint<'_>>> {
    let mut found = Vec::new();
    for piece in text.split(['|', ',']) {
        let mut rest = piece.trim();
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let operator = rest.len() - rest.trim_start_matches(['<', '>', '=', '!']).len();
            let (sign, behind) = rest.split_at(operator);
            let end = behind.find(['<', '>', '=', '!']).unwrap_or(behind.len());
            let (version, next) = behind.split_at(end);
            found.push(constraint(sign, version)?);
            rest = next.trim_start();
        }
    }
    Some(found)
}

fn constraint<'t>(sign: &str, text: &'t str) -> Option<Constraint<'t>> {
    let version = version_in(text)?;
    Some(match sign {
        "<" => Constraint::To(Bound::Excluded(version)),
        "<=" => Constraint::To(Bound::Included(version)),
        ">" => Constraint::From(Bound::Excluded(version)),
        ">=" => Constraint::From(Bound::Included(version)),
        "" | "=" | "==" => Constraint::Only(text.trim()),
        _ => return None,
    })
}

fn pair(constraints: Vec<Constraint<'_>>) -> Option<Vec<Range>> {
    let mut ranges = Vec::new();
    let mut open: Option<Bound> = None;
    for constraint in constraints {
        match constraint {
            // Two lower ends in a row would need an order to be understood.
            Constraint::From(bound) => {
                if open.replace(bound).is_some() {
                    return None;
                }
            }
            Constraint::To(bound) => {
                let unpaired_second = open.is_none() && !ranges.is_empty();
                if unpaired_second {
                    return None;
                }
                ranges.push(Range { from: open.take().unwrap_or(Bound::Open), to: bound });
            }
            Constraint::Only(version) => {
                if open.is_some() {
                    return None;
                }
                ranges.push(Range::single(version));
            }
        }
    }
    ranges.extend(open.map(|from| Range { from, to: Bound::Open }));
    Some(ranges)
}
