//! Each reader names the place of what it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use forewarn_formats::json::Problem;
use forewarn_formats::{cyclonedx, finding, inventory, report, spdx};
use serde_json::{Value, json};
use support::samples;
use support::{with, without};

/// Breaks a sample at each pointer in turn; a missing value stands for one that is left out.
fn check<T: std::fmt::Debug>(
    sample: &Value,
    read: impl Fn(Value) -> Result<T, Problem>,
    table: &[(&str, Option<Value>, &str)],
) {
    read(sample.clone()).expect("the sample reads");
    for (pointer, value, expected) in table {
        let broken = match value {
            Some(value) => with(sample, pointer, value.clone()),
            None => without(sample, pointer),
        };
        match read(broken) {
            Ok(_) => panic!("{pointer} = {value:?} is accepted"),
            Err(problem) => assert_eq!(problem.to_string(), *expected, "{pointer}"),
        }
    }
}

fn long(characters: usize) -> Option<Value> {
    Some("é".repeat(characters).into())
}

fn many(value: Value, count: usize) -> Option<Value> {
    Some(vec![value; count].into())
}

#[test]
fn findings() {
    let entry = json!({ "purl": "pkg:npm/a" });
    check(
        &samples::finding(),
        finding::read,
        &[
            ("/forewarn", Some(json!("finding/2")), "/forewarn: finding/1 is read here, not something else"),
            ("/forewarn", Some(json!(1)), "/forewarn: expected \"finding/1\""),
            ("/title", None, "/: missing field `title`"),
            ("/title", Some(json!(7)), "/title: invalid type: integer, expected a string"),
            ("/title", Some(json!(" \u{feff}\u{85} ")), "/title: must not be empty"),
            ("/title", Some(json!("a\nb")), "/title: expected one line without control characters"),
            ("/title", long(301), "/title: at most 300 characters are allowed"),
            ("/description", long(262_145), "/description: at most 262144 characters are allowed"),
            ("/description", Some(json!("\n")), "/description: must not be empty"),
            ("/evidence", long(262_145), "/evidence: at most 262144 characters are allowed"),
            ("/id", Some(json!("")), "/id: must not be empty"),
            (
                "/affected",
                Some(json!([])),
                "/affected: a finding names at least one affected package or product",
            ),
            ("/affected", Some(json!({})), "/affected: invalid type: map, expected a sequence"),
            ("/affected", many(entry, 1001), "/affected: at most 1000 entries are allowed"),
            ("/affected/0", Some(json!({})), "/affected/0: expected either purl, or vendor and product"),
            ("/affected/1/vendor", None, "/affected/1: expected either purl, or vendor and product"),
            (
                "/affected/1/vendor",
                Some(Value::Null),
                "/affected/1/vendor: invalid type: null, expected a string",
            ),
            (
                "/affected/0/purl",
                Some(json!("npm/a")),
                "/affected/0/purl: not a package URL, such as pkg:npm/left-pad@1.3.0",
            ),
            (
                "/affected/0/purl",
                Some(json!("pkg:nosuch/a")),
                "/affected/0/purl: a package URL of a type that is not registered",
            ),
            (
                "/affected/0/ranges/0",
                Some(json!("some")),
                "/affected/0/ranges/0: this range is not understood; write, say, >=1.0, <2.0",
            ),
            (
                "/affected/0/ranges",
                many(json!("<1"), 101),
                "/affected/0/ranges: at most 100 entries are allowed",
            ),
            (
                "/affected/0/versions",
                many(json!("1"), 1001),
                "/affected/0/versions: at most 1000 entries are allowed",
            ),
            (
                "/affected/0/versions/0",
                Some(json!(1.5)),
                "/affected/0/versions/0: invalid type: floating point, expected a string",
            ),
            ("/weaknesses/0", Some(json!("79")), "/weaknesses/0: expected a weakness such as CWE-79"),
            ("/weaknesses", many(json!("CWE-79"), 101), "/weaknesses: at most 100 entries are allowed"),
            ("/severity/0/score", None, "/severity/0: missing field `score`"),
            (
                "/severity/0",
                Some(json!({ "scheme": "a", "score": "b", "c": 1 })),
                "/severity/0/c: this field is not known here",
            ),
            (
                "/location",
                Some(json!({ "file": "a", "column": 3 })),
                "/location/column: this field is not known here",
            ),
            (
                "/location",
                Some(json!({ "file": "a", "line": 0 })),
                "/location/line: lines are counted from 1",
            ),
            ("/location/file", None, "/location: missing field `file`"),
            ("/references/0", Some(json!("ftp://a")), "/references/0: expected an http or https address"),
            ("/aliases/0", Some(json!("\u{7f}")), "/aliases/0: expected one line without control characters"),
            (
                "/provenance/human_checked",
                Some(json!("yes")),
                "/provenance/human_checked: invalid type: string, expected a boolean",
            ),
            ("/provenance/model", Some(json!("")), "/provenance/model: must not be empty"),
            (
                "/commitment",
                Some(json!("00")),
                "/commitment: expected a hash of 64, 96 or 128 lower-case hex digits",
            ),
        ],
    );
    let mut more = samples::finding();
    more["surprise"] = json!(1);
    assert_eq!(finding::read(more).unwrap_err().to_string(), "/surprise: this field is not known here");
}

#[test]
fn osv_records() {
    check(
        &samples::osv(),
        report::read_value,
        &[
            (
                "/schema_version",
                Some(json!("2.0.0")),
                "/schema_version: OSV schema version 1.x is read, not 2.0.0",
            ),
            (
                "/schema_version",
                Some(json!("one")),
                "/schema_version: OSV schema version 1.x is read, not something else",
            ),
            ("/schema_version", Some(json!(1)), "/schema_version: invalid type: integer, expected a string"),
            ("/id", Some(json!(" ")), "/id: an id has 1 to 200 bytes"),
            ("/id", long(101), "/id: an id has 1 to 200 bytes"),
            ("/id", Some(Value::Null), "/id: invalid type: null, expected a string"),
            ("/affected", Some(json!("all")), "/affected: invalid type: string, expected a sequence"),
            (
                "/affected/0/package/ecosystem",
                Some(json!("Nowhere")),
                "/affected/0/package/ecosystem: neither an ecosystem of OSV nor a package URL type",
            ),
            ("/affected/0/package/name", Some(json!(" ")), "/affected/0/package/name: a package has a name"),
            ("/affected/0/package/name", None, "/affected/0/package: missing field `name`"),
            (
                "/affected/0/ranges/0/type",
                Some(json!("DATE")),
                "/affected/0/ranges/0/type: unknown value, expected one of `SEMVER`, `ECOSYSTEM`, `GIT`",
            ),
            ("/affected/0/ranges/0/events", None, "/affected/0/ranges/0: missing field `events`"),
            (
                "/affected/0/ranges/0/events/1",
                Some(json!({ "until": "1" })),
                "/affected/0/ranges/0/events/1: unknown value, expected one of `introduced`, `fixed`, `last_affected`, `limit`",
            ),
            (
                "/affected/0/ranges/0/events/1/fixed",
                Some(json!(2)),
                "/affected/0/ranges/0/events/1/fixed: invalid type: integer, expected a string",
            ),
            (
                "/affected/0/versions/0",
                Some(json!([])),
                "/affected/0/versions/0: invalid type: sequence, expected a string",
            ),
            ("/references/0/url", None, "/references/0: missing field `url`"),
            ("/severity/0", Some(json!("9.8")), "/severity/0: invalid type: string, expected an object"),
        ],
    );
}

#[test]
fn csaf_documents() {
    let twice = json!([{ "name": "a", "product_id": "P1" }]);
    let loose = json!({ "product_reference": "P9", "full_product_name": { "product_id": "P5" } });
    let mut deep = json!({ "category": "vendor", "name": "v", "branches": [] });
    for _ in 0..30 {
        deep = json!({ "category": "vendor", "name": "v", "branches": [deep] });
    }
    let deep_place =
        format!("/product_tree{}: branches are nested more than 30 deep", "/branches/0".repeat(30));
    let status = "/vulnerabilities/0/product_status";
    check(
        &samples::csaf(),
        report::read_value,
        &[
            (
                "/document/csaf_version",
                Some(json!("2.1")),
                "/document/csaf_version: CSAF 2.0 is read here, not 2.1; its vulnerability reports are read when CSAF 2.1 is asked for",
            ),
            ("/document/csaf_version", Some(json!(2.0)), "/document/csaf_version: expected \"2.0\""),
            ("/document/tracking/id", Some(json!("")), "/document/tracking/id: an id has 1 to 200 bytes"),
            ("/document/title", None, "/document: missing field `title`"),
            ("/product_tree", Some(json!([])), "/product_tree: invalid type: sequence, expected an object"),
            (
                "/product_tree/branches/0/name",
                Some(json!({})),
                "/product_tree/branches/0/name: invalid type: map, expected a string",
            ),
            (
                "/product_tree/branches/0/name",
                long(501),
                "/product_tree/branches/0/name: longer than 1000 bytes",
            ),
            ("/product_tree/branches/0", Some(deep), &deep_place),
            (
                "/product_tree/full_product_names",
                Some(twice),
                "/product_tree/full_product_names/0/product_id: this product id is defined twice",
            ),
            (
                "/product_tree/relationships/0",
                Some(loose),
                "/product_tree/relationships/0/product_reference: refers to a product that is not in the product tree",
            ),
            (
                &format!("{status}/known_affected/1"),
                Some(json!("P9")),
                &format!("{status}/known_affected/1: refers to a product that is not in the product tree"),
            ),
            (
                &format!("{status}/first_affected"),
                Some(json!(["P1", 3])),
                &format!("{status}/first_affected/1: invalid type: integer, expected a string"),
            ),
            (
                "/vulnerabilities",
                many(json!({}), 5001),
                "/vulnerabilities: at most 5000 vulnerabilities are read from one document",
            ),
            (
                "/vulnerabilities/0/remediations/0/details",
                None,
                "/vulnerabilities/0/remediations/0: missing field `details`",
            ),
            (
                "/vulnerabilities/0/scores/0/cvss_v3",
                Some(json!("9.8")),
                "/vulnerabilities/0/scores/0/cvss_v3: invalid type: string, expected a map",
            ),
        ],
    );
}

/// One paragraph is copied to thousands of vulnerabilities, and names to thousands of products.
#[test]
fn csaf_documents_that_would_grow_without_bound() {
    let mut text = samples::csaf();
    text["document"]["notes"][0]["text"] = "é".repeat(8000).into();
    text["vulnerabilities"] = vec![json!({}); 5000].into();
    let problem = report::read_value(text).unwrap_err();
    assert_eq!(problem.message, "from here on the reports would be far larger than the document");
    assert!(problem.place.starts_with("/vulnerabilities/"), "{}", problem.place);

    let mut names = samples::csaf();
    let leaf = |id: usize| json!({ "category": "product_version", "name": "1", "product": { "product_id": id.to_string() } });
    let leaves: Vec<Value> = (0..6000).map(leaf).collect();
    names["product_tree"] = json!({ "branches": [{ "category": "vendor", "name": "v".repeat(1000), "branches": [
        { "category": "product_name", "name": "p".repeat(1000), "branches": leaves } ]}]});
    let problem = report::read_value(names).unwrap_err();
    assert_eq!(problem.message, "from here on the reports would be far larger than the document");
}

#[test]
fn inventories() {
    check(
        &samples::cyclonedx(),
        inventory::read_value,
        &[
            ("/specVersion", Some(json!("1.1")), "/specVersion: CycloneDX 1.2 to 1.7 is read, not 1.1"),
            (
                "/specVersion",
                Some(json!("x1.6")),
                "/specVersion: CycloneDX 1.2 to 1.7 is read, not something else",
            ),
            ("/specVersion", Some(json!(1.6)), "/specVersion: expected a version from 1.2 to 1.7"),
            ("/specVersion", None, "/specVersion: expected a version from 1.2 to 1.7"),
            ("/components", Some(json!({})), "/components: expected a list"),
            ("/components/1", Some(json!("a")), "/components/1: expected a component"),
            ("/components/0/components", Some(json!("a")), "/components/0/components: expected a list"),
            (
                "/components/0/components/0",
                Some(Value::Null),
                "/components/0/components/0: expected a component",
            ),
        ],
    );
    check(
        &samples::spdx(),
        inventory::read_value,
        &[
            (
                "/spdxVersion",
                Some(json!("SPDX-2.1")),
                "/spdxVersion: SPDX-2.2 and SPDX-2.3 are read here, not something else",
            ),
            (
                "/spdxVersion",
                Some(json!(2.3)),
                "/spdxVersion: SPDX-2.2 and SPDX-2.3 are read here, not something else",
            ),
            ("/packages", Some(json!("a")), "/packages: expected a list"),
            ("/packages/1", Some(json!([])), "/packages/1: expected a package"),
            ("/packages/0/externalRefs", Some(json!({})), "/packages/0/externalRefs: expected a list"),
        ],
    );
    let context = "https://spdx.org/rdf/4.0/spdx-context.jsonld";
    check(
        &samples::spdx3(),
        inventory::read_value,
        &[
            ("/@context", Some(json!(context)), "/@context: SPDX 3.0 is read here, not something else"),
            ("/@graph", Some(json!({})), "/@graph: expected a list"),
        ],
    );
}

#[test]
fn documents_of_no_known_format() {
    for value in [
        json!({}),
        json!([]),
        json!("a"),
        json!(null),
        json!({ "id": "a" }),
        json!([{ "forewarn": "finding/1" }]),
    ] {
        assert_eq!(report::read_value(value.clone()).unwrap_err().place, "/", "{value}");
        assert_eq!(inventory::read_value(value.clone()).unwrap_err().place, "/", "{value}");
        assert!(cyclonedx::read(value.clone()).is_err());
        assert!(spdx::read(value).is_err());
    }
}
