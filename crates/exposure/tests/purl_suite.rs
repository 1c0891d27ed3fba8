//! The official package URL suite, as far as Forewarn reads package URLs: the name, the version and the type.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::fs;
use std::path::PathBuf;

use forewarn_exposure::{Ecosystem, Identity};
use serde_json::Value;

fn tests(kinds: &[&str]) -> Vec<Value> {
    let Some(folder) = shared::data("purl") else { return Vec::new() };
    let mut files: Vec<PathBuf> = ["spec", "types"]
        .iter()
        .flat_map(|part| fs::read_dir(folder.join(part)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with("-test.json"))
        .collect();
    files.sort();
    let suites = files.iter().map(|file| fs::read_to_string(file).unwrap());
    let suites = suites.map(|text| serde_json::from_str::<Value>(&text).unwrap());
    suites
        .flat_map(|suite| suite["tests"].as_array().unwrap().clone())
        .filter(|test| kinds.contains(&test["test_type"].as_str().unwrap()))
        .collect()
}

/// What the components of a parsed purl stand for here.
fn expected(parts: &Value) -> (String, Option<String>) {
    let text = |field: &str| parts[field].as_str().map(str::to_owned);
    let (ty, namespace, name) = (text("type").unwrap(), text("namespace"), text("name").unwrap());
    let ecosystem = Ecosystem::from_purl_type(&ty, namespace.as_deref()).unwrap();
    let distribution = matches!(ty.as_str(), "apk" | "deb" | "rpm") && ecosystem.to_string() != ty;
    let full = match namespace {
        Some(namespace) if !distribution => format!("{namespace}/{name}"),
        _ => name,
    };
    (package_name(&Identity::package(ecosystem, &full)), text("version"))
}

fn package_name(identity: &Identity) -> String {
    match identity {
        Identity::Package { name, .. } => name.clone(),
        Identity::Product { .. } => panic!("{identity} is no package"),
    }
}

#[test]
fn purls_are_read() {
    let all = tests(&["parse"]);
    let mut wrong = Vec::new();
    for test in &all {
        let input = test["input"].as_str().unwrap();
        let found = Identity::from_purl(input);
        let right = match (&found, test["expected_failure"].as_bool()) {
            (Ok((identity, version)), Some(false)) => {
                (package_name(identity), version.clone()) == expected(&test["expected_output"])
            }
            (found, Some(true)) => found.is_err(),
            _ => false,
        };
        if !right {
            wrong.push(input);
        }
    }
    if all.is_empty() {
        return;
    }
    println!("purl suite, parse: {} agree, {} differ", all.len() - wrong.len(), wrong.len());
    assert!(all.len() > 200, "only {} tests read", all.len());
    let known = [
        // The suite refuses the upper case in a qualifier's name here, and takes it in its "validate" cases.
        "pkg:gem/jruby-launcher@1.1.2?Platform=java",
        "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25",
    ];
    assert_eq!(wrong, known);
}

/// Different writings of one purl are one identity.
#[test]
fn a_purl_and_its_canonical_form_are_the_same() {
    let all = tests(&["validate"]);
    let mut wrong = Vec::new();
    for test in &all {
        let input = test["input"].as_str().unwrap();
        let canonical = test["expected_output"].as_str().unwrap();
        let found = Identity::from_purl(input);
        if found.is_err() || found != Identity::from_purl(canonical) {
            wrong.push(input);
        }
    }
    if all.is_empty() {
        return;
    }
    println!("purl suite, validate: {} agree, {} differ", all.len() - wrong.len(), wrong.len());
    assert!(all.len() > 200, "only {} tests read", all.len());
    // The suite lowers the name, whose case matters by the type's definition.
    let known = ["pkg:git/github/Package-url/purl-Spec@244fd47e07d1004f0aed9c"];
    assert_eq!(wrong, known);
}
