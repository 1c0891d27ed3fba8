//! Counting in stretches of time.

use sqlx::AnyConnection;

use crate::plan::has_nul;
use crate::types::{Clash, Count, StoreError};

use super::Shared;
use super::error::reading;
use super::statement::{Statement, Value, number};

/// Adds a count, or finds that it does not fit.
pub(super) async fn add(connection: &mut AnyConnection, count: &Count) -> Result<(), StoreError> {
    let name = count.name.as_str();
    let mut over = Statement::new("DELETE FROM counts WHERE name = ");
    over.bind(name).push(" AND start < ").bind(Value::Int(count.start));
    over.query().execute(&mut *connection).await.map_err(reading)?;
    let mut statement = Statement::new("INSERT INTO counts (name, start, used) VALUES (");
    statement.bind(name).push(", ").bind(Value::Int(count.start)).push(", ").bind(count.add);
    statement
        .push(") ON CONFLICT (name, start) DO UPDATE SET used = counts.used + excluded.used RETURNING used");
    let row = statement.query().fetch_one(connection).await.map_err(reading)?;
    if number(&row, 0)? <= count.most { Ok(()) } else { Err(StoreError::Conflict(Clash::Count)) }
}

pub(super) async fn counted(shared: &Shared, name: &str, start: i64) -> Result<u64, StoreError> {
    if has_nul(name) {
        return Ok(0);
    }
    let mut statement = Statement::new("SELECT used FROM counts WHERE name = ");
    statement.bind(name).push(" AND start = ").bind(Value::Int(start));
    let row = statement.query().fetch_optional(&shared.pool).await.map_err(reading)?;
    row.map_or(Ok(0), |row| number(&row, 0))
}
