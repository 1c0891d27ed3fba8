//! What is sealed stays sealed: on the disk, under another key, in another place; and what was not sealed before is
//! sealed later, so that nothing of it is left.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixture;

use std::path::Path;

use fixture::*;
use forewarn_core::aggregate::Category;
use forewarn_core::inventory;
use forewarn_store::{Blob, EventStore, Locked, Replay, SqlStore, StoreError};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Row};

const CANARY: &str = "zebrafinch";

/// Something of every kind, with the canary in all that may hold it.
async fn fill(store: &dyn EventStore) {
    let snapshot =
        inventory::Snapshot { components_sha256: hex::encode(Sha256::digest(CANARY)), ..Default::default() };
    let replaced = inventory::Event::InventoryReplaced { org: id(1), asset: CANARY.into(), snapshot };
    let mut orgs = commit(vec![enrol(1, CANARY, 5), append(holding(1), 0, 5, &[replaced])]);
    orgs.jobs.push(job("mail", CANARY, 7));
    orgs.blobs.push(Blob { owner: holding(1), bytes: CANARY.into() });
    orgs.replay = Some(Replay {
        principal: "alice".into(),
        key: CANARY.into(),
        request: [9; 32],
        status: 200,
        response: CANARY.into(),
        at: 5,
    });
    store.commit(orgs).await.unwrap();
    store.commit(commit(vec![append(document(1), 0, 5, &[published(1, CANARY, 1)])])).await.unwrap();
    store.put_setting("name", CANARY.as_bytes()).await.unwrap();
}

async fn check(store: &dyn EventStore) {
    let digest = Sha256::digest(CANARY).into();
    assert_eq!(store.blob(&holding(1), &digest).await.unwrap().unwrap(), CANARY.as_bytes());
    assert_eq!(store.replay("alice", CANARY).await.unwrap().unwrap().response, CANARY.as_bytes());
    assert_eq!(store.replay("alice", CANARY).await.unwrap().unwrap().request, [9; 32]);
    assert_eq!(store.setting("name").await.unwrap().unwrap(), CANARY.as_bytes());
    let found = store.holders(Category::Organisation, "name", &[CANARY.to_owned()]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(store.events_after(0, 9, None).await.unwrap().len(), 3);
    assert_eq!(store.lease("mail", 9, 9, 9).await.unwrap()[0].body, CANARY.as_bytes());
}

fn count(folder: &Path) -> usize {
    let mut hits = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        hits += bytes.windows(CANARY.len()).filter(|window| *window == CANARY.as_bytes()).count();
    }
    hits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_plain_is_sealed_when_it_is_unlocked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.db");
    let store = SqlStore::open_sqlite(&path).await.unwrap();
    fill(&store).await;
    check(&store).await;
    let (events, commitments) = (store.events_after(0, 9, None).await, store.commitments(1, 9).await);
    assert!(count(dir.path()) > 5, "the plain store shows what is in it, or this looks at nothing");
    store.close().await;
    let store = Locked::sqlite(&path).await.unwrap().unlock(sealing(&[1])).await.unwrap();
    check(&store).await;
    assert_eq!(store.events_after(0, 9, None).await, events);
    assert_eq!(store.commitments(1, 9).await, commitments);
    assert_eq!(count(dir.path()), 0, "while it is open");
    let rows = store.read_models().await.unwrap();
    store.rebuild().await.unwrap();
    assert_eq!(store.read_models().await.unwrap(), rows);
    store.close().await;
    assert_eq!(count(dir.path()), 0);
    let refused = SqlStore::open_sqlite(&path).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::Unavailable(text) if text.contains("sealed under key")),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_postgres_is_sealed_when_it_is_unlocked() {
    let Some(place) = Place::postgres().await else { return };
    fill(&*place.store).await;
    let url = place.url.clone().unwrap();
    let store = Locked::url(&url).await.unwrap().unlock(sealing(&[1])).await.unwrap();
    check(&store).await;
    store.rebuild().await.unwrap();
    check(&store).await;
    store.close().await;
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_opens_nothing() {
    let place = Place::sealed_sqlite().await;
    fill(&*place.store).await;
    let path = place.url.clone().unwrap();
    let path = Path::new(path.strip_prefix("sqlite://").unwrap());
    let locked = Locked::sqlite(path).await.unwrap();
    let under = locked.sealed_under().await.unwrap().unwrap();
    let refused = locked.unlock(sealing(&[KEY + 1])).await.unwrap_err();
    assert_eq!(
        refused,
        StoreError::Unavailable(format!("it is sealed under key {under}, which is not at hand"))
    );
    assert_eq!(count(path.parent().unwrap()), 0);
}

async fn rows(url: &str, sql: &str) -> Vec<sqlx::any::AnyRow> {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_moves_every_key_while_others_write() {
    let place = Place::sealed_sqlite().await;
    let url = place.url.clone().unwrap();
    for n in 0..1200 {
        place.store.commit(commit(vec![append(holding(n), 0, 5, &[pushed(n, CANARY)])])).await.unwrap();
    }
    let path = Path::new(url.strip_prefix("sqlite://").unwrap());
    // Both processes know both keys; the second aims at the new one.
    let running = Locked::sqlite(path).await.unwrap().unlock(sealing(&[KEY, 9])).await.unwrap();
    let rotating = Locked::sqlite(path).await.unwrap().unlock(sealing(&[9, KEY])).await.unwrap();
    let (moved, _) = tokio::join!(rotating.rotate(), async {
        for n in 2000..2100 {
            running.commit(commit(vec![append(holding(n), 0, 5, &[pushed(n, CANARY)])])).await.unwrap();
        }
    });
    assert!(moved.unwrap() > 1200);
    running.commit(commit(vec![append(holding(3000), 0, 5, &[pushed(3000, CANARY)])])).await.unwrap();
    assert_eq!(rotating.rotate().await, Ok(0), "what came meanwhile is under the new key");
    let keys = rotating.keys_in_use().await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].1, 1301 + 2);
    rotating.close().await;
    running.close().await;
    // The old key is not needed any more, and of no use.
    let store = Locked::sqlite(path).await.unwrap().unlock(sealing(&[9])).await.unwrap();
    assert_eq!(store.events_after(0, 5000, None).await.unwrap().len(), 1301);
    store.close().await;
    assert!(Locked::sqlite(path).await.unwrap().unlock(sealing(&[KEY])).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_cannot_be_swapped() {
    let place = Place::sealed_sqlite().await;
    let (store, url) = (&*place.store, place.url.clone().unwrap());
    // Two streams under one key: the organisation's own.
    store.commit(commit(vec![enrol(1, "one", 5), enrol(2, "two", 5)])).await.unwrap();
    let at = |n: u32| format!("(SELECT doc FROM documents WHERE id = '{}')", organisation(n).id);
    let swap = format!("UPDATE documents SET doc = {} WHERE id = '{}'", at(1), organisation(2).id);
    run_sql(&url, &swap).await;
    let refused = store.get(Category::Organisation, &organisation(2).id).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt(_)), "{refused}");
    assert!(!refused.to_string().contains("one"));
    run_sql(&url, "UPDATE events SET bytes = (SELECT bytes FROM events WHERE seq = 1) WHERE seq = 2").await;
    assert!(matches!(store.stream(&organisation(2)).await, Err(StoreError::Corrupt(_))));
    assert!(store.stream(&organisation(1)).await.is_ok());
    // A data key put under another scope opens nothing.
    store.commit(commit(vec![append(holding(1), 0, 5, &[pushed(1, "a")])])).await.unwrap();
    run_sql(&url, "UPDATE data_keys SET scope = 'inventory/other' WHERE id > 16").await;
    assert!(matches!(store.stream(&holding(1)).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scope_has_a_key_of_its_own() {
    let place = Place::sealed_sqlite().await;
    let (store, url) = (&*place.store, place.url.clone().unwrap());
    for (asset, org) in [(1, 1), (2, 1), (3, 2)] {
        store.commit(commit(vec![append(holding(asset), 0, 5, &[pushed(org, "a")])])).await.unwrap();
    }
    store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    let found = rows(&url, "SELECT key_id FROM documents ORDER BY category, id").await;
    let keys: Vec<i64> = found.iter().map(|row| row.get(0)).collect();
    assert_eq!(keys[0], keys[1], "one organisation's inventories share a key");
    assert_ne!(keys[0], keys[2]);
    assert_eq!(keys[3], 1, "the instance's own");
    let scopes = rows(&url, "SELECT COUNT(*) FROM data_keys WHERE scope LIKE 'inventory/%'").await;
    assert_eq!(scopes[0].get::<i64, _>(0), 2);
}
