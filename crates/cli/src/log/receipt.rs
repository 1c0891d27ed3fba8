//! `forewarn log prove`: what receipts prove, offline and in plain words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forewarn_core::event::{commitment, decode};
use forewarn_server::app::{ProvenAct, Receipt};
use forewarn_tlog::{Checkpoint, Entry, Place, Verifier, leaf_hash, verify_inclusion, verify_place};
use jiff::Timestamp;
use serde_json::Value;

use super::public::{cosigned, moment};
use crate::evidence::hash;
use crate::{DONE, FOUND, documents};

/// Largest receipt, in bytes.
const LARGEST: usize = 64 << 20;

/// What one act of a receipt proves.
pub struct Told {
    /// Kind of act.
    pub kind: String,
    /// What it says.
    pub data: Value,
    /// When it says it was done.
    pub at: Timestamp,
    /// The interval in which it was entered.
    pub entry: Entry,
}

/// Checks receipts and prints what they prove.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn run(files: &[PathBuf], key: Option<&str>, witnesses: &[String]) -> anyhow::Result<u8> {
    let mut waves = Vec::new();
    for file in files {
        let receipt = read(file)?;
        match check(&receipt, key).and_then(|told| Ok((lines(&told)?, seen(&receipt, witnesses)?, told))) {
            Ok((lines, seen, told)) => {
                println!("{}:", file.display());
                lines.iter().chain(&seen).for_each(|line| println!("  {line}"));
                waves.extend(told.iter().filter_map(wave_of));
            }
            Err(problem) => {
                println!("{}: NOT proven: {problem:#}", file.display());
                return Ok(FOUND);
            }
        }
        if receipt.waiting > 0 {
            println!("  {} more wait for the end of their interval", receipt.waiting);
        }
    }
    if let Some(line) = together(&waves) {
        println!("{line}");
    }
    if key.is_none() {
        println!("the key came with the file; give --key to know whose log it is");
    }
    Ok(DONE)
}

fn read(file: &Path) -> anyhow::Result<Receipt> {
    let bytes = documents::read(file, LARGEST).map_err(crate::bad_input::BadInput::from)?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| crate::bad_input::not_json(file, &error))?)
}

fn seen(receipt: &Receipt, witnesses: &[String]) -> anyhow::Result<Vec<String>> {
    witnesses.iter().map(|witness| cosigned(witness, &receipt.checkpoint)).collect()
}

/// Checks a receipt against a key, or against the one it brings.
///
/// # Errors
/// With the first thing that does not hold.
pub fn check(receipt: &Receipt, key: Option<&str>) -> anyhow::Result<Vec<Told>> {
    let log = Verifier::parse(key.unwrap_or(&receipt.key)).context("the log's key")?;
    let checkpoint = Checkpoint::open(&receipt.checkpoint, &log).context("the checkpoint")?;
    ensure!(!receipt.acts.is_empty(), "there is no act");
    let acts = receipt.acts.iter().zip(1..);
    acts.map(|(act, n)| proven(act, &checkpoint).with_context(|| format!("act {n}"))).collect()
}

fn proven(act: &ProvenAct, checkpoint: &Checkpoint) -> anyhow::Result<Told> {
    let bytes = STANDARD.decode(&act.bytes).context("its bytes")?;
    let salt = hash(&act.salt).context("its salt")?;
    let hashes = |texts: &[String]| texts.iter().map(|step| hash(step)).collect::<anyhow::Result<Vec<_>>>();
    let entry = Entry::parse(act.entry.as_bytes()).context("its entry")?;
    let place = Place { position: act.position, path: hashes(&act.path).context("its path")? };
    verify_place(&commitment(&salt, &bytes), &place, &entry.acts).context("it is not in its interval")?;
    let leaf = leaf_hash(act.entry.as_bytes());
    let proof = hashes(&act.proof).context("its proof")?;
    verify_inclusion(&leaf, entry.number, checkpoint.size, &proof, &checkpoint.root)
        .context("its entry is not in the log")?;
    let envelope = decode::<Value>(&bytes).context("its content")?;
    ensure!(envelope.stream == act.stream, "it is of another stream than it says");
    ensure!(envelope.data["kind"] == act.kind.as_str(), "it is of another kind than it says");
    let end = moment(entry.end)?;
    ensure!(envelope.at < end, "it says it was done after the interval in which it was entered");
    Ok(Told { kind: act.kind.clone(), data: envelope.data, at: envelope.at, entry })
}

/// What a receipt proves, in words.
///
/// # Errors
/// When a time is out of range.
pub fn lines(told: &[Told]) -> anyhow::Result<Vec<String>> {
    told.iter()
        .map(|one| {
            let Told { data, at, entry, .. } = one;
            let text = |name: &str| data[name].as_str().unwrap_or("?").to_owned();
            let what = match one.kind.as_str() {
                "notice-queued" => {
                    let parts = data["exposure"].as_array().map_or(0, Vec::len);
                    let (number, level, org) = (text("number"), text("level"), text("org"));
                    format!(
                        "notice of {number}, level {level}, about {parts} components, to {org}, in wave {}",
                        text("wave")
                    )
                }
                "notice-delivered" => format!("it was delivered by {}", text("channel")),
                "notice-opened" => "it was opened".into(),
                "notice-acknowledged" => "it was acknowledged".into(),
                "finding-received" => {
                    let (document, from) = (text("document_sha256"), text("submitter"));
                    format!("a finding was received from {from}, in the document with SHA-256 {document}")
                }
                other => format!("an act of kind {other}"),
            };
            let (from, to) = (moment(entry.end - i64::from(entry.seconds))?, moment(entry.end)?);
            Ok(format!("{what}, at {at} (entry {}: {from} to {to})", entry.number))
        })
        .collect()
}

fn wave_of(told: &Told) -> Option<(String, u64, String)> {
    let text = |name: &str| told.data[name].as_str().map(str::to_owned);
    (told.kind == "notice-queued").then(|| Some((text("wave")?, told.entry.number, text("org")?)))?
}

/// What receipts of several say together.
fn together(waves: &[(String, u64, String)]) -> Option<String> {
    let recipients: BTreeSet<&str> = waves.iter().map(|(_, _, org)| org.as_str()).collect();
    let (wave, entry, _) = waves.first()?;
    if recipients.len() < 2 {
        let line = "whoever else was told in this wave has the same wave and the same entry in its receipt";
        return Some(line.into());
    }
    let same_wave = waves.iter().all(|(other, ..)| other == wave);
    let same_entry = waves.iter().all(|(_, other, _)| other == entry);
    let count = recipients.len();
    Some(match (same_wave, same_entry) {
        (true, true) => format!("these {count} were told together: one wave, one interval (entry {entry})"),
        (true, false) => format!("these {count} are of one wave, but were NOT told in the same interval"),
        (false, _) => format!("these {count} are not of one wave"),
    })
}
