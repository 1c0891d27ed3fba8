//! The newest checkpoint that was seen, kept from one check to the next.

use std::fs;
use std::path::Path;

use anyhow::Context;
use forewarn_tlog::{Checkpoint, Verifier};
use serde::{Deserialize, Serialize};

use crate::documents;

/// Largest file, in bytes.
const LARGEST: usize = 2 << 20;

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Public key of the log.
    pub key: String,
    /// The checkpoint as it was signed: with another one it is proof that the log forked.
    pub checkpoint: String,
}

impl Seen {
    /// Reads the file; `None` when there is none yet.
    ///
    /// # Errors
    /// When it cannot be read or is something else.
    pub fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let bytes = documents::read(path, LARGEST).map_err(crate::bad_input::BadInput::from)?;
        Ok(Some(serde_json::from_slice(&bytes).map_err(|error| crate::bad_input::not_json(path, &error))?))
    }

    /// The checkpoint, signed with the key that is kept beside it.
    ///
    /// # Errors
    /// When it is not.
    pub fn opened(&self) -> anyhow::Result<Checkpoint> {
        let key = Verifier::parse(&self.key).context("the key in the state file")?;
        Checkpoint::open(&self.checkpoint, &key).context("the checkpoint in the state file")
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut fresh = path.as_os_str().to_owned();
        fresh.push(".new");
        let told = || format!("cannot write {}", path.display());
        fs::write(&fresh, serde_json::to_vec_pretty(self)?).with_context(told)?;
        fs::rename(&fresh, path).with_context(told)
    }
}
