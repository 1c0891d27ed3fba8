//! The agent's folder. Everything in it is its owner's only.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use forewarn_seal::Identity;
use forewarn_server::keys::MachineRandom;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::bad_input::BadInput;
use crate::documents;

/// Largest file of the agent's own that is read, in bytes.
const LARGEST: usize = 64 << 20;

/// File of this machine's key.
pub const DEVICE: &str = "device.key";
/// File of the recovery key until it is on paper.
pub const RECOVERY: &str = "recovery.key";

/// Who the agent is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Profile {
    /// Address of the service.
    pub server: String,
    /// Organisation.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Token; the file is its owner's only.
    pub token: String,
    /// When that stops working.
    pub expires_at: Timestamp,
    /// Key of the log, held on to since the agent joined.
    pub log_key: String,
    /// Fingerprint of this machine's key.
    pub device: String,
}

/// What the agent knows of a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Number of the case.
    pub number: String,
    /// Newest revision that was opened.
    pub revision: u32,
    /// Entity tag of the sealed file: its SHA-256 in hex.
    pub tag: String,
    /// Whether it was acknowledged.
    pub acknowledged: bool,
    /// Components that it covers on one's own machines.
    pub hits: usize,
    /// Digest of the card, so that a change is told.
    pub card: String,
    /// Why it is not shown, when it did not prove right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What was seen so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    /// When the service last answered.
    pub fetched_at: Option<Timestamp>,
    /// By id.
    pub notices: BTreeMap<String, Known>,
}

/// The folder.
pub struct Folder {
    path: PathBuf,
    /// Who the agent is.
    pub profile: Profile,
}

/// Makes a folder for its owner only.
pub fn make(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("{} cannot be made", path.display()))
}

/// Writes a file for its owner only, whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let told = || format!("{} cannot be written", path.display());
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    if fresh.exists() {
        fs::remove_file(&fresh).with_context(told)?;
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh).with_context(told)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).with_context(told)?;
    fs::rename(&fresh, path).with_context(told)
}

fn read(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mode = fs::metadata(path).with_context(|| path.display().to_string())?.permissions().mode();
    if mode & 0o077 != 0 {
        let path = path.display();
        return Err(BadInput::new(format!("{path}: others can use it; run: chmod 600 {path}")).into());
    }
    Ok(Zeroizing::new(documents::read(path, LARGEST).map_err(BadInput::from)?))
}

fn read_key(path: &Path) -> anyhow::Result<Identity> {
    let bytes = read(path)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    text.trim().parse().map_err(|problem| BadInput::new(format!("{}: {problem}", path.display())).into())
}

/// The key in a file, made where there is none.
pub fn key(path: &Path) -> anyhow::Result<Identity> {
    if !path.exists() {
        let fresh = Identity::draw(&mut MachineRandom::default());
        let text = Zeroizing::new(format!("{}\n", fresh.expose()?.as_str()));
        write(path, text.as_bytes())?;
    }
    read_key(path)
}

impl Folder {
    /// Makes the folder of an agent that joined.
    pub fn create(path: &Path, profile: Profile) -> anyhow::Result<Self> {
        make(&path.join("notices"))?;
        make(&path.join("cards"))?;
        write(&path.join("agent.json"), &serde_json::to_vec_pretty(&profile)?)?;
        // It is on paper now, and on no machine.
        match fs::remove_file(path.join(RECOVERY)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{RECOVERY} cannot be removed"));
            }
            _ => {}
        }
        Ok(Self { path: path.to_owned(), profile })
    }

    /// Whether an agent has joined with this folder.
    pub fn is_used(path: &Path) -> bool {
        path.join("agent.json").exists()
    }

    /// Opens it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let about = path.join("agent.json");
        if !about.exists() {
            let words = "holds no agent; join with: forewarn agent enrol CODE --server URL --data DIR";
            return Err(BadInput::new(format!("{}: {words}", path.display())).into());
        }
        let profile = serde_json::from_slice(&read(&about)?)
            .map_err(|error| crate::bad_input::not_json(&about, &error))?;
        Ok(Self { path: path.to_owned(), profile })
    }

    /// The key of this machine.
    pub fn device(&self) -> anyhow::Result<Identity> {
        read_key(&self.path.join(DEVICE))
    }

    /// What was seen so far.
    pub fn seen(&self) -> anyhow::Result<Seen> {
        let path = self.path.join("seen.json");
        if !path.exists() {
            return Ok(Seen::default());
        }
        serde_json::from_slice(&read(&path)?)
            .map_err(|error| crate::bad_input::not_json(&path, &error).into())
    }

    /// Keeps what was seen.
    pub fn keep(&self, seen: &Seen) -> anyhow::Result<()> {
        write(&self.path.join("seen.json"), &serde_json::to_vec_pretty(seen)?)
    }

    /// Where a sealed notice lies. Ids come from the service, so that nothing but an id becomes a name.
    fn sealed_path(&self, notice: &str) -> anyhow::Result<PathBuf> {
        Ok(self.path.join("notices").join(format!("{}.age", name(notice)?)))
    }

    /// A sealed notice as it was fetched.
    pub fn sealed(&self, notice: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let path = self.sealed_path(notice)?;
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(read(&path)?.to_vec()))
    }

    /// Keeps a sealed notice.
    pub fn keep_sealed(&self, notice: &str, bytes: &[u8]) -> anyhow::Result<()> {
        write(&self.sealed_path(notice)?, bytes)
    }

    /// Where the card of a notice lies, without its ending.
    pub fn card(&self, number: &str, notice: &str) -> anyhow::Result<PathBuf> {
        Ok(self.path.join("cards").join(format!("{}-{}", name(number)?, name(notice)?)))
    }

    /// Where lines for a SIEM go.
    pub fn siem(&self) -> PathBuf {
        self.path.join("siem.jsonl")
    }
}

fn name(text: &str) -> anyhow::Result<&str> {
    let good = (1..=100).contains(&text.len());
    let good = good && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    anyhow::ensure!(good, "the service answers an id that is none");
    Ok(text)
}
