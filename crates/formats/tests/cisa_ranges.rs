//! How much of what CISA's advisories say about versions becomes exact, and why the rest does not. The counts are
//! pinned, so that a change in reading shows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use forewarn_exposure::{Affected, Bound, Identity, Range, VersionProblem};
use forewarn_formats::json::Limits;
use forewarn_formats::report;
use serde_json::{Value, json};
use support::shared;

/// Ids of the products in a product tree.
fn product_ids(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("product_id").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|inner| product_ids(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| product_ids(inner, found)),
        _ => {}
    }
}

/// What the reader makes of each product: the document is asked about one product at a time.
fn products(path: &Path) -> Vec<Option<Affected>> {
    let mut document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut ids = Vec::new();
    product_ids(&document["product_tree"], &mut ids);
    let one = |id: &String| json!({ "title": "t", "product_status": { "known_affected": [id] } });
    document["vulnerabilities"] = ids.iter().map(one).collect();
    let bytes = serde_json::to_vec(&document).unwrap();
    let reports =
        report::read(&bytes, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(reports.len(), ids.len());
    reports.into_iter().map(|mut report| report.affected.pop()).collect()
}

fn class(affected: Option<&Affected>) -> &'static str {
    let Some(affected) = affected else { return "no identity" };
    if let Some(doubt) = &affected.needs_person {
        return match doubt.as_str() {
            doubt if doubt.starts_with("only ") => "narrowed to a patch level, language or the like",
            doubt if doubt.starts_with("affected versions are not given") => "no versions given",
            doubt if doubt.starts_with("package URL") => "package URL not understood",
            _ => "text not understood",
        };
    }
    let problem = affected
        .ranges
        .iter()
        .find_map(|range| unreadable(&affected.identity, range))
        .or_else(|| affected.versions.iter().find_map(|version| no_version(&affected.identity, version)));
    match (problem, affected.ranges.as_slice()) {
        (Some(problem), _) => problem,
        (None, [one]) if one.is_all() => "exact: all versions",
        (None, []) => "exact: versions",
        (None, _) => "exact: ranges",
    }
}

fn no_version(identity: &Identity, text: &str) -> Option<&'static str> {
    identity.scheme()?.parse(text).err().map(|problem| match problem {
        VersionProblem::Wildcard(_) => "a bound is a pattern",
        VersionProblem::Placeholder(_) => "a bound is a word for no version",
        _ => "a bound has no number",
    })
}

fn unreadable(identity: &Identity, range: &Range) -> Option<&'static str> {
    let bounds = [&range.from, &range.to].into_iter().filter_map(|bound| match bound {
        Bound::Included(text) | Bound::Excluded(text) => Some(text),
        Bound::Open => None,
    });
    let mut versions = Vec::new();
    for text in bounds {
        if let Some(problem) = no_version(identity, text) {
            return Some(problem);
        }
        versions.push(identity.scheme()?.parse(text).ok()?);
    }
    match versions.as_slice() {
        [from, to] if !from.comparable(to) => Some("the bounds are of different lines of versions"),
        [bound, ..] if !identity.scheme()?.parse("1").ok()?.comparable(bound) => {
            Some("exact: ranges within a named line of versions")
        }
        [from, to] if from > to => Some("the bounds are the wrong way round"),
        _ => None,
    }
}

#[test]
fn product_versions_become_exact_ranges_or_say_why_not() {
    let Some(folder) = shared().map(|data| data.join("csaf-cisa")) else { return };
    let mut files: Vec<PathBuf> = ["2022", "2023"]
        .iter()
        .flat_map(|year| fs::read_dir(folder.join(year)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 765);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &files {
        for affected in products(file) {
            let class = class(affected.as_ref());
            *counts.entry(class).or_default() += 1;
        }
    }
    println!("{counts:#?}");
    let exact: usize = counts.iter().filter(|(class, _)| class.starts_with("exact")).map(|(_, n)| n).sum();
    let all: usize = counts.values().sum();
    println!("{exact} of {all} product versions are exact");
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), PINNED);
}

/// 6,819 of 6,941 are exact. What is not understood are conditions in words (`only if`, `with`), models and serial
/// numbers in place of versions, and letters without a number.
const PINNED: &[(&str, usize)] = &[
    ("a bound is a pattern", 4),
    ("exact: all versions", 2183),
    ("exact: ranges", 4139),
    ("exact: ranges within a named line of versions", 111),
    ("exact: versions", 386),
    ("text not understood", 116),
    ("the bounds are of different lines of versions", 1),
    ("the bounds are the wrong way round", 1),
];
