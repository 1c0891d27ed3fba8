//! `forewarn log verify --url` and `--data`: the whole public log, as others see it and as the store has it.

use anyhow::{Context, ensure};
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_tlog::{
    Checkpoint, Entry, Note, Resource, TILE_WIDTH, Tile, Verifier, WitnessKey, read_bundle, verify_entries,
};
use jiff::Timestamp;

use super::Verify;
use super::audit::audited;
use super::seen::Seen;
use crate::client::Client;
use crate::{DONE, FOUND};

/// Most intervals that a log may be behind before it counts as standing still.
const BEHIND: i64 = 3;

/// Checks a public log and says what was found.
///
/// # Errors
/// When the service, the folder or the state file cannot be read.
pub(super) async fn verify(asked: &Verify) -> anyhow::Result<u8> {
    let seen = asked.state.as_deref().map(Seen::read).transpose()?.flatten();
    let mut problems = Vec::new();
    let mut now = None;
    if let Some(url) = &asked.url {
        let key = asked.key.clone().or_else(|| seen.as_ref().map(|seen| seen.key.clone()));
        let key = key.context("give the log's key with --key, as you know it from elsewhere")?;
        let shown = Shown::read(&Client::new(url, "")?, key).await?;
        match shown.check(seen.as_ref(), &asked.witnesses) {
            Ok(lines) => lines.iter().for_each(|line| println!("{line}")),
            Err(problem) => problems.push(format!("{problem:#}")),
        }
        now = Some(Seen { key: shown.key, checkpoint: shown.note });
    }
    if asked.data.is_some() {
        let known = [seen.as_ref(), now.as_ref()];
        problems.extend(audited(asked, &known).await?);
    }
    if !problems.is_empty() {
        problems.iter().for_each(|problem| println!("NOT right: {problem}"));
        return Ok(FOUND);
    }
    // What does not hold is not taken for seen: the next check finds it again.
    if let (Some(path), Some(now)) = (&asked.state, now) {
        now.write(path)?;
    }
    Ok(DONE)
}

/// A log as its service shows it.
struct Shown {
    key: String,
    note: String,
    entries: Vec<Vec<u8>>,
}

impl Shown {
    async fn read(client: &Client, key: String) -> anyhow::Result<Self> {
        let note = String::from_utf8(client.bytes("/log/checkpoint").await?).context("the checkpoint")?;
        let log = Verifier::parse(&key).context("the log's key")?;
        // The size is believed only as far as entries come for it.
        let size = Checkpoint::open(&note, &log).context("the checkpoint")?.size;
        let width = u64::from(TILE_WIDTH);
        let mut entries = Vec::new();
        for index in 0..size.div_ceil(width) {
            let width = u16::try_from((size - index * width).min(width))?;
            let tile = Tile { resource: Resource::Entries, index, width };
            let bundle = client.bytes(&format!("/log/{tile}")).await?;
            let read = read_bundle(&bundle).with_context(|| format!("entry bundle {index}"))?;
            ensure!(read.len() == usize::from(width), "entry bundle {index} has another number of entries");
            entries.extend(read.into_iter().map(<[u8]>::to_vec));
        }
        Ok(Self { key, note, entries })
    }

    /// Checks everything, and says it in lines.
    fn check(&self, seen: Option<&Seen>, witnesses: &[String]) -> anyhow::Result<Vec<String>> {
        let log = Verifier::parse(&self.key).context("the log's key")?;
        let checkpoint = Checkpoint::open(&self.note, &log)?;
        let before = seen.map(Seen::opened).transpose()?;
        if let Some(before) = &before {
            ensure!(before.origin == checkpoint.origin, "the state file is of the log {}", before.origin);
        }
        let entries = verify_entries(&self.entries, &checkpoint, before.as_ref())?;
        let mut lines = vec![summary(&checkpoint, &entries)?];
        match &before {
            Some(before) => lines.push(format!("it grew from the {} entries seen before", before.size)),
            None => lines.push("it was not seen before; with --state the next check finds a rewrite".into()),
        }
        on_time(&entries, Machine.now())?;
        for witness in witnesses {
            lines.push(cosigned(witness, &self.note)?);
        }
        Ok(lines)
    }
}

fn summary(checkpoint: &Checkpoint, entries: &[Entry]) -> anyhow::Result<String> {
    let Checkpoint { origin, size, .. } = checkpoint;
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Ok(format!("the log {origin} has no entry yet"));
    };
    let (from, to) = (moment(first.end)?, moment(last.end)?);
    let seconds = first.seconds;
    Ok(format!(
        "the log {origin} has {size} entries, one for each {seconds} s from {from} to {to}, each once"
    ))
}

/// A log that writes nothing is one that hides something, or is down.
fn on_time(entries: &[Entry], now: Timestamp) -> anyhow::Result<()> {
    let Some(last) = entries.last() else { return Ok(()) };
    let late = now.as_second().saturating_sub(last.end);
    ensure!(late < BEHIND * i64::from(last.seconds), "the log stands still: its last entry is {late} s old");
    ensure!(late >= 0, "the log has an entry for an interval that is not over");
    Ok(())
}

/// A line that says when a witness cosigned a checkpoint.
///
/// # Errors
/// When it did not.
pub(super) fn cosigned(witness: &str, note: &str) -> anyhow::Result<String> {
    let witness = WitnessKey::parse(witness).context("the key of a witness")?;
    let note = Note::parse(note).context("the checkpoint")?;
    let name = witness.name();
    let second =
        witness.cosigned_at(&note).with_context(|| format!("{name} did not cosign the checkpoint"))?;
    let at = i64::try_from(second).context("the moment of the cosignature is out of range")?;
    Ok(format!("{name} cosigned it at {}", moment(at)?))
}

/// A moment in words.
pub(super) fn moment(second: i64) -> anyhow::Result<Timestamp> {
    Timestamp::from_second(second).context("a time is out of range")
}
