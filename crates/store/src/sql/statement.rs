//! Building SQL text and binding its values.

use forewarn_core::aggregate::Category;
use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use crate::plan::corrupt;
use crate::types::StoreError;

use super::error::reading;

pub(super) type Bound<'a> = Query<'a, Any, AnyArguments>;

/// A value to bind.
pub(super) enum Value<'a> {
    Int(i64),
    Text(&'a str),
    Owned(String),
    Bytes(&'a [u8]),
}

impl From<u64> for Value<'_> {
    /// Numbers beyond the engines' range are beyond every stored one too.
    fn from(number: u64) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl From<Category> for Value<'_> {
    fn from(category: Category) -> Self {
        Value::Text(category.as_str())
    }
}

/// SQL text that grows together with its values.
#[derive(Default)]
pub(super) struct Statement<'a> {
    pub sql: String,
    pub values: Vec<Value<'a>>,
}

impl<'a> Statement<'a> {
    pub fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds text.
    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds the placeholder of a value.
    pub fn bind(&mut self, value: impl Into<Value<'a>>) -> &mut Self {
        self.values.push(value.into());
        self.sql.push('$');
        self.sql.push_str(&self.values.len().to_string());
        self
    }

    /// Adds `($1, $2, ...)` for a list.
    pub fn bind_list(&mut self, values: impl IntoIterator<Item = impl Into<Value<'a>>>) -> &mut Self {
        for (place, value) in values.into_iter().enumerate() {
            self.push(if place == 0 { "(" } else { ", " }).bind(value);
        }
        self.push(")")
    }

    pub fn query(self) -> Bound<'a> {
        self.values.into_iter().fold(sqlx::query(AssertSqlSafe(self.sql)), bind)
    }
}

fn bind<'a>(query: Bound<'a>, value: Value<'_>) -> Bound<'a> {
    match value {
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text.to_owned()),
        Value::Owned(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes.to_vec()),
    }
}

/// How many values one statement best carries. SQLite looks its parameters up by name, one after the other, so that
/// time grows with their square; to PostgreSQL every statement is a journey.
fn most_values(connection: &AnyConnection) -> usize {
    if connection.backend_name() == "SQLite" { 256 } else { 4096 }
}

/// Cuts rows of so many columns into the pieces one statement each takes. Their lengths are powers of two, so that a
/// few texts, which the driver keeps prepared, serve every number of rows.
pub(super) fn pieces<'a, T>(
    connection: &AnyConnection,
    mut rows: &'a [T],
    columns: usize,
) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
    let most = most_values(connection) / columns;
    std::iter::from_fn(move || {
        let length = 1 << rows.len().min(most).checked_ilog2()?;
        let (piece, rest) = rows.split_at(length);
        rows = rest;
        Some(piece)
    })
}

/// `INSERT INTO <into> VALUES ($1, ...), ... <then>` for one piece of rows.
pub(super) fn insert<'a, const N: usize>(
    into: &str,
    rows: impl Iterator<Item = [Value<'a>; N]>,
    then: &str,
) -> Statement<'a> {
    let mut statement = Statement::new("INSERT INTO ");
    statement.push(into).push(" VALUES ");
    for (place, row) in rows.enumerate() {
        statement.push(if place == 0 { "" } else { ", " }).bind_list(row);
    }
    statement.push(then);
    statement
}

pub(super) fn int(row: &AnyRow, column: usize) -> Result<i64, StoreError> {
    row.try_get(column).map_err(reading)
}

pub(super) fn number(row: &AnyRow, column: usize) -> Result<u64, StoreError> {
    u64::try_from(int(row, column)?).map_err(|_| corrupt("row", "a negative number"))
}

pub(super) fn text(row: &AnyRow, column: usize) -> Result<String, StoreError> {
    row.try_get(column).map_err(reading)
}

pub(super) fn bytes(row: &AnyRow, column: usize) -> Result<Vec<u8>, StoreError> {
    row.try_get(column).map_err(reading)
}

pub(super) fn hash(row: &AnyRow, column: usize) -> Result<[u8; 32], StoreError> {
    bytes(row, column)?.try_into().map_err(|_| corrupt("row", "not 32 bytes"))
}
