//! `forewarn log`: check the public log, receipts and evidence.

mod audit;
mod public;
pub mod receipt;
mod seen;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::evidence;

/// Arguments of `forewarn log`.
#[derive(Args)]
pub struct LogArguments {
    #[command(subcommand)]
    command: LogCommand,
}

#[derive(Subcommand)]
enum LogCommand {
    /// Check a log: a public one at its address, that of a data folder, or the evidence of a case. Exit code: 0 all holds,
    /// 1 something does not.
    #[command(after_help = "Examples:\n  \
        forewarn log verify --url https://clearing.example --key KEY --state seen.json\n  \
        forewarn log verify --data /var/lib/forewarn --state seen.json\n  \
        forewarn log verify case-evidence.json --key KEY")]
    Verify(Verify),
    /// Check receipts offline and say what they prove: what was told, to whom, in which interval, and whether together.
    /// Exit code: 0 they are proven, 1 one is not.
    Prove {
        /// Receipts, from `forewarn notices receipt` or `forewarn finding log-receipt`.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The public log's key as you know it from elsewhere; without it only the files' own key is used.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Key of a witness that must have cosigned; may be given more than once.
        #[arg(long = "witness", value_name = "KEY")]
        witnesses: Vec<String>,
    },
}

/// What is checked, and against what.
#[derive(Args)]
#[group(id = "what", required = true, multiple = true, args = ["file", "url", "data"])]
struct Verify {
    /// Evidence, from `forewarn case evidence`.
    #[arg(conflicts_with_all = ["url", "data"])]
    file: Option<PathBuf>,
    /// Address of a clearinghouse whose public log is read from the first entry to the last.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Data folder of a clearinghouse: every entry is worked out anew from its events.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File of the key-encryption key of the data folder, if it is not beside it.
    #[arg(long, env = "FOREWARN_KEY_FILE", value_name = "FILE", requires = "data")]
    key_file: Option<PathBuf>,
    /// PostgreSQL, if the events are not in the data folder.
    #[arg(
        long,
        env = "FOREWARN_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        requires = "data"
    )]
    database_url: Option<String>,
    /// File in which the newest checkpoint that was seen is kept from one check to the next. Only with it a log that was
    /// rewritten since is found out.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    state: Option<PathBuf>,
    /// The log's public key as you know it from elsewhere, as `forewarn admin log-key` prints it.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Key of a witness that must have cosigned; may be given more than once.
    #[arg(long = "witness", value_name = "KEY")]
    witnesses: Vec<String>,
}

/// Checks what is asked.
///
/// # Errors
/// When a file, a folder or the service cannot be read.
pub async fn run(arguments: &LogArguments) -> anyhow::Result<u8> {
    match &arguments.command {
        LogCommand::Verify(verify) => match &verify.file {
            Some(file) => evidence::verify(file, verify.key.as_deref(), &verify.witnesses),
            None => public::verify(verify).await,
        },
        LogCommand::Prove { files, key, witnesses } => receipt::run(files, key.as_deref(), witnesses),
    }
}
