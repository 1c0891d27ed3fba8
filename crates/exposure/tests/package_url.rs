//! The official package URL suite, every case of it, with all components.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shared;

use std::fs;

use forewarn_exposure::PackageUrl;
use serde_json::{Value, json};

fn tests() -> Option<Vec<Value>> {
    let folder = shared::data("purl")?;
    let entries = ["spec", "types"].iter().flat_map(|part| fs::read_dir(folder.join(part)).unwrap());
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with("-test.json"));
    files.sort();
    let suites =
        files.iter().map(|file| serde_json::from_str::<Value>(&fs::read_to_string(file).unwrap()).unwrap());
    Some(suites.flat_map(|suite| suite["tests"].as_array().unwrap().clone()).collect())
}

fn built(parts: &Value) -> PackageUrl {
    let text = |field: &str| parts[field].as_str().map(str::to_owned);
    PackageUrl {
        ty: text("type").unwrap_or_default(),
        namespace: text("namespace"),
        name: text("name").unwrap_or_default(),
        version: text("version"),
        qualifiers: serde_json::from_value(parts["qualifiers"].clone()).unwrap_or_default(),
        subpath: text("subpath"),
    }
}

/// What we say, in the form of the suite's `expected_output`; an error is null.
fn answer(test: &Value) -> Value {
    let input = &test["input"];
    let shown = |purl: PackageUrl| json!(purl.to_string());
    match test["test_type"].as_str().unwrap() {
        "build" => built(input).checked().map_or(Value::Null, shown),
        "validate" => input.as_str().unwrap().parse().map_or(Value::Null, shown),
        _ => input.as_str().unwrap().parse::<PackageUrl>().map_or(Value::Null, |purl| {
            let qualifiers = if purl.qualifiers.is_empty() { Value::Null } else { json!(purl.qualifiers) };
            json!({"type": purl.ty, "namespace": purl.namespace, "name": purl.name, "version": purl.version,
                "qualifiers": qualifiers, "subpath": purl.subpath})
        }),
    }
}

#[test]
fn the_whole_suite() {
    let Some(tests) = tests() else { return };
    let mut wrong: Vec<String> = Vec::new();
    for test in &tests {
        let found = answer(test);
        let right =
            if test["expected_failure"] == true { found.is_null() } else { found == test["expected_output"] };
        if !right {
            wrong.push(format!("{} {}", test["test_type"].as_str().unwrap(), test["input"]));
            println!("{} gives {found}, not {}", test["input"], test["expected_output"]);
        }
    }
    println!("purl suite: {} agree, {} differ", tests.len() - wrong.len(), wrong.len());
    assert!(tests.len() > 500, "only {} tests read", tests.len());
    assert_eq!(wrong, LEFT);
}

/// Cases that are left to differ:
/// - the suite refuses upper case in the name of a qualifier in its "parse" cases, and takes the same purls in its
///   "validate" cases; here they are taken;
/// - it lowers the name of a `git` purl, whose definition says that case matters.
const LEFT: &[&str] = &[
    r#"parse "pkg:gem/jruby-launcher@1.1.2?Platform=java""#,
    r#"validate "pkg:git/github/Package-url/purl-Spec@244fd47e07d1004f0aed9c""#,
    r#"parse "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25""#,
];
