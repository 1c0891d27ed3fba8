//! Workers that stop are started again, and it is told.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::app::AppError;

/// Longest wait before a worker is started again.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a worker must have run for its next stop to count as the first.
const STEADY: Duration = Duration::from_secs(60);

/// Runs what `make` makes, again and again. A worker ends only by an error or a panic; either is logged and counted in
/// `forewarn_worker_restarts_total`, and `forewarn_worker_down` is 1 until it runs again.
pub(super) async fn forever<F, R>(name: &'static str, make: F)
where
    F: Fn() -> R,
    R: Future<Output = Result<(), AppError>> + Send + 'static,
{
    let mut pause = Duration::from_millis(250);
    loop {
        // A set ends its tasks when it is dropped, so that a worker does not outlive its supervisor.
        let mut task = JoinSet::new();
        metrics::gauge!("forewarn_worker_down", "worker" => name).set(0.0);
        task.spawn(make());
        let steady = tokio::time::sleep(STEADY);
        tokio::pin!(steady);
        let mut ran_long = false;
        let ended = loop {
            tokio::select! {
                ended = task.join_next() => break ended,
                () = &mut steady, if !ran_long => ran_long = true,
            }
        };
        match ended {
            Some(Ok(Ok(()))) | None => tracing::error!(worker = name, "a worker ended; it is started again"),
            Some(Ok(Err(error))) => {
                tracing::error!(worker = name, %error, "a worker failed; it is started again");
            }
            // The text of a panic may quote what it was working on.
            Some(Err(_)) => tracing::error!(worker = name, "a worker panicked; it is started again"),
        }
        metrics::counter!("forewarn_worker_restarts_total", "worker" => name).increment(1);
        metrics::gauge!("forewarn_worker_down", "worker" => name).set(1.0);
        pause = if ran_long { Duration::from_millis(250) } else { (pause * 2).min(LONGEST) };
        tokio::time::sleep(pause).await;
    }
}
