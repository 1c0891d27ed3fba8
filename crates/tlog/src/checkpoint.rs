//! Checkpoints, as in C2SP tlog-checkpoint: the size and root of a log as a signed note.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::key::{Signer, Verifier, is_name};
use crate::note::{Note, NoteError};
use crate::tree::Hash;

/// Why a checkpoint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text is not a checkpoint, or the origin cannot be one.
    #[error("malformed checkpoint")]
    Malformed,
    /// The key is named differently from the log: it speaks for another log.
    #[error("the key belongs to another log")]
    Origin,
    /// The note around it is refused.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// What a log commits to: its first `size` entries have this `root`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log; also the name of its key.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed: origin, decimal size and base64 root on a line each.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads the text. Extension lines may follow and are passed over.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        read(text).ok_or(CheckpointError::Malformed)
    }

    /// The signed note of this checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`] when the signer's name is not the origin, [`CheckpointError::Malformed`] when the
    /// origin would break the text.
    pub fn sign(&self, signer: &Signer) -> Result<Note, CheckpointError> {
        if !is_name(&self.origin) {
            return Err(CheckpointError::Malformed);
        }
        if signer.verifier().name() != self.origin {
            return Err(CheckpointError::Origin);
        }
        let mut note = Note::new(self.text())?;
        note.sign(signer);
        Ok(note)
    }

    /// Reads a signed note that the log with this key must have signed. Cosignatures by others are passed over.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] when the note is malformed or not signed by `log`, [`CheckpointError::Malformed`]
    /// when its text is not a checkpoint, [`CheckpointError::Origin`] when it is the checkpoint of another log.
    pub fn open(note: &str, log: &Verifier) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(note.verify(&[log])?)?;
        if checkpoint.origin == log.name() { Ok(checkpoint) } else { Err(CheckpointError::Origin) }
    }
}

fn read(text: &str) -> Option<Checkpoint> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let (origin, digits, root) = (lines.next()?, lines.next()?, lines.next()?);
    let size: u64 = digits.parse().ok()?;
    let root = STANDARD.decode(root).ok()?.try_into().ok()?;
    let plain = size.to_string() == digits && !origin.is_empty() && lines.all(|line| !line.is_empty());
    plain.then(|| Checkpoint { origin: origin.to_owned(), size, root })
}
