//! `forewarn witness`: cosigns checkpoints of logs that only ever grow.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use forewarn_server::ambient::{Ambient, Machine};
use forewarn_server::instance::key_file;
use forewarn_server::witness::Witness;
use forewarn_tlog::{Cosigner, Verifier};
use tokio::net::TcpListener;

use crate::{DONE, serve};

/// Arguments of `forewarn witness`.
#[derive(Args)]
#[command(
    after_help = "Example:\n  forewarn witness --name witness.example/w1 --data /var/lib/forewarn-witness --log KEY\n\n\
The log asks for cosignatures with `forewarn serve --witness KEY@URL`; readers check them with `forewarn log verify --witness KEY`."
)]
pub struct WitnessArguments {
    /// Name of the witness: a URL without its scheme. It is part of the key, so it stays the same.
    #[arg(long)]
    name: String,
    /// Folder of its key and of the checkpoints it cosigned last; made if it is missing. Losing it means forgetting what
    /// was cosigned.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Public key of a log to follow, as `forewarn admin log-key` prints it; may be given more than once.
    #[arg(long = "log", value_name = "KEY")]
    logs: Vec<String>,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Print the witness's public key and stop.
    #[arg(long)]
    show_key: bool,
}

/// Serves until it is told to stop.
///
/// # Errors
/// When a key or the folder cannot be used, or the address is taken.
pub async fn run(arguments: &WitnessArguments) -> anyhow::Result<u8> {
    let folder = &arguments.data;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let seed = key_file(&folder.join("witness.key"), Machine.draw(None).as_mut())?;
    let cosigner = Cosigner::new(&arguments.name, &seed).context("--name")?;
    if arguments.show_key {
        println!("{}", cosigner.witness());
        return Ok(DONE);
    }
    anyhow::ensure!(!arguments.logs.is_empty(), "give the key of a log to follow with --log");
    let logs = arguments.logs.iter().map(|key| Verifier::parse(key).context("--log"));
    let logs = logs.collect::<anyhow::Result<Vec<_>>>()?;
    let key = cosigner.witness().to_string();
    let witness = Arc::new(Witness::new(cosigner, logs, folder.clone(), Arc::new(Machine)));
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}; choose another with --listen", arguments.listen))?;
    println!("{key}@http://{} (stop with Ctrl-C)", listener.local_addr()?);
    axum::serve(listener, witness.router())
        .with_graceful_shutdown(serve::stopped())
        .await
        .context("serving ended")?;
    Ok(DONE)
}
