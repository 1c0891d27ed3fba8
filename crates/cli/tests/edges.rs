//! Which crate may know which, and what the pure ones may not know at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/workspace.rs"]
mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use workspace::metadata;

/// Allowed edges between our crates, besides those to the testkit in tests.
const EDGES: &[(&str, &[&str])] = &[
    ("cli", &["core", "exposure", "formats", "seal", "server", "tlog"]),
    ("server", &["core", "exposure", "formats", "seal", "store", "tlog"]),
    ("store", &["core", "seal"]),
    ("formats", &["core", "exposure"]),
    ("core", &["exposure"]),
    ("exposure", &[]),
    ("seal", &[]),
    ("tlog", &[]),
    ("testkit", &["core", "server", "store"]),
];

/// Edges that exist in tests only.
const TEST_EDGES: &[(&str, &str)] = &[("server", "testkit"), ("store", "tlog")];

/// Crates that decide and never act.
const PURE: &[&str] = &["core", "exposure", "formats", "seal", "tlog"];

/// What has no place below a pure crate: I/O, time of day, randomness.
const IMPURE: &[&str] = &[
    "axum",
    "chrono",
    "hyper",
    "mio",
    "reqwest",
    "rustls",
    "socket2",
    "sqlx",
    "time",
    "tokio",
    "tracing-subscriber",
];

fn short(name: &str) -> Option<&str> {
    name.strip_prefix("forewarn-")
}

/// For each of our crates: the crates it names, and whether only in tests.
fn named(metadata: &Value) -> BTreeMap<String, BTreeSet<(String, bool)>> {
    let mut all = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let Some(name) = short(package["name"].as_str().unwrap()) else { continue };
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let ours = dependencies.map(|d| (d["name"].as_str().unwrap().to_owned(), d["kind"] == "dev"));
        all.insert(name.to_owned(), ours.collect());
    }
    all
}

#[test]
fn only_the_allowed_edges_exist() {
    let named = named(&metadata());
    let known: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        named.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        known,
        "a crate without a place in the house"
    );
    for (name, dependencies) in &named {
        let allowed = EDGES.iter().find(|(known, _)| known == name).unwrap().1;
        for (dependency, in_tests) in dependencies {
            let Some(dependency) = short(dependency) else { continue };
            let edge = allowed.contains(&dependency)
                || (*in_tests && TEST_EDGES.contains(&(name.as_str(), dependency)));
            assert!(edge, "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn pure_crates_bring_no_io_clock_or_randomness() {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let name_of = |id: &str| {
        let found = metadata["packages"].as_array().unwrap().iter().find(|p| p["id"] == id).unwrap();
        found["name"].as_str().unwrap().to_owned()
    };
    for pure in PURE {
        let start = nodes
            .iter()
            .find(|node| name_of(node["id"].as_str().unwrap()) == format!("forewarn-{pure}"))
            .unwrap();
        let mut open = vec![start["id"].as_str().unwrap().to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let node = nodes.iter().find(|node| node["id"] == id.as_str()).unwrap();
            for dependency in node["deps"].as_array().unwrap() {
                let normal =
                    dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
                if normal {
                    open.push(dependency["pkg"].as_str().unwrap().to_owned());
                }
            }
        }
        assert!(seen.len() > 1, "{pure} has no dependencies at all, so this looked at nothing");
        for id in seen {
            let name = name_of(&id);
            assert!(!IMPURE.contains(&name.as_str()), "{pure} reaches {name}");
        }
    }
}

#[test]
fn there_is_one_sqlite_in_the_tree() {
    let metadata = metadata();
    let sqlite =
        metadata["packages"].as_array().unwrap().iter().filter(|p| p["name"] == "libsqlite3-sys").count();
    let others = ["rusqlite", "diesel", "sea-orm"];
    assert_eq!(sqlite, 1);
    assert!(
        metadata["packages"]
            .as_array()
            .unwrap()
            .iter()
            .all(|p| !others.contains(&p["name"].as_str().unwrap()))
    );
}
