//! `forewarn submit`, `finding` and `commit` as their users run them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use support::{Service, forewarn, said};

const SARIF: &str = include_str!("../../../fuzz/seeds/sarif/whole.json");
const CVE: &str = include_str!("../../../fuzz/seeds/cve/whole.json");

fn finding(name: &str) -> Value {
    json!({
        "forewarn": "finding/1", "id": name, "title": format!("Finding {name}"), "description": "d",
        "affected": [{ "purl": "pkg:pypi/sample", "ranges": ["<2.0"] }],
        "provenance": { "model": "m", "version": "1", "harness": "h", "run": "r-7", "human_checked": true },
    })
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn results(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn with_input(service: &Service, token: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_forewarn"))
        .args(arguments)
        .env("FOREWARN_SERVER", &service.url)
        .env("FOREWARN_TOKEN", token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn every_format_is_told_from_what_is_inside() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, finder) = service.enrol("Finder", "finder", None);
    let batch = folder.path().join("batch");
    fs::create_dir(&batch).unwrap();
    fs::write(batch.join("scan.sarif"), SARIF).unwrap();
    fs::write(batch.join("record.json"), format!("\n{CVE}")).unwrap();
    fs::write(batch.join("many.json"), format!("{}\n\n{}\n", finding("a"), finding("b"))).unwrap();
    fs::write(batch.join("notes.txt"), "not looked at").unwrap();
    let output = service.run(&finder, &["submit", "--json", batch.to_str().unwrap()]);
    let each = results(&output);
    let of = |ending: &str| -> Vec<&str> {
        let mine = each.iter().filter(|one| one["file"].as_str().unwrap().ends_with(ending));
        mine.map(|one| one["result"].as_str().unwrap()).collect()
    };
    assert_eq!(of("scan.sarif"), ["accepted", "rejected", "rejected"], "{each:?}");
    assert_eq!(
        (of("record.json"), of("many.json:1"), of("many.json:3")),
        (vec!["accepted"], vec!["accepted"], vec!["accepted"])
    );
    assert_eq!(output.status.code(), Some(2), "something was rejected");
    // A pattern that the shell did not expand, and standard input.
    let pattern = path(&batch, "m*.json");
    let again = service.run(&finder, &["submit", "--json", &pattern]);
    assert_eq!((results(&again).len(), again.status.code()), (2, Some(0)));
    let bare = SARIF.replace("https://github.com/sample/parser", "https://git.example/x");
    let piped = with_input(&service, &finder, &["submit", "--json", "-"], bare.as_bytes());
    assert_eq!(results(&piped)[0]["result"], "needs-info");
    let none = service.run(&finder, &["submit", &path(&batch, "none*")]);
    assert_eq!(none.status.code(), Some(2));
    let missing = with_input(&service, &finder, &["submit", "-"], finding("c").to_string().as_bytes());
    assert_eq!(missing.status.code(), Some(0));
    // Provenance is shown to those who may see the finding.
    let id = each.iter().find(|one| one["file"].as_str().unwrap().ends_with("many.json:1")).unwrap();
    let shown = service.said(&finder, &["finding", "show", id["finding"].as_str().unwrap()]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["provenance"], finding("a")["provenance"]);
}

#[test]
fn needs_info_has_an_exit_code_of_its_own_and_no_service_another() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, finder) = service.enrol("Finder", "finder", None);
    let bare = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "s" } },
        "results": [{ "message": { "text": "m" } }] }] });
    let file = path(folder.path(), "bare.sarif");
    fs::write(&file, bare.to_string()).unwrap();
    let output = service.run(&finder, &["submit", &file]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("/runs/0/versionControlProvenance: Which package")
    );
    let away = forewarn(&["submit", &file, "--server", "http://127.0.0.1:9", "--wait", "0"]);
    assert_eq!(away.status.code(), Some(3));
    let refused = service.run("fwtoken_unknown", &["submit", &file]);
    assert_eq!(refused.status.code(), Some(2));
}

/// A run is killed in the middle, and so is the service; the next run with the same journal sends the rest, once.
#[test]
fn an_interrupted_run_goes_on_with_its_journal() {
    const DOCUMENTS: usize = 3_500;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let service = Service::start(&data);
    let (_, finder) = service.enrol("Finder", "finder", None);
    let file = path(folder.path(), "many.ndjson");
    let text: String = (0..DOCUMENTS).map(|n| format!("{}\n", finding(&format!("n-{n}")))).collect();
    fs::write(&file, text).unwrap();
    let journal = path(folder.path(), "run.journal");
    let mut first = Command::new(env!("CARGO_BIN_EXE_forewarn"))
        .args(["submit", "--json", &file, "--resume", &journal])
        .env("FOREWARN_SERVER", &service.url)
        .env("FOREWARN_TOKEN", &finder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let written = || fs::read_to_string(&journal).unwrap_or_default();
    while written().matches("\"is\":\"sends\"").count() < 3 {
        assert!(first.try_wait().unwrap().is_none(), "it ended before it was interrupted: {}", written());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let url = service.url.clone();
    service.kill();
    // What a crash leaves half-written is not relied on.
    fs::OpenOptions::new().append(true).open(&journal).unwrap().write_all(b"{\"is\":\"do").unwrap();
    let before = written();
    assert!(!before.contains("Finding n-"), "the journal holds no document");

    let port = url.rsplit(':').next().unwrap();
    let listen = format!("127.0.0.1:{port}");
    let back = Service::start_at(&data, &listen);
    let second = back.run(&finder, &["submit", "--json", &file, "--resume", &journal]);
    assert_eq!(second.status.code(), Some(0), "{}", String::from_utf8_lossy(&second.stderr));
    let settled = before.lines().filter(|line| line.contains("\"is\":\"done\"")).count() * 1_000;
    let settled = settled.min(DOCUMENTS);
    assert_eq!(results(&second).len(), DOCUMENTS - settled, "what was answered is not sent again");
    assert!(results(&second).iter().all(|one| one["result"] == "accepted" || one["result"] == "duplicate"));
    let third = back.run(&finder, &["submit", &file, "--resume", &journal]);
    assert_eq!((third.status.code(), third.stdout.len()), (Some(0), 0));
    let summary = String::from_utf8_lossy(&third.stderr).into_owned();
    assert!(summary.contains("3500 were sent before"), "{summary}");
    // Each is there once.
    let whole = back.run(&finder, &["submit", "--json", &file]);
    let ids: std::collections::BTreeSet<String> =
        results(&whole).iter().map(|one| one["finding"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), DOCUMENTS);
    let other = forewarn(&["submit", &file, "--resume", &journal, "--server", "http://127.0.0.1:9"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("is about another service"));
}

#[test]
fn a_commitment_is_made_offline_and_proven_later() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, finder) = service.enrol("Finder", "finder", None);
    let (_, ada) = service.enrol("Centre", "coordinator", None);
    let file = path(folder.path(), "f.json");
    let mut document = finding("secret-1");
    fs::write(&file, format!("{document:#}")).unwrap();
    let opening = path(folder.path(), "f.opening.json");
    let hash = said(&["commit", "make", &file, "--out", &opening]);
    assert_eq!(
        forewarn(&["commit", "make", &file, "--out", &opening]).status.code(),
        Some(2),
        "it is not overwritten"
    );
    // The finding names its own commitment, and is laid out otherwise.
    document["commitment"] = json!(hash);
    fs::write(&file, document.to_string()).unwrap();
    assert!(said(&["commit", "open", &file, "--opening", &opening]).contains("was made to this document"));
    let submitted = service.said(&finder, &["submit", "--json", &file]);
    let result: Value = serde_json::from_str(&submitted).unwrap();
    let id = result["finding"].as_str().unwrap();
    let evidence = path(folder.path(), "evidence.json");
    service.said(&ada, &["finding", "evidence", id, &evidence]);
    let shown = said(&["commit", "open", &file, "--opening", &opening, "--evidence", &evidence]);
    assert!(shown.contains("named by the finding that was received at"), "{shown}");
    // The one made at intake.
    let given = path(folder.path(), "result.json");
    fs::write(&given, &submitted).unwrap();
    let shown = said(&["commit", "open", &file, "--opening", &given, "--evidence", &evidence]);
    assert!(shown.contains("made when the finding was received at"), "{shown}");
    document["title"] = json!("Another title");
    fs::write(&file, document.to_string()).unwrap();
    let other = forewarn(&["commit", "open", &file, "--opening", &opening]);
    assert_eq!(other.status.code(), Some(1));
    assert_eq!(forewarn(&["commit", "open", &file, "--opening", &file]).status.code(), Some(2));
}

#[test]
fn a_file_is_attached_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, finder) = service.enrol("Finder", "finder", None);
    let (_, ada) = service.enrol("Centre", "coordinator", None);
    let file = path(folder.path(), "f.json");
    fs::write(&file, finding("one").to_string()).unwrap();
    let submitted: Value =
        serde_json::from_str(&service.said(&finder, &["submit", "--json", &file])).unwrap();
    let id = submitted["finding"].as_str().unwrap();
    let crash = path(folder.path(), "crash.gz");
    fs::write(&crash, [0x1f, 0x8b, 0, 1, 2]).unwrap();
    let added: Value = serde_json::from_str(
        &service.said(&finder, &["finding", "attach", id, "--kind", "reproducer", &crash]),
    )
    .unwrap();
    let saved = path(folder.path(), "saved");
    service.said(&ada, &["finding", "save", id, added["id"].as_str().unwrap(), &saved]);
    assert_eq!(fs::read(&saved).unwrap(), [0x1f, 0x8b, 0, 1, 2]);
    let shown: Value = serde_json::from_str(&service.said(&ada, &["finding", "show", id])).unwrap();
    assert_eq!(shown["attachments"][0]["media_type"], "application/gzip");
}

#[test]
fn without_an_account_a_receipt_tells_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let profile = forewarn_core::policy::DEFAULT_PROFILE.replace("anonymous = false", "anonymous = true");
    let policy = path(folder.path(), "policy.toml");
    fs::write(&policy, profile).unwrap();
    let service = Service::start_with(&folder.path().join("data"), &["--policy", &policy]);
    let file = path(folder.path(), "f.json");
    fs::write(&file, finding("one").to_string()).unwrap();
    let given = service.said("", &["submit", "--anonymous", &file]);
    let receipt = path(folder.path(), "receipt");
    fs::write(&receipt, &given).unwrap();
    let state: Value = serde_json::from_str(&service.said("", &["finding", "receipt", &receipt])).unwrap();
    assert_eq!(state["state"], "received");
}

/// A log of 120 results that is larger than one document may be.
fn large_log() -> Value {
    let result = |number: usize| {
        json!({ "ruleId": "overflow", "message": { "text": format!("result {number} {}", "padding ".repeat(1500)) },
            "locations": [{ "physicalLocation": { "artifactLocation": { "index": number },
                "region": { "startLine": 1 + number } } }] })
    };
    let mut results: Vec<Value> = (0..120).map(result).collect();
    results[119]["ruleIndex"] = json!(7);
    json!({ "version": "2.1.0", "runs": [{
        "tool": { "driver": { "name": "Scan", "rules": [{ "id": "overflow" }] } },
        "artifacts": (0..120).map(|n| json!({ "location": { "uri": format!("src/{n}.c") } })).collect::<Vec<_>>(),
        "versionControlProvenance": [{ "repositoryUri": "https://github.com/sample/parser" }],
        "results": results }] })
}

#[test]
fn a_large_sarif_log_is_sent_in_parts_and_its_places_are_those_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, finder) = service.enrol("Finder", "finder", None);
    let (file, journal) = (path(folder.path(), "large.sarif"), path(folder.path(), "journal"));
    fs::write(&file, large_log().to_string()).unwrap();
    assert!(fs::metadata(&file).unwrap().len() > 1 << 20);
    let output = service.run(&finder, &["submit", "--json", "--resume", &journal, &file]);
    let each = results(&output);
    let taken = each.iter().filter(|one| one["result"] != "rejected").count();
    let refused: Vec<&Value> = each.iter().filter(|one| one["result"] == "rejected").collect();
    assert_eq!((taken, refused.len()), (119, 1), "{refused:?}");
    assert_eq!(refused[0]["place"], "/runs/0/results/119/ruleIndex");
    assert_eq!(output.status.code(), Some(2));
    let again = service.run(&finder, &["submit", "--json", "--resume", &journal, &file]);
    assert!(results(&again).is_empty(), "the same log is cut alike, so the journal knows all of it");
}

#[test]
fn a_vulnerability_report_of_csaf_2_1_is_read_when_it_is_asked_for() {
    const REPORT: &str = include_str!("../../../fuzz/seeds/csaf/vulnerability-report.json");
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, finder) = service.enrol("Finder", "finder", None);
    let file = path(folder.path(), "report.json");
    fs::write(&file, REPORT).unwrap();
    let without = service.run(&finder, &["submit", "--json", &file]);
    assert_eq!(results(&without)[0]["place"], "/document/csaf_version");
    let with = service.run(&finder, &["submit", "--json", "--csaf", "2.1", &file]);
    assert_eq!((&results(&with)[0]["result"], with.status.code()), (&json!("accepted"), Some(0)));
    let other = service.run(&finder, &["submit", "--csaf", "3.0", &file]);
    assert_eq!(other.status.code(), Some(2));
}
