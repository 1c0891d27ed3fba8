//! The agent against a real service: it joins, fetches, checks and opens, says where and what to do, and comes back after
//! weeks and on a new machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{Service, forewarn, said};

struct Story {
    folder: tempfile::TempDir,
    service: Service,
    ada: String,
    ben: String,
    finder: String,
    bank: String,
    bank_org: String,
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl Story {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::start(&folder.path().join("data"));
        let (centre, ada) = service.enrol("Centre", "coordinator", None);
        let ben = service.person(&centre, "Ben");
        let (_, finder) = service.enrol("Finder", "finder", None);
        let (bank_org, bank) = service.enrol("Bank", "operator", Some("financial-services"));
        let story = Self { folder, service, ada, ben, finder, bank, bank_org };
        let bom = story.inventory("bank.cdx.json", "1.4");
        story.service.said(&story.bank, &["inventory", "push", text(&bom)]);
        story
    }

    fn write(&self, name: &str, value: &Value) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, value.to_string()).unwrap();
        path
    }

    fn inventory(&self, name: &str, version: &str) -> PathBuf {
        let component = json!({ "type": "library", "name": "sample", "version": version,
            "purl": format!("pkg:pypi/sample@{version}") });
        let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [component] });
        self.write(name, &bom)
    }

    /// Sends a wave about a new root cause to the bank.
    fn send(&self, cause: &str) {
        let finding = json!({
            "forewarn": "finding/1", "title": format!("Overflow in {cause}"), "description": "d",
            "affected": [{ "purl": "pkg:pypi/sample", "ranges": ["<2.0"] }], "weaknesses": ["CWE-787"],
            "location": { "file": format!("{cause}.c"), "function": cause },
        });
        let file = self.write("finding.json", &finding);
        let submitted = self.service.said(&self.finder, &["submit", "--json", text(&file)]);
        let result: Value = serde_json::from_str(&submitted).unwrap();
        let opened = self.service.said(&self.ada, &["case", "open", result["finding"].as_str().unwrap()]);
        let case = opened.split_once("  ").unwrap().0;
        let act = |who: &str, act: &[&str]| self.service.said(who, &[&["case", "act", case], act].concat());
        act(&self.ada, &["validate", "confirmed", "--method", "m", "--evidence", "e"]);
        act(&self.ada, &["terms", "--days", "30", "--zone", "UTC", "--tlp", "AMBER+STRICT"]);
        let draft = json!({ "title": format!("Hole {cause} <script>alert(1)</script>"), "detail": "D",
            "mitigation": format!("Turn {cause} off\u{1b}[2J"), "proof_of_concept": "Do not do this" });
        act(&self.ada, &["draft", text(&self.write("draft.json", &draft))]);
        let proposed =
            act(&self.ada, &["propose-wave", "mitigation", "--without-vendor", "the record is public"]);
        let wave = proposed.lines().find_map(|line| line.strip_prefix("wave ")).unwrap().to_owned();
        act(&self.ben, &["approve-wave", &wave]);
    }

    fn code(&self, name: &str) -> String {
        let service = self.service.admin(&["service", &self.bank_org, name]);
        self.service.admin(&["agent-code", &service])
    }

    fn enrol(&self, name: &str, more: &[&str]) -> PathBuf {
        let data = self.folder.path().join(name);
        let code = self.code(name);
        let enrol = ["agent", "enrol", &code, "--server", &self.service.url, "--data", text(&data)];
        said(&[&enrol[..], more].concat());
        data
    }

    fn fetch(&self, data: &Path, version: &str) -> std::process::Output {
        let bom = self.inventory("local.cdx.json", version);
        forewarn(&["agent", "fetch", "--data", text(data), "--sbom", text(&bom)])
    }
}

fn printed(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn cards(data: &Path, ending: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(data.join("cards")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == ending));
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn lines(data: &Path) -> Vec<Value> {
    let text = fs::read_to_string(data.join("siem.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_agent_says_what_to_do_where_and_by_when() {
    let story = Story::begin();
    let sheet = story.folder.path().join("sheet.txt");
    let data = story.enrol("agent", &["--sheet", text(&sheet)]);
    for file in ["device.key", "agent.json"] {
        assert_eq!(fs::metadata(data.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!data.join("recovery.key").exists(), "it is on paper only");
    story.send("alpha");
    let done = story.fetch(&data, "1.4");
    assert_eq!(done.status.code(), Some(0), "{}", printed(&done));
    let card = cards(&data, "txt").pop().unwrap();
    for words in [
        "EMBARGOED until",
        "TLP:AMBER+STRICT",
        "Hole alpha",
        "pkg:pypi/sample",
        "Turn alpha off",
        "Acknowledge by",
        "are in the log of",
    ] {
        assert!(card.contains(words), "{words} is not in {card}");
    }
    assert!(!card.contains('\u{1b}') && !card.contains("Do not do this"), "{card}");
    let page = cards(&data, "html").pop().unwrap();
    assert!(page.contains("Turn alpha off") && !page.contains("<script>"), "{page}");
    // It is acknowledged, and the SIEM has a line without what is embargoed.
    let listed = story.service.said(&story.bank, &["notices", "list"]);
    assert!(listed.contains("acknowledged"), "{listed}");
    let notice = listed.split_whitespace().next().unwrap();
    let told = lines(&data);
    assert_eq!((told.len(), &told[0]["event"], &told[0]["hits"]), (1, &json!("opened"), &json!(1)));
    assert!(!told[0].to_string().contains("alpha") && !told[0].to_string().contains("sample"), "{}", told[0]);
    // The page and the command of a person show nothing of it, for the service has not.
    let shown = story.service.said(&story.bank, &["notices", "show", notice]);
    assert!(shown.contains("Sealed to your keys") && !shown.contains("Turn alpha"), "{shown}");
    let shown = said(&["agent", "show", notice, "--data", text(&data)]);
    assert!(shown.contains("Turn alpha off"), "{shown}");
    // Nothing new is nothing told; another version at home is.
    assert!(printed(&story.fetch(&data, "1.4")).contains("0 with something new"));
    assert_eq!(lines(&data).len(), 1);
    assert!(printed(&story.fetch(&data, "2.0")).contains("1 with something new"));
    assert!(cards(&data, "txt")[0].contains("Nothing was found in the 1 inventories with 1 components"));
    let status = forewarn(&["agent", "status", "--data", text(&data)]);
    assert_eq!(status.status.code(), Some(0), "{}", printed(&status));
    assert!(printed(&status).contains("active"));
}

#[test]
fn weeks_away_are_caught_up_and_a_changed_file_is_not_shown() {
    let story = Story::begin();
    let data = story.enrol("agent", &["--sheet", text(&story.folder.path().join("sheet.txt"))]);
    ["alpha", "beta", "gamma"].iter().for_each(|cause| story.send(cause));
    let Story { folder, service, .. } = story;
    let listen = service.url.trim_start_matches("http://").to_owned();
    service.stop();
    let bom = folder.path().join("bank.cdx.json");
    let fetch = ["agent", "fetch", "--data", text(&data), "--sbom", text(&bom)];
    let away = forewarn(&fetch);
    assert_eq!(away.status.code(), Some(3), "{}", printed(&away));
    assert!(printed(&away).contains("does not answer"), "{}", printed(&away));
    let service = Service::start_at(&folder.path().join("data"), &listen);
    let done = forewarn(&fetch);
    assert_eq!(done.status.code(), Some(0), "{}", printed(&done));
    let told: Vec<String> =
        printed(&done).lines().filter(|line| line.contains("hits")).map(str::to_owned).collect();
    let mut inbox: Vec<String> = Vec::new();
    for line in lines(&data) {
        inbox.push(line["number"].as_str().unwrap().to_owned());
    }
    assert_eq!((told.len(), inbox.len()), (3, 3));
    assert!(told.iter().zip(&inbox).all(|(line, number)| line.starts_with(number)), "oldest first");
    // What the agent keeps was changed by somebody: it is fetched anew. Another key of the log: nothing is shown.
    let kept = fs::read_dir(data.join("notices")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&kept).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&kept, &bytes).unwrap();
    assert_eq!(forewarn(&fetch).status.code(), Some(0));
    assert_ne!(fs::read(&kept).unwrap(), bytes);
    let about = data.join("agent.json");
    let mut profile: Value = serde_json::from_slice(&fs::read(&about).unwrap()).unwrap();
    let other = Service::start(&folder.path().join("other"));
    profile["log_key"] = other.admin(&["log-key"]).into();
    fs::write(&about, profile.to_string()).unwrap();
    let refused = forewarn(&fetch);
    assert_eq!(refused.status.code(), Some(3));
    assert!(printed(&refused).contains("the signature is not the clearinghouse's"), "{}", printed(&refused));
    assert_eq!(lines(&data).last().unwrap()["event"], "refused");
    drop(service);
}

#[test]
fn a_new_machine_opens_old_notices_with_the_recovery_sheet() {
    let story = Story::begin();
    let sheet = story.folder.path().join("sheet.txt");
    let data = story.enrol("agent", &["--sheet", text(&sheet)]);
    story.send("alpha");
    assert_eq!(story.fetch(&data, "1.4").status.code(), Some(0));
    fs::remove_dir_all(&data).unwrap();
    let fresh = story.enrol("fresh", &["--no-recovery"]);
    let alone = story.fetch(&fresh, "1.4");
    assert_eq!(alone.status.code(), Some(3), "its key waits for people: {}", printed(&alone));
    assert!(printed(&alone).contains("it is not for this key"), "{}", printed(&alone));
    // Typed from paper: in groups, in small letters.
    let typed = fs::read_to_string(&sheet).unwrap();
    let key = typed.lines().find(|line| line.starts_with("AGE-SECRET-KEY-PQ-1")).unwrap().to_owned();
    let (start, rest) = key.split_at(40);
    fs::write(&sheet, typed.replace(&key, &format!("{start}\n{}", rest.to_lowercase()))).unwrap();
    let bom = story.inventory("local.cdx.json", "1.4");
    let recover = ["agent", "recover", "--sheet", text(&sheet), "--data", text(&fresh), "--sbom", text(&bom)];
    let done = forewarn(&recover);
    assert_eq!(done.status.code(), Some(0), "{}", printed(&done));
    assert!(cards(&fresh, "txt")[0].contains("Turn alpha off"));
    // One person and, for an organisation of one, a coordinator make the new key count.
    let keys = story.service.said(&story.bank, &["notices", "keys", "list"]);
    let waiting =
        keys.lines().find(|line| line.contains("proposed")).unwrap().split_whitespace().next().unwrap();
    let said = story.service.said(&story.bank, &["notices", "keys", "approve", waiting]);
    assert!(said.contains("proposed"), "{said}");
    let approve = ["notices", "keys", "approve", waiting, "--of", &story.bank_org];
    assert!(story.service.said(&story.ada, &approve).contains("active"));
    let notice = story.service.said(&story.bank, &["notices", "list"]);
    let notice = notice.split_whitespace().next().unwrap();
    assert!(story.service.said(&story.bank, &["notices", "reseal", notice]).contains("revision 2"));
    let done = story.fetch(&fresh, "1.4");
    assert_eq!(done.status.code(), Some(0), "{}", printed(&done));
}

#[test]
fn the_unit_is_one_for_systemd() {
    let unit = said(&[
        "agent",
        "unit",
        "--program",
        "/bin/true",
        "--user",
        "nobody",
        "--data",
        "/var/lib/100% forewarn",
    ]);
    assert!(
        unit.contains("ExecStart=\"/bin/true\" agent run --data \"/var/lib/100%% forewarn\" --every 15m"),
        "{unit}"
    );
    assert_eq!(forewarn(&["agent", "unit", "--user", "a b"]).status.code(), Some(2));
    assert_eq!(forewarn(&["agent", "unit", "--every", "never"]).status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("forewarn-agent.service");
    fs::write(&file, said(&["agent", "unit", "--program", "/bin/true", "--user", "daemon"])).unwrap();
    let verify =
        std::process::Command::new("systemd-analyze").args(["verify", "--man=no", text(&file)]).output();
    let Ok(verify) = verify else { return };
    assert!(verify.status.success() && verify.stderr.is_empty(), "{}", printed(&verify));
}
