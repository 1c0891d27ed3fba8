//! Opening the clearinghouse on a store: where data, key and policy come from.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use forewarn_core::Policy;
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_server::ambient::{Ambient, Draw};
use forewarn_server::app::{App, Settings};
use forewarn_store::{EventStore, SqlStore};

/// Which store, and under which policy.
#[derive(Args, Clone, Debug)]
pub struct StoreArguments {
    /// Folder of the database and of the log's key; it is made if it is missing.
    #[arg(long, env = "FOREWARN_DATA", default_value = "forewarn-data", value_name = "DIR")]
    pub data: PathBuf,
    /// PostgreSQL instead of the SQLite file in the data folder: postgres://user:password@host/database
    #[arg(long, env = "FOREWARN_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Policy profile (TOML); the default profile when left out.
    #[arg(long, env = "FOREWARN_POLICY", value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Name of the transparency log in its checkpoints.
    #[arg(long, env = "FOREWARN_LOG_ORIGIN", default_value = "forewarn.local/log", value_name = "NAME")]
    pub log_origin: String,
}

/// Opens the store, reads key and policy, and starts the clearinghouse.
///
/// # Errors
/// When one of them cannot be used; the text says what to do.
pub async fn open(
    arguments: &StoreArguments,
    ambient: Arc<dyn Ambient>,
    secure_cookies: bool,
) -> anyhow::Result<Arc<App>> {
    let settings = settings(arguments, ambient.as_ref(), secure_cookies)?;
    let store: Arc<dyn EventStore> = match &arguments.database_url {
        Some(url) => Arc::new(SqlStore::open_url(url).await.context("PostgreSQL cannot be opened")?),
        None => {
            let file = arguments.data.join("forewarn.db");
            let opened = SqlStore::open_sqlite(&file).await;
            Arc::new(opened.with_context(|| format!("{} cannot be opened", file.display()))?)
        }
    };
    Ok(App::open(store, settings, ambient).await?)
}

/// Reads or makes what an instance is configured with.
///
/// # Errors
/// When the data folder cannot be made, or key or policy cannot be read.
pub fn settings(
    arguments: &StoreArguments,
    ambient: &dyn Ambient,
    secure_cookies: bool,
) -> anyhow::Result<Settings> {
    private_folder(&arguments.data)?;
    Ok(Settings {
        policy: policy(arguments.policy.as_deref())?,
        log_origin: arguments.log_origin.clone(),
        log_key: key_file(&arguments.data.join("log.key"), ambient.draw(None).as_mut())?,
        secure_cookies,
    })
}

/// Reads a policy profile.
///
/// # Errors
/// When the file cannot be read or is not a safe profile.
pub fn policy(file: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(file) = file else { return Ok(Policy::parse(DEFAULT_PROFILE)?) };
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Policy::parse(&text).with_context(|| file.display().to_string())
}

fn private_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("the data folder {} cannot be made", folder.display()))
}

/// The log's signing key. It lies beside the database, readable by its owner only, so that a copy of the database
/// cannot sign.
fn key_file(file: &Path, draw: &mut dyn Draw) -> anyhow::Result<[u8; 32]> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut made) => {
            let key = draw.bytes();
            made.write_all(&key).and_then(|()| made.sync_all()).context("the log's key cannot be written")?;
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let mut bytes = Vec::new();
            let found = fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
            if found.metadata()?.permissions().mode() & 0o077 != 0 {
                bail!("{} can be read by others; run: chmod 600 {}", file.display(), file.display());
            }
            found.take(64).read_to_end(&mut bytes)?;
            let wrong = || anyhow::anyhow!("{} is not a key of 32 bytes", file.display());
            bytes.try_into().map_err(|_| wrong())
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", file.display())),
    }
}

/// Whether an address is reachable from this machine only.
pub fn is_loopback(address: &SocketAddr) -> bool {
    address.ip().is_loopback()
}
