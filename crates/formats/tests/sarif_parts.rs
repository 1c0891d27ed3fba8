//! A large SARIF log in parts: together they say what the whole says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_core::finding::Report;
use forewarn_formats::json::{Limits, parse};
use forewarn_formats::sarif::{self, Part};
use proptest::prelude::*;
use serde_json::{Value, json};

const SARIF: &str = include_str!("../../../fuzz/seeds/sarif/whole.json");

fn parts(log: &Value, most: usize) -> Vec<Part> {
    sarif::split(log, most).unwrap().into_iter().map(|part| part.unwrap_or_else(|e| panic!("{e}"))).collect()
}

/// The reports of all parts with their places in the whole.
fn together(log: &Value, most: usize) -> Vec<Report> {
    let mut all = Vec::new();
    for Part { document, origin } in parts(log, most) {
        let text = document.to_string();
        assert!(text.len() <= most, "{} bytes", text.len());
        let value = parse(text.as_bytes(), &Limits::finding()).unwrap_or_else(|e| panic!("{e}"));
        for mut report in sarif::read(value).unwrap_or_else(|e| panic!("{e}")) {
            report.source_pointer = report.source_pointer.map(|place| origin.in_whole(&place));
            all.push(report);
        }
    }
    all
}

fn text(name: &str, number: usize) -> Value {
    json!({ "text": format!("{name} {number} {}", "word ".repeat(number % 40)) })
}

/// A run whose results name rules, files and functions by index, out of order.
fn run(results: usize, files: usize, seed: usize) -> Value {
    let rule = |number: usize| {
        json!({ "id": format!("r/{number}"), "shortDescription": text("rule", number), "helpUri": "https://scan.example",
            "relationships": [{ "target": { "id": "787", "toolComponent": { "name": "CWE" } } }] })
    };
    let file = |number: usize| match number % 3 {
        0 => json!({ "location": { "uri": format!("src/{number}.c"), "index": number } }),
        _ => json!({ "location": { "uri": format!("src/{number}.c") }, "parentIndex": number - 1 }),
    };
    let function =
        |number: usize| json!({ "fullyQualifiedName": format!("parse_{number}"), "kind": "function" });
    let result = |number: usize| {
        let at = (number * 31 + seed) % files;
        json!({
            "ruleIndex": (number * 7 + seed) % 13, "message": text("result", number), "guid": format!("g-{number}"),
            "taxa": [{ "id": "125", "index": 0, "toolComponent": { "index": 0 } }],
            "locations": [{ "physicalLocation": { "artifactLocation": { "index": at }, "region": { "startLine": 3 } },
                "logicalLocations": [{ "index": (at + 1) % files }] }],
            "stacks": [{ "frames": [{ "location": { "physicalLocation":
                { "artifactLocation": { "index": (at + 5) % files } } } }] }],
        })
    };
    json!({
        "tool": { "driver": { "name": "Scan", "rules": (0..13).map(rule).collect::<Vec<_>>() } },
        "taxonomies": [{ "name": "CWE", "taxa": [{ "id": "125", "name": "Out-of-bounds Read" }] }],
        "artifacts": (0..files).map(file).collect::<Vec<_>>(),
        "logicalLocations": (0..files).map(function).collect::<Vec<_>>(),
        "invocations": [{ "executionSuccessful": true, "executableLocation": { "index": files / 2 } }],
        "versionControlProvenance": [{ "repositoryUri": "https://github.com/sample/parser" }],
        "results": (0..results).map(result).collect::<Vec<_>>(),
    })
}

fn log(runs: Vec<Value>) -> Value {
    json!({ "version": "2.1.0", "runs": runs })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn parts_say_what_the_whole_says(
        runs in proptest::collection::vec((0_usize..60, 1_usize..80, 0_usize..1000), 1..4),
        most in 6_000_usize..60_000,
    ) {
        let log = log(runs.into_iter().map(|(results, files, seed)| run(results, files, seed)).collect());
        let whole = sarif::read(log.clone()).unwrap();
        prop_assert_eq!(together(&log, most), whole);
    }
}

#[test]
fn a_part_has_only_what_its_results_name() {
    let log = log(vec![run(40, 2000, 5)]);
    for part in parts(&log, 20_000) {
        let run = &part.document["runs"][0];
        let results = run["results"].as_array().unwrap().len();
        let files = run["artifacts"].as_array().unwrap();
        assert!(files.len() <= 3 * 3 * results + 3, "{} files for {results} results", files.len());
        assert!(files.iter().all(|file| file["location"]["uri"].is_string()));
        // What the run itself names is in every part, under the number it has there.
        let number = run["invocations"][0]["executableLocation"]["index"].as_u64().unwrap();
        assert_eq!(files[usize::try_from(number).unwrap()]["location"]["uri"], "src/1000.c");
    }
}

#[test]
fn a_part_has_no_more_results_than_one_document_may() {
    let log = log(vec![run(1201, 3, 0), run(2, 1, 0)]);
    let sizes: Vec<(usize, usize, usize)> = parts(&log, 16 << 20)
        .iter()
        .map(|one| {
            let results = one.document["runs"][0]["results"].as_array().unwrap().len();
            (one.origin.run, one.origin.first, results)
        })
        .collect();
    assert_eq!(sizes, [(0, 0, 500), (0, 500, 500), (0, 1000, 201), (1, 0, 2)]);
}

#[test]
fn one_result_that_is_too_large_is_named_and_the_others_go_on() {
    let mut log: Value = serde_json::from_str(SARIF).unwrap();
    log["runs"][0]["results"][1]["message"]["text"] = "secret ".repeat(2000).into();
    let split = sarif::split(&log, 8_000).unwrap();
    let (parts, problems): (Vec<_>, Vec<_>) = split.into_iter().partition(Result::is_ok);
    let results =
        parts.iter().flatten().map(|part| part.document["runs"][0]["results"].as_array().unwrap().len());
    assert_eq!(results.sum::<usize>(), 2);
    let said: Vec<String> = problems.into_iter().filter_map(Result::err).map(|one| one.to_string()).collect();
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("/runs/0/results/1: this result") && !said[0].contains("secret"), "{said:?}");
}

#[test]
fn a_result_that_breaks_a_rule_keeps_no_other_one_out() {
    let mut log = log(vec![run(40, 9, 1)]);
    log["runs"][0]["results"][17]["ruleIndex"] = json!(99);
    let read: Vec<_> = parts(&log, 1 << 20).into_iter().map(|part| sarif::read(part.document)).collect();
    assert_eq!(read.iter().flatten().map(Vec::len).sum::<usize>(), 39);
    assert_eq!(read.iter().filter(|one| one.is_err()).count(), 1);
    // Where the run itself is wrong, one answer says so.
    log["runs"][0]["properties"] = json!({ "purl": "no package URL" });
    assert_eq!(parts(&log, 1 << 20).len(), 1);
}

#[test]
fn what_is_no_log_or_says_too_much_for_all_results_is_refused_with_its_place() {
    let large = json!({ "tool": { "driver": { "name": "x".repeat(500) } }, "results": [] });
    for (value, most, place) in [
        (json!({}), 100, "/runs"),
        (json!({ "runs": [3] }), 100, "/runs/0"),
        (json!({ "runs": [{ "results": {} }] }), 100, "/runs/0/results"),
        (log(vec![json!({}), large]), 100, "/runs/1"),
    ] {
        assert_eq!(
            sarif::split(&value, most).err().map(|problem| problem.place).as_deref(),
            Some(place),
            "{value}"
        );
    }
    assert!(
        parts(&log(vec![json!({ "tool": {} })]), 100).is_empty(),
        "a run that was not made has no results"
    );
}

#[test]
fn places_in_a_part_are_places_in_the_whole() {
    let log = log(vec![run(1, 1, 0), run(1201, 3, 0)]);
    let part = parts(&log, 16 << 20).pop().unwrap();
    for (place, whole) in [
        ("/runs/0/results/0", "/runs/1/results/1000"),
        ("/runs/0/results/7/ruleIndex", "/runs/1/results/1007/ruleIndex"),
        ("/runs/0/versionControlProvenance", "/runs/1/versionControlProvenance"),
        ("/version", "/version"),
        ("line 1 column 2", "line 1 column 2"),
    ] {
        assert_eq!(part.origin.in_whole(place), whole);
    }
}
