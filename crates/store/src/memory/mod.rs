//! A store that forgets when the process ends.

mod data;

use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use forewarn_core::aggregate::{Category, Key};
use forewarn_core::event::{Recorded, StreamId};

use crate::plan::{NAME_LIMIT, check_text};
use crate::types::{Commit, Committed, Document, Job, Query, Replay, StoreError};
use crate::{Answer, EventStore};

use data::{Data, Stored};

/// The store in memory: for tests, demonstrations and short-lived instances.
#[derive(Debug, Default)]
pub struct MemoryStore {
    data: Mutex<Data>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        // A commit changes nothing before it is sure to succeed, so what a panicking thread left is whole.
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer<'a, T: Send + 'a>(result: Result<T, StoreError>) -> Answer<'a, T> {
    Box::pin(ready(result))
}

impl EventStore for MemoryStore {
    fn commit(&self, commit: Commit) -> Answer<'_, Committed> {
        answer(self.data().commit(commit))
    }

    fn get<'a>(&'a self, category: Category, id: &'a str) -> Answer<'a, Option<Document>> {
        answer(Ok(self.data().models.documents.get(&StreamId::new(category, id)).cloned()))
    }

    fn list<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Document>> {
        answer(Ok(self.data().page(query)))
    }

    fn holders<'a>(
        &'a self,
        category: Category,
        name: &'a str,
        values: &'a [String],
    ) -> Answer<'a, Vec<(String, Document)>> {
        let data = self.data();
        let held = |value: &String| {
            let id = data.models.holders.get(&(category, Key::unique(name, value)))?;
            let document = data.models.documents.get(&StreamId::new(category, id))?;
            Some((value.clone(), document.clone()))
        };
        answer(Ok(values.iter().filter_map(held).collect()))
    }

    fn count<'a>(&'a self, query: &'a Query) -> Answer<'a, u64> {
        answer(Ok(self.data().list(query).count() as u64))
    }

    fn stream<'a>(&'a self, stream: &'a StreamId) -> Answer<'a, Vec<Recorded>> {
        answer(Ok(self.data().readable().filter(|event| event.stream == *stream).cloned().collect()))
    }

    fn events_after(&self, seq: u64, limit: u32, category: Option<Category>) -> Answer<'_, Vec<Recorded>> {
        let data = self.data();
        let wanted = |event: &&Recorded| category.is_none_or(|category| event.stream.category == category);
        let behind = data.readable().filter(|event| event.seq > seq);
        answer(Ok(behind.filter(wanted).take(limit as usize).cloned().collect()))
    }

    fn commitments(&self, from_seq: u64, limit: u32) -> Answer<'_, Vec<[u8; 32]>> {
        let data = self.data();
        let start = usize::try_from(from_seq.saturating_sub(1)).unwrap_or(usize::MAX);
        answer(Ok(data.events.iter().skip(start).take(limit as usize).map(|e| data.commitment(e)).collect()))
    }

    fn head(&self) -> Answer<'_, u64> {
        answer(Ok(self.data().events.len() as u64))
    }

    fn blob<'a>(&'a self, _owner: &'a StreamId, sha256: &'a [u8; 32]) -> Answer<'a, Option<Vec<u8>>> {
        answer(Ok(self.data().blobs.get(sha256).cloned()))
    }

    fn counted<'a>(&'a self, name: &'a str, start: i64) -> Answer<'a, u64> {
        answer(Ok(self.data().counts.get(&(name.to_owned(), start)).copied().unwrap_or_default()))
    }

    fn replay<'a>(&'a self, principal: &'a str, key: &'a str) -> Answer<'a, Option<Replay>> {
        answer(Ok(self.data().replays.get(&(principal.to_owned(), key.to_owned())).cloned()))
    }

    fn forget_replays(&self, before: i64) -> Answer<'_, u64> {
        let replays = &mut self.data().replays;
        let count = replays.len();
        replays.retain(|_, replay| replay.at >= before);
        answer(Ok((count - replays.len()) as u64))
    }

    fn lease<'a>(&'a self, topic: &'a str, now: i64, until: i64, limit: u32) -> Answer<'a, Vec<Job>> {
        answer(Ok(self.data().lease(topic, now, until, limit)))
    }

    fn finish<'a>(&'a self, job: &'a Job) -> Answer<'a, ()> {
        self.data().jobs.remove(&job.id);
        answer(Ok(()))
    }

    fn retry<'a>(&'a self, job: &'a Job, due_at: i64) -> Answer<'a, ()> {
        let held = |stored: &&mut Stored| stored.job.attempts == job.attempts;
        if let Some(stored) = self.data().jobs.get_mut(&job.id).filter(held) {
            stored.due_at = due_at;
            stored.leased_until = i64::MIN;
        }
        answer(Ok(()))
    }

    fn shred<'a>(&'a self, streams: &'a [StreamId], blobs: &'a [(StreamId, [u8; 32])]) -> Answer<'a, u64> {
        answer(Ok(self.data().shred(streams, blobs)))
    }

    fn rebuild(&self) -> Answer<'_, u64> {
        answer(self.data().rebuild())
    }

    fn read_models(&self) -> Answer<'_, Vec<String>> {
        answer(Ok(self.data().read_models()))
    }

    fn setting<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        answer(Ok(self.data().settings.get(name).cloned()))
    }

    fn setting_or<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, Vec<u8>> {
        if let Err(error) = check_text("setting name", name, NAME_LIMIT) {
            return answer(Err(error));
        }
        answer(Ok(self.data().settings.entry(name.to_owned()).or_insert_with(|| value.to_vec()).clone()))
    }

    fn put_setting<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        if let Err(error) = check_text("setting name", name, NAME_LIMIT) {
            return answer(Err(error));
        }
        self.data().settings.insert(name.to_owned(), value.to_vec());
        answer(Ok(()))
    }
}
