//! Bringing the tables up to date when the store is opened.

use sqlx::{Any, Executor, Row, Transaction};

use crate::plan::corrupt;
use crate::types::StoreError;

use super::error::{committing, reading};
use super::{Engine, Shared};

const SQLITE: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_log.sql"),
    include_str!("../../migrations/sqlite/0002_counts.sql"),
    include_str!("../../migrations/sqlite/0003_seal.sql"),
];
const POSTGRES: &[&str] = &[
    include_str!("../../migrations/postgres/0001_log.sql"),
    include_str!("../../migrations/postgres/0002_counts.sql"),
    include_str!("../../migrations/postgres/0003_seal.sql"),
];

/// Runs the migrations that have not been run. Processes that start together wait for each other.
pub(super) async fn run(shared: &Shared) -> Result<(), StoreError> {
    let migrations = match shared.engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    let mut transaction = shared.begin().await?;
    if shared.engine == Engine::Postgres {
        // The number only has to be the same in every process.
        let lock = "SELECT pg_advisory_xact_lock(7165064747)";
        transaction.execute(lock).await.map_err(reading)?;
    }
    let done = applied(&mut transaction).await?;
    let missing = migrations.get(done..).ok_or_else(|| corrupt("schema", "written by a newer program"))?;
    for (migration, version) in missing.iter().zip(done as i64 + 1..) {
        transaction.execute(sqlx::raw_sql(*migration)).await.map_err(reading)?;
        let record = sqlx::query("INSERT INTO schema_version (version) VALUES ($1)").bind(version);
        record.execute(&mut *transaction).await.map_err(reading)?;
    }
    transaction.commit().await.map_err(committing)
}

async fn applied(transaction: &mut Transaction<'static, Any>) -> Result<usize, StoreError> {
    let table = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)";
    transaction.execute(table).await.map_err(reading)?;
    let count = transaction.fetch_one("SELECT COUNT(*) FROM schema_version").await.map_err(reading)?;
    let count: i64 = count.try_get(0).map_err(reading)?;
    usize::try_from(count).map_err(|_| corrupt("schema", "no version"))
}
