//! Receipts: what somebody was told, with the proof that the public log has it, and nothing of anybody else.

use std::sync::{Arc, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor};
use forewarn_core::aggregate::Category;
use forewarn_core::event::{Recorded, StreamId};
use forewarn_core::finding::Finding;
use forewarn_core::notice::Notice;
use forewarn_tlog::{Batch, Place};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acts::Acts;
use crate::app::{App, AppError};

/// What of a notice its recipient gets a receipt for. Not how it was reached, and none of its own words: a receipt is
/// made to be shown to others.
const OF_NOTICE: &[&str] = &["notice-queued", "notice-delivered", "notice-opened", "notice-acknowledged"];
/// What of a finding its finder gets a receipt for: what it handed in.
const OF_FINDING: &[&str] = &["finding-received"];

/// Acts with everything needed to check offline that the public log has them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// Checkpoint of the public log (C2SP tlog-checkpoint), with the cosignatures of witnesses where there are any.
    pub checkpoint: String,
    /// Public key of the log (C2SP signed-note verifier key).
    pub key: String,
    /// The acts.
    pub acts: Vec<ProvenAct>,
    /// How many further acts wait for the end of their interval.
    pub waiting: usize,
}

/// One act with its proofs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProvenAct {
    /// Stream.
    pub stream: String,
    /// Kind.
    pub kind: String,
    /// Canonical bytes of the event, base64.
    pub bytes: String,
    /// Salt of its commitment, lower-case hex.
    pub salt: String,
    /// Its place in the tree of its interval.
    pub position: u32,
    /// Path from there to the root, lower-case hex, leaf side first. It is of the same length for every act.
    pub path: Vec<String>,
    /// The entry of the interval, as the public log has it.
    pub entry: String,
    /// Inclusion proof of the entry (RFC 6962), lower-case hex, leaf side first.
    pub proof: Vec<String>,
}

impl App {
    /// The receipt for a notice: for its recipient and those who act for it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there or not the actor's, [`Refusal::Rule`] until its interval is over.
    pub async fn notice_receipt(&self, actor: &Actor, id: &str) -> Result<Receipt, AppError> {
        self.visible::<Notice>(id, actor, Act::SeeNotice).await?;
        self.receipt(&StreamId::new(Category::Notice, id), OF_NOTICE).await
    }

    /// The receipt for a finding: for its finder and those who coordinate.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there or not visible, [`Refusal::Rule`] until its interval is over.
    pub async fn finding_receipt(&self, actor: &Actor, id: &str) -> Result<Receipt, AppError> {
        self.visible::<Finding>(id, actor, Act::SeeFinding).await?;
        self.receipt(&StreamId::new(Category::Finding, id), OF_FINDING).await
    }

    async fn receipt(&self, stream: &StreamId, kinds: &[&str]) -> Result<Receipt, AppError> {
        let mut acts = self.store.stream(stream).await?;
        acts.retain(|act| kinds.contains(&act.event.kind.as_str()));
        self.public_log.catch_up(self.store.as_ref()).await?;
        let entries: Vec<(Recorded, u64)> = acts
            .iter()
            .filter_map(|act| self.public_log.entry_with(act.seq).map(|entry| (act.clone(), entry)))
            .collect();
        let Some(last) = entries.iter().map(|(_, entry)| *entry).max() else {
            let rule = "the interval is not over yet; ask for the receipt when the public log has its entry";
            return Err(Refusal::Rule(rule).into());
        };
        // One that witnesses have cosigned, where there is one with all of the entries.
        let now = self.signed_public_checkpoint()?;
        let (checkpoint, size) = self.cosigned(last + 1..=now.1).unwrap_or(now);
        let mut proven = Vec::with_capacity(entries.len());
        for (act, entry) in &entries {
            proven.push(self.proven_act(act, *entry, size).await?);
        }
        let waiting = acts.len() - proven.len();
        Ok(Receipt { checkpoint, key: self.log_key()?, acts: proven, waiting })
    }

    async fn proven_act(&self, act: &Recorded, index: u64, size: u64) -> Result<ProvenAct, AppError> {
        let missing = || AppError::Internal("an act is not in the entry of its interval");
        let (entry, proof, before, through) = self.public_log.entry(index, size).ok_or_else(missing)?;
        let batch = self.batch(index, before, through).await?;
        let place = usize::try_from(act.seq - before - 1).ok().and_then(|at| batch.place(at));
        let Place { position, path } = place.ok_or_else(missing)?;
        Ok(ProvenAct {
            stream: act.stream.to_string(),
            kind: act.event.kind.clone(),
            bytes: STANDARD.encode(&act.event.bytes),
            salt: hex::encode(act.event.salt),
            position,
            path: path.iter().map(hex::encode).collect(),
            entry: entry.text(),
            proof: proof.iter().map(hex::encode).collect(),
        })
    }

    /// The tree of an interval whose acts come behind `before` and end with `through`.
    async fn batch(&self, number: u64, before: u64, through: u64) -> Result<Arc<Batch>, AppError> {
        let last = self.public_log.last.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, batch)) = last.filter(|(known, _)| *known == number) {
            return Ok(batch);
        }
        let acts = Acts::behind(self.store.as_ref(), before).through(through).await?;
        let commitments: Vec<_> = acts.iter().map(|act| act.commitment).collect();
        let batch = Arc::new(Batch::new(&self.hiding_key(), number, &commitments));
        *self.public_log.last.write().unwrap_or_else(PoisonError::into_inner) =
            Some((number, Arc::clone(&batch)));
        Ok(batch)
    }
}
