//! `forewarn inventory`: tell the clearinghouse what you run, and see how well it is understood.

mod check;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use forewarn_exposure::Inventory;
use forewarn_formats::inventory::{Distribution, Settings, read_with};
use forewarn_formats::json::Limits;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::app::Pushed;
use forewarn_server::app::views::InventoryView;

use crate::client::{Client, Refused, ServerArguments, escaped};
use crate::documents::FileProblem;
use crate::{BAD_INPUT, DONE, documents};

/// Arguments of `forewarn inventory`.
#[derive(Args)]
pub struct InventoryArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: InventoryCommand,
}

/// What files do not say themselves.
#[derive(Args, Clone, Debug, Default)]
pub struct ReadingArguments {
    /// Distribution and release that a list of installed packages (dpkg, rpm) comes from, such as debian:12.
    #[arg(long, value_name = "NAME:RELEASE")]
    distro: Option<Distribution>,
    /// Keep the serial numbers in a CSV of assets; they are dropped otherwise.
    #[arg(long)]
    keep_serials: bool,
}

impl ReadingArguments {
    /// Reads the inventory in a file.
    pub fn read(&self, file: &Path) -> Result<Inventory, FileProblem> {
        let limits = Limits::inventory();
        let bytes = documents::read(file, limits.bytes)?;
        let settings = Settings { distribution: self.distro.clone(), serials: self.keep_serials };
        read_with(&bytes, &limits, &settings).map_err(|problem| FileProblem::within(file, problem))
    }
}

#[derive(Subcommand)]
enum InventoryCommand {
    /// Say what of inventories is understood, what is not and what would help; nothing leaves this machine.
    #[command(
        after_help = "Exit code: 0 everything is understood, 1 something is not, 2 a file could not be read (the \
                      others are still reported)."
    )]
    Check {
        /// Files, or folders of them.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        reading: ReadingArguments,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Push inventories in any format; each file is one asset, named as the file unless --asset says otherwise.
    Push {
        /// Files, or folders of them.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Name of the asset; only with one file.
        #[arg(long)]
        asset: Option<String>,
        #[command(flatten)]
        reading: ReadingArguments,
    },
    /// List the inventories of your organisation.
    List,
}

/// Runs what needs no service; `None` for the rest.
pub fn run_offline(arguments: &InventoryArguments) -> Option<anyhow::Result<u8>> {
    match &arguments.command {
        InventoryCommand::Check { files, reading, json } => Some(check::run(files, reading, *json)),
        InventoryCommand::Push { .. } | InventoryCommand::List => None,
    }
}

/// Pushes or lists.
///
/// # Errors
/// When the service cannot be reached.
pub async fn run(arguments: &InventoryArguments) -> anyhow::Result<u8> {
    let client = Client::from_arguments(&arguments.server)?;
    match &arguments.command {
        InventoryCommand::Check { files, reading, json } => check::run(files, reading, *json),
        InventoryCommand::Push { files, asset, reading } => {
            push(&client, files, asset.as_deref(), reading).await
        }
        InventoryCommand::List => list(&client).await,
    }
}

async fn push(
    client: &Client,
    files: &[PathBuf],
    asset: Option<&str>,
    reading: &ReadingArguments,
) -> anyhow::Result<u8> {
    let mut problems = Vec::new();
    let found = documents::find_inventories(files, &mut problems);
    if asset.is_some() && found.len() != 1 {
        return Err(crate::bad_input::BadInput::new("--asset names one asset, so give one file").into());
    }
    for file in &found {
        let name = asset.map_or_else(|| asset_name(file), str::to_owned);
        match documents::read(file, Limits::inventory().bytes) {
            Err(problem) => problems.push(problem),
            Ok(bytes) => match one(client, &name, reading, bytes).await {
                Ok(pushed) => print(file, &pushed),
                Err(error) => match error.downcast_ref::<Refused>() {
                    Some(Refused(no)) if no.status == 422 || no.status == 413 => {
                        problems.push(FileProblem {
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
pub async fn one(
    client: &Client,
    asset: &str,
    reading: &ReadingArguments,
    bytes: Vec<u8>,
) -> anyhow::Result<Pushed> {
    let mut path = format!("/api/v1/inventories?asset={}", escaped(asset));
    if let Some(distribution) = &reading.distro {
        path.push_str(&format!("&distro={}", escaped(&distribution.to_string())));
    }
    if reading.keep_serials {
        path.push_str("&serials=true");
    }
    // A new key each time: what was pushed before may be pushed again, and then it counts again.
    let key = Machine.draw(None).uuid().to_string();
    client.send(&path, &key, kind(&bytes), bytes).await
}

/// The content type of a document, as far as its first letter tells.
fn kind(bytes: &[u8]) -> &'static str {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') => "application/xml",
        _ => "text/plain; charset=utf-8",
    }
}

/// `bank.cdx.json` is the asset `bank`.
fn asset_name(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let endings =
        [".cdx.json", ".spdx.json", ".cdx.xml", ".json", ".xml", ".spdx", ".cdx", ".csv", ".tsv", ".txt"];
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
    match (pushed.added, pushed.removed, pushed.changed) {
        (0, 0, 0) => println!("  nothing changed since the last push"),
        (added, removed, changed) => {
            println!("  by package: {added} added, {removed} removed, {changed} in another version");
        }
    }
    if pushed.format.ends_with("distribution unknown") {
        println!(
            "  the list does not say which distribution it is of, so that advisories of distributions match nothing or \
             need a person: push it again with --distro; `forewarn inventory check` guesses which"
        );
    }
    for example in &pushed.examples {
        println!("  not matched: {example}");
    }
}

async fn list(client: &Client) -> anyhow::Result<u8> {
    let show = |one: InventoryView| {
        println!("{}  {}  {} components  pushed {}", one.asset, one.format, one.components, one.pushed_at);
        Ok(())
    };
    client.each("/api/v1/inventories", show).await?;
    Ok(DONE)
}
