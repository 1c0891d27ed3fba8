//! Appends the events of a store to an empty one, as they are: what intake costs beside is the rest of its time.
//!
//!     cargo run --release --workspace --example reappend -- FROM.db TO.db [EVENTS-A-COMMIT]
//!
//! FROM is a SQLite file or a `postgres://` address, TO an empty one. The blobs go too. FROM is opened with the key file
//! that FOREWARN_KEY_FILE names, if any; TO is sealed too if REAPPEND_SEALED is set. Prints one line of JSON.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use forewarn_core::event::Recorded;
use forewarn_seal::{Random, read_keys};
use forewarn_store::{Append, Blob, Commit, EventStore, Locked, Sealing, SqlStore};
use serde_json::{Value, json};

/// The system's randomness.
struct System(std::fs::File);

impl Random for System {
    fn fill(&mut self, bytes: &mut [u8]) {
        std::io::Read::read_exact(&mut self.0, bytes).unwrap();
    }
}

async fn open(place: &str, sealed: bool) -> SqlStore {
    let locked = if place.starts_with("postgres") {
        Locked::url(place).await.unwrap()
    } else {
        Locked::sqlite(Path::new(place)).await.unwrap()
    };
    let Some(file) = std::env::var_os("FOREWARN_KEY_FILE").filter(|_| sealed) else {
        return locked.plain().await.unwrap();
    };
    let keys = Arc::new(read_keys(&std::fs::read(file).unwrap()).unwrap());
    let random = Box::new(System(std::fs::File::open("/dev/urandom").unwrap()));
    locked.unlock(Sealing { keys, random }).await.unwrap()
}

/// Every event, in order.
async fn all(store: &dyn EventStore) -> Vec<Recorded> {
    let mut events = Vec::new();
    loop {
        let page = store.events_after(events.len() as u64, 5_000, None).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// The document a finding came in.
async fn document(store: &dyn EventStore, event: &Recorded) -> Option<Blob> {
    let envelope: Value = serde_json::from_slice(&event.event.bytes).unwrap();
    let digest = envelope["data"]["document_sha256"].as_str()?;
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&digest[2 * at..2 * at + 2], 16).unwrap()).collect();
    let bytes = store.blob(&event.stream, &bytes.try_into().unwrap()).await.unwrap()?;
    Some(Blob { owner: event.stream.clone(), bytes })
}

#[allow(clippy::disallowed_methods, reason = "a measurement")]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, rest @ ..] = &arguments[..] else { panic!("say from where to where") };
    let at_once: usize = rest.first().map_or(500, |text| text.parse().unwrap());
    let from = open(from, true).await;
    let events = all(&from).await;
    let mut commits: Vec<Commit> = vec![Commit::default()];
    let mut in_last = 0;
    for event in &events {
        if in_last >= at_once {
            commits.push(Commit::default());
            in_last = 0;
        }
        in_last += 1;
        let commit = commits.last_mut().unwrap();
        commit.blobs.extend(document(&from, event).await);
        let (stream, expected) = (event.stream.clone(), event.version - 1);
        commit.appends.push(Append { stream, expected, events: vec![event.event.clone()] });
    }
    from.close().await;
    let to = open(to, std::env::var_os("REAPPEND_SEALED").is_some()).await;
    assert_eq!(to.head().await.unwrap(), 0, "the store to append to is not empty");
    let start = Instant::now();
    for commit in commits {
        to.commit(commit).await.unwrap();
    }
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(to.head().await.unwrap(), events.len() as u64);
    to.close().await;
    println!("{}", json!({ "events": events.len(), "seconds": seconds, "a_commit": at_once }));
}
