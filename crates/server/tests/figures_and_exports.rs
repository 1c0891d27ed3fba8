//! Roll-ups, figures, exports and case files: who gets them, and what is in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use forewarn_core::access::{Actor, Role, Scope};
use forewarn_core::party::VendorMode;
use forewarn_server::app::{AddPrincipal, Call, Enrol, Enrolled, UseCase};
use forewarn_testkit::{Ask, Cast, Player, Site, finding, inventory, key};
use futures_util::StreamExt;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

async fn made(site: &Site, name: &str, case: &impl UseCase) -> String {
    let call = Call::new(Actor::System, &key(name), &[name.as_bytes()]);
    let reply = site.app.execute(&call, case).await.unwrap();
    serde_json::from_slice::<Enrolled>(&reply.body).unwrap().id
}

/// More operators of a sector, who run the sample.
async fn operators(site: &Site, sector: &str, count: usize) -> Vec<Player> {
    let mut all = Vec::new();
    for number in 0..count {
        let name = format!("Operator {number} of {sector}");
        let enrol = Enrol {
            name: name.clone(),
            roles: [Role::Operator].into(),
            sectors: [sector.to_owned()].into(),
            country: Some("US".into()),
            vendor_names: BTreeSet::new(),
            standing_consent: true,
            vendor_mode: VendorMode::default(),
        };
        let org = made(site, &name, &enrol).await;
        let add = AddPrincipal { org: org.clone(), name: "P".into(), person: true, roles: BTreeSet::new() };
        let principal = made(site, &format!("{name} person"), &add).await;
        let token = site.token(&org, &principal, Scope::ALL).await;
        let player = Player { org, principal, token };
        site.push(&player, "a", &inventory(&[("samplelib", "1.4")])).await.ok();
        all.push(player);
    }
    all
}

async fn notice_act(site: &Site, who: &Player, act: Value) {
    let notice = site.inbox(who).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/notices/{notice}/acts");
    site.post(who, &path, &key(&format!("{act} {}", who.org)), &act).await.ok();
}

#[tokio::test]
async fn a_roll_up_shows_sectors_and_no_member() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    let dams = operators(&site, "dams", 6).await;
    let chemical = operators(&site, "chemical", 12).await;
    // One hospital, which must not be seen.
    site.push(&cast.hospital, "ward", &inventory(&[("samplelib", "1.0")])).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let path = format!("/api/v1/cases/{case}/rollup");
    let before = site.get(&cast.auditor, &path).await.ok().json();
    assert_eq!((&before["total"], &before["smallest"]), (&Value::Null, &json!(5)));
    site.share(&cast, &case, "mitigation").await.ok();
    site.wait(SignedDuration::from_hours(10));
    for operator in dams.iter().chain(&chemical) {
        notice_act(&site, operator, json!({ "act": "acknowledge" })).await;
    }
    for operator in &chemical[..6] {
        notice_act(&site, operator, json!({ "act": "remediate", "status": "mitigated" })).await;
    }
    let answer = site.get(&cast.auditor, &path).await.ok();
    let seen = answer.json();
    // The hospital is one of seven, together with the dams.
    assert_eq!(seen["sectors"].as_array().unwrap().len(), 1);
    let chemicals = &seen["sectors"][0];
    assert_eq!((&chemicals["sector"], &chemicals["notices"]), (&json!("chemical"), &json!(12)));
    assert_eq!((&seen["rest"]["notices"], &seen["total"]["notices"]), (&json!(7), &json!(19)));
    // One silent hospital is too few for the figures of the rest, and for those of the total.
    assert_eq!((&seen["rest"]["figures"], &seen["total"]["figures"]), (&Value::Null, &Value::Null));
    let figures = &chemicals["figures"];
    assert_eq!((&figures["open"], &figures["mitigated"]), (&json!(6), &json!(6)));
    assert_eq!(figures["acknowledge"]["median_hours"], 10);
    assert_eq!(figures["acknowledge"]["in_time_percent"], 100);
    for member in dams.iter().chain(&chemical).chain([&cast.hospital]) {
        assert!(!answer.text().contains(&member.org));
    }
    assert!(!answer.text().contains("Operator") && !answer.text().contains("health"));
    // Coordinators get the same, so that what they pass on is safe; other parties do not.
    assert_eq!(site.get(&cast.ada, &path).await.ok().json(), seen);
    for other in [&cast.vendor, &cast.finder] {
        let refused = site.get(other, &path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text().contains("roll-ups are for coordinators and auditors"));
    }
    assert_eq!(site.get(&dams[0], &path).await.status, StatusCode::FORBIDDEN);
    let all = site.get(&cast.auditor, "/api/v1/rollup").await.ok().json();
    assert_eq!(
        (&all["total"], &all["sectors"], &all["rest"]),
        (&seen["total"], &seen["sectors"], &seen["rest"])
    );
    assert_eq!(all["number"], Value::Null);
}

#[tokio::test]
async fn windows_are_whole_months() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    operators(&site, "dams", 6).await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "mitigation").await.ok();
    let notices = async |query: &str| {
        site.get(&cast.auditor, &format!("/api/v1/rollup?{query}")).await.ok().json()["total"]["notices"]
            .clone()
    };
    // The site's clock stands in July.
    for query in
        ["since=2026-07", "until=2026-07", "since=2026-07&until=2026-07", "since=2025-12&until=2026-12"]
    {
        assert_eq!(notices(query).await, 6, "{query}");
    }
    for query in ["since=2026-08", "until=2026-06", "since=2026-01&until=2026-06"] {
        assert_eq!(notices(query).await, Value::Null, "{query}");
    }
    for (query, place) in [
        ("since=2026-7", "since"),
        ("until=2026-07-01", "until"),
        ("since=soon", "since"),
        ("until=2026-13", "until"),
        ("since=2026-08&until=2026-07", "until"),
        ("sector=dams", "query"),
        ("until=9999-12", "until"),
    ] {
        let refused = site.get(&cast.auditor, &format!("/api/v1/rollup?{query}")).await;
        if query == "until=9999-12" {
            assert!(!refused.status.is_server_error(), "{query}");
            continue;
        }
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(refused.json()["place"], place, "{query}");
    }
}

#[tokio::test]
async fn everybody_has_its_own_figures() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.submit(&cast.finder, &finding(2, "otherlib")).await;
    site.share(&cast, &case, "mitigation").await.ok();
    site.wait(SignedDuration::from_hours(5));
    notice_act(&site, &cast.bank, json!({ "act": "acknowledge" })).await;
    site.act(&cast.vendor, &case, &json!({ "act": "record-fix", "fixed_in": ["2.0"] })).await.ok();
    let figures = async |who: &Player| site.get(who, "/api/v1/figures").await.ok().json();
    let finder = figures(&cast.finder).await;
    assert_eq!(finder["finder"]["outcomes"], json!({ "accepted": 1, "received": 1 }));
    assert_eq!(finder["finder"]["answer"]["waiting"], 1);
    assert_eq!((&finder["vendor"], &finder["recipient"]), (&Value::Null, &Value::Null));
    let vendor = figures(&cast.vendor).await;
    assert_eq!(vendor["vendor"]["consents"], json!({ "signatory": 1 }));
    assert_eq!(vendor["vendor"]["fix"]["median_hours"], 5);
    let bank = figures(&cast.bank).await;
    assert_eq!(bank["recipient"]["states"], json!({ "acknowledged": 1 }));
    assert_eq!(bank["recipient"]["acknowledge"]["median_hours"], 5);
    let power = figures(&cast.power).await;
    assert_eq!(power["recipient"]["notices"], 0);
    // A coordinator sees every finding, but they are not its own.
    assert_eq!(figures(&cast.ada).await["finder"], Value::Null);
    // A token shows what its scopes show.
    let narrow = site.token(&cast.bank.org, &cast.bank.principal, &[Scope::Inventory]).await;
    let seen = site.ask(Ask::get("/api/v1/figures").bearer(&narrow)).await.ok().json();
    assert_eq!(seen["recipient"], Value::Null);
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn table(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|line| line.unwrap()).collect()
}

#[tokio::test]
async fn an_export_has_everything_of_ones_own_and_comes_in_parts() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    let batch: Vec<String> = (0..450).map(|number| finding(number, "samplelib").to_string()).collect();
    let ask = Ask::send("/api/v1/findings:batch", "batch", batch.join("\n").into_bytes());
    site.ask(ask.bearer(&cast.finder.token)).await.ok();
    site.submit(&cast.ada, &finding(1000, "anotherlib")).await;
    let count = async |who: &Player, query: &str| {
        let answer = site.get(who, &format!("/api/v1/export/findings{query}")).await.ok();
        let kind = answer.headers["content-type"].to_str().unwrap().to_owned();
        let ids: BTreeSet<String> = if kind.starts_with("text/csv") {
            table(&answer.text()).into_iter().map(|mut line| line.remove("id").unwrap()).collect()
        } else {
            assert_eq!(kind, "application/x-ndjson");
            lines(&answer.text()).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
        };
        ids.len()
    };
    for query in ["", "?format=ndjson", "?format=csv"] {
        assert_eq!(count(&cast.finder, query).await, 450, "{query}");
        assert_eq!(count(&cast.ada, query).await, 451, "{query}");
    }
    let wrong = site.get(&cast.finder, "/api/v1/export/findings?format=xlsx").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    // No part has more than a page, however many there are.
    let request = Request::get("/api/v1/export/findings")
        .header("authorization", format!("Bearer {}", cast.finder.token))
        .body(Body::empty());
    let response = site.router().oneshot(request.unwrap()).await.unwrap();
    let mut parts = response.into_body().into_data_stream();
    let mut sizes = Vec::new();
    while let Some(part) = parts.next().await {
        sizes.push(part.unwrap().iter().filter(|byte| **byte == b'\n').count());
    }
    assert!(sizes.len() >= 3 && sizes.iter().all(|lines| *lines <= 200), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 450);
}

#[tokio::test]
async fn a_hostile_title_is_no_formula() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    let titles = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "＝1", "a\",\"=1", "plain; =1"];
    for (number, title) in (1..).zip(titles) {
        let mut document = finding(number, "samplelib");
        document["title"] = title.into();
        site.submit(&cast.finder, &document).await;
    }
    let answer = site.get(&cast.finder, "/api/v1/export/findings?format=csv").await.ok();
    assert!(answer.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let seen: BTreeSet<String> =
        table(&answer.text()).into_iter().map(|mut line| line.remove("title").unwrap()).collect();
    let safe = |title: &str| match title.chars().next() {
        Some('=' | '+' | '-' | '@' | '＝') => format!("'{title}"),
        _ => title.to_owned(),
    };
    assert_eq!(seen, titles.iter().map(|title| safe(title)).collect());
}

#[tokio::test]
async fn notices_are_exported_without_content_and_to_their_parties_only() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "detail").await.ok();
    let export = async |who: &Player| site.get(who, "/api/v1/export/notices").await.ok().text();
    let own = export(&cast.bank).await;
    let line = &lines(&own)[0];
    assert_eq!((&line["exposure"][0]["version"], &line["recipient"]), (&json!("1.4"), &Value::Null));
    assert!(!own.contains("A secret"), "reading content is recorded, so an export has none");
    assert_eq!(site.inbox(&cast.bank).await[0]["state"], "delivered");
    let followed = export(&cast.ada).await;
    let line = &lines(&followed)[0];
    assert_eq!((&line["recipient"], &line["case"]), (&json!("Bank"), &json!(case)));
    assert!(!followed.contains("ledger"), "what a recipient runs is its own");
    for other in [&cast.power, &cast.vendor, &cast.finder, &cast.auditor, &cast.relay] {
        assert_eq!(export(other).await, "");
    }
    let cells = table(&site.get(&cast.bank, "/api/v1/export/notices?format=csv").await.ok().text());
    assert_eq!(cells[0]["exposure"], "ledger: pkg:pypi/samplelib@1.4 1.4 (range)");
    // Coordinators come with the cases scope, recipients with the notices scope; who has neither gets none.
    let token = site.token(&cast.ada.org, &cast.ada.principal, &[Scope::Cases]).await;
    let path = "/api/v1/export/notices";
    assert_eq!(lines(&site.ask(Ask::get(path).bearer(&token)).await.ok().text()).len(), 1);
    let token = site.token(&cast.ada.org, &cast.ada.principal, &[Scope::Log]).await;
    assert_eq!(site.ask(Ask::get(path).bearer(&token)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn cases_and_inventories_are_exported_as_far_as_one_sees_them() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "=ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let cases = async |who: &Player| {
        let text = site.get(who, "/api/v1/export/cases?format=csv").await.ok().text();
        table(&text).into_iter().map(|line| (line["id"].clone(), line["title"].clone())).collect::<Vec<_>>()
    };
    let whole = vec![(case.clone(), "A secret title".to_owned())];
    assert_eq!(cases(&cast.ada).await, whole);
    assert_eq!(cases(&cast.vendor).await, whole);
    assert_eq!(cases(&cast.finder).await, [(case.clone(), String::new())]);
    assert_eq!(cases(&cast.auditor).await, [(case, String::new())]);
    let held = site.get(&cast.bank, "/api/v1/export/inventories?format=csv").await.ok().text();
    assert_eq!(table(&held)[0]["asset"], "'=ledger");
    let none = site.get(&cast.power, "/api/v1/export/inventories?format=csv").await.ok().text();
    assert_eq!(none, "\"asset\",\"format\",\"components\",\"skipped\",\"pushed_at\"\r\n");
}

fn unpacked(tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(tar);
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!((entry.header().mode().unwrap(), entry.header().mtime().unwrap()), (0o600, 0));
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(name.split_once('/').unwrap().1.to_owned(), bytes);
    }
    files
}

#[tokio::test]
async fn a_case_file_has_the_whole_case_and_its_sums() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    site.share(&cast, &case, "mitigation").await.ok();
    let path = format!("/api/v1/cases/{case}/file");
    let listed = site.get(&cast.finder, "/api/v1/findings").await.ok().json();
    let found = listed["items"][0]["id"].as_str().unwrap().to_owned();
    let crash: Vec<u8> = (0..=255).cycle().take(700_001).collect();
    let attach = format!("/api/v1/findings/{found}/attachments?kind=reproducer");
    let ask = Ask::send(&attach, "crash", crash.clone()).header("content-type", "application/octet-stream");
    let attached = site.ask(ask.bearer(&cast.finder.token)).await.ok().field("id");
    // The first read of each is recorded, so the log has grown; the next within the hour adds nothing.
    site.get(&cast.ada, &path).await.ok();
    site.get(&cast.ben, &path).await.ok();
    let answer = site.get(&cast.ada, &path).await.ok();
    assert_eq!(answer.headers["content-type"], "application/x-tar");
    assert_eq!(answer.body, site.get(&cast.ben, &path).await.ok().body, "the same case is the same bytes");
    let files = unpacked(&answer.body);
    let read = |name: &str| serde_json::from_slice::<Value>(&files[name]).unwrap();
    assert_eq!(read("case.json")["detail"]["title"], "A secret title");
    assert_eq!(read("notices.json")[0]["recipient"], "Bank");
    assert!(read("timeline.json")["entries"].as_array().unwrap().len() > 5);
    assert!(read("evidence.json")["checkpoint"].as_str().unwrap().starts_with("test.example/log"));
    let finding = files.keys().find(|name| name.starts_with("findings/")).unwrap();
    assert_eq!(read(finding)["report"]["title"], "Finding 1 in samplelib");
    assert!(!files.contains_key("advisory.csaf.json"), "nothing is public");
    assert_eq!(files[&format!("attachments/{found}/reproducer-{attached}")], crash);
    assert!(answer.body.ends_with(&[0; 1024]) && answer.body.len() % 512 == 0, "it is whole");
    assert_eq!(answer.headers.get("content-length"), None, "it is made while it is sent");
    let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
    let named: BTreeMap<&str, &str> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name, sum)).collect();
    assert_eq!(named.len(), files.len() - 1);
    for (name, sum) in named {
        assert_eq!(hex::encode(Sha256::digest(&files[name])), sum, "{name}");
    }
    site.release(&cast, &case).await.ok();
    let files = unpacked(&site.get(&cast.ada, &path).await.ok().body);
    let csaf: Value = serde_json::from_slice(&files["advisory.csaf.json"]).unwrap();
    assert_eq!(csaf["document"]["category"], "csaf_security_advisory");
}

#[tokio::test]
async fn a_case_file_is_for_its_coordinators() {
    let site = Site::new().await;
    let cast = Cast::enrol(&site).await;
    let case = site.case(&cast, &finding(1, "samplelib")).await;
    let path = format!("/api/v1/cases/{case}/file");
    for other in [&cast.vendor, &cast.finder, &cast.auditor] {
        let refused = site.get(other, &path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text().contains("only the case's coordinators take its file"));
    }
    let token = site.token(&cast.ada.org, &cast.ada.principal, &[Scope::Cases]).await;
    let refused = site.ask(Ask::get(&path).bearer(&token)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("so it needs the findings scope too"));
}
