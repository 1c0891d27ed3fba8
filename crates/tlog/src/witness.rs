//! What a witness does with a checkpoint that is submitted to it, as in C2SP tlog-witness.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::Verifier;
use crate::note::{Note, NoteError};
use crate::proof::verify_consistency;
use crate::tree::Hash;

/// Most hashes of a consistency proof.
const MOST_HASHES: usize = 63;

/// A request to cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Size of the checkpoint that the witness should have cosigned last; 0 for none.
    pub old: u64,
    /// The proof that the new tree extends that one.
    pub proof: Vec<Hash>,
    /// The signed checkpoint, not believed yet.
    pub note: Note,
}

/// Why a checkpoint is not cosigned. Each has its HTTP status in the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The body is not a submission, or the old size is above the new one (400).
    #[error("not a submission of a checkpoint")]
    Malformed,
    /// The witness knows no log of this origin (404).
    #[error("this witness follows no log of this origin")]
    UnknownLog,
    /// No key that is trusted for the log has signed it (403).
    #[error("the checkpoint is not signed by the log's key")]
    Untrusted,
    /// The witness cosigned another size last, which it names (409).
    #[error("the checkpoint cosigned last has {size} entries")]
    Size {
        /// Size of the checkpoint cosigned last.
        size: u64,
    },
    /// The log shows another tree of the size that was cosigned: it has forked (409).
    #[error("another tree of this size was cosigned")]
    Forked {
        /// That size.
        size: u64,
    },
    /// The proof does not show that the new tree extends the old one (422).
    #[error("the checkpoint does not extend the one cosigned last")]
    NotConsistent,
}

impl Submission {
    /// Writes the body of a request.
    pub fn body(old: u64, proof: &[Hash], checkpoint: &str) -> String {
        let hashes: String = proof.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
        format!("old {old}\n{hashes}\n{checkpoint}")
    }

    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn parse(body: &str) -> Result<Self, Refused> {
        read(body).ok_or(Refused::Malformed)
    }

    /// The origin line, not believed yet: by it the witness finds the log's keys.
    pub fn origin(&self) -> &str {
        self.note.unverified_text().lines().next().unwrap_or_default()
    }

    /// Checks it against the keys that are trusted for its origin and the checkpoint cosigned last. The checkpoint that
    /// is returned must be stored before its cosignature is given away.
    ///
    /// # Errors
    /// [`Refused`] with the rule of the protocol.
    pub fn check(&self, keys: &[Verifier], last: Option<&Checkpoint>) -> Result<Checkpoint, Refused> {
        let own: Vec<&Verifier> = keys.iter().filter(|key| key.name() == self.origin()).collect();
        if own.is_empty() {
            return Err(Refused::UnknownLog);
        }
        let text = self.note.verify(&own).map_err(|error| match error {
            NoteError::Malformed => Refused::Malformed,
            NoteError::BadSignature | NoteError::Unsigned => Refused::Untrusted,
        })?;
        let new = Checkpoint::parse(text).map_err(|_: CheckpointError| Refused::Malformed)?;
        if self.old > new.size {
            return Err(Refused::Malformed);
        }
        let size = last.map_or(0, |last| last.size);
        if self.old != size {
            return Err(Refused::Size { size });
        }
        match last {
            Some(last) if last.size == new.size => {
                let same = last.root == new.root && self.proof.is_empty();
                if same { Ok(new) } else { Err(Refused::Forked { size }) }
            }
            _ => {
                let root = last.map_or_else(crate::tree::empty_root, |last| last.root);
                let extends = verify_consistency(size, new.size, &self.proof, &root, &new.root);
                extends.map_err(|_| Refused::NotConsistent).map(|()| new)
            }
        }
    }
}

fn read(body: &str) -> Option<Submission> {
    let (head, note) = body.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let digits = lines.next()?.strip_prefix("old ")?;
    let old: u64 = digits.parse().ok().filter(|old: &u64| old.to_string() == digits)?;
    let hash = |line: &str| STANDARD.decode(line).ok().and_then(|bytes| Hash::try_from(bytes).ok());
    let proof: Vec<Hash> = lines.take(MOST_HASHES + 1).map(hash).collect::<Option<_>>()?;
    let note = Note::parse(note).ok()?;
    (proof.len() <= MOST_HASHES).then_some(Submission { old, proof, note })
}
