//! `forewarn log verify`: evidence of a case against a signed checkpoint, offline.

mod approvals;
mod witnessed;

use std::path::Path;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::event::{commitment, decode};
use forewarn_server::app::{ACTS, Evidence, ProvenEvent};
use forewarn_tlog::{Checkpoint, Verifier, leaf_hash, verify_inclusion};

use crate::{DONE, FOUND, documents};

/// Largest evidence file, in bytes.
const LARGEST: usize = 512 << 20;

/// What was checked.
pub struct Checked {
    /// Events found in the log.
    pub events: usize,
    /// Size of the log.
    pub size: u64,
    /// Name of the log.
    pub origin: String,
    /// Signed approvals, in words.
    pub approvals: Vec<String>,
}

/// Checks evidence against a key, or against the one it brings, and says what it found.
///
/// # Errors
/// When the file cannot be read.
pub fn verify(file: &Path, key: Option<&str>, witnesses: &[String]) -> anyhow::Result<u8> {
    let bytes = documents::read(file, LARGEST).map_err(crate::bad_input::BadInput::from)?;
    let evidence: Evidence =
        serde_json::from_slice(&bytes).map_err(|error| crate::bad_input::not_json(file, &error))?;
    let checked =
        check(&evidence, key).and_then(|checked| Ok((checked, witnessed::check(&evidence, key, witnesses)?)));
    match checked {
        Ok((checked, seen)) => {
            let Checked { events, size, origin, approvals } = checked;
            println!("{events} events are in the log {origin} of {size} entries, unchanged");
            approvals.iter().for_each(|line| println!("{line}"));
            seen.iter().for_each(|line| println!("{line}"));
            if key.is_none() {
                println!("the key came with the file; give --key to know whose log it is");
            }
            Ok(DONE)
        }
        Err(problem) => {
            println!("NOT proven: {problem:#}");
            Ok(FOUND)
        }
    }
}

/// Checks evidence against a key, or against the one it brings.
///
/// # Errors
/// With the first thing that does not hold.
pub fn check(evidence: &Evidence, key: Option<&str>) -> anyhow::Result<Checked> {
    let verifier = acts_key(key.unwrap_or(&evidence.key))?;
    let checkpoint = Checkpoint::open(&evidence.checkpoint, &verifier).context("the checkpoint")?;
    anyhow::ensure!(!evidence.events.is_empty(), "there is no event");
    for event in &evidence.events {
        proven(event, &checkpoint).with_context(|| format!("event {} of the log", event.index))?;
    }
    let approvals = approvals::check(&evidence.events)?;
    Ok(Checked { events: evidence.events.len(), size: checkpoint.size, origin: checkpoint.origin, approvals })
}

/// The key of the log of acts, from its own text or from that of the public log, whose name it continues.
fn acts_key(text: &str) -> anyhow::Result<Verifier> {
    let key = Verifier::parse(text).context("the log's key")?;
    let name = key.name();
    if name.ends_with(ACTS) {
        return Ok(key);
    }
    Verifier::new(&format!("{name}{ACTS}"), &key.public_key()).context("the log's key")
}

/// The key of the public log, likewise.
fn public_key(text: &str) -> anyhow::Result<Verifier> {
    let key = Verifier::parse(text).context("the log's key")?;
    match key.name().strip_suffix(ACTS) {
        Some(name) => Verifier::new(name, &key.public_key()).context("the log's key"),
        None => Ok(key),
    }
}

fn proven(event: &ProvenEvent, checkpoint: &Checkpoint) -> anyhow::Result<()> {
    let bytes = STANDARD.decode(&event.bytes).context("its bytes")?;
    let salt = hash(&event.salt).context("its salt")?;
    let proof = event.proof.iter().map(|step| hash(step)).collect::<anyhow::Result<Vec<_>>>()?;
    let leaf = leaf_hash(&commitment(&salt, &bytes));
    verify_inclusion(&leaf, event.index, checkpoint.size, &proof, &checkpoint.root)?;
    let envelope = decode::<serde_json::Value>(&bytes).context("its content")?;
    anyhow::ensure!(envelope.stream == event.stream, "it is of another stream than it says");
    anyhow::ensure!(envelope.data["kind"] == event.kind.as_str(), "it is of another kind than it says");
    Ok(())
}

pub(crate) fn hash(text: &str) -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)?;
    Ok(bytes)
}
