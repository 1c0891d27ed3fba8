//! The exposure index of this process, kept in step with the log.

use std::sync::{Arc, PoisonError, RwLock};

use forewarn_core::access::Filter;
use forewarn_core::aggregate::Category;
use forewarn_core::event::decode;
use forewarn_core::ids::OrgId;
use forewarn_core::inventory::{Event, Holding};
use forewarn_exposure::{Affected, Builder, Exposure, Index, Inventory};
use forewarn_store::{EventStore, Position, Query};

use crate::app::AppError;

/// How many rows are read at once.
const STEP: u32 = 500;
/// Components that came or went before a merge is worth its time, beside an eighth of all.
const FEW: usize = 100_000;

/// An index that follows inventories through the log.
#[derive(Default)]
pub(super) struct Follower {
    state: Arc<RwLock<State>>,
    /// Only one task reads the log forward at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    index: Index<OrgId>,
    seq: u64,
}

impl Follower {
    /// Reads the current inventories.
    pub(super) async fn start(&self, store: &dyn EventStore) -> Result<(), AppError> {
        // The position is taken first: what is pushed meanwhile is read twice, which changes nothing.
        let seq = store.head().await?;
        let mut query = Query::new(Category::Inventory, Filter::Everything, STEP);
        let mut builder = Builder::new();
        loop {
            let documents = store.list(&query).await?;
            for document in &documents {
                let holding: Holding = serde_json::from_slice(&document.doc)
                    .map_err(|_| AppError::Internal("inventory shape"))?;
                if let Some(org) = holding.org {
                    let inventory = components(store, &holding.snapshot.components_sha256).await?;
                    builder.add(org, &holding.asset, &inventory);
                }
            }
            match documents.last() {
                Some(last) => query.after = Some(Position::of(last)),
                None => break,
            }
        }
        let index = tokio::task::spawn_blocking(|| builder.build())
            .await
            .map_err(|_| AppError::Internal("the exposure index could not be built"))?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State { index, seq };
        Ok(())
    }

    /// Reads what was pushed since.
    pub(super) async fn catch_up(&self, store: &dyn EventStore) -> Result<(), AppError> {
        let _turn = self.turn.lock().await;
        let head = store.head().await?;
        loop {
            let from = self.state.read().unwrap_or_else(PoisonError::into_inner).seq;
            if from >= head {
                return self.merge().await;
            }
            let events = store.events_after(from, STEP, Some(Category::Inventory)).await?;
            for recorded in &events {
                let envelope = decode::<Event>(&recorded.event.bytes)
                    .map_err(|_| AppError::Internal("inventory event shape"))?;
                let Event::InventoryReplaced { org, asset, snapshot } = envelope.data;
                let inventory = components(store, &snapshot.components_sha256).await?;
                self.replace(org, &asset, &inventory);
            }
            let seq = events.last().map_or(head, |last| last.seq);
            self.state.write().unwrap_or_else(PoisonError::into_inner).seq = seq;
        }
    }

    /// Merges when much has changed. Questions are answered meanwhile; the caller has the turn, so that nothing
    /// changes.
    async fn merge(&self) -> Result<(), AppError> {
        let state = Arc::clone(&self.state);
        let work = move || {
            let merged = {
                let State { index, .. } = &*state.read().unwrap_or_else(PoisonError::into_inner);
                (index.unmerged() > FEW.max(index.len() / 8)).then(|| index.merged())
            };
            if let Some(merged) = merged {
                state.write().unwrap_or_else(PoisonError::into_inner).index = merged;
            }
        };
        let merged = tokio::task::spawn_blocking(work).await;
        merged.map_err(|_| AppError::Internal("the exposure index could not be merged"))
    }

    fn replace(&self, org: OrgId, asset: &str, inventory: &Inventory) {
        self.state.write().unwrap_or_else(PoisonError::into_inner).index.replace(org, asset, inventory);
    }

    /// Who runs what is affected.
    pub(super) fn exposures(&self, affected: &[Affected]) -> Vec<Exposure<OrgId>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        affected.iter().flat_map(|entry| state.index.exposures(entry)).collect()
    }
}

/// The components of a snapshot.
pub(super) async fn components(store: &dyn EventStore, sha256: &str) -> Result<Inventory, AppError> {
    let mut digest = [0; 32];
    hex::decode_to_slice(sha256, &mut digest).map_err(|_| AppError::Internal("inventory digest"))?;
    let bytes = store.blob(&digest).await?.ok_or(AppError::Internal("inventory blob is missing"))?;
    serde_json::from_slice(&bytes).map_err(|_| AppError::Internal("inventory blob shape"))
}
