//! Ranges as vendors write them: comparators, VERS (<https://github.com/package-url/vers-spec>) and a few fixed
//! phrases. Whatever is not surely understood is an error, for a person to read.

use percent_encoding::percent_decode_str;

use super::RangeProblem;
use crate::affected::{Bound, Range};
use crate::vers::Vers;

/// Longest range text read, in bytes.
const LONGEST: usize = 2_000;
/// Longest version inside a range text, in words: `V4.2 SP1 Update 3`.
const WORDS: usize = 5;

/// One comparison with a version.
enum Constraint<'t> {
    From(Bound),
    To(Bound),
    Only(&'t str),
    /// Every version of a series, such as `2.4.x`.
    Series(Range),
}

/// A constraint, and whether `|` (which always means "or") stands before it.
struct Item<'t> {
    alternative: bool,
    constraint: Constraint<'t>,
}

/// Reads a range text.
///
/// Understood are `*`, `all versions`, comparators joined by `|`, `,` or spaces (`>=2.0|<2.4`), series (`2.4.x`),
/// VERS, and the phrases "(all versions) prior to X", "before X", "X and prior", "X and earlier", "X and later", "X through Y".
/// Constraints are paired in the order written: a lower end and the upper end behind it make one range. An upper
/// end without a lower one may be followed by a lower end only behind `|`, since `<2.0, >1.0` may mean either.
///
/// # Errors
/// [`RangeProblem::NotUnderstood`] with the text.
pub fn from_text(text: &str) -> Result<Vec<Range>, RangeProblem> {
    let trimmed = text.trim();
    let understood = match trimmed.strip_prefix("vers:") {
        _ if trimmed.is_empty() || trimmed.len() > LONGEST => None,
        Some(vers) => {
            let as_written = vers.split_once('/').and_then(|(_, constraints)| from_vers(constraints));
            // What the text alone does not tell, the order of its versions may: `!=`, and constraints out of order.
            as_written.or_else(|| Vers::sorted(trimmed).ok()?.ranges())
        }
        None => from_words(trimmed),
    };
    understood.ok_or_else(|| RangeProblem::NotUnderstood(text.chars().take(200).collect()))
}

fn from_words(text: &str) -> Option<Vec<Range>> {
    if is_everything(text) {
        return Some(vec![Range::ALL]);
    }
    match phrase(text) {
        Some(range) => Some(vec![range]),
        None => pair(constraints(without_lead(text), true)?),
    }
}

/// VERS writes the versions percent-encoded.
fn from_vers(text: &str) -> Option<Vec<Range>> {
    if text == "*" {
        return Some(vec![Range::ALL]);
    }
    let decoded = |range: Range| Some(Range { from: decode(range.from)?, to: decode(range.to)? });
    pair(constraints(text, false)?)?.into_iter().map(decoded).collect()
}

fn decode(bound: Bound) -> Option<Bound> {
    let text = |version: String| {
        let readable = version.split('%').skip(1).all(is_escape);
        readable.then(|| Some(percent_decode_str(&version).decode_utf8().ok()?.into_owned())).flatten()
    };
    Some(match bound {
        Bound::Included(version) => Bound::Included(text(version)?),
        Bound::Excluded(version) => Bound::Excluded(text(version)?),
        Bound::Open => Bound::Open,
    })
}

/// Two hexadecimal digits follow the `%`.
fn is_escape(behind: &str) -> bool {
    behind.len() >= 2 && behind.bytes().take(2).all(|b| b.is_ascii_hexdigit())
}

fn is_everything(text: &str) -> bool {
    ["*", "all", "all versions", "all version", "any", "any version"]
        .iter()
        .any(|word| text.trim_end_matches('.').eq_ignore_ascii_case(word))
}

/// The text without a leading "all versions", "versions", "version".
fn without_lead(text: &str) -> &str {
    let leads = ["all bios versions", "all versions", "versions", "version"];
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
        && !text.starts_with(['~', '^'])
        && !text.contains(['<', '>', '=', '!', '*', '|', ',', ';', '(', ')', '[', ']', '&', '≤', '≥'])
        && text.split_whitespace().count() <= WORDS
        && !text.split_whitespace().any(is_prose)
        && !names_several(text);
    plain.then(|| text.to_owned())
}

/// Words that show that a text says more than a version.
fn is_prose(word: &str) -> bool {
    let prose = [
        "above", "after", "all", "and", "before", "below", "between", "but", "earlier", "except", "from",
        "if", "later", "newer", "not", "older", "only", "or", "prior", "since", "through", "to", "until",
        "up", "versions", "with", "without",
    ];
    prose.iter().any(|known| word.eq_ignore_ascii_case(known)) || word.chars().all(is_dash)
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—')
}

/// Two dotted numbers of as many parts are two versions (`1.2.1-1.2.9`, `1.2/1.3`, `1.2 1.3`), whereas `2.03-02`
/// is one.
fn names_several(text: &str) -> bool {
    let parts: Vec<usize> =
        text.split(|c: char| c.is_whitespace() || c == '/' || is_dash(c)).filter_map(dotted_parts).collect();
    parts.windows(2).any(|pair| pair[0] == pair[1])
}

fn dotted_parts(word: &str) -> Option<usize> {
    let numbers = word.trim_start_matches(['v', 'V']).split('.');
    let count = numbers.clone().count();
    let plain = |number: &str| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (count > 1 && numbers.into_iter().all(plain)).then_some(count)
}

/// The comparisons of a text; `series` says whether `2.4.x` stands for a series, which in VERS it does not.
fn constraints(text: &str, series: bool) -> Option<Vec<Item<'_>>> {
    let mut found = Vec::new();
    for alternative in text.split('|') {
        let mut behind_bar = true;
        for piece in alternative.split(',') {
            let mut rest = piece.trim();
            if rest.is_empty() {
                return None;
            }
            while !rest.is_empty() {
                let (constraint, next) = next_constraint(rest, series)?;
                found.push(Item { alternative: behind_bar, constraint });
                behind_bar = false;
                rest = next;
            }
        }
    }
    Some(found)
}

/// The first comparison of the text, and what is behind it.
fn next_constraint(text: &str, series: bool) -> Option<(Constraint<'_>, &str)> {
    const SIGNS: [char; 4] = ['<', '>', '=', '!'];
    let (sign, behind) = text.split_at(text.len() - text.trim_start_matches(SIGNS).len());
    let (version, next) = behind.split_at(behind.find(SIGNS).unwrap_or(behind.len()));
    // Behind a sign `1.5.X` may be the name of one version, as in Maven repositories.
    let range = if series && sign.is_empty() { as_series(version.trim()) } else { None };
    let constraint = match range {
        Some(range) => Constraint::Series(range),
        None => constraint(sign, version)?,
    };
    Some((constraint, next.trim_start()))
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

/// `2.4.x` as the range from `2.4` to `2.5`.
fn as_series(text: &str) -> Option<Range> {
    let first =
        text.strip_suffix(".x").or_else(|| text.strip_suffix(".X")).or_else(|| text.strip_suffix(".*"))?;
    let numbers = first.trim_start_matches(['v', 'V']);
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !numbers.split('.').all(plain) {
        return None;
    }
    let (before, last) = first.split_at(first.len() - numbers.rsplit('.').next()?.len());
    let next = last.parse::<u32>().ok()?.checked_add(1)?;
    Some(Range { from: Bound::Included(first.to_owned()), to: Bound::Excluded(format!("{before}{next}")) })
}

fn pair(items: Vec<Item<'_>>) -> Option<Vec<Range>> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut open: Option<Bound> = None;
    for Item { alternative, constraint } in items {
        let behind_lone_end =
            open.is_none() && !alternative && ranges.last().is_some_and(|range| range.from == Bound::Open);
        match constraint {
            // Two lower ends in a row would need an order to be understood.
            Constraint::From(_) if open.is_some() || behind_lone_end => return None,
            Constraint::From(bound) => open = Some(bound),
            // So would a second upper end.
            Constraint::To(_) if open.is_none() && !ranges.is_empty() => return None,
            Constraint::To(bound) => {
                ranges.push(Range { from: open.take().unwrap_or(Bound::Open), to: bound });
            }
            Constraint::Only(_) | Constraint::Series(_) if open.is_some() => return None,
            Constraint::Series(range) => ranges.push(range),
            Constraint::Only(version) => ranges.push(Range::single(version)),
        }
    }
    ranges.extend(open.map(|from| Range { from, to: Bound::Open }));
    Some(ranges)
}
