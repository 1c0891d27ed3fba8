//! The published schema and the reader agree about what a finding is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_formats::finding;
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use support::{pointers, samples, with, without};

fn schema() -> Validator {
    let schema: Value = serde_json::from_str(finding::SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Whether a place is one where the reader checks a grammar that the schema leaves out, as it says.
fn has_grammar(place: &str) -> bool {
    let mut steps = place.split('/').skip(1);
    let entry = steps.next() == Some("affected") && steps.next().is_some();
    entry && matches!((steps.next(), steps.next()), (Some("purl"), None) | (Some("ranges"), Some(_)))
}

/// The schema's verdict is the reader's, but for those grammars.
fn agree(schema: &Validator, document: &Value) -> Result<(), String> {
    match (schema.is_valid(document), finding::read(document.clone())) {
        (true, Ok(_)) | (false, Err(_)) => Ok(()),
        (true, Err(problem)) if has_grammar(&problem.place) => Ok(()),
        (true, Err(problem)) => Err(format!("only the reader refuses: {problem}")),
        (false, Ok(_)) => {
            let errors: Vec<String> = schema.iter_errors(document).map(|error| error.to_string()).collect();
            Err(format!("only the schema refuses: {errors:?}"))
        }
    }
}

const BLANKS: [char; 14] = [
    '\0', '\t', '\n', '\u{b}', ' ', '\u{7f}', '\u{85}', '\u{a0}', '\u{1680}', '\u{200b}', '\u{2028}',
    '\u{202f}', '\u{3000}', '\u{feff}',
];

fn text() -> impl Strategy<Value = String> {
    let edge = select(&[299_usize, 300, 301, 1999, 2000, 2001, 262_144, 262_145][..]);
    let blanks = prop::collection::vec(select(&BLANKS[..]), 0..4).prop_map(String::from_iter);
    prop_oneof![
        any::<String>(),
        blanks.clone(),
        blanks.prop_map(|blanks| format!("{blanks}a")),
        (select(&["a", "é", "𝄞"][..]), edge.clone()).prop_map(|(c, length)| c.repeat(length)),
        edge.prop_map(|length| format!("https://{}", "a".repeat(length - 8))),
        "CWE-[0-9]{0,7}\n?",
        "https?://[ -~é]{0,5}",
        (select(&[63_usize, 64, 65, 96, 128][..]), select(&["0", "f", "F", "g"][..]))
            .prop_map(|(n, c)| c.repeat(n)),
        select(&["pkg:npm/a", "pkg:npm/a@1", "<1", ">=1, <2", "finding/1", "finding/2", ""][..])
            .prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let text = text().prop_map(Value::from).boxed();
    let listed = text.clone();
    let counts = select(&[0_usize, 1, 100, 101, 1000, 1001][..]);
    let repeated = select(vec![
        json!("CWE-1"),
        json!("https://a"),
        json!("<1"),
        json!({ "purl": "pkg:npm/a" }),
        json!(1),
    ]);
    prop_oneof![
        4 => text,
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(json!(1.5)),
        1 => Just(json!({})),
        2 => prop::collection::vec(listed, 0..3).prop_map(Value::from),
        2 => (repeated, counts).prop_map(|(item, count)| vec![item; count].into()),
        1 => Just(json!([{ "scheme": "a", "score": "b" }, { "scheme": "a" }])),
        1 => Just(json!({ "file": "a" })),
        1 => Just(json!({ "model": "a", "human_checked": false })),
        1 => Just(json!([{ "vendor": "a", "product": "b" }, { "purl": "pkg:npm/a", "vendor": "a" }])),
    ]
}

#[derive(Clone, Debug)]
enum Change {
    Put(Index, Value),
    Remove(Index),
    Add(Index, &'static str, Value),
}

fn change() -> impl Strategy<Value = Change> {
    const FIELDS: [&str; 9] =
        ["extra", "", "purl", "vendor", "product", "function", "human_checked", "commitment", "$schema"];
    prop_oneof![
        4 => (any::<Index>(), value()).prop_map(|(at, value)| Change::Put(at, value)),
        1 => any::<Index>().prop_map(Change::Remove),
        1 => (any::<Index>(), select(&FIELDS[..]), value()).prop_map(|(at, field, value)| Change::Add(at, field, value)),
    ]
}

fn changed(document: Value, change: Change) -> Value {
    let places = pointers(&document);
    match change {
        Change::Put(at, value) => with(&document, &places[at.index(places.len())], value),
        Change::Remove(at) => without(&document, &places[at.index(places.len())]),
        Change::Add(at, field, value) => {
            let mut document = document;
            if let Some(Value::Object(object)) = document.pointer_mut(&places[at.index(places.len())]) {
                object.insert(field.to_owned(), value);
            }
            document
        }
    }
}

#[test]
fn schema_and_reader_agree() {
    let schema = schema();
    assert!(schema.is_valid(&samples::finding()));
    let (mut valid, mut invalid) = (0, 0);
    let config = ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let counts = std::cell::RefCell::new((&mut valid, &mut invalid));
    runner
        .run(&prop::collection::vec(change(), 0..4), |changes| {
            let document = changes.into_iter().fold(samples::finding(), changed);
            let mut counts = counts.borrow_mut();
            *(if schema.is_valid(&document) { &mut *counts.0 } else { &mut *counts.1 }) += 1;
            agree(&schema, &document).map_err(TestCaseError::fail)
        })
        .unwrap();
    println!("{valid} valid, {invalid} invalid");
    assert!(valid > 200 && invalid > 200, "{valid} valid, {invalid} invalid");
}

/// Every text field with every kind of blank and at every limit.
#[test]
fn schema_and_reader_agree_on_each_text() {
    let schema = schema();
    let sample = samples::finding();
    let texts = pointers(&sample).into_iter().filter(|place| sample.pointer(place).unwrap().is_string());
    for place in texts {
        for blank in BLANKS {
            for text in [format!("{blank}"), format!("{blank}a"), format!("a{blank}"), format!(" {blank} ")] {
                let document = with(&sample, &place, text.clone().into());
                agree(&schema, &document).unwrap_or_else(|problem| panic!("{place} = {text:?}: {problem}"));
            }
        }
        for length in [299, 300, 301, 1999, 2000, 2001, 262_144, 262_145] {
            let document = with(&sample, &place, "𝄞".repeat(length).into());
            agree(&schema, &document)
                .unwrap_or_else(|problem| panic!("{place}, {length} characters: {problem}"));
        }
    }
}
