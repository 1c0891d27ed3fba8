//! Writing read-model rows: documents, relations and keys.

use std::collections::BTreeSet;

use forewarn_core::access::Relation;
use forewarn_core::aggregate::{Category, Key};
use forewarn_core::ids::OrgId;
use sqlx::AnyConnection;

use crate::plan::{Change, Plan, Wanted, corrupt};
use crate::types::StoreError;

use super::error::reading;
use super::statement::{Statement, Value, insert, number, pieces};

/// Writes what changes, and only that: most events leave relations and keys as they are.
pub(super) async fn write(connection: &mut AnyConnection, plan: &Plan<'_>) -> Result<(), StoreError> {
    write_documents(connection, &plan.changes).await?;
    write_relations(connection, &plan.changes).await?;
    for change in &plan.changes {
        for key in change.released() {
            delete_key(connection, change, key).await?;
        }
    }
    take_unique(connection, &plan.wanted()).await?;
    insert_shared(connection, &plan.changes).await
}

async fn write_documents(connection: &mut AnyConnection, changes: &[Change]) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(changes.len());
    for change in changes {
        let facets = serde_json::to_vec(&change.document.facets);
        rows.push((change, facets.map_err(|_| corrupt("facets", "no JSON"))?));
    }
    for piece in pieces(connection, &rows, 8) {
        let values = piece.iter().map(|(Change { category, document, .. }, facets)| {
            [
                (*category).into(),
                document.id.as_str().into(),
                document.version.into(),
                document.facets.state.as_str().into(),
                Value::Int(document.facets.sort_at),
                Value::Int(document.facets.public.into()),
                Value::Bytes(facets),
                Value::Bytes(&document.doc),
            ]
        });
        let into = "documents (category, id, version, state, sort_at, public, facets, doc)";
        let replace = " ON CONFLICT (category, id) DO UPDATE SET version = excluded.version, \
            state = excluded.state, sort_at = excluded.sort_at, public = excluded.public, \
            facets = excluded.facets, doc = excluded.doc";
        insert(into, values, replace).query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

async fn write_relations(connection: &mut AnyConnection, changes: &[Change]) -> Result<(), StoreError> {
    let none = BTreeSet::new();
    let mut added: Vec<(&Change, &(OrgId, Relation))> = Vec::new();
    for change in changes {
        let before = change.prior.as_ref().map_or(&none, |facets| &facets.relations);
        let after = &change.document.facets.relations;
        for (org, relation) in before.difference(after) {
            let mut statement = Statement::new("DELETE FROM relations WHERE category = ");
            statement.bind(change.category).push(" AND org = ").bind(Value::Owned(org.to_string()));
            statement.push(" AND relation = ").bind(relation.as_str());
            statement.push(" AND id = ").bind(change.document.id.as_str());
            statement.query().execute(&mut *connection).await.map_err(reading)?;
        }
        added.extend(after.difference(before).map(|relation| (change, relation)));
    }
    for piece in pieces(connection, &added, 4) {
        let rows = piece.iter().map(|(change, (org, relation))| {
            let org = Value::Owned(org.to_string());
            [change.category.into(), org, relation.as_str().into(), change.document.id.as_str().into()]
        });
        let statement = insert("relations (category, org, relation, id)", rows, "");
        statement.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

async fn delete_key(connection: &mut AnyConnection, change: &Change, key: &Key) -> Result<(), StoreError> {
    let mut statement = Statement::new("DELETE FROM keys WHERE category = ");
    statement.bind(change.category).push(" AND name = ").bind(key.name.as_str());
    statement.push(" AND value = ").bind(key.value.as_str());
    statement.push(" AND is_unique = ").bind(u64::from(key.unique));
    statement.push(" AND id = ").bind(change.document.id.as_str());
    statement.query().execute(connection).await.map_err(reading)?;
    Ok(())
}

/// Inserts unique keys, in order. A row the unique index turns away is a clash with the first holder found.
async fn take_unique(connection: &mut AnyConnection, wanted: &[Wanted<'_>]) -> Result<(), StoreError> {
    for piece in pieces(connection, wanted, 5) {
        let rows = piece.iter().map(|key| row(key.category, key.name, key.value, true, key.id));
        let done = insert(KEYS, rows, " ON CONFLICT DO NOTHING").query().execute(&mut *connection).await;
        if done.map_err(reading)?.rows_affected() < piece.len() as u64 {
            return Err(clash(connection, piece).await?);
        }
    }
    Ok(())
}

async fn clash(connection: &mut AnyConnection, wanted: &[Wanted<'_>]) -> Result<StoreError, StoreError> {
    for key in wanted {
        let mut statement = Statement::new("SELECT COUNT(*) FROM keys WHERE is_unique = 1 AND category = ");
        statement.bind(key.category).push(" AND name = ").bind(key.name);
        statement.push(" AND value = ").bind(key.value).push(" AND id <> ").bind(key.id);
        let row = statement.query().fetch_one(&mut *connection).await.map_err(reading)?;
        if number(&row, 0)? > 0 {
            return Ok(key.clash());
        }
    }
    Err(corrupt("keys", "a row holds a key its document does not have"))
}

async fn insert_shared(connection: &mut AnyConnection, changes: &[Change]) -> Result<(), StoreError> {
    let keys: Vec<(&Change, &Key)> = changes
        .iter()
        .flat_map(|change| change.taken().filter(|key| !key.unique).map(move |key| (change, key)))
        .collect();
    for piece in pieces(connection, &keys, 5) {
        let rows = piece
            .iter()
            .map(|(change, key)| row(change.category, &key.name, &key.value, false, &change.document.id));
        insert(KEYS, rows, "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

const KEYS: &str = "keys (category, name, value, is_unique, id)";

fn row<'a>(category: Category, name: &'a str, value: &'a str, unique: bool, id: &'a str) -> [Value<'a>; 5] {
    [category.into(), name.into(), value.into(), u64::from(unique).into(), id.into()]
}
