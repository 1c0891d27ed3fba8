//! A power cut under load: what the service acknowledged is there when it is back, and nothing is there twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use support::Service;

/// Connections that submit at once.
const CLIENTS: usize = 8;
/// Acknowledged submissions before the cut.
const BEFORE_THE_CUT: usize = 120;

fn finding(number: usize) -> String {
    json!({
        "forewarn": "finding/1", "id": format!("F-{number}"), "title": format!("Finding {number}"),
        "description": "d", "affected": [{ "purl": "pkg:pypi/sample", "ranges": ["<2.0"] }],
    })
    .to_string()
}

async fn submit(http: &reqwest::Client, url: &str, token: &str, number: usize) -> Option<String> {
    let sent = http
        .post(format!("{url}/api/v1/findings:batch"))
        .bearer_auth(token)
        .header("idempotency-key", format!("key {number}"))
        .body(finding(number))
        .send()
        .await
        .ok()?;
    if !sent.status().is_success() {
        return None;
    }
    let answer: Value = sent.json().await.ok()?;
    assert_eq!(answer["results"][0]["result"], "accepted", "{answer}");
    answer["results"][0]["finding"].as_str().map(str::to_owned)
}

/// Submits until the service is gone, and gives what was acknowledged.
async fn load(url: &str, token: &str, enough: Arc<AtomicUsize>) -> Vec<(usize, String)> {
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (url, token) = (url.to_owned(), token.to_owned());
        let (acknowledged, enough) = (Arc::clone(&acknowledged), Arc::clone(&enough));
        clients.push(tokio::spawn(async move {
            let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
            for turn in 0.. {
                let number = turn * CLIENTS + client;
                let Some(id) = submit(&http, &url, &token, number).await else { return };
                acknowledged.lock().unwrap().push((number, id));
                enough.fetch_add(1, Ordering::SeqCst);
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    Arc::try_unwrap(acknowledged).unwrap().into_inner().unwrap()
}

/// Every finding that can be read back: id and the finder's own id.
async fn stored(http: &reqwest::Client, url: &str, token: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("{url}/api/v1/findings?limit=200{after}");
        let page: Value = http.get(path).bearer_auth(token).send().await.unwrap().json().await.unwrap();
        for item in page["items"].as_array().unwrap() {
            let text = |field: &str| item[field].as_str().unwrap().to_owned();
            all.push((text("id"), text("external_id")));
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return all,
        }
    }
}

async fn cut_and_come_back(more: &[&str], data: &std::path::Path) {
    let service = Service::start_with(data, more);
    let (_, token) = service.enrol("Finder", "finder", None);
    let enough = Arc::new(AtomicUsize::new(0));
    let loading = {
        let (url, token, enough) = (service.url.clone(), token.clone(), Arc::clone(&enough));
        tokio::spawn(async move { load(&url, &token, enough).await })
    };
    while enough.load(Ordering::SeqCst) < BEFORE_THE_CUT {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    service.kill();
    let acknowledged = loading.await.unwrap();
    assert!(acknowledged.len() >= BEFORE_THE_CUT);

    let back = Service::start_with(data, more);
    let http = reqwest::Client::new();
    let found = stored(&http, &back.url, &token).await;
    let ids: BTreeSet<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
    for (number, id) in &acknowledged {
        assert!(ids.contains(id.as_str()), "finding {number} was acknowledged and is lost");
    }
    let own: BTreeSet<&str> = found.iter().map(|(_, own)| own.as_str()).collect();
    assert_eq!(own.len(), found.len(), "a finding is there twice");
    // Whoever got no answer asks again with the same key: once written or not, it is there once.
    for (number, id) in acknowledged.iter().take(20) {
        assert_eq!(submit(&http, &back.url, &token, *number).await.as_deref(), Some(id.as_str()));
    }
    let unanswered = (0..).find(|n| !acknowledged.iter().any(|(number, _)| number == n)).unwrap();
    assert!(submit(&http, &back.url, &token, unanswered).await.is_some());
    let again = stored(&http, &back.url, &token).await;
    let own: BTreeSet<&str> = again.iter().map(|(_, own)| own.as_str()).collect();
    assert_eq!(own.len(), again.len(), "a finding is there twice after it was sent again");
    println!("{} acknowledged before the cut, {} stored, none lost", acknowledged.len(), found.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_loses_no_acknowledged_finding() {
    let folder = tempfile::tempdir().unwrap();
    cut_and_come_back(&[], &folder.path().join("data")).await;
}

/// A schema of its own on the test's PostgreSQL, or `None` with a loud word; absent in CI is a failure.
async fn postgres() -> Option<String> {
    use sqlx::Connection as _;
    let Ok(server) = std::env::var("FOREWARN_TEST_POSTGRES") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must run this on PostgreSQL: set FOREWARN_TEST_POSTGRES"
        );
        let _ = writeln!(std::io::stderr(), "NOT RUN on PostgreSQL: FOREWARN_TEST_POSTGRES is not set");
        return None;
    };
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(&server).await.unwrap();
    let schema = format!("forewarn_kill_{}", std::process::id());
    let statement = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    let sign = if server.contains('?') { '&' } else { '?' };
    Some(format!("{server}{sign}options=-csearch_path%3D{schema}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_loses_no_acknowledged_finding() {
    let Some(url) = postgres().await else { return };
    let folder = tempfile::tempdir().unwrap();
    cut_and_come_back(&["--database-url", &url], &folder.path().join("data")).await;
}
