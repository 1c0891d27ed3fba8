//! What witnesses saw of the log that evidence is from.

use anyhow::Context;
use forewarn_server::app::Evidence;
use forewarn_tlog::{
    Checkpoint, Entry, Note, WitnessKey, leaf_hash, log_commitment, verify_consistency, verify_inclusion,
};
use jiff::Timestamp;

use super::{acts_key, hash, public_key};

/// Checks that each of these witnesses cosigned a checkpoint from which the evidence's own grew. Returns a line for each.
///
/// # Errors
/// With the first thing that does not hold.
pub(super) fn check(
    evidence: &Evidence,
    key: Option<&str>,
    witnesses: &[String],
) -> anyhow::Result<Vec<String>> {
    if witnesses.is_empty() {
        return Ok(Vec::new());
    }
    let seen = evidence.witnessed.as_ref().context("it brings no checkpoint that a witness cosigned")?;
    let key = key.unwrap_or(&evidence.key);
    let public = Checkpoint::open(&seen.checkpoint, &public_key(key)?).context("the cosigned checkpoint")?;
    let new = Checkpoint::open(&evidence.checkpoint, &acts_key(key)?).context("the checkpoint")?;
    let hashes = |texts: &[String]| texts.iter().map(|step| hash(step)).collect::<anyhow::Result<Vec<_>>>();
    let entry = Entry::parse(seen.entry.as_bytes()).context("the entry of the public log")?;
    let leaf = leaf_hash(seen.entry.as_bytes());
    verify_inclusion(&leaf, entry.number, public.size, &hashes(&seen.inclusion)?, &public.root)
        .context("the entry is not in the cosigned checkpoint")?;
    let (salt, root) = (hash(&seen.salt)?, hash(&seen.root)?);
    anyhow::ensure!(log_commitment(&salt, seen.size, &root) == entry.log, "the entry commits to another log");
    verify_consistency(seen.size, new.size, &hashes(&seen.consistency)?, &root, &new.root)
        .context("the log did not grow from what the cosigned entry commits to")?;
    let note = Note::parse(&seen.checkpoint).context("the cosigned checkpoint")?;
    let known = evidence.events.iter().filter(|event| event.index < seen.size).count();
    let all = evidence.events.len();
    witnesses.iter().map(|witness| line(witness, &note, known, all)).collect()
}

fn line(witness: &str, note: &Note, known: usize, all: usize) -> anyhow::Result<String> {
    let witness = WitnessKey::parse(witness).context("the key of a witness")?;
    let name = witness.name();
    let moment =
        witness.cosigned_at(note).with_context(|| format!("{name} did not cosign the checkpoint"))?;
    let at = i64::try_from(moment).ok().and_then(|second| Timestamp::from_second(second).ok());
    let at = at.context("the moment of the cosignature is out of range")?;
    Ok(format!("{name} saw the log at {at}: {known} of {all} events were in it"))
}
