//! The one transaction of an append.

use std::collections::HashMap;

use forewarn_core::aggregate::Category;
use forewarn_core::event::{StreamId, commitment};
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use crate::plan::{Plan, PlannedEvent, corrupt};
use crate::types::{Blob, Clash, Commit, Committed, Document, Replay, StoreError};

use super::error::{committing, reading};
use super::sealing::{self, INSTANCE_KEY, Opener, StreamKeys, Vault, add_new, put_blob, seal_event};
use super::statement::{Statement, Value, insert, number, pieces};
use super::{Shared, count, read, rows};

/// Writes commits in one transaction: all of them or none.
pub(super) async fn attempt(shared: &Shared, commits: &[Commit]) -> Result<Vec<Committed>, StoreError> {
    let mut transaction = shared.begin().await?;
    let committed = write(&mut transaction, shared.vault(), commits).await?;
    transaction.commit().await.map_err(committing)?;
    Ok(committed)
}

async fn write(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    commits: &[Commit],
) -> Result<Vec<Committed>, StoreError> {
    let events = commits.iter().flat_map(|commit| &commit.appends).map(|append| append.events.len()).sum();
    let jobs = commits.iter().map(|commit| commit.jobs.len()).sum();
    let (seq, job) = advance(connection, events, jobs).await?;
    for replay in commits.iter().filter_map(|commit| commit.replay.as_ref()) {
        insert_replay(connection, vault, replay).await?;
    }
    for count in commits.iter().flat_map(|commit| &commit.counts) {
        count::add(connection, count).await?;
    }
    let (priors, mut keys) = priors(connection, vault, commits).await?;
    let plan = Plan::new(commits, priors)?;
    if commits.len() > 1 && plan.releases() {
        // Whether a key was free would depend on a commit that comes later.
        return Err(StoreError::Conflict(Clash::Concurrent));
    }
    if let Some(vault) = vault {
        add_new(connection, vault, &plan, seq, &mut keys).await?;
    }
    insert_events(connection, vault, &plan.events, seq, &keys).await?;
    rows::write(connection, vault, &plan, &keys).await?;
    insert_jobs(connection, vault, commits, job).await?;
    insert_blobs(connection, vault, commits, &keys).await?;
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
    vault: Option<&Vault>,
    commits: &[Commit],
) -> Result<(HashMap<StreamId, Document>, StreamKeys), StoreError> {
    let mut ids: HashMap<Category, Vec<&str>> = HashMap::new();
    for append in commits.iter().flat_map(|commit| &commit.appends) {
        // An id with a NUL has no document; the plan refuses it.
        if !append.stream.id.contains('\0') {
            ids.entry(append.stream.category).or_default().push(&append.stream.id);
        }
    }
    let (mut found, mut keys, mut opener) = (HashMap::new(), StreamKeys::new(), Opener::new(vault));
    for (category, ids) in ids {
        for piece in pieces(connection, &ids, 1) {
            let mut statement = Statement::new(read::DOCUMENT);
            statement.push(" AND d.category = ").bind(category);
            statement.push(" AND d.id IN ").bind_list(piece.iter().copied());
            for row in statement.query().fetch_all(&mut *connection).await.map_err(reading)? {
                let (document, key) = read::keyed(&mut opener, &row)?;
                let stream = StreamId::new(category, &document.id);
                keys.extend(key.map(|key| (stream.clone(), key)));
                found.insert(stream, document);
            }
        }
    }
    Ok((found, keys))
}

async fn insert_replay(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    replay: &Replay,
) -> Result<(), StoreError> {
    let Replay { principal, key, request, status, response, at } = replay;
    let sealed = vault.map(|vault| sealing::replay(vault, principal, key, request, response)).transpose()?;
    let (number, key, request, response) = match &sealed {
        None => (0, key, &request[..], response),
        Some((blinded, sealed)) => (INSTANCE_KEY, blinded, &[][..], sealed),
    };
    let row = [
        principal.as_str().into(),
        key.as_str().into(),
        Value::Bytes(request),
        u64::from(*status).into(),
        Value::Bytes(response),
        Value::Int(*at),
        number.into(),
    ];
    let into = "replays (principal, idempotency_key, request, status, response, at, key_id)";
    let statement = insert(into, std::iter::once(row), " ON CONFLICT DO NOTHING");
    let done = statement.query().execute(connection).await.map_err(reading)?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict(Clash::Idempotency)) }
}

/// An event in its row.
struct EventRow<'a> {
    planned: &'a PlannedEvent<'a>,
    seq: u64,
    commitment: [u8; 32],
    key: u64,
    /// The envelope in place of kind, bytes and salt; `None` where nothing is sealed.
    sealed: Option<Vec<u8>>,
}

impl<'a> EventRow<'a> {
    fn new(
        vault: Option<&Vault>,
        keys: &StreamKeys,
        planned: &'a PlannedEvent<'a>,
        seq: u64,
    ) -> Result<Self, StoreError> {
        let PlannedEvent { stream, version, event, .. } = planned;
        let commitment = commitment(&event.salt, &event.bytes);
        let Some(vault) = vault else { return Ok(Self { planned, seq, commitment, key: 0, sealed: None }) };
        let key = keys.get(stream).ok_or_else(|| corrupt("data key", "a stream has none"))?;
        let sealed = seal_event(vault, key, (stream.category, &stream.id, *version), event)?;
        Ok(Self { planned, seq, commitment, key: key.number, sealed: Some(sealed) })
    }
}

async fn insert_events(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    events: &[PlannedEvent<'_>],
    first: u64,
    keys: &StreamKeys,
) -> Result<(), StoreError> {
    let rows = events.iter().zip(first..).map(|(planned, seq)| EventRow::new(vault, keys, planned, seq));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    for piece in pieces(connection, &rows, 10) {
        let rows = piece.iter().map(|EventRow { planned, seq, commitment, key, sealed }| {
            let PlannedEvent { stream, version, event, at } = planned;
            let (kind, bytes, salt) = match sealed {
                None => (event.kind.as_str(), &event.bytes, &event.salt[..]),
                Some(sealed) => ("", sealed, &[][..]),
            };
            [
                (*seq).into(),
                stream.category.into(),
                stream.id.as_str().into(),
                (*version).into(),
                kind.into(),
                Value::Bytes(bytes),
                Value::Bytes(salt),
                Value::Bytes(commitment),
                Value::Int(*at),
                (*key).into(),
            ]
        });
        let into = "events (seq, category, stream, version, kind, bytes, salt, commitment, at, key_id)";
        insert(into, rows, "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

async fn insert_jobs(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    commits: &[Commit],
    first: u64,
) -> Result<(), StoreError> {
    let mut jobs = Vec::new();
    for (job, id) in commits.iter().flat_map(|commit| &commit.jobs).zip(first..) {
        let (key, body) = match vault {
            None => (0, job.body.clone()),
            Some(vault) => {
                let id = u64::to_be_bytes(id);
                (INSTANCE_KEY, vault.seal(vault.instance(), "jobs", &[&id], &job.body)?)
            }
        };
        jobs.push((job, id, key, body));
    }
    for piece in pieces(connection, &jobs, 7) {
        let rows = piece.iter().map(|(job, id, key, body)| {
            [
                (*id).into(),
                job.topic.as_str().into(),
                Value::Int(job.due_at),
                Value::Int(i64::MIN),
                Value::Int(0),
                Value::Bytes(body),
                (*key).into(),
            ]
        });
        let into = "jobs (id, topic, due_at, leased_until, attempts, body, key_id)";
        insert(into, rows, "").query().execute(&mut *connection).await.map_err(reading)?;
    }
    Ok(())
}

/// One statement for each: blobs are few and can be large.
async fn insert_blobs(
    connection: &mut AnyConnection,
    vault: Option<&Vault>,
    commits: &[Commit],
    keys: &StreamKeys,
) -> Result<(), StoreError> {
    for Blob { owner, bytes } in commits.iter().flat_map(|commit| &commit.blobs) {
        let digest = Sha256::digest(bytes);
        if let Some(vault) = vault {
            let key = keys.get(owner).ok_or_else(|| corrupt("blob", "its owner does not exist"))?;
            put_blob(connection, vault, key, (owner, &digest), bytes).await?;
            continue;
        }
        let row = [Value::Bytes(&digest), Value::Bytes(bytes)];
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
