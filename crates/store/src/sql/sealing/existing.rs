//! Sealing what was written before the store sealed.

use std::collections::{BTreeMap, HashSet};

use forewarn_core::aggregate::Category;
use forewarn_core::event::StreamId;
use sqlx::{AnyConnection, Executor};

use super::scope::{of, of_scopes};
use super::{INSTANCE_KEY, RESERVED, RowKey, Vault, rows};
use crate::plan::corrupt;
use crate::sql::error::{committing, reading};
use crate::sql::statement::{Statement, Value, bytes, hash, insert, number, text};
use crate::sql::{Engine, Shared, read};
use crate::types::{Document, StoreError};

/// Documents, with all their events, in one transaction; rows of other tables.
const BATCH: u64 = 200;
/// In the place of a key's number: a blob that has been sealed for all who name it.
const MOVED: i64 = -2;
/// The setting that is there as long as pages may keep plain bytes.
const WIPE_DUE: &str = "wipe-due";

/// Seals what is not sealed, batch by batch, and says how many rows of read models, jobs, kept answers, blobs and settings
/// there were. Each batch stands for itself, so that it goes on where it was stopped. The plain bytes are then wiped from
/// the database's own files.
pub(in crate::sql) async fn seal_existing(shared: &Shared) -> Result<u64, StoreError> {
    let vault = shared.vault.as_ref().ok_or_else(|| corrupt("data keys", "nothing is sealed"))?;
    let mut sealed = 0;
    loop {
        let _turn = shared.turn().await;
        let mut transaction = shared.begin().await?;
        transaction.execute("UPDATE head SET seq = seq WHERE id = 1").await.map_err(reading)?;
        let mut rows = documents(&mut transaction, vault).await?;
        if rows == 0 {
            rows = blobs(&mut transaction, vault).await?
                + jobs(&mut transaction, vault).await?
                + replays(&mut transaction, vault).await?
                + settings(&mut transaction, vault).await?;
        }
        if rows > 0 {
            let due = format!(
                "INSERT INTO settings (name, value, key_id) VALUES ('{WIPE_DUE}', '', 1) ON CONFLICT DO NOTHING"
            );
            transaction.execute(sqlx::AssertSqlSafe(due)).await.map_err(reading)?;
        }
        transaction.commit().await.map_err(committing)?;
        if rows == 0 {
            break;
        }
        sealed += rows;
        tracing::info!(rows = sealed, "rows sealed that were written before");
    }
    wipe(shared).await?;
    Ok(sealed)
}

/// Rewrites the tables, so that no page keeps what was there before; also when that was cut short at an earlier start.
async fn wipe(shared: &Shared) -> Result<(), StoreError> {
    let mut due = Statement::new("SELECT COUNT(*) FROM settings WHERE name = ");
    due.bind(WIPE_DUE);
    if number(&due.query().fetch_one(&shared.pool).await.map_err(reading)?, 0)? == 0 {
        return Ok(());
    }
    let statements: &[&str] = match shared.engine {
        Engine::Sqlite => &["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"],
        Engine::Postgres => &[
            "VACUUM FULL events",
            "VACUUM FULL documents",
            "VACUUM FULL keys",
            "VACUUM FULL blobs",
            "VACUUM FULL jobs",
            "VACUUM FULL replays",
            "VACUUM FULL settings",
        ],
    };
    let _turn = shared.turn().await;
    let mut connection = shared.pool.acquire().await.map_err(reading)?;
    for statement in statements {
        connection.execute(*statement).await.map_err(reading)?;
    }
    let mut done = Statement::new("DELETE FROM settings WHERE name = ");
    done.bind(WIPE_DUE);
    done.query().execute(&mut *connection).await.map_err(reading)?;
    Ok(())
}

async fn documents(connection: &mut AnyConnection, vault: &Vault) -> Result<u64, StoreError> {
    let mut statement =
        Statement::new("SELECT d.id, d.version, d.doc, d.facets, d.category FROM documents d");
    statement.push(" WHERE d.key_id = 0 ORDER BY d.category, d.id LIMIT ").bind(BATCH);
    let mut found: Vec<(StreamId, Document)> = Vec::new();
    for row in statement.query().fetch_all(&mut *connection).await.map_err(reading)? {
        let document = read::plain_document(&row)?;
        found.push((StreamId { category: text(&row, 4)?.parse()?, id: document.id.clone() }, document));
    }
    for (stream, document) in &found {
        let events = events(connection, stream).await?;
        let first = events.first().ok_or_else(|| corrupt("stream", "a document without events"))?.seq;
        let scope = of(stream, &document.facets);
        let key = of_scopes(connection, vault, &BTreeMap::from([(scope.as_str(), first + RESERVED)])).await?;
        let key = key.get(&scope).ok_or_else(|| corrupt("data key", "a scope has none"))?;
        for recorded in &events {
            let place = (stream.category, stream.id.as_str(), recorded.version);
            let sealed = rows::seal_event(vault, key, place, &recorded.event)?;
            let mut update = Statement::new("UPDATE events SET kind = '', bytes = ");
            update.bind(Value::Bytes(&sealed)).push(", salt = ").bind(Value::Bytes(&[]));
            update.push(", key_id = ").bind(key.number).push(" WHERE seq = ").bind(recorded.seq);
            update.query().execute(&mut *connection).await.map_err(reading)?;
        }
        own_blobs(connection, vault, key, stream, &document.doc).await?;
        one_document(connection, vault, key, stream.category, document).await?;
    }
    Ok(found.len() as u64)
}

async fn events(
    connection: &mut AnyConnection,
    stream: &StreamId,
) -> Result<Vec<forewarn_core::event::Recorded>, StoreError> {
    let mut statement = Statement::new("SELECT e.seq, e.version, e.kind, e.bytes, e.salt FROM events e");
    statement.push(" WHERE e.category = ").bind(stream.category);
    statement.push(" AND e.stream = ").bind(stream.id.as_str()).push(" ORDER BY e.version");
    let rows = statement.query().fetch_all(connection).await.map_err(reading)?;
    let event = |row| {
        let event = forewarn_core::event::NewEvent {
            kind: text(row, 2)?,
            bytes: bytes(row, 3)?,
            salt: hash(row, 4)?,
        };
        Ok(forewarn_core::event::Recorded {
            seq: number(row, 0)?,
            stream: stream.clone(),
            version: number(row, 1)?,
            event,
        })
    };
    rows.iter().map(event).collect()
}

async fn one_document(
    connection: &mut AnyConnection,
    vault: &Vault,
    key: &RowKey,
    category: Category,
    document: &Document,
) -> Result<(), StoreError> {
    let id = document.id.as_str();
    let facets = serde_json::to_vec(&document.facets).map_err(|_| corrupt("facets", "no JSON"))?;
    let sealed = rows::seal_document(vault, key, (category, id, document.version), &facets, &document.doc)?;
    let mut update = Statement::new("UPDATE documents SET facets = ");
    update.bind(Value::Bytes(&[])).push(", doc = ").bind(Value::Bytes(&sealed));
    update.push(", key_id = ").bind(key.number).push(" WHERE category = ").bind(category);
    update.push(" AND id = ").bind(id);
    update.query().execute(&mut *connection).await.map_err(reading)?;
    for one in &document.facets.keys {
        let blinded = super::key_value(Some(vault), category, &one.name, &one.value);
        let mut update = Statement::new("UPDATE keys SET value = ");
        update.bind(blinded.as_ref()).push(" WHERE category = ").bind(category);
        update.push(" AND name = ").bind(one.name.as_str()).push(" AND value = ").bind(one.value.as_str());
        update.push(" AND is_unique = ").bind(u64::from(one.unique)).push(" AND id = ").bind(id);
        update.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

/// Seals the blobs that a document names by their digest (64 hex digits between quotes), for its stream. The plain row
/// stays until all documents have been looked at, since another may name it too.
async fn own_blobs(
    connection: &mut AnyConnection,
    vault: &Vault,
    key: &RowKey,
    stream: &StreamId,
    doc: &[u8],
) -> Result<(), StoreError> {
    let quoted = doc.split(|byte| *byte == b'"').filter(|text| text.len() == 64);
    let digests: HashSet<Vec<u8>> = quoted.filter_map(|text| hex::decode(text).ok()).collect();
    for digest in &digests {
        let mut statement = Statement::new("SELECT bytes FROM blobs WHERE key_id IN (0, ");
        statement.bind(Value::Int(MOVED)).push(") AND sha256 = ").bind(Value::Bytes(digest));
        let row = statement.query().fetch_optional(&mut *connection).await.map_err(reading)?;
        let Some(row) = row else { continue };
        put_blob(connection, vault, key, (stream, digest), &bytes(&row, 0)?).await?;
        let mut moved = Statement::new("UPDATE blobs SET key_id = ");
        moved.bind(Value::Int(MOVED)).push(" WHERE sha256 = ").bind(Value::Bytes(digest));
        moved.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

/// Writes a blob under its address, unless it is there.
pub(in crate::sql) async fn put_blob(
    connection: &mut AnyConnection,
    vault: &Vault,
    key: &RowKey,
    (owner, digest): (&StreamId, &[u8]),
    plain: &[u8],
) -> Result<(), StoreError> {
    let address = vault.blob_address(owner, digest);
    let sealed = vault.seal(key, "blobs", &[&address], plain)?;
    let row = [Value::Bytes(&address), Value::Bytes(&sealed), key.number.into()];
    let statement = insert("blobs (sha256, bytes, key_id)", std::iter::once(row), " ON CONFLICT DO NOTHING");
    statement.query().execute(connection).await.map_err(reading)?;
    Ok(())
}

/// What no document names is kept under the instance's key; what was moved goes.
async fn blobs(connection: &mut AnyConnection, vault: &Vault) -> Result<u64, StoreError> {
    let mut over = Statement::new("DELETE FROM blobs WHERE key_id = ");
    over.bind(Value::Int(MOVED));
    let moved = over.query().execute(&mut *connection).await.map_err(reading)?.rows_affected();
    // Blobs can be large: a few at a time.
    let text = "SELECT sha256, bytes FROM blobs WHERE key_id = 0 ORDER BY sha256 LIMIT 8";
    let rows = Statement::new(text).query().fetch_all(&mut *connection).await.map_err(reading)?;
    for row in &rows {
        let digest = bytes(row, 0)?;
        let nobody = StreamId { category: Category::Catalogue, id: String::new() };
        put_blob(connection, vault, vault.instance(), (&nobody, &digest), &bytes(row, 1)?).await?;
        let mut over = Statement::new("DELETE FROM blobs WHERE key_id = 0 AND sha256 = ");
        over.bind(Value::Bytes(&digest));
        over.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(moved + rows.len() as u64)
}

async fn jobs(connection: &mut AnyConnection, vault: &Vault) -> Result<u64, StoreError> {
    let mut statement = Statement::new("SELECT id, body FROM jobs WHERE key_id = 0 ORDER BY id LIMIT ");
    statement.bind(BATCH);
    let rows = statement.query().fetch_all(&mut *connection).await.map_err(reading)?;
    for row in &rows {
        let id = number(row, 0)?;
        let sealed = vault.seal(vault.instance(), "jobs", &[&id.to_be_bytes()], &bytes(row, 1)?)?;
        let mut update = Statement::new("UPDATE jobs SET body = ");
        update.bind(Value::Bytes(&sealed)).push(", key_id = ").bind(INSTANCE_KEY);
        update.push(" WHERE id = ").bind(id);
        update.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(rows.len() as u64)
}

async fn replays(connection: &mut AnyConnection, vault: &Vault) -> Result<u64, StoreError> {
    let mut statement = Statement::new("SELECT principal, idempotency_key, request, response FROM replays");
    statement.push(" WHERE key_id = 0 ORDER BY principal, idempotency_key LIMIT ").bind(BATCH);
    let rows = statement.query().fetch_all(&mut *connection).await.map_err(reading)?;
    for row in &rows {
        let (principal, key) = (text(row, 0)?, text(row, 1)?);
        let (blinded, sealed) = super::replay(vault, &principal, &key, &hash(row, 2)?, &bytes(row, 3)?)?;
        let mut update = Statement::new("UPDATE replays SET idempotency_key = ");
        update.bind(blinded.as_str()).push(", request = ").bind(Value::Bytes(&[]));
        update.push(", response = ").bind(Value::Bytes(&sealed)).push(", key_id = ").bind(INSTANCE_KEY);
        update.push(" WHERE principal = ").bind(principal.as_str());
        update.push(" AND idempotency_key = ").bind(key.as_str()).push(" AND key_id = 0");
        update.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(rows.len() as u64)
}

async fn settings(connection: &mut AnyConnection, vault: &Vault) -> Result<u64, StoreError> {
    let rows = Statement::new("SELECT name, value FROM settings WHERE key_id = 0 ORDER BY name")
        .query()
        .fetch_all(&mut *connection)
        .await
        .map_err(reading)?;
    for row in &rows {
        let name = text(row, 0)?;
        let sealed = vault.seal(vault.instance(), "settings", &[name.as_bytes()], &bytes(row, 1)?)?;
        let mut update = Statement::new("UPDATE settings SET value = ");
        update.bind(Value::Bytes(&sealed)).push(", key_id = ").bind(INSTANCE_KEY);
        update.push(" WHERE name = ").bind(name.as_str());
        update.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(rows.len() as u64)
}
