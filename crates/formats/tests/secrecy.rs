//! Whatever is wrong with a document, what is said about it quotes nothing of it: it may be under embargo.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_formats::json::Problem;
use serde_json::{Value, json};
use support::samples::{self, Kind};
use support::{pointers, read, with, without};

/// A word that no message of ours has; in upper case it would be found as well.
const SECRET: &str = "zebrafinch";

fn assert_silent(format: &str, about: &str, outcome: Result<(), Problem>) -> usize {
    let Err(problem) = outcome else { return 0 };
    let said = format!("{problem} {problem:?} {}", serde_json::to_string(&problem).unwrap()).to_lowercase();
    assert!(!said.contains(SECRET), "{format}, {about}: {said}");
    assert!(!problem.place.is_empty() && !problem.message.is_empty(), "{format}, {about}: says nothing");
    1
}

fn text(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// The document with the secret in every text that may be any text.
fn filled(kind: Kind, document: &Value) -> Value {
    let mut filled = document.clone();
    for place in pointers(document) {
        let Some(text) = document.pointer(&place).and_then(Value::as_str) else { continue };
        for attempt in [format!("{text} {SECRET}"), format!("{text}{SECRET}")] {
            let tried = with(&filled, &place, attempt.into());
            if read(kind, &serde_json::to_vec(&tried).unwrap()).is_ok() {
                filled = tried;
                break;
            }
        }
    }
    filled
}

/// What a value may be replaced with, each with the secret wherever a text can be.
fn faults() -> Vec<Value> {
    let mut faults = vec![
        json!(SECRET),
        json!(format!("{SECRET}`, expected {SECRET}")),
        json!(format!("\", expected {SECRET}")),
        json!(format!("1.{SECRET}")),
        json!(format!("pkg:{SECRET}/x")),
        json!(format!("pkg:npm/{SECRET}@%zz")),
        json!(format!("vers:npm/>={SECRET}|")),
        json!(format!("https://spdx.org/rdf/9.9/{SECRET}")),
        json!([SECRET]),
        json!([[SECRET]]),
        json!({ format!("{SECRET} key"): SECRET }),
        json!({ format!("`{SECRET}`"): SECRET, "name": SECRET }),
        json!({ "introduced": SECRET, "fixed": SECRET }),
        json!(7),
        json!(-1.5e300),
        json!(true),
        Value::Null,
        json!([]),
        json!({}),
        json!(""),
        json!(SECRET.repeat(40_000)),
    ];
    faults.push(json!([{ "category": SECRET, "name": SECRET.repeat(200), "product_id": SECRET }]));
    faults
}

#[test]
fn no_broken_field_is_quoted() {
    for (format, kind, document) in samples::all() {
        let document = filled(kind, &document);
        assert!(text(&document).windows(SECRET.len()).any(|w| w == SECRET.as_bytes()), "{format}: no secret");
        let mut refused = 0;
        for place in pointers(&document) {
            for fault in faults() {
                let broken = text(&with(&document, &place, fault));
                refused += assert_silent(format, &place, read(kind, &broken));
            }
            refused += assert_silent(format, &place, read(kind, &text(&without(&document, &place))));
            if let Some(Value::Object(object)) = document.pointer(&place) {
                let mut more = object.clone();
                more.insert(format!("the {SECRET}"), json!(SECRET));
                let more = text(&with(&document, &place, more.into()));
                refused += assert_silent(format, &place, read(kind, &more));
            }
        }
        println!("{format}: {refused} refusals");
        assert!(refused > 20, "{format}: only {refused} of the broken documents were refused");
    }
}

#[test]
fn no_torn_text_is_quoted() {
    for (format, kind, document) in samples::all() {
        let whole = text(&filled(kind, &document));
        let mut refused = 0;
        for at in 0..whole.len() {
            let (before, after) = whole.split_at(at);
            refused += assert_silent(format, "cut off", read(kind, before));
            for stray in ["\"", "\\", "\u{1}", "{", ",", "9e999", "\\ud800", "null"] {
                let broken = [before, stray.as_bytes(), after].concat();
                refused += assert_silent(format, stray, read(kind, &broken));
            }
            let broken = [before, b"\xff", after].concat();
            assert!(read(kind, &broken).is_err(), "{format}: not UTF-8");
            refused += assert_silent(format, "not UTF-8", read(kind, &broken));
        }
        assert!(refused > whole.len(), "{format}: only {refused} of the torn documents were refused");
    }
}

#[test]
fn what_cannot_be_published_is_not_quoted() {
    let mut refused = 0;
    for advisory in support::advisories::broken(SECRET) {
        if let Err(problem) = forewarn_formats::csaf::write(&advisory) {
            let said = format!("{problem} {problem:?}");
            assert!(!said.contains(SECRET), "{said}");
            refused += 1;
        }
        let debug = format!("{advisory:?}");
        assert!(!debug.contains(SECRET), "{debug}");
    }
    assert!(refused > 5, "only {refused}");
}
