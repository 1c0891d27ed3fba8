//! `forewarn match` as a user runs it: the real binary, real files, exit codes and the JSON object.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn forewarn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forewarn")).args(arguments).output().unwrap()
}

fn matched(advisories: &[&Path], inventories: &[&Path]) -> (i32, Value) {
    let mut arguments = vec!["match", "--json", "--advisories"];
    arguments.extend(advisories.iter().map(|path| path.to_str().unwrap()));
    arguments.push("--inventory");
    arguments.extend(inventories.iter().map(|path| path.to_str().unwrap()));
    let output = forewarn(&arguments);
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

const ADVISORY: &str = r#"{"schema_version":"1.6.0","id":"OSV-1","modified":"2026-01-01T00:00:00Z",
  "affected":[{"package":{"ecosystem":"PyPI","name":"Sample.Package"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.0"}]}]}]}"#;

fn bom(version: &str) -> String {
    format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{{"type":"library","name":"sample-package",
        "version":"{version}","purl":"pkg:pypi/sample-package@{version}"}}]}}"#
    )
}

#[test]
fn a_hit_is_exit_1_with_its_place_in_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.9.post1"));
    let (code, result) = matched(&[&advisory], &[&inventory]);
    assert_eq!(code, 1);
    let expected = serde_json::json!({
        "hits": [{"advisory": "OSV-1", "inventory": inventory, "component": "pkg:pypi/sample-package@1.9.post1",
            "version": "1.9.post1", "range": "<2.0", "confidence": "range"}],
        "errors": [],
        "read": {"advisories": 1, "inventories": 1, "components": 1},
    });
    assert_eq!(result, expected);
}

#[test]
fn no_hit_is_exit_0() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("2.0"));
    let (code, result) = matched(&[&advisory], &[&inventory]);
    assert_eq!((code, result["hits"].as_array().unwrap().len()), (0, 0));
}

#[test]
fn a_broken_file_is_named_and_the_others_still_count() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.0"));
    let cases = [
        ("syntax.json", "{\"id\": \n oops}".to_owned(), "line 2"),
        ("twice.json", r#"{"id":"X","id":"Y","affected":[]}"#.to_owned(), "/id"),
        ("ecosystem.json", ADVISORY.replace("PyPI", "Nowhere"), "/affected/0/package/ecosystem"),
        ("version.json", ADVISORY.replace("1.6.0", "9.0.0"), "/schema_version"),
        ("deep.json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "/0"),
    ];
    for (name, text, place) in cases {
        let broken = write(folder.path(), name, &text);
        let (code, result) = matched(&[&good, &broken], &[&inventory]);
        assert_eq!(code, 2, "{name}");
        assert_eq!(result["hits"].as_array().unwrap().len(), 1, "{name}");
        let error = &result["errors"][0];
        assert!(error["file"].as_str().unwrap().ends_with(name), "{name}: {error}");
        assert!(error["place"].as_str().unwrap().starts_with(place), "{name}: {error}");
        assert_eq!(result["errors"].as_array().unwrap().len(), 1, "{name}");
    }
}

#[test]
fn a_file_of_200_mib_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.0"));
    let large = folder.path().join("large.json");
    fs::File::create(&large).unwrap().set_len(200 << 20).unwrap();
    let (code, result) = matched(&[&advisory], &[&inventory, &large]);
    assert_eq!((code, result["hits"].as_array().unwrap().len()), (2, 1));
    assert!(result["errors"][0]["message"].as_str().unwrap().contains("larger than the limit"));
}

#[test]
fn usage_errors_are_exit_2() {
    assert_eq!(forewarn(&["match"]).status.code(), Some(2));
    assert_eq!(forewarn(&["no-such-command"]).status.code(), Some(2));
    let (code, result) = matched(&[Path::new("no/such/file")], &[Path::new("no/such/other")]);
    assert_eq!((code, result["errors"].as_array().unwrap().len()), (2, 2));
}
