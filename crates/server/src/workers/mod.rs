//! What happens without a request: deliveries, messages, the ladder, exposure that appears under a standing wave,
//! embargoes that end. Time passing is a command sent from here with the time, never a condition in a query: what is to
//! happen later is a job with its moment, which the store finds by an index.
//!
//! Each kind of work has its own worker, so that a flood or a fault in one holds up no other. A worker that stops is
//! started again. A job whose end could not be written down comes back when its lease ends.

mod post;
mod supervise;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use forewarn_core::Refusal;
use forewarn_core::case::State;
use forewarn_store::Job;
use futures_util::FutureExt;
use jiff::Timestamp;

use crate::app::{
    AdmitWaiting, App, AppError, CLOCK, Changed, DELIVERY, DeliverNotice, EXPOSURE, Follow, FollowExposure,
    INVITING, Inviting, JOINING, LADDER, MAIL, Next, PACE, PRIORITY, TimePassed, WEBHOOK,
};

/// How long a job is leased, in milliseconds.
const LEASE: i64 = 60_000;
/// Jobs taken at once.
const AT_ONCE: u32 = 100;
/// Most jobs done before [`drain`] returns.
const AT_A_TIME: usize = 10_000;
/// How often workers look, when nothing woke them.
const INTERVAL: Duration = Duration::from_millis(250);
/// How often what is not a job is looked after.
const ROUND: Duration = Duration::from_secs(10);

/// Runs the workers until the future is dropped.
pub async fn run(app: Arc<App>) {
    let jobs = |topic: &'static str| {
        let app = Arc::clone(&app);
        supervise::forever(topic, move || work(Arc::clone(&app), topic))
    };
    let messages = |topic: &'static str| {
        let app = Arc::clone(&app);
        supervise::forever(topic, move || send(Arc::clone(&app), topic))
    };
    let rounds = supervise::forever("rounds", || tick(Arc::clone(&app)));
    tokio::join!(
        jobs(DELIVERY),
        jobs(EXPOSURE),
        jobs(CLOCK),
        jobs(LADDER),
        jobs(PRIORITY),
        jobs(PACE),
        jobs(INVITING),
        jobs(JOINING),
        messages(MAIL),
        messages(WEBHOOK),
        rounds
    );
}

async fn work(app: Arc<App>, topic: &'static str) -> Result<(), AppError> {
    loop {
        if turn(&app, topic).await? == 0 {
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

async fn send(app: Arc<App>, topic: &'static str) -> Result<(), AppError> {
    post::deliver(&app, topic).await
}

async fn tick(app: Arc<App>) -> Result<(), AppError> {
    let mut ticks: u64 = 0;
    // Once, for what an earlier version or a crash has left undone.
    if let Err(error) = follow_all(&app).await {
        tracing::warn!(%error, "standing waves could not be followed at the start");
    }
    if let Err(error) = begin_ladders(&app).await {
        tracing::warn!(%error, "not every notice has its ladder; it will be tried again at the next start");
    }
    loop {
        if let Err(error) = round(&app, ticks).await {
            tracing::warn!(%error, "what is not a job could not be looked after; it will be tried again");
        }
        ticks += 1;
        tokio::time::sleep(ROUND).await;
    }
}

/// Each thing is looked after whatever becomes of the others.
async fn round(app: &App, ticks: u64) -> Result<(), AppError> {
    let mut done = count_tasks(app).await.and(keep_index(app).await);
    let closed = app.close_entries().await;
    // When there is something new to cosign; and once a minute, for a witness that did not answer.
    if ticks.is_multiple_of(6) || matches!(closed, Ok(1..)) {
        done = done.and(ask_witnesses(app).await);
    }
    done = done.and(closed.map(|_| ()));
    // Each case has a job for its next moment. Once an hour all are looked at, also those from before there were
    // such jobs and those whose policy profile has changed; and what nobody will repeat is forgotten.
    if ticks.is_multiple_of(360) {
        done = done.and(expire(app).await);
        done = done.and(forget(app, app.ambient().now()).await.map(|_| ()));
    }
    done
}

async fn count_tasks(app: &App) -> Result<(), AppError> {
    let waiting = u32::try_from(app.waiting_tasks().await?).unwrap_or(u32::MAX);
    metrics::gauge!("forewarn_coordinator_tasks").set(waiting);
    Ok(())
}

/// Does the jobs that are due, at most [`AT_A_TIME`] or a little more, and says how many there were.
///
/// # Errors
/// When the store does not answer; jobs not done stay queued.
pub async fn drain(app: &App) -> Result<usize, AppError> {
    let mut done = 0;
    loop {
        // A turn for each topic, so that a flood in one does not keep the other waiting.
        let mut in_turn = 0;
        for topic in [DELIVERY, EXPOSURE, CLOCK, LADDER, PRIORITY, PACE, INVITING, JOINING] {
            in_turn += turn(app, topic).await?;
        }
        for topic in [MAIL, WEBHOOK] {
            in_turn += post::once(app, topic).await?;
        }
        done += in_turn;
        if in_turn == 0 || done >= AT_A_TIME {
            return Ok(done);
        }
    }
}

/// Jobs of the same words are one: a burst of changes to one case puts it in order once.
async fn once_each(app: &App, jobs: Vec<Job>) -> Vec<Job> {
    let mut seen = std::collections::HashSet::new();
    let mut kept = Vec::with_capacity(jobs.len());
    for job in jobs {
        // The first of them is done after the later ones were queued, so it sees what they are about.
        if seen.insert(job.body.clone()) {
            kept.push(job);
        } else {
            settle(app, &job, Ok(Next::Done)).await;
        }
    }
    kept
}

/// Leases what is due of one topic, does it, and says how many jobs there were. One that fails holds up no other.
async fn turn(app: &App, topic: &str) -> Result<usize, AppError> {
    let now = app.ambient().now().as_millisecond();
    let jobs = app.lease(topic, now, now + LEASE, AT_ONCE).await?;
    let number = jobs.len();
    for job in &once_each(app, jobs).await {
        let result = unharmed(perform(app, job)).await;
        settle(app, job, result).await;
    }
    Ok(number)
}

async fn perform(app: &App, job: &Job) -> Result<Next, AppError> {
    match job.topic.as_str() {
        DELIVERY => {
            let id = String::from_utf8_lossy(&job.body).into_owned();
            app.run_own(&DeliverNotice { id }).await.map(|()| Next::Done)
        }
        CLOCK => app.look_at(&String::from_utf8_lossy(&job.body)).await,
        INVITING => app.look_for_a_way(Inviting::read(&job.body)?).await.map(|()| Next::Done),
        LADDER => app.climb(&String::from_utf8_lossy(&job.body)).await,
        PRIORITY => put_in_order(app, job).await.map(|()| Next::Done),
        PACE => admit(app, job).await.map(|()| Next::Done),
        JOINING => app.join_by_rule(&job.body).await.map(|()| Next::Done),
        _ => follow(app, Follow::from_body(&job.body)).await.map(|()| Next::Done),
    }
}

/// A job that panics is a job that failed.
async fn unharmed(job: impl Future<Output = Result<Next, AppError>>) -> Result<Next, AppError> {
    AssertUnwindSafe(job).catch_unwind().await.unwrap_or(Err(AppError::Internal("a job panicked")))
}

/// Writes down how a job ended. Where that fails, the job comes back when its lease ends, and is done again; what it
/// does is done once, whatever the number of times.
async fn settle(app: &App, job: &Job, result: Result<Next, AppError>) {
    let written = match result {
        Ok(Next::Done) => app.finish(job).await,
        Ok(Next::At(due)) => app.retry(job, due).await,
        // The service sees everything, so what it is about has been destroyed since.
        Err(AppError::Refused(Refusal::NotFound)) => {
            tracing::info!(topic = job.topic, "what a job is about is not there any more");
            app.finish(job).await
        }
        Err(error) => {
            tracing::warn!(topic = job.topic, attempts = job.attempts, %error, "a job failed; it will be tried again");
            metrics::counter!("forewarn_job_failures_total", "topic" => job.topic.clone()).increment(1);
            let wait = 1_000_i64.saturating_mul(1_i64 << job.attempts.min(9));
            app.retry(job, app.ambient().now().as_millisecond() + wait).await
        }
    };
    if let Err(error) = written {
        tracing::warn!(topic = job.topic, %error, "the end of a job could not be written down; it will be done again");
    }
}

/// Follows a change to the cases it concerns.
async fn put_in_order(app: &App, job: &Job) -> Result<(), AppError> {
    app.follow_change(&Changed::read(&job.body)?).await
}

/// Looks whether a case that waits for a vendor's pace may come.
async fn admit(app: &App, job: &Job) -> Result<(), AppError> {
    let vendor = String::from_utf8_lossy(&job.body).parse().map_err(|_| AppError::Internal("job shape"))?;
    app.run_own(&AdmitWaiting { vendor }).await
}

/// Looks whether somebody came to fall under standing waves. One case that cannot be followed holds up no other.
async fn follow(app: &App, what: Follow) -> Result<(), AppError> {
    let (cases, org) = match what {
        Follow::All => return follow_all(app).await,
        Follow::Case(case, org) => (vec![case], org),
        Follow::Asset(asset) => match app.touched_by(&asset).await? {
            Some((org, cases)) => (cases, Some(org)),
            None => return Ok(()),
        },
    };
    let mut done = Ok(());
    for case in cases {
        done = done.and(app.run_own(&FollowExposure { case, org }).await);
    }
    done
}

/// Looks at every case with standing waves, for every operator.
///
/// # Errors
/// When the store does not answer, or a case cannot be followed; the others are followed.
pub async fn follow_all(app: &App) -> Result<(), AppError> {
    let mut done = Ok(());
    for case in app.cases_in(&[State::Sharing]).await? {
        done = done.and(app.run_own(&FollowExposure { case, org: None }).await);
    }
    done
}

/// Gives every notice from before there were ladders its ladder; done again, it does nothing.
///
/// # Errors
/// When the store does not answer.
pub async fn begin_ladders(app: &App) -> Result<(), AppError> {
    app.begin_ladders().await
}

/// Keeps the exposure index near the log, so that a question need not wait, and its file near the index.
///
/// # Errors
/// When the store does not answer or the file cannot be written.
pub async fn keep_index(app: &App) -> Result<(), AppError> {
    app.save_index(false).await
}

/// Asks the witnesses to cosign the public log as it is.
///
/// # Errors
/// When the store does not answer; a witness that does not is passed over.
pub async fn ask_witnesses(app: &App) -> Result<(), AppError> {
    app.ask_witnesses().await
}

/// Looks at every case that is not over, as the jobs of [`CLOCK`] do. One that cannot be looked at holds up no other.
///
/// # Errors
/// When the store does not answer.
pub async fn expire(app: &App) -> Result<(), AppError> {
    let running = [
        State::Open,
        State::Validated,
        State::Disputed,
        State::VendorNotified,
        State::FixReady,
        State::Sharing,
        State::Public,
    ];
    let mut done = app.keep_paces().await;
    for case in app.cases_in(&running).await? {
        done = done.and(app.run_own(&TimePassed { case }).await);
    }
    done
}

/// How long idempotency records are kept.
const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);

/// Forgets idempotency records that nobody will repeat.
///
/// # Errors
/// When the store does not answer.
pub async fn forget(app: &App, now: Timestamp) -> Result<u64, AppError> {
    let before = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    app.forget_replays(before.as_millisecond()).await
}
