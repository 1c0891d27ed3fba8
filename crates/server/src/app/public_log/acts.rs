//! The acts of intervals, in the order of the log.

use std::collections::{BTreeMap, VecDeque};

use forewarn_core::aggregate::Corrupt;
use forewarn_core::event::decode;
use forewarn_store::EventStore;
use forewarn_tlog::{Hash, MOST_ACTS};
use serde::de::IgnoredAny;

use super::STEP;
use crate::app::AppError;

/// An act as the public log takes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct OneAct {
    pub seq: u64,
    pub commitment: Hash,
    /// When, in milliseconds since the Unix epoch; `None` of one that was destroyed.
    pub at: Option<i64>,
    /// Whether the commitment is that of the content, where there is content.
    pub sound: bool,
}

/// Reads acts one after the other.
pub(super) struct Acts<'a> {
    store: &'a dyn EventStore,
    next: u64,
    read: VecDeque<OneAct>,
}

impl<'a> Acts<'a> {
    /// From behind this sequence number on.
    pub fn behind(store: &'a dyn EventStore, seq: u64) -> Self {
        Self { store, next: seq + 1, read: VecDeque::new() }
    }

    /// The acts that come next and were done before `end` (milliseconds since the Unix epoch), as many as an interval
    /// holds. The first that was done later ends it, so that each act is in one interval and in the order of the log; one
    /// that was destroyed goes with the act before it.
    pub async fn before(&mut self, end: i64) -> Result<Vec<OneAct>, AppError> {
        let mut taken = Vec::new();
        while taken.len() < MOST_ACTS {
            match self.peek().await? {
                Some(act) if act.at.is_none_or(|at| at < end) => taken.push(act),
                _ => break,
            }
            self.read.pop_front();
        }
        Ok(taken)
    }

    /// The acts up to this sequence number.
    pub async fn through(&mut self, seq: u64) -> Result<Vec<OneAct>, AppError> {
        let mut taken = Vec::new();
        while let Some(act) = self.peek().await?.filter(|act| act.seq <= seq) {
            taken.push(act);
            self.read.pop_front();
        }
        Ok(taken)
    }

    async fn peek(&mut self) -> Result<Option<OneAct>, AppError> {
        if self.read.is_empty() {
            self.read_on().await?;
        }
        Ok(self.read.front().copied())
    }

    async fn read_on(&mut self) -> Result<(), AppError> {
        let commitments = self.store.commitments(self.next, STEP).await?;
        let events = self.store.events_after(self.next - 1, STEP, None).await?;
        let mut moments = BTreeMap::new();
        for recorded in &events {
            let envelope = decode::<IgnoredAny>(&recorded.event.bytes)
                .map_err(|_| Corrupt { what: "event".into(), cause: "not an envelope".into() })?;
            moments.insert(recorded.seq, (envelope.at.as_millisecond(), recorded.commitment()));
        }
        for (seq, commitment) in (self.next..).zip(commitments) {
            let found = moments.get(&seq);
            let sound = found.is_none_or(|(_, computed)| *computed == commitment);
            self.read.push_back(OneAct { seq, commitment, at: found.map(|(at, _)| *at), sound });
            self.next = seq + 1;
        }
        Ok(())
    }
}
