//! The one transaction of an append.

use std::collections::HashMap;

use forewarn_core::aggregate::Category;
use forewarn_core::event::{StreamId, commitment};
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use crate::plan::{Plan, PlannedEvent};
use crate::types::{Clash, Commit, Committed, Document, Replay, StoreError};

use super::error::{committing, reading};
use super::statement::{Statement, Value, insert, number, pieces};
use super::{Shared, count, read, rows};

/// Writes commits in one transaction: all of them or none.
pub(super) async fn attempt(shared: &Shared, commits: &[Commit]) -> Result<Vec<Committed>, StoreError> {
    let mut transaction = shared.begin().await?;
    let committed = write(&mut transaction, commits).await?;
    transaction.commit().await.map_err(committing)?;
    Ok(committed)
}

async fn write(connection: &mut AnyConnection, commits: &[Commit]) -> Result<Vec<Committed>, StoreError> {
    let events = commits.iter().flat_map(|commit| &commit.appends).map(|append| append.events.len()).sum();
    let jobs = commits.iter().map(|commit| commit.jobs.len()).sum();
    let (seq, job) = advance(connection, events, jobs).await?;
    for replay in commits.iter().filter_map(|commit| commit.replay.as_ref()) {
        insert_replay(connection, replay).await?;
    }
    for count in commits.iter().flat_map(|commit| &commit.counts) {
        count::add(connection, count).await?;
    }
    let plan = Plan::new(commits, priors(connection, commits).await?)?;
    if commits.len() > 1 && plan.releases() {
        // Whether a key was free would depend on a commit that comes later.
        return Err(StoreError::Conflict(Clash::Concurrent));
    }
    insert_events(connection, &plan.events, seq).await?;
    rows::write(connection, &plan).await?;
    insert_jobs(connection, commits, job).await?;
    insert_blobs(connection, commits).await?;
    Ok(places(commits, seq))
}

/// Takes sequence numbers and job numbers and returns the first of each. Every writer waits here for the one before,
/// which is what makes the order of numbers that of commits and lets everything after this read without a race.
async fn advance(
    connection: &mut AnyConnection,
    events: usize,
    jobs: usize,
) -> Result<(u64, u64), StoreError> {
    let mut statement = Statement::new("UPDATE head SET seq = seq + ");
    statement.bind(events as u64).push(", job = job + ").bind(jobs as u64);
    statement.push(" WHERE id = 1 RETURNING seq, job");
    let row = statement.query().fetch_one(connection).await.map_err(reading)?;
    Ok((number(&row, 0)? - events as u64 + 1, number(&row, 1)? - jobs as u64 + 1))
}

async fn priors(
    connection: &mut AnyConnection,
    commits: &[Commit],
) -> Result<HashMap<StreamId, Document>, StoreError> {
    let mut ids: HashMap<Category, Vec<&str>> = HashMap::new();
    for append in commits.iter().flat_map(|commit| &commit.appends) {
        // An id with a NUL has no document; the plan refuses it.
        if !append.stream.id.contains('\0') {
            ids.entry(append.stream.category).or_default().push(&append.stream.id);
        }
    }
    let mut found = HashMap::new();
    for (category, ids) in ids {
        for piece in pieces(connection, &ids, 1) {
            let mut statement = Statement::new(read::DOCUMENT);
            statement.push(" FROM documents d WHERE d.category = ").bind(category);
            statement.push(" AND d.id IN ").bind_list(piece.iter().copied());
            for row in statement.query().fetch_all(&mut *connection).await.map_err(reading)? {
                let document = read::document(&row)?;
                found.insert(StreamId::new(category, &document.id), document);
            }
        }
    }
    Ok(found)
}

async fn insert_replay(connection: &mut AnyConnection, replay: &Replay) -> Result<(), StoreError> {
    let row = [
        replay.principal.as_str().into(),
        replay.key.as_str().into(),
        Value::Bytes(&replay.request),
        u64::from(replay.status).into(),
        Value::Bytes(&replay.response),
        Value::Int(replay.at),
    ];
    let into = "replays (principal, idempotency_key, request, status, response, at)";
    let statement = insert(into, std::iter::once(row), " ON CONFLICT DO NOTHING");
    let done = statement.query().execute(connection).await.map_err(reading)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict(Clash::Idempotency)) }
}

async fn insert_events(
    connection: &mut AnyConnection,
    events: &[PlannedEvent<'_>],
    first: u64,
) -> Result<(), StoreError> {
    let hashed: Vec<_> = events
        .iter()
        .zip(first..)
        .map(|(planned, seq)| (planned, seq, commitment(&planned.event.salt, &planned.event.bytes)))
        .collect();
    for piece in pieces(connection, &hashed, 9) {
        let rows = piece.iter().map(|(PlannedEvent { stream, version, event, at }, seq, commitment)| {
            [
                (*seq).into(),
                stream.category.into(),
                stream.id.as_str().into(),
                (*version).into(),
                event.kind.as_str().into(),
                Value::Bytes(&event.bytes),
                Value::Bytes(&event.salt),
                Value::Bytes(commitment),
                Value::Int(*at),
            ]
        });
        let into = "events (seq, category, stream, version, kind, bytes, salt, commitment, at)";
        insert(into, rows, "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

async fn insert_jobs(
    connection: &mut AnyConnection,
    commits: &[Commit],
    first: u64,
) -> Result<(), StoreError> {
    let jobs: Vec<_> = commits.iter().flat_map(|commit| &commit.jobs).zip(first..).collect();
    for piece in pieces(connection, &jobs, 6) {
        let rows = piece.iter().map(|(job, id)| {
            [
                (*id).into(),
                job.topic.as_str().into(),
                Value::Int(job.due_at),
                Value::Int(i64::MIN),
                Value::Int(0),
                Value::Bytes(&job.body),
            ]
        });
        let into = "jobs (id, topic, due_at, leased_until, attempts, body)";
        insert(into, rows, "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

/// One statement for each: blobs are few and can be large.
async fn insert_blobs(connection: &mut AnyConnection, commits: &[Commit]) -> Result<(), StoreError> {
    for blob in commits.iter().flat_map(|commit| &commit.blobs) {
        let digest = Sha256::digest(blob);
        let row = [Value::Bytes(&digest), Value::Bytes(blob)];
        let statement = insert("blobs (sha256, bytes)", std::iter::once(row), " ON CONFLICT DO NOTHING");
        statement.query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

fn places(commits: &[Commit], mut next: u64) -> Vec<Committed> {
    let place = |commit: &Commit| {
        let first_seq = next;
        next += commit.appends.iter().map(|append| append.events.len() as u64).sum::<u64>();
        Committed { first_seq, last_seq: next - 1 }
    };
    commits.iter().map(place).collect()
}
