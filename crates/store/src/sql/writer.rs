//! One writer for each process: commits that wait at the same time share a transaction, and so its fsync.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::plan::{self, corrupt};
use crate::types::{Commit, Committed, StoreError};

use super::{Shared, append};

/// Most commits in one transaction.
const GROUP: usize = 64;
/// Commits that may wait before the next has to wait to wait.
const QUEUE: usize = 256;

type Reply = oneshot::Sender<Result<Committed, StoreError>>;

pub(super) struct Writer {
    queue: mpsc::Sender<(Commit, Reply)>,
    task: JoinHandle<()>,
}

impl Writer {
    pub fn start(shared: Arc<Shared>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        Self { queue, task: tokio::spawn(run(shared, waiting)) }
    }

    pub async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        plan::check(&commit)?;
        let (reply, answer) = oneshot::channel();
        let stopped = |_| StoreError::Unavailable("the writer has stopped".into());
        self.queue.send((commit, reply)).await.map_err(stopped)?;
        answer.await.unwrap_or(Err(StoreError::Unknown))
    }

    /// Waits until everything that was sent has been written.
    pub async fn stop(self) {
        drop(self.queue);
        if self.task.await.is_err() {
            tracing::error!("the store's writer had failed");
        }
    }
}

async fn run(shared: Arc<Shared>, mut waiting: mpsc::Receiver<(Commit, Reply)>) {
    let mut group = Vec::with_capacity(GROUP);
    while waiting.recv_many(&mut group, GROUP).await > 0 {
        let (commits, replies): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        let answers = write(&shared, commits).await;
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever asked may have gone; the commit stands.
            let _ = reply.send(answer);
        }
    }
}

/// Writes the commits together, or else each alone: a refusal of one must not touch the others.
async fn write(shared: &Arc<Shared>, commits: Vec<Commit>) -> Vec<Result<Committed, StoreError>> {
    let commits: Arc<[Commit]> = commits.into();
    let all = 0..commits.len();
    match attempt(shared, &commits, all.clone()).await {
        Ok(places) => places.into_iter().map(Ok).collect(),
        Err(StoreError::Conflict(_) | StoreError::Corrupt(_)) if commits.len() > 1 => {
            let mut answers = Vec::with_capacity(commits.len());
            for one in all {
                let answer = attempt(shared, &commits, one..one + 1).await;
                answers.push(answer.and_then(|places| {
                    places.first().copied().ok_or_else(|| corrupt("commit", "it has no place"))
                }));
            }
            answers
        }
        Err(error) => vec![Err(error); commits.len()],
    }
}

/// In a task of its own, so that a panic over one commit's events is that commit's failure and not the end of writing.
async fn attempt(
    shared: &Arc<Shared>,
    commits: &Arc<[Commit]>,
    range: std::ops::Range<usize>,
) -> Result<Vec<Committed>, StoreError> {
    let (shared, commits) = (Arc::clone(shared), Arc::clone(commits));
    let task = tokio::spawn(async move {
        let _turn = shared.turn().await;
        append::attempt(&shared, &commits[range]).await
    });
    task.await.unwrap_or_else(|_| Err(corrupt("commit", "its events could not be applied")))
}
