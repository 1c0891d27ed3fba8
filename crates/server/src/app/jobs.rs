//! The workers' way to the store.

use forewarn_store::Job;

use super::{App, AppError};

impl App {
    pub(crate) async fn lease(
        &self,
        topic: &str,
        now: i64,
        until: i64,
        most: u32,
    ) -> Result<Vec<Job>, AppError> {
        Ok(self.store.lease(topic, now, until, most).await?)
    }

    pub(crate) async fn finish(&self, job: &Job) -> Result<(), AppError> {
        Ok(self.store.finish(job).await?)
    }

    pub(crate) async fn retry(&self, job: &Job, due_at: i64) -> Result<(), AppError> {
        Ok(self.store.retry(job, due_at).await?)
    }

    pub(crate) async fn forget_replays(&self, before: i64) -> Result<u64, AppError> {
        Ok(self.store.forget_replays(before).await?)
    }
}
