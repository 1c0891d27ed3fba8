//! `forewarn finding`: one finding, its files, its evidence, its receipt.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use forewarn_server::app::views::FindingView;
use forewarn_server::app::{AnonymousState, Attached};
use serde_json::{Value, json};

use crate::client::{Client, ServerArguments, escaped, key_of};
use crate::{DONE, documents, reads};

/// Largest file of a finding, in bytes; the service says so too.
const LARGEST: usize = 16 << 20;

/// Arguments of `forewarn finding`.
#[derive(Args)]
pub struct FindingArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: FindingCommand,
}

#[derive(Subcommand)]
enum FindingCommand {
    /// Show a finding as JSON: state, provenance, commitment, files.
    Show {
        /// Id of the finding.
        finding: String,
    },
    /// Add a reproducer, trace or patch to a finding of yours.
    Attach {
        /// Id of the finding.
        finding: String,
        /// What the file is for.
        #[arg(long, value_parser = ["reproducer", "trace", "patch"])]
        kind: String,
        /// What the file is: text/plain, text/x-diff, application/json, application/gzip, application/zip or
        /// application/octet-stream; guessed from its ending when left out.
        #[arg(long, value_name = "TYPE")]
        media_type: Option<String>,
        /// The file, of at most 16 MiB.
        file: PathBuf,
    },
    /// Save a file of a finding.
    Save {
        /// Id of the finding.
        finding: String,
        /// Id of its file, from `finding show`.
        attachment: String,
        /// File to write.
        file: PathBuf,
    },
    /// Get the proof of when a finding of yours was received, for `forewarn log prove`. It can be had when the interval of
    /// the public log is over.
    LogReceipt {
        /// Id of the finding.
        finding: String,
        /// File to write.
        file: PathBuf,
    },
    /// As a coordinator: give a vendor of the case the finding's files. A second person must do the same.
    GiveProof {
        /// Id of the finding.
        finding: String,
        /// Id of the vendor.
        vendor: String,
    },
    /// Show who read a finding, newest first.
    Reads {
        /// Id of the finding.
        finding: String,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// As a coordinator: save the finding's events with their proofs, for `forewarn commit open`.
    Evidence {
        /// Id of the finding.
        finding: String,
        /// File to write.
        file: PathBuf,
    },
    /// Ask what became of a finding without an account. The receipt is read from a file, or from - for standard input.
    Receipt {
        /// File with the receipt, or with the answer that had it.
        file: PathBuf,
    },
}

/// Does one of them.
///
/// # Errors
/// When the service cannot be reached or refuses, or a file cannot be used.
pub async fn run(arguments: FindingArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    match arguments.command {
        FindingCommand::Show { finding } => {
            let view: FindingView = client.get(&path(&finding, "")).await?;
            println!("{}", serde_json::to_string_pretty(&view)?);
        }
        FindingCommand::Attach { finding, kind, media_type, file } => {
            let bytes = read(&file, LARGEST)?;
            let kind = kind.as_str();
            let media = media_type.as_deref().unwrap_or_else(|| guessed(&file));
            let key = key_of(&[b"attach", finding.as_bytes(), kind.as_bytes(), media.as_bytes(), &bytes]);
            let to = path(&finding, &format!("/attachments?kind={kind}"));
            let done: Attached = client.send(&to, &key, media, bytes).await?;
            println!("{}", serde_json::to_string(&done)?);
        }
        FindingCommand::Save { finding, attachment, file } => {
            let from = path(&finding, &format!("/attachments/{}", escaped(&attachment)));
            save(&file, &client.bytes(&from).await?)?;
        }
        FindingCommand::GiveProof { finding, vendor } => {
            let act = json!({ "act": "give-proof", "vendor": vendor });
            // Each person's approval is an act of its own, which the service tells apart by who asks.
            let key = key_of(&[b"give-proof", finding.as_bytes(), vendor.as_bytes()]);
            let _: Value = client.post(&path(&finding, "/acts"), &key, &act).await?;
            eprintln!("noted; the vendor has the files once another person has done the same");
        }
        FindingCommand::Reads { finding, json } => reads::list(&client, &path(&finding, ""), json).await?,
        FindingCommand::Evidence { finding, file } => {
            save(&file, &client.bytes(&path(&finding, "/evidence")).await?)?;
        }
        FindingCommand::LogReceipt { finding, file } => {
            save(&file, &client.bytes(&path(&finding, "/receipt")).await?)?;
        }
        FindingCommand::Receipt { file } => {
            let receipt = receipt(&file)?;
            let state: AnonymousState =
                client.get_with("/api/v1/anonymous-findings/state", "forewarn-receipt", &receipt).await?;
            println!("{}", serde_json::to_string_pretty(&state)?);
        }
    }
    Ok(DONE)
}

fn path(finding: &str, rest: &str) -> String {
    format!("/api/v1/findings/{}{rest}", escaped(finding))
}

fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    Ok(documents::read(path, most).map_err(crate::bad_input::BadInput::from)?)
}

fn save(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}

/// A receipt is a secret, so it is not an argument that others see in the list of processes.
fn receipt(file: &Path) -> anyhow::Result<String> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).context("standard input")?
    } else {
        String::from_utf8(read(file, 1 << 20)?).context("the receipt is not text")?
    };
    let answer = serde_json::from_str::<Value>(&text).ok();
    let inside = answer.as_ref().and_then(|answer| answer["receipt"].as_str());
    Ok(inside.unwrap_or(text.trim()).to_owned())
}

fn guessed(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
        "txt" | "log" | "trace" => "text/plain",
        "diff" | "patch" => "text/x-diff",
        "json" => "application/json",
        "gz" | "tgz" => "application/gzip",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
