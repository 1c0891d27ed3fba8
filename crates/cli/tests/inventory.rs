//! `forewarn inventory` and inventories of every format in `forewarn match`, through the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Service, forewarn};

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Exit code, standard output and standard error.
fn ran(arguments: &[&str]) -> (i32, String, String) {
    let output = forewarn(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

const LIST: &str = "pkg:pypi/flask@3.0.0\npkg:pypi/jinja2@3.1.0\n";
const SHEET: &str =
    "Hersteller;Produkt;Version;Seriennummer\nSiemens AG;S7-1500;V2.9;S-1\nMoxa;EDS;latest;\n;x;;\n";

#[test]
fn check_says_what_is_understood_and_what_would_help() {
    let folder = tempfile::tempdir().unwrap();
    let list = write(folder.path(), "list.txt", LIST);
    let (code, out, err) = ran(&["inventory", "check", &list]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("2 components: 2 PyPI") && out.contains("1 files understood, 0 in part"), "{out}");

    let sheet = write(folder.path(), "sheet.csv", SHEET);
    let (code, out, _) = ran(&["inventory", "check", &sheet]);
    assert_eq!(code, 1, "{out}");
    for words in [
        "CSV of assets",
        "2 components: 2 products of vendors",
        "1 with a version that cannot be compared, such as Moxa EDS",
        "1 not understood",
        "has neither a package URL nor a vendor, such as line 4 (x)",
        "hint: give every component a package URL",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!out.contains("S-1"), "a serial number is shown");

    let broken = write(folder.path(), "broken.json", "{\n oops");
    let (code, out, err) = ran(&["inventory", "check", folder.path().to_str().unwrap()]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(err.starts_with(&format!("{broken}: line 2")), "{err}");
    assert!(
        out.contains("list.txt: ") && out.contains("sheet.csv: ") && out.contains("1 could not be read"),
        "{out}"
    );
}

#[test]
fn check_gives_json_and_takes_the_distribution() {
    let folder = tempfile::tempdir().unwrap();
    let list = write(folder.path(), "dpkg.txt", "adduser\t3.134\nold\t\n");
    let checked = |more: &[&str]| -> Value {
        let (code, out, err) = ran(&[&["inventory", "check", "--json", &list], more].concat());
        assert_eq!(code, 0, "{out}{err}");
        serde_json::from_str(&out).unwrap()
    };
    let unknown = checked(&[]);
    assert_eq!(unknown["files"][0]["by_kind"], json!({ "Debian": 1 }));
    assert!(unknown["files"][0]["hints"][0].as_str().unwrap().contains("--distro debian:12"));
    assert_eq!(unknown["files"][0]["left_out"][0]["reason"], "is not installed");
    let known = checked(&["--distro", "debian:bookworm"]);
    assert_eq!(known["files"][0]["by_kind"], json!({ "Debian:12": 1 }));
    let (code, _, err) = ran(&["inventory", "check", &list, "--distro", "windows:11"]);
    assert!(code == 2 && err.contains("known are debian"), "{err}");
}

/// A list that names no distribution matches nothing: that is said, with a guess and what to do.
#[test]
fn check_says_that_nothing_can_match_without_a_distribution() {
    let folder = tempfile::tempdir().unwrap();
    let list = write(
        folder.path(),
        "rpm.txt",
        "bash-5.1.8-6.el9_1.x86_64\nvim-2:8.2-20.el9.x86_64\nodd-1-2.noarch\n",
    );
    let (code, out, _) = ran(&["inventory", "check", &list]);
    assert_eq!(code, 1, "{out}");
    for words in [
        "3 of a distribution that is not known, which no advisory can match; nothing can match",
        "3  is of a distribution that the list does not name; say it with --distro, such as line 1 (bash",
        "hint: rpm does not list the distribution: say it with --distro NAME:RELEASE, such as --distro rocky:9",
        "hint: 2 of 3 packages without a release bear the mark el9: if that is where they come from, say \
         --distro rocky:9 or --distro almalinux:9",
        "0 files understood, 1 in part",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let (code, out, _) = ran(&["inventory", "check", &list, "--distro", "rocky:9"]);
    assert!(code == 0 && !out.contains("hint") && !out.contains("not known"), "{out}");
    let (code, out, _) = ran(&["inventory", "check", "--json", &list]);
    let checked: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &checked["files"][0]["unmatchable"]), (1, &json!(3)));
    // Debian without a release can match, for a person.
    let dpkg = write(folder.path(), "dpkg.txt", "curl\t7.88.1-10+deb12u5\tcurl\t7.88.1-10+deb12u5\n");
    let (code, out, _) = ran(&["inventory", "check", &dpkg]);
    assert!(
        code == 0
            && out.contains("bear the mark deb12: if that is where they come from, say --distro debian:12"),
        "{out}"
    );
}

#[test]
fn every_format_is_pushed_and_a_push_says_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, bank) = service.enrol("Bank", "operator", Some("energy"));
    let xml = "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><components><component type=\"library\">\
        <name>flask</name><purl>pkg:pypi/flask@3.0.0</purl></component></components></bom>";
    let tags =
        "SPDXVersion: SPDX-2.3\nPackageName: flask\nExternalRef: PACKAGE-MANAGER purl pkg:pypi/flask@3.0.0\n";
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    for (name, text) in
        [("a.cdx.xml", xml), ("b.spdx", tags), ("c.txt", LIST), ("d.csv", SHEET), ("e.md", "no")]
    {
        write(&files, name, text);
    }
    write(&files, "f.list", "bash-5.1.8-6.el9_1.x86_64\n");
    let pushed = service.said(&bank, &["inventory", "push", "--distro", "rocky:9", files.to_str().unwrap()]);
    for words in
        ["CycloneDX 1.5 XML", "SPDX 2.3 tag-value", "list of package URLs", "CSV of assets", "rocky:9"]
    {
        assert!(pushed.contains(words), "{words}: {pushed}");
    }
    assert!(pushed.contains("asset \"a\"") && pushed.contains("asset \"f.list\""), "{pushed}");
    assert!(!pushed.contains("e.md"), "{pushed}");

    let push = |text: &str| {
        let file = write(folder.path(), "c.txt", text);
        service.said(&bank, &["inventory", "push", &file])
    };
    assert!(push(LIST).contains("nothing changed since the last push"));
    let changed = push("pkg:pypi/flask@3.0.1\npkg:pypi/werkzeug@3.0.0\npkg:pypi/click@8.0.0\n");
    assert!(changed.contains("2 added, 1 removed, 1 in another version"), "{changed}");
    let wrong = service.run(&bank, &["inventory", "push", &write(folder.path(), "w.csv", "a,b\n1,2\n")]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("w.csv: line 1: expected CycloneDX"));
}

/// A CSAF advisory for one product below a version.
fn advisory(vendor: &str, product: &str, below: &str) -> String {
    json!({
        "document": { "csaf_version": "2.0", "title": "t", "tracking": { "id": "ICSA-1" } },
        "product_tree": { "branches": [{ "category": "vendor", "name": vendor, "branches": [
            { "category": "product_name", "name": product, "branches": [
                { "category": "product_version_range", "name": format!("<{below}"),
                  "product": { "name": "p", "product_id": "P" } }] }] }] },
        "vulnerabilities": [{ "title": "v", "product_status": { "known_affected": ["P"] } }],
    })
    .to_string()
}

#[test]
fn a_product_under_another_name_is_suggested_and_never_missed() {
    let folder = tempfile::tempdir().unwrap();
    let inventories = folder.path().join("inventories");
    fs::create_dir(&inventories).unwrap();
    write(&inventories, "plant.csv", SHEET);
    write(&inventories, "cpe.txt", "cpe:2.3:o:siemens:s7-1500_firmware:3.5:*:*:*:*:*:*:*\n");
    let matched = |advisory: &str| -> (i32, Vec<(String, String, String)>) {
        let file = write(folder.path(), "advisory.json", advisory);
        let inventories = inventories.to_str().unwrap();
        let (code, out, err) = ran(&["match", "--json", "--advisories", &file, "--inventory", inventories]);
        let result: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        let text = |hit: &Value, field: &str| hit[field].as_str().unwrap().to_owned();
        let hits = result["hits"].as_array().unwrap().iter();
        (code, hits.map(|h| (text(h, "component"), text(h, "confidence"), text(h, "range"))).collect())
    };
    let (code, hits) = matched(&advisory("Siemens AG", "S7-1500", "V3.0"));
    assert_eq!(code, 1);
    assert_eq!(hits, [("Siemens AG S7-1500".into(), "range".into(), "<V3.0".into())]);
    // Another spelling of vendor and product: suggested where the version may be affected, with the reason.
    let (code, hits) = matched(&advisory("SIEMENS", "S7 1500", "V3.0"));
    assert_eq!((code, hits.len()), (1, 1), "{hits:?}");
    let (component, confidence, range) = &hits[0];
    assert_eq!((component.as_str(), confidence.as_str()), ("Siemens AG S7-1500", "needs-person"));
    assert_eq!(
        range,
        "<V3.0 of SIEMENS S7 1500 (the same product? score 98 of 100: the names differ in spelling only)"
    );
    let (_, hits) = matched(&advisory("Siemens", "S7-1500", "V4.0"));
    assert_eq!(hits.len(), 2, "{hits:?}");
    let (code, hits) = matched(&advisory("Schneider Electric", "S7-1500", "V4.0"));
    assert_eq!((code, hits.len()), (0, 0), "{hits:?}");
}
