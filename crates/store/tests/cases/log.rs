//! Appending and reading events.

use forewarn_core::aggregate::{Category, project};
use forewarn_core::event::{Recorded, StreamId};
use forewarn_store::{Blob, Clash, Commit, Committed, EventStore, KEY_LIMIT, Replay, StoreError};

use sha2::Digest;

use crate::fixture::*;

pub(super) fn version_clash(stream: StreamId) -> StoreError {
    StoreError::Conflict(Clash::Version(stream))
}

async fn log(store: &dyn EventStore) -> Vec<Recorded> {
    store.events_after(0, u32::MAX, None).await.unwrap()
}

/// Numbers without a gap, versions without a gap in each stream, commitments of the bytes.
pub(super) async fn assert_dense(store: &dyn EventStore) {
    let events = log(store).await;
    let mut versions = std::collections::HashMap::new();
    for (event, seq) in events.iter().zip(1..) {
        assert_eq!(event.seq, seq);
        let version = versions.entry(event.stream.clone()).or_insert(0);
        *version += 1;
        assert_eq!(event.version, *version);
    }
    assert_eq!(store.head().await.unwrap(), events.len() as u64);
    let commitments: Vec<_> = events.iter().map(Recorded::commitment).collect();
    assert_eq!(store.commitments(1, u32::MAX).await.unwrap(), commitments);
}

pub async fn what_is_appended_can_be_read(place: &Place) {
    let store = &*place.store;
    assert_eq!(store.head().await, Ok(0));
    assert_eq!(store.commit(Commit::default()).await, Ok(Committed { first_seq: 1, last_seq: 0 }));
    let org = append(organisation(1), 0, 5, &[enrolled(1, "Örg"), person(7)]);
    let asset = append(holding(1), 0, 6, &[pushed(1, "pump")]);
    let both = commit(vec![org.clone(), asset.clone()]);
    assert_eq!(store.commit(both).await, Ok(Committed { first_seq: 1, last_seq: 3 }));
    let more = append(organisation(1), 2, 7, &[person(8)]);
    assert_eq!(store.commit(commit(vec![more.clone()])).await, Ok(Committed { first_seq: 4, last_seq: 4 }));

    let events = log(store).await;
    let written: Vec<_> = [&org, &asset, &more].into_iter().flat_map(|a| a.events.clone()).collect();
    assert_eq!(events.iter().map(|e| e.event.clone()).collect::<Vec<_>>(), written);
    assert_dense(store).await;
    let stream = store.stream(&organisation(1)).await.unwrap();
    assert_eq!(stream.iter().map(|e| (e.seq, e.version)).collect::<Vec<_>>(), [(1, 1), (2, 2), (4, 3)]);
    assert_eq!(store.stream(&organisation(2)).await, Ok(vec![]));
    assert_eq!(store.events_after(3, 9, None).await.unwrap(), events[3..]);
    assert_eq!(store.events_after(1, 1, None).await.unwrap(), events[1..2]);
    assert_eq!(store.events_after(u64::MAX, 9, None).await, Ok(vec![]));
    assert_eq!(store.events_after(0, 9, Some(Category::Inventory)).await.unwrap(), events[2..3]);
    assert_eq!(store.events_after(0, 1, Some(Category::Organisation)).await.unwrap(), events[..1]);
    assert_eq!(store.commitments(3, 1).await.unwrap(), [events[2].commitment()]);
    assert_eq!(store.commitments(0, 1).await.unwrap(), [events[0].commitment()]);
    assert_eq!(store.commitments(5, 9).await, Ok(vec![]));

    let bytes: Vec<&[u8]> = stream.iter().map(|e| e.event.bytes.as_slice()).collect();
    let expected = project(Category::Organisation, None, &bytes).unwrap();
    let document = store.get(Category::Organisation, &organisation(1).id).await.unwrap().unwrap();
    assert_eq!((document.version, &document.doc, &document.facets), (3, &expected.doc, &expected.facets));
    assert_eq!(store.get(Category::Organisation, &organisation(2).id).await, Ok(None));
    assert_eq!(store.get(Category::Case, &organisation(1).id).await, Ok(None));
}

pub async fn a_stream_can_occur_twice_in_a_commit(place: &Place) {
    let store = &*place.store;
    let first = enrol(1, "one", 5);
    let second = append(organisation(1), 1, 5, &[enrolled(1, "uno")]);
    store.commit(commit(vec![first.clone(), second.clone()])).await.unwrap();
    let document = store.get(Category::Organisation, &organisation(1).id).await.unwrap().unwrap();
    assert_eq!(document.version, 2);
    assert!(document.facets.keys.iter().any(|key| key.value == "uno"));
    // The name in between is free.
    store.commit(commit(vec![enrol(2, "one", 5)])).await.unwrap();
    let again = commit(vec![enrol(3, "three", 5), append(organisation(3), 0, 5, &[person(1)])]);
    assert_eq!(store.commit(again).await, Err(version_clash(organisation(3))));
}

pub async fn an_append_without_events_checks_the_version(place: &Place) {
    let store = &*place.store;
    store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    let check = |expected| append::<forewarn_core::party::Event>(organisation(1), expected, 5, &[]);
    assert_eq!(store.commit(commit(vec![check(1)])).await, Ok(Committed { first_seq: 2, last_seq: 1 }));
    let refused = store.commit(commit(vec![enrol(2, "two", 5), check(2)])).await;
    assert_eq!(refused, Err(version_clash(organisation(1))));
    assert_eq!(store.head().await, Ok(1));
}

pub async fn a_wrong_version_is_a_conflict(place: &Place) {
    let store = &*place.store;
    store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    for expected in [0, 2, 17] {
        let wrong = commit(vec![append(organisation(1), expected, 5, &[person(1)])]);
        assert_eq!(store.commit(wrong).await, Err(version_clash(organisation(1))), "{expected}");
    }
    let unborn = commit(vec![append(organisation(2), 1, 5, &[person(1)])]);
    assert_eq!(store.commit(unborn).await, Err(version_clash(organisation(2))));
    store.commit(commit(vec![append(organisation(1), 1, 5, &[person(1)])])).await.unwrap();
    assert_dense(store).await;
}

pub async fn a_commit_that_fails_leaves_nothing(place: &Place) {
    let store = &*place.store;
    store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    let before = (store.read_models().await.unwrap(), log(store).await);
    let mut corrupt = enrol(3, "three", 5);
    corrupt.events[0].bytes = b"{}".to_vec();
    for last in [append(organisation(1), 0, 5, &[person(1)]), enrol(3, "ONE", 5), corrupt] {
        let refused = Commit {
            counts: vec![],
            appends: vec![enrol(2, "two", 5), append(holding(1), 0, 5, &[pushed(1, "pump")]), last],
            jobs: vec![job("mail", "x", 0)],
            blobs: vec![Blob { owner: holding(1), bytes: b"blob".to_vec() }],
            replay: Some(replay("alice", "key")),
            at: 5,
        };
        assert!(store.commit(refused).await.is_err());
        assert_eq!((store.read_models().await.unwrap(), log(store).await), before);
        assert_eq!(store.lease("mail", 10, 20, 9).await, Ok(vec![]));
        let blob = sha2::Sha256::digest(b"blob").into();
        assert_eq!(store.blob(&holding(1), &blob).await, Ok(None));
        assert_eq!(store.replay("alice", "key").await, Ok(None));
    }
    let next =
        Commit { appends: vec![enrol(2, "two", 5)], jobs: vec![job("mail", "y", 0)], ..Commit::default() };
    assert_eq!(store.commit(next).await, Ok(Committed { first_seq: 2, last_seq: 2 }));
    assert_eq!(store.lease("mail", 10, 20, 9).await.unwrap()[0].id, 1);
    assert_dense(store).await;
}

fn replay(principal: &str, key: &str) -> Replay {
    let response = b"response".to_vec();
    Replay { principal: principal.into(), key: key.into(), request: [1; 32], status: 201, response, at: 5 }
}

pub async fn events_must_say_their_own_place(place: &Place) {
    let store = &*place.store;
    let mut elsewhere = enrol(1, "one", 5);
    elsewhere.stream = organisation(2);
    let mut later = enrol(1, "one", 5);
    later.events.push(later.events[0].clone());
    let mut kind = enrol(1, "one", 5);
    kind.events[0].kind = "principal-added".into();
    let mut foreign = enrol(1, "one", 5);
    foreign.stream.category = Category::Case;
    for bad in [elsewhere, later, kind, foreign] {
        assert!(matches!(store.commit(commit(vec![bad])).await, Err(StoreError::Corrupt(_))));
    }
    assert_eq!(store.head().await, Ok(0));
}

pub async fn texts_that_not_every_engine_can_hold_are_refused(place: &Place) {
    let store = &*place.store;
    let long = "n".repeat(KEY_LIMIT + 1);
    for number in ["a\0b", &long] {
        let bad = append(document(1), 0, 5, &[published(1, number, 1)]);
        assert!(matches!(store.commit(commit(vec![bad])).await, Err(StoreError::Corrupt(_))));
    }
    for id in ["x\0y", &"i".repeat(201)] {
        let bad = append(StreamId::new(Category::Inventory, id), 0, 5, &[pushed(1, "pump")]);
        assert!(matches!(store.commit(commit(vec![bad])).await, Err(StoreError::Corrupt(_))));
    }
    let bad = Commit { jobs: vec![job("a\0b", "", 0)], ..Commit::default() };
    assert!(matches!(store.commit(bad).await, Err(StoreError::Corrupt(_))));
    for (principal, key) in [("a\0", "b"), ("a", "\0b"), (&long, "b"), ("a", &long)] {
        let bad = Commit { replay: Some(replay(principal, key)), ..Commit::default() };
        assert!(matches!(store.commit(bad).await, Err(StoreError::Corrupt(_))));
    }
    assert!(store.put_setting("a\0b", b"x").await.is_err());
    assert!(store.setting_or("a\0b", b"x").await.is_err());
    let longest = "\u{1F980}".repeat(KEY_LIMIT / 4);
    store.commit(commit(vec![append(document(1), 0, 5, &[published(1, &longest, 1)])])).await.unwrap();
}

pub async fn five_thousand_events_in_one_commit(place: &Place) {
    let store = &*place.store;
    let appends: Vec<_> = (0..4000).map(|n| enrol(n, &format!("organisation {n}"), n.into())).collect();
    let first = store.commit(commit(appends)).await;
    assert_eq!(first, Ok(Committed { first_seq: 1, last_seq: 4000 }));
    let mut appends: Vec<_> =
        (0..999).map(|n| append(organisation(n), 1, 9, &[enrolled(n, &format!("renamed {n}"))])).collect();
    appends.extend((0..4001).map(|n| append(holding(n), 0, 9, &[pushed(n, "pump")])));
    let second = store.commit(commit(appends)).await;
    assert_eq!(second, Ok(Committed { first_seq: 4001, last_seq: 9000 }));
    assert_dense(store).await;
    let rows = store.read_models().await.unwrap();
    // Documents; an owner each; name and role of the organisations, the organisation of the holdings.
    assert_eq!(rows.len(), 8001 + 8001 + 2 * 4000 + 4001);
    assert_eq!(store.rebuild().await, Ok(9000));
    assert!(store.read_models().await.unwrap() == rows);
}

pub async fn a_rebuild_gives_the_same_rows(place: &Place) {
    let store = &*place.store;
    assert_eq!(store.rebuild().await, Ok(0));
    for n in 0..30_u32 {
        let (org, asset) = (organisation(n % 5), holding(n % 7));
        let version = |document: Option<forewarn_store::Document>| document.map_or(0, |d| d.version);
        let org_version = version(store.get(org.category, &org.id).await.unwrap());
        let asset_version = version(store.get(asset.category, &asset.id).await.unwrap());
        let org = append(org, org_version, n.into(), &[enrolled(n % 5, &format!("name {n}")), person(n)]);
        let asset = append(asset, asset_version, n.into(), &[pushed(n % 3, "pump")]);
        store.commit(commit(vec![org, asset])).await.unwrap();
    }
    let rows = store.read_models().await.unwrap();
    assert_eq!(store.rebuild().await, Ok(90));
    assert_eq!(store.read_models().await.unwrap(), rows);
    if let Some(url) = &place.url {
        let spoilt = if place.sealed {
            "UPDATE documents SET doc = facets"
        } else {
            "UPDATE documents SET doc = facets, state = 'x'"
        };
        run_sql(url, &format!("{spoilt}; DELETE FROM relations; DELETE FROM keys")).await;
        assert_ne!(store.read_models().await, Ok(rows.clone()));
        assert_eq!(store.rebuild().await, Ok(90));
        assert_eq!(store.read_models().await.unwrap(), rows);
        let changed = if place.sealed { "bytes = commitment" } else { "salt = commitment" };
        run_sql(url, &format!("UPDATE events SET {changed} WHERE seq = 17")).await;
        assert!(matches!(store.rebuild().await, Err(StoreError::Corrupt(_))));
        assert_eq!(store.read_models().await.unwrap(), rows);
    }
}

pub async fn what_is_acknowledged_is_there_after_reopening(place: &Place) {
    place.store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    let Some(other) = place.another().await else { return };
    assert_eq!(other.head().await, Ok(1));
    let stale = commit(vec![enrol(1, "two", 5)]);
    assert_eq!(other.commit(stale).await, Err(version_clash(organisation(1))));
    other.close().await;
    if let Some(url) = &place.url {
        run_sql(url, "INSERT INTO schema_version (version) VALUES (1000)").await;
        let newer = match url.strip_prefix("sqlite://") {
            Some(path) => forewarn_store::SqlStore::open_sqlite(std::path::Path::new(path)).await,
            None => forewarn_store::SqlStore::open_url(url).await,
        };
        assert!(matches!(newer, Err(StoreError::Corrupt(_))));
    }
}
