//! What the tests of the readers have in common: the shared documents, whole samples, ways to break them.
#![allow(dead_code, reason = "each test uses some of it")]

pub mod advisories;
pub mod samples;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use forewarn_formats::json::{Limits, Problem};
use forewarn_formats::{inventory, report};
use serde_json::Value;

/// The folder of real documents, or `None` after saying so; in CI its absence is a failure.
pub fn shared() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("FOREWARN_SHARED_DATA").map_or(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "shared data is required in CI: {}", folder.display());
    let _ = writeln!(std::io::stderr(), "NOT RUN: shared data not found at {}", folder.display());
    None
}

/// Every `.json` file below a folder, in order of names.
pub fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|e| e == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Reads bytes the way the service does, as a report or as an inventory.
pub fn read(kind: samples::Kind, bytes: &[u8]) -> Result<(), Problem> {
    match kind {
        samples::Kind::Report => report::read(bytes, &Limits::default()).map(|_| ()),
        samples::Kind::Inventory => inventory::read(bytes, &Limits::inventory()).map(|_| ()),
    }
}

/// JSON pointers of every value of a document, the root included.
pub fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, String::new(), &mut found);
    found
}

fn collect(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                collect(inner, format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                collect(inner, format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(place);
}

/// The document with another value at a pointer.
pub fn with(document: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = document.clone();
    *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}")) = value;
    changed
}

/// The document without the value at a pointer.
pub fn without(document: &Value, pointer: &str) -> Value {
    let mut changed = document.clone();
    let Some((parent, key)) = pointer.rsplit_once('/') else { return Value::Null };
    match changed.pointer_mut(parent) {
        Some(Value::Object(object)) => drop(object.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => drop(items.remove(key.parse().unwrap())),
        _ => panic!("nothing at {pointer}"),
    }
    changed
}
