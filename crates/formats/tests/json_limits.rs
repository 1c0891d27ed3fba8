//! What the JSON reader refuses, and the place that it names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use forewarn_formats::json::{self, Limits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn refusal(text: impl AsRef<[u8]>, limits: &Limits) -> String {
    json::parse(text.as_ref(), limits).expect_err("must be refused").to_string()
}

fn refused(text: impl AsRef<[u8]>) -> String {
    refusal(text, &Limits::default())
}

#[test]
fn what_is_not_json_is_placed_by_line_and_column() {
    let table: &[(&[u8], &str)] = &[
        (b"", "line 1 column 0: not JSON: EOF while parsing a value"),
        (b"\xef\xbb\xbf", "line 1 column 0: not JSON: EOF while parsing a value"),
        (b"{\n \"a\": tru }", "line 2 column 10: not JSON: expected ident"),
        (b"{\"a\": 1}\n{}", "line 2 column 1: not JSON: trailing characters"),
        (b"[1,]", "line 1 column 4: not JSON: trailing comma"),
        (b"{\"a\" 1}", "line 1 column 6: not JSON: expected `:`"),
        (b"{a: 1}", "line 1 column 2: not JSON: key must be a string"),
        (b"[1e999]", "line 1 column 6: not JSON: number out of range"),
        (b"[01]", "line 1 column 3: not JSON: invalid number"),
        (b"[NaN]", "line 1 column 2: not JSON: expected value"),
        (b"[\"\\ud800\"]", "line 1 column 9: not JSON: unexpected end of hex escape"),
        (b"[\"\\udc00x\"]", "line 1 column 8: not JSON: lone leading surrogate in hex escape"),
        (b"[\"\\q\"]", "line 1 column 4: not JSON: invalid escape"),
        (
            b"[\"a\x01b\"]",
            "line 1 column 4: not JSON: control character (\\u0000-\\u001F) found while parsing a string",
        ),
        (b"[\n\"ab\xff\"]", "line 2 column 4: not valid UTF-8"),
        (b"[\"\xed\xa0\x80\"]", "line 1 column 3: not valid UTF-8"),
        (b"\xff\xfe[\x00]\x00", "line 1 column 1: not valid UTF-8"),
    ];
    for (text, expected) in table {
        assert_eq!(refused(text), *expected, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn a_key_given_twice_is_placed_by_pointer() {
    assert_eq!(
        refused(r#"{"a": [0, {"b": 1, "c": {"d": 1, "d": 2}}]}"#),
        "/a/1/c/d: this key is given twice"
    );
    assert_eq!(refused(r#"{"a": 1, "\u0061": 2}"#), "/a: this key is given twice");
    assert_eq!(refused(r#"{"": 1, "": 2}"#), "/?: this key is given twice");
}

#[test]
fn only_keys_that_look_like_names_are_named() {
    let long = "k".repeat(65);
    for key in ["two words", "a/b", "a~b", "ключ", "a\\nb", long.as_str()] {
        assert_eq!(refused(format!(r#"{{"{key}": {{"a": 1, "a": 2}}}}"#)), "/?/a: this key is given twice");
    }
    assert_eq!(
        refused(r#"{"@graph": {"a-b_c.d:$": {"x": 1, "x": 1}}}"#),
        "/@graph/a-b_c.d:$/x: this key is given twice"
    );
}

#[test]
fn keys_that_the_json_library_reads_in_its_own_way_are_refused() {
    let hidden = r#"{"x": {"$serde_json::private::RawValue": "{\"a\": 1, \"a\": 2}"}}"#;
    assert_eq!(refused(hidden), "/x: this object has a key that is reserved");
    assert_eq!(
        refused(r#"[{"$serde_json::private::Number": "1"}]"#),
        "/0: this object has a key that is reserved"
    );
}

#[test]
fn limits_hold_at_their_edge() {
    let limits = Limits { bytes: 20, depth: 3, nodes: 6 };
    assert!(json::parse(b"[[[0]]]             ", &limits).is_ok());
    assert_eq!(
        refusal(b"[[[0]]]              ", &limits),
        "/: document of 21 bytes is larger than the 20 allowed"
    );
    assert_eq!(refusal(b"[0,[[{}]]]", &limits), "/1/0/0: nested more than 3 deep");
    assert!(json::parse(b"[0,0,0,0,0]", &limits).is_ok());
    assert_eq!(refusal(b"[0,0,0,0,[0]]", &limits), "/4/0: more values than allowed in one document");
}

#[test]
fn no_depth_reaches_the_stack() {
    for (open, place) in [("[", "/0"), (r#"{"a":"#, "/a")] {
        for depth in [64, 65, 127, 128, 129, 100_000] {
            let text = open.repeat(depth);
            let said = refusal(&text, &Limits { depth: usize::MAX, ..Limits::default() });
            let deep = format!("{}: nested more than 120 deep", place.repeat(120));
            assert!(said == deep || (depth <= 120 && said.starts_with("line 1 ")), "{said}");
        }
    }
}

#[test]
fn a_document_that_would_need_far_more_memory_than_its_length_is_refused() {
    for unit in ["{},", "[],", "[0],", r#"{"":0},"#, r#"{"a":{"":[]}},"#] {
        let text = format!("[{}0]", unit.repeat((1 << 20) / unit.len()));
        let limits = Limits::default();
        match json::parse(text.as_bytes(), &limits) {
            Ok(value) => assert!(value.as_array().unwrap().len() > 1000, "{unit}"),
            Err(problem) => {
                assert_eq!(
                    problem.message, "more small objects than a document of this size holds",
                    "{unit}"
                );
            }
        }
    }
}

#[test]
fn real_shapes_are_far_from_the_memory_bound() {
    let component =
        json!({ "name": "a", "version": "1", "purl": "pkg:npm/a@1", "type": "library", "x": [1, 2, {}] });
    let text = json!(vec![component; 10_000]).to_string();
    assert!(json::parse(text.as_bytes(), &Limits::default()).is_ok());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no other", |n| n.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        let object = prop::collection::btree_map(any::<String>(), inner.clone(), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Value::from),
            object.prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is accepted is what any JSON reader would read.
    #[test]
    fn a_document_reads_as_itself(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let reference: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json::parse(text.as_bytes(), &Limits::default()), Ok(reference));
    }

    /// Whatever is accepted, serde_json accepts too, with the same value.
    #[test]
    fn bytes_are_read_as_json_or_refused(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "[\\[\\]{}:,\"0-9a-e.+ -]{0,60}".prop_map(String::into_bytes),
    ]) {
        if let Ok(value) = json::parse(&bytes, &Limits::default()) {
            let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            prop_assert_eq!(value, serde_json::from_slice::<Value>(bare).unwrap());
        }
    }
}
