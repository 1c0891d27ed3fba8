//! Inventories are read in one pass where they can be; that says what the careful reader says, or nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;

use forewarn_exposure::Inventory;
use forewarn_formats::inventory::{self, read_quickly, read_with_care};
use forewarn_formats::json::Limits;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::samples::{self, Kind};
use support::{json_files, pointers, shared, with, without};

/// What the careful reader refuses though the quick one has room for it.
const CROWDED: &str = "more small objects than a document of this size holds";

/// True when the document was read quickly, which must then be right.
fn agree(text: &[u8], limits: &Limits) -> bool {
    let quick = read_quickly(text, limits);
    let careful = read_with_care(text, limits);
    if let Some(read) = &quick {
        match &careful {
            Ok(same) => assert_eq!(read, same, "{}", String::from_utf8_lossy(text)),
            Err(problem) => {
                assert_eq!(problem.message, CROWDED, "{problem}: {}", String::from_utf8_lossy(text));
            }
        }
        assert_eq!(inventory::read(text, limits).as_ref(), Ok(read));
    } else if inventory::recognise(text) == Ok(inventory::Format::Json) {
        assert_eq!(inventory::read(text, limits), careful);
    }
    quick.is_some()
}

fn usual(text: &str) -> Inventory {
    assert!(agree(text.as_bytes(), &Limits::inventory()), "{text}");
    read_quickly(text.as_bytes(), &Limits::inventory()).unwrap()
}

fn unusual(text: &str) {
    assert!(!agree(text.as_bytes(), &Limits::inventory()), "{text}");
}

#[test]
fn real_documents_are_read_quickly() {
    let Some(data) = shared() else { return };
    let mut quick = 0;
    for file in json_files(&data.join("sbom")) {
        let bytes = fs::read(&file).unwrap();
        let source: Value = serde_json::from_slice(&bytes).unwrap();
        let read = agree(&bytes, &Limits::inventory());
        // SPDX 3 is a graph.
        assert_eq!(read, source.get("@context").is_none(), "{}", file.display());
        quick += usize::from(read);
    }
    assert!(quick >= 20, "{quick}");
}

#[test]
fn a_sample_with_anything_missing_or_odd_reads_the_same() {
    let odd = [json!(null), json!(7), json!("x"), json!([]), json!({}), json!([{}]), json!({ "name": "x" })];
    let (mut quick, mut all) = (0, 0);
    for (_, _, document) in samples::all().into_iter().filter(|(_, kind, _)| *kind == Kind::Inventory) {
        for place in pointers(&document).iter().filter(|place| !place.is_empty()) {
            let changed = odd.iter().map(|odd| with(&document, place, odd.clone()));
            for one in changed.chain([without(&document, place)]) {
                all += 1;
                quick += usize::from(agree(one.to_string().as_bytes(), &Limits::inventory()));
            }
        }
    }
    assert!(quick * 3 > all && quick < all, "{quick} of {all}");
}

#[test]
fn limits_are_those_of_the_careful_reader() {
    for document in [samples::cyclonedx(), samples::spdx()] {
        let text = document.to_string();
        for bound in 0..120 {
            for limits in [
                Limits { nodes: bound, ..Limits::inventory() },
                Limits { depth: bound, ..Limits::inventory() },
                Limits { bytes: bound * 8, ..Limits::inventory() },
            ] {
                let fits = read_with_care(text.as_bytes(), &limits).is_ok();
                assert_eq!(agree(text.as_bytes(), &limits), fits, "{limits:?}");
            }
        }
    }
}

#[test]
fn components_come_in_the_order_of_the_document_whatever_the_order_of_its_fields() {
    let components = r#""components":[
        {"components":[{"name":"b","publisher":"v"},{"name":"c","components":[{"name":"d"}]}],"name":"a","publisher":"v"},
        {"name":"e"}]"#;
    let metadata =
        r#""metadata":{"component":{"name":"m","components":[{"name":"n"}],"publisher":"v"},"tools":[1]}"#;
    let lead = r#""bomFormat":"CycloneDX","specVersion":"1.6""#;
    for text in [
        format!("{{{lead},{metadata},{components}}}"),
        format!("{{{components},{metadata},{lead}}}"),
        format!("{{{metadata},{components},{lead}}}"),
    ] {
        let read = usual(&text);
        let labels: Vec<&str> = read.components.iter().map(|one| one.label.as_str()).collect();
        let places: Vec<&str> = read.skipped.iter().map(|one| one.place.as_str()).collect();
        assert_eq!(labels, ["v m", "v a", "v b"]);
        assert_eq!(
            places,
            [
                "/metadata/component/components/0",
                "/components/0/components/1",
                "/components/0/components/1/components/0",
                "/components/1"
            ]
        );
    }
    unusual(&format!("{{{lead},{components},{metadata}}}"));
}

#[test]
fn what_the_quick_reader_leaves_to_the_careful_one() {
    let around =
        |inside: &str| format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{inside}]}}"#);
    usual(&around(r#"{"name":"\u0061","purl":"pkg:npm/\u0061@1"}"#));
    usual(&around(r#"{"name":7,"version":{"x":[1]},"supplier":["a"],"publisher":"v","cpe":null}"#));
    for inside in [
        r#"{"name":"a","name":"b"}"#,
        r#"{"x":{"y":1,"y":2}}"#,
        r#"{"supplier":{"url":1,"url":2}}"#,
        r#"{"na\u006de":"a"}"#,
        r#"{"purl":7}"#,
        r#"{"components":{}}"#,
        "7",
        "null",
    ] {
        unusual(&around(inside));
    }
    let keys: String = (0..60).map(|n| format!("\"k{n}\":1,")).collect();
    usual(&around(&format!("{{{keys}\"name\":\"a\"}}")));
    unusual(&around(&format!("{{{keys}\"k3\":1}}")));
    unusual(&around(&format!("{{{keys}\"k59\":1}}")));
    unusual(r#"{"spdxVersion":"SPDX-2.3","packages":[7]}"#);
    unusual(r#"{"sbom":{"spdxVersion":"SPDX-2.3","packages":[]}}"#);
    unusual(r#"{"bomFormat":"CycloneDX","specVersion":"1.9"}"#);
    unusual(r#"{"bomFormat":"CycloneDX","specVersion":"1.5"} x"#);
}

/// One thing under two spellings of its package URL is one component, and two things stay two.
#[test]
fn each_thing_is_kept_once_however_it_is_spelled() {
    let same = [
        r#"{"purl":"pkg:npm/%40a/b@1"}"#,
        r#"{"purl":"pkg:npm/@a/b@1"}"#,
        r#"{"purl":"pkg:npm/@a/b","version":"1"}"#,
        r#"{"purl":"pkg:NPM/@a/b@1?x=y#z","version":"2"}"#,
    ];
    let others = [
        r#"{"purl":"pkg:npm/@a/b"}"#,
        r#"{"purl":"pkg:npm/@a/b","version":"2"}"#,
        r#"{"purl":"pkg:npm/b@1"}"#,
        r#"{"purl":"pkg:pypi/b@1"}"#,
        r#"{"purl":"pkg:maven/a/b@1"}"#,
        r#"{"purl":"pkg:deb/debian/b@1?distro=debian-11"}"#,
        r#"{"purl":"pkg:deb/debian/b@1?distro=debian-12"}"#,
        r#"{"purl":"pkg:deb/debian/b@1"}"#,
        r#"{"purl":"pkg:generic/b@1"}"#,
        r#"{"publisher":"pkg:npm/b","name":"x","version":"1"}"#,
    ];
    let spellings = [&same[..], &others, &others, &same].concat().join(",");
    let read =
        usual(&format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{spellings}]}}"#));
    assert_eq!(read.components.len(), 1 + others.len());
    assert_eq!(read.components[0].label, "pkg:npm/%40a/b@1");
}

/// Texts of JSON, in which keys may be given twice.
fn any_text() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        8 => prop::sample::select(vec![
            "name", "version", "purl", "cpe", "publisher", "supplier", "manufacturer", "type", "components", "metadata",
            "component", "hashes", "licenses", "x", "y", "versionInfo", "externalRefs", "referenceType",
            "referenceLocator", "packages", "spdxVersion", "bomFormat", "specVersion",
        ]).prop_map(str::to_owned),
        1 => "[a-z]{1,2}|\\\\u0061|é",
    ];
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "1",
        "-2.5e3",
        "\"\"",
        "\"x\"",
        "\"a\\n\"",
        "\"library\"",
        "\"file\"",
        "\"pkg:npm/a@1\"",
        "\"pkg:npm/a\"",
        "\"pkg:npm/%40s/b@2\"",
        "\"pkg:pypi/A_b@1?x=y\"",
        "\"pkg:nothing\"",
        "\"purl\"",
        "\"cpe23Type\"",
        "\"cpe:2.3:a:v:p:1:*:*:*:*:*:*:*\"",
        "\"Organization: V\"",
        "\"SPDX-2.3\"",
        "\"CycloneDX\"",
        "\"1.5\"",
        "[]",
        "{}",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let field = (key.clone(), inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        let list = prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(",")));
        let object =
            prop::collection::vec(field, 0..7).prop_map(|fields| format!("{{{}}}", fields.join(",")));
        prop_oneof![list, object]
    })
}

/// The same where a document is looked for, with the fields that make it one.
fn any_document() -> impl Strategy<Value = String> {
    let objects =
        || prop::collection::vec(any_text(), 0..6).prop_map(|items| format!("[{}]", items.join(",")));
    let cyclonedx =
        (objects(), any_text(), any_text(), 0..3_usize).prop_map(|(list, described, other, order)| {
            let mut fields = [
                r#""bomFormat":"CycloneDX","specVersion":"1.5""#.to_owned(),
                format!(r#""metadata":{{"component":{described}}}"#),
                format!(r#""components":{list}"#),
                format!(r#""other":{other}"#),
            ];
            fields.rotate_left(order);
            format!("{{{}}}", fields.join(","))
        });
    let spdx = (objects(), any_text(), any::<bool>()).prop_map(|(list, other, first)| {
        let (version, packages) =
            (r#""spdxVersion":"SPDX-2.3""#, format!(r#""packages":{list},"other":{other}"#));
        if first { format!("{{{version},{packages}}}") } else { format!("{{{packages},{version}}}") }
    });
    prop_oneof![cyclonedx, spdx, any_text()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_reads_the_same(text in any_document(), nodes in 0..200_usize, depth in 1..10_usize) {
        agree(text.as_bytes(), &Limits::inventory());
        agree(text.as_bytes(), &Limits { nodes, depth, ..Limits::inventory() });
    }

    #[test]
    fn a_torn_document_reads_the_same(text in any_document(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = text.into_bytes();
        let at = at.index(text.len());
        agree(&text[..at], &Limits::inventory());
        text[at] = byte;
        agree(&text, &Limits::inventory());
    }
}
