//! The public log through the real binary: what an outsider checks, what a recipient proves, what an auditor finds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Service, forewarn, said};

/// Asks again until it is done: an interval has to end first.
fn until_done(mut ask: impl FnMut() -> bool) {
    for _ in 0..1_500 {
        if ask() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the interval never ended");
}

#[test]
fn outsiders_recipients_and_auditors_check_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let service = Service::start_with(&folder.path().join("data"), &["--log-seconds", "10"]);
    let (_, finder) = service.enrol("Finder", "finder", None);
    let key = service.admin(&["log-key"]);
    let finding = json!({
        "forewarn": "finding/1", "title": "Overflow in f", "description": "d",
        "affected": [{ "purl": "pkg:pypi/sample", "ranges": ["<2.0"] }], "weaknesses": ["CWE-787"],
        "location": { "file": "a.c", "function": "f" },
    });
    fs::write(path("f.json"), finding.to_string()).unwrap();
    let submitted = service.said(&finder, &["submit", "--json", &path("f.json")]);
    let result: Value = serde_json::from_str(&submitted).unwrap();
    let id = result["finding"].as_str().unwrap();

    // Anybody, without a token.
    let (url, state, receipt) = (service.url.clone(), path("seen.json"), path("receipt.json"));
    let outside =
        |more: &[&str]| forewarn(&[&["log", "verify", "--url", &url, "--state", &state], more].concat());
    let text = |output: &std::process::Output| String::from_utf8(output.stdout.clone()).unwrap();
    until_done(|| {
        let checked = outside(&["--key", &key]);
        assert_eq!(checked.status.code(), Some(0), "{}", text(&checked));
        text(&checked).contains("one for each 10 s") && text(&checked).contains("it grew from")
    });
    assert_eq!(outside(&[]).status.code(), Some(0), "the key is in the state file");

    // The finder, who proves offline when its finding was received.
    until_done(|| service.run(&finder, &["finding", "log-receipt", id, &receipt]).status.success());
    let proven = said(&["log", "prove", &receipt, "--key", &key]);
    assert!(proven.contains("a finding was received from") && proven.contains("(entry "), "{proven}");
    let good = fs::read_to_string(&receipt).unwrap();
    let mut bent: Value = serde_json::from_str(&good).unwrap();
    for (place, value) in [("position", json!(1)), ("salt", json!("00".repeat(32))), ("bytes", json!("e30="))]
    {
        bent["acts"][0][place] = value;
        fs::write(&receipt, bent.to_string()).unwrap();
        assert_eq!(forewarn(&["log", "prove", &receipt]).status.code(), Some(1), "{place}");
        bent = serde_json::from_str(&good).unwrap();
    }
    let stranger = "other.example/log+4a1b1b4c+AbcDefAbcDefAbcDefAbcDefAbcDefAbcDefAbcDefAbcDef";
    fs::write(&receipt, &good).unwrap();
    assert_eq!(forewarn(&["log", "prove", &receipt, "--key", stranger]).status.code(), Some(1));

    // The auditor, with the data folder and what others have seen.
    let data = service.data.to_str().unwrap().to_owned();
    let audit = || forewarn(&["log", "verify", "--data", &data, "--state", &state]);
    let checked = audit();
    assert!(checked.status.success() && text(&checked).contains("acts in the store"), "{}", text(&checked));
    service.kill();
    assert!(audit().status.success(), "killed in the middle, it is right");

    // A log that others have seen otherwise.
    let other = Service::start_with(&folder.path().join("other"), &["--log-seconds", "10"]);
    let foreign = other.admin(&["log-key"]);
    assert!(!forewarn(&["log", "verify", "--url", &other.url, "--key", &key]).status.success());
    let against = forewarn(&["log", "verify", "--url", &other.url, "--key", &foreign, "--state", &state]);
    assert_eq!(against.status.code(), Some(1), "{}", text(&against));
    assert!(
        text(&against).contains("rolled back") || text(&against).contains("rewritten"),
        "{}",
        text(&against)
    );
}
