//! Texts that every reader shapes in the same way: titles, weaknesses, bounded remarks.

use forewarn_exposure::PurlProblem;
use serde_json::{Map, Value};

/// Longest id of a document, in bytes.
pub(crate) const ID: usize = 200;
/// Longest title, in characters.
pub(crate) const TITLE: usize = 300;
/// Longest remark about something that a person must decide, in characters.
pub(crate) const DOUBT: usize = 500;

/// The first line of the first text that has one, bounded by [`TITLE`].
pub(crate) fn title(candidates: &[&str]) -> String {
    let line = candidates.iter().flat_map(|text| text.lines()).map(str::trim).find(|line| !line.is_empty());
    bounded(line.unwrap_or_default(), TITLE)
}

/// At most `longest` characters of a text, with an ellipsis where it was cut.
pub(crate) fn bounded(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// Removes later duplicates and keeps the order.
pub(crate) fn distinct<T: Eq + std::hash::Hash>(items: &mut Vec<T>) {
    let mut seen = std::collections::HashSet::new();
    let first: Vec<bool> = items.iter().map(|item| seen.insert(item)).collect();
    let mut first = first.into_iter();
    items.retain(|_| first.next() == Some(true));
}

/// Joins remarks, `None` when there is none.
pub(crate) fn joined(mut parts: Vec<String>, between: &str) -> Option<String> {
    distinct(&mut parts);
    (!parts.is_empty()).then(|| parts.join(between))
}

/// Which rule a package URL breaks, without quoting it.
pub(crate) fn package_url_rule(problem: &PurlProblem) -> &'static str {
    match problem {
        PurlProblem::TooLong(_) => "this package URL is too long",
        PurlProblem::Malformed(_) => "not a package URL, such as pkg:npm/left-pad@1.3.0",
        PurlProblem::UnknownType(_) => "a package URL of a type that is not registered",
    }
}

/// Whether a text is a CWE id such as `CWE-79`.
pub(crate) fn is_weakness(text: &str) -> bool {
    text.strip_prefix("CWE-").is_some_and(|number| {
        (1..=6).contains(&number.len())
            && !number.starts_with('0')
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The well-formed CWE ids of a list field that databases add to a record.
pub(crate) fn weaknesses_in(object: &Map<String, Value>, field: &str) -> Vec<String> {
    let list = object.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(Value::as_str).filter(|text| is_weakness(text)).map(str::to_owned).collect()
}
