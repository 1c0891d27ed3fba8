//! Checkpoints of the public log that witnesses have cosigned.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{PoisonError, RwLock};

use forewarn_tlog::{Hash, Note, Signature, Submission};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, AppError};
use crate::outgoing::witnesses::{Answer, AsksWitness};

/// The newest checkpoint that a witness cosigned, and how far each witness is.
#[derive(Default)]
pub(super) struct Witnessed {
    newest: RwLock<Option<(Note, u64)>>,
    sizes: RwLock<BTreeMap<String, u64>>,
}

/// A checkpoint of the public log that was cosigned, and that the log of acts grew from what its last entry commits to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WitnessedView {
    /// Signed and cosigned checkpoint of the public log (C2SP tlog-checkpoint, tlog-cosignature).
    pub checkpoint: String,
    /// Its last entry.
    pub entry: String,
    /// Inclusion proof of that entry (RFC 6962, section 2.1.1), lower-case hex.
    pub inclusion: Vec<String>,
    /// What opens the entry's commitment to the log of acts, lower-case hex.
    pub salt: String,
    /// Size of the log of acts then.
    pub size: u64,
    /// Its root then, lower-case hex.
    pub root: String,
    /// Proof that the evidence's own checkpoint extends it (RFC 6962, section 2.1.2), lower-case hex.
    pub consistency: Vec<String>,
}

impl App {
    /// Asks every witness to cosign the log as it is, if it grew. One that does not answer holds up no other.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) async fn ask_witnesses(&self) -> Result<(), AppError> {
        let witnesses = &self.settings.outgoing.witnesses;
        let before =
            self.witnessed.newest.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(_, n)| *n);
        if witnesses.is_empty() {
            return Ok(());
        }
        self.public_log.catch_up(self.store.as_ref()).await?;
        let (text, size) = self.signed_public_checkpoint()?;
        // Nothing has been said yet that could be cosigned.
        if before == Some(size) || size == 0 {
            return Ok(());
        }
        let mut note = Note::parse(&text).map_err(|_| AppError::Internal("checkpoint"))?;
        let asked = witnesses.iter().map(|witness| self.cosignature(witness.as_ref(), &text, size));
        let mut cosigned = false;
        for line in futures_util::future::join_all(asked).await.into_iter().flatten() {
            note.add(line);
            cosigned = true;
        }
        if cosigned {
            *self.witnessed.newest.write().unwrap_or_else(PoisonError::into_inner) = Some((note, size));
        }
        Ok(())
    }

    /// One witness's cosignature. A witness that cosigned another size last is asked again from there.
    async fn cosignature(&self, witness: &dyn AsksWitness, text: &str, size: u64) -> Option<Signature> {
        let name = witness.key().to_string();
        let known = self.witnessed.sizes.read().unwrap_or_else(PoisonError::into_inner).get(&name).copied();
        let mut answer = self.submit(witness, text, known.unwrap_or(0), size).await;
        if let Answer::From(old) = answer {
            answer = self.submit(witness, text, old, size).await;
        }
        let line = match &answer {
            Answer::Lines(lines) => lines.lines().find_map(|line| right(witness, text, line)),
            Answer::From(_) | Answer::No(_) => None,
        };
        let outcome = if line.is_some() { "cosigned" } else { "refused" };
        metrics::counter!("forewarn_cosignatures_total", "outcome" => outcome).increment(1);
        if line.is_none() {
            tracing::warn!(witness = witness.key().name(), "a witness did not cosign the log's checkpoint");
        } else {
            self.witnessed.sizes.write().unwrap_or_else(PoisonError::into_inner).insert(name, size);
        }
        line
    }

    async fn submit(&self, witness: &dyn AsksWitness, text: &str, old: u64, size: u64) -> Answer {
        match self.public_log.consistency(old, size) {
            Some(proof) => witness.ask(Submission::body(old, &proof, text)).await,
            // It cosigned more than the log has: the log was rolled back, and no proof makes that right.
            None => {
                tracing::error!(
                    witness = witness.key().name(),
                    "a witness has seen a larger log than this one"
                );
                Answer::No(None)
            }
        }
    }

    /// The newest cosigned checkpoint, if it is of one of these sizes.
    pub(super) fn cosigned(&self, sizes: RangeInclusive<u64>) -> Option<(String, u64)> {
        let newest = self.witnessed.newest.read().unwrap_or_else(PoisonError::into_inner);
        newest.as_ref().filter(|(_, size)| sizes.contains(size)).map(|(note, size)| (note.to_string(), *size))
    }

    /// The newest cosigned checkpoint, with the proof that the log of `now` acts extends what it commits to.
    pub(super) fn witnessed_before(&self, now: u64) -> Option<WitnessedView> {
        let (checkpoint, entries) = self.cosigned(1..=u64::MAX)?;
        let opened = self.public_log.opened(entries - 1, entries, &self.hiding_key())?;
        let hexed = |proof: Vec<Hash>| proof.iter().map(hex::encode).collect();
        Some(WitnessedView {
            checkpoint,
            entry: opened.entry.text(),
            inclusion: hexed(opened.inclusion),
            salt: hex::encode(opened.salt),
            size: opened.size,
            root: hex::encode(self.log.root_at(opened.size)?),
            consistency: hexed(self.log.consistency(opened.size, now)?),
        })
    }
}

/// A line that is a right cosignature of the checkpoint by this witness.
fn right(witness: &dyn AsksWitness, text: &str, line: &str) -> Option<Signature> {
    let line = Signature::parse(line).ok()?;
    let mut note = Note::parse(text).ok()?;
    note.add(line.clone());
    witness.key().cosigned_at(&note).map(|_| line)
}
