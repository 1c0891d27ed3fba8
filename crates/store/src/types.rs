//! What goes into and comes out of a store. It may be under embargo, so `Debug` shows sizes and no content.

use std::fmt;

use forewarn_core::access::Filter;
use forewarn_core::aggregate::{Category, Corrupt, Facets};
use forewarn_core::event::{NewEvent, StreamId};

/// Why a store did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else was first; nothing was written. Load again and decide again.
    #[error("conflict: {0}")]
    Conflict(Clash),
    /// The store cannot be reached or is out of a resource; nothing was written. The text is a class of error, never
    /// content.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// What is stored, or what was to be stored, cannot be read; nothing was written.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// The connection was lost while committing: it may have been written or not. An idempotency record, or the
    /// stream's version, tells which.
    #[error("the outcome of the commit is not known")]
    Unknown,
}

/// What a commit clashed on. Names, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// The stream is not at the expected version.
    #[error("version of {0}")]
    Version(StreamId),
    /// Another thing of the category holds the same unique key.
    #[error("unique key {name} of {category}")]
    Key {
        /// The category.
        category: Category,
        /// Name of the key.
        name: String,
    },
    /// So many do not fit into the stretch of time any more.
    #[error("count")]
    Count,
    /// The principal has used this idempotency key before.
    #[error("idempotency-key")]
    Idempotency,
    /// The database chose this transaction to fail against a concurrent one.
    #[error("a concurrent transaction")]
    Concurrent,
}

/// Events for one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The stream.
    pub stream: StreamId,
    /// Version the stream must be at: 0 for a new one.
    pub expected: u64,
    /// The events, to become versions `expected + 1` and on. Empty: only the version is checked.
    pub events: Vec<NewEvent>,
}

/// Work to be done after the commit, at least once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What kind of work; workers lease by topic.
    pub topic: String,
    /// Parameters, opaque to the store.
    pub body: Vec<u8>,
    /// Not before, milliseconds since the Unix epoch.
    pub due_at: i64,
}

/// The answer once given to a request, kept so that the same request gets the same answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Replay {
    /// Who asked.
    pub principal: String,
    /// The idempotency key it gave.
    pub key: String,
    /// Digest of the request.
    pub request: [u8; 32],
    /// HTTP status of the answer.
    pub status: u16,
    /// Body of the answer.
    pub response: Vec<u8>,
    /// When, milliseconds since the Unix epoch.
    pub at: i64,
}

/// Something counted in a stretch of time, and how much of it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What is counted.
    pub name: String,
    /// First moment of the stretch, milliseconds since the Unix epoch.
    pub start: i64,
    /// How much is added.
    pub add: u64,
    /// How much fits in all.
    pub most: u64,
}

/// Bytes that belong to a stream, which the same commit appends to. They are addressed by their SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    /// The stream. A store that seals finds them under it only, and destroys them with it.
    pub owner: StreamId,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Everything one change writes: all of it or nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Events, in the order in which they get their sequence numbers. A stream may occur more than once.
    pub appends: Vec<Append>,
    /// Jobs.
    pub jobs: Vec<NewJob>,
    /// Blobs; one that its owner already has is left as it is.
    pub blobs: Vec<Blob>,
    /// Counts; when one of them does not fit, nothing is written.
    pub counts: Vec<Count>,
    /// Idempotency record.
    pub replay: Option<Replay>,
    /// When, milliseconds since the Unix epoch.
    pub at: i64,
}

/// Where a commit's events are in the log. Without events `first_seq` is `last_seq + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Sequence number of the first event.
    pub first_seq: u64,
    /// Sequence number of the last event.
    pub last_seq: u64,
}

/// A row of the read model: the state of one stream.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Id inside its category.
    pub id: String,
    /// Version of the stream it reflects.
    pub version: u64,
    /// The state as JSON, as [`forewarn_core::aggregate::project`] made it.
    pub doc: Vec<u8>,
    /// What the store indexes about it.
    pub facets: Facets,
}

/// A place in a list: that of the document with these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its `facets.sort_at`.
    pub sort_at: i64,
    /// Its id.
    pub id: String,
}

impl Position {
    /// The place of `document`.
    pub fn of(document: &Document) -> Self {
        Self { sort_at: document.facets.sort_at, id: document.id.clone() }
    }
}

/// Which documents to list. Lists are ordered by `(sort_at, id)`, ids by their bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// Category.
    pub category: Category,
    /// What the reader may see.
    pub filter: Filter,
    /// States to include; empty for all.
    pub states: Vec<String>,
    /// Only those with this key: name and value, unique or shared.
    pub key: Option<(String, String)>,
    /// Continue behind this place, in the direction of the list. Counts ignore it.
    pub after: Option<Position>,
    /// At most so many. Counts ignore it.
    pub limit: u32,
    /// Descending order instead of ascending.
    pub newest_first: bool,
}

impl Query {
    /// The newest `limit` documents of `category` that `filter` admits.
    pub fn new(category: Category, filter: Filter, limit: u32) -> Self {
        Self { category, filter, states: Vec::new(), key: None, after: None, limit, newest_first: true }
    }
}

/// A job leased to a worker until the lease ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Job {
    /// Id, dense from 1 in commit order.
    pub id: u64,
    /// Its topic.
    pub topic: String,
    /// Its parameters.
    pub body: Vec<u8>,
    /// How often it has been leased, this time included. Also tells this lease from a later one.
    pub attempts: u32,
}

impl fmt::Debug for NewJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("NewJob");
        shown
            .field("topic", &self.topic)
            .field("body", &self.body.len())
            .field("due_at", &self.due_at)
            .finish()
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Replay");
        shown.field("principal", &self.principal).field("status", &self.status);
        shown.field("response", &self.response.len()).field("at", &self.at).finish_non_exhaustive()
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob").field("owner", &self.owner).field("bytes", &self.bytes.len()).finish()
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blobs: Vec<usize> = self.blobs.iter().map(|blob| blob.bytes.len()).collect();
        let mut shown = f.debug_struct("Commit");
        shown.field("appends", &self.appends).field("jobs", &self.jobs).field("blobs", &blobs);
        shown.field("counts", &self.counts).field("replay", &self.replay).field("at", &self.at).finish()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Document");
        shown.field("id", &self.id).field("version", &self.version).field("doc", &self.doc.len());
        shown.field("state", &self.facets.state).finish_non_exhaustive()
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref().map(|(name, _)| name);
        let mut shown = f.debug_struct("Query");
        shown.field("category", &self.category).field("filter", &self.filter).field("states", &self.states);
        shown.field("key", &key).field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Job");
        shown.field("id", &self.id).field("topic", &self.topic).field("body", &self.body.len());
        shown.field("attempts", &self.attempts).finish()
    }
}

/// A document as a line of [`crate::EventStore::read_models`].
pub(crate) fn document_line(category: Category, document: &Document) -> String {
    let Document { id, version, doc, facets } = document;
    let Facets { state, sort_at, public, .. } = facets;
    let doc = String::from_utf8_lossy(doc);
    format!("document {category} {id} {version} {state:?} {sort_at} {} {doc}", i64::from(*public))
}
