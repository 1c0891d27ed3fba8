//! Figures, roll-ups, exports and case files on the command line, against a real service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use support::{Service, forewarn, said};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_case_is_counted_exported_and_filed() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, ada) = service.enrol("Centre", "coordinator", None);
    let (_, finder) = service.enrol("Finder", "finder", None);
    let (_, bank) = service.enrol("Bank", "operator", Some("financial-services"));
    let report = json!({
        "forewarn": "finding/1", "title": "=1+1", "description": "d",
        "affected": [{ "purl": "pkg:pypi/sample", "ranges": ["<2.0"] }], "weaknesses": ["CWE-787"],
        "location": { "file": "a.c", "function": "f" },
    });
    let document = folder.path().join("f.json");
    fs::write(&document, report.to_string()).unwrap();
    let submitted = service.said(&finder, &["submit", "--json", document.to_str().unwrap()]);
    let submitted: Value = serde_json::from_str(&submitted).unwrap();
    let opened = service.said(&ada, &["case", "open", submitted["finding"].as_str().unwrap()]);
    let (case, number) = opened.split_once("  ").unwrap();

    let figures = service.said(&finder, &["figures"]);
    assert!(figures.starts_with("1 findings: 1 accepted\n  to an answer: 1 in time"), "{figures}");
    let figures: Value = serde_json::from_str(&service.said(&bank, &["figures", "--json"])).unwrap();
    assert_eq!(figures["recipient"]["notices"], 0);
    for arguments in [&["case", "rollup", case][..], &["case", "rollup", "--since", "2020-01"]] {
        let told = service.said(&ada, arguments);
        assert_eq!(told, "fewer than 5 organisations have a notice: nothing is shown");
    }
    assert_eq!(service.run(&ada, &["case", "rollup", "--since", "soon"]).status.code(), Some(2));

    let sheet = folder.path().join("findings.csv");
    service.said(&ada, &["export", "findings", "--format", "csv", "--output", sheet.to_str().unwrap()]);
    assert_eq!(mode(&sheet), 0o600);
    assert!(fs::read_to_string(&sheet).unwrap().contains("\"'=1+1\""));
    let printed = service.said(&ada, &["export", "cases"]);
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap()["number"], number);
    // A refused export leaves no file, and one that was there as it was.
    let kept = folder.path().join("kept.csv");
    fs::write(&kept, "kept").unwrap();
    let refused = service.run(&bank, &["export", "cases", "--output", kept.to_str().unwrap()]);
    assert_eq!((refused.status.code(), fs::read_to_string(&kept).unwrap().as_str()), (Some(2), "kept"));
    assert!(!folder.path().join("kept.csv.part").exists());

    let tar = folder.path().join("case.tar");
    fs::write(&tar, "").unwrap();
    fs::set_permissions(&tar, fs::Permissions::from_mode(0o644)).unwrap();
    service.said(&ada, &["case", "file", case, tar.to_str().unwrap()]);
    assert_eq!(mode(&tar), 0o600);
    tar::Archive::new(fs::File::open(&tar).unwrap()).unpack(folder.path()).unwrap();
    let evidence = folder.path().join(number).join("evidence.json");
    assert!(said(&["log", "verify", evidence.to_str().unwrap()]).contains("unchanged"));
    let mut changed: Value = serde_json::from_slice(&fs::read(&evidence).unwrap()).unwrap();
    changed["events"][0]["salt"] = "00".repeat(32).into();
    fs::write(&evidence, changed.to_string()).unwrap();
    assert_eq!(forewarn(&["log", "verify", evidence.to_str().unwrap()]).status.code(), Some(1));
}
