//! Opening a clearinghouse: where its data, key and policy come from.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forewarn_core::Policy;
use forewarn_core::policy::{DEFAULT_PROFILE, PolicyProblem};
use forewarn_seal::Keyring;
use forewarn_store::{EventStore, Locked, MemoryStore, Sealing, SqlStore, StoreError, Vault};

use crate::ambient::{Ambient, Draw};
use crate::app::{App, AppError, Settings};
use crate::keys::{KeyError, KeyPlace, KeyRing, MachineRandom};
use crate::outgoing::Outgoing;

/// Largest policy profile, in bytes.
const LARGEST_PROFILE: u64 = 1 << 20;

/// Length of the intervals of the public log where nobody says another, in seconds.
pub const LOG_SECONDS: u32 = 600;

/// Where an instance keeps its events.
#[derive(Clone, Debug)]
pub enum Place {
    /// In memory, until the process ends.
    Memory,
    /// In `forewarn.db` in the data folder.
    Folder,
    /// In the database of this URL (`postgres://...`).
    Database(String),
}

/// What an instance is made from.
#[derive(Clone)]
pub struct Instance {
    /// Folder of the SQLite file and of the saved index; made if it is missing.
    pub data: PathBuf,
    /// Where the key-encryption keys are; in a file beside the data folder if `None`.
    pub key: Option<KeyPlace>,
    /// Where the events are.
    pub place: Place,
    /// Policy profile (TOML); the default one if `None`.
    pub policy: Option<PathBuf>,
    /// Name of the transparency log.
    pub log_origin: String,
    /// Length of the intervals of the public log, in seconds; a log that has begun keeps its own.
    pub log_seconds: u32,
    /// Whether browsers must send the session cookie over TLS only.
    pub secure_cookies: bool,
    /// Whether a proxy stands before it, which says in `X-Forwarded-For` where a request comes from.
    pub behind_proxy: bool,
    /// The means there are to reach somebody outside.
    pub outgoing: Outgoing,
}

/// Why an instance could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file or folder; the text names it and says what to do.
    #[error("{path}: {message}")]
    File {
        /// Which.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// The key-encryption keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The policy profile is not one.
    #[error(transparent)]
    Policy(#[from] PolicyProblem),
    /// The store cannot be opened.
    #[error("the store cannot be opened: {0}")]
    Store(#[from] StoreError),
    /// The clearinghouse could not catch up with its log.
    #[error(transparent)]
    App(#[from] AppError),
}

fn at(path: &Path, message: impl ToString) -> OpenError {
    OpenError::File { path: path.display().to_string(), message: message.to_string() }
}

impl Instance {
    /// The SQLite file of a data folder.
    pub fn database_in(data: &Path) -> PathBuf {
        data.join("forewarn.db")
    }

    /// Where its key-encryption keys are.
    ///
    /// # Errors
    /// When nobody named a place and the data folder has no name to call one after.
    pub fn key_place(&self) -> Result<KeyPlace, OpenError> {
        Ok(self.key.clone().map_or_else(|| KeyPlace::beside(&self.data), Ok)?)
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`OpenError`] with the file or the part that could not be used.
    pub async fn open(&self, ambient: Arc<dyn Ambient>) -> Result<Arc<App>, OpenError> {
        if matches!(self.place, Place::Memory) {
            let settings = self.settings(ambient.draw(Some("log key")).bytes(), None)?;
            return Ok(App::open(Arc::new(MemoryStore::default()), settings, ambient).await?);
        }
        let (store, _) = self.open_store().await?;
        let key = log_key(&store, &self.data.join("log.key"), ambient.as_ref()).await?;
        let settings = self.settings(key, store.vault())?;
        Ok(App::open(Arc::new(store), settings, ambient).await?)
    }

    /// Opens the store alone, with its keys: to look after them. A clearinghouse in memory has none.
    ///
    /// # Errors
    /// [`OpenError`] with the file or the part that could not be used.
    pub async fn open_store(&self) -> Result<(SqlStore, Arc<KeyRing>), OpenError> {
        private_folder(&self.data)?;
        let locked = match &self.place {
            Place::Database(url) => Locked::url(url).await?,
            Place::Folder | Place::Memory => {
                let file = Self::database_in(&self.data);
                private_database(&file)?;
                Locked::sqlite(&file).await?
            }
        };
        let ring = self.key_place()?.open(&self.data, locked.sealed_under().await?)?;
        let keys: Arc<dyn Keyring> = Arc::<KeyRing>::clone(&ring);
        let store = locked.unlock(Sealing { keys, random: Box::new(MachineRandom::default()) }).await?;
        Ok((store, ring))
    }

    /// Opens the store alone, with the key of its log: to check the log. Nothing is written but what opening a store writes.
    ///
    /// # Errors
    /// [`OpenError`] with the file or the part that could not be used, also when no log was ever begun here.
    pub async fn open_log(&self) -> Result<(SqlStore, [u8; 32]), OpenError> {
        let file = Self::database_in(&self.data);
        if matches!(self.place, Place::Folder) && !file.exists() {
            return Err(at(&file, "there is no clearinghouse here"));
        }
        let (store, _) = self.open_store().await?;
        let stored = store.setting(LOG_KEY).await?;
        let key = stored.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
        Ok((store, key.ok_or_else(|| at(&file, "the store has no key of a log"))?))
    }

    fn settings(&self, log_key: [u8; 32], vault: Option<Arc<Vault>>) -> Result<Settings, OpenError> {
        Ok(Settings {
            policy: policy(self.policy.as_deref())?,
            log_origin: self.log_origin.clone(),
            log_key,
            log_seconds: self.log_seconds,
            secure_cookies: self.secure_cookies,
            behind_proxy: self.behind_proxy,
            // What is kept in memory only shall not outlive the process.
            index_file: (!matches!(self.place, Place::Memory)).then(|| self.data.join("exposure.index")),
            vault,
            outgoing: self.outgoing.clone(),
        })
    }
}

/// Opens a clearinghouse in memory, with a log key drawn like everything else: for rehearsals that leave nothing.
///
/// # Errors
/// [`OpenError`] when the policy profile cannot be used.
pub async fn in_memory(profile: Option<&Path>, ambient: Arc<dyn Ambient>) -> Result<Arc<App>, OpenError> {
    let settings = Settings {
        policy: policy(profile)?,
        log_origin: "rehearsal.forewarn.example/log".into(),
        log_key: ambient.draw(Some("log key")).bytes(),
        log_seconds: LOG_SECONDS,
        secure_cookies: false,
        behind_proxy: false,
        index_file: None,
        vault: None,
        outgoing: Outgoing::default(),
    };
    Ok(App::open(Arc::new(MemoryStore::default()), settings, ambient).await?)
}

fn policy(file: Option<&Path>) -> Result<Policy, OpenError> {
    let Some(path) = file else { return Ok(Policy::parse(DEFAULT_PROFILE)?) };
    let mut text = String::new();
    let opened = File::open(path).map_err(|error| at(path, error))?;
    opened.take(LARGEST_PROFILE).read_to_string(&mut text).map_err(|error| at(path, error))?;
    Ok(Policy::parse(&text)?)
}

fn private_folder(folder: &Path) -> Result<(), OpenError> {
    if folder.is_dir() {
        let mode = fs::metadata(folder).map_err(|error| at(folder, error))?.permissions().mode();
        let shown = folder.display();
        // Whoever can write there can put another key or database in the place of ours.
        if mode & 0o022 != 0 {
            return Err(at(folder, format!("others can write to this folder; run: chmod 700 {shown}")));
        }
        if mode & 0o055 != 0 {
            tracing::warn!(folder = %shown, "others can look into the data folder; run: chmod 700 on it");
        }
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| at(folder, error))
}

/// Makes the database file for its owner only, before SQLite would make it for everybody; the files that SQLite lays
/// beside it get the same permissions.
fn private_database(path: &Path) -> Result<(), OpenError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => only_the_owners(path, "database"),
        Err(error) => Err(at(path, error)),
    }
}

fn only_the_owners(path: &Path, what: &str) -> Result<(), OpenError> {
    let open = fs::metadata(path).map_err(|error| at(path, error))?.permissions().mode() & 0o077 != 0;
    if open {
        let shown = path.display();
        return Err(at(path, format!("others can read this {what}; run: chmod 600 {shown}")));
    }
    Ok(())
}

/// A signing key in a file that is its owner's only; made if there is none.
///
/// # Errors
/// When it cannot be made or read, or others may read it.
pub fn key_file(path: &Path, draw: &mut dyn Draw) -> Result<[u8; 32], OpenError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut made) => {
            let key = draw.bytes();
            made.write_all(&key).and_then(|()| made.sync_all()).map_err(|error| at(path, error))?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_key(path),
        Err(error) => Err(at(path, error)),
    }
}

/// Name of the setting that holds the log's signing key.
const LOG_KEY: &str = "log-key";

/// The log's signing key: a sealed setting. Earlier versions kept it in a file beside the database; it is taken over from
/// there, and the file goes.
async fn log_key(store: &SqlStore, file: &Path, ambient: &dyn Ambient) -> Result<[u8; 32], OpenError> {
    let kept = if file.exists() { Some(read_key(file)?) } else { None };
    let drawn = kept.unwrap_or_else(|| ambient.draw(Some("log key")).bytes());
    let stored = store.setting_or(LOG_KEY, &drawn).await?;
    let key = <[u8; 32]>::try_from(stored.as_slice()).map_err(|_| at(file, "the stored key is no key"))?;
    match kept {
        Some(kept) if kept != key => Err(at(
            file,
            "the store has another key of the log; move this file elsewhere if that one is right",
        )),
        Some(_) => fs::remove_file(file).map(|()| key).map_err(|error| at(file, error)),
        None => Ok(key),
    }
}

fn read_key(path: &Path) -> Result<[u8; 32], OpenError> {
    only_the_owners(path, "key")?;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut bytes));
    read.map_err(|error| at(path, error))?;
    bytes.try_into().map_err(|_| at(path, "is not a key of 32 bytes"))
}
