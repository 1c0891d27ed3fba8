//! `forewarn export`: everything of one kind that one may see.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::DONE;
use crate::cases::private;
use crate::client::{Client, ServerArguments};

/// Arguments of `forewarn export`.
#[derive(Args)]
pub struct ExportArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// findings, cases, notices or inventories.
    #[arg(value_parser = ["findings", "cases", "notices", "inventories"])]
    kind: String,
    /// ndjson or csv.
    #[arg(long, default_value = "ndjson", value_parser = ["ndjson", "csv"])]
    format: String,
    /// File to write, for its owner only; standard output when left out.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Exports.
///
/// # Errors
/// When the service cannot be reached, refuses or stops in the middle, or the file cannot be written. A file is there
/// only when it is whole.
pub async fn run(arguments: &ExportArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    let path = format!("/api/v1/export/{}?format={}", arguments.kind, arguments.format);
    match &arguments.output {
        None => client.stream(&path, &mut std::io::stdout().lock()).await?,
        Some(file) => {
            whole(&client, &path, file).await?;
            println!("{}", file.display());
        }
    }
    Ok(DONE)
}

/// Saves an answer as a file that only its owner may read, and that is there only when it is whole.
///
/// # Errors
/// When the service refuses or stops in the middle, or the file cannot be written.
pub async fn whole(client: &Client, path: &str, file: &Path) -> anyhow::Result<()> {
    let part = beside(file);
    let written = save(client, path, &part).await;
    let done = written.and_then(|()| {
        std::fs::rename(&part, file).with_context(|| format!("{} cannot be written", file.display()))
    });
    if done.is_err() {
        // The first problem is the one to tell.
        let _ = std::fs::remove_file(&part);
    }
    done
}

async fn save(client: &Client, path: &str, part: &Path) -> anyhow::Result<()> {
    let mut made = private(part)?;
    client.stream(path, &mut made).await?;
    made.flush().with_context(|| format!("{} cannot be written", part.display()))
}

/// The name of a file while it is not whole.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}
