//! `forewarn admin key`: looking after the key-encryption keys.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use forewarn_server::instance::Instance;
use forewarn_server::keys::{self, KeyPlace};

use crate::DONE;

/// What to do with keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make a key file; prints the key's name. Name the file with --key-file from then on.
    New {
        /// The file; it must not exist.
        file: PathBuf,
    },
    /// Show where the keys are, their names, and how many data keys each wraps.
    Show,
    /// Put every data key under a new key-encryption key. A running service goes on meanwhile. Can be stopped and called
    /// again.
    Rotate,
    /// Take a key that wraps nothing any more out of the key file. Backups from before its rotation need it.
    Retire {
        /// Name of the key, as `show` tells it.
        key: String,
    },
}

/// Does it.
///
/// # Errors
/// When a key or the store cannot be used.
pub async fn run(instance: &Instance, command: KeyCommand) -> anyhow::Result<u8> {
    let place = instance.key_place()?;
    match command {
        KeyCommand::New { file } => {
            keys::make_file(&file)?;
            println!(
                "{}",
                keys::read_file(&file)?.iter().map(forewarn_seal::KeySource::id).next().context("no key")?
            );
            eprintln!("{}", crate::service::about_key(&KeyPlace::File(file)));
        }
        KeyCommand::Show => {
            let (store, ring) = instance.open_store().await?;
            println!("{}", place.shown());
            let used = store.keys_in_use().await?;
            for id in ring.ids() {
                let count = used.iter().find(|(kek, _)| kek == id.as_str()).map_or(0, |(_, count)| *count);
                println!("{id}  wraps {count} data keys");
            }
            store.close().await;
        }
        KeyCommand::Rotate => rotate(instance, &place).await?,
        KeyCommand::Retire { key } => retire(instance, &place, &key).await?,
    }
    Ok(DONE)
}

async fn rotate(instance: &Instance, place: &KeyPlace) -> anyhow::Result<()> {
    let (store, ring) = instance.open_store().await?;
    // The instance's data key goes first, so that all are under the first key of the ring unless a rotation is under way
    // or has not begun.
    let used = store.keys_in_use().await?;
    store.close().await;
    let first = ring.ids().into_iter().next().context("there is no key")?;
    if used.iter().all(|(kek, _)| kek == first.as_str()) {
        match place {
            KeyPlace::File(path) => {
                let new = keys::add_key(path)?;
                eprintln!("new key {new} in {}; back the file up", path.display());
            }
            KeyPlace::Command(_) => {
                bail!(
                    "let FOREWARN_KEY_COMMAND print the new key first and the old one behind it, then call this again"
                )
            }
        }
    }
    let (store, ring) = instance.open_store().await?;
    let moved = store.rotate().await?;
    store.close().await;
    let first = ring.ids().into_iter().next().context("there is no key")?;
    println!("{moved} data keys are now under key {first}");
    for (old, _) in used.iter().filter(|(kek, _)| kek != first.as_str()) {
        println!(
            "key {old} wraps nothing any more: keep it as long as you keep backups from before, then run \
             `forewarn admin key retire {old}`"
        );
    }
    Ok(())
}

async fn retire(instance: &Instance, place: &KeyPlace, key: &str) -> anyhow::Result<()> {
    let KeyPlace::File(path) = place else {
        bail!("the key is not in a file: FOREWARN_KEY_COMMAND prints it")
    };
    let (store, _) = instance.open_store().await?;
    let used = store.keys_in_use().await?;
    store.close().await;
    if let Some((_, count)) = used.iter().find(|(kek, _)| kek == key) {
        bail!("key {key} still wraps {count} data keys; run `forewarn admin key rotate` first");
    }
    keys::remove_key(path, &key.parse()?)?;
    println!("key {key} is out of {}", path.display());
    Ok(())
}
