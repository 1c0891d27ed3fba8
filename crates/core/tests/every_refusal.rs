//! No rule without an example: the words of every refusal in the sources stand in some test.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;

/// What stands before the words of a refusal.
const BEFORE: &[&str] = &[
    "Refusal::Rule(",
    "Refusal::Forbidden(",
    "message:",
    "let message =",
    "(Act::",
    "step: ",
    "triage(state, facts,",
];

fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("every_refusal.rs") {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// One line for each string: rustfmt breaks long ones with a backslash.
fn joined(text: &str) -> String {
    let mut parts = text.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.trim_start())
}

/// The string literal that follows, if nothing but an act's name and white space stands before it.
fn literal(after: &str) -> Option<&str> {
    let (between, rest) = after.split_once('"')?;
    let near = between.chars().all(|c| c.is_ascii_alphanumeric() || c == ',' || c.is_whitespace());
    (near && between.len() < 60).then(|| rest.split('"').next()).flatten()
}

#[test]
fn every_refusal_has_an_example() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut rules, mut tests) = (String::new(), String::new());
    sources(&here.join("src"), &mut rules);
    sources(&here.join("tests"), &mut tests);
    let (rules, tests) = (joined(&rules), joined(&tests));
    let words: BTreeSet<&str> = BEFORE
        .iter()
        .flat_map(|before| rules.match_indices(before).map(|(at, found)| &rules[at + found.len()..]))
        .filter_map(literal)
        .collect();
    assert!(words.len() >= 60, "the sources are read as they are written: {} found", words.len());
    let without: Vec<_> = words.into_iter().filter(|words| !tests.contains(*words)).collect();
    assert!(without.is_empty(), "no test has these words: {without:#?}");
}
