//! Which store, and under which policy: the options of commands that open the clearinghouse themselves.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use forewarn_core::access::Actor;
use forewarn_server::ambient::Ambient;
use forewarn_server::app::{App, Call, UseCase};
use forewarn_server::instance::{Instance, LOG_SECONDS, Place};
use forewarn_server::keys::KeyPlace;
use forewarn_server::outgoing::Outgoing;
use serde::de::DeserializeOwned;

/// Which store, and under which policy.
#[derive(Args, Clone, Debug)]
pub struct StoreArguments {
    /// Folder of the database; it is made if it is missing.
    #[arg(long, env = "FOREWARN_DATA", default_value = "forewarn-data", value_name = "DIR")]
    data: PathBuf,
    /// File of the key-encryption key; beside the data folder, as `<folder>.key`, when left out. A new one is made when
    /// there is none and nothing is sealed yet.
    #[arg(long, env = "FOREWARN_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A command that prints the key-encryption key, instead of a file: for keys of a key management service or token.
    #[arg(skip = std::env::var("FOREWARN_KEY_COMMAND").ok().filter(|command| !command.trim().is_empty()))]
    key_command: Option<String>,
    /// PostgreSQL instead of the SQLite file in the data folder: postgres://user:password@host/database
    #[arg(long, env = "FOREWARN_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Policy profile (TOML); the default profile when left out.
    #[arg(long, env = "FOREWARN_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Name of the transparency log in its checkpoints.
    #[arg(long, env = "FOREWARN_LOG_ORIGIN", default_value = "forewarn.local/log", value_name = "NAME")]
    log_origin: String,
    /// Seconds of an interval of the public log, 10 to 86400. A log that has begun keeps its own.
    #[arg(long, env = "FOREWARN_LOG_SECONDS", default_value_t = LOG_SECONDS, value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(10..=86_400))]
    log_seconds: u32,
}

impl StoreArguments {
    /// Where the events of a data folder are, for commands that only look at them.
    pub fn reading(data: PathBuf, key_file: Option<PathBuf>, database_url: Option<String>) -> Self {
        Self {
            data,
            key_file,
            key_command: std::env::var("FOREWARN_KEY_COMMAND")
                .ok()
                .filter(|command| !command.trim().is_empty()),
            database_url,
            policy: None,
            log_origin: String::new(),
            log_seconds: LOG_SECONDS,
        }
    }
}

/// What stands between the service and its users.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Whether browsers must send the session cookie over TLS only.
    pub secure_cookies: bool,
    /// Whether a proxy says where a request comes from.
    pub behind_proxy: bool,
}

impl Edge {
    /// Nothing is served.
    pub const NONE: Self = Self { secure_cookies: true, behind_proxy: false };
}

/// Opens the clearinghouse.
///
/// # Errors
/// When store, key or policy cannot be used; the text says what to do.
pub async fn open(
    arguments: &StoreArguments,
    ambient: Arc<dyn Ambient>,
    edge: Edge,
    outgoing: Outgoing,
) -> anyhow::Result<Arc<App>> {
    let Edge { secure_cookies, behind_proxy } = edge;
    let instance = Instance { secure_cookies, behind_proxy, outgoing, ..instance(arguments)? };
    let place = instance.key_place()?;
    let new = place.is_missing();
    let app = instance.open(ambient).await?;
    if new {
        eprintln!("{}", about_key(&place));
    }
    Ok(app)
}

/// The instance that the arguments name, with nobody to reach outside.
///
/// # Errors
/// When two keys are named.
pub fn instance(arguments: &StoreArguments) -> anyhow::Result<Instance> {
    let key = match (&arguments.key_file, &arguments.key_command) {
        (Some(_), Some(_)) => bail!("both --key-file and FOREWARN_KEY_COMMAND name a key; leave one out"),
        (Some(file), None) => Some(KeyPlace::File(file.clone())),
        (None, command) => command.clone().map(KeyPlace::Command),
    };
    Ok(Instance {
        data: arguments.data.clone(),
        key,
        place: arguments.database_url.clone().map_or(Place::Folder, Place::Database),
        policy: arguments.policy.clone(),
        log_origin: arguments.log_origin.clone(),
        log_seconds: arguments.log_seconds,
        secure_cookies: true,
        behind_proxy: false,
        outgoing: Outgoing::default(),
    })
}

/// What whoever starts it must know of a new key.
pub fn about_key(place: &KeyPlace) -> String {
    format!(
        "A new key seals the data: {}. Without it nobody can read them. Keep a copy, apart from the data and from backups \
         of the data.",
        place.shown()
    )
}

/// Does something as the administrator at the machine, once under this key.
///
/// # Errors
/// When the clearinghouse refuses it.
pub async fn own<T: DeserializeOwned>(app: &App, key: &str, case: &impl UseCase) -> anyhow::Result<T> {
    let reply = app.execute(&Call::new(Actor::System, key, &[key.as_bytes()]), case).await?;
    serde_json::from_slice(&reply.body).context("the answer is not readable")
}
