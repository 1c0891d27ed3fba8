//! Which data key a stream's rows are sealed under.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_core::access::Relation;
use forewarn_core::aggregate::{Category, Facets};
use forewarn_core::event::StreamId;
use forewarn_seal::KeyLabel;
use sqlx::AnyConnection;

use super::{INSTANCE, INSTANCE_KEY, Opener, RESERVED, RowKey, StoredKey, Vault};
use crate::plan::{Plan, corrupt};
use crate::sql::error::reading;
use crate::sql::statement::{Statement, Value, insert, pieces, text};
use crate::types::StoreError;

/// The keys of the streams of one transaction; empty where nothing is sealed.
pub(in crate::sql) type StreamKeys = HashMap<StreamId, RowKey>;

/// The scope of a stream. It is asked once, when the stream begins.
///
/// What belongs to a case is destroyed with it: its place in the order, its notices and its messages share its key. A finding keeps its
/// own key when it joins a case, so that it can leave it again; whoever destroys the case destroys the keys of its
/// findings too.
pub(super) fn of(stream: &StreamId, facets: &Facets) -> String {
    let id = &stream.id;
    match stream.category {
        Category::Case | Category::Priority => format!("case/{id}"),
        Category::Finding => format!("finding/{id}"),
        Category::Notice | Category::Thread => facets
            .keys
            .iter()
            .find(|key| key.name == "case")
            .map_or_else(|| INSTANCE.to_owned(), |key| format!("case/{}", key.value)),
        Category::Inventory => facets
            .relations
            .iter()
            .find(|(_, relation)| *relation == Relation::Owner)
            .map_or_else(|| INSTANCE.to_owned(), |(org, _)| format!("inventory/{org}")),
        _ => INSTANCE.to_owned(),
    }
}

/// Adds the keys of the streams that begin with this plan, whose first event gets `first` as its number.
pub(in crate::sql) async fn add_new(
    connection: &mut AnyConnection,
    vault: &Vault,
    plan: &Plan<'_>,
    first: u64,
    keys: &mut StreamKeys,
) -> Result<(), StoreError> {
    let mut wanted: BTreeMap<String, Vec<StreamId>> = BTreeMap::new();
    let begins = plan.changes.iter().map(|change| {
        let stream = StreamId::new(change.category, &change.document.id);
        (of(&stream, &change.document.facets), stream)
    });
    for (scope, stream) in begins.filter(|(_, stream)| !keys.contains_key(stream)) {
        wanted.entry(scope).or_default().push(stream);
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let mut numbers: HashMap<&StreamId, u64> = HashMap::new();
    for (planned, seq) in plan.events.iter().zip(first..) {
        numbers.entry(planned.stream).or_insert(seq + RESERVED);
    }
    let number =
        |streams: &[StreamId]| streams.iter().filter_map(|stream| numbers.get(stream)).copied().min();
    let scopes: BTreeMap<&str, u64> = wanted
        .iter()
        .map(|(scope, streams)| (scope.as_str(), number(streams).unwrap_or(INSTANCE_KEY)))
        .collect();
    let made = of_scopes(connection, vault, &scopes).await?;
    for (scope, streams) in &wanted {
        let key = made.get(scope).ok_or_else(|| corrupt("data key", "a scope has none"))?;
        keys.extend(streams.iter().map(|stream| (stream.clone(), key.clone())));
    }
    Ok(())
}

/// The keys of scopes; those that have none get one of the number beside them. The caller has the lock of the head row,
/// so nobody else makes one meanwhile.
pub(super) async fn of_scopes(
    connection: &mut AnyConnection,
    vault: &Vault,
    scopes: &BTreeMap<&str, u64>,
) -> Result<HashMap<String, RowKey>, StoreError> {
    let mut found = HashMap::from([(INSTANCE.to_owned(), vault.instance().clone())]);
    // The scope of a finding begins with it, so there is nothing to look for.
    let shared: Vec<&str> =
        scopes.keys().copied().filter(|scope| *scope != INSTANCE && !scope.starts_with("finding/")).collect();
    let mut opener = Opener::new(Some(vault));
    for piece in pieces(connection, &shared, 1) {
        let mut statement = Statement::new("SELECT ");
        statement.push(StoredKey::COLUMNS).push(" FROM data_keys s WHERE s.scope IN ");
        statement.bind_list(piece.iter().copied());
        for row in statement.query().fetch_all(&mut *connection).await.map_err(reading)? {
            let stored = StoredKey::read(&row, 0)?;
            let scope = stored.scope.clone();
            let key = opener.key(stored)?.ok_or_else(|| corrupt("data key", "a scope without a key"))?;
            found.insert(scope, key);
        }
    }
    let missing: BTreeSet<(&str, u64)> = scopes
        .iter()
        .filter(|(scope, _)| !found.contains_key(**scope))
        .map(|(scope, number)| (*scope, *number))
        .collect();
    if !missing.is_empty() {
        let kek = current(connection).await?;
        found.extend(make(connection, vault, &kek, missing).await?);
    }
    Ok(found)
}

/// The key-encryption key in use: that of the instance's data key, with which every rotation begins.
pub(super) async fn current(connection: &mut AnyConnection) -> Result<String, StoreError> {
    let mut statement = Statement::new("SELECT kek FROM data_keys WHERE id = ");
    statement.bind(INSTANCE_KEY);
    text(&statement.query().fetch_one(connection).await.map_err(reading)?, 0)
}

async fn make(
    connection: &mut AnyConnection,
    vault: &Vault,
    kek: &str,
    scopes: BTreeSet<(&str, u64)>,
) -> Result<Vec<(String, RowKey)>, StoreError> {
    let mut made = Vec::with_capacity(scopes.len());
    for (scope, number) in scopes {
        let key = vault.draw_key();
        let wrapped = vault.wrap(kek, &KeyLabel { number, scope }, &key)?;
        made.push((scope.to_owned(), RowKey::new(number, scope, key), wrapped));
    }
    for piece in pieces(connection, &made, 4) {
        let rows = piece.iter().map(|(scope, key, wrapped)| {
            [key.number.into(), scope.as_str().into(), kek.into(), Value::Bytes(wrapped)]
        });
        let into = "data_keys (id, scope, kek, wrapped)";
        insert(into, rows, "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(made.into_iter().map(|(scope, key, _)| (scope, key)).collect())
}
