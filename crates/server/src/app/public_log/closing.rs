//! Writing the entry of each interval that has ended.

use forewarn_core::public_log::{Closed, Due, Event, PublicLog, STREAM};
use forewarn_tlog::{Batch, log_commitment};

use super::acts::Acts;
use crate::app::{App, AppError, Call, Moment, Plan, UseCase};

/// Most entries of one transaction.
const AT_ONCE: usize = 500;

/// Writes the entries that are due. Whoever else did so meanwhile comes first, and this is decided anew: the stream's
/// version is the number of entries, so no interval gets two.
struct CloseEntries;

impl UseCase for CloseEntries {
    async fn plan<'a>(&'a self, app: &'a App, moment: &'a mut Moment<'_>) -> Result<Plan, AppError> {
        let log = &app.public_log;
        log.catch_up(app.store.as_ref()).await?;
        app.log.catch_up(app.store.as_ref()).await?;
        let state = log.with(|read| {
            let last = read.entries.last();
            PublicLog {
                entries: read.entries.len() as u64,
                seconds: last.map_or(0, |entry| entry.seconds),
                end: last.map_or(0, |entry| entry.end),
                through: read.through.last().copied().unwrap_or(0),
            }
        });
        let due = state.due(moment.now.as_second(), app.settings.log_seconds, AT_ONCE);
        let mut plan = Plan::answer(200, &due.len())?;
        let (mut acts, mut through) = (Acts::behind(app.store.as_ref(), state.through), state.through);
        let mut events = Vec::with_capacity(due.len());
        for due in due {
            let closed = app.closed(&mut acts, &mut through, due).await?;
            events.push(Event::EntryClosed(closed));
        }
        plan.append::<PublicLog>(moment, STREAM, state.entries, events)?;
        Ok(plan)
    }
}

impl App {
    async fn closed(&self, acts: &mut Acts<'_>, through: &mut u64, due: Due) -> Result<Closed, AppError> {
        let Due { number, seconds, end } = due;
        let taken = acts.before(end.saturating_mul(1000)).await?;
        *through = taken.last().map_or(*through, |act| act.seq);
        let root = self.log.root_at(*through).ok_or(AppError::Internal("the log is behind its acts"))?;
        let key = self.hiding_key();
        let commitments: Vec<_> = taken.iter().map(|act| act.commitment).collect();
        let batch = Batch::new(&key, number, &commitments);
        let log = log_commitment(&key.log_salt(number), *through, &root);
        Ok(Closed {
            number,
            seconds,
            end,
            through: *through,
            acts: hex::encode(batch.root()),
            log: hex::encode(log),
        })
    }

    /// Writes the entries of the intervals that have ended, those missed included, and says how many. Done again, or by
    /// another process at the same time, it writes none twice.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn close_entries(&self) -> Result<usize, AppError> {
        let mut all = 0;
        loop {
            let reply = self.execute(&Call::system(), &CloseEntries).await?;
            let count: usize =
                serde_json::from_slice(&reply.body).map_err(|_| AppError::Internal("count of entries"))?;
            all += count;
            if count < AT_ONCE {
                return Ok(all);
            }
        }
    }
}
