//! SARIF logs and CVE records as reports: what each part of a document becomes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_core::finding::{Report, SourceFormat};
use forewarn_formats::json::{Limits, committed_text, parse};
use forewarn_formats::{finding, report};
use proptest::prelude::*;
use serde_json::{Value, json};

const SARIF: &str = include_str!("../../../fuzz/seeds/sarif/whole.json");
const CVE: &str = include_str!("../../../fuzz/seeds/cve/whole.json");
const REJECTED: &str = include_str!("../../../fuzz/seeds/cve/rejected.json");

fn read(text: &str) -> Vec<Report> {
    report::read(text.as_bytes(), &Limits::finding()).unwrap()
}

fn refused(document: &Value) -> String {
    report::read(document.to_string().as_bytes(), &Limits::finding()).unwrap_err().to_string()
}

fn with(document: &str, pointer: &str, value: Value) -> Value {
    let mut document: Value = serde_json::from_str(document).unwrap();
    *document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    document
}

#[test]
fn a_sarif_result_with_all_its_parts() {
    let reports = read(SARIF);
    assert_eq!(reports.len(), 3);
    let one = &reports[0];
    assert_eq!((one.source, one.source_pointer.as_deref()), (SourceFormat::Sarif, Some("/runs/0/results/0")));
    assert_eq!(one.title, "Write out of bounds");
    assert!(one.description.starts_with("buffer is written behind its end {here}"), "{}", one.description);
    assert!(one.description.contains("A length is used before it is checked."));
    assert_eq!(one.weaknesses, ["CWE-125", "CWE-787", "CWE-120"]);
    let place = one.location.as_ref().unwrap();
    assert_eq!(
        (place.file.as_str(), place.function.as_deref(), place.line),
        ("src/lib.c", Some("parser::read"), Some(41))
    );
    assert_eq!(one.code.locations.len(), 1);
    assert_eq!(one.code.locations[0].file, "src/main.c");
    assert_eq!(
        one.code.trace.as_deref(),
        Some(
            "AddressSanitizer: heap-buffer-overflow\n#0 in parser::read src/lib.c:41\n#1 in main (libc.so.6)"
        )
    );
    assert_eq!(
        one.code.patch.as_deref(),
        Some("--- a/src/lib.c\n+++ b/src/lib.c\n@@ -41,2 +41,2 @@\n+if (n > size) return;\n+copy(n);\n")
    );
    let scores: Vec<_> = one.severity.iter().map(|s| (s.scheme.as_str(), s.score.as_str())).collect();
    assert_eq!(scores, [("security-severity", "9.1"), ("SARIF", "error")]);
    assert_eq!(one.affected[0].label(), "github sample/parser");
    assert_eq!(one.affected[0].versions, ["0123456789abcdef"]);
    assert_eq!(one.mitigation.as_deref(), Some("Check the length first."));
    let from = one.provenance.as_ref().unwrap();
    assert_eq!((from.model.as_str(), from.version.as_deref()), ("sample-model", Some("4")));
    assert_eq!((from.harness.as_deref(), from.run.as_deref()), (Some("Scan 2.3.1"), Some("nightly/17")));
    assert!(from.human_checked);
}

#[test]
fn what_a_tool_calls_no_problem_is_said_to_be_withdrawn() {
    let withdrawn: Vec<bool> = read(SARIF).iter().map(|report| report.withdrawn).collect();
    assert_eq!(withdrawn, [false, true, true]);
    let under_review = with(SARIF, "/runs/0/results/2/suppressions", json!([{ "status": "underReview" }]));
    assert!(!read(&under_review.to_string())[2].withdrawn);
    // A part of a rule is of the rule.
    assert_eq!(read(SARIF)[2].title, "Write out of bounds");
}

#[test]
fn without_a_known_repository_nothing_is_affected_unless_it_is_said() {
    let elsewhere =
        with(SARIF, "/runs/0/versionControlProvenance/0/repositoryUri", json!("https://git.example/a/b"));
    assert!(read(&elsewhere.to_string())[0].affected.is_empty());
    let said = with(SARIF, "/runs/0/properties", json!({ "purl": "pkg:pypi/sample@1.4" }));
    let reports = read(&said.to_string());
    assert_eq!(
        (reports[0].affected[0].label(), &reports[0].affected[0].versions[..]),
        ("PyPI sample".to_owned(), &["1.4".to_owned()][..])
    );
    assert_eq!(reports[0].provenance.as_ref().unwrap().model, "Scan", "without a model the tool found it");
}

#[test]
fn sarif_that_is_not_right_is_refused_with_its_place() {
    let cases = [
        ("/version", json!("2.0.0"), "/version: SARIF 2.1.0 is read here, not 2.0.0"),
        ("/version", json!("secret"), "/version: SARIF 2.1.0 is read here, not something else"),
        ("/runs/0/tool", json!(null), "/runs/0/tool: invalid type: null"),
        ("/runs/0/results/0/message", json!("secret"), "/runs/0/results/0/message: invalid type: string"),
        (
            "/runs/0/results/0/ruleIndex",
            json!(7),
            "/runs/0/results/0/ruleIndex: refers to a rule that is not in the tool",
        ),
        (
            "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/index",
            json!(3),
            "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/index: refers to a file",
        ),
        ("/runs/0/properties", json!({ "purl": "secret" }), "/runs/0/properties/purl: not a package URL"),
    ];
    for (pointer, value, expected) in cases {
        let said = refused(&with(SARIF, pointer, value));
        assert!(said.starts_with(expected), "{pointer}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let many = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "s" } },
        "results": vec![json!({ "message": { "text": "x".repeat(120) } }); 5001] }] });
    assert!(refused(&many).starts_with("/runs: at most 5000 results"));
    let text = "x".repeat(8000);
    let copied = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "s", "rules": [{ "id": "r",
        "fullDescription": { "text": text }, "help": { "text": text } }] } },
        "results": vec![json!({ "message": { "text": "x".repeat(120) }, "ruleIndex": 0 }); 4000] }] });
    assert!(refused(&copied).contains("the same is said for too many results"), "{}", refused(&copied));
}

#[test]
fn a_cve_record_with_all_its_parts() {
    let reports = read(CVE);
    let [one] = &reports[..] else { panic!() };
    assert_eq!((one.source, one.external_id.as_deref()), (SourceFormat::Cve, Some("CVE-2026-12345")));
    assert_eq!(one.aliases, ["GHSA-2222-3333-4444"]);
    assert_eq!(one.title, "Overflow in Sample Parser");
    assert_eq!(one.description, "A length is used before it is checked.");
    assert_eq!(one.weaknesses, ["CWE-787", "CWE-120"]);
    let labels: Vec<String> = one.affected.iter().map(forewarn_exposure::Affected::label).collect();
    assert_eq!(labels.len(), 3, "{labels:?}");
    assert_eq!(labels[1..], ["PyPI sample-parser".to_owned(), "npm @sample/parser".to_owned()]);
    assert_eq!((one.affected[0].ranges.len(), &one.affected[0].versions[..]), (1, &["3.1".to_owned()][..]));
    assert_eq!(one.affected[0].needs_person, None);
    assert_eq!(one.affected[1].ranges.len(), 1);
    assert!(one.affected[2].needs_person.as_ref().unwrap().contains("every version"));
    let place = one.location.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.function.as_deref()), ("src/parse.c", Some("read_length")));
    let schemes: Vec<&str> = one.severity.iter().map(|severity| severity.scheme.as_str()).collect();
    assert_eq!(schemes, ["CVSS_V4", "CVSS_V3"]);
    assert_eq!(one.references, ["https://sample.example/advisory", "https://other.example/"]);
    assert_eq!(one.mitigation.as_deref(), Some("Turn the parser off.\n\nUpdate to 2.4."));
    let rejected = &read(REJECTED)[0];
    assert!(rejected.withdrawn && rejected.title == "CVE-2026-0001");
}

#[test]
fn cve_records_that_are_not_right_are_refused_with_their_place() {
    let cases = [
        ("/dataVersion", json!("4.0"), "/dataVersion: CVE record format 5.x is read here, not 4.0"),
        ("/dataVersion", json!(null), "/dataVersion: expected a version"),
        ("/cveMetadata/cveId", json!("secret"), "/cveMetadata/cveId: expected an id"),
        ("/cveMetadata/state", json!("secret"), "/cveMetadata/state: expected PUBLISHED or REJECTED"),
        ("/containers/cna", json!([]), "/containers/cna: invalid type"),
        (
            "/containers/cna/affected/0/versions/0/version",
            json!(1),
            "/containers/cna/affected/0/versions/0/version: invalid type",
        ),
        (
            "/containers/cna/affected",
            json!(vec![json!({}); 1001]),
            "/containers/cna/affected: at most 1000 entries",
        ),
    ];
    for (pointer, value, expected) in cases {
        let said = refused(&with(CVE, pointer, value));
        assert!(said.starts_with(expected), "{pointer}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn csaf_of_another_version_is_refused_in_words() {
    let said = refused(&json!({ "document": { "csaf_version": "2.1" } }));
    assert!(
        said.contains("CSAF 2.0 is read here, not 2.1") && said.contains("vulnerability report"),
        "{said}"
    );
}

#[test]
fn our_own_findings_have_places_a_trace_and_a_patch() {
    let document = json!({ "forewarn": "finding/1", "title": "t", "description": "d",
        "affected": [{ "purl": "pkg:pypi/a" }], "code": { "locations": [{ "file": "b.c", "line": 3 }],
        "trace": "#0 in f b.c:3", "patch": "--- a/b.c" } });
    let code = read(&document.to_string())[0].code.clone();
    assert_eq!(
        (code.locations[0].line, code.trace.as_deref(), code.patch.as_deref()),
        (Some(3), Some("#0 in f b.c:3"), Some("--- a/b.c"))
    );
    for (code, place) in [
        (json!({ "locations": [{ "file": "" }] }), "/code/locations/0/file"),
        (json!({ "locations": [{ "file": "a", "line": 0 }] }), "/code/locations/0/line"),
        (json!({ "trace": " " }), "/code/trace"),
        (json!({ "other": 1 }), "/code/other"),
    ] {
        let mut wrong = document.clone();
        wrong["code"] = code;
        assert!(refused(&wrong).starts_with(place), "{}", refused(&wrong));
    }
}

#[test]
fn the_published_schema_is_the_one_that_is_compiled_in() {
    let published =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/finding.schema.json");
    assert_eq!(
        std::fs::read_to_string(published).unwrap(),
        finding::SCHEMA,
        "copy crates/formats/schema/ there"
    );
    let schema: Value = serde_json::from_str(finding::SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let good = json!({ "forewarn": "finding/1", "title": "t", "description": "d", "affected": [{ "purl": "pkg:pypi/a" }],
        "code": { "locations": [{ "file": "a.c" }] }, "location": null });
    assert!(validator.is_valid(&good));
    for (field, value) in [
        ("code", json!({ "places": [] })),
        ("location", json!({})),
        ("affected", json!([])),
        ("extra", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(!validator.is_valid(&bad), "{field}");
    }
}

/// A value as another program may lay it out: blanks between any two tokens.
fn spaced(value: &Value, blank: &str) -> String {
    let text = match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| spaced(item, blank)).collect();
            format!("[{blank}{}]", items.join(&format!("{blank},{blank}")))
        }
        Value::Object(members) => {
            let member =
                |(key, value): (&String, &Value)| format!("{}{blank}:{}", json!(key), spaced(value, blank));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{blank}{}}}", members.join(&format!("{blank},")))
        }
        other => other.to_string(),
    };
    format!("{blank}{text}{blank}")
}

proptest! {
    /// What a commitment is made over does not hang on how the text is laid out, and its own member is not in it.
    #[test]
    fn a_commitment_is_over_the_tokens(text in any::<String>(), number in any::<f64>(), blank in "[ \n\t\r]{0,3}") {
        prop_assume!(number.is_finite());
        let mut document = json!({ "a": [text, number, null, { "commitment": "inner stays" }], "z \" \\ ": "x" });
        let plain = document.to_string();
        let committed = committed_text(spaced(&document, &blank).as_bytes(), &Limits::finding()).unwrap();
        prop_assert_eq!(String::from_utf8(committed).unwrap(), plain.clone());
        document["commitment"] = json!("00");
        let again = committed_text(spaced(&document, &blank).as_bytes(), &Limits::finding()).unwrap();
        prop_assert_eq!(String::from_utf8(again).unwrap(), plain);
    }

    /// Whatever stands in the place of a part, a document is read or refused, and what is read survives being stored.
    #[test]
    fn any_part_may_be_anything(which in 0..2_usize, at in any::<prop::sample::Index>(), kind in 0..6_u8) {
        let document: Value = serde_json::from_str([SARIF, CVE][which]).unwrap();
        let mut places = Vec::new();
        pointers(&document, String::new(), &mut places);
        let value = [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!([[{}]])][usize::from(kind)].clone();
        let place: &String = at.get(&places);
        let changed = with([SARIF, CVE][which], place, value);
        if let Ok(reports) = parse(changed.to_string().as_bytes(), &Limits::finding()).and_then(report::read_value) {
            for report in reports {
                let stored = serde_json::to_vec(&report).unwrap();
                prop_assert_eq!(serde_json::from_slice::<Report>(&stored).unwrap(), report);
            }
        }
    }
}

fn pointers(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| pointers(item, format!("{place}/{n}"), found))
        }
        Value::Object(members) => members.iter().for_each(|(key, item)| {
            pointers(item, format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
        }),
        _ => {}
    }
    found.push(place);
}
