//! `forewarn inventory`: tell the clearinghouse what you run.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use forewarn_formats::json::Limits;
use forewarn_server::app::Pushed;
use forewarn_server::app::views::{InventoryView, Page};

use crate::client::{Client, Refused, ServerArguments, escaped, key_of};
use crate::{BAD_INPUT, DONE, documents};

/// Arguments of `forewarn inventory`.
#[derive(Args)]
pub struct InventoryArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: InventoryCommand,
}

#[derive(Subcommand)]
enum InventoryCommand {
    /// Push CycloneDX or SPDX JSON; each file is one asset, named as the file unless --asset says otherwise.
    Push {
        /// Files, or folders of them.
        #[arg(required = true, value_name = "SBOM")]
        files: Vec<PathBuf>,
        /// Name of the asset; only with one file.
        #[arg(long)]
        asset: Option<String>,
    },
    /// List the inventories of your organisation.
    List,
}

/// Pushes or lists.
///
/// # Errors
/// When the service cannot be reached.
pub async fn run(arguments: &InventoryArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    match &arguments.command {
        InventoryCommand::Push { files, asset } => push(&client, files, asset.as_deref()).await,
        InventoryCommand::List => list(&client).await,
    }
}

async fn push(client: &Client, files: &[PathBuf], asset: Option<&str>) -> anyhow::Result<u8> {
    let mut problems = Vec::new();
    let found = documents::find(files, &mut problems);
    anyhow::ensure!(asset.is_none() || found.len() == 1, "--asset names one asset, so give one file");
    for file in &found {
        let name = asset.map_or_else(|| asset_name(file), str::to_owned);
        match documents::read(file, Limits::inventory().bytes) {
            Err(problem) => problems.push(problem),
            Ok(bytes) => match one(client, &name, bytes).await {
                Ok(pushed) => print(file, &pushed),
                Err(error) => match error.downcast_ref::<Refused>() {
                    Some(Refused(no)) if no.status == 422 || no.status == 413 => {
                        problems.push(documents::FileProblem {
                            file: file.display().to_string(),
                            place: no.place.clone().unwrap_or_default(),
                            message: no.detail.clone(),
                        });
                    }
                    _ => return Err(error),
                },
            },
        }
    }
    for problem in &problems {
        eprintln!("{}: {}: {}", problem.file, problem.place, problem.message);
    }
    Ok(if problems.is_empty() { DONE } else { BAD_INPUT })
}

/// Pushes one document.
///
/// # Errors
/// As [`Client::send`].
pub async fn one(client: &Client, asset: &str, bytes: Vec<u8>) -> anyhow::Result<Pushed> {
    let key = key_of(&[asset.as_bytes(), &bytes]);
    let path = format!("/api/v1/inventories?asset={}", escaped(asset));
    client.send(&path, &key, "application/json", bytes).await
}

/// `bank.cdx.json` is the asset `bank`.
fn asset_name(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let endings = [".cdx.json", ".spdx.json", ".json"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending));
    stem.unwrap_or(&name).to_owned()
}

fn print(file: &Path, pushed: &Pushed) {
    println!(
        "{}  asset {:?}  {}  {} components, {} without identity",
        file.display(),
        pushed.asset,
        pushed.format,
        pushed.components,
        pushed.skipped
    );
    for example in &pushed.examples {
        println!("  not matched: {example}");
    }
}

async fn list(client: &Client) -> anyhow::Result<u8> {
    let mut path = "/api/v1/inventories?limit=200".to_owned();
    loop {
        let page: Page<InventoryView> = client.get(&path).await?;
        for one in &page.items {
            println!(
                "{}  {}  {} components  pushed {}",
                one.asset, one.format, one.components, one.pushed_at
            );
        }
        match page.next {
            Some(next) => path = format!("/api/v1/inventories?limit=200&after={next}"),
            None => return Ok(DONE),
        }
    }
}
