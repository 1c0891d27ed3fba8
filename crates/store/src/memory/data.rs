//! What the store in memory holds, and what a commit does to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use forewarn_core::aggregate::{Category, Key};
use forewarn_core::event::{NewEvent, Recorded, StreamId};
use sha2::{Digest, Sha256};

use crate::plan::{self, Change, Plan, corrupt};
use crate::types::{
    Clash, Commit, Committed, Count, Document, Job, Query, Replay, StoreError, document_line,
};

#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) events: Vec<Recorded>,
    pub(super) models: Models,
    pub(super) jobs: BTreeMap<u64, Stored>,
    pub(super) last_job: u64,
    pub(super) replays: BTreeMap<(String, String), Replay>,
    pub(super) blobs: HashMap<[u8; 32], Vec<u8>>,
    pub(super) settings: BTreeMap<String, Vec<u8>>,
    pub(super) counts: BTreeMap<(String, i64), u64>,
    /// Commitments of events whose bytes are destroyed, by their sequence numbers.
    pub(super) shredded: BTreeMap<u64, [u8; 32]>,
}

#[derive(Debug, Default)]
pub(super) struct Models {
    pub(super) documents: BTreeMap<StreamId, Document>,
    /// Holders of unique keys.
    pub(super) holders: BTreeMap<(Category, Key), String>,
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) job: Job,
    pub(super) due_at: i64,
    pub(super) leased_until: i64,
}

impl Models {
    fn claim(&self, plan: &Plan<'_>) -> Result<(), StoreError> {
        let released: BTreeSet<(Category, &Key)> = plan
            .changes
            .iter()
            .flat_map(|change| change.released().map(|key| (change.category, key)))
            .collect();
        for wanted in plan.wanted() {
            let key = Key::unique(wanted.name, wanted.value);
            let free = released.contains(&(wanted.category, &key));
            if !free && self.holders.contains_key(&(wanted.category, key)) {
                return Err(wanted.clash());
            }
        }
        Ok(())
    }

    fn apply(&mut self, changes: Vec<Change>) {
        for change in &changes {
            for key in change.released().filter(|key| key.unique) {
                self.holders.remove(&(change.category, key.clone()));
            }
        }
        for change in changes {
            for key in change.taken().filter(|key| key.unique) {
                self.holders.insert((change.category, key.clone()), change.document.id.clone());
            }
            let stream = StreamId::new(change.category, &change.document.id);
            self.documents.insert(stream, change.document);
        }
    }
}

impl Data {
    /// The events that are not destroyed.
    pub(super) fn readable(&self) -> impl Iterator<Item = &Recorded> {
        self.events.iter().filter(|event| !self.shredded.contains_key(&event.seq))
    }

    pub(super) fn commitment(&self, event: &Recorded) -> [u8; 32] {
        self.shredded.get(&event.seq).copied().unwrap_or_else(|| event.commitment())
    }

    /// Blobs are not told by their owners here, so only those that are named go.
    pub(super) fn shred(&mut self, streams: &[StreamId], blobs: &[(StreamId, [u8; 32])]) -> u64 {
        let mut count = 0;
        for stream in streams {
            for event in self.events.iter_mut().filter(|event| event.stream == *stream) {
                self.shredded.entry(event.seq).or_insert_with(|| event.commitment());
                event.event = NewEvent { kind: String::new(), bytes: Vec::new(), salt: [0; 32] };
            }
            if let Some(document) = self.models.documents.remove(stream) {
                self.models
                    .holders
                    .retain(|(category, _), id| *category != stream.category || *id != document.id);
                count += 1;
            }
        }
        blobs.iter().for_each(|(_, digest)| drop(self.blobs.remove(digest)));
        count
    }

    pub(super) fn commit(&mut self, commit: Commit) -> Result<Committed, StoreError> {
        plan::check(&commit)?;
        let replay =
            commit.replay.clone().map(|replay| ((replay.principal.clone(), replay.key.clone()), replay));
        if replay.as_ref().is_some_and(|(key, _)| self.replays.contains_key(key)) {
            return Err(StoreError::Conflict(Clash::Idempotency));
        }
        let counts = self.counted(&commit.counts)?;
        let streams = commit.appends.iter().map(|append| &append.stream);
        let priors = streams
            .filter_map(|stream| Some((stream.clone(), self.models.documents.get(stream)?.clone())))
            .collect();
        let plan = Plan::new(std::slice::from_ref(&commit), priors)?;
        self.models.claim(&plan)?;

        let first_seq = self.events.len() as u64 + 1;
        for (planned, seq) in plan.events.iter().zip(first_seq..) {
            let (stream, event) = (planned.stream.clone(), planned.event.clone());
            self.events.push(Recorded { seq, stream, version: planned.version, event });
        }
        self.models.apply(plan.changes);
        self.replays.extend(replay);
        self.counts = counts;
        for job in commit.jobs {
            self.last_job += 1;
            let (id, due_at) = (self.last_job, job.due_at);
            let job = Job { id, topic: job.topic, body: job.body, attempts: 0 };
            self.jobs.insert(id, Stored { job, due_at, leased_until: i64::MIN });
        }
        let blobs = commit.blobs.into_iter().map(|blob| blob.bytes);
        self.blobs.extend(blobs.map(|bytes| (Sha256::digest(&bytes).into(), bytes)));
        Ok(Committed { first_seq, last_seq: self.events.len() as u64 })
    }

    /// The counts with those of a commit, when they fit.
    fn counted(&self, added: &[Count]) -> Result<BTreeMap<(String, i64), u64>, StoreError> {
        let mut counts = self.counts.clone();
        for Count { name, start, add, most } in added {
            counts.retain(|(known, begun), _| known != name || begun >= start);
            let used = counts.entry((name.clone(), *start)).or_default();
            *used += add;
            if *used > *most {
                return Err(StoreError::Conflict(Clash::Count));
            }
        }
        Ok(counts)
    }

    pub(super) fn list(&self, query: &Query) -> impl Iterator<Item = &Document> {
        let key = query.key.as_ref();
        let all = self.models.documents.iter().filter(|(stream, _)| stream.category == query.category);
        all.map(|(_, document)| document).filter(move |Document { facets, .. }| {
            query.filter.admits(facets)
                && (query.states.is_empty() || query.states.contains(&facets.state))
                && key.is_none_or(|(name, value)| {
                    facets.keys.iter().any(|k| k.name == *name && k.value == *value)
                })
        })
    }

    pub(super) fn page(&self, query: &Query) -> Vec<Document> {
        let mut found: Vec<&Document> = self.list(query).collect();
        found.sort_by_key(|document| place(document));
        if let Some(after) = &query.after {
            let after = (after.sort_at, after.id.as_str());
            found.retain(
                |document| if query.newest_first { place(document) < after } else { place(document) > after },
            );
        }
        if query.newest_first {
            found.reverse();
        }
        found.into_iter().take(query.limit as usize).cloned().collect()
    }

    pub(super) fn lease(&mut self, topic: &str, now: i64, until: i64, limit: u32) -> Vec<Job> {
        let due = |stored: &&mut Stored| {
            stored.job.topic == topic && stored.due_at <= now && stored.leased_until <= now
        };
        let mut jobs: Vec<_> = self.jobs.values_mut().filter(due).collect();
        jobs.sort_by_key(|stored| (stored.due_at, stored.job.id));
        jobs.into_iter()
            .take(limit as usize)
            .map(|stored| {
                stored.leased_until = until;
                stored.job.attempts += 1;
                stored.job.clone()
            })
            .collect()
    }

    pub(super) fn rebuild(&mut self) -> Result<u64, StoreError> {
        let mut documents: BTreeMap<StreamId, Document> = BTreeMap::new();
        for recorded in self.readable() {
            let (stream, event) = (&recorded.stream, std::slice::from_ref(&recorded.event));
            let document = plan::next(stream, documents.get(stream), recorded.version - 1, event)?;
            documents.insert(stream.clone(), document);
        }
        let mut models = Models::default();
        for (stream, document) in documents {
            let change = Change { category: stream.category, document, prior: None };
            if change.taken().any(|key| models.holders.contains_key(&(stream.category, key.clone()))) {
                return Err(corrupt("keys", "two things hold one unique key"));
            }
            models.apply(vec![change]);
        }
        self.models = models;
        Ok(self.readable().count() as u64)
    }

    pub(super) fn read_models(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (stream, document) in &self.models.documents {
            let (category, id, facets) = (stream.category, &stream.id, &document.facets);
            lines.push(document_line(category, document));
            for (org, relation) in &facets.relations {
                lines.push(format!("relation {category} {org} {} {id}", relation.as_str()));
            }
            for Key { name, value, unique } in &facets.keys {
                lines.push(format!("key {category} {name:?} {value:?} {} {id}", i64::from(*unique)));
            }
        }
        lines.sort();
        lines
    }
}

fn place(document: &Document) -> (i64, &str) {
    (document.facets.sort_at, &document.id)
}
