//! A case that two coordinators destroyed is gone for everybody, key and all; the rest stands, and the log still verifies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod scan;

use std::sync::Arc;

use axum::http::StatusCode;
use forewarn_core::aggregate::Category;
use forewarn_core::event::StreamId;
use forewarn_seal::{Kek, Keys};
use forewarn_server::keys::MachineRandom;
use forewarn_store::{EventStore, Locked, MemoryStore, Sealing};
use forewarn_testkit::{Ask, Cast, Site, finding, inventory};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Connection, Row};

async fn ended(site: &Site, cast: &Cast, number: u32, package: &str) -> (String, String, String) {
    let mut report = finding(number, package);
    report["description"] = json!(format!("canary{package}"));
    let submitted = site.submit(&cast.finder, &report).await;
    let add = format!("/api/v1/findings/{submitted}/attachments?kind=reproducer");
    let ask = Ask::send(&add, &format!("attach {number}"), format!("canary{package}").into_bytes());
    let ask = ask.header("content-type", "text/plain").bearer(&cast.finder.token);
    let attached = site.ask(ask).await.ok().field("id");
    let case = site.case(cast, &report).await;
    let thread = format!("/api/v1/cases/{case}/threads/{}", cast.vendor.org);
    let message = json!({ "text": format!("canary{package}") });
    site.post(&cast.ada, &thread, &format!("message {number}"), &message).await.ok();
    site.share(cast, &case, "detail").await;
    let withdraw = json!({ "act": "withdraw", "reason": "it was none" });
    site.act(&cast.ada, &case, &withdraw).await.ok();
    site.work().await;
    (case, submitted, attached)
}

async fn commitments(store: &dyn EventStore) -> Vec<[u8; 32]> {
    store.commitments(1, 100_000).await.unwrap()
}

async fn a_case_is_destroyed(store: Arc<dyn EventStore>) -> (Site, String) {
    let site = Site::on(Arc::clone(&store), [3; 32]).await;
    let cast = Cast::enrol(&site).await;
    let runs = inventory(&[("gone", "1.4"), ("kept", "1.4")]);
    site.push(&cast.bank, "ledger", &runs).await.ok();
    let (case, submitted, attached) = ended(&site, &cast, 1, "gone").await;
    let (other, kept, file) = ended(&site, &cast, 2, "kept").await;
    let notices = site.inbox(&cast.bank).await;
    assert_eq!(notices.len(), 2);
    // The bank has a key, and its notice of the case was sealed to it.
    let key = forewarn_seal::Identity::draw(&mut MachineRandom::default()).to_recipient().unwrap();
    let act = json!({ "act": "propose", "recipient": key.to_string(), "purpose": "device", "label": "d" });
    site.post(&cast.bank, &format!("/api/v1/organisations/{}/keys", cast.bank.org), "k", &act).await.ok();
    let number = site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await.ok().field("number");
    let of_case = notices.iter().find(|notice| notice["number"] == number.as_str()).unwrap();
    let notice = of_case["id"].as_str().unwrap();
    let sealed = site.get(&cast.bank, &format!("/api/v1/notices/{notice}/sealed")).await.ok().body;
    let (owner, digest) = (StreamId::new(Category::Notice, notice), Sha256::digest(&sealed).into());
    assert_eq!(store.blob(&owner, &digest).await.unwrap(), Some(sealed));
    let before = commitments(&*store).await;

    // One person alone, or one who is no coordinator, cannot.
    for two in [[&cast.ada, &cast.ada], [&cast.ada, &cast.vendor], [&cast.finder, &cast.bank]] {
        let refused = site.app.shred(&case, [&two[0].token, &two[1].token], "asked for").await;
        assert!(refused.is_err());
    }
    assert_eq!(commitments(&*store).await, before);
    site.get(&cast.ada, &format!("/api/v1/cases/{case}")).await.ok();
    let tokens = [cast.ada.token.as_str(), cast.ben.token.as_str()];
    let streams = site.app.shred(&case, tokens, "the finder asked for it").await.unwrap();
    // The log has what it had, and that the case was destroyed.
    let after = commitments(&*store).await;
    assert_eq!((&after[..before.len()], after.len()), (&before[..], before.len() + 1));
    assert_eq!(store.blob(&owner, &digest).await.ok().flatten(), None, "the sealed notice is gone too");
    assert!(streams >= 5, "case, place in the order, finding, notice, messages: {streams}");

    let path = format!("/api/v1/findings/{submitted}/attachments/{attached}");
    for gone in [format!("/api/v1/cases/{case}"), format!("/api/v1/findings/{submitted}"), path] {
        for who in [&cast.ada, &cast.ben, &cast.finder, &cast.vendor, &cast.bank] {
            let status = site.get(who, &gone).await.status;
            assert!([StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&status), "{gone}: {status}");
        }
        let unknown = gone.replace(&case[..4], "ffff").replace(&submitted[..4], "ffff");
        let (gone, never) = (site.get(&cast.ada, &gone).await, site.get(&cast.ada, &unknown).await);
        assert_eq!((gone.status, gone.body), (never.status, never.body), "gone answers like what never was");
    }
    assert_eq!(site.inbox(&cast.bank).await.len(), 1);
    // The other case, its finding and its file are as they were.
    site.get(&cast.ada, &format!("/api/v1/cases/{other}")).await.ok();
    let path = format!("/api/v1/findings/{kept}/attachments/{file}");
    assert_eq!(site.get(&cast.finder, &path).await.ok().body, b"canarykept");

    let proofs = format!("/api/v1/cases/{other}/evidence");
    site.get(&cast.ada, &proofs).await.ok();
    site.get(&cast.ada, "/log/acts/checkpoint").await.ok();
    let rows = store.read_models().await.unwrap();
    store.rebuild().await.unwrap();
    assert_eq!(store.read_models().await.unwrap(), rows, "a rebuild brings nothing back");
    assert!(!rows.iter().any(|row| row.contains("canarygone")));

    // Jobs that were about it end; what is asked again is done already.
    for _ in 0..30 {
        site.wait(jiff::SignedDuration::from_hours(24));
        site.work().await;
    }
    for topic in ["notice-ladder", "case-clock", "priority", "notice-mail", "exposure"] {
        let left = store.lease(topic, i64::MAX - 1, i64::MAX, 500).await.unwrap();
        let about = left.iter().filter(|job| String::from_utf8_lossy(&job.body).contains(&case)).count();
        assert_eq!(about, 0, "{topic}");
    }
    assert_eq!(site.app.shred(&case, ["", ""], "").await.unwrap(), 0);
    let again = Site::on(Arc::clone(&store), [4; 32]).await;
    again.get(&cast.ada, &format!("/api/v1/cases/{other}")).await.ok();
    (site, case)
}

#[tokio::test]
async fn a_case_is_destroyed_in_memory() {
    a_case_is_destroyed(Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn a_case_is_destroyed_with_its_keys() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("forewarn.db");
    let keys = Arc::new(Keys::new(Kek::from_bytes([1; 32]), vec![]));
    let sealing = Sealing { keys, random: Box::new(MachineRandom::default()) };
    let store = Locked::sqlite(&path).await.unwrap().unlock(sealing).await.unwrap();
    let (_, case) = a_case_is_destroyed(Arc::new(store)).await;
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", path.display());
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    let count = async |connection: &mut sqlx::AnyConnection, sql: &'static str| {
        sqlx::query(sql).fetch_one(connection).await.unwrap().get::<i64, _>(0)
    };
    let left = sqlx::query("SELECT COUNT(*) FROM data_keys WHERE scope = $1").bind(format!("case/{case}"));
    assert_eq!(left.fetch_one(&mut connection).await.unwrap().get::<i64, _>(0), 0);
    let orphans = "SELECT COUNT(*) FROM documents WHERE key_id NOT IN (SELECT id FROM data_keys)";
    assert_eq!(count(&mut connection, orphans).await, 0);
    let bytes = "SELECT COALESCE(SUM(LENGTH(bytes) + LENGTH(salt)), 0) FROM events WHERE key_id = -1";
    assert_eq!(count(&mut connection, bytes).await, 0);
    let destroyed = "SELECT COUNT(*) FROM events WHERE key_id = -1 AND LENGTH(commitment) = 32";
    assert!(count(&mut connection, destroyed).await > 5);
}
