//! Jobs, idempotency records, blobs and settings.

use std::collections::BTreeSet;
use std::sync::Arc;

use forewarn_store::{Blob, Clash, Commit, Count, EventStore, Job, Replay, StoreError};
use sha2::{Digest, Sha256};

use crate::fixture::*;

async fn add_jobs(store: &dyn EventStore, jobs: Vec<forewarn_store::NewJob>) {
    store.commit(Commit { jobs, ..Commit::default() }).await.unwrap();
}

fn bodies(jobs: &[Job]) -> Vec<String> {
    jobs.iter().map(|job| String::from_utf8(job.body.clone()).unwrap()).collect()
}

pub async fn jobs_are_leased_to_one(place: &Place) {
    let store = &*place.store;
    let jobs = vec![job("mail", "late", 50), job("mail", "b", 10), job("hook", "h", 0), job("mail", "a", 10)];
    add_jobs(store, jobs).await;
    add_jobs(store, vec![job("mail", "first", -5), job("mail", "edge", 20)]).await;
    let leased = store.lease("mail", 20, 100, 2).await.unwrap();
    assert_eq!(bodies(&leased), ["first", "b"]);
    assert_eq!(leased.iter().map(|job| (job.id, job.attempts)).collect::<Vec<_>>(), [(5, 1), (2, 1)]);
    assert_eq!(leased[0].topic, "mail");
    assert_eq!(bodies(&store.lease("mail", 20, 100, 9).await.unwrap()), ["a", "edge"]);
    assert_eq!(store.lease("mail", 20, 100, 9).await, Ok(vec![]));
    assert_eq!(bodies(&store.lease("hook", 20, 100, 9).await.unwrap()), ["h"]);
    assert_eq!(bodies(&store.lease("mail", 60, 100, 9).await.unwrap()), ["late"]);
    assert_eq!(store.lease("fax", i64::MAX, i64::MAX, 9).await, Ok(vec![]));
}

pub async fn a_lease_runs_out(place: &Place) {
    let store = &*place.store;
    add_jobs(store, vec![job("mail", "a", 0), job("mail", "b", 0)]).await;
    let first = store.lease("mail", 10, 20, 9).await.unwrap();
    assert_eq!(store.lease("mail", 19, 29, 9).await, Ok(vec![]));
    let second = store.lease("mail", 20, 30, 9).await.unwrap();
    assert_eq!(second.iter().map(|job| (job.id, job.attempts)).collect::<Vec<_>>(), [(1, 2), (2, 2)]);
    // The first worker wakes up: it must not give away what the second holds.
    store.retry(&first[0], 0).await.unwrap();
    assert_eq!(store.lease("mail", 25, 35, 9).await, Ok(vec![]));
    store.retry(&second[0], 40).await.unwrap();
    store.finish(&first[1]).await.unwrap();
    assert_eq!(store.lease("mail", 39, 49, 9).await, Ok(vec![]));
    let third = store.lease("mail", 40, 50, 9).await.unwrap();
    assert_eq!(third.iter().map(|job| (job.id, job.attempts)).collect::<Vec<_>>(), [(1, 3)]);
    store.finish(&third[0]).await.unwrap();
    store.finish(&third[0]).await.unwrap();
    assert_eq!(store.lease("mail", i64::MAX, i64::MAX, 9).await, Ok(vec![]));
    add_jobs(store, vec![job("mail", "c", 0)]).await;
    assert_eq!(store.lease("mail", 60, 70, 9).await.unwrap()[0].id, 3);
}

pub async fn leases_do_not_overlap(place: &Place) {
    let jobs = (0..200).map(|n| job("mail", &n.to_string(), 0)).collect();
    add_jobs(&*place.store, jobs).await;
    let mut stores: Vec<Arc<dyn EventStore>> = vec![Arc::clone(&place.store)];
    if let Some(other) = place.another().await {
        stores.push(Arc::new(other));
    }
    let mut workers = tokio::task::JoinSet::new();
    for store in stores.iter().cycle().take(6) {
        let store = Arc::clone(store);
        workers.spawn(async move {
            let mut held = Vec::new();
            // A concurrent lease may leave a worker empty-handed once; two times seven others cannot.
            let mut idle = 0;
            while idle < 50 {
                let leased = store.lease("mail", 10, 20, 7).await.unwrap();
                idle = if leased.is_empty() { idle + 1 } else { 0 };
                held.extend(leased.into_iter().map(|job| job.id));
            }
            held
        });
    }
    let held: Vec<u64> = workers.join_all().await.concat();
    assert_eq!(held.len(), 200);
    assert_eq!(held.into_iter().collect::<BTreeSet<_>>().len(), 200);
}

pub async fn an_idempotency_key_is_used_once(place: &Place) {
    let store = &*place.store;
    let replay = |principal: &str, key: &str, at| Replay {
        principal: principal.into(),
        key: key.into(),
        request: [7; 32],
        status: 201,
        response: vec![0, 255],
        at,
    };
    let with = |replay: &Replay, n| Commit {
        replay: Some(replay.clone()),
        ..commit(vec![enrol(n, &n.to_string(), 5)])
    };
    let first = replay("alice", "key", 10);
    store.commit(with(&first, 1)).await.unwrap();
    assert_eq!(store.replay("alice", "key").await, Ok(Some(first.clone())));
    let clash = Err(StoreError::Conflict(Clash::Idempotency));
    assert_eq!(store.commit(with(&first, 2)).await, clash);
    // Told even when the version clashes too: the answer is there to be given.
    assert_eq!(store.commit(with(&first, 1)).await, clash);
    store.commit(with(&replay("bob", "key", 20), 2)).await.unwrap();
    store.commit(with(&replay("alice", "other", 30), 3)).await.unwrap();
    assert_eq!(store.replay("bob", "other").await, Ok(None));
    assert_eq!(store.forget_replays(20).await, Ok(1));
    assert_eq!(store.replay("alice", "key").await, Ok(None));
    assert!(store.replay("bob", "key").await.unwrap().is_some());
    store.commit(with(&first, 4)).await.unwrap();

    // The same request sent eight times at once is written once.
    let request = with(&replay("carol", "key", 40), 5);
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, request) = (Arc::clone(&place.store), request.clone());
        senders.spawn(async move { store.commit(request).await });
    }
    let answers = senders.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().filter(|answer| answer.is_err()).all(|a| *a == clash));
}

pub async fn blobs_are_addressed_by_content(place: &Place) {
    let store = &*place.store;
    let large = vec![0x5a; 3_000_000];
    let blobs = [b"".to_vec(), b"a".to_vec(), b"a".to_vec(), large.clone()];
    let (owner, blob) = (holding(1), |bytes: &[u8]| Blob { owner: holding(1), bytes: bytes.to_vec() });
    let first = append(owner.clone(), 0, 5, &[pushed(1, "pump")]);
    let all = blobs.iter().map(|bytes| blob(bytes)).collect();
    store.commit(Commit { appends: vec![first], blobs: all, ..Commit::default() }).await.unwrap();
    let again = append(owner.clone(), 1, 5, &[pushed(1, "pump")]);
    store
        .commit(Commit { appends: vec![again], blobs: vec![blob(b"a")], ..Commit::default() })
        .await
        .unwrap();
    for blob in blobs {
        assert!(store.blob(&owner, &Sha256::digest(&blob).into()).await.unwrap() == Some(blob));
    }
    assert_eq!(store.blob(&owner, &[0; 32]).await, Ok(None));
    let nobodys = Commit { blobs: vec![blob(b"b")], ..Commit::default() };
    assert!(matches!(store.commit(nobodys).await, Err(StoreError::Corrupt(_))));
}

pub async fn settings_are_kept(place: &Place) {
    let store = &*place.store;
    assert_eq!(store.setting("key").await, Ok(None));
    assert_eq!(store.setting_or("key", b"one").await.unwrap(), b"one");
    assert_eq!(store.setting_or("key", b"two").await.unwrap(), b"one");
    store.put_setting("key", b"three").await.unwrap();
    store.put_setting("empty", b"").await.unwrap();
    assert_eq!(store.setting("key").await.unwrap().unwrap(), b"three");
    assert_eq!(store.setting("empty").await.unwrap().unwrap(), b"");
    // All who start at once get one value.
    let mut starters = tokio::task::JoinSet::new();
    for n in 0..8_u8 {
        let store = Arc::clone(&place.store);
        starters.spawn(async move { store.setting_or("shared", &[n]).await.unwrap() });
    }
    let values: BTreeSet<_> = starters.join_all().await.into_iter().collect();
    assert_eq!(values.len(), 1);
}

/// Counts fit or nothing is written; other names and stretches are counted apart; what is over goes.
pub async fn counts_fit_or_nothing_is_written(place: &Place) {
    let store = &place.store;
    let count = |name: &str, start: i64, add: u64| Count { name: name.into(), start, add, most: 10 };
    let with = |counts: Vec<Count>, text: &[u8]| {
        let number = u32::from(text[0]) * 256 + u32::from(text[1]);
        let blobs = vec![Blob { owner: holding(number), bytes: text.to_vec() }];
        let appends = vec![append(holding(number), 0, 5, &[pushed(1, "pump")])];
        Commit { appends, counts, blobs, ..Commit::default() }
    };
    store.commit(with(vec![count("a", 100, 6), count("b", 100, 10)], b"one")).await.unwrap();
    assert_eq!(store.counted("a", 100).await, Ok(6));
    let over = with(vec![count("b2", 100, 1), count("a", 100, 5)], b"two");
    assert_eq!(store.commit(over).await, Err(StoreError::Conflict(Clash::Count)));
    assert_eq!(store.counted("b2", 100).await, Ok(0), "nothing of it is written");
    let two: [u8; 32] = Sha256::digest(b"two").into();
    assert_eq!(store.blob(&holding(u32::from(b't') * 256 + u32::from(b'w')), &two).await, Ok(None));
    store.commit(with(vec![count("a", 100, 4)], b"three")).await.unwrap();
    store.commit(with(vec![count("a", 200, 10)], b"four")).await.unwrap();
    assert_eq!(store.counted("a", 200).await, Ok(10));
    assert_eq!(store.counted("a", 100).await, Ok(0), "the stretch before is gone");
    assert_eq!(store.counted("b", 100).await, Ok(10));
    assert_eq!(store.counted("a\0", 100).await, Ok(0));
    let nul = with(vec![count("a\0", 100, 1)], b"five");
    assert!(matches!(store.commit(nul).await, Err(StoreError::Corrupt(_))));
}

/// Writers at the same time take no more than fits, and each of those that fit is counted.
pub async fn writers_share_a_count(place: &Place) {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&place.store);
        writers.spawn(async move {
            let mut fitted = 0;
            for _ in 0..10 {
                let count = Count { name: "shared".into(), start: 0, add: 1, most: 50 };
                match store.commit(Commit { counts: vec![count], ..Commit::default() }).await {
                    Ok(_) => fitted += 1,
                    Err(StoreError::Conflict(_)) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            fitted
        });
    }
    let fitted: u64 = writers.join_all().await.into_iter().sum();
    assert_eq!((fitted, place.store.counted("shared", 0).await), (50, Ok(50)));
}
