//! Writing read-model rows: documents, relations and keys.

use std::borrow::Cow;
use std::collections::BTreeSet;

use forewarn_core::access::Relation;
use forewarn_core::aggregate::{Category, Key};
use forewarn_core::event::StreamId;
use forewarn_core::ids::OrgId;
use sqlx::AnyConnection;

use crate::plan::{Change, Plan, Wanted, corrupt};
use crate::types::StoreError;

use super::error::reading;
use super::sealing::{StreamKeys, Vault, key_value, seal_document};
use super::statement::{Statement, Value, insert, number, pieces};

/// Writes what changes, and only that: most events leave relations and keys as they are.
pub(super) async fn write(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    plan: &Plan<'_>,
    keys: &StreamKeys,
) -> Result<(), StoreError> {
    write_documents(connection, vault, &plan.changes, keys).await?;
    write_relations(connection, &plan.changes).await?;
    for change in &plan.changes {
        for key in change.released() {
            delete_key(connection, vault, change, key).await?;
        }
    }
    take_unique(connection, vault, &plan.wanted()).await?;
    insert_shared(connection, vault, &plan.changes).await
}

/// A document's columns: the key's number, the facets and the state. Where it is sealed the facets are in one envelope
/// with the state.
fn columns(
    vault: Option<&Vault>,
    Change { category, document, .. }: &Change,
    keys: &StreamKeys,
) -> Result<(u64, Vec<u8>, Vec<u8>), StoreError> {
    let facets = serde_json::to_vec(&document.facets).map_err(|_| corrupt("facets", "no JSON"))?;
    let Some(vault) = vault else { return Ok((0, facets, document.doc.clone())) };
    let stream = StreamId::new(*category, &document.id);
    let key = keys.get(&stream).ok_or_else(|| corrupt("data key", "a stream has none"))?;
    let place = (*category, document.id.as_str(), document.version);
    Ok((key.number, Vec::new(), seal_document(vault, key, place, &facets, &document.doc)?))
}

async fn write_documents(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    changes: &[Change],
    keys: &StreamKeys,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(changes.len());
    for change in changes {
        rows.push((change, columns(vault, change, keys)?));
    }
    for piece in pieces(connection, &rows, 9) {
        let values = piece.iter().map(|(Change { category, document, .. }, (key, facets, doc))| {
            [
                (*category).into(),
                document.id.as_str().into(),
                document.version.into(),
                document.facets.state.as_str().into(),
                Value::Int(document.facets.sort_at),
                Value::Int(document.facets.public.into()),
                Value::Bytes(facets),
                Value::Bytes(doc),
                (*key).into(),
            ]
        });
        let into = "documents (category, id, version, state, sort_at, public, facets, doc, key_id)";
        let replace = " ON CONFLICT (category, id) DO UPDATE SET version = excluded.version, \
            state = excluded.state, sort_at = excluded.sort_at, public = excluded.public, \
            facets = excluded.facets, doc = excluded.doc, key_id = excluded.key_id";
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

async fn delete_key(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    change: &Change,
    key: &Key,
) -> Result<(), StoreError> {
    let value = key_value(vault, change.category, &key.name, &key.value);
    let mut statement = Statement::new("DELETE FROM keys WHERE category = ");
    statement.bind(change.category).push(" AND name = ").bind(key.name.as_str());
    statement.push(" AND value = ").bind(value.as_ref());
    statement.push(" AND is_unique = ").bind(u64::from(key.unique));
    statement.push(" AND id = ").bind(change.document.id.as_str());
    statement.query().execute(connection).await.map_err(reading)?;
    Ok(())
}

/// Inserts unique keys, in order. A row the unique index turns away is a clash with the first holder found.
async fn take_unique(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    wanted: &[Wanted<'_>],
) -> Result<(), StoreError> {
    for piece in pieces(connection, wanted, 5) {
        let rows = piece.iter().map(|key| row(vault, key.category, (key.name, key.value), true, key.id));
        let done = insert(KEYS, rows, " ON CONFLICT DO NOTHING").query().execute(&mut *connection).await;
        if done.map_err(reading)?.rows_affected() < piece.len() as u64 {
            return Err(clash(connection, vault, piece).await?);
        }
    }
    Ok(())
}

async fn clash(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    wanted: &[Wanted<'_>],
) -> Result<StoreError, StoreError> {
    for key in wanted {
        let value = key_value(vault, key.category, key.name, key.value);
        let mut statement = Statement::new("SELECT COUNT(*) FROM keys WHERE is_unique = 1 AND category = ");
        statement.bind(key.category).push(" AND name = ").bind(key.name);
        statement.push(" AND value = ").bind(value.as_ref()).push(" AND id <> ").bind(key.id);
        let row = statement.query().fetch_one(&mut *connection).await.map_err(reading)?;
        if number(&row, 0)? > 0 {
            return Ok(key.clash());
        }
    }
    Err(corrupt("keys", "a row holds a key its document does not have"))
}

async fn insert_shared(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    changes: &[Change],
) -> Result<(), StoreError> {
    let keys: Vec<(&Change, &Key)> = changes
        .iter()
        .flat_map(|change| change.taken().filter(|key| !key.unique).map(move |key| (change, key)))
        .collect();
    for piece in pieces(connection, &keys, 5) {
        let rows = piece.iter().map(|(change, key)| {
            row(vault, change.category, (&key.name, &key.value), false, &change.document.id)
        });
        insert(KEYS, rows, "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

const KEYS: &str = "keys (category, name, value, is_unique, id)";

fn row<'a>(
    vault: Option<&Vault>,
    category: Category,
    (name, value): (&'a str, &'a str),
    unique: bool,
    id: &'a str,
) -> [Value<'a>; 5] {
    let value = match key_value(vault, category, name, value) {
        Cow::Borrowed(value) => Value::Text(value),
        Cow::Owned(value) => Value::Owned(value),
    };
    [category.into(), name.into(), value, u64::from(unique).into(), id.into()]
}
