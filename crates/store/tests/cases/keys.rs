//! Unique keys.

use forewarn_core::aggregate::Category;
use forewarn_store::{Clash, StoreError};

use crate::fixture::*;

fn name_clash() -> StoreError {
    StoreError::Conflict(Clash::Key { category: Category::Organisation, name: "name".into() })
}

pub async fn a_unique_key_is_held_by_one(place: &Place) {
    let store = &*place.store;
    store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    let error = store.commit(commit(vec![enrol(2, " ONE ", 5)])).await.unwrap_err();
    assert_eq!(error, name_clash());
    assert!(!error.to_string().to_lowercase().contains("one "), "{error}");
    // The same value in another category, and the holder's own.
    let other = append(document(1), 0, 5, &[published(1, "one", 1)]);
    store.commit(commit(vec![other])).await.unwrap();
    store
        .commit(commit(vec![append(organisation(1), 1, 5, &[enrolled(1, "One"), person(3)])]))
        .await
        .unwrap();
    let error =
        store.commit(commit(vec![append(organisation(2), 0, 5, &[enrolled(2, "two"), person(3)])])).await;
    let principal = Clash::Key { category: Category::Organisation, name: "principal".into() };
    assert_eq!(error, Err(StoreError::Conflict(principal)));
    // Of two clashes the first by name is told.
    let both = append(organisation(2), 0, 5, &[enrolled(2, "one"), person(3)]);
    assert_eq!(store.commit(commit(vec![both])).await, Err(name_clash()));
    store.commit(commit(vec![append(organisation(1), 3, 5, &[enrolled(1, "uno")])])).await.unwrap();
    store.commit(commit(vec![enrol(2, "one", 5)])).await.unwrap();
}

pub async fn a_unique_key_can_change_hands_in_one_commit(place: &Place) {
    let store = &*place.store;
    store.commit(commit(vec![enrol(1, "one", 5), enrol(2, "two", 5)])).await.unwrap();
    let swap = commit(vec![
        append(organisation(1), 1, 5, &[enrolled(1, "two")]),
        append(organisation(2), 1, 5, &[enrolled(2, "one")]),
    ]);
    store.commit(swap).await.unwrap();
    assert_eq!(store.commit(commit(vec![enrol(3, "one", 5)])).await, Err(name_clash()));
    let rows = store.read_models().await.unwrap();
    store.rebuild().await.unwrap();
    assert_eq!(store.read_models().await.unwrap(), rows);
}

pub async fn two_rows_of_a_commit_cannot_take_one_key(place: &Place) {
    let store = &*place.store;
    let refused = store.commit(commit(vec![enrol(1, "one", 5), enrol(2, "One", 5)])).await;
    assert_eq!(refused, Err(name_clash()));
    assert_eq!(store.head().await, Ok(0));
}

/// Commits that wait at the same time share a transaction; a name given up by one must not be free for an earlier one.
pub async fn waiting_commits_see_keys_in_their_order(place: &Place) {
    let store = &place.store;
    for round in 0..10_u32 {
        let (holder, early, late) = (1000 * round, 1000 * round + 1, 1000 * round + 2);
        let name = format!("the name {round}");
        store.commit(commit(vec![enrol(holder, &name, 5)])).await.unwrap();
        // Keeps the writer busy while the others queue up behind it, in this order.
        let slow = (10..300).map(|n| enrol(holder + n, &format!("{round} {n}"), 5)).collect();
        let leave = append(organisation(holder), 1, 5, &[enrolled(holder, &format!("former {round}"))]);
        let answers = tokio::join!(
            store.commit(commit(slow)),
            store.commit(commit(vec![enrol(early, &name, 5)])),
            store.commit(commit(vec![leave])),
        );
        assert!(answers.0.is_ok());
        assert_eq!(answers.1, Err(name_clash()));
        let taken = store.commit(commit(vec![enrol(late, &name, 5)])).await.unwrap();
        assert_eq!(taken.first_seq, answers.2.unwrap().last_seq + 1);
    }
}

pub async fn holders_of_many_keys_are_found_at_once(place: &Place) {
    let store = &*place.store;
    let named = |n: u32| format!("org {n}");
    let appends = (1..=300).map(|n| enrol(n, &named(n), 5)).collect();
    store.commit(commit(appends)).await.unwrap();
    let mut asked: Vec<String> = (1..=300).map(named).collect();
    asked.extend(["nobody".to_owned(), "a\0b".to_owned()]);
    let mut found = store.holders(Category::Organisation, "name", &asked).await.unwrap();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let mut names: Vec<String> = (1..=300).map(named).collect();
    names.sort();
    assert_eq!(found.iter().map(|(value, _)| value.clone()).collect::<Vec<_>>(), names);
    for (value, document) in &found {
        let holds = document.facets.keys.iter().any(|key| key.unique && key.value == *value);
        assert!(holds && document.version > 0);
    }
    assert!(store.holders(Category::Case, "name", &asked).await.unwrap().is_empty());
    assert!(store.holders(Category::Organisation, "other", &asked).await.unwrap().is_empty());
    assert!(store.holders(Category::Organisation, "name", &[]).await.unwrap().is_empty());
}
