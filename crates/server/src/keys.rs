//! Where key-encryption keys come from: a file that is its owner's only, or a command that prints them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, PoisonError, RwLock};

use forewarn_seal::{Kek, KekId, KeySource, KeyTextProblem, Keyring, Keys, Random, read_keys, write_keys};
use zeroize::Zeroizing;

use crate::ambient::{Ambient, Draw, Machine};

/// Most bytes that are read of a key file or of what a command prints.
const LONGEST: u64 = 32 << 10;

/// Where the key-encryption keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In this file.
    File(PathBuf),
    /// This command, run by `sh -c`, prints them.
    Command(String),
}

/// Why there is no key. Says what to do, and nothing of a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key file.
    #[error("key file {path}: {message}")]
    File {
        /// Which.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// The command.
    #[error("the key command {0}")]
    Command(String),
    /// The data are sealed, and the key is not there.
    #[error(
        "{place} is missing, and the data are sealed under key {key}: put the key back, or name it with --key-file or \
         FOREWARN_KEY_COMMAND"
    )]
    Missing {
        /// Where it was looked for.
        place: String,
        /// Which key is wanted.
        key: KekId,
    },
    /// A key lies where a copy of the data would take it along.
    #[error(
        "key file {0} lies in the data folder: whoever copies the data would have the key; move it elsewhere"
    )]
    Beside(String),
}

fn wrong(path: &Path, message: impl ToString) -> KeyError {
    KeyError::File { path: path.display().to_string(), message: message.to_string() }
}

impl KeyPlace {
    /// The file of a data folder that nobody named a key for: it lies beside the folder, so that a copy of the folder has
    /// no key.
    ///
    /// # Errors
    /// When the folder has no name to call the key after.
    pub fn beside(data: &Path) -> Result<Self, KeyError> {
        let mut folder: PathBuf = data.components().collect();
        if !matches!(folder.components().next_back(), Some(Component::Normal(_))) {
            folder = fs::canonicalize(data).map_err(|error| wrong(data, error))?;
        }
        if folder.file_name().is_none() {
            return Err(wrong(data, "the data folder has no name; say where the key is with --key-file"));
        }
        let mut name = folder.into_os_string();
        name.push(".key");
        Ok(Self::File(name.into()))
    }

    /// What to call it in a message. A command may hold a secret, so it is not shown.
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Command(_) => "the key of FOREWARN_KEY_COMMAND".into(),
        }
    }

    /// Whether a key file is still to be made. A command is asked when it is needed.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::File(path) if !path.exists())
    }

    /// Reads the keys; makes one where there is no file and nothing is sealed.
    ///
    /// # Errors
    /// [`KeyError`], which says what to do.
    pub fn open(&self, data: &Path, sealed_under: Option<KekId>) -> Result<Arc<KeyRing>, KeyError> {
        if let Self::File(path) = self {
            let inside = |(key, data): (PathBuf, PathBuf)| key.starts_with(data);
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let both = fs::canonicalize(folder).ok().zip(fs::canonicalize(data).ok());
            if both.is_some_and(inside) {
                return Err(KeyError::Beside(self.shown()));
            }
            if self.is_missing() {
                match sealed_under {
                    Some(key) => return Err(KeyError::Missing { place: self.shown(), key }),
                    None => make_file(path)?,
                }
            }
        }
        let keys = RwLock::new(self.read()?);
        Ok(Arc::new(KeyRing { place: self.clone(), keys }))
    }

    fn read(&self) -> Result<Keys, KeyError> {
        match self {
            Self::File(path) => read_file(path),
            Self::Command(command) => read_command(command),
        }
    }
}

/// The keys of a place. When one is asked for that is not among them, they are read anew: a rotation adds one while other
/// processes run.
pub struct KeyRing {
    place: KeyPlace,
    keys: RwLock<Keys>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}

impl KeyRing {
    fn known(&self, id: &KekId) -> Option<Arc<dyn KeySource>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).find(id)
    }

    /// Names of the keys, the first one first.
    pub fn ids(&self) -> Vec<KekId> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().map(|key| key.id().clone()).collect()
    }
}

impl Keyring for KeyRing {
    fn first(&self) -> Arc<dyn KeySource> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).first()
    }

    fn find(&self, id: &KekId) -> Option<Arc<dyn KeySource>> {
        if let Some(key) = self.known(id) {
            return Some(key);
        }
        match self.place.read() {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys,
            Err(error) => tracing::warn!(%error, "the keys cannot be read again"),
        }
        self.known(id)
    }
}

/// Randomness of the machine for nonces and keys. A rehearsal's would come again with its seed, so it is never used here.
pub struct MachineRandom(Box<dyn Draw>);

impl Default for MachineRandom {
    fn default() -> Self {
        Self(Machine.draw(None))
    }
}

impl Random for MachineRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(32) {
            let drawn = Zeroizing::new(self.0.bytes());
            piece.copy_from_slice(&drawn[..piece.len()]);
        }
    }
}

/// Makes a key file with a new key.
///
/// # Errors
/// When there is one already or it cannot be written.
pub fn make_file(path: &Path) -> Result<(), KeyError> {
    write_new(path, &write_keys([&Kek::draw(&mut MachineRandom::default())]))
}

/// Writes a file that was not there, for its owner only, and makes sure that it stays.
fn write_new(path: &Path, text: &str) -> Result<(), KeyError> {
    let told = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => wrong(path, "there is one already; it is never overwritten"),
        _ => wrong(path, format!("it cannot be written ({error}); say where keys shall lie with --key-file")),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(told)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(told)?;
    settle(path).map_err(told)
}

/// Makes sure that the folder knows of the file also after the power fails.
fn settle(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Reads a key file.
///
/// # Errors
/// When others than its owner can use it, or it is not one.
pub fn read_file(path: &Path) -> Result<Keys, KeyError> {
    let mut file = File::open(path).map_err(|error| wrong(path, error))?;
    let about = file.metadata().map_err(|error| wrong(path, error))?;
    if !about.is_file() {
        return Err(wrong(path, "is no file"));
    }
    if about.permissions().mode() & 0o077 != 0 {
        return Err(wrong(path, format!("others can use it; run: chmod 600 {}", path.display())));
    }
    let mut text = Zeroizing::new(Vec::new());
    (&mut file).take(LONGEST).read_to_end(&mut text).map_err(|error| wrong(path, error))?;
    read_keys(&text).map_err(|problem| wrong(path, problem))
}

/// Puts other keys into a key file, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn replace_file(path: &Path, keys: &[&Kek]) -> Result<(), KeyError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    // What a crash has left.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(wrong(&fresh, error)),
        _ => {}
    }
    write_new(&fresh, &write_keys(keys.iter().copied()))?;
    fs::rename(&fresh, path).and_then(|()| settle(path)).map_err(|error| wrong(path, error))
}

fn read_command(command: &str) -> Result<Keys, KeyError> {
    let failed = |error: io::Error| KeyError::Command(format!("cannot be run: {error}"));
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut text = Zeroizing::new(Vec::new());
    if let Some(out) = child.stdout.take() {
        out.take(LONGEST).read_to_end(&mut text).map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(KeyError::Command(format!("failed ({status})")));
    }
    read_keys(&text)
        .map_err(|problem: KeyTextProblem| KeyError::Command(format!("printed something else: {problem}")))
}

/// Adds a new key to a file, as the first of its keys.
///
/// # Errors
/// When the file cannot be read or written.
pub fn add_key(path: &Path) -> Result<KekId, KeyError> {
    let keys = read_file(path)?;
    let new = Kek::draw(&mut MachineRandom::default());
    let all: Vec<&Kek> = std::iter::once(&new).chain(keys.iter()).collect();
    replace_file(path, &all)?;
    Ok(new.id().clone())
}

/// Takes a key out of a file.
///
/// # Errors
/// When it is not in it or is the only one, or the file cannot be read or written.
pub fn remove_key(path: &Path, id: &KekId) -> Result<(), KeyError> {
    let keys = read_file(path)?;
    let others: Vec<&Kek> = keys.iter().filter(|key| key.id() != id).collect();
    if others.is_empty() || others.len() == keys.iter().count() {
        return Err(wrong(path, format!("it has no key {id} beside another")));
    }
    replace_file(path, &others)
}
