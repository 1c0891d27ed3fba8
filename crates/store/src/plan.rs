//! What a commit will write, worked out before anything is written. Both stores use it, so they agree on what a
//! commit means and on what it is refused for.

use std::borrow::Cow;
use std::collections::HashMap;

use forewarn_core::aggregate::{Category, Corrupt, Facets, Key, project};
use forewarn_core::event::{NewEvent, StreamId};
use serde::Deserialize;

use crate::types::{Append, Clash, Commit, Document, Replay, StoreError};

/// Longest stream id, principal and idempotency key, in bytes.
pub const ID_LIMIT: usize = 200;
/// Longest name of a key, state, topic or event kind, in bytes.
pub const NAME_LIMIT: usize = 100;
/// Longest value of a look-up key, in bytes: PostgreSQL indexes no more than about 2,700 bytes a row.
pub const KEY_LIMIT: usize = 1000;

/// An event with its place in its stream.
pub(crate) struct PlannedEvent<'a> {
    pub stream: &'a StreamId,
    pub version: u64,
    pub event: &'a NewEvent,
    pub at: i64,
}

/// A read-model row as it will be, and the facets it had.
pub(crate) struct Change {
    pub category: Category,
    pub document: Document,
    pub prior: Option<Facets>,
}

impl Change {
    fn had_key(&self, key: &Key) -> bool {
        self.prior.as_ref().is_some_and(|facets| facets.keys.contains(key))
    }

    /// Keys the row gives up.
    pub fn released(&self) -> impl Iterator<Item = &Key> {
        let prior = self.prior.iter().flat_map(|facets| &facets.keys);
        prior.filter(|key| !self.document.facets.keys.contains(*key))
    }

    /// Keys the row takes.
    pub fn taken(&self) -> impl Iterator<Item = &Key> {
        self.document.facets.keys.iter().filter(|key| !self.had_key(key))
    }
}

/// A unique key a row wants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted<'a> {
    pub category: Category,
    pub name: &'a str,
    pub value: &'a str,
    pub id: &'a str,
}

impl Wanted<'_> {
    /// The clash when another row holds it.
    pub fn clash(&self) -> StoreError {
        StoreError::Conflict(Clash::Key { category: self.category, name: self.name.to_owned() })
    }
}

/// What commits will write.
pub(crate) struct Plan<'a> {
    pub events: Vec<PlannedEvent<'a>>,
    pub changes: Vec<Change>,
}

impl<'a> Plan<'a> {
    /// Plans commits, one after the other. `priors` has the documents of all streams they name that exist.
    pub fn new(commits: &'a [Commit], priors: HashMap<StreamId, Document>) -> Result<Self, StoreError> {
        let mut plan = Self { events: Vec::new(), changes: Vec::new() };
        let mut rows: HashMap<&'a StreamId, usize> = HashMap::new();
        for commit in commits {
            for append in &commit.appends {
                plan.append(append, commit.at, &priors, &mut rows)?;
            }
        }
        let wanted = plan.wanted();
        let twice = wanted.windows(2).find(|w| w[0].value == w[1].value && w[0].clash() == w[1].clash());
        if let Some(twice) = twice { Err(twice[0].clash()) } else { Ok(plan) }
    }

    fn append(
        &mut self,
        append: &'a Append,
        at: i64,
        priors: &HashMap<StreamId, Document>,
        rows: &mut HashMap<&'a StreamId, usize>,
    ) -> Result<(), StoreError> {
        let stream = &append.stream;
        let row = rows.get(stream).copied();
        let current = row.map(|row| &self.changes[row].document).or_else(|| priors.get(stream));
        let version = current.map_or(0, |document| document.version);
        if version != append.expected {
            return Err(StoreError::Conflict(Clash::Version(stream.clone())));
        }
        if append.events.is_empty() {
            return Ok(());
        }
        let document = next(stream, current, version, &append.events)?;
        for (event, version) in append.events.iter().zip(version + 1..) {
            self.events.push(PlannedEvent { stream, version, event, at });
        }
        if let Some(row) = row {
            self.changes[row].document = document;
        } else {
            rows.insert(stream, self.changes.len());
            let prior = priors.get(stream).map(|document| document.facets.clone());
            self.changes.push(Change { category: stream.category, document, prior });
        }
        Ok(())
    }

    /// The unique keys rows newly take, in order.
    pub fn wanted(&self) -> Vec<Wanted<'_>> {
        let mut wanted: Vec<_> = self
            .changes
            .iter()
            .flat_map(|change| change.taken().filter(|key| key.unique).map(move |key| (change, key)))
            .map(|(change, key)| Wanted {
                category: change.category,
                name: &key.name,
                value: &key.value,
                id: &change.document.id,
            })
            .collect();
        wanted.sort_unstable();
        wanted
    }

    /// Whether a row gives up a unique key.
    pub fn releases(&self) -> bool {
        self.changes.iter().any(|change| change.released().any(|key| key.unique))
    }
}

/// The document of `stream` after `events`.
pub(crate) fn next(
    stream: &StreamId,
    current: Option<&Document>,
    version: u64,
    events: &[NewEvent],
) -> Result<Document, StoreError> {
    check_text("stream id", &stream.id, ID_LIMIT)?;
    let name = stream.to_string();
    for (event, version) in events.iter().zip(version + 1..) {
        check_event(&name, version, event)?;
    }
    let bytes: Vec<&[u8]> = events.iter().map(|event| event.bytes.as_slice()).collect();
    let projection = project(stream.category, current.map(|document| document.doc.as_slice()), &bytes)?;
    check_text("state", &projection.facets.state, NAME_LIMIT)?;
    for key in &projection.facets.keys {
        check_text("key name", &key.name, NAME_LIMIT)?;
        check_text("key value", &key.value, KEY_LIMIT)?;
    }
    Ok(Document {
        id: stream.id.clone(),
        version: version + events.len() as u64,
        doc: projection.doc,
        facets: projection.facets,
    })
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    stream: Cow<'a, str>,
    version: u64,
    #[serde(borrow)]
    data: Kind<'a>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

/// The bytes are hashed into the transparency log, so what they say of their place must be true.
fn check_event(stream: &str, version: u64, event: &NewEvent) -> Result<(), StoreError> {
    check_text("event kind", &event.kind, NAME_LIMIT)?;
    let header: Header<'_> =
        serde_json::from_slice(&event.bytes).map_err(|_| corrupt("event", "not an envelope"))?;
    if header.stream != stream || header.version != version || header.data.kind != event.kind {
        return Err(corrupt("event", "its envelope names another stream, version or kind"));
    }
    Ok(())
}

/// Checks what a commit carries besides events.
pub(crate) fn check(commit: &Commit) -> Result<(), StoreError> {
    for job in &commit.jobs {
        check_text("topic", &job.topic, NAME_LIMIT)?;
    }
    for count in &commit.counts {
        check_text("count name", &count.name, ID_LIMIT)?;
    }
    for blob in &commit.blobs {
        if !commit.appends.iter().any(|append| append.stream == blob.owner) {
            return Err(corrupt("blob", "its owner is not in the commit"));
        }
    }
    if let Some(Replay { principal, key, .. }) = &commit.replay {
        check_text("principal", principal, ID_LIMIT)?;
        check_text("idempotency key", key, ID_LIMIT)?;
    }
    Ok(())
}

/// Refuses texts that not every engine can hold and index.
pub(crate) fn check_text(what: &str, text: &str, limit: usize) -> Result<(), StoreError> {
    if text.len() > limit {
        return Err(corrupt(what, &format!("longer than {limit} bytes")));
    }
    if has_nul(text) { Err(corrupt(what, "contains NUL")) } else { Ok(()) }
}

/// PostgreSQL has no NUL in texts, so nothing is stored or found under one.
pub(crate) fn has_nul(text: &str) -> bool {
    text.as_bytes().contains(&0)
}

pub(crate) fn corrupt(what: &str, cause: &str) -> StoreError {
    StoreError::Corrupt(Corrupt { what: what.to_owned(), cause: cause.to_owned() })
}
