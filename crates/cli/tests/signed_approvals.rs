//! Approvals signed on the command line, proven offline, and who read what.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Service, said};

/// A coordinator with a registered key: the token, and the file of the key.
fn coordinator(service: &Service, folder: &Path, centre: &str, name: &str) -> (String, String) {
    let person = service.admin(&["person", centre, name]);
    let token = service.admin(&[
        "token", &person, "--scope", "cases", "--scope", "findings", "--scope", "admin", "--scope", "log",
    ]);
    let file = folder.join(format!("{name}.key")).to_str().unwrap().to_owned();
    let public = service.said(&token, &["case", "key", &file]);
    assert_eq!(public, service.said(&token, &["case", "key", &file]), "the key stays what it is");
    assert_eq!(service.admin(&["approval-key", &person, &public]), "registered");
    (token, file)
}

#[test]
fn two_people_sign_and_anybody_with_the_evidence_can_check_it() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    let wanted = include_str!("../../core/policy/default.toml")
        .replace("require_signed_approvals = false", "require_signed_approvals = true");
    fs::write(&policy, wanted).unwrap();
    let data = folder.path().join("data");
    let service = Service::start_beside(&data, &["--policy", policy.to_str().unwrap()]);
    let centre = service.admin(&["enrol", "Centre", "--role", "coordinator", "--standing-consent"]);
    let (ada, ada_key) = coordinator(&service, folder.path(), &centre, "Ada");
    let (ben, ben_key) = coordinator(&service, folder.path(), &centre, "Ben");
    let (vendor, priya) = service.enrol("Vendor", "vendor", None);
    let (_, finder) = service.enrol("Finder", "finder", None);
    let finding = json!({ "forewarn": "finding/1", "title": "Overflow", "description": "d",
        "affected": [{ "purl": "pkg:pypi/sample", "ranges": ["<2.0"] }], "weaknesses": ["CWE-787"],
        "location": { "file": "a.c", "function": "f" } });
    let file = folder.path().join("f.json");
    fs::write(&file, finding.to_string()).unwrap();
    let submitted = service.said(&finder, &["submit", "--json", file.to_str().unwrap()]);
    let submitted: Value = serde_json::from_str(&submitted).unwrap();
    let finding = submitted["finding"].as_str().unwrap();
    let opened = service.said(&ada, &["case", "open", finding]);
    let case = opened.split_once("  ").unwrap().0;
    let act = |who: &str, act: &[&str]| service.said(who, &[&["case", "act", case], act].concat());
    act(&ada, &["validate", "confirmed", "--method", "m", "--evidence", "e"]);
    act(&ada, &["terms", "--days", "30", "--zone", "UTC", "--tlp", "AMBER"]);
    act(&ada, &["invite-vendor", &vendor]);
    act(&priya, &["answer-terms", "accept"]);
    let text = folder.path().join("draft.json");
    fs::write(&text, json!({ "title": "T", "mitigation": "Turn it off", "detail": "D" }).to_string())
        .unwrap();
    act(&ada, &["draft", text.to_str().unwrap()]);

    let unsigned = service.run(&ada, &["case", "act", case, "propose-wave", "mitigation"]);
    assert!(String::from_utf8_lossy(&unsigned.stderr).contains("signed with your approval key"));
    let proposed = act(&ada, &["--sign", &ada_key, "propose-wave", "mitigation"]);
    let wave = proposed.lines().find_map(|line| line.strip_prefix("wave ")).unwrap();
    let borrowed = service.run(&ben, &["case", "act", case, "--sign", &ada_key, "approve-wave", wave]);
    assert!(String::from_utf8_lossy(&borrowed.stderr).contains("another key than your registered one"));
    act(&ben, &["--sign", &ben_key, "approve-wave", wave]);
    let evidence = folder.path().join("evidence.json");
    service.said(&ada, &["case", "evidence", case, evidence.to_str().unwrap()]);
    let checked = said(&["log", "verify", evidence.to_str().unwrap()]);
    assert!(checked.contains("propose-wave of draft 1 signed by"), "{checked}");
    assert!(checked.contains("approve-wave of draft 1 signed by"), "{checked}");

    service.said(&priya, &["case", "show", case]);
    let reads = service.said(&ada, &["case", "reads", case]);
    assert!(reads.contains("Vendor person (Vendor)") && reads.contains("Ben (Centre)"), "{reads}");
    let reads = service.said(&finder, &["case", "reads", case]);
    assert!(
        reads.contains("a vendor  case") && !reads.contains("Vendor person") && !reads.contains("Centre"),
        "{reads}"
    );
    let reads = service.said(&finder, &["finding", "reads", finding, "--json"]);
    let first: Value = serde_json::from_str(reads.lines().next().unwrap()).unwrap();
    assert_eq!(first["what"], "finding");
}
