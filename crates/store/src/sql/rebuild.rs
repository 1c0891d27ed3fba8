//! Rebuilding the read models from the log, and showing them.

use forewarn_core::aggregate::Category;
use forewarn_core::event::{Recorded, StreamId};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Transaction};

use crate::plan::{Change, Plan, corrupt, next};
use crate::types::{Document, StoreError, document_line};

use super::error::{committing, reading};
use super::sealing::{Opener, StreamKeys};
use super::statement::{Statement, hash, int, text};
use super::{Shared, read, rows};

/// Events read at a time.
const PAGE: u64 = 2000;

/// Reads stream after stream, so that memory holds one page and not every document.
pub(super) async fn rebuild(shared: &Shared) -> Result<u64, StoreError> {
    let _turn = shared.turn().await;
    let mut transaction = shared.begin().await?;
    // Takes the lock every commit waits for.
    for statement in [
        "UPDATE head SET seq = seq WHERE id = 1",
        "DELETE FROM documents",
        "DELETE FROM relations",
        "DELETE FROM keys",
    ] {
        transaction.execute(statement).await.map_err(reading)?;
    }
    let (mut count, mut keys) = (0, StreamKeys::new());
    let mut open: Option<Change> = None;
    loop {
        let page = page(shared, &mut transaction, open.as_ref(), &mut keys).await?;
        count += page.len() as u64;
        let last = (page.len() as u64) < PAGE;
        let mut whole = Vec::new();
        for recorded in page {
            fold(&mut open, &mut whole, recorded)?;
        }
        if last {
            whole.extend(open.take());
        }
        write(shared, &mut transaction, whole, &keys).await?;
        keys.retain(|stream, _| open.as_ref().is_some_and(|change| is_of(change, stream)));
        if last {
            break;
        }
    }
    transaction.commit().await.map_err(committing)?;
    Ok(count)
}

/// The next events in the order of streams and versions; the open stream's come first.
async fn page(
    shared: &Shared,
    transaction: &mut Transaction<'static, Any>,
    open: Option<&Change>,
    keys: &mut StreamKeys,
) -> Result<Vec<Recorded>, StoreError> {
    let mut statement = Statement::new(read::EVENT);
    if let Some(Change { category, document, .. }) = open {
        statement.push(" AND (e.category, e.stream, e.version) > (").bind(*category);
        statement.push(", ").bind(document.id.as_str()).push(", ").bind(document.version).push(")");
    }
    statement.push(" ORDER BY e.category, e.stream, e.version LIMIT ").bind(PAGE);
    let rows = statement.query().fetch_all(&mut **transaction).await.map_err(reading)?;
    let mut opener = shared.opener();
    rows.iter().map(|row| checked(&mut opener, row, keys)).collect()
}

fn checked(opener: &mut Opener<'_>, row: &AnyRow, keys: &mut StreamKeys) -> Result<Recorded, StoreError> {
    let (recorded, key) = read::recorded(opener, row)?;
    keys.extend(key.map(|key| (recorded.stream.clone(), key)));
    let same = hash(row, 7)? == recorded.commitment();
    if same { Ok(recorded) } else { Err(corrupt("event", "not the bytes that were committed to")) }
}

fn is_of(change: &Change, stream: &StreamId) -> bool {
    change.category == stream.category && change.document.id == stream.id
}

fn fold(open: &mut Option<Change>, whole: &mut Vec<Change>, recorded: Recorded) -> Result<(), StoreError> {
    let Recorded { stream: StreamId { category, id }, version, event, .. } = recorded;
    let stream = StreamId { category, id };
    if !open.as_ref().is_some_and(|change| is_of(change, &stream)) {
        whole.extend(open.take());
    }
    let current = open.as_ref().map(|change| &change.document);
    let before = current.map_or(0, |document| document.version);
    if version != before + 1 {
        return Err(corrupt("stream", "an event is missing"));
    }
    let document = next(&stream, current, before, &[event])?;
    *open = Some(Change { category, document, prior: None });
    Ok(())
}

async fn write(
    shared: &Shared,
    transaction: &mut Transaction<'static, Any>,
    changes: Vec<Change>,
    keys: &StreamKeys,
) -> Result<(), StoreError> {
    let plan = Plan { events: Vec::new(), changes };
    rows::write(transaction, shared.vault(), &plan, keys).await.map_err(|error| match error {
        StoreError::Conflict(_) => corrupt("keys", "two things hold one unique key"),
        other => other,
    })
}

/// Read from every table of its own, so that a row missing in one of them shows.
pub(super) async fn read_models(shared: &Shared) -> Result<Vec<String>, StoreError> {
    let mut snapshot = shared.begin().await?;
    let (mut lines, mut opener) = (Vec::new(), shared.opener());
    let documents = "SELECT d.id, d.version, d.doc, d.facets, d.category, s.id, s.scope, s.kek, s.wrapped, \
        d.state, d.sort_at, d.public FROM documents d CROSS JOIN data_keys s WHERE s.id = d.key_id";
    for row in snapshot.fetch_all(documents).await.map_err(reading)? {
        let mut document: Document = read::document(&mut opener, &row)?;
        let category: Category = text(&row, 4)?.parse()?;
        // The columns, not the facets beside them, are what lists go by.
        document.facets.state = text(&row, 9)?;
        document.facets.sort_at = int(&row, 10)?;
        document.facets.public = int(&row, 11)? != 0;
        lines.push(document_line(category, &document));
    }
    let relations = "SELECT category, org, relation, id FROM relations";
    for row in snapshot.fetch_all(relations).await.map_err(reading)? {
        let (category, org, relation) = (text(&row, 0)?, text(&row, 1)?, text(&row, 2)?);
        lines.push(format!("relation {category} {org} {relation} {}", text(&row, 3)?));
    }
    let keys = "SELECT category, name, value, is_unique, id FROM keys";
    for row in snapshot.fetch_all(keys).await.map_err(reading)? {
        let (category, name, value) = (text(&row, 0)?, text(&row, 1)?, text(&row, 2)?);
        lines.push(format!("key {category} {name:?} {value:?} {} {}", int(&row, 3)?, text(&row, 4)?));
    }
    lines.sort();
    Ok(lines)
}
