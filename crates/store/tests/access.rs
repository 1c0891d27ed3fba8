//! The access filter has two readings, in memory and as SQL: they admit the same rows, whatever the rows and the
//! filter are. Rows are written past the store, so that they need not be such as today's aggregates make.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixture;

use std::collections::BTreeSet;

use fixture::*;
use forewarn_core::access::{Filter, Relation};
use forewarn_core::aggregate::{Category, Facets, Key};
use forewarn_store::{EventStore, Position, Query};
use proptest::prelude::*;
use sqlx::{AnyConnection, Connection, Executor};

const CATEGORIES: [Category; 2] = [Category::Case, Category::Notice];
const STATES: [&str; 3] = ["queued", "draft", ""];

#[derive(Clone, Debug)]
struct Row {
    category: Category,
    id: String,
    facets: Facets,
}

fn relations() -> impl Strategy<Value = BTreeSet<Relation>> {
    prop::sample::subsequence(Relation::ALL.to_vec(), 0..=Relation::ALL.len())
        .prop_map(|relations| relations.into_iter().collect())
}

fn facets() -> impl Strategy<Value = Facets> {
    let related = prop::collection::btree_set((0..4_u32, prop::sample::select(Relation::ALL)), 0..5);
    let keys = prop::collection::btree_set((0..2_u8, 0..3_u8), 0..3);
    (0..3_usize, -2..3_i64, any::<bool>(), related, keys).prop_map(
        |(state, sort_at, public, related, keys)| Facets {
            state: STATES[state].into(),
            sort_at,
            public,
            relations: related.into_iter().map(|(org, relation)| (id(org), relation)).collect(),
            keys: keys.into_iter().map(|(name, value)| Key::shared(&name.to_string(), value)).collect(),
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (prop::sample::select(&CATEGORIES), facets());
    prop::collection::vec(row, 0..14).prop_map(|rows| {
        // Two rows of different categories can have one id.
        let row = |(n, (category, facets))| Row { category, id: format!("{:x}", n / 2 * 7919 % 251), facets };
        let mut taken = BTreeSet::new();
        let rows = (2..).zip(rows).map(row);
        rows.filter(|row| taken.insert((row.category, row.id.clone()))).collect()
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let related = prop::collection::btree_map(0..5_u32, relations(), 0..4);
    prop_oneof![
        1 => Just(Filter::Nothing),
        1 => Just(Filter::Everything),
        8 => (any::<bool>(), related).prop_map(|(public, related)| Filter::Some {
            public,
            related: related.into_iter().map(|(org, relations)| (id(org), relations)).collect(),
        }),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let states = prop::sample::subsequence(STATES.to_vec(), 0..=3);
    let key = prop::option::weighted(0.3, (0..2_u8, 0..3_u8));
    let category = prop::sample::select(&CATEGORIES);
    (category, filter(), states, key, 1..4_u32, any::<bool>()).prop_map(
        |(category, filter, states, key, limit, newest_first)| Query {
            category,
            filter,
            states: states.into_iter().map(String::from).collect(),
            key: key.map(|(name, value)| (name.to_string(), value.to_string())),
            after: None,
            limit,
            newest_first,
        },
    )
}

fn expected(rows: &[Row], query: &Query) -> Vec<(i64, String)> {
    let mut found: Vec<_> = rows
        .iter()
        .filter(|row| {
            let keys = &row.facets.keys;
            row.category == query.category
                && query.filter.admits(&row.facets)
                && (query.states.is_empty() || query.states.contains(&row.facets.state))
                && query.key.as_ref().is_none_or(|(name, value)| keys.contains(&Key::shared(name, value)))
        })
        .map(|row| (row.facets.sort_at, row.id.clone()))
        .collect();
    found.sort();
    if query.newest_first {
        found.reverse();
    }
    found
}

async fn write(connection: &mut AnyConnection, rows: &[Row]) {
    for table in ["DELETE FROM documents", "DELETE FROM relations", "DELETE FROM keys"] {
        connection.execute(table).await.unwrap();
    }
    for Row { category, id, facets } in rows {
        sqlx::query("INSERT INTO documents VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 0)")
            .bind(category.as_str())
            .bind(id.as_str())
            .bind(facets.state.as_str())
            .bind(facets.sort_at)
            .bind(i64::from(facets.public))
            .bind(serde_json::to_vec(facets).unwrap())
            .bind(b"{}".to_vec())
            .execute(&mut *connection)
            .await
            .unwrap();
        for (org, relation) in &facets.relations {
            sqlx::query("INSERT INTO relations VALUES ($1, $2, $3, $4)")
                .bind(category.as_str())
                .bind(org.to_string())
                .bind(relation.as_str())
                .bind(id.as_str())
                .execute(&mut *connection)
                .await
                .unwrap();
        }
        for key in &facets.keys {
            sqlx::query("INSERT INTO keys VALUES ($1, $2, $3, 0, $4)")
                .bind(category.as_str())
                .bind(key.name.as_str())
                .bind(key.value.as_str())
                .bind(id.as_str())
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    }
}

async fn pages(store: &dyn EventStore, mut query: Query) -> Vec<(i64, String)> {
    let mut found = Vec::new();
    loop {
        let page = store.list(&query).await.unwrap();
        assert!(page.iter().all(|document| query.filter.admits(&document.facets)));
        let Some(last) = page.last() else { return found };
        query.after = Some(Position::of(last));
        found.extend(page.into_iter().map(|document| (document.facets.sort_at, document.id)));
    }
}

/// Proptest drives; the database stays open from case to case.
fn both_readings_agree(runtime: &tokio::runtime::Runtime, place: &Place, cases: u32) {
    let url = place.url.as_deref().unwrap();
    let connection = runtime.block_on(AnyConnection::connect(url)).unwrap();
    let connection = tokio::sync::Mutex::new(connection);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let queries = prop::collection::vec(query(), 1..8);
    proptest::test_runner::TestRunner::new(config)
        .run(&(rows(), queries), |(rows, queries)| {
            runtime.block_on(async {
                write(&mut *connection.lock().await, &rows).await;
                for query in queries {
                    let expected = expected(&rows, &query);
                    prop_assert_eq!(place.store.count(&query).await, Ok(expected.len() as u64));
                    prop_assert_eq!(pages(&*place.store, query.clone()).await, expected, "{:?}", query);
                }
                Ok(())
            })
        })
        .unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn sqlite_admits_what_memory_admits() {
    let runtime = runtime();
    let place = runtime.block_on(Place::sqlite());
    both_readings_agree(&runtime, &place, 128);
}

#[test]
fn postgres_admits_what_memory_admits() {
    let runtime = runtime();
    let Some(place) = runtime.block_on(Place::postgres()) else { return };
    both_readings_agree(&runtime, &place, 64);
    runtime.block_on(place.remove());
}
