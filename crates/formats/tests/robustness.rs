//! No bytes make a reader panic, be they noise or a real document with something changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::PathBuf;

use forewarn_formats::json::{Limits, Problem};
use forewarn_formats::{inventory, report};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use support::{json_files, pointers, samples, shared};

/// Larger documents are left to the tests that read them whole.
const LARGEST: u64 = 60_000;

/// Both readers; what they say of a place is never empty.
fn read(bytes: &[u8]) {
    told(report::read(bytes, &Limits::finding()));
    told(inventory::read(bytes, &Limits::inventory()));
}

fn told<T>(outcome: Result<T, Problem>) {
    if let Err(problem) = outcome {
        assert!(!problem.place.is_empty() && !problem.message.is_empty());
        assert!(problem.to_string().chars().count() < 10_000, "a problem is a line, not a document");
    }
}

fn real_documents() -> Vec<PathBuf> {
    let Some(data) = shared() else { return Vec::new() };
    let folders = ["csaf-cisa", "osv", "sbom"];
    let files = folders.iter().flat_map(|folder| json_files(&data.join(folder)));
    files.filter(|file| fs::metadata(file).unwrap().len() < LARGEST).collect()
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
        "(pkg:[a-z]{0,5}/)?[@%a-z0-9<>=|,:. -]{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{}])),
        Just(json!([[null]])),
        Just(json!("x".repeat(5000))),
    ]
}

/// Puts, copies or takes something away at one place.
fn change(document: &mut Value, at: Index, from: Index, kind: u8, odd: Value) {
    let places = pointers(document);
    let other = document.pointer(&places[at.index(places.len())]).cloned().unwrap_or_default();
    let new = if kind == 0 { other } else { odd };
    if let Some(place) = document.pointer_mut(&places[from.index(places.len())]) {
        match (kind, place) {
            (1, Value::Array(items)) => items.push(new),
            (2, Value::Array(items)) => drop(items.pop()),
            (_, place) => *place = new,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        read(&bytes);
    }

    #[test]
    fn a_torn_sample(which in any::<Index>(), cut in any::<Index>(), byte in any::<u8>()) {
        let samples = samples::all();
        let (_, _, document) = which.get(samples.as_slice());
        let mut text = document.to_string().into_bytes();
        let at = cut.index(text.len());
        read(&text[..at]);
        text[at] = byte;
        read(&text);
    }

    #[test]
    fn a_changed_sample(which in any::<Index>(), changes in proptest::collection::vec(
        (any::<Index>(), any::<Index>(), 0_u8..4, odd_value()), 1..5,
    )) {
        let samples = samples::all();
        let mut document = which.get(samples.as_slice()).2.clone();
        for (at, from, kind, odd) in changes {
            change(&mut document, at, from, kind, odd);
        }
        read(document.to_string().as_bytes());
        told(report::read_value(document.clone()));
        told(inventory::read_value(document));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_real_document(which in any::<Index>(), changes in proptest::collection::vec(
        (any::<Index>(), any::<Index>(), 0_u8..4, odd_value()), 1..6,
    ), bytes in proptest::collection::vec((any::<Index>(), any::<u8>()), 0..4)) {
        thread_local! { static FILES: Vec<PathBuf> = real_documents(); }
        let Some(file) = FILES.with(|files| (!files.is_empty()).then(|| which.get(files.as_slice()).clone())) else {
            return Ok(());
        };
        let mut text = fs::read(&file).unwrap();
        let mut document: Value = serde_json::from_slice(&text).unwrap();
        for (at, from, kind, odd) in changes {
            change(&mut document, at, from, kind, odd);
        }
        read(document.to_string().as_bytes());
        for (at, byte) in bytes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        read(&text);
    }
}
