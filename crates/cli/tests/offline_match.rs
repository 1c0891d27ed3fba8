//! `forewarn match` as a user runs it: the real binary, real files, exit codes and the JSON object.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::documents::{ADVISORY, bom, matched_as, write};
use support::forewarn;

fn matched(advisories: &[&Path], inventories: &[&Path]) -> (i32, Value) {
    matched_as("--json", advisories, inventories)
}

#[test]
fn a_hit_is_exit_1_with_its_place_in_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.9.post1"));
    let (code, result) = matched(&[&advisory], &[&inventory]);
    assert_eq!(code, 1);
    let expected = serde_json::json!({
        "hits": [{"advisory": "OSV-1", "inventory": inventory, "component": "pkg:pypi/sample-package@1.9.post1",
            "version": "1.9.post1", "range": "<2.0", "confidence": "range"}],
        "errors": [],
        "read": {"advisories": 1, "inventories": 1, "components": 1},
    });
    assert_eq!(result, expected);
}

#[test]
fn no_hit_is_exit_0() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("2.0"));
    let (code, result) = matched(&[&advisory], &[&inventory]);
    assert_eq!((code, result["hits"].as_array().unwrap().len()), (0, 0));
}

#[test]
fn a_broken_file_is_named_and_the_others_still_count() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.0"));
    let cases = [
        ("syntax.json", "{\"id\": \n oops}".to_owned(), "line 2"),
        ("twice.json", r#"{"id":"X","id":"Y","affected":[]}"#.to_owned(), "/id"),
        ("ecosystem.json", ADVISORY.replace("PyPI", "Nowhere"), "/affected/0/package/ecosystem"),
        ("version.json", ADVISORY.replace("1.6.0", "9.0.0"), "/schema_version"),
        ("deep.json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "/0"),
    ];
    for (name, text, place) in cases {
        let broken = write(folder.path(), name, &text);
        let (code, result) = matched(&[&good, &broken], &[&inventory]);
        assert_eq!(code, 2, "{name}");
        assert_eq!(result["hits"].as_array().unwrap().len(), 1, "{name}");
        let error = &result["errors"][0];
        assert!(error["file"].as_str().unwrap().ends_with(name), "{name}: {error}");
        assert!(error["place"].as_str().unwrap().starts_with(place), "{name}: {error}");
        assert_eq!(result["errors"].as_array().unwrap().len(), 1, "{name}");
    }
}

#[test]
fn a_file_of_200_mib_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.0"));
    let large = folder.path().join("large.json");
    fs::File::create(&large).unwrap().set_len(200 << 20).unwrap();
    let (code, result) = matched(&[&advisory], &[&inventory, &large]);
    assert_eq!((code, result["hits"].as_array().unwrap().len()), (2, 1));
    assert!(result["errors"][0]["message"].as_str().unwrap().contains("larger than the limit"));
}

#[test]
fn usage_errors_are_exit_2() {
    assert_eq!(forewarn(&["match"]).status.code(), Some(2));
    assert_eq!(forewarn(&["no-such-command"]).status.code(), Some(2));
    let both = ["match", "--json", "--sarif", "--advisories", "a", "--inventory", "b"];
    assert_eq!(forewarn(&both).status.code(), Some(2));
    let (code, result) = matched(&[Path::new("no/such/file")], &[Path::new("no/such/other")]);
    assert_eq!((code, result["errors"].as_array().unwrap().len()), (2, 2));
}

#[test]
fn patterns_are_expanded_also_without_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    for (name, id) in [("one-1.json", "ONE-1"), ("one-2.json", "ONE-2"), ("two-1.json", "TWO-1")] {
        write(folder.path(), name, &ADVISORY.replace("OSV-1", id));
    }
    let inventory = write(folder.path(), "i.cdx", &bom("1.0"));
    let ids = |(_, result): (i32, Value)| -> Vec<String> {
        let hits = result["hits"].as_array().unwrap().iter();
        hits.map(|hit| hit["advisory"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(matched(&[&folder.path().join("one-*.json")], &[&inventory])), ["ONE-1", "ONE-2"]);
    assert_eq!(ids(matched(&[&folder.path().join("*-1.json")], &[&folder.path().join("?.cdx")])).len(), 2);
    // A file of that very name is itself.
    let odd = write(folder.path(), "one-[1].json", &ADVISORY.replace("OSV-1", "ODD"));
    assert_eq!(ids(matched(&[&odd], &[&inventory])), ["ODD"]);
    let (code, result) = matched(&[&folder.path().join("three-*.json")], &[&inventory]);
    assert_eq!((code, result["errors"].as_array().unwrap().len()), (2, 1));
}

#[test]
fn the_order_of_the_answer_is_that_of_no_argument_or_thread() {
    let folder = tempfile::tempdir().unwrap();
    let name = |number: usize, kind: &str| format!("{kind}-{number:02}.json");
    let advisories: Vec<_> = (0..40)
        .map(|n| write(folder.path(), &name(n, "a"), &ADVISORY.replace("OSV-1", &format!("OSV-{}", n % 7))))
        .collect();
    let inventories: Vec<_> =
        (0..20).map(|n| write(folder.path(), &name(n, "i"), &bom(&format!("1.{}", n % 3)))).collect();
    let forth = matched(
        &advisories.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        &inventories.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
    );
    let back = matched(
        &advisories.iter().rev().map(AsRef::as_ref).collect::<Vec<_>>(),
        &inventories.iter().rev().map(AsRef::as_ref).collect::<Vec<_>>(),
    );
    assert_eq!(forth.1["hits"].as_array().unwrap().len(), 7 * 20);
    assert_eq!(forth, back);
}

#[test]
fn what_is_no_terminal_gets_a_line_for_each_hit_and_a_summary_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = write(folder.path(), "a.json", ADVISORY);
    let inventory = write(folder.path(), "i.json", &bom("1.0"));
    let (advisory, inventory) = (advisory.to_str().unwrap(), inventory.to_str().unwrap());
    let output = forewarn(&["match", "--advisories", advisory, "--inventory", inventory]);
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = format!(
        "OSV-1  {inventory}  pkg:pypi/sample-package@1.0 (1.0)  affected <2.0  [range]\n\
         1 hits; read 1 advisories and 1 inventories with 1 components; 0 files could not be read\n"
    );
    assert_eq!((text, output.stderr.len()), (expected, 0));
}

/// Commits say nothing of versions: a held package is reported for a person, and what names nothing is said plainly.
#[test]
fn commit_ranges_need_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let commits = r#""ranges":[{"type":"GIT","repo":"https://example.org/x","events":[{"introduced":"0"}]}]"#;
    let held = format!(
        r#"{{"id":"HELD-1","affected":[{{"package":{{"ecosystem":"PyPI","name":"sample-package"}},{commits}}}]}}"#
    );
    let held = write(folder.path(), "held.json", &held);
    let unnamed = format!(r#"{{"id":"BARE-1","affected":[{{{commits}}}]}}"#);
    let unnamed = write(folder.path(), "unnamed.json", &unnamed);
    let inventory = write(folder.path(), "i.json", &bom("1.0"));
    let (code, result) = matched(&[&held, &unnamed], &[&inventory]);
    assert_eq!(code, 1);
    let hit = &result["hits"][0];
    assert_eq!((&hit["advisory"], &hit["confidence"]), (&"HELD-1".into(), &"needs-person".into()));
    assert_eq!(hit["range"], "affected versions are given as commits only");
    assert_eq!(result["hits"].as_array().unwrap().len(), 1);
    assert_eq!(result["for_a_person"][0]["advisory"], "BARE-1");
    let words = ["--advisories", unnamed.to_str().unwrap(), "--inventory", inventory.to_str().unwrap()];
    let output = forewarn(&[&["match"], &words[..]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), said.lines().count()), (Some(0), 1));
    assert!(said.starts_with("BARE-1: names no package or product"), "{said}");
}

/// An advisory that names its product by CPE only, against inventories that name theirs by CPE and by words.
#[test]
fn products_named_by_cpe_match_by_the_relation_of_the_names() {
    let folder = tempfile::tempdir().unwrap();
    let advisory = |name: &str, cpe: &str| {
        let document = serde_json::json!({
            "document": { "csaf_version": "2.0", "title": "t", "tracking": { "id": name } },
            "product_tree": { "full_product_names": [{ "name": "P", "product_id": "P1",
                "product_identification_helper": { "cpe": cpe } }] },
            "vulnerabilities": [{ "title": "v", "product_status": { "known_affected": ["P1"] } }],
        });
        write(folder.path(), &format!("{name}.json"), &document.to_string())
    };
    let pro = advisory("PRO", "cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:pro:*:*:*");
    let every = advisory("EVERY", "cpe:2.3:o:acme:pump_firmware:*:*:*:*:*:*:*:*");
    let names = "cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:pro:*:*:*\ncpe:2.3:o:acme:pump_firmware:1.0\n\
        cpe:2.3:o:acme:pump_firmware:1.0:*:*:*:home:*:*:*\ncpe:2.3:o:acme:pump_firmware:-\n";
    let list = write(folder.path(), "list.txt", names);
    let sheet = write(folder.path(), "sheet.csv", "vendor,product,version\nAcme,Pump Firmware,1.0\n");
    let (code, result) = matched(&[&pro, &every], &[&list, &sheet]);
    assert_eq!(code, 1);
    let mut hits: Vec<String> = result["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| {
            let text = |name: &str| hit[name].as_str().unwrap().to_owned();
            let component = text("component").replace("cpe:2.3:o:acme:pump_firmware:", "");
            format!("{} {} {component}", text("advisory"), text("confidence"))
        })
        .collect();
    hits.sort();
    let expected = [
        "EVERY exact -",
        "EVERY exact 1.0",
        "EVERY exact 1.0:*:*:*:home:*:*:*",
        "EVERY exact 1.0:*:*:*:pro:*:*:*",
        "EVERY exact Acme Pump Firmware",
        "PRO exact 1.0:*:*:*:pro:*:*:*",
        "PRO needs-person 1.0",
        "PRO needs-person Acme Pump Firmware",
    ];
    assert_eq!(hits, expected);
}
