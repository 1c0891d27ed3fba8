//! The exposure index of this process, kept in step with the log and saved for the next start.

mod file;
mod saved;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use forewarn_core::access::Filter;
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::event::{StreamId, decode};
use forewarn_core::ids::OrgId;
use forewarn_core::inventory::{Event, Holding};
use forewarn_exposure::alias::{Products, Suggestion};
use forewarn_exposure::{Affected, Builder, Exposure, Index, Inventory};
use forewarn_store::{EventStore, Query, Vault};

use super::walk::Pages;
use super::{App, AppError, log};
pub use saved::Unusable;

/// How many rows are read at once.
const STEP: u32 = 500;
/// Components that came or went before a merge is worth its time, beside an eighth of all.
const FEW: usize = 100_000;
/// Inventories replaced since the index was saved before it is worth saving again: so many are read anew at a start
/// after a crash.
const REPLACED: usize = 1_000;

/// Where the index of this process came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the file that was saved.
    Saved,
    /// From the inventories; with why the saved file could not be used, if there was one.
    Inventories(Option<Unusable>),
}

/// An index that follows inventories through the log.
#[derive(Default)]
pub(super) struct Follower {
    state: Arc<RwLock<State>>,
    /// Only one task reads the log forward at a time.
    turn: tokio::sync::Mutex<()>,
    file: Option<PathBuf>,
    /// What seals the file.
    vault: Option<Arc<Vault>>,
    /// Held while the file is written.
    writing: Arc<Mutex<()>>,
    origin: OnceLock<Origin>,
}

#[derive(Default)]
struct State {
    index: Index<OrgId>,
    /// Products under every name, to be suggested.
    products: Products<OrgId>,
    seq: u64,
    unsaved: Unsaved,
}

/// What the saved file does not have.
#[derive(Default)]
struct Unsaved {
    replaced: usize,
    /// Whether making it took long: it was built or merged.
    costly: bool,
}

impl Unsaved {
    fn is_worth_saving(&self) -> bool {
        self.costly || self.replaced >= REPLACED
    }
}

impl Follower {
    pub(super) fn saving_at(file: Option<PathBuf>, vault: Option<Arc<Vault>>) -> Self {
        Self { file, vault, ..Self::default() }
    }

    /// Takes up the index that was saved, or reads the current inventories. The log must be read already.
    pub(super) async fn start(&self, store: &dyn EventStore, log: &log::Follower) -> Result<(), AppError> {
        let (state, origin) = match self.read_saved(log).await? {
            Ok(state) => (state, Origin::Saved),
            Err(why) => {
                if let Some(reason) = why {
                    tracing::warn!(%reason, "the saved exposure index is not used; it is made from the inventories");
                }
                (built(store).await?, Origin::Inventories(why))
            }
        };
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        let _ = self.origin.set(origin);
        Ok(())
    }

    async fn read_saved(&self, log: &log::Follower) -> Result<Result<State, Option<Unusable>>, AppError> {
        let Some(path) = self.file.clone() else { return Ok(Err(None)) };
        let vault = self.vault.clone();
        let read = tokio::task::spawn_blocking(move || {
            let bytes = opened(vault.as_deref(), &path, file::read(&path)?)?;
            saved::decode(&bytes).map_err(Some)
        });
        let read =
            read.await.map_err(|_| AppError::Internal("the saved exposure index could not be read"))?;
        Ok(read.and_then(|saved| match log.root_at(saved.seq) {
            None => Err(Some(Unusable::Future)),
            Some(root) if root != saved.root => Err(Some(Unusable::OtherLog)),
            Some(_) => {
                let (index, products) = (saved.index, saved.products);
                Ok(State { index, products, seq: saved.seq, unsaved: Unsaved::default() })
            }
        }))
    }

    /// See [`App::save_index`]. Questions are answered meanwhile.
    async fn save(&self, store: &dyn EventStore, log: &log::Follower, always: bool) -> Result<(), AppError> {
        let Some(path) = self.file.clone() else { return Ok(()) };
        let failed = |_| AppError::Internal("the exposure index could not be saved");
        // Nothing changes while this has the turn, so that the bytes are of one moment of the log.
        let turn = self.turn.lock().await;
        let seq = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let changed = state.unsaved.replaced > 0 || state.unsaved.costly;
            if !changed || !(always || state.unsaved.is_worth_saving()) {
                return Ok(());
            }
            state.seq
        };
        log.catch_up(store).await?;
        let root = log.root_at(seq).ok_or(AppError::Internal("the exposure index is ahead of the log"))?;
        let state = Arc::clone(&self.state);
        let encode = move || {
            let bytes = {
                let state = state.read().unwrap_or_else(PoisonError::into_inner);
                saved::encode(&state.index, &state.products, seq, &root)
            };
            state.write().unwrap_or_else(PoisonError::into_inner).unsaved = Unsaved::default();
            bytes
        };
        let bytes = tokio::task::spawn_blocking(encode).await.map_err(failed)?;
        drop(turn);
        let (writing, vault) = (Arc::clone(&self.writing), self.vault.clone());
        let write = move || {
            let _alone = writing.lock().unwrap_or_else(PoisonError::into_inner);
            let sealed = vault.map(|vault| vault.seal_file(FILE, &bytes)).transpose();
            let sealed = sealed.map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
            file::write(&path, sealed.as_ref().unwrap_or(&bytes))
        };
        tokio::task::spawn_blocking(write).await.map_err(failed)?.map_err(|error| {
            self.state.write().unwrap_or_else(PoisonError::into_inner).unsaved.costly = true;
            AppError::NotSaved(error.kind())
        })
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
                let inventory = components(store, &recorded.stream.id, &snapshot.components_sha256).await?;
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
                let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
                state.index = merged;
                state.unsaved.costly = true;
            }
        };
        let merged = tokio::task::spawn_blocking(work).await;
        merged.map_err(|_| AppError::Internal("the exposure index could not be merged"))
    }

    fn replace(&self, org: OrgId, asset: &str, inventory: &Inventory) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.products.replace(&org, asset, inventory);
        state.index.replace(org, asset, inventory);
        state.unsaved.replaced += 1;
    }

    /// Who runs what is affected.
    pub(super) fn exposures(&self, affected: &[Affected]) -> Vec<Exposure<OrgId>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        affected.iter().flat_map(|entry| state.index.exposures(entry)).collect()
    }

    /// Who runs what a person found to be the affected product under another name.
    pub(super) fn confirmed(&self, case: &Case) -> Vec<Exposure<OrgId>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for matched in case.confirmed_matches() {
            let meant = case.affected.expose().iter().filter(|entry| entry.identity == matched.affected);
            found.extend(meant.flat_map(|entry| state.products.under(&matched.org, &matched.held, entry)));
        }
        found
    }

    /// Who may run what is affected under another name.
    pub(super) fn suggestions(&self, affected: &Affected) -> Vec<Suggestion<OrgId>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.products.suggestions(affected)
    }
}

impl App {
    /// Where the exposure index of this process came from.
    pub fn index_origin(&self) -> Origin {
        self.exposure.origin.get().copied().unwrap_or(Origin::Inventories(None))
    }

    /// Components in the exposure index, and those of them that came or went since its last merge.
    pub fn index_size(&self) -> (usize, usize) {
        let state = self.exposure.state.read().unwrap_or_else(PoisonError::into_inner);
        (state.index.len(), state.index.unmerged())
    }

    /// Brings the exposure index up to the log and saves it, for a quick start next time: if anything has changed, or,
    /// unless `always`, if so much has changed that it is worth it while the service runs.
    ///
    /// # Errors
    /// When the store does not answer or the file cannot be written. Nothing is lost by that: the next start reads
    /// the inventories.
    pub async fn save_index(&self, always: bool) -> Result<(), AppError> {
        self.exposure.catch_up(self.store.as_ref()).await?;
        self.exposure.save(self.store.as_ref(), &self.log, always).await
    }
}

/// What the file is sealed as.
const FILE: &str = "exposure.index";

/// The bytes of a file that may be sealed. One from before files were sealed goes: it says what every operator runs.
fn opened(vault: Option<&Vault>, path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Option<Unusable>> {
    let Some(vault) = vault else { return Ok(bytes) };
    if saved::is_plain(&bytes) {
        let gone = std::fs::remove_file(path);
        return Err(Some(if gone.is_ok() { Unusable::NotSealed } else { Unusable::Unreadable }));
    }
    vault.open_file(FILE, &bytes).map_err(|_| Some(Unusable::Damaged))
}

/// The index of the current inventories.
async fn built(store: &dyn EventStore) -> Result<State, AppError> {
    // The position is taken first: what is pushed meanwhile is read twice, which changes nothing.
    let seq = store.head().await?;
    let mut pages = Pages::new(Query::new(Category::Inventory, Filter::Everything, STEP));
    let (mut builder, mut products) = (Builder::new(), Products::new());
    while let Some(documents) = pages.next(store).await? {
        for document in &documents {
            let holding: Holding =
                serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("inventory shape"))?;
            if let Some(org) = holding.org {
                let inventory = components(store, &document.id, &holding.snapshot.components_sha256).await?;
                products.replace(&org, &holding.asset, &inventory);
                builder.add(org, &holding.asset, &inventory);
            }
        }
    }
    let index = tokio::task::spawn_blocking(|| builder.build())
        .await
        .map_err(|_| AppError::Internal("the exposure index could not be built"))?;
    let unsaved = Unsaved { replaced: 0, costly: !index.is_empty() };
    Ok(State { index, products, seq, unsaved })
}

/// The components of a snapshot of an asset, which is named by its stream.
pub(super) async fn components(
    store: &dyn EventStore,
    asset: &str,
    sha256: &str,
) -> Result<Inventory, AppError> {
    let mut digest = [0; 32];
    hex::decode_to_slice(sha256, &mut digest).map_err(|_| AppError::Internal("inventory digest"))?;
    let owner = StreamId::new(Category::Inventory, asset);
    let bytes = store.blob(&owner, &digest).await?.ok_or(AppError::Internal("inventory blob is missing"))?;
    serde_json::from_slice(&bytes).map_err(|_| AppError::Internal("inventory blob shape"))
}
