//! Putting every data key under another key-encryption key.

use forewarn_seal::KeyLabel;
use sqlx::Executor;

use super::{INSTANCE_KEY, StoredKey};
use crate::plan::corrupt;
use crate::sql::Shared;
use crate::sql::error::{committing, reading};
use crate::sql::statement::{Statement, Value};
use crate::types::StoreError;

/// Data keys in one transaction.
const BATCH: u64 = 500;

/// Wraps every data key under the first key of the ring and says how many were under another. The instance's own goes
/// first: from then on new data keys are wrapped under the new key, by whichever process. Each batch stands for itself,
/// so that it can be stopped and called again.
pub(in crate::sql) async fn rotate(shared: &Shared) -> Result<u64, StoreError> {
    let vault = shared.vault.as_ref().ok_or_else(|| corrupt("data keys", "nothing is sealed"))?;
    let target = vault.ring.first();
    let mut moved = 0;
    loop {
        let _turn = shared.turn().await;
        let mut transaction = shared.begin().await?;
        transaction.execute("UPDATE head SET seq = seq WHERE id = 1").await.map_err(reading)?;
        let mut statement = Statement::new("SELECT ");
        statement.push(StoredKey::COLUMNS).push(" FROM data_keys s WHERE s.id >= ").bind(INSTANCE_KEY);
        statement.push(" AND s.kek <> ").bind(target.id().as_str());
        statement.push(" ORDER BY s.id LIMIT ").bind(BATCH);
        let rows = statement.query().fetch_all(&mut *transaction).await.map_err(reading)?;
        for row in &rows {
            let stored = StoredKey::read(row, 0)?;
            let (number, scope) = (stored.number, stored.scope.clone());
            let label = KeyLabel { number, scope: &scope };
            // Not through the vault's own copy: it must be the wrapped one that is good.
            let key = vault.unwrap(&stored.kek, &label, &stored.wrapped)?;
            let wrapped = vault.wrap(target.id().as_str(), &label, &key)?;
            let mut update = Statement::new("UPDATE data_keys SET kek = ");
            update.bind(target.id().as_str()).push(", wrapped = ").bind(Value::Bytes(&wrapped));
            update.push(" WHERE id = ").bind(number);
            update.query().execute(&mut *transaction).await.map_err(reading)?;
        }
        transaction.commit().await.map_err(committing)?;
        moved += rows.len() as u64;
        if (rows.len() as u64) < BATCH {
            return Ok(moved);
        }
    }
}

/// How many data keys are under each key-encryption key.
pub(in crate::sql) async fn used(shared: &Shared) -> Result<Vec<(String, u64)>, StoreError> {
    let text = "SELECT kek, COUNT(*) FROM data_keys WHERE id > 0 GROUP BY kek ORDER BY kek";
    let rows = Statement::new(text).query().fetch_all(&shared.pool).await.map_err(reading)?;
    rows.iter()
        .map(|row| Ok((crate::sql::statement::text(row, 0)?, crate::sql::statement::number(row, 1)?)))
        .collect()
}
