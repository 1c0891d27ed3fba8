//! Reading events, documents and blobs.

use forewarn_core::aggregate::Category;
use forewarn_core::event::{NewEvent, Recorded, StreamId};
use sqlx::any::AnyRow;

use crate::plan::{corrupt, has_nul};
use crate::types::{Document, Query, StoreError};

use super::error::reading;
use super::statement::{Statement, Value, bytes, hash, number, pieces, text};
use super::{Shared, filter};

/// What [`document`] reads.
pub(super) const DOCUMENT: &str = "SELECT d.id, d.version, d.doc, d.facets";
/// What [`recorded`] reads.
pub(super) const EVENT: &str =
    "SELECT e.seq, e.category, e.stream, e.version, e.kind, e.bytes, e.salt, e.commitment FROM events e";

pub(super) fn document(row: &AnyRow) -> Result<Document, StoreError> {
    let facets = serde_json::from_slice(&bytes(row, 3)?).map_err(|_| corrupt("facets", "no JSON of them"))?;
    Ok(Document { id: text(row, 0)?, version: number(row, 1)?, doc: bytes(row, 2)?, facets })
}

pub(super) fn recorded(row: &AnyRow) -> Result<Recorded, StoreError> {
    let stream = StreamId { category: text(row, 1)?.parse()?, id: text(row, 2)? };
    let event = NewEvent { kind: text(row, 4)?, bytes: bytes(row, 5)?, salt: hash(row, 6)? };
    Ok(Recorded { seq: number(row, 0)?, stream, version: number(row, 3)?, event })
}

async fn all(shared: &Shared, statement: Statement<'_>) -> Result<Vec<AnyRow>, StoreError> {
    statement.query().fetch_all(&shared.pool).await.map_err(reading)
}

pub(super) async fn get(
    shared: &Shared,
    category: Category,
    id: &str,
) -> Result<Option<Document>, StoreError> {
    if has_nul(id) {
        return Ok(None);
    }
    let mut statement = Statement::new(DOCUMENT);
    statement.push(" FROM documents d WHERE d.category = ").bind(category).push(" AND d.id = ").bind(id);
    all(shared, statement).await?.first().map(document).transpose()
}

pub(super) async fn list(shared: &Shared, query: &Query) -> Result<Vec<Document>, StoreError> {
    let mut statement = filter::documents(DOCUMENT, query);
    if let Some(after) = &query.after {
        filter::behind(&mut statement, after, query.newest_first);
    }
    // A key leads to few rows. Left to itself SQLite would walk the whole category in its order and ask of each row
    // whether it has the key; the plus keeps it from using that order.
    let sort_at = if query.key.is_some() { "+d.sort_at" } else { "d.sort_at" };
    let order =
        if query.newest_first { format!("{sort_at} DESC, d.id DESC") } else { format!("{sort_at}, d.id") };
    statement.push(" ORDER BY ").push(&order).push(" LIMIT ").bind(u64::from(query.limit));
    all(shared, statement).await?.iter().map(document).collect()
}

pub(super) async fn holders(
    shared: &Shared,
    category: Category,
    name: &str,
    values: &[String],
) -> Result<Vec<(String, Document)>, StoreError> {
    let values: Vec<&str> = values.iter().map(String::as_str).filter(|value| !has_nul(value)).collect();
    if has_nul(name) || values.is_empty() {
        return Ok(Vec::new());
    }
    let mut connection = shared.pool.acquire().await.map_err(reading)?;
    let mut found = Vec::new();
    for piece in pieces(&connection, &values, 1) {
        let mut statement = Statement::new(DOCUMENT);
        statement.push(", k.value FROM keys k JOIN documents d ON d.category = k.category AND d.id = k.id");
        statement.push(" WHERE k.is_unique = 1 AND k.category = ").bind(category);
        statement.push(" AND k.name = ").bind(name).push(" AND k.value IN ").bind_list(piece.iter().copied());
        for row in statement.query().fetch_all(&mut *connection).await.map_err(reading)? {
            found.push((text(&row, 4)?, document(&row)?));
        }
    }
    Ok(found)
}

pub(super) async fn count(shared: &Shared, query: &Query) -> Result<u64, StoreError> {
    let rows = all(shared, filter::documents("SELECT COUNT(*)", query)).await?;
    rows.first().map_or(Ok(0), |row| number(row, 0))
}

pub(super) async fn stream(shared: &Shared, stream: &StreamId) -> Result<Vec<Recorded>, StoreError> {
    if has_nul(&stream.id) {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(EVENT);
    statement.push(" WHERE e.category = ").bind(stream.category);
    statement.push(" AND e.stream = ").bind(stream.id.as_str()).push(" ORDER BY e.version");
    all(shared, statement).await?.iter().map(recorded).collect()
}

pub(super) async fn events_after(
    shared: &Shared,
    seq: u64,
    limit: u32,
    category: Option<Category>,
) -> Result<Vec<Recorded>, StoreError> {
    let mut statement = Statement::new(EVENT);
    statement.push(" WHERE e.seq > ").bind(seq);
    if let Some(category) = category {
        statement.push(" AND e.category = ").bind(category);
    }
    statement.push(" ORDER BY e.seq LIMIT ").bind(u64::from(limit));
    all(shared, statement).await?.iter().map(recorded).collect()
}

pub(super) async fn commitments(
    shared: &Shared,
    from_seq: u64,
    limit: u32,
) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut statement = Statement::new("SELECT commitment FROM events WHERE seq >= ");
    statement.bind(from_seq).push(" ORDER BY seq LIMIT ").bind(u64::from(limit));
    all(shared, statement).await?.iter().map(|row| hash(row, 0)).collect()
}

pub(super) async fn head(shared: &Shared) -> Result<u64, StoreError> {
    let rows = all(shared, Statement::new("SELECT seq FROM head WHERE id = 1")).await?;
    rows.first().map_or_else(|| Err(corrupt("head", "missing")), |row| number(row, 0))
}

pub(super) async fn blob(shared: &Shared, sha256: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = Statement::new("SELECT bytes FROM blobs WHERE sha256 = ");
    statement.bind(Value::Bytes(sha256));
    all(shared, statement).await?.first().map(|row| bytes(row, 0)).transpose()
}
