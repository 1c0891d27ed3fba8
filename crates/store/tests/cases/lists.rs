//! Lists of documents.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::access::{Filter, Relation};
use forewarn_core::aggregate::Category;
use forewarn_core::event::StreamId;
use forewarn_store::{EventStore, Position, Query};

use crate::fixture::*;

async fn ids(store: &dyn EventStore, query: &Query) -> Vec<String> {
    store.list(query).await.unwrap().into_iter().map(|document| document.id).collect()
}

fn everything(category: Category) -> Query {
    Query::new(category, Filter::Everything, 100)
}

pub async fn pages_follow_each_other(place: &Place) {
    let store = &*place.store;
    let appends = (0..25).map(|n| enrol(n, &format!("organisation {n}"), i64::from(n % 4) - 2)).collect();
    store.commit(commit(appends)).await.unwrap();
    for newest_first in [false, true] {
        let mut query = Query { newest_first, ..everything(Category::Organisation) };
        let whole = store.list(&query).await.unwrap();
        let places: Vec<_> = whole.iter().map(|d| (d.facets.sort_at, d.id.clone())).collect();
        let mut sorted = places.clone();
        sorted.sort();
        if newest_first {
            sorted.reverse();
        }
        assert_eq!((places.len(), &places), (25, &sorted));
        query.limit = 4;
        let mut pages = Vec::new();
        loop {
            let page = store.list(&query).await.unwrap();
            assert_eq!(store.count(&query).await, Ok(25));
            let Some(last) = page.last() else { break };
            query.after = Some(Position::of(last));
            pages.extend(page);
        }
        assert_eq!(pages, whole);
        query.limit = 0;
        assert_eq!(store.list(&query).await, Ok(vec![]));
    }
}

pub async fn states_keys_and_filters_narrow_a_list(place: &Place) {
    let store = &*place.store;
    let mut appends: Vec<_> =
        (0..6).map(|n| append(holding(n), 0, n.into(), &[pushed(n % 2, "pump")])).collect();
    appends.push(append(document(1), 0, 5, &[published(1, "FW-1", 1)]));
    store.commit(commit(appends)).await.unwrap();
    let related = |org, relations: &[Relation]| {
        BTreeMap::from([(id(org), relations.iter().copied().collect::<BTreeSet<_>>())])
    };
    let some = |public, related| Filter::Some { public, related };
    let holdings = |filter| Query { newest_first: false, ..Query::new(Category::Inventory, filter, 100) };
    let odd: Vec<_> = [1, 3, 5].map(|n| holding(n).id).into();
    for (filter, found) in [
        (Filter::Nothing, vec![]),
        (some(true, BTreeMap::new()), vec![]),
        (some(false, BTreeMap::new()), vec![]),
        (some(false, related(1, &[])), vec![]),
        (some(true, related(1, &[])), vec![]),
        (some(false, related(1, &[Relation::Recipient])), vec![]),
        (some(false, related(2, &[Relation::Owner])), vec![]),
        (some(false, related(1, &[Relation::Owner])), odd.clone()),
        (some(true, related(1, Relation::ALL)), odd.clone()),
    ] {
        let query = holdings(filter);
        assert_eq!(ids(store, &query).await, found, "{:?}", query.filter);
        assert_eq!(store.count(&query).await, Ok(found.len() as u64));
    }
    let keyed = Query {
        key: Some(("org".into(), id::<forewarn_core::ids::OrgId>(1).to_string())),
        ..holdings(Filter::Everything)
    };
    assert_eq!(ids(store, &keyed).await, odd);
    let hidden = Query { filter: some(false, related(0, &[Relation::Owner])), ..keyed };
    assert_eq!(ids(store, &hidden).await, [""; 0]);
    for (states, count) in
        [(vec![], 6), (vec!["current"], 6), (vec!["gone", "current"], 6), (vec!["gone"], 0)]
    {
        let states = states.into_iter().map(String::from).collect();
        assert_eq!(store.count(&Query { states, ..holdings(Filter::Everything) }).await, Ok(count));
    }
    let public = Query::new(Category::Advisory, some(true, BTreeMap::new()), 9);
    assert_eq!(ids(store, &public).await, [document(1).id]);
    let by_number = Query { key: Some(("number".into(), "FW-1".into())), ..public };
    assert_eq!(store.count(&by_number).await, Ok(1));

    let moved = append(holding(1), 1, 9, &[pushed(0, "pump")]);
    store.commit(commit(vec![moved])).await.unwrap();
    let query = holdings(some(false, related(1, &[Relation::Owner])));
    assert_eq!(ids(store, &query).await, odd[1..]);
}

pub async fn ids_are_ordered_by_their_bytes(place: &Place) {
    let store = &*place.store;
    let names = ["-", "A", "B", "Z", "_", "a", "a-", "a-b", "aa", "b", "\u{e4}", "\u{1F980}"];
    let stream = |name: &&str| StreamId::new(Category::Inventory, name);
    let appends = names.iter().rev().map(|name| append(stream(name), 0, 5, &[pushed(1, "pump")])).collect();
    store.commit(commit(appends)).await.unwrap();
    let query = Query { newest_first: false, ..everything(Category::Inventory) };
    assert_eq!(ids(store, &query).await, names);
    for (name, place) in names.iter().zip(1..) {
        let after = Some(Position { sort_at: 5, id: (*name).into() });
        assert_eq!(ids(store, &Query { after, ..query.clone() }).await, names[place..]);
    }
}

pub async fn strange_questions_find_nothing(place: &Place) {
    let store = &*place.store;
    store.commit(commit(vec![enrol(1, "one", 5)])).await.unwrap();
    for id in ["", "\0", "a\0b", "' OR 1=1 --", &"x".repeat(100_000)] {
        assert_eq!(store.get(Category::Organisation, id).await, Ok(None));
        assert_eq!(store.stream(&StreamId::new(Category::Organisation, id)).await, Ok(vec![]));
        assert_eq!(store.replay(id, id).await, Ok(None));
        assert_eq!(store.lease(id, 9, 10, 9).await, Ok(vec![]));
        assert_eq!(store.setting(id).await, Ok(None));
        for key in [(id.to_owned(), "one".to_owned()), ("name".into(), id.to_owned())] {
            let query = Query { key: Some(key), ..everything(Category::Organisation) };
            assert_eq!((store.list(&query).await, store.count(&query).await), (Ok(vec![]), Ok(0)));
        }
        let query = Query { states: vec![id.to_owned()], ..everything(Category::Organisation) };
        assert_eq!((store.list(&query).await, store.count(&query).await), (Ok(vec![]), Ok(0)));
        let query =
            Query { states: vec![id.to_owned(), "enrolled".into()], ..everything(Category::Organisation) };
        assert_eq!(store.count(&query).await, Ok(1));
    }
    let own = organisation(1).id;
    for (id, newest_first, found) in [
        (format!("{own}\0"), true, 1),
        (format!("{own}\0"), false, 0),
        (format!("{}\0", &own[..9]), false, 1),
        (format!("{}\0", &own[..9]), true, 0),
    ] {
        let after = Some(Position { sort_at: 5, id });
        let query = Query { after, newest_first, ..everything(Category::Organisation) };
        assert_eq!(ids(store, &query).await.len(), found);
    }
    for (sort_at, newest_first, found) in [(i64::MIN, false, 1), (i64::MAX, true, 1), (i64::MIN, true, 0)] {
        let after = Some(Position { sort_at, id: String::new() });
        let query = Query { after, newest_first, limit: u32::MAX, ..everything(Category::Organisation) };
        assert_eq!(ids(store, &query).await.len(), found);
    }
}
