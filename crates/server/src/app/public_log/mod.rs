//! The public log: what anybody may read of it. It has one entry for each interval, whatever happened (ADR 0010).

mod acts;
mod audit;
mod closing;
mod receipt;

use std::sync::{Arc, PoisonError, RwLock};

use forewarn_core::Refusal;
use forewarn_core::aggregate::{Category, Corrupt};
use forewarn_core::event::{Recorded, decode};
use forewarn_core::public_log::{Closed, Event};
use forewarn_store::EventStore;
use forewarn_tlog::{Batch, Checkpoint, Entry, Hash, HidingKey, Resource, Signer, Tile, Tree, write_bundle};

pub use audit::{Audit, audit};
pub use receipt::{ProvenAct, Receipt};

use super::{App, AppError};

/// How many events are read at once.
const STEP: u32 = 2_000;

/// The entries of this process.
#[derive(Default)]
pub(super) struct Follower {
    read: RwLock<Read>,
    /// Only one task reads forward at a time.
    turn: tokio::sync::Mutex<()>,
    /// The interval whose acts were asked for last: receipts of a wave come one after the other.
    last: RwLock<Option<(u64, Arc<Batch>)>>,
}

/// An entry with what opens its commitment to the log of acts.
pub(super) struct Opened {
    pub entry: Entry,
    pub inclusion: Vec<Hash>,
    pub salt: Hash,
    /// Size of the log of acts.
    pub size: u64,
}

#[derive(Default)]
struct Read {
    tree: Tree,
    entries: Vec<Entry>,
    /// Sequence number of the last act of each entry.
    through: Vec<u64>,
    /// Sequence number of the event that was read last.
    seq: u64,
}

/// The entry that an event of the public log is about.
///
/// # Errors
/// When it is not of the form of one.
pub(super) fn entry_of(recorded: &Recorded) -> Result<(Entry, u64), Corrupt> {
    let wrong = || Corrupt { what: "public log".into(), cause: "an entry of another form".into() };
    let Event::EntryClosed(closed) = decode(&recorded.event.bytes).map_err(|_| wrong())?.data;
    let Closed { number, seconds, end, through, acts, log } = closed;
    let hash = |text: &str| {
        let mut hash: Hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_| wrong())?;
        Ok::<_, Corrupt>(hash)
    };
    Ok((Entry { number, seconds, end, acts: hash(&acts)?, log: hash(&log)? }, through))
}

impl Follower {
    /// Reads what was written since.
    pub(super) async fn catch_up(&self, store: &dyn EventStore) -> Result<(), AppError> {
        let _turn = self.turn.lock().await;
        loop {
            let seq = self.with(|read| read.seq);
            let events = store.events_after(seq, STEP, Some(Category::PublicLog)).await?;
            if events.is_empty() {
                return Ok(());
            }
            let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
            for event in &events {
                let (entry, through) = entry_of(event)?;
                read.tree.append(entry.text().as_bytes());
                read.entries.push(entry);
                read.through.push(through);
                read.seq = event.seq;
            }
        }
    }

    fn with<T>(&self, look: impl FnOnce(&Read) -> T) -> T {
        look(&self.read.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The proof that the log of `new` entries extends the one of `old`; `None` when it has fewer.
    pub(super) fn consistency(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        self.with(|read| read.tree.consistency_proof(old, new).ok())
    }

    /// Entry `index` with its proof in the log of `size` entries, and the acts before and in it by sequence number.
    fn entry(&self, index: u64, size: u64) -> Option<(Entry, Vec<Hash>, u64, u64)> {
        self.with(|read| {
            let at = usize::try_from(index).ok()?;
            let before = at.checked_sub(1).map_or(Some(&0), |at| read.through.get(at))?;
            let proof = read.tree.inclusion_proof(index, size).ok()?;
            Some((read.entries.get(at)?.clone(), proof, *before, *read.through.get(at)?))
        })
    }

    /// What opens the commitment of entry `index` to the log of acts.
    pub(super) fn opened(&self, index: u64, size: u64, key: &HidingKey) -> Option<Opened> {
        let (entry, inclusion, _, through) = self.entry(index, size)?;
        Some(Opened { entry, inclusion, salt: key.log_salt(index), size: through })
    }

    /// The entry that has the act of this sequence number; `None` while its interval is not over.
    fn entry_with(&self, seq: u64) -> Option<u64> {
        self.with(|read| {
            let at = read.through.partition_point(|through| *through < seq);
            (at < read.through.len()).then_some(at as u64)
        })
    }

    /// A tile or an entry bundle.
    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        self.with(|read| match tile.resource {
            Resource::Hashes(level) => read.tree.tile(level, tile.index, tile.width).ok(),
            Resource::Entries => {
                let first = usize::try_from(tile.index).ok()?.checked_mul(256)?;
                let entries = read.entries.get(first..first.checked_add(usize::from(tile.width))?)?;
                let texts: Vec<String> = entries.iter().map(Entry::text).collect();
                write_bundle(texts.iter().map(String::as_bytes)).ok()
            }
        })
    }
}

impl App {
    pub(super) fn public_signer(&self) -> Result<Signer, AppError> {
        Signer::new(&self.settings.log_origin, &self.settings.log_key)
            .map_err(|_| AppError::Internal("the log's name is not usable in a key"))
    }

    /// The public key of the public log.
    ///
    /// # Errors
    /// When the log's name is not usable.
    pub fn log_key(&self) -> Result<String, AppError> {
        Ok(self.public_signer()?.verifier().to_string())
    }

    pub(super) fn hiding_key(&self) -> HidingKey {
        HidingKey::derive(&self.settings.log_key)
    }

    /// A checkpoint of the public log as it is now, with the cosignatures that it has.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn public_checkpoint(&self) -> Result<String, AppError> {
        self.public_log.catch_up(self.store.as_ref()).await?;
        let (note, size) = self.signed_public_checkpoint()?;
        Ok(self.cosigned(size..=size).map_or(note, |(note, _)| note))
    }

    /// The checkpoint of what has been read, and its size.
    pub(super) fn signed_public_checkpoint(&self) -> Result<(String, u64), AppError> {
        let (size, root) = self.public_log.with(|read| (read.tree.size(), read.tree.root()));
        let checkpoint = Checkpoint { origin: self.settings.log_origin.clone(), size, root };
        let note = checkpoint.sign(&self.public_signer()?).map_err(|_| AppError::Internal("checkpoint"))?;
        Ok((note.to_string(), size))
    }

    /// A tile or an entry bundle of the public log (C2SP tlog-tiles).
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for one that is not complete to the asked width.
    pub async fn public_tile(&self, path: &str) -> Result<Vec<u8>, AppError> {
        let tile: Tile = path.parse().map_err(|_| Refusal::NotFound)?;
        self.public_log.catch_up(self.store.as_ref()).await?;
        self.public_log.tile(tile).ok_or(AppError::Refused(Refusal::NotFound))
    }
}
