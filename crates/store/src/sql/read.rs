//! Reading events, documents and blobs.

use std::collections::HashMap;

use forewarn_core::aggregate::Category;
use forewarn_core::event::{NewEvent, Recorded, StreamId};
use sqlx::any::AnyRow;

use crate::plan::{corrupt, has_nul};
use crate::types::{Document, Query, StoreError};

use super::error::reading;
use super::sealing::{Opener, RowKey, StoredKey, key_value, open_document, open_event};
use super::statement::{Statement, Value, bytes, hash, number, pieces, text};
use super::{Shared, filter};

/// What [`document`] reads, of rows that match what follows.
pub(super) const DOCUMENT: &str = "SELECT d.id, d.version, d.doc, d.facets, d.category, s.id, s.scope, s.kek, \
    s.wrapped FROM documents d CROSS JOIN data_keys s WHERE s.id = d.key_id";
/// What [`recorded`] reads, of rows that match what follows. Events whose key is destroyed have none there.
pub(super) const EVENT: &str = "SELECT e.seq, e.category, e.stream, e.version, e.kind, e.bytes, e.salt, \
    e.commitment, s.id, s.scope, s.kek, s.wrapped FROM events e CROSS JOIN data_keys s WHERE s.id = e.key_id";

/// A document as it was written before anything was sealed.
pub(super) fn plain_document(row: &AnyRow) -> Result<Document, StoreError> {
    let facets = serde_json::from_slice(&bytes(row, 3)?).map_err(|_| corrupt("facets", "no JSON of them"))?;
    Ok(Document { id: text(row, 0)?, version: number(row, 1)?, doc: bytes(row, 2)?, facets })
}

/// A document, and the key it is sealed under.
pub(super) fn keyed(opener: &mut Opener<'_>, row: &AnyRow) -> Result<(Document, Option<RowKey>), StoreError> {
    let Some(key) = opener.key(StoredKey::read(row, 5)?)? else { return Ok((plain_document(row)?, None)) };
    let (id, version) = (text(row, 0)?, number(row, 1)?);
    let (facets, doc) = open_document(&key, (&text(row, 4)?, &id, version), &bytes(row, 2)?)?;
    Ok((Document { id, version, doc, facets }, Some(key)))
}

pub(super) fn document(opener: &mut Opener<'_>, row: &AnyRow) -> Result<Document, StoreError> {
    keyed(opener, row).map(|(document, _)| document)
}

/// An event, and the key it is sealed under.
pub(super) fn recorded(
    opener: &mut Opener<'_>,
    row: &AnyRow,
) -> Result<(Recorded, Option<RowKey>), StoreError> {
    let stream = StreamId { category: text(row, 1)?.parse()?, id: text(row, 2)? };
    let (seq, version) = (number(row, 0)?, number(row, 3)?);
    let key = opener.key(StoredKey::read(row, 8)?)?;
    let event = match &key {
        None => NewEvent { kind: text(row, 4)?, bytes: bytes(row, 5)?, salt: hash(row, 6)? },
        Some(key) => open_event(key, (stream.category, &stream.id, version), &bytes(row, 5)?)?,
    };
    Ok((Recorded { seq, stream, version, event }, key))
}

fn documents(shared: &Shared, rows: &[AnyRow]) -> Result<Vec<Document>, StoreError> {
    let mut opener = shared.opener();
    rows.iter().map(|row| document(&mut opener, row)).collect()
}

fn events(shared: &Shared, rows: &[AnyRow]) -> Result<Vec<Recorded>, StoreError> {
    let mut opener = shared.opener();
    rows.iter().map(|row| recorded(&mut opener, row).map(|(event, _)| event)).collect()
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
    statement.push(" AND d.category = ").bind(category).push(" AND d.id = ").bind(id);
    Ok(documents(shared, &all(shared, statement).await?)?.pop())
}

pub(super) async fn list(shared: &Shared, query: &Query) -> Result<Vec<Document>, StoreError> {
    let mut statement = filter::documents(shared, DOCUMENT, query);
    if let Some(after) = &query.after {
        filter::behind(&mut statement, after, query.newest_first);
    }
    // A key leads to few rows. Left to itself SQLite would walk the whole category in its order and ask of each row
    // whether it has the key; the plus keeps it from using that order.
    let sort_at = if query.key.is_some() { "+d.sort_at" } else { "d.sort_at" };
    let order =
        if query.newest_first { format!("{sort_at} DESC, d.id DESC") } else { format!("{sort_at}, d.id") };
    statement.push(" ORDER BY ").push(&order).push(" LIMIT ").bind(u64::from(query.limit));
    documents(shared, &all(shared, statement).await?)
}

pub(super) async fn holders(
    shared: &Shared,
    category: Category,
    name: &str,
    values: &[String],
) -> Result<Vec<(String, Document)>, StoreError> {
    let stored = |value: &'_ String| key_value(shared.vault(), category, name, value).into_owned();
    let asked: HashMap<String, &String> =
        values.iter().filter(|value| !has_nul(value)).map(|value| (stored(value), value)).collect();
    let values: Vec<&str> = asked.keys().map(String::as_str).collect();
    if has_nul(name) || values.is_empty() {
        return Ok(Vec::new());
    }
    let mut connection = shared.pool.acquire().await.map_err(reading)?;
    let (mut found, mut opener) = (Vec::new(), shared.opener());
    for piece in pieces(&connection, &values, 1) {
        let mut statement = Statement::new(
            "SELECT d.id, d.version, d.doc, d.facets, d.category, s.id, s.scope, s.kek, s.wrapped, k.value \
             FROM keys k JOIN documents d ON d.category = k.category AND d.id = k.id \
             CROSS JOIN data_keys s WHERE s.id = d.key_id AND k.is_unique = 1 AND k.category = ",
        );
        statement.bind(category);
        statement.push(" AND k.name = ").bind(name).push(" AND k.value IN ").bind_list(piece.iter().copied());
        for row in statement.query().fetch_all(&mut *connection).await.map_err(reading)? {
            let value =
                asked.get(&text(&row, 9)?).ok_or_else(|| corrupt("keys", "one that was not asked for"))?;
            found.push(((*value).clone(), document(&mut opener, &row)?));
        }
    }
    Ok(found)
}

pub(super) async fn count(shared: &Shared, query: &Query) -> Result<u64, StoreError> {
    let rows =
        all(shared, filter::documents(shared, "SELECT COUNT(*) FROM documents d WHERE 1 = 1", query)).await?;
    rows.first().map_or(Ok(0), |row| number(row, 0))
}

pub(super) async fn stream(shared: &Shared, stream: &StreamId) -> Result<Vec<Recorded>, StoreError> {
    if has_nul(&stream.id) {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(EVENT);
    statement.push(" AND e.category = ").bind(stream.category);
    statement.push(" AND e.stream = ").bind(stream.id.as_str()).push(" ORDER BY e.version");
    events(shared, &all(shared, statement).await?)
}

pub(super) async fn events_after(
    shared: &Shared,
    seq: u64,
    limit: u32,
    category: Option<Category>,
) -> Result<Vec<Recorded>, StoreError> {
    let mut statement = Statement::new(EVENT);
    statement.push(" AND e.seq > ").bind(seq);
    if let Some(category) = category {
        statement.push(" AND e.category = ").bind(category);
    }
    statement.push(" ORDER BY e.seq LIMIT ").bind(u64::from(limit));
    events(shared, &all(shared, statement).await?)
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

pub(super) async fn blob(
    shared: &Shared,
    owner: &StreamId,
    sha256: &[u8; 32],
) -> Result<Option<Vec<u8>>, StoreError> {
    let address = shared.vault().map_or_else(|| sha256.to_vec(), |vault| vault.blob_address(owner, sha256));
    let mut statement = Statement::new(
        "SELECT b.bytes, s.id, s.scope, s.kek, s.wrapped FROM blobs b CROSS JOIN data_keys s \
         WHERE s.id = b.key_id AND b.sha256 = ",
    );
    statement.bind(Value::Bytes(&address));
    let rows = all(shared, statement).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let stored = bytes(row, 0)?;
    match shared.opener().key(StoredKey::read(row, 1)?)? {
        None => Ok(Some(stored)),
        Some(key) => key.open("blobs", &[&address], &stored).map(Some),
    }
}
