//! `forewarn notices keys` and `reseal`: the keys that one's own notices are sealed to.

use clap::Subcommand;
use forewarn_core::party::KeyPurpose;
use forewarn_server::app::{KeyAct, KeysView, SealedDone};
use serde_json::Value;

use crate::client::{Client, escaped};
use crate::pending::Pending;
use crate::words::one_of;

/// What is done about keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// List keys with their fingerprints.
    List {
        /// Of another organisation, by id; for coordinators.
        #[arg(long, value_name = "ORG")]
        of: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Propose a key. The first one counts at once, every other after two people approved it.
    Add {
        /// The public key: age1pq1...
        recipient: String,
        /// Name for people.
        #[arg(long)]
        label: String,
        /// device or recovery.
        #[arg(long, default_value = "device", value_parser = |text: &str| one_of(text, KeyPurpose::ALL))]
        purpose: KeyPurpose,
    },
    /// Approve a key that waits, after comparing its fingerprint with the one that the machine shows.
    Approve {
        /// Fingerprint.
        id: String,
        /// Of another organisation, by id; for coordinators, where it has not two people of its own.
        #[arg(long, value_name = "ORG")]
        of: Option<String>,
    },
    /// Remove a key at once, or turn one down; for the last one it takes two people.
    Remove {
        /// Fingerprint.
        id: String,
        /// Of another organisation, by id; for coordinators.
        #[arg(long, value_name = "ORG")]
        of: Option<String>,
    },
}

async fn path(client: &Client, of: Option<&String>) -> anyhow::Result<String> {
    let org = match of {
        Some(org) => org.clone(),
        None => client.own_org().await?,
    };
    Ok(format!("/api/v1/organisations/{}/keys", escaped(&org)))
}

/// Lists or changes keys.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn run(client: &Client, command: &KeysCommand) -> anyhow::Result<()> {
    let (of, act) = match command {
        KeysCommand::List { of, json } => return list(client, of.as_ref(), *json).await,
        KeysCommand::Add { recipient, label, purpose } => {
            let (recipient, label) = (recipient.clone(), label.clone());
            (None, KeyAct::Propose { recipient, purpose: *purpose, label })
        }
        KeysCommand::Approve { id, of } => (of.as_ref(), KeyAct::Approve { id: plain(id) }),
        KeysCommand::Remove { id, of } => (of.as_ref(), KeyAct::Remove { id: plain(id) }),
    };
    let path = path(client, of).await?;
    let pending = Pending::of(&[client.server().as_bytes(), path.as_bytes(), &serde_json::to_vec(&act)?]);
    let done: Value = client.post(&path, pending.key(), &act).await?;
    pending.answered();
    let keys: KeysView = client.get(&path).await?;
    let standing = keys.keys.iter().find(|key| done["id"] == key.id.as_str());
    let standing = standing.map_or("changed", |key| key.standing.as_str());
    println!("{}  {standing}", done["id"].as_str().unwrap_or_default());
    Ok(())
}

/// A fingerprint without the spaces between its groups.
fn plain(id: &str) -> String {
    id.chars().filter(|letter| !letter.is_whitespace()).collect()
}

async fn list(client: &Client, of: Option<&String>, json: bool) -> anyhow::Result<()> {
    let view: KeysView = client.get(&path(client, of).await?).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&view)?);
        return Ok(());
    }
    for key in &view.keys {
        println!("{}  {}  {}  {}", key.id, key.standing, key.purpose, key.label);
    }
    if view.keys.is_empty() {
        println!("no keys: notices are not sealed");
    }
    Ok(())
}

/// Has a notice sealed again.
///
/// # Errors
/// When the service cannot be reached or refuses.
pub async fn reseal(client: &Client, notice: &str) -> anyhow::Result<()> {
    let path = format!("/api/v1/notices/{}/sealed", escaped(notice));
    let pending = Pending::of(&[client.server().as_bytes(), path.as_bytes()]);
    let done: SealedDone = client.post(&path, pending.key(), &serde_json::json!({})).await?;
    pending.answered();
    println!("{}  revision {}", done.id, done.revision);
    Ok(())
}
