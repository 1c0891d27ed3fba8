//! Jobs, idempotency records and settings.

use sqlx::any::AnyRow;

use crate::plan::{NAME_LIMIT, check_text, corrupt, has_nul};
use crate::types::{Job, Replay, StoreError};

use super::Shared;
use super::error::reading;
use super::sealing::{INSTANCE_KEY, replay_key};
use super::statement::{Statement, Value, bytes, hash, int, number, text};

async fn change(shared: &Shared, statement: Statement<'_>) -> Result<u64, StoreError> {
    let _turn = shared.turn().await;
    let done = statement.query().execute(&shared.pool).await.map_err(reading)?;
    Ok(done.rows_affected())
}

pub(super) async fn lease(
    shared: &Shared,
    topic: &str,
    now: i64,
    until: i64,
    limit: u32,
) -> Result<Vec<Job>, StoreError> {
    if has_nul(topic) {
        return Ok(Vec::new());
    }
    // The outer condition is not idle: PostgreSQL checks it again when a concurrent lease has changed the row.
    let mut statement = Statement::new("UPDATE jobs SET attempts = attempts + 1, leased_until = ");
    statement.bind(Value::Int(until));
    statement
        .push(" WHERE leased_until <= ")
        .bind(Value::Int(now))
        .push(" AND due_at <= ")
        .bind(Value::Int(now));
    statement.push(" AND id IN (SELECT id FROM jobs WHERE topic = ").bind(topic);
    statement.push(" AND due_at <= ").bind(Value::Int(now));
    statement.push(" AND leased_until <= ").bind(Value::Int(now));
    statement.push(" ORDER BY due_at, id LIMIT ").bind(u64::from(limit));
    statement.push(") RETURNING id, topic, body, attempts, due_at, key_id");
    let _turn = shared.turn().await;
    let rows = statement.query().fetch_all(&shared.pool).await.map_err(reading)?;
    let mut jobs = rows
        .iter()
        .map(|row| Ok((int(row, 4)?, job(shared, row)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    jobs.sort_by_key(|(due_at, job)| (*due_at, job.id));
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

fn job(shared: &Shared, row: &AnyRow) -> Result<Job, StoreError> {
    let id = number(row, 0)?;
    let body = shared.opened(int(row, 5)?, "jobs", &[&id.to_be_bytes()], bytes(row, 2)?)?;
    let attempts = number(row, 3)?.try_into().map_err(|_| corrupt("job", "too many attempts"))?;
    Ok(Job { id, topic: text(row, 1)?, body, attempts })
}

pub(super) async fn finish(shared: &Shared, job: &Job) -> Result<(), StoreError> {
    let mut statement = Statement::new("DELETE FROM jobs WHERE id = ");
    statement.bind(job.id);
    change(shared, statement).await.map(|_| ())
}

pub(super) async fn retry(shared: &Shared, job: &Job, due_at: i64) -> Result<(), StoreError> {
    let mut statement = Statement::new("UPDATE jobs SET due_at = ");
    statement.bind(Value::Int(due_at)).push(", leased_until = ").bind(Value::Int(i64::MIN));
    statement.push(" WHERE id = ").bind(job.id).push(" AND attempts = ").bind(u64::from(job.attempts));
    change(shared, statement).await.map(|_| ())
}

pub(super) async fn replay(
    shared: &Shared,
    principal: &str,
    key: &str,
) -> Result<Option<Replay>, StoreError> {
    if has_nul(principal) || has_nul(key) {
        return Ok(None);
    }
    let stored = replay_key(shared.vault(), principal, key);
    let mut statement =
        Statement::new("SELECT request, status, response, at, key_id FROM replays WHERE principal = ");
    statement.bind(principal).push(" AND idempotency_key = ").bind(stored.as_ref());
    let Some(row) = statement.query().fetch_optional(&shared.pool).await.map_err(reading)? else {
        return Ok(None);
    };
    let (request, response) = match int(&row, 4)? {
        0 => (hash(&row, 0)?, bytes(&row, 2)?),
        number => {
            let place = [principal.as_bytes(), stored.as_bytes()];
            let plain = shared.opened(number, "replays", &place, bytes(&row, 2)?)?;
            let (request, response) =
                plain.split_first_chunk::<32>().ok_or_else(|| corrupt("idempotency record", "too short"))?;
            (*request, response.to_vec())
        }
    };
    Ok(Some(Replay {
        principal: principal.to_owned(),
        key: key.to_owned(),
        request,
        status: number(&row, 1)?.try_into().map_err(|_| corrupt("idempotency record", "no status"))?,
        response,
        at: int(&row, 3)?,
    }))
}

pub(super) async fn forget_replays(shared: &Shared, before: i64) -> Result<u64, StoreError> {
    let mut statement = Statement::new("DELETE FROM replays WHERE at < ");
    statement.bind(Value::Int(before));
    change(shared, statement).await
}

pub(super) async fn setting(shared: &Shared, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    if has_nul(name) {
        return Ok(None);
    }
    let mut statement = Statement::new("SELECT value, key_id FROM settings WHERE name = ");
    statement.bind(name);
    let row = statement.query().fetch_optional(&shared.pool).await.map_err(reading)?;
    let value = |row: AnyRow| shared.opened(int(&row, 1)?, "settings", &[name.as_bytes()], bytes(&row, 0)?);
    row.map(value).transpose()
}

async fn write_setting(shared: &Shared, name: &str, value: &[u8], clash: &str) -> Result<(), StoreError> {
    check_text("setting name", name, NAME_LIMIT)?;
    let (key, value) = match shared.vault() {
        None => (0, value.to_vec()),
        Some(vault) => (INSTANCE_KEY, vault.seal(vault.instance(), "settings", &[name.as_bytes()], value)?),
    };
    let mut statement = Statement::new("INSERT INTO settings (name, value, key_id) VALUES (");
    statement.bind(name).push(", ").bind(Value::Bytes(&value)).push(", ").bind(key);
    statement.push(") ON CONFLICT (name) DO ").push(clash);
    change(shared, statement).await.map(|_| ())
}

pub(super) async fn setting_or(shared: &Shared, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
    if let Some(value) = setting(shared, name).await? {
        return Ok(value);
    }
    write_setting(shared, name, value, "NOTHING").await?;
    setting(shared, name).await?.ok_or_else(|| corrupt("setting", "gone"))
}

pub(super) async fn put_setting(shared: &Shared, name: &str, value: &[u8]) -> Result<(), StoreError> {
    write_setting(shared, name, value, "UPDATE SET value = excluded.value, key_id = excluded.key_id").await
}
