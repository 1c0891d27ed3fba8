//! Connections and stores that fail in the middle: nothing acknowledged is lost, nothing goes in twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use axum::http::StatusCode;
use forewarn_store::{EventStore, MemoryStore, SqlStore};
use forewarn_testkit::{Answer, Ask, Cast, Fault, FaultyStore, Site, finding, inventory};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Set {
    site: Site,
    cast: Cast,
    store: Arc<FaultyStore>,
}

async fn set() -> Set {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::default())));
    let site = Site::on(Arc::clone(&store) as Arc<dyn EventStore>, [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    Set { site, cast, store }
}

impl Set {
    async fn batch(&self, key: &str, lines: std::ops::Range<u32>) -> Answer {
        let lines: Vec<String> = lines.map(|n| finding(n, "samplelib").to_string()).collect();
        let ask = Ask::send("/api/v1/findings:batch", key, lines.join("\n").into_bytes());
        self.site.ask(ask.bearer(&self.cast.finder.token)).await
    }

    async fn findings(&self) -> usize {
        let mut path = "/api/v1/findings?limit=200".to_owned();
        let mut count = 0;
        loop {
            let page = self.site.get(&self.cast.finder, &path).await.ok().json();
            count += page["items"].as_array().unwrap().len();
            let Some(next) = page["next"].as_str() else { return count };
            path = format!("/api/v1/findings?limit=200&after={next}");
        }
    }
}

/// 600 lines are three commits; whichever of them fails and however, the batch sent again is whole and single.
#[tokio::test]
async fn a_batch_whose_commit_fails_is_whole_when_it_is_sent_again() {
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        for at in 0..3 {
            let set = set().await;
            let mut faults = vec![None; at];
            faults.push(Some(fault));
            set.store.next(&faults);
            let failed = set.batch("one", 0..600).await;
            assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?} at {at}");
            assert!(failed.json()["detail"].as_str().unwrap().contains("same Idempotency-Key"));
            let again = set.batch("one", 0..600).await.ok();
            let results = again.json()["results"].as_array().unwrap().clone();
            assert_eq!(results.len(), 600);
            assert!(results.iter().all(|r| r["result"] == "accepted"), "{fault:?} at {at}");
            assert_eq!(set.findings().await, 600, "{fault:?} at {at}");
        }
    }
}

/// Somebody else was first: the plan is made anew, unseen by the caller.
#[tokio::test]
async fn a_lost_race_is_run_again() {
    let set = set().await;
    set.store.next(&[Some(Fault::Conflict), Some(Fault::Conflict)]);
    set.batch("one", 0..3).await.ok();
    assert_eq!(set.findings().await, 3);
    set.store.next(&[Some(Fault::Conflict); 20]);
    let lost = set.batch("two", 3..4).await;
    assert_eq!(lost.status, StatusCode::CONFLICT);
}

/// Every act that fails without an answer is done once when it is repeated under its key.
#[tokio::test]
async fn an_act_without_an_answer_is_done_once() {
    for fault in [Fault::Unavailable, Fault::LostBefore, Fault::LostAfter] {
        let set = set().await;
        let (site, cast) = (&set.site, &set.cast);
        site.push(&cast.bank, "ledger", &inventory(&[("samplelib", "1.4")])).await.ok();
        let case = site.case(cast, &finding(1, "samplelib")).await;
        let path = format!("/api/v1/cases/{case}/acts");
        let propose = json!({ "act": "propose-wave", "level": "mitigation" });
        set.store.next(&[Some(fault)]);
        let failed = site.post(&cast.ada, &path, "propose", &propose).await;
        assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
        let proposed = site.post(&cast.ada, &path, "propose", &propose).await.ok();
        let approve = json!({ "act": "approve-wave", "wave": proposed.field("wave") });
        set.store.next(&[Some(fault)]);
        assert_eq!(
            site.post(&cast.ben, &path, "approve", &approve).await.status,
            StatusCode::SERVICE_UNAVAILABLE
        );
        let sent = site.post(&cast.ben, &path, "approve", &approve).await.ok();
        assert_eq!(sent.json()["notified"], 1, "{fault:?}");
        // The delivery fails too, and is tried again when it is due.
        set.store.next(&[Some(fault)]);
        let _ = forewarn_server::workers::drain(&site.app).await;
        site.wait(jiff::SignedDuration::from_hours(1));
        site.work().await;
        let inbox = site.inbox(&cast.bank).await;
        assert_eq!((inbox.len(), &inbox[0]["state"]), (1, &json!("delivered")), "{fault:?}");
        let case = site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await.ok().json();
        assert_eq!(case["parties"]["waves"].as_array().unwrap().len(), 1, "{fault:?}");
    }
}

/// A secret is shown once: a repeated request for a token gets the token's id and no second secret.
#[tokio::test]
async fn a_repeated_request_for_a_token_shows_no_secret() {
    let set = set().await;
    let ask = json!({ "org": set.cast.ada.org, "principal": set.cast.ada.principal, "kind": "token",
        "scopes": ["notices"] });
    let first = set.site.post(&set.cast.ada, "/api/v1/credentials", "t", &ask).await.ok().json();
    let again = set.site.post(&set.cast.ada, "/api/v1/credentials", "t", &ask).await.ok().json();
    assert!(first["secret"].as_str().unwrap().starts_with("fwtoken_"));
    assert_eq!((&again["id"], &again["secret"]), (&first["id"], &json!(null)));
}

async fn serve(site: &Site) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = site.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// The client's connection breaks in the middle of a batch on a real socket; it sends the batch again.
#[tokio::test]
async fn a_batch_whose_connection_breaks_is_whole_when_it_is_sent_again() {
    let folder = std::env::temp_dir().join(format!("forewarn-faults-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = SqlStore::open_sqlite(&folder.join("forewarn.db")).await.unwrap();
    let site = Site::on(Arc::new(store), [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    let address = serve(&site).await;
    let lines: Vec<String> = (0..700).map(|n| finding(n, "samplelib").to_string()).collect();
    let body = lines.join("\n");
    let head = format!(
        "POST /api/v1/findings:batch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nidempotency-key: one\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        cast.finder.token,
        body.len()
    );
    let mut broken = TcpStream::connect(address).await.unwrap();
    broken.write_all(head.as_bytes()).await.unwrap();
    broken.write_all(&body.as_bytes()[..body.len() * 2 / 3]).await.unwrap();
    drop(broken);

    let mut whole = TcpStream::connect(address).await.unwrap();
    whole.write_all(head.as_bytes()).await.unwrap();
    whole.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    whole.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(answer.matches("\"accepted\"").count(), 700);
    let mut ids: Vec<_> = answer.split("\"finding\":\"").skip(1).map(|rest| rest[..36].to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 700);
    let set = Set { site, cast, store: Arc::new(FaultyStore::new(Arc::new(MemoryStore::default()))) };
    assert_eq!(set.findings().await, 700);
    std::fs::remove_dir_all(&folder).unwrap();
}
