//! `forewarn match --sarif` and `--openvex`: the real binary's documents against what the standards ask.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "support/workspace.rs"]
mod workspace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::documents::{ADVISORY, bom, matched_as, write};
use support::{forewarn, shared};

/// OASIS's JSON schema of SARIF 2.1.0, which the crate `serde-sarif` is made from and brings along.
fn sarif_schema() -> jsonschema::Validator {
    let metadata = workspace::metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let found = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let path = Path::new(found["manifest_path"].as_str().unwrap()).with_file_name("src").join("schema.json");
    let mut schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(schema["properties"]["version"]["enum"], serde_json::json!(["2.1.0"]));
    // Its pattern for languages, which we do not write, has a bracket too many.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    jsonschema::draft7::options().should_validate_formats(true).build(&schema).unwrap()
}

fn assert_valid(schema: &jsonschema::Validator, log: &Value) {
    let problems: Vec<String> =
        schema.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:?}");
}

/// Every level of confidence, a title, aliases, a reference, a product, an odd file name.
fn world(folder: &Path) -> (Vec<PathBuf>, PathBuf) {
    let named =
        |name: &str, more: &str| ADVISORY.replacen('{', &format!("{{{more}"), 1).replace("OSV-1", name);
    let range = named(
        "RANGE-1",
        r#""summary":"A <sample>","aliases":["CVE-2026-1","CVE-2026-2"],
        "references":[{"type":"WEB","url":"https://example.org/a"}],"#,
    );
    let product = r#"{"forewarn":"finding/1","title":"t","description":"d","id":"PRODUCT-1",
        "affected":[{"vendor":"Acme","product":"Pump 3"}]}"#;
    let advisories = vec![
        write(folder, "range.json", &range),
        write(folder, "product.json", product),
        write(folder, "none.json", &named("NONE-1", "").replace("Sample.Package", "other")),
    ];
    let mut bom: Value = serde_json::from_str(&bom("1.0")).unwrap();
    let more = serde_json::json!([
        {"type": "library", "name": "sample-package", "version": "latest",
            "purl": "pkg:pypi/sample-package@latest"},
        {"type": "library", "name": "sample-package", "purl": "pkg:pypi/sample_package"},
        {"type": "device", "name": "Pump 3", "version": "2.1", "supplier": {"name": "Acme"}},
    ]);
    bom["components"].as_array_mut().unwrap().extend(more.as_array().unwrap().clone());
    (advisories, write(folder, "a: b #1.json", &bom.to_string()))
}

fn as_paths(paths: &[PathBuf]) -> Vec<&Path> {
    paths.iter().map(AsRef::as_ref).collect()
}

fn texts<'v>(values: &'v Value, pointer: &str) -> Vec<&'v str> {
    values.as_array().unwrap().iter().map(|value| value.pointer(pointer).unwrap().as_str().unwrap()).collect()
}

#[test]
fn sarif_is_valid_and_says_what_json_says() {
    let schema = sarif_schema();
    let folder = tempfile::tempdir().unwrap();
    let (advisories, inventory) = world(folder.path());
    let (code, log) = matched_as("--sarif", &as_paths(&advisories), &[&inventory]);
    let (_, plain) = matched_as("--json", &as_paths(&advisories), &[&inventory]);
    assert_eq!(code, 1);
    assert_valid(&schema, &log);
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 4);
    assert_eq!(run["results"].as_array().unwrap().len(), plain["hits"].as_array().unwrap().len());
    for (result, hit) in run["results"].as_array().unwrap().iter().zip(plain["hits"].as_array().unwrap()) {
        assert_eq!(result["ruleId"], hit["advisory"]);
        assert_eq!(result["properties"]["confidence"], hit["confidence"]);
        assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], hit["component"]);
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("file:///") && uri.ends_with("/a%3A%20b%20%231.json"), "{uri}");
    }
    assert_eq!(texts(&run["results"], "/level"), ["note", "error", "note", "warning"]);
    assert_eq!(texts(&run["tool"]["driver"]["rules"], "/id"), ["PRODUCT-1", "RANGE-1"]);
    let rule = &run["tool"]["driver"]["rules"][1];
    assert_eq!(rule["shortDescription"]["text"], "A <sample>");
    assert_eq!(rule["helpUri"], "https://example.org/a");
    let fingerprints = texts(&run["results"], "/partialFingerprints/hit~1v1");
    assert_eq!(fingerprints.iter().collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn sarif_of_nothing_and_of_broken_files_is_valid_too() {
    let schema = sarif_schema();
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let safe = write(folder.path(), "safe.json", &bom("2.0"));
    let (code, log) = matched_as("--sarif", &[&advisory], &[&safe]);
    assert_valid(&schema, &log);
    assert_eq!(code, 0);
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]), "none found, not: not looked");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);

    let broken = write(folder.path(), "broken.json", "{\"id\":");
    let (code, log) = matched_as("--sarif", &[&advisory, &broken], &[&safe]);
    assert_valid(&schema, &log);
    assert_eq!(code, 2);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(texts(&invocation["toolExecutionNotifications"], "/level"), ["error"]);
}

#[test]
fn sarif_of_real_advisories_is_valid() {
    let (Some(advisories), Some(inventory)) =
        (shared("osv/pypa"), shared("sbom/generated-pypi-5000.cdx.json"))
    else {
        return;
    };
    let (code, mut log) = matched_as("--sarif", &[&advisories], &[&inventory]);
    assert_eq!(code, 1);
    let results = log["runs"][0]["results"].as_array_mut().unwrap();
    assert!(results.len() > 1_000);
    // They are all alike, and the validator is slow.
    results.truncate(300);
    assert_valid(&sarif_schema(), &log);
}

/// What the specification of OpenVEX 0.2.0 asks of a document. Its JSON schema is in no package of a registry, so
/// the rules are written out.
fn assert_openvex(document: &Value) {
    let allowed: BTreeSet<&str> =
        ["@context", "@id", "author", "role", "timestamp", "version", "tooling", "statements"].into();
    let keys: BTreeSet<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, allowed);
    assert_eq!(document["@context"], "https://openvex.dev/ns/v0.2.0");
    assert_eq!(document["version"], 1);
    assert!(document["@id"].as_str().unwrap().starts_with("https://"));
    document["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let statements = document["statements"].as_array().unwrap();
    assert!(!statements.is_empty());
    let distinct: BTreeSet<String> = statements.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), statements.len());
    for statement in statements {
        assert!(!statement["vulnerability"]["name"].as_str().unwrap().is_empty());
        let affected = match statement["status"].as_str().unwrap() {
            "affected" => true,
            "under_investigation" => false,
            other => panic!("{other} is more than a match can know"),
        };
        assert_eq!(statement.get("action_statement").is_some(), affected);
        for product in statement["products"].as_array().unwrap() {
            assert!(product["@id"].as_str().unwrap().starts_with("pkg:"));
        }
    }
}

#[test]
fn openvex_states_what_is_known_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (advisories, inventory) = world(folder.path());
    let (code, document) = matched_as("--openvex", &as_paths(&advisories), &[&inventory]);
    assert_eq!(code, 1);
    assert_openvex(&document);
    let statements = &document["statements"];
    assert_eq!(texts(statements, "/vulnerability/name"), ["PRODUCT-1", "RANGE-1", "RANGE-1", "RANGE-1"]);
    assert_eq!(
        texts(statements, "/products/0/@id"),
        [
            "pkg:generic/Acme%20Pump%203@2%2E1",
            "pkg:pypi/sample-package@1.0",
            "pkg:pypi/sample-package@latest",
            "pkg:pypi/sample_package"
        ]
    );
    assert_eq!(
        texts(statements, "/status"),
        ["under_investigation", "affected", "under_investigation", "under_investigation"]
    );
    assert_eq!(statements[1]["vulnerability"]["aliases"], serde_json::json!(["CVE-2026-1", "CVE-2026-2"]));
    let safe = write(folder.path(), "safe.json", &bom("2.0"));
    assert_eq!(matched_as("--openvex", &[&advisories[0]], &[&safe]), (0, Value::Null));
}

#[test]
fn openvex_is_reproducible_when_it_is_told_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.0"));
    let run = |epoch: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command
            .args(["match", "--openvex", "--advisories"])
            .arg(&advisory)
            .arg("--inventory")
            .arg(&inventory);
        command.env("SOURCE_DATE_EPOCH", epoch).output().unwrap()
    };
    let first = run("1767225600");
    assert_eq!(first.stdout, run("1767225600").stdout);
    let document: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(document["timestamp"], "2026-01-01T00:00:00Z");
    assert!(!run("yesterday").status.success());
    assert!(String::from_utf8(forewarn(&["match", "--help"]).stdout).unwrap().contains("SOURCE_DATE_EPOCH"));
}
