//! Which store, and under which policy: the options of commands that open the clearinghouse themselves.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use forewarn_core::access::Actor;
use forewarn_server::ambient::Ambient;
use forewarn_server::app::{App, Call, UseCase};
use forewarn_server::instance::{Instance, Place};
use forewarn_server::outgoing::Outgoing;
use serde::de::DeserializeOwned;

/// Which store, and under which policy.
#[derive(Args, Clone, Debug)]
pub struct StoreArguments {
    /// Folder of the database and of the log's key; it is made if it is missing.
    #[arg(long, env = "FOREWARN_DATA", default_value = "forewarn-data", value_name = "DIR")]
    data: PathBuf,
    /// PostgreSQL instead of the SQLite file in the data folder: postgres://user:password@host/database
    #[arg(long, env = "FOREWARN_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Policy profile (TOML); the default profile when left out.
    #[arg(long, env = "FOREWARN_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Name of the transparency log in its checkpoints.
    #[arg(long, env = "FOREWARN_LOG_ORIGIN", default_value = "forewarn.local/log", value_name = "NAME")]
    log_origin: String,
}

/// Opens the clearinghouse.
///
/// # Errors
/// When store, key or policy cannot be used; the text says what to do.
pub async fn open(
    arguments: &StoreArguments,
    ambient: Arc<dyn Ambient>,
    secure_cookies: bool,
    outgoing: Outgoing,
) -> anyhow::Result<Arc<App>> {
    let instance = Instance {
        data: arguments.data.clone(),
        place: arguments.database_url.clone().map_or(Place::Folder, Place::Database),
        policy: arguments.policy.clone(),
        log_origin: arguments.log_origin.clone(),
        secure_cookies,
        outgoing,
    };
    Ok(instance.open(ambient).await?)
}

/// Does something as the administrator at the machine, once under this key.
///
/// # Errors
/// When the clearinghouse refuses it.
pub async fn own<T: DeserializeOwned>(app: &App, key: &str, case: &impl UseCase) -> anyhow::Result<T> {
    let reply = app.execute(&Call::new(Actor::System, key, &[key.as_bytes()]), case).await?;
    serde_json::from_slice(&reply.body).context("the answer is not readable")
}
