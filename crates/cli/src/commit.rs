//! `forewarn commit`: a salted hash of a finding, made without a service and opened later.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use forewarn_core::event::decode;
use forewarn_core::finding::commitment_of;
use forewarn_formats::json::{Limits, committed_text};
use forewarn_server::ambient::{Ambient as _, Machine};
use forewarn_server::app::{Evidence, ProvenEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{BAD_INPUT, DONE, FOUND, documents, evidence};

/// What an opening says it is.
const FORM: &str = "forewarn-opening/1";
/// Largest evidence file, in bytes.
const LARGEST_EVIDENCE: usize = 512 << 20;

/// Arguments of `forewarn commit`.
#[derive(Args)]
pub struct CommitArguments {
    #[command(subcommand)]
    command: CommitCommand,
}

#[derive(Subcommand)]
enum CommitCommand {
    /// Make a commitment to a finding. Publish the hash; keep the file with the salt as secret as the finding.
    #[command(after_help = "Example:\n  forewarn commit make finding.json --out finding.opening.json")]
    Make {
        /// The finding, in any format that can be submitted.
        file: PathBuf,
        /// File to write hash and salt to; it must not be there yet. Without it they are printed.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show that a commitment was made to exactly this finding and, with evidence, that it is in a signed log since when.
    /// Exit code: 0 it was, 1 it was not, 2 a file cannot be read.
    #[command(
        after_help = "Example:\n  forewarn commit open finding.json --opening finding.opening.json \\\n    \
                            --evidence evidence.json --key KEY"
    )]
    Open {
        /// The finding, unchanged but for white space between tokens.
        file: PathBuf,
        /// Hash and salt, from `commit make` or from the answer to `submit --json`.
        #[arg(long, value_name = "FILE")]
        opening: PathBuf,
        /// Evidence of the finding or of its case, from a coordinator.
        #[arg(long, value_name = "FILE")]
        evidence: Option<PathBuf>,
        /// The log's public key as you know it from elsewhere; without it only the evidence's own key is used.
        #[arg(long, value_name = "KEY", requires = "evidence")]
        key: Option<String>,
    },
}

/// What opens a commitment.
#[derive(Serialize, Deserialize)]
struct Opening {
    #[serde(default)]
    form: String,
    hash: String,
    salt: String,
}

/// Makes or opens.
///
/// # Errors
/// When a file cannot be written.
pub fn run(arguments: &CommitArguments) -> anyhow::Result<u8> {
    let done = match &arguments.command {
        CommitCommand::Make { file, out } => make(file, out.as_deref()),
        CommitCommand::Open { file, opening, evidence, key } => {
            open(file, opening, evidence.as_deref(), key.as_deref())
        }
    };
    done.or_else(|problem| {
        eprintln!("forewarn: {problem:#}");
        Ok(BAD_INPUT)
    })
}

fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    Ok(documents::read(path, most).map_err(crate::bad_input::BadInput::from)?)
}

fn document(path: &Path) -> anyhow::Result<Vec<u8>> {
    let limits = Limits::finding();
    let bytes = read(path, limits.bytes)?;
    let read = committed_text(&bytes, &limits);
    Ok(read.map_err(|problem| crate::bad_input::BadInput::new(format!("{}: {problem}", path.display())))?)
}

fn make(file: &Path, out: Option<&Path>) -> anyhow::Result<u8> {
    let document = document(file)?;
    let salt = Machine.draw(None).bytes();
    let hash = hex::encode(commitment_of(&salt, &document));
    let opening = Opening { form: FORM.into(), hash: hash.clone(), salt: hex::encode(salt) };
    let text = serde_json::to_string_pretty(&opening)?;
    match out {
        None => println!("{text}"),
        Some(path) => {
            let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            let mut made = made.with_context(|| path.display().to_string())?;
            made.write_all(text.as_bytes())
                .and_then(|()| made.sync_all())
                .context("the opening is not written")?;
            println!("{hash}");
        }
    }
    Ok(DONE)
}

/// Hash and salt: of `commit make`, or of a result of `submit --json`.
fn opening(path: &Path) -> anyhow::Result<(String, [u8; 32])> {
    let mut value: Value = serde_json::from_slice(&read(path, 1 << 20)?)
        .with_context(|| format!("{} is not an opening", path.display()))?;
    if let Some(inner) = value.get_mut("commitment").filter(|inner| inner.is_object()) {
        value = inner.take();
    }
    let opening: Opening =
        serde_json::from_value(value).with_context(|| format!("{} is not an opening", path.display()))?;
    let mut salt = [0; 32];
    hex::decode_to_slice(&opening.salt, &mut salt).context("the salt is not of 64 hex digits")?;
    Ok((opening.hash, salt))
}

fn open(file: &Path, from: &Path, evidence: Option<&Path>, key: Option<&str>) -> anyhow::Result<u8> {
    let (hash, salt) = opening(from)?;
    if hex::encode(commitment_of(&salt, &document(file)?)) != hash {
        println!("NOT proven: the commitment was made to another document, or with another salt");
        return Ok(FOUND);
    }
    println!("the commitment {hash} was made to this document");
    let Some(path) = evidence else {
        println!("since when is not shown: give --evidence, or show where the hash was published");
        return Ok(DONE);
    };
    let evidence: Evidence = serde_json::from_slice(&read(path, LARGEST_EVIDENCE)?)
        .with_context(|| format!("{} is not evidence", path.display()))?;
    match logged(&evidence, key, &hash) {
        Ok(words) => {
            println!("{words}");
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

/// In which act of the log the commitment stands.
fn logged(evidence: &Evidence, key: Option<&str>, hash: &str) -> anyhow::Result<String> {
    let checked = evidence::check(evidence, key)?;
    for event in &evidence.events {
        if let Some((at, how)) = names(event, hash)? {
            let (index, size, origin) = (event.index, checked.size, checked.origin);
            return Ok(format!("{how} at {at}: entry {index} of the log {origin}, signed at {size} entries"));
        }
    }
    anyhow::bail!("no event of this evidence names the commitment")
}

fn names(event: &ProvenEvent, hash: &str) -> anyhow::Result<Option<(String, &'static str)>> {
    if event.kind != "finding-received" {
        return Ok(None);
    }
    let envelope = decode::<Value>(&STANDARD.decode(&event.bytes)?)?;
    let says = |pointer: &str| envelope.data.pointer(pointer).and_then(Value::as_str) == Some(hash);
    let how = if says("/opening/hash") {
        "made when the finding was received"
    } else if says("/report/commitment") {
        "named by the finding that was received"
    } else {
        return Ok(None);
    };
    Ok(Some((envelope.at.to_string(), how)))
}
