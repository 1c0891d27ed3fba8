//! A store that fails when it is told to.

use std::sync::{Arc, Mutex};

use forewarn_core::aggregate::Category;
use forewarn_core::event::{Recorded, StreamId};
use forewarn_store::{
    Answer, Clash, Commit, Committed, Document, EventStore, Job, Query, Replay, StoreError,
};

/// How a commit goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store is away; nothing was written.
    Unavailable,
    /// The connection is lost after it was written.
    LostAfter,
    /// The connection is lost before it was written.
    LostBefore,
    /// Somebody else was first.
    Conflict,
    /// It is written after whoever else wants to plan has planned.
    Late,
}

/// A store whose next commits fail as they are told to.
pub struct FaultyStore {
    inner: Arc<dyn EventStore>,
    faults: Mutex<Vec<Option<Fault>>>,
    read: Mutex<Vec<Category>>,
    /// How many ends of jobs are still to be lost, and how many were.
    ends: Mutex<(usize, usize)>,
    /// What the next leases do instead of leasing.
    leases: Mutex<Vec<BadLease>>,
}

/// How a lease goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLease {
    /// The store is away.
    Unavailable,
    /// A defect.
    Panic,
}

impl FaultyStore {
    /// A store without faults yet.
    pub fn new(inner: Arc<dyn EventStore>) -> Self {
        Self {
            inner,
            faults: Mutex::new(vec![]),
            read: Mutex::new(vec![]),
            ends: Mutex::default(),
            leases: Mutex::default(),
        }
    }

    /// What the next commits do, one after the other; `None` lets one through.
    pub fn next(&self, faults: &[Option<Fault>]) {
        *self.faults.lock().unwrap() = faults.iter().rev().copied().collect();
    }

    /// How many documents of a kind were asked for, singly or as a list, since this was asked last.
    pub fn read_since(&self, category: Category) -> usize {
        let read = std::mem::take(&mut *self.read.lock().unwrap());
        read.into_iter().filter(|one| *one == category).count()
    }

    /// The next ends of jobs, so many, cannot be written down.
    pub fn lose_ends(&self, number: usize) {
        *self.ends.lock().unwrap() = (number, 0);
    }

    /// What the next leases do instead of leasing, one after the other.
    pub fn break_leases(&self, broken: &[BadLease]) {
        *self.leases.lock().unwrap() = broken.to_vec();
    }

    /// How many leases are still to go wrong.
    pub fn bad_leases(&self) -> usize {
        self.leases.lock().unwrap().len()
    }

    /// How many ends of jobs were lost since.
    pub fn lost_ends(&self) -> usize {
        self.ends.lock().unwrap().1
    }
}

impl EventStore for FaultyStore {
    fn commit(&self, commit: Commit) -> Answer<'_, Committed> {
        let fault = self.faults.lock().unwrap().pop().flatten();
        Box::pin(async move {
            match fault {
                None => self.inner.commit(commit).await,
                Some(Fault::Unavailable) => Err(StoreError::Unavailable("a test".into())),
                Some(Fault::LostBefore) => Err(StoreError::Unknown),
                Some(Fault::LostAfter) => {
                    self.inner.commit(commit).await?;
                    Err(StoreError::Unknown)
                }
                Some(Fault::Late) => {
                    give_way().await;
                    self.inner.commit(commit).await
                }
                Some(Fault::Conflict) => Err(StoreError::Conflict(Clash::Concurrent)),
            }
        })
    }

    fn get<'a>(&'a self, category: Category, id: &'a str) -> Answer<'a, Option<Document>> {
        self.read.lock().unwrap().push(category);
        self.inner.get(category, id)
    }
    fn list<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Document>> {
        self.read.lock().unwrap().push(query.category);
        self.inner.list(query)
    }
    fn holders<'a>(
        &'a self,
        category: Category,
        name: &'a str,
        values: &'a [String],
    ) -> Answer<'a, Vec<(String, Document)>> {
        self.inner.holders(category, name, values)
    }
    fn count<'a>(&'a self, query: &'a Query) -> Answer<'a, u64> {
        self.inner.count(query)
    }
    fn stream<'a>(&'a self, stream: &'a StreamId) -> Answer<'a, Vec<Recorded>> {
        self.inner.stream(stream)
    }
    fn events_after(&self, seq: u64, limit: u32, category: Option<Category>) -> Answer<'_, Vec<Recorded>> {
        self.inner.events_after(seq, limit, category)
    }
    fn commitments(&self, from_seq: u64, limit: u32) -> Answer<'_, Vec<[u8; 32]>> {
        self.inner.commitments(from_seq, limit)
    }
    fn head(&self) -> Answer<'_, u64> {
        self.inner.head()
    }
    fn blob<'a>(&'a self, owner: &'a StreamId, sha256: &'a [u8; 32]) -> Answer<'a, Option<Vec<u8>>> {
        self.inner.blob(owner, sha256)
    }
    fn counted<'a>(&'a self, name: &'a str, start: i64) -> Answer<'a, u64> {
        self.inner.counted(name, start)
    }
    fn replay<'a>(&'a self, principal: &'a str, key: &'a str) -> Answer<'a, Option<Replay>> {
        self.inner.replay(principal, key)
    }
    fn forget_replays(&self, before: i64) -> Answer<'_, u64> {
        self.inner.forget_replays(before)
    }
    fn lease<'a>(&'a self, topic: &'a str, now: i64, until: i64, limit: u32) -> Answer<'a, Vec<Job>> {
        let broken = self.leases.lock().unwrap().pop();
        match broken {
            Some(BadLease::Panic) => Box::pin(async { panic!("a test") }),
            Some(BadLease::Unavailable) => {
                Box::pin(std::future::ready(Err(StoreError::Unavailable("a test".into()))))
            }
            None => self.inner.lease(topic, now, until, limit),
        }
    }
    fn finish<'a>(&'a self, job: &'a Job) -> Answer<'a, ()> {
        let mut ends = self.ends.lock().unwrap();
        if ends.0 > 0 {
            *ends = (ends.0 - 1, ends.1 + 1);
            return Box::pin(std::future::ready(Err(StoreError::Unavailable("a test".into()))));
        }
        self.inner.finish(job)
    }
    fn retry<'a>(&'a self, job: &'a Job, due_at: i64) -> Answer<'a, ()> {
        self.inner.retry(job, due_at)
    }
    fn shred<'a>(&'a self, streams: &'a [StreamId], blobs: &'a [(StreamId, [u8; 32])]) -> Answer<'a, u64> {
        self.inner.shred(streams, blobs)
    }
    fn rebuild(&self) -> Answer<'_, u64> {
        self.inner.rebuild()
    }
    fn read_models(&self) -> Answer<'_, Vec<String>> {
        self.inner.read_models()
    }
    fn setting<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.inner.setting(name)
    }
    fn setting_or<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, Vec<u8>> {
        self.inner.setting_or(name, value)
    }
    fn put_setting<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.inner.put_setting(name, value)
    }
}

/// Lets other tasks go first, some times over.
async fn give_way() {
    let mut left = 100_u32;
    std::future::poll_fn(|context| {
        left = left.saturating_sub(1);
        context.waker().wake_by_ref();
        if left == 0 { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
