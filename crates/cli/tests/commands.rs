//! The commands of members against a real service: words, exit codes, bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Service, forewarn, said};

fn finding(function: &str) -> Value {
    json!({
        "forewarn": "finding/1", "title": format!("Overflow in {function}"), "description": "d",
        "affected": [{ "purl": "pkg:pypi/sample", "ranges": ["<2.0"] }], "weaknesses": ["CWE-787"],
        "location": { "file": "a.c", "function": function },
    })
}

#[test]
fn a_notice_goes_from_submit_to_remediate() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (centre, ada) = service.enrol("Centre", "coordinator", None);
    let ben = service.person(&centre, "Ben");
    let (vendor, priya) = service.enrol("Vendor", "vendor", None);
    let (_, finder) = service.enrol("Finder", "finder", None);
    let (_, bank) = service.enrol("Bank", "operator", Some("financial-services"));
    let file = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        fs::write(&path, value.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bom = file(
        "bank.cdx.json",
        &json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        { "type": "library", "name": "sample", "version": "1.4", "purl": "pkg:pypi/sample@1.4" }] }),
    );
    assert!(service.said(&bank, &["inventory", "push", &bom]).contains("1 components, 0 without identity"));
    assert!(service.said(&bank, &["inventory", "list"]).contains("bank"));

    let submitted = service.said(&finder, &["submit", "--json", &file("f.json", &finding("f"))]);
    let result: Value = serde_json::from_str(&submitted).unwrap();
    let opened = service.said(&ada, &["case", "open", result["finding"].as_str().unwrap()]);
    let (case, number) = opened.split_once("  ").unwrap();
    let act = |who: &str, act: &[&str]| service.said(who, &[&["case", "act", case], act].concat());
    act(&ada, &["validate", "confirmed", "--method", "m", "--evidence", "e"]);
    act(&ada, &["terms", "--days", "30", "--zone", "America/New_York", "--tlp", "AMBER+STRICT"]);
    act(&ada, &["invite-vendor", &vendor]);
    act(&priya, &["answer-terms", "accept"]);
    act(&priya, &["state", "affected", "--statement", "Yes"]);
    let draft = json!({ "title": "T", "mitigation": "Turn it off", "detail": "D" });
    act(&ada, &["draft", &file("draft.json", &draft)]);
    let proposed = act(&ada, &["propose-wave", "mitigation"]);
    let wave = proposed.lines().find_map(|line| line.strip_prefix("wave ")).unwrap();
    // Once the first has proposed, only somebody else can approve, and repeating that is harmless.
    assert_eq!(service.run(&ada, &["case", "act", case, "approve-wave", wave]).status.code(), Some(2));
    assert!(act(&ben, &["approve-wave", wave]).contains("1 operator gets a notice"));

    let listed = service.said(&bank, &["notices", "list"]);
    let notice = listed.split_whitespace().next().unwrap();
    let shown = service.said(&bank, &["notices", "show", notice]);
    assert!(
        shown.contains("EMBARGOED until") && shown.contains("Turn it off") && shown.contains(number),
        "{shown}"
    );
    assert!(!shown.contains("no longer in your inventory"), "{shown}");
    // What the next inventory does not have any more is withdrawn from the notice, and from who is exposed.
    let newer = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        { "type": "library", "name": "sample", "version": "2.0", "purl": "pkg:pypi/sample@2.0" }] });
    file("bank.cdx.json", &newer);
    let pushed = service.said(&bank, &["inventory", "push", &bom]);
    assert!(pushed.contains("0 added, 0 removed, 1 in another version"), "{pushed}");
    let shown = service.said(&bank, &["notices", "show", notice]);
    assert!(
        shown.contains("pkg:pypi/sample@1.4 1.4 (affected: <2.0; no longer in your inventory)"),
        "{shown}"
    );
    service.said(&bank, &["notices", "ack", notice]);
    let silent = service.run(&bank, &["notices", "remediate", notice, "--status", "cannot-fix"]);
    assert_eq!(silent.status.code(), Some(2), "cannot-fix needs a note");
    service.said(&bank, &["notices", "remediate", notice, "--status", "mitigated", "--note", "off"]);
    assert!(service.said(&bank, &["notices", "list"]).contains("mitigated"));

    act(&priya, &["record-fix", "2.0"]);
    act(&ada, &["propose-release", "fix-public"]);
    act(&ben, &["approve-release"]);
    assert!(service.said(&ada, &["case", "timeline", case]).contains("case-released"));
    let evidence = folder.path().join("evidence.json");
    let evidence = evidence.to_str().unwrap();
    let shown = service.said(&bank, &["notices", "show", notice]);
    assert!(shown.starts_with("PUBLIC") && !shown.contains("EMBARGOED"), "{shown}");
    assert!(service.said(&bank, &["notices", "list"]).contains("public"));
    service.said(&ada, &["case", "evidence", case, evidence]);
    assert!(said(&["log", "verify", evidence]).contains("unchanged"));
    let mut changed: Value = serde_json::from_slice(&fs::read(evidence).unwrap()).unwrap();
    changed["events"][0]["salt"] = "00".repeat(32).into();
    fs::write(evidence, changed.to_string()).unwrap();
    assert_eq!(forewarn(&["log", "verify", evidence]).status.code(), Some(1));
}

#[test]
fn submit_says_what_is_wrong_and_takes_in_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, finder) = service.enrol("Finder", "finder", None);
    let batch = folder.path().join("batch");
    fs::create_dir(&batch).unwrap();
    fs::write(batch.join("good.json"), format!("{:#}", finding("good"))).unwrap();
    fs::write(
        batch.join("twice.json"),
        "{\n  \"forewarn\": \"finding/1\",\n  \"forewarn\": \"finding/1\"\n}",
    )
    .unwrap();
    fs::write(batch.join("cut.json"), "{\n  \"forewarn\": \"find").unwrap();
    fs::write(batch.join("old.json"), r#"{"forewarn":"finding/9","title":"t"}"#).unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    fs::write(batch.join("deep.json"), deep).unwrap();
    let output = service.run(&finder, &["submit", batch.to_str().unwrap()]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{out}{err}");
    assert!(out.lines().any(|line| line.starts_with("accepted") && line.contains("good.json")), "{out}");
    assert!(
        out.lines()
            .any(|line| line.starts_with("rejected") && line.contains("old.json: ")
                || line.contains("/forewarn")),
        "{out}"
    );
    assert!(err.lines().any(|line| line.contains("twice.json") && line.contains("forewarn")), "{err}");
    assert!(err.lines().any(|line| line.contains("cut.json") && line.contains("line 2")), "{err}");
    assert!(err.lines().any(|line| line.contains("deep.json")), "{err}");
    assert!(err.contains("1 accepted, 0 duplicates, 1 rejected, 3 files could not be read"), "{err}");
    let again = service.run(&finder, &["submit", batch.join("good.json").to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&again.stdout).starts_with("duplicate"));
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (_, bank) = service.enrol("Bank", "operator", Some("energy"));
    let told = |token: &str, arguments: &[&str], code: i32, words: &str| {
        let output = service.run(token, arguments);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.contains(words), "{err}");
    };
    told("", &["notices", "list"], 2, "sign in, or send a valid token");
    told("fwtoken_wrong", &["notices", "list"], 2, "sign in, or send a valid token");
    told(&bank, &["notices", "show", "00000000-0000-4000-8000-000000000000"], 2, "no such thing");
    told(&bank, &["case", "list"], 2, "does not allow");
    told(&bank, &["notices", "remediate", "x", "--status", "perhaps"], 2, "use one of");
    told(&bank, &["--server", "http://127.0.0.1:9"], 2, "");
    told(&bank, &["notices", "--server", "http://127.0.0.1:9", "list"], 3, "forewarn serve");
    told(&bank, &["inventory", "push", "/nowhere.json"], 2, "/nowhere.json");
    // The data folder is private, and a key that others can read is refused.
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&service.data), 0o700);
    let key = service.data.with_extension("key");
    assert_eq!(mode(&key), 0o600);
    for file in ["forewarn.db", "forewarn.db-wal", "forewarn.db-shm"] {
        assert_eq!(mode(&service.data.join(file)), 0o600, "{file}");
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let list = || forewarn(&["admin", "--data", service.data.to_str().unwrap(), "list"]);
    let refused = list();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("chmod 600"));
    assert_eq!(refused.status.code(), Some(2));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    // A folder that was there before: others must not write to it, and should not look into it.
    fs::set_permissions(&service.data, fs::Permissions::from_mode(0o770)).unwrap();
    let refused = list();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && words.contains("chmod 700"), "{words}");
    fs::set_permissions(&service.data, fs::Permissions::from_mode(0o755)).unwrap();
    let warned = list();
    let words = String::from_utf8_lossy(&warned.stderr).into_owned();
    assert!(warned.status.success() && words.contains("chmod 700"), "{words}");
    fs::set_permissions(&service.data, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(list().stderr.is_empty());
}

/// What the user has to mend is told from trouble by the exit code.
#[test]
fn what_was_given_wrong_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (centre, ada) = service.enrol("Centre", "coordinator", None);
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let case = "00000000-0000-4000-8000-000000000000";
    let broken = file("broken.json", "{ \"title\": \"SECRET");
    let other = file("other.json", "{ \"title\": \"SECRET\" }");
    let policy = file("policy.toml", "limits = [");
    let data = service.data.to_str().unwrap();
    let asked: &[&[&str]] = &[
        &["case", "act", case, "draft", "/nowhere.json"],
        &["case", "act", case, "draft", &broken],
        &["case", "act", case, "draft", &other],
        &["case", "act", case, "terms", "--days", "99999999999", "--zone", "UTC", "--tlp", "AMBER"],
        &["case", "list", "--server", "no URL"],
        &["admin", "--data", data, "token", case, "--scope", "cases"],
        &["admin", "--data", data, "person", "Nobody", "Somebody"],
        &["admin", "--data", data, "enrol", "Centre", "--role", "coordinator"],
        &["admin", "--data", data, "enrol", "Power", "--role", "operator"],
        &["admin", "--data", data, "revoke", case],
        &["admin", "--data", data, "import", "kev", "/nowhere.json"],
        &["admin", "--data", data, "--policy", &policy, "list"],
        &["admin", "--data", data, "--policy", "/nowhere.toml", "list"],
        &["serve", "--data", data, "--smtp", "smtp://mail.example.org"],
        &[
            "serve",
            "--data",
            data,
            "--smtp",
            "ftp://x",
            "--address",
            "https://a.example",
            "--mail-from",
            "a@b.example",
        ],
        &["log", "verify", &broken],
        &["finding", "attach", case, "--kind", "trace", "/nowhere"],
    ];
    for arguments in asked {
        let output = service.run(&ada, arguments);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {words}");
        assert!(!words.contains("SECRET") && words.len() > 10, "{words}");
    }
    let taken =
        service.run(&ada, &["serve", "--data", data, "--listen", service.url.trim_start_matches("http://")]);
    assert_eq!(taken.status.code(), Some(3), "a port that is taken is trouble");
    assert!(!centre.is_empty());
}

/// A command whose answer was lost is the same act when it is given again; answered, it is another act.
#[test]
fn an_act_whose_answer_was_lost_is_done_once() {
    use std::io::{Read, Write};
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // A service that takes each act: it loses its first two answers, and gives the others.
    let served = std::thread::spawn(move || {
        let mut keys = Vec::new();
        for number in 0..4 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            let mut part = [0; 4096];
            while !String::from_utf8_lossy(&asked).contains("acknowledge") {
                let read = stream.read(&mut part).unwrap();
                assert!(read > 0);
                asked.extend_from_slice(&part[..read]);
            }
            let text = String::from_utf8(asked).unwrap().to_ascii_lowercase();
            let key = text.lines().find_map(|line| line.strip_prefix("idempotency-key: ")).unwrap();
            keys.push(key.to_owned());
            if number >= 2 {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
            }
        }
        keys
    });
    let acknowledge = || {
        std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"))
            .args(["notices", "--server", &url, "--token", "fwtoken_x", "ack", "n-1"])
            .env("XDG_STATE_HOME", &state)
            .output()
            .unwrap()
    };
    let codes: Vec<_> = (0..4).map(|_| acknowledge().status.code()).collect();
    assert_eq!(codes, [Some(3), Some(3), Some(0), Some(0)]);
    let keys = served.join().unwrap();
    assert_eq!((&keys[0], &keys[1]), (&keys[2], &keys[2]), "the same act until it is answered");
    assert_ne!(keys[2], keys[3], "given again after that, it is another act");
    let left = fs::read_dir(state.join("forewarn/acts")).unwrap().count();
    assert_eq!(left, 0, "nothing is kept of what was answered");
}

#[test]
fn the_demo_plays_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let arguments = ["demo", "--exit", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let story = said(&arguments);
    assert!(story.contains("equal byte for byte in both worlds"), "{story}");
    assert!(story.ends_with("every step was checked as it happened."), "{story}");
    // A second start on the same folder does not spoil it.
    let again = forewarn(&arguments);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("forewarn serve --data"));
    // What the demo leaves behind is an ordinary clearinghouse.
    let service = Service::start(&data);
    assert!(service.admin(&["list"]).contains("Hollow Creek Hospital"));
}

/// Coordinators see who may run it under another name and judge it; a restart from the saved index shows the same.
#[test]
fn a_suggested_match_is_judged_and_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let service = Service::start(&data);
    let (_, ada) = service.enrol("Centre", "coordinator", None);
    let (_, finder) = service.enrol("Finder", "finder", None);
    let (_, power) = service.enrol("Power", "operator", Some("energy"));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let assets =
        file("plant.csv", "vendor,product,version\nSiemens AG,SIMATIC S7-1500,2.8\nMoxa,EDS-408A,3.8\n");
    service.said(&power, &["inventory", "push", &assets]);
    let mut report = finding("f");
    report["affected"] =
        json!([{ "vendor": "Siemens", "product": "SIMATIC S7-1500 CPU family", "ranges": ["<2.9"] }]);
    let submitted = service.said(&finder, &["submit", "--json", &file("f.json", &report.to_string())]);
    let result: Value = serde_json::from_str(&submitted).unwrap();
    let opened = service.said(&ada, &["case", "open", result["finding"].as_str().unwrap()]);
    let case = opened.split("  ").next().unwrap();
    let shown = service.said(&ada, &["case", "exposure", case]);
    assert!(
        shown.contains("no inventory matches") && shown.contains("siemens ag simatic s7-1500 (2.8)"),
        "{shown}"
    );
    let json = service.said(&ada, &["case", "exposure", case, "--json"]);
    let view: Value = serde_json::from_str(&json).unwrap();
    let id = view["suggested"][0]["id"].as_str().unwrap();
    service.said(&ada, &["case", "act", case, "confirm-match", id, "--why", "The label says so"]);
    let shown = service.said(&ada, &["case", "exposure", case]);
    assert!(
        shown.contains("Power  1 component  surest: range") && shown.contains("confirmed: The label says so")
    );

    service.stop();
    assert!(data.join("exposure.index").exists());
    let service = Service::start(&data);
    assert_eq!(service.said(&ada, &["case", "exposure", case]), shown);
    service.said(&ada, &["case", "act", case, "reject-match", id, "--why", "I looked at it"]);
    let shown = service.said(&ada, &["case", "exposure", case]);
    assert!(shown.contains("no inventory matches") && shown.contains("rejected: I looked at it"), "{shown}");
}

#[test]
fn cases_are_ordered_explained_checked_and_paced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let service = Service::start(&data);
    let (_, ada) = service.enrol("Centre", "coordinator", None);
    let (vendor, priya) = service.enrol("Vendor", "vendor", None);
    let (finder_org, finder) = service.enrol("Finder", "finder", None);
    let (_, lab) = service.enrol("Lab", "validator", None);
    let open = |function: &str| {
        let path = folder.path().join(format!("{function}.json"));
        fs::write(&path, finding(function).to_string()).unwrap();
        let submitted = service.said(&finder, &["submit", "--json", path.to_str().unwrap()]);
        let result: Value = serde_json::from_str(&submitted).unwrap();
        let opened = service.said(&ada, &["case", "open", result["finding"].as_str().unwrap()]);
        opened.split_once("  ").unwrap().0.to_owned()
    };
    let (first, second) = (open("one"), open("two"));
    let queued = || {
        service.eventually(&ada, &["case", "queue"], |said| said.contains(&first) && said.contains(&second))
    };
    assert!(queued().contains("It stands before the next because its id comes first"), "{}", queued());

    let answered = ["case", "answer", &second, "exploitation", "active", "--reason", "a log shows it"];
    service.said(&ada, &answered);
    let active =
        |said: &str| said.contains("exploitation: active (answered by") && !said.contains("changed since");
    let explained = service.eventually(&ada, &["case", "priority", &second], active);
    for words in
        ["automatable: yes (not known; the policy profile says so", "age: ", "As advice: triage decline"]
    {
        assert!(explained.contains(words), "{words}: {explained}");
    }
    let line = service.said(&ada, &["case", "queue", "--limit", "1", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["case"], second.as_str());
    let wrong = service.run(&ada, &["case", "answer", &second, "automatable", "perhaps", "--reason", "r"]);
    assert_eq!(wrong.status.code(), Some(2));

    assert!(service.said(&lab, &["case", "claim"]).starts_with(&second));
    assert!(service.said(&lab, &["case", "checks"]).contains("held until"));
    assert!(service.said(&lab, &["case", "material", &second]).contains("Overflow in two"));
    service.said(&lab, &["case", "act", &second, "give-back"]);
    assert!(service.said(&lab, &["case", "claim"]).starts_with(&second));
    let verdict =
        ["case", "act", &second, "validate", "not-a-vulnerability", "--method", "m", "--evidence", "e"];
    service.said(&lab, &verdict);
    let record = service.said(&ada, &["case", "record", &finder_org]);
    assert!(
        record.contains("not-a-vulnerability: 1") && record.contains("does not count in the order"),
        "{record}"
    );

    assert!(service.said(&priya, &["case", "pace", "--per-week", "2"]).contains("has room for 2 now"));
    assert!(service.said(&ada, &["case", "pace", &vendor]).contains("takes 2 cases a week"));
    assert!(service.said(&priya, &["case", "pace", "--per-week", "any"]).contains("has set no pace"));
}

#[test]
fn catalogues_are_imported_at_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let file = folder.path().join("epss.csv");
    let path = file.to_str().unwrap();
    let scores = "#model_version:v1,score_date:2026-07-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-40002,0.5,0.9\n";
    fs::write(&file, scores).unwrap();
    let import = ["admin", "--data", data, "import", "epss", path];
    assert!(said(&import).starts_with("epss v1 of 2026-07-01T00:00:00Z: 1 entries, sha256 "));
    assert!(said(&import).ends_with("in force already"));
    fs::write(&file, scores.replace("0.5", "SECRET")).unwrap();
    let refused = forewarn(&import);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("line 3") && !words.contains("SECRET"), "{words}");
}
