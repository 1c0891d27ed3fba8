//! The event envelope: what is written once, hashed, and never re-serialised.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::aggregate::Category;

/// Version of the envelope layout, written into every event.
pub const ENVELOPE_VERSION: u32 = 1;

/// A stream: all events of one thing, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamId {
    /// Kind of thing.
    pub category: Category,
    /// Its id inside the category.
    pub id: String,
}

impl StreamId {
    /// The stream of `id` in `category`.
    pub fn new(category: Category, id: impl ToString) -> Self {
        Self { category, id: id.to_string() }
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.category, self.id)
    }
}

/// An event about to be appended: its canonical bytes and the salt that hides them in the public log. `Debug`
/// shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Kind, as written inside the bytes, for filters.
    pub kind: String,
    /// Canonical bytes of the envelope, see [`encode`].
    pub bytes: Vec<u8>,
    /// 32 random bytes; without them the commitment cannot be linked to the event.
    pub salt: [u8; 32],
}

impl std::fmt::Debug for NewEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewEvent").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Global position, dense from 1 in commit order.
    pub seq: u64,
    /// Stream it belongs to.
    pub stream: StreamId,
    /// Position in the stream, dense from 1.
    pub version: u64,
    /// The event itself.
    pub event: NewEvent,
}

impl Recorded {
    /// The salted commitment that stands for this event in the transparency log.
    pub fn commitment(&self) -> [u8; 32] {
        commitment(&self.event.salt, &self.event.bytes)
    }
}

/// The decoded envelope around an event's own data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<E> {
    /// Who acted, as shown on a timeline: a principal id, or `system`.
    pub actor: String,
    /// When, UTC.
    pub at: Timestamp,
    /// The event: `{"kind": ..., ...}`.
    pub data: E,
    /// Digest of the policy profile the act was decided under, lower-case hex SHA-256.
    pub policy: String,
    /// Stream, `category/id`.
    pub stream: String,
    /// Envelope layout, [`ENVELOPE_VERSION`].
    pub v: u32,
    /// Position in the stream.
    pub version: u64,
}

/// Canonical bytes: UTF-8 JSON without white space, object keys sorted by code point, as in RFC 8785 for the
/// values that occur here (strings, booleans, integers, arrays, objects; no floating point numbers).
///
/// # Errors
/// When `E` cannot be expressed in JSON (a map with keys that are not strings).
pub fn encode<E: Serialize>(envelope: &Envelope<E>) -> Result<Vec<u8>, serde_json::Error> {
    // `serde_json::Value` keeps objects in a BTreeMap, which is what sorts the keys.
    serde_json::to_vec(&serde_json::to_value(envelope)?)
}

/// Reads bytes written by [`encode`].
///
/// # Errors
/// When the bytes are not an envelope of `E`.
pub fn decode<E: DeserializeOwned>(bytes: &[u8]) -> Result<Envelope<E>, serde_json::Error> {
    serde_json::from_slice(bytes)
}

/// `SHA-256("forewarn event 1\n" || salt || bytes)`: binding to the bytes, hiding without the salt.
pub fn commitment(salt: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"forewarn event 1\n");
    hash.update(salt);
    hash.update(bytes);
    hash.finalize().into()
}
