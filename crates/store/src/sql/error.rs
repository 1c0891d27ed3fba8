//! Driver errors as store errors. Their texts can quote rows and addresses, so only classes and codes are kept.

use sqlx::Error;

use crate::plan::corrupt;
use crate::types::{Clash, StoreError};

/// An error of a statement that is not a commit: nothing was written.
pub(super) fn reading(error: Error) -> StoreError {
    match error {
        Error::Database(error) => database(error.code().as_deref(), error.is_unique_violation()),
        Error::ColumnDecode { .. }
        | Error::Decode(_)
        | Error::ColumnNotFound(_)
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::RowNotFound => corrupt("row", "not of the expected shape"),
        Error::Io(error) => StoreError::Unavailable(format!("connection: {}", error.kind())),
        Error::Tls(_) => StoreError::Unavailable("connection: TLS failed".into()),
        Error::PoolTimedOut => StoreError::Unavailable("no connection became free in time".into()),
        Error::PoolClosed => StoreError::Unavailable("the store is closed".into()),
        Error::Configuration(_) => StoreError::Unavailable("the address of the database is not valid".into()),
        _ => StoreError::Unavailable("database driver".into()),
    }
}

fn database(code: Option<&str>, unique: bool) -> StoreError {
    match code {
        // Serialization failure and deadlock.
        Some("40001" | "40P01") => StoreError::Conflict(Clash::Concurrent),
        _ if unique => StoreError::Conflict(Clash::Concurrent),
        Some(code) => StoreError::Unavailable(format!("database error {code}")),
        None => StoreError::Unavailable("database error".into()),
    }
}

/// An error of a COMMIT: unless the database says that it did not commit, nobody knows.
pub(super) fn committing(error: Error) -> StoreError {
    match &error {
        // PostgreSQL: transaction rolled back, integrity violated. SQLite: busy, and still in the transaction.
        Error::Database(known)
            if known.code().is_some_and(|c| {
                c == "5" || (c.len() == 5 && (c.starts_with("40") || c.starts_with("23")))
            }) =>
        {
            reading(error)
        }
        _ => StoreError::Unknown,
    }
}
