//! The file of the saved index. It says what every operator runs, so that it is its owner's only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::Unusable;

/// The bytes of the file.
///
/// # Errors
/// `None` when there is no file, else why it is not used.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Option<Unusable>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(None),
        Err(_) => return Err(Some(Unusable::Unreadable)),
    };
    let about = file.metadata().map_err(|_| Some(Unusable::Unreadable))?;
    if !about.is_file() {
        return Err(Some(Unusable::Unreadable));
    }
    // Whoever else can write it could change who is told.
    if about.permissions().mode() & 0o077 != 0 {
        return Err(Some(Unusable::NotPrivate));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.size()).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(|_| Some(Unusable::Unreadable))?;
    Ok(bytes)
}

/// Writes the file whole or not at all, also when the machine stops in the middle.
///
/// # Errors
/// What the system says.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    // What a crash has left. Made anew, it is surely private and surely nobody else's.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
