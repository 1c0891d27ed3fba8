//! Whatever is asked of it, a database answers as memory does.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixture;
mod steps;

use fixture::*;
use std::collections::HashSet;

use forewarn_core::aggregate::Category;
use forewarn_core::event::StreamId;
use forewarn_store::{EventStore, Job};
use proptest::prelude::*;
use steps::{Step, build, query, step, stream_of};

/// Runs the steps on both and compares every answer, then everything there is to read.
async fn compare(memory: &dyn EventStore, place: &Place, steps: &[Step]) {
    let database = &*place.store;
    let mut blobs: HashSet<(StreamId, Vec<u8>)> = HashSet::new();
    let mut leased: Vec<Job> = Vec::new();
    let (mut written, mut refused) = (0, 0);
    for (step, at) in steps.iter().zip(0..) {
        match step {
            Step::Commit { sketches, jobs, blob, replay } => {
                let commit = build(memory, sketches, jobs, (*blob, *replay), at).await;
                let expected = memory.commit(commit.clone()).await;
                if expected.is_ok() {
                    written += 1;
                    blobs.extend(commit.blobs.iter().map(|blob| (blob.owner.clone(), blob.bytes.clone())));
                } else {
                    refused += 1
                }
                assert_eq!(database.commit(commit).await, expected);
            }
            Step::Lease { topic, now, limit } => {
                let topic = format!("topic {topic}");
                let expected = memory.lease(&topic, *now, now + 10, *limit).await.unwrap();
                assert_eq!(database.lease(&topic, *now, now + 10, *limit).await.unwrap(), expected);
                leased.extend(expected);
            }
            Step::Retry { which, due_at } if !leased.is_empty() => {
                let job = which.get(&leased);
                assert_eq!(database.retry(job, *due_at).await, memory.retry(job, *due_at).await);
            }
            Step::Finish { which } if !leased.is_empty() => {
                let job = which.get(&leased);
                assert_eq!(database.finish(job).await, memory.finish(job).await);
            }
            Step::Retry { .. } | Step::Finish { .. } => {}
            Step::Forget { before } => {
                assert_eq!(database.forget_replays(*before).await, memory.forget_replays(*before).await);
            }
            Step::Setting { name, value, replace: true } => {
                let (name, value) = (name.to_string(), [*value]);
                assert_eq!(
                    database.put_setting(&name, &value).await,
                    memory.put_setting(&name, &value).await
                );
            }
            Step::Setting { name, value, replace: false } => {
                let (name, value) = (name.to_string(), [*value]);
                assert_eq!(database.setting_or(&name, &value).await, memory.setting_or(&name, &value).await);
            }
            Step::List(question) => {
                let query = query(question);
                assert_eq!(database.list(&query).await, memory.list(&query).await, "{query:?}");
                assert_eq!(database.count(&query).await, memory.count(&query).await, "{query:?}");
            }
            Step::Rebuild => {
                let before = memory.read_models().await;
                assert_eq!(database.rebuild().await, memory.rebuild().await);
                assert_eq!(memory.read_models().await, before);
            }
        }
    }
    assert_eq!(written + refused, steps.iter().filter(|step| matches!(step, Step::Commit { .. })).count());
    for (owner, bytes) in (0..3)
        .flat_map(|kind| (0..4).map(move |number| stream_of(kind, number)))
        .flat_map(|owner| (0..9_u8).map(move |n| (owner.clone(), vec![n; 9])))
    {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
        let known = memory.blob(&owner, &digest).await;
        // A store that seals finds a blob under its owner only.
        let owned = blobs.contains(&(owner.clone(), bytes));
        assert_eq!(
            database.blob(&owner, &digest).await,
            if place.sealed && !owned { Ok(None) } else { known }
        );
    }
    assert_same(memory, database).await;
}

/// The rows of the read models, without the values of look-up keys, which a store that seals does not show.
async fn rows(store: &dyn EventStore) -> Vec<String> {
    let rows = store.read_models().await.unwrap();
    let shown = |row: String| match row.strip_prefix("key ") {
        Some(key) => {
            let words: Vec<&str> = key.split('"').collect();
            format!("key {} {} {}", words[0], words[1], words[words.len() - 1])
        }
        None => row,
    };
    let mut rows: Vec<String> = rows.into_iter().map(shown).collect();
    rows.sort();
    rows
}

async fn assert_same(memory: &dyn EventStore, database: &dyn EventStore) {
    let expected = rows(memory).await;
    assert_eq!(rows(database).await, expected);
    assert_eq!(database.head().await, memory.head().await);
    assert_eq!(database.commitments(1, 10_000).await, memory.commitments(1, 10_000).await);
    for category in [None, Some(Category::Organisation), Some(Category::Case)] {
        let events = memory.events_after(0, 10_000, category).await;
        assert_eq!(database.events_after(0, 10_000, category).await, events);
    }
    for (kind, number) in (0..3).flat_map(|kind| (0..4).map(move |number| (kind, number))) {
        let stream = stream_of(kind, number);
        assert_eq!(database.stream(&stream).await, memory.stream(&stream).await);
        assert_eq!(
            database.get(stream.category, &stream.id).await,
            memory.get(stream.category, &stream.id).await
        );
    }
    for n in 0..9_u8 {
        let key = format!("key {n}");
        assert_eq!(database.replay("alice", &key).await, memory.replay("alice", &key).await);
        assert_eq!(database.setting(&n.to_string()).await, memory.setting(&n.to_string()).await);
    }
    for topic in ["topic 0", "topic 1"] {
        assert_eq!(database.lease(topic, 99, 100, 99).await, memory.lease(topic, 99, 100, 99).await);
    }
    let events = memory.rebuild().await;
    assert_eq!(database.rebuild().await, events);
    assert_eq!(rows(memory).await, expected);
    assert_eq!(rows(database).await, expected);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 300, ..ProptestConfig::default() })]
    #[test]
    fn sqlite_answers_as_memory_does(steps in prop::collection::vec(step(), 1..40)) {
        runtime().block_on(async {
            let (memory, database) = (Place::memory(), Place::sqlite().await);
            compare(&*memory.store, &database, &steps).await;
        });
    }

    #[test]
    fn sealed_sqlite_answers_as_memory_does(steps in prop::collection::vec(step(), 1..40)) {
        runtime().block_on(async {
            let (memory, database) = (Place::memory(), Place::sealed_sqlite().await);
            compare(&*memory.store, &database, &steps).await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 100, ..ProptestConfig::default() })]
    #[test]
    fn postgres_answers_as_memory_does(steps in prop::collection::vec(step(), 1..40)) {
        runtime().block_on(async {
            let Some(database) = Place::postgres().await else { return };
            compare(&*Place::memory().store, &database, &steps).await;
            database.remove().await;
        });
    }

    #[test]
    fn sealed_postgres_answers_as_memory_does(steps in prop::collection::vec(step(), 1..40)) {
        runtime().block_on(async {
            let Some(database) = Place::sealed_postgres().await else { return };
            compare(&*Place::memory().store, &database, &steps).await;
            database.remove().await;
        });
    }
}
