//! Hostile inventories: each is refused with a place or read in part; none panics, hangs or quotes content.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use forewarn_exposure::Inventory;
use forewarn_formats::inventory::{self, Settings};
use forewarn_formats::json::{Limits, Problem};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<Inventory, Problem> {
    inventory::read(bytes, &Limits::inventory())
}

fn refused(text: &str, place: &str, word: &str) {
    let problem = read(text.as_bytes()).unwrap_err();
    assert!(problem.place.starts_with(place), "{problem} at {}", problem.place);
    assert!(problem.message.contains(word), "{problem}");
}

fn bom(inside: &str) -> String {
    format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">\n{inside}\n</bom>")
}

fn component(inside: &str) -> String {
    bom(&format!("<components><component type=\"library\">{inside}</component></components>"))
}

#[test]
fn document_types_and_entities_are_refused() {
    let laughs = "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n";
    refused(&format!("{laughs}{}", component("<name>&b;</name>")), "line 1", "document type");
    refused(
        &format!("<?xml version=\"1.0\"?>\n<!DOCTYPE bom SYSTEM \"file:///etc/passwd\">{}", bom("")),
        "line 2",
        "type",
    );
    refused(&component("<name>\n&secret;</name>"), "line 3", "entities");
    refused(&component("<name>&#xFFFFFFFF;</name>"), "line 2", "entities");
    refused(&bom("<components><component type=\"&x;\"/></components>"), "line 2", "entities");
    assert!(read(component("<name>&lt;&#x41;&amp;</name>").as_bytes()).is_ok());
}

#[test]
fn xml_that_is_not_well_formed_is_refused_with_its_line() {
    refused(&bom("<components>"), "line", "not XML");
    refused("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">\n<components>", "line 2", "too early");
    refused(&format!("{}{}", bom(""), bom("")), "line 3", "second outermost");
    refused(&format!("{} stray", bom("")), "line 3", "outside");
    refused("<?xml version='1.0' encoding='ISO-8859-1'?><bom/>", "line 1", "UTF-8");
    refused(&bom("<components><component type='a' type='b'/></components>"), "line 2", "twice");
    refused(&component("<name>a</name>\n<name>b</name>"), "line 3", "twice");
    refused("<html><body/></html>", "line 1", "bom");
    refused("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.1\"/>", "line 1", "not 1.1");
    refused("<bom xmlns=\"http://cyclonedx.org/schema/bom/2.0\"/>", "line 1", "1.2 to 1.7");
    refused("<", "line 1", "not XML");
    refused("<!-- only a comment -->", "line 1", "too early");
}

#[test]
fn bombs_of_depth_and_count_are_refused() {
    let deep =
        format!("{}{}", "<components><component>".repeat(50_000), "</component></components>".repeat(50_000));
    refused(&bom(&deep), "line 2", "nested more than 64");
    let json = format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":{}{}}}",
        "[{\"components\":".repeat(50_000),
        "}]".repeat(50_000)
    );
    refused(&json, "/components/0", "nested more than 64");
    let few = Limits { nodes: 100, ..Limits::inventory() };
    let many = [
        bom(&"<a/>".repeat(200)),
        format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"x\":[{}1]}}", "1,".repeat(200)),
        "pkg:npm/a@1\n".repeat(200),
        format!("vendor,product\n{}", "a,b\n".repeat(200)),
        format!("SPDXVersion: SPDX-2.3\n{}", "PackageName: a\n".repeat(200)),
        "adduser\t1\n".repeat(200),
        "bash-5-6.x86_64\n".repeat(200),
    ];
    for text in many {
        let problem = inventory::read(text.as_bytes(), &few).unwrap_err();
        assert!(problem.message.contains("than allowed in one document"), "{problem}");
    }
    let small = Limits { bytes: 10, ..Limits::inventory() };
    assert!(inventory::read(b"pkg:npm/a@1", &small).unwrap_err().message.contains("larger"));
}

#[test]
fn json_is_strict_also_where_nothing_is_read() {
    let around = |inside: &str| {
        format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{{{inside}}}]}}")
    };
    refused(&around("\"name\":\"a\",\"name\":\"b\""), "/components/0/name", "twice");
    refused(&around("\"hashes\":[{\"x\":1,\"x\":2}]"), "/components/0/hashes/0/x", "twice");
    let long: String = (0..40).map(|n| format!("\"k{n}\":1,")).collect();
    refused(&around(&format!("{long}\"k39\":1")), "/components/0/k39", "twice");
    refused(&around("\"properties\":[}"), "line 1", "not JSON");
    refused(&format!("{} {{}}", around("")), "line 1", "not JSON");
    refused("{\"bomFormat\":\"CycloneDX\"}", "/specVersion", "1.2 to 1.7");
    refused("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.8\"}", "/specVersion", "not 1.8");
    refused(
        "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[{},7]}",
        "/components/1",
        "component",
    );
    refused("[]", "/", "expected CycloneDX");
}

#[test]
fn tag_value_is_refused_where_it_breaks_its_form() {
    refused("SPDXVersion: SPDX-2.1\n", "line 1", "SPDX-2.2 and SPDX-2.3 are read");
    refused("SPDXVersion: SPDX-2.3\nSPDXVersion: SPDX-2.3\n", "line 2", "twice");
    refused("SPDXVersion: SPDX-2.3\n\nPackageName: <text>x\n", "line 3", "no end");
    refused("SPDXVersion: SPDX-2.3\nno tag here\n", "line 2", "a tag, a colon");
    refused(
        "SPDXVersion: SPDX-2.3\nPackageName: a\nPackageVersion: 1\nPackageVersion: 2\n",
        "line 4",
        "twice",
    );
}

#[test]
fn sheets_are_bounded_in_columns_and_rows() {
    refused(&format!("vendor,product\n{}", ",".repeat(1_000_000)), "line 2", "more than 256 columns");
    refused(&format!("vendor,product\na,{}\n", "b".repeat(100_000)), "line 2", "more than 65536 bytes");
    // A quote that never closes swallows the rest, which is then too long for a row.
    let mut open = "vendor,product\n\"a,b\n".to_owned();
    for number in 0..20_000 {
        writeln!(open, "a{number},b").unwrap();
    }
    refused(&open, "line 2", "more than 65536 bytes");
    refused(&",".repeat(1_000_000), "line 1", "expected CycloneDX");
    refused(&format!("pkg:npm/a@1\n{}", "x".repeat(1_000_000)), "line 2", "a line of more than");
}

#[test]
fn texts_that_say_nothing_are_refused() {
    refused(&format!("pkg:npm/a@1\n{}", "a\n".repeat(100_000)), "line 2", "no inventory");
    refused(&format!("vendor,product\n{}", "a\n".repeat(100_000)), "line 2", "no inventory");
    // A short list may be as bad as it likes.
    assert_eq!(read(format!("pkg:npm/a@1\n{}", "a\n".repeat(900)).as_bytes()).unwrap().skipped.len(), 900);
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_line() {
    refused("pkg:npm/a@1\n\0\n", "line 2", "NUL");
    for (bytes, place) in [
        (&b"pkg:npm/a@1\npkg:npm/\xff@1\n"[..], "line 2 column 9"),
        (b"vendor,product\nM\xfcller,B\n", "line 2 column 2"),
        (b"<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">\xff</bom>", "line 1 column 50"),
    ] {
        let problem = read(bytes).unwrap_err();
        assert_eq!((problem.place.as_str(), problem.message.as_str()), (place, "not valid UTF-8"));
    }
    assert!(read(b"\0\0\0").is_err() && read(b"").is_err() && read(b"\xef\xbb\xbf").is_err());
}

/// A secret that stands at every place where a reader could quote it.
#[test]
fn problems_do_not_quote_content() {
    let secret = "hunter2";
    for text in [
        component(&format!("<name>{secret}</name><name>{secret}</name>")),
        format!("SPDXVersion: SPDX-2.3\n{secret} and no colon\n"),
        format!("{secret}\n"),
        format!("vendor,product,product\n{secret},{secret},\n"),
        format!("vendor,product\n{secret},{}\n", "b".repeat(100_000)),
        format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":\"{secret}\"}}"),
    ] {
        let problem = read(text.as_bytes()).unwrap_err();
        assert!(!problem.to_string().contains(secret), "{problem}");
    }
}

/// Pieces of which every format is made, so that chance gets past the recognition.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("SPDXVersion: SPDX-2.3\n"),
        Just("PackageName: "),
        Just("<text>"),
        Just("</text>"),
        Just("ExternalRef: PACKAGE-MANAGER purl "),
        Just("pkg:npm/left-pad@1.3.0"),
        Just("cpe:2.3:a:"),
        Just("\\"),
        Just("vendor,product,version\n"),
        Just(","),
        Just(";"),
        Just("\""),
        Just("\n"),
        Just("\r\n"),
        Just("\t"),
        Just("ii  bash 5.2 amd64 shell\n"),
        Just("bash\t5.2\n"),
        Just("bash-5.2-1.x86_64\n"),
        Just("#"),
        Just(" "),
        Just("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">"),
        Just("</bom>"),
        Just("<components>"),
        Just("</components>"),
        Just("<component type=\"library\">"),
        Just("</component>"),
        Just("<name>"),
        Just("</name>"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("&amp;"),
        Just("&#0;"),
        Just("<?x "),
        Just("?>"),
        Just("<!DOCTYPE "),
        Just("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":["),
        Just("{"),
        Just("\"name\":\"x\""),
        Just("}"),
        Just("]"),
        Just("\u{0}"),
        Just("\u{feff}"),
        Just("é"),
        Just("sep=;\n"),
    ];
    prop_oneof![piece.prop_map(str::to_owned), "\\PC{0,4}"]
}

proptest! {
    #[test]
    fn pieces_of_formats_never_panic(parts in proptest::collection::vec(pieces(), 0..40)) {
        let text = parts.concat();
        for distribution in [None, Some("debian:12"), Some("rocky:9")] {
            let distribution = distribution.map(|name| name.parse().unwrap());
            let settings = Settings { distribution, serials: true };
            if let Ok(inventory) = inventory::read_with(text.as_bytes(), &Limits::finding(), &settings) {
                prop_assert!(inventory.components.len() + inventory.skipped.len() <= text.len());
            }
        }
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_list_loses_no_line(lines in proptest::collection::vec("[a-z]{1,3}|pkg:npm/[a-z]{1,4}@[0-9]|#[ -~]{0,3}|", 1..30)) {
        let text = format!("pkg:npm/first@1\n{}", lines.join("\n"));
        let inventory = read(text.as_bytes()).unwrap();
        let mut expected: Vec<&str> = lines.iter().map(String::as_str).filter(|l| l.starts_with("pkg:")).collect();
        expected.sort_unstable();
        expected.dedup();
        let words = lines.iter().filter(|l| !l.is_empty() && !l.starts_with('#') && !l.starts_with("pkg:")).count();
        prop_assert_eq!((inventory.components.len(), inventory.skipped.len()), (expected.len() + 1, words));
    }

    /// Any value a spreadsheet holds comes back, however it is quoted.
    #[test]
    fn a_sheet_gives_back_its_cells(rows in proptest::collection::vec(("[ -~é]{1,12}", "[ -~\n]{1,12}"), 1..12)) {
        let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
        let mut text = "vendor;product\n".to_owned();
        for (vendor, product) in &rows {
            writeln!(text, "{};{}", quoted(vendor), quoted(product)).unwrap();
        }
        let inventory = read(text.as_bytes()).unwrap();
        let blank = |cell: &str| cell.trim().is_empty() || cell.trim().eq_ignore_ascii_case("noassertion");
        for (vendor, product) in rows.iter().filter(|(vendor, product)| !blank(vendor) && !blank(product)) {
            let identity = forewarn_exposure::Identity::product(vendor, product);
            prop_assert!(inventory.components.iter().any(|component| component.identity == identity));
        }
    }
}
