//! Version orders against published fixtures: one `a < b`, `a = b` or `a > b` a line, and the VERS suite.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::cmp::Ordering;
use std::fs;
use std::path::Path;

use forewarn_exposure::Scheme;
use serde_json::Value;

/// One statement of a fixture.
struct Statement {
    left: String,
    expected: Ordering,
    right: String,
}

fn statements(file: &Path) -> Vec<Statement> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !(line.is_empty() || line.starts_with("//") || line.starts_with('#')))
        .map(statement)
        .collect()
}

fn statement(line: &str) -> Statement {
    for (sign, expected) in [(" < ", Ordering::Less), (" > ", Ordering::Greater), (" = ", Ordering::Equal)] {
        if let Some((left, right)) = line.split_once(sign) {
            return Statement { left: left.trim().into(), expected, right: right.trim().into() };
        }
    }
    panic!("fixture line not understood: {line}")
}

/// How many agree; prints those that do not.
fn disagreements(scheme: Scheme, statements: &[Statement]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Statement { left, expected, right } in statements {
        let found = scheme.compare(left, right);
        let back = scheme.compare(right, left).map(Ordering::reverse);
        if found.as_ref().ok() != Some(expected) || found != back {
            wrong.push(format!("{left} vs {right}: {found:?}, expected {expected:?}"));
        }
    }
    wrong
}

fn check(scheme: Scheme, files: &[&str], at_least: usize) {
    let Some(folder) = shared::data("versions") else { return };
    let all: Vec<_> = files.iter().flat_map(|file| statements(&folder.join(file))).collect();
    let wrong = disagreements(scheme, &all);
    println!("{scheme}: {} agree, {} differ", all.len() - wrong.len(), wrong.len());
    assert!(all.len() >= at_least, "only {} statements read", all.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn semver_order() {
    check(Scheme::SemVer, &["semver-versions.txt"], 40);
}

#[test]
fn pep440_order() {
    check(Scheme::Pep440, &["pypi-versions.txt", "pypi-versions-generated.txt"], 6_000);
}

#[test]
fn debian_order() {
    check(Scheme::Debian, &["debian-versions.txt", "debian-versions-generated.txt"], 7_000);
}

#[test]
fn maven_order() {
    check(Scheme::Maven, &["maven-versions.txt", "maven-versions-generated.txt"], 7_000);
}

#[test]
fn rpm_order() {
    check(Scheme::Rpm, &["redhat-versions.txt"], 70);
}

#[test]
fn apk_order() {
    check(Scheme::Apk, &["alpine-versions.txt", "alpine-versions-generated.txt"], 7_000);
}

#[test]
fn rubygems_order() {
    check(Scheme::RubyGems, &["rubygems-versions.txt", "rubygems-versions-generated.txt"], 2_000);
}

#[test]
fn composer_order() {
    check(Scheme::Composer, &["packagist-versions.txt", "packagist-versions-generated.txt"], 5_000);
}

#[test]
fn nuget_order() {
    check(Scheme::NuGet, &["nuget-versions.txt"], 15);
}

#[test]
fn pub_order() {
    check(Scheme::Pub, &["pub-versions.txt"], 45);
}

#[test]
fn cran_order() {
    check(Scheme::Cran, &["cran-versions.txt", "cran-versions-generated.txt"], 35);
}

#[test]
fn hackage_order() {
    check(Scheme::Hackage, &["hackage-versions.txt"], 7);
}

/// The VERS suite gives versions in any order and expects them sorted, or says whether two are equal.
fn vers_statements(test: &Value) -> Vec<Statement> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    match test["test_type"].as_str() {
        Some("comparison") => texts(&test["expected_output"])
            .windows(2)
            .map(|pair| Statement { left: pair[0].clone(), expected: Ordering::Less, right: pair[1].clone() })
            .collect(),
        Some("equality") if test["expected_output"] == Value::Bool(true) => texts(&test["input"]["versions"])
            .windows(2)
            .map(|pair| Statement {
                left: pair[0].clone(),
                expected: Ordering::Equal,
                right: pair[1].clone(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn maven_order_of_the_vers_suite() {
    let Some(file) = shared::data("vers/maven_version_cmp_test.json") else { return };
    let suite: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let all: Vec<_> = suite["tests"].as_array().unwrap().iter().flat_map(vers_statements).collect();
    // A suite entry may list two equal versions as "sorted".
    let wrong = disagreements(Scheme::Maven, &all);
    println!("VERS Maven: {} agree, {} differ", all.len() - wrong.len(), wrong.len());
    assert!(all.len() > 900, "only {} statements read", all.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
