//! Opening the instance's keys, or making them when nothing is sealed yet.

use std::sync::Mutex;

use forewarn_seal::{BlindIndex, DataKey, KekId, KeyLabel};
use sqlx::{AnyConnection, Executor};

use super::{INDEX, INSTANCE, INSTANCE_KEY, RowKey, Sealing, StoredKey, Vault, missing, trouble};
use crate::plan::corrupt;
use crate::sql::Shared;
use crate::sql::error::{committing, reading};
use crate::sql::statement::{Statement, Value, insert};
use crate::types::StoreError;

/// The name of the key that the instance's data key is wrapped under; `None` when nothing is sealed.
pub(in crate::sql) async fn sealed_under(shared: &Shared) -> Result<Option<KekId>, StoreError> {
    let mut connection = shared.pool.acquire().await.map_err(reading)?;
    let Some(stored) = stored(&mut connection, INSTANCE_KEY).await? else { return Ok(None) };
    stored.kek.parse().map(Some).map_err(|_| corrupt("data key", "no name of a key-encryption key"))
}

async fn stored(connection: &mut AnyConnection, number: u64) -> Result<Option<StoredKey>, StoreError> {
    let mut statement = Statement::new("SELECT ");
    statement.push(StoredKey::COLUMNS).push(" FROM data_keys s WHERE s.id = ").bind(number);
    let row = statement.query().fetch_optional(connection).await.map_err(reading)?;
    row.map(|row| StoredKey::read(&row, 0)).transpose()
}

/// Unwraps the instance's keys. Processes that start together on an empty store agree on one pair.
pub(in crate::sql) async fn unlock(shared: &Shared, mut sealing: Sealing) -> Result<Vault, StoreError> {
    let _turn = shared.turn().await;
    let mut transaction = shared.begin().await?;
    // Takes the lock every commit waits for.
    transaction.execute("UPDATE head SET seq = seq WHERE id = 1").await.map_err(reading)?;
    if stored(&mut transaction, INSTANCE_KEY).await?.is_none() {
        make(&mut transaction, &mut sealing).await?;
    }
    let instance = open(&mut transaction, &sealing, INSTANCE_KEY, INSTANCE).await?;
    let index = open(&mut transaction, &sealing, INDEX.0, INDEX.1).await?;
    transaction.commit().await.map_err(committing)?;
    Ok(Vault {
        ring: sealing.keys,
        random: Mutex::new(sealing.random),
        instance: RowKey::new(INSTANCE_KEY, INSTANCE, instance),
        index: BlindIndex::new(index),
    })
}

async fn make(connection: &mut AnyConnection, sealing: &mut Sealing) -> Result<(), StoreError> {
    let kek = sealing.keys.first();
    for (number, scope) in [(INSTANCE_KEY, INSTANCE), INDEX] {
        let key = DataKey::draw(&mut *sealing.random);
        let wrapped = kek.wrap(&KeyLabel { number, scope }, &key, &mut *sealing.random);
        let wrapped = wrapped.map_err(|failed| trouble(&failed))?;
        let row = [number.into(), scope.into(), kek.id().as_str().into(), Value::Bytes(&wrapped)];
        let into = "data_keys (id, scope, kek, wrapped)";
        insert(into, std::iter::once(row), "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

async fn open(
    connection: &mut AnyConnection,
    sealing: &Sealing,
    number: u64,
    scope: &str,
) -> Result<DataKey, StoreError> {
    let gone = || corrupt("data key", "that of the instance is missing");
    let stored = stored(connection, number).await?.ok_or_else(gone)?;
    let id = stored.kek.parse().map_err(|_| corrupt("data key", "no name of a key-encryption key"))?;
    let kek = sealing.keys.find(&id).ok_or_else(|| missing(&stored.kek))?;
    kek.unwrap(&KeyLabel { number, scope }, &stored.wrapped).map_err(|failed| trouble(&failed))
}
