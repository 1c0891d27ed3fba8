//! What a commit answers when the connection to the database is lost at the worst moments.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixture;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use fixture::*;
use forewarn_store::{Clash, EventStore, SqlStore, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PASS: u8 = 0;
/// Lose the connection before the COMMIT reaches the database.
const CUT_BEFORE_COMMIT: u8 = 1;
/// Lose the connection after the COMMIT went out and before its answer.
const CUT_AFTER_COMMIT: u8 = 2;
/// Lose the connection at the first statement of the transaction.
const CUT_BEFORE_BEGIN: u8 = 3;
/// Lose the connection when the events are sent.
const CUT_BEFORE_EVENTS: u8 = 4;

/// Passes a connection on, and cuts it once where `mode` says.
async fn pass_on(mut client: TcpStream, server: String, mode: Arc<AtomicU8>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    let (mut sent, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            length = client.read(&mut sent) => {
                let Ok(length @ 1..) = length else { return };
                let bytes = &sent[..length];
                let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
                let cut = match mode.load(Ordering::SeqCst) {
                    CUT_BEFORE_COMMIT | CUT_AFTER_COMMIT => has(b"COMMIT\0"),
                    CUT_BEFORE_BEGIN => has(b"BEGIN\0"),
                    CUT_BEFORE_EVENTS => has(b"organisation-enrolled"),
                    _ => false,
                };
                if !cut {
                    server.write_all(bytes).await.unwrap();
                    continue;
                }
                if mode.swap(PASS, Ordering::SeqCst) == CUT_AFTER_COMMIT {
                    server.write_all(bytes).await.unwrap();
                    // Its answer shows that the database has committed.
                    assert!(server.read(&mut answered).await.unwrap() > 0);
                }
                return;
            }
            length = server.read(&mut answered) => {
                let Ok(length @ 1..) = length else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The address of a way to `server` that can be cut.
async fn cuttable(server: String, mode: Arc<AtomicU8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, server.clone(), Arc::clone(&mode)));
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_commit_is_unknown_and_anything_else_is_not_written() {
    let Some(place) = Place::postgres().await else { return };
    let url = place.url.clone().unwrap();
    let server = url.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
    let mode = Arc::new(AtomicU8::new(PASS));
    let proxy = cuttable(server.clone(), Arc::clone(&mode)).await;
    let store = SqlStore::open_url(&(url.replacen(&server, &proxy, 1) + "&sslmode=disable")).await.unwrap();

    store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    let mut head = 1;
    for (n, cut, written) in [
        (2, CUT_BEFORE_COMMIT, false),
        (3, CUT_AFTER_COMMIT, true),
        (4, CUT_BEFORE_BEGIN, false),
        (5, CUT_BEFORE_EVENTS, false),
    ] {
        let change = commit(vec![enrol(n, &n.to_string(), 5)]);
        mode.store(cut, Ordering::SeqCst);
        let answer = store.commit(change.clone()).await;
        assert_eq!(mode.load(Ordering::SeqCst), PASS, "nothing was cut");
        if cut == CUT_BEFORE_COMMIT || cut == CUT_AFTER_COMMIT {
            assert_eq!(answer, Err(StoreError::Unknown));
        } else {
            assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        }
        head += u64::from(written);
        assert_eq!(place.store.head().await, Ok(head));
        // Sending it again tells which it was, and brings it about.
        match store.commit(change).await {
            Ok(_) => head += 1,
            Err(error) => assert_eq!(error, StoreError::Conflict(Clash::Version(organisation(n)))),
        }
        assert_eq!(store.head().await, Ok(n.into()));
        assert_eq!(head, u64::from(n));
    }
    store.close().await;
    place.remove().await;
}

#[tokio::test]
async fn what_cannot_be_opened_says_so_without_the_address() {
    let secret = "postgres://user:hunter2@127.0.0.1:1/db";
    for url in [secret, "mysql://user:hunter2@host/db", "postgres://user:hunter2@[broken"] {
        let error = SqlStore::open_url(url).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)));
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("no such folder").join("log.db");
    assert!(matches!(SqlStore::open_sqlite(&missing).await, Err(StoreError::Unavailable(_))));
    std::fs::write(dir.path().join("text"), "not a database, but long enough to have a header".repeat(9))
        .unwrap();
    assert!(matches!(SqlStore::open_sqlite(&dir.path().join("text")).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn any_file_name_will_do() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["with space", "a?mode=memory", "100%", "%41", "#1", "\u{e4}\u{1F980}", "a&b=c;d'e\"f"] {
        let path = dir.path().join(name);
        let store = SqlStore::open_sqlite(&path).await.unwrap();
        store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
        store.close().await;
        assert!(path.is_file(), "{name}");
        assert_eq!(SqlStore::open_sqlite(&path).await.unwrap().head().await, Ok(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_together_make_the_tables_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.db");
    let mut openers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let path = path.clone();
        openers.spawn(async move { SqlStore::open_sqlite(&path).await.unwrap().head().await });
    }
    assert!(openers.join_all().await.iter().all(|head| *head == Ok(0)));

    let Some(place) = Place::postgres().await else { return };
    let url = place.url.clone().unwrap();
    run_sql(
        &url,
        "DROP TABLE head, events, documents, relations, keys, jobs, replays, blobs, settings, counts, data_keys, schema_version",
    )
    .await;
    let mut openers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let url = url.clone();
        openers.spawn(async move { SqlStore::open_url(&url).await.unwrap().head().await });
    }
    assert!(openers.join_all().await.iter().all(|head| *head == Ok(0)));
    place.remove().await;
}
