//! After a whole story, nothing of what is embargoed is in the database, beside it, in the log, the metrics, the mails or
//! the errors, however it is written (promise P1). The same story without sealing is found out, so that the scan is
//! known to see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod scan;
mod support;

use std::path::Path;
use std::sync::Arc;

use forewarn_seal::{Kek, Keys};
use forewarn_server::keys::MachineRandom;
use forewarn_store::{Locked, Sealing, SqlStore};
use forewarn_testkit::{Ask, Cast, Player, Site, finding, inventory};
use scan::Searched;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use support::log::{Log, listen};

/// Words that are in one embargoed field each.
const EMBARGOED: &[&str] = &[
    "canarytitle",
    "canarydescription",
    "canarypackage",
    "canaryfunction",
    "canarytrace",
    "canaryevidence",
    "canaryattachment",
    "canarydrafttitle",
    "canarymitigation",
    "canarydetail",
    "canaryproof",
    "canaryreason",
    "canaryanswer",
    "canarymessage",
    "canarycomponent",
    "canaryasset",
    "canaryidempotency",
];
/// Words of how somebody is reached: they are in what is sent there, and nowhere else.
const CONTACTS: &[&str] = &["canarydesk", "canaryhook", "canaryphone"];

/// What the story left behind outside the database: a name for each place, and its bytes.
struct Traces {
    said: Vec<(String, Vec<u8>)>,
    sent: Vec<(String, Vec<u8>)>,
    tokens: Vec<String>,
}

async fn story(site: &Site, log: &Log) -> Traces {
    tracing::info!("the log is listened to");
    let cast = Cast::enrol(site).await;
    let packages = inventory(&[("canarypackage", "1.4"), ("canarycomponent", "3.0")]);
    site.push(&cast.bank, "canaryasset", &packages).await.ok();
    site.push(&cast.bank, "canaryasset", &inventory(&[("canarypackage", "1.5"), ("canarycomponent", "3.0")]))
        .await
        .ok();
    let contacts = json!({ "mail": "canarydesk@bank.example", "webhook": "https://bank.example/canaryhook",
        "phones": ["canaryphone"] });
    let path = format!("/api/v1/organisations/{}/contacts", cast.bank.org);
    site.post(&cast.bank, &path, "contacts", &contacts).await.ok();
    let mut report = finding(1, "canarypackage");
    report["title"] = json!("A canarytitle");
    report["description"] = json!("A canarydescription");
    report["location"]["function"] = json!("canaryfunction");
    report["code"] = json!({ "trace": "#1 0x1 in canarytrace src/a.c:1" });
    report["evidence"] = json!("a canaryevidence");
    let case = site.case(&cast, &report).await;
    // The same root cause again: it joins, under a second document.
    report["id"] = json!("F-again");
    site.submit(&cast.finder, &report).await;
    let waiting = site.submit(&cast.finder, &finding(5, "canarycomponent")).await;
    let add = format!("/api/v1/findings/{waiting}/attachments?kind=reproducer");
    let ask = Ask::send(&add, "canaryidempotency", b"a canaryattachment, quite plainly".to_vec());
    site.ask(ask.header("content-type", "text/plain").bearer(&cast.finder.token)).await.ok();
    let text = json!({ "title": "A canarydrafttitle", "mitigation": "A canarymitigation", "detail": "A canarydetail",
        "proof_of_concept": "A canaryproof" });
    site.act(&cast.ada, &case, &json!({ "act": "draft", "text": text })).await.ok();
    let thread = format!("/api/v1/cases/{case}/threads/{}", cast.vendor.org);
    site.post(&cast.ada, &thread, "message", &json!({ "text": "A canarymessage" })).await.ok();
    site.share(&cast, &case, "detail").await;
    let urgent = json!({ "act": "set-urgency", "urgent": true, "reason": "A canaryreason" });
    site.act(&cast.ada, &case, &urgent).await.ok();
    // The whole ladder of messages.
    for _ in 0..40 {
        site.wait(jiff::SignedDuration::from_hours(1));
        site.work().await;
    }
    let notice = site.inbox(&cast.bank).await[0]["id"].as_str().unwrap().to_owned();
    site.get(&cast.bank, &format!("/api/v1/notices/{notice}")).await.ok();
    let acts = format!("/api/v1/notices/{notice}/acts");
    site.post(&cast.bank, &acts, "ack", &json!({ "act": "acknowledge" })).await.ok();
    let cannot = json!({ "act": "remediate", "status": "cannot-fix", "note": "A canaryanswer", "measures": "behind a gateway" });
    site.post(&cast.bank, &acts, "fix", &cannot).await.ok();
    let mut said = Vec::new();
    let key = forewarn_seal::Identity::draw(&mut MachineRandom::default()).to_recipient().unwrap();
    let act = json!({ "act": "propose", "recipient": key.to_string(), "purpose": "device", "label": "desk" });
    site.post(&cast.bank, &format!("/api/v1/organisations/{}/keys", cast.bank.org), "key", &act).await.ok();
    let sealed = site.get(&cast.bank, &format!("/api/v1/notices/{notice}/sealed")).await.ok();
    said.push(("a sealed notice".into(), sealed.body));
    said.push(("the list of notices".into(), listed_without_words(site, &cast.bank).await));
    site.app.save_index(true).await.unwrap();
    // Errors: a bad document, an act that is refused, a thing that is not there.
    let mut bad = report.clone();
    bad["affected"] = json!("canarypackage");
    let ask = Ask::send("/api/v1/findings:batch", "bad", bad.to_string().into_bytes());
    said.push(("an error".into(), site.ask(ask.bearer(&cast.finder.token)).await.body));
    let text = json!({ "title": "canarydrafttitle", "mitigation": 7, "detail": "canarydetail" });
    let refused = site.act(&cast.ada, &case, &json!({ "act": "draft", "text": text })).await;
    assert!(!refused.status.is_success());
    said.push(("a refusal".into(), refused.body));
    said.push(("metrics".into(), site.get(&cast.ada, "/metrics").await.ok().body));
    said.push(("the log".into(), log.0.lock().unwrap().clone()));
    let mails = site.wire.mails().into_iter().map(|mail| ("a mail".to_owned(), mail.bytes));
    let requests =
        site.wire.requests().into_iter().map(|one| ("a request".to_owned(), one.body.as_bytes().to_vec()));
    let sent: Vec<_> = mails.chain(requests).collect();
    assert!(sent.len() >= 4, "{} were sent", sent.len());
    let tokens = cast.all().iter().map(|(_, player)| player.token.clone()).collect();
    Traces { said, sent, tokens }
}

/// The list of notices of one that has a key, without the words that it wrote itself.
async fn listed_without_words(site: &Site, who: &Player) -> Vec<u8> {
    let mut listed = site.get(who, "/api/v1/notices").await.ok().json();
    for item in listed["items"].as_array_mut().unwrap() {
        item.as_object_mut().unwrap().remove("note");
    }
    listed.to_string().into_bytes()
}

/// Every file of a folder, with what it holds.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()));
    }
    found
}

/// Every row of every table of a schema, as text and with its bytes as they are.
async fn tables(url: &str, schema: &str) -> Vec<(String, Vec<u8>)> {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    let names = format!("SELECT tablename::text FROM pg_tables WHERE schemaname = '{schema}'");
    let names = sqlx::query(AssertSqlSafe(names)).fetch_all(&mut connection).await.unwrap();
    let mut found = Vec::new();
    for name in names.iter().map(|row| row.get::<String, _>(0)) {
        let sql = format!("SELECT convert_to(t::text, 'UTF8') FROM {name} t");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        let mut bytes = Vec::new();
        for row in rows {
            let text: Vec<u8> = row.get(0);
            for part in text.split(|byte| *byte == b'"') {
                let digits = part.strip_prefix(b"\\\\x").unwrap_or_default();
                bytes.extend(hex::decode(digits).unwrap_or_default());
                bytes.push(b'\n');
            }
            bytes.extend(text);
        }
        found.push((format!("table {name}"), bytes));
    }
    assert!(found.len() > 8);
    found
}

fn all_hits(places: &[(String, Vec<u8>)], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, bytes) in places {
        let searched = Searched::new(name, bytes);
        for word in words {
            found.extend(searched.hits(word).into_iter().map(|hit| format!("{word} in {hit}")));
        }
    }
    found
}

/// Nothing is anywhere; a key of the clearinghouse's neither.
fn clean(traces: &Traces, places: &[(String, Vec<u8>)]) {
    let tokens: Vec<&str> = traces.tokens.iter().map(String::as_str).collect();
    let kek = String::from_utf8_lossy(&[KEK; 32]).into_owned();
    let words = [EMBARGOED, CONTACTS, &tokens, &[&kek]].concat();
    assert_eq!(all_hits(places, &words), Vec::<String>::new());
    // An error and the log know nobody's address; what is sent is addressed.
    assert_eq!(all_hits(&traces.said, &words), Vec::<String>::new());
    assert_eq!(all_hits(&traces.sent, EMBARGOED), Vec::<String>::new());
    assert!(traces.said.iter().any(|(name, bytes)| name == "the log" && !bytes.is_empty()));
}

/// The scan sees every word where nothing is sealed.
fn found_out(places: &[(String, Vec<u8>)]) {
    let hits = all_hits(places, &[EMBARGOED, CONTACTS].concat());
    for word in EMBARGOED.iter().chain(CONTACTS) {
        let seen = hits.iter().any(|hit| hit.starts_with(&format!("{word} in ")));
        assert!(seen, "{word} is not found where nothing is sealed");
    }
}

const KEK: u8 = b'K';

async fn sealed(locked: Locked) -> SqlStore {
    let keys = Arc::new(Keys::new(Kek::from_bytes([KEK; 32]), vec![]));
    locked.unlock(Sealing { keys, random: Box::new(MachineRandom::default()) }).await.unwrap()
}

#[tokio::test]
async fn nothing_embargoed_is_at_rest_on_sqlite() {
    let (log, _guard) = listen();
    let dir = tempfile::tempdir().unwrap();
    let store = sealed(Locked::sqlite(&dir.path().join("forewarn.db")).await.unwrap()).await;
    let vault = store.vault();
    let site = Site::sealed(Arc::new(store), [6; 32], Some(dir.path().join("exposure.index")), vault).await;
    let traces = story(&site, &log).await;
    let places = files(dir.path());
    let names: Vec<&str> = places.iter().map(|(name, _)| name.as_str()).collect();
    for wanted in ["forewarn.db", "forewarn.db-wal", "exposure.index"] {
        assert!(names.contains(&wanted), "{names:?}");
    }
    clean(&traces, &places);
}

#[tokio::test]
async fn the_scan_finds_everything_where_nothing_is_sealed() {
    let (log, _guard) = listen();
    let dir = tempfile::tempdir().unwrap();
    let store = SqlStore::open_sqlite(&dir.path().join("forewarn.db")).await.unwrap();
    let site = Site::saving(Arc::new(store), [6; 32], Some(dir.path().join("exposure.index"))).await;
    story(&site, &log).await;
    let places = files(dir.path());
    found_out(&places);
    let index: Vec<_> = places.into_iter().filter(|(name, _)| name == "exposure.index").collect();
    assert!(!all_hits(&index, &["canarycomponent"]).is_empty(), "the saved index was not looked at");
}

#[tokio::test]
async fn nothing_embargoed_is_at_rest_on_postgres() {
    let Ok(server) = std::env::var("FOREWARN_TEST_POSTGRES") else {
        eprintln!("canary scan on PostgreSQL NOT RUN: FOREWARN_TEST_POSTGRES is not set");
        assert!(std::env::var_os("CI").is_none(), "CI must scan PostgreSQL");
        return;
    };
    let (log, _guard) = listen();
    for seals in [true, false] {
        let schema = format!("forewarn_canary_{}_{seals}", std::process::id());
        run(&server, &format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await;
        let sign = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{sign}options=-csearch_path%3D{schema}");
        let locked = Locked::url(&url).await.unwrap();
        let store = if seals { sealed(locked).await } else { locked.plain().await.unwrap() };
        let site = Site::on(Arc::new(store), [6; 32]).await;
        let traces = story(&site, &log).await;
        let places = tables(&url, &schema).await;
        if seals {
            clean(&traces, &places)
        } else {
            found_out(&places)
        }
        run(&server, &format!("DROP SCHEMA {schema} CASCADE")).await;
    }
}

async fn run(url: &str, sql: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.unwrap();
    connection.close().await.unwrap();
}
