//! Vendors and witnesses on the command line, against the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use support::{Service, forewarn, said};

const FINDING: &str = r#"{ "forewarn": "finding/1", "id": "F-1", "title": "Overflow", "description": "d",
    "affected": [{ "purl": "pkg:pypi/samplelib", "ranges": ["<2.0"] }] }"#;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a witness of a log on any port, and gives it with its `KEY@URL`.
fn witness(data: &Path, log: &str) -> (Running, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_forewarn"))
        .args(["witness", "--name", "witness.example/w1", "--data", data.to_str().unwrap(), "--log", log])
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Running(child), line.split(' ').next().unwrap().to_owned())
}

fn opened(service: &Service, folder: &Path, ada: &str, finder: &str) -> String {
    let file = folder.join("finding.json");
    fs::write(&file, FINDING).unwrap();
    service.said(finder, &["submit", file.to_str().unwrap()]);
    let listed = service.said(ada, &["case", "findings"]);
    let finding = listed.split(' ').next().unwrap();
    let opened = service.said(ada, &["case", "open", finding]);
    opened.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_vendor_is_brought_in_and_talked_with() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let (_, ada) = service.enrol("Centre", "coordinator", None);
    let (_, finder) = service.enrol("Lab", "finder", None);
    let (org, vendor) = service.enrol("Maker", "vendor", None);
    assert_eq!(service.said(&vendor, &["vendor", "mode", "firehose"]), "firehose");
    let bad = service.run(&vendor, &["vendor", "mode", "sometimes"]);
    assert_eq!(bad.status.code(), Some(2));
    let file = folder.path().join("security.txt");
    fs::write(&file, "Contact: mailto:security@maker.example\nnonsense\nExpires: 2099-01-31T12:00:00Z\n")
        .unwrap();
    let given = service.run(&ada, &["vendor", "security-txt", file.to_str().unwrap(), "--vendor", &org]);
    let (out, err) = (String::from_utf8(given.stdout).unwrap(), String::from_utf8(given.stderr).unwrap());
    assert!(out.contains("mails go to security@maker.example") && err.contains("line 2"), "{out}{err}");
    fs::write(&file, "Contact: somebody\n").unwrap();
    let refused = service.run(&ada, &["vendor", "security-txt", file.to_str().unwrap(), "--vendor", &org]);
    assert_eq!(refused.status.code(), Some(2));
    let case = opened(&service, folder.path(), &ada, &finder);
    service.said(&ada, &["case", "act", &case, "terms", "--days", "30"]);
    service.said(&ada, &["case", "act", &case, "invite-vendor", &org]);
    service.said(&vendor, &["case", "act", &case, "answer-terms", "accept"]);
    service.said(&vendor, &["case", "act", &case, "show-me", "yes"]);
    service.said(&vendor, &["case", "write", &case, "Which build shows it?"]);
    assert!(service.said(&ada, &["case", "threads"]).contains("1 messages, 1 unread"));
    let read = service.said(&ada, &["case", "messages", &case, "--party", &org]);
    assert!(read.contains("Maker") && read.contains("Which build shows it?"), "{read}");
    assert!(service.said(&ada, &["case", "threads"]).contains("1 messages, 0 unread"));
    let done = service.run(&vendor, &["case", "act", &case, "report-duty", "cra-early-warning"]);
    assert_eq!(done.status.code(), Some(2), "nothing is exploited");
}

#[test]
fn evidence_is_checked_against_what_a_witness_saw() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let admin = |words: &[&str]| said(&[&["admin", "--data", data.to_str().unwrap()], words].concat());
    admin(&["enrol", "Before", "--role", "finder"]);
    let log = admin(&["log-key"]);
    let (_running, address) = witness(&folder.path().join("witness"), &log);
    let (key, _) = address.split_once("@http").unwrap();
    let shown = said(&[
        "witness",
        "--name",
        "witness.example/w1",
        "--data",
        folder.path().join("witness").to_str().unwrap(),
        "--show-key",
    ]);
    assert_eq!(shown, key);
    let service = Service::start_beside(&data, &["--witness", &address]);
    let (_, ada) = service.enrol("Centre", "coordinator", None);
    let (_, finder) = service.enrol("Lab", "finder", None);
    let case = opened(&service, folder.path(), &ada, &finder);
    let file = folder.path().join("evidence.json");
    let path = file.to_str().unwrap();
    for attempt in 0.. {
        service.said(&ada, &["case", "evidence", &case, path]);
        if fs::read_to_string(&file).unwrap().contains("witnessed") {
            break;
        }
        assert!(attempt < 500, "the witness was never asked");
        fs::remove_file(&file).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let checked = said(&["log", "verify", path, "--key", &log, "--witness", key]);
    assert!(checked.contains("witness.example/w1 saw the log at"), "{checked}");
    let other = "witness.example/w1+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(forewarn(&["log", "verify", path, "--key", &log, "--witness", other]).status.code(), Some(1));
    // Another log of acts in its place, and the witness's word is worth nothing.
    let mut twisted: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    twisted["witnessed"]["root"] = "00".repeat(32).into();
    fs::write(&file, twisted.to_string()).unwrap();
    assert_eq!(forewarn(&["log", "verify", path, "--key", &log, "--witness", key]).status.code(), Some(1));
    assert_eq!(forewarn(&["log", "verify", path, "--key", &log]).status.code(), Some(0));
}
