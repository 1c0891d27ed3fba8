//! `forewarn version` as a user runs it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn forewarn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forewarn")).arg("version").args(arguments).output().unwrap()
}

/// Exit code and standard output.
fn answer(arguments: &[&str]) -> (i32, String) {
    let output = forewarn(arguments);
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn check(ecosystem: &str, text: &str) -> (i32, String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("statements.txt");
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let (code, lines) = answer(&["check", "--ecosystem", ecosystem, file]);
    let (same, json) = answer(&["check", "--json", "--ecosystem", ecosystem, file]);
    assert_eq!(code, same);
    (code, lines.replace(file, "FILE"), serde_json::from_str(&json).unwrap())
}

#[test]
fn two_versions_are_compared_with_the_reason() {
    let table = [
        ("Red Hat", "1.9-1", "1.10-1", "< (RPM: segment 2, 9 < 10)\n"),
        ("rpm", "1:1.0-1", "2.0-1", "> (RPM: epoch, 1 > 0)\n"),
        ("PyPI", "1.0", "1.0.0", "= (PEP 440: no part differs)\n"),
        ("pypi", "1.0rc1", "1.0", "< (PEP 440: pre-release, rc1 < nothing)\n"),
        ("Debian:12", "1.0~rc1", "1.0", "< (Debian: upstream part 5, ~rc < nothing)\n"),
        ("Alpine:v3.18", "1.2_rc1-r0", "1.2-r3", "< (apk: suffix 1, _rc1 < nothing)\n"),
        ("gem", "1.0.a", "1.0", "< (RubyGems: segment 2, a < nothing)\n"),
        ("generic", "V4.2 SP1", "V4.2", "> (generic: part 3, sp > nothing)\n"),
        (
            "generic",
            "SS1.0",
            "1.0",
            "> (generic: leading word 1, ss > nothing; they are of different lines, so the order says nothing)\n",
        ),
        ("hackage", "-1", "1", ""),
    ];
    for (ecosystem, left, right, expected) in table {
        let code = if expected.is_empty() { 2 } else { 0 };
        let found = answer(&["compare", "--ecosystem", ecosystem, left, right]);
        assert_eq!(found, (code, expected.to_owned()), "{ecosystem} {left} {right}");
    }
    let (_, json) = answer(&["compare", "--json", "--ecosystem", "npm", "1.0.0", "1.0.0-rc.1"]);
    let expected = json!({"scheme": "SemVer", "left": "1.0.0", "right": "1.0.0-rc.1", "order": ">",
        "comparable": true, "because": "SemVer: stage, release > pre-release"});
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), expected);
}

#[test]
fn statements_that_hold_are_exit_0() {
    let (code, lines, json) = check("RubyGems", "# comment\n\n// comment\n1.0.a < 1.0\r\n1 = 1.0\n2 > 1\n");
    assert_eq!((code, lines.as_str()), (0, "3 agree, 0 differ\n"));
    assert_eq!(json, json!({"scheme": "RubyGems", "agree": 3, "differ": [], "errors": []}));
}

#[test]
fn a_differing_line_is_named_and_exit_1() {
    let (code, lines, json) = check("CRAN", "1.0 < 1.1\n1.0 = 1.0.0\n");
    let expected = "FILE:2: 1.0 = 1.0.0, but found < (CRAN: number 3, nothing < 0)\n1 agree, 1 differ\n";
    assert_eq!((code, lines.as_str()), (1, expected));
    assert_eq!((&json["differ"][0]["line"], &json["differ"][0]["found"]), (&json!(2), &json!("<")));
}

#[test]
fn bad_input_is_named_and_the_other_lines_count() {
    let (code, lines, json) = check("npm", "1.0.0 < 2.0.0\nnonsense\nabc < 1.0.0\n1.0.0 > 2.0.0\n");
    assert_eq!(code, 2);
    assert!(lines.ends_with("1 agree, 1 differ\n"), "{lines}");
    let errors = json["errors"].as_array().unwrap();
    assert_eq!(
        (errors.len(), &errors[0]["place"], &errors[1]["place"]),
        (2, &json!("line 2"), &json!("line 3"))
    );
    assert!(errors[1]["message"].as_str().unwrap().contains("\"abc\" is not a SemVer version"), "{json}");
    assert_eq!(answer(&["check", "--ecosystem", "npm", "no/such/file"]).0, 2);
    assert_eq!(answer(&["compare", "--ecosystem", "Nowhere", "1", "2"]).0, 2);
}
