//! What witnesses saw of the log that evidence is from.

use anyhow::Context;
use forewarn_server::app::Evidence;
use forewarn_tlog::{Checkpoint, Note, Verifier, WitnessKey, verify_consistency};
use jiff::Timestamp;

use super::hash;

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
    let log = Verifier::parse(key.unwrap_or(&evidence.key)).context("the log's key")?;
    let old = Checkpoint::open(&seen.checkpoint, &log).context("the cosigned checkpoint")?;
    let new = Checkpoint::open(&evidence.checkpoint, &log).context("the checkpoint")?;
    let proof = seen.consistency.iter().map(|step| hash(step)).collect::<anyhow::Result<Vec<_>>>()?;
    verify_consistency(old.size, new.size, &proof, &old.root, &new.root)
        .context("the log did not grow from the cosigned checkpoint")?;
    let note = Note::parse(&seen.checkpoint).context("the cosigned checkpoint")?;
    let known = evidence.events.iter().filter(|event| event.index < old.size).count();
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
