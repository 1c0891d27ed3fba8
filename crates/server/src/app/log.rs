//! The log of acts: a tree that follows the event log, with checkpoints and proofs for those who may see how much
//! happens. The public log commits to it.

use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, may};
use forewarn_core::aggregate::Category;
use forewarn_core::case::Case;
use forewarn_core::event::{Recorded, StreamId};
use forewarn_store::EventStore;
use forewarn_tlog::{Checkpoint, Hash, Signer, Tile, Tree};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::witnessed::WitnessedView;
use super::{App, AppError};

/// What the name of the log of acts has behind that of the public log.
pub const ACTS: &str = "/acts";
/// How many commitments are read at once.
const STEP: u32 = 5_000;

/// The tree of this process.
#[derive(Default)]
pub(super) struct Follower {
    tree: RwLock<Tree>,
    /// Only one task reads the log forward at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Follower {
    /// Reads what was appended since.
    pub(super) async fn catch_up(&self, store: &dyn EventStore) -> Result<(), AppError> {
        let _turn = self.turn.lock().await;
        loop {
            let size = self.tree.read().unwrap_or_else(PoisonError::into_inner).size();
            let commitments = store.commitments(size + 1, STEP).await?;
            if commitments.is_empty() {
                return Ok(());
            }
            let mut tree = self.tree.write().unwrap_or_else(PoisonError::into_inner);
            for commitment in commitments {
                tree.append(&commitment);
            }
        }
    }

    /// The proof that the log of `new` entries extends the one of `old`; `None` when the log has fewer.
    pub(super) fn consistency(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        self.tree.read().unwrap_or_else(PoisonError::into_inner).consistency_proof(old, new).ok()
    }

    /// Root of the log as it was with `size` events; `None` when it has fewer.
    pub(super) fn root_at(&self, size: u64) -> Option<Hash> {
        self.tree.read().unwrap_or_else(PoisonError::into_inner).root_at(size).ok()
    }
}

/// A case's events with everything needed to check them against a signed checkpoint, offline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// Signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// Public key of the log (C2SP signed-note verifier key).
    pub key: String,
    /// The events.
    pub events: Vec<ProvenEvent>,
    /// The newest checkpoint of the public log that witnesses cosigned, where there are any, and that it commits to this log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnessed: Option<WitnessedView>,
}

/// One event with its proof.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProvenEvent {
    /// Position in the log, from 0.
    pub index: u64,
    /// Stream.
    pub stream: String,
    /// Kind.
    pub kind: String,
    /// Canonical bytes of the event, base64.
    pub bytes: String,
    /// Salt of the commitment, lower-case hex.
    pub salt: String,
    /// Inclusion proof (RFC 6962), lower-case hex, leaf side first.
    pub proof: Vec<String>,
}

impl App {
    /// It has another name than the public log, since one name must not stand for two trees.
    fn acts_origin(&self) -> String {
        format!("{}{ACTS}", self.settings.log_origin)
    }

    fn signer(&self) -> Result<Signer, AppError> {
        Signer::new(&self.acts_origin(), &self.settings.log_key)
            .map_err(|_| AppError::Internal("the log's name is not usable in a key"))
    }

    fn may_read_log(actor: &Actor) -> Result<(), AppError> {
        let allowed = may(actor, Act::ReadLog);
        if allowed { Ok(()) } else { Err(Refusal::Forbidden("the log needs the log scope").into()) }
    }

    /// A checkpoint of the log of acts as it is now.
    ///
    /// # Errors
    /// When the actor may not read the log or the store does not answer.
    pub async fn checkpoint(&self, actor: &Actor) -> Result<String, AppError> {
        Self::may_read_log(actor)?;
        self.signed_checkpoint().await.map(|(note, _)| note)
    }

    pub(super) async fn signed_checkpoint(&self) -> Result<(String, u64), AppError> {
        self.log.catch_up(self.store.as_ref()).await?;
        let (size, root) = {
            let tree = self.log.tree.read().unwrap_or_else(PoisonError::into_inner);
            (tree.size(), tree.root())
        };
        let checkpoint = Checkpoint { origin: self.acts_origin(), size, root };
        let note = checkpoint.sign(&self.signer()?).map_err(|_| AppError::Internal("checkpoint"))?;
        Ok((note.to_string(), size))
    }

    /// A tile of the log (C2SP tlog-tiles).
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a tile that is not complete to the asked width.
    pub async fn tile(&self, actor: &Actor, path: &str) -> Result<Vec<u8>, AppError> {
        Self::may_read_log(actor)?;
        let tile: Tile = path.parse().map_err(|_| Refusal::NotFound)?;
        self.log.catch_up(self.store.as_ref()).await?;
        let forewarn_tlog::Resource::Hashes(level) = tile.resource else {
            return Err(Refusal::NotFound.into());
        };
        let tree = self.log.tree.read().unwrap_or_else(PoisonError::into_inner);
        tree.tile(level, tile.index, tile.width).map_err(|_| Refusal::NotFound.into())
    }

    /// The events of a case and its notices, with proofs.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the case is not there or not visible, [`Refusal::Forbidden`] for its other parties.
    pub async fn evidence(&self, actor: &Actor, case: &str) -> Result<Evidence, AppError> {
        let visible = self.visible::<Case>(case, actor, Act::SeeCase).await?;
        if !visible.may(Act::SeeEvidence) {
            return Err(Refusal::Forbidden("only the case's coordinators take its evidence").into());
        }
        self.proven(self.events_of(&visible).await?).await
    }

    /// Events with proofs that they are in the log.
    pub(super) async fn proven(&self, recorded: Vec<Recorded>) -> Result<Evidence, AppError> {
        let (checkpoint, size) = self.signed_checkpoint().await?;
        let tree = self.log.tree.read().unwrap_or_else(PoisonError::into_inner);
        let mut events = Vec::with_capacity(recorded.len());
        for event in recorded {
            let index = event.seq - 1;
            let proof = tree
                .inclusion_proof(index, size)
                .map_err(|_| AppError::Internal("event is not in the log"))?;
            events.push(ProvenEvent {
                index,
                stream: event.stream.to_string(),
                kind: event.event.kind.clone(),
                bytes: STANDARD.encode(&event.event.bytes),
                salt: hex::encode(event.event.salt),
                proof: proof.iter().map(hex::encode).collect(),
            });
        }
        drop(tree);
        let key = self.signer()?.verifier().to_string();
        Ok(Evidence { checkpoint, key, events, witnessed: self.witnessed_before(size) })
    }

    /// Every event of a case, its findings, its notices and its advisory, in the order of the log.
    pub(super) async fn events_of(&self, case: &Case) -> Result<Vec<Recorded>, AppError> {
        let id = case.id.ok_or(Refusal::NotFound)?;
        let own = [Category::Case, Category::Advisory, Category::Priority];
        let mut streams: Vec<_> = own.into_iter().map(|category| StreamId::new(category, id)).collect();
        streams.extend(case.findings.keys().map(|finding| StreamId::new(Category::Finding, finding)));
        self.collect(&mut streams, Category::Thread, "case", &id.to_string()).await?;
        let notices = self.all_notices(&id.to_string()).await?;
        streams.extend(notices.iter().map(|notice| StreamId::new(Category::Notice, &notice.id)));
        let mut events = Vec::new();
        for stream in &streams {
            events.extend(self.store.stream(stream).await?);
        }
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }
}
