//! The event log, the read models and the outbox on SQLite, PostgreSQL and in memory.
//!
//! The log is the truth: every read model can be rebuilt from it. A commit is one transaction over the events, the
//! rows they change, jobs, blobs and the idempotency record, so reads are never behind writes. Sequence numbers are
//! dense and in commit order on every engine.

mod memory;
mod plan;
mod sql;
mod types;

use std::future::Future;
use std::pin::Pin;

use forewarn_core::aggregate::Category;
use forewarn_core::event::{Recorded, StreamId};

pub use memory::MemoryStore;
pub use plan::{ID_LIMIT, KEY_LIMIT, NAME_LIMIT};
pub use sql::{Locked, Sealing, SqlStore, Vault};
pub use types::{
    Append, Blob, Clash, Commit, Committed, Count, Document, Job, NewJob, Position, Query, Replay, StoreError,
};

/// A store's answer, boxed so that stores can be trait objects.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// An event log with the read models, jobs, blobs and settings that belong to it.
///
/// Every method fails with [`StoreError::Unavailable`] when the store cannot be reached and with
/// [`StoreError::Corrupt`] when a row cannot be read. Texts that contain NUL are stored nowhere and found nowhere.
pub trait EventStore: Send + Sync {
    /// Writes all of `commit` or nothing. When the answer is `Ok`, it is durable.
    ///
    /// Clashes are looked for in this order: idempotency key, counts, versions in the order of the appends, unique keys.
    fn commit(&self, commit: Commit) -> Answer<'_, Committed>;

    /// The document of one stream.
    fn get<'a>(&'a self, category: Category, id: &'a str) -> Answer<'a, Option<Document>>;

    /// Documents in order, page by page.
    fn list<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Document>>;

    /// The documents that hold a unique key, with the value each holds, in no order: one question for many values.
    fn holders<'a>(
        &'a self,
        category: Category,
        name: &'a str,
        values: &'a [String],
    ) -> Answer<'a, Vec<(String, Document)>>;

    /// How many documents the query has without its `after` and `limit`.
    fn count<'a>(&'a self, query: &'a Query) -> Answer<'a, u64>;

    /// All events of a stream in order; none for a stream that does not exist.
    fn stream<'a>(&'a self, stream: &'a StreamId) -> Answer<'a, Vec<Recorded>>;

    /// At most `limit` events behind sequence number `seq`, in order, of one category or of all.
    fn events_after(&self, seq: u64, limit: u32, category: Option<Category>) -> Answer<'_, Vec<Recorded>>;

    /// The commitments of at most `limit` events from sequence number `from_seq` (inclusive, the first is 1) on, in
    /// order. Entry `n` of the log of acts is the commitment of sequence number `n + 1`.
    fn commitments(&self, from_seq: u64, limit: u32) -> Answer<'_, Vec<[u8; 32]>>;

    /// Sequence number of the last event, 0 when there is none.
    fn head(&self) -> Answer<'_, u64>;

    /// The blob of `owner` with this SHA-256. A store that does not seal finds it under every owner.
    fn blob<'a>(&'a self, owner: &'a StreamId, sha256: &'a [u8; 32]) -> Answer<'a, Option<Vec<u8>>>;

    /// How much was counted under a name in the stretch that begins at `start`.
    fn counted<'a>(&'a self, name: &'a str, start: i64) -> Answer<'a, u64>;

    /// The idempotency record of a principal's key.
    fn replay<'a>(&'a self, principal: &'a str, key: &'a str) -> Answer<'a, Option<Replay>>;

    /// Deletes idempotency records older than `before` (milliseconds since the Unix epoch) and says how many.
    fn forget_replays(&self, before: i64) -> Answer<'_, u64>;

    /// Leases at most `limit` jobs of `topic` that are due at `now` and not under a lease that is live at `now`, the
    /// longest due first. The lease is live while the clock is before `until`.
    fn lease<'a>(&'a self, topic: &'a str, now: i64, until: i64, limit: u32) -> Answer<'a, Vec<Job>>;

    /// The job is done: removes it, also when the lease has run out meanwhile.
    fn finish<'a>(&'a self, job: &'a Job) -> Answer<'a, ()>;

    /// Gives the job back, to be due at `due_at`. Does nothing when somebody else has leased it meanwhile.
    fn retry<'a>(&'a self, job: &'a Job, due_at: i64) -> Answer<'a, ()>;

    /// Destroys streams for ever: their events' bytes, documents, relations, look-up keys and blobs, the further `blobs`,
    /// and the data keys that these were sealed under, but for the instance's own. Commitments stay, so the log still
    /// verifies. What is destroyed answers like what never was. Says how many streams there were.
    fn shred<'a>(&'a self, streams: &'a [StreamId], blobs: &'a [(StreamId, [u8; 32])]) -> Answer<'a, u64>;

    /// Rebuilds every read model from the events in one transaction and says how many events there were.
    fn rebuild(&self) -> Answer<'_, u64>;

    /// Every row of the read models as text, in order: what two stores with the same events have in common.
    fn read_models(&self) -> Answer<'_, Vec<String>>;

    /// A small setting of this instance, such as the log's signing key.
    fn setting<'a>(&'a self, name: &'a str) -> Answer<'a, Option<Vec<u8>>>;

    /// The setting, after storing `value` if there was none: processes that start together agree on one value.
    fn setting_or<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, Vec<u8>>;

    /// Stores a setting, or replaces it.
    fn put_setting<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Answer<'a, ()>;
}
