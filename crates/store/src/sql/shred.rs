//! Destroying streams for ever.

use std::collections::BTreeSet;

use forewarn_core::event::StreamId;
use sqlx::{AnyConnection, Executor};

use crate::types::StoreError;

use super::error::{committing, reading};
use super::sealing::{Opener, key_value};
use super::statement::{Statement, Value};
use super::{Engine, Shared, read};

/// In the place of a key's number: what it sealed is destroyed.
const DESTROYED: i64 = -1;
/// Keys up to this number are the instance's.
const OF_THE_INSTANCE: u64 = 16;

/// See [`crate::EventStore::shred`]. One transaction; afterwards the database's own files are cleared of what was there.
pub(super) async fn shred(
    shared: &Shared,
    streams: &[StreamId],
    blobs: &[(StreamId, [u8; 32])],
) -> Result<u64, StoreError> {
    let _turn = shared.turn().await;
    let mut transaction = shared.begin().await?;
    if shared.engine == Engine::Sqlite {
        // Freed pages are overwritten, in this transaction and in later ones of the connection.
        transaction.execute("PRAGMA secure_delete = ON").await.map_err(reading)?;
    }
    // Takes the lock every commit waits for.
    transaction.execute("UPDATE head SET seq = seq WHERE id = 1").await.map_err(reading)?;
    let (mut keys, mut count) = (BTreeSet::new(), 0);
    for stream in streams {
        if let Some(key) = shred_stream(shared, &mut transaction, stream).await? {
            keys.insert(key);
            count += 1;
        }
    }
    for (owner, digest) in blobs {
        let address =
            shared.vault().map_or_else(|| digest.to_vec(), |vault| vault.blob_address(owner, digest));
        let mut over = Statement::new("DELETE FROM blobs WHERE sha256 = ");
        over.bind(Value::Bytes(&address));
        over.query().execute(&mut *transaction).await.map_err(reading)?;
    }
    for key in keys.into_iter().filter(|key| *key > OF_THE_INSTANCE) {
        destroy(&mut transaction, key).await?;
    }
    transaction.commit().await.map_err(committing)?;
    clear(shared).await?;
    Ok(count)
}

/// Destroys one stream's rows and gives the number of its key; `None` when there is no such stream.
async fn shred_stream(
    shared: &Shared,
    connection: &mut AnyConnection,
    stream: &StreamId,
) -> Result<Option<u64>, StoreError> {
    let id = stream.id.as_str();
    let mut statement = Statement::new(read::DOCUMENT);
    statement.push(" AND d.category = ").bind(stream.category).push(" AND d.id = ").bind(id);
    let row = statement.query().fetch_optional(&mut *connection).await.map_err(reading)?;
    let Some(row) = row else { return Ok(None) };
    let (document, key) = read::keyed(&mut Opener::new(shared.vault()), &row)?;
    for one in &document.facets.keys {
        let value = key_value(shared.vault(), stream.category, &one.name, &one.value);
        let mut over = Statement::new("DELETE FROM keys WHERE category = ");
        over.bind(stream.category).push(" AND name = ").bind(one.name.as_str());
        over.push(" AND value = ").bind(value.as_ref()).push(" AND id = ").bind(id);
        over.query().execute(&mut *connection).await.map_err(reading)?;
    }
    for (org, relation) in &document.facets.relations {
        let mut over = Statement::new("DELETE FROM relations WHERE category = ");
        over.bind(stream.category).push(" AND org = ").bind(Value::Owned(org.to_string()));
        over.push(" AND relation = ").bind(relation.as_str()).push(" AND id = ").bind(id);
        over.query().execute(&mut *connection).await.map_err(reading)?;
    }
    let mut over = Statement::new("DELETE FROM documents WHERE category = ");
    over.bind(stream.category).push(" AND id = ").bind(id);
    over.query().execute(&mut *connection).await.map_err(reading)?;
    let mut over = Statement::new("UPDATE events SET kind = '', bytes = ");
    over.bind(Value::Bytes(&[])).push(", salt = ").bind(Value::Bytes(&[]));
    over.push(", key_id = ").bind(Value::Int(DESTROYED)).push(" WHERE category = ").bind(stream.category);
    over.push(" AND stream = ").bind(id);
    over.query().execute(&mut *connection).await.map_err(reading)?;
    Ok(Some(key.map_or(0, |key| key.number)))
}

/// Destroys a data key, and what else was sealed under it.
async fn destroy(connection: &mut AnyConnection, key: u64) -> Result<(), StoreError> {
    for table in ["DELETE FROM blobs WHERE key_id = ", "DELETE FROM data_keys WHERE id = "] {
        let mut over = Statement::new(table);
        over.bind(key);
        over.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

/// What a write-ahead log or dead rows still hold.
async fn clear(shared: &Shared) -> Result<(), StoreError> {
    let statements: &[&str] = match shared.engine {
        Engine::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)"],
        Engine::Postgres => &["VACUUM data_keys", "VACUUM events", "VACUUM documents", "VACUUM blobs"],
    };
    let mut connection = shared.pool.acquire().await.map_err(reading)?;
    for statement in statements {
        connection.execute(*statement).await.map_err(reading)?;
    }
    Ok(())
}
