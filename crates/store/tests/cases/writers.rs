//! Many who write at once.

use std::sync::Arc;

use forewarn_core::aggregate::Category;
use forewarn_store::{Clash, EventStore, StoreError};

use super::log::{assert_dense, version_clash};
use crate::fixture::*;

async fn write_many(store: Arc<dyn EventStore>, writer: u32) {
    for round in 0..15 {
        let own = enrol(100 + writer * 100 + round, &format!("writer {writer} round {round}"), 5);
        store.commit(commit(vec![own])).await.unwrap();
        let shared = holding(round % 3);
        loop {
            let version = match store.get(Category::Inventory, &shared.id).await {
                Ok(document) => document.map_or(0, |document| document.version),
                Err(error) => panic!("{error}"),
            };
            let asset = format!("{writer} {round}");
            let appended = append(shared.clone(), version, 5, &[pushed(writer, &asset)]);
            match store.commit(commit(vec![appended])).await {
                Ok(_) => break,
                Err(error) => assert_eq!(error, version_clash(shared.clone())),
            }
        }
        // Never succeeds, always in the way.
        let refused = store.commit(commit(vec![enrol(9999, "taken", 5)])).await;
        assert!(matches!(refused, Err(StoreError::Conflict(Clash::Key { .. }))));
    }
}

async fn run_writers(stores: Vec<Arc<dyn EventStore>>) {
    let store = &*stores[0];
    store.commit(commit(vec![enrol(1, "taken", 5)])).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for (store, writer) in stores.iter().cycle().take(8).zip(0..) {
        writers.spawn(write_many(Arc::clone(store), writer));
    }
    writers.join_all().await;
    assert_dense(store).await;
    assert_eq!(store.head().await, Ok(1 + 8 * 15 * 2));
    let rows = store.read_models().await.unwrap();
    store.rebuild().await.unwrap();
    assert_eq!(store.read_models().await.unwrap(), rows);
}

pub async fn eight_writers_leave_no_gap(place: &Place) {
    run_writers(vec![Arc::clone(&place.store)]).await;
}

pub async fn two_processes_leave_no_gap(place: &Place) {
    let mut stores = vec![Arc::clone(&place.store)];
    if let Some(other) = place.another().await {
        stores.push(Arc::new(other));
    }
    run_writers(stores).await;
}
