//! Messages that leave the house. Each receiver has one message at a time, so that one that is slow, or many messages
//! for it, hold up nobody else.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::ids::OrgId;
use forewarn_store::Job;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{INTERVAL, LEASE, settle, unharmed};
use crate::app::{App, AppError, Letter, Next};

/// Jobs taken at once.
const AT_ONCE: u32 = 100;
/// Receivers served at the same time.
const RECEIVERS: usize = 64;
/// Messages for one receiver before the lease is asked for again. Each takes 30 seconds at most and a lease is as long
/// as a minute, so the last is begun before its lease ends.
const IN_A_ROW: usize = 2;
/// How long a message waits for another one to the same receiver, in milliseconds.
const BUSY: i64 = 1_000;

/// One receiver's jobs.
type Row = (OrgId, Vec<(Job, Letter)>);

/// Sends the messages of one topic until the future is dropped.
///
/// # Errors
/// When the store does not answer; what was leased comes back when its lease ends.
pub(super) async fn deliver(app: &App, topic: &str) -> Result<(), AppError> {
    let mut flying = FuturesUnordered::new();
    let mut busy: BTreeSet<OrgId> = BTreeSet::new();
    loop {
        if flying.len() < RECEIVERS {
            for (receiver, jobs) in rows(app, topic).await? {
                if busy.contains(&receiver) {
                    put_off(app, &jobs, BUSY).await;
                } else {
                    busy.insert(receiver);
                    flying.push(serve(app, (receiver, jobs)));
                }
            }
        }
        let pause = tokio::time::sleep(INTERVAL);
        tokio::pin!(pause);
        tokio::select! {
            Some(receiver) = flying.next(), if !flying.is_empty() => { busy.remove(&receiver); }
            () = &mut pause => {}
        }
    }
}

/// Sends what is due of one topic, receivers side by side, and says how many messages there were.
pub(super) async fn once(app: &App, topic: &str) -> Result<usize, AppError> {
    let rows = rows(app, topic).await?;
    let count = rows.iter().map(|(_, jobs)| jobs.len()).sum();
    let mut flying: FuturesUnordered<_> = rows.into_iter().map(|row| serve(app, row)).collect();
    while flying.next().await.is_some() {}
    Ok(count)
}

/// Leases what is due, sorted by receiver. What cannot be read is given up: it will not be readable later.
async fn rows(app: &App, topic: &str) -> Result<Vec<Row>, AppError> {
    let now = app.ambient().now().as_millisecond();
    let mut rows: BTreeMap<OrgId, Vec<(Job, Letter)>> = BTreeMap::new();
    for job in app.lease(topic, now, now + LEASE, AT_ONCE).await? {
        match serde_json::from_slice::<Letter>(&job.body) {
            Ok(message) => rows.entry(message.org()).or_default().push((job, message)),
            Err(_) => {
                tracing::error!(topic, "a message that cannot be read is given up");
                settle(app, &job, Ok(Next::Done)).await;
            }
        }
    }
    Ok(rows.into_iter().collect())
}

async fn serve(app: &App, (receiver, mut jobs): Row) -> OrgId {
    let rest = jobs.split_off(jobs.len().min(IN_A_ROW));
    for (job, message) in &jobs {
        let jitter = app.ambient().draw(None).bytes();
        let jitter = jitter.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        let result = unharmed(app.send_letter(message, jitter)).await;
        settle(app, job, result).await;
    }
    put_off(app, &rest, 0).await;
    receiver
}

async fn put_off(app: &App, jobs: &[(Job, Letter)], by: i64) {
    for (job, _) in jobs {
        let due = app.ambient().now().as_millisecond() + by;
        settle(app, job, Ok(Next::At(due))).await;
    }
}

/// A message may take so long; it must fit into a lease as often as messages are sent in a row.
const _: () = assert!(IN_A_ROW as i64 * 30_000 <= LEASE, "a lease must outlast the messages in a row");
