//! Acts whose answer has not come: their keys, kept in the user's state folder until they are answered. A command that was
//! cut off and is given again then asks under the same key, and the service answers it as before.
//!
//! A file has a random key and is named by a digest of what was asked; neither says anything of the act.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::Duration;

use forewarn_server::ambient::{Ambient, Machine};

use crate::client::key_of;

/// How long the service remembers answers; an older key would be a new act there.
const REMEMBERED: Duration = Duration::from_secs(72 * 3600);
/// Length of a key, in hex digits.
const KEY: usize = 32;

/// An act that is asked and not answered yet.
pub struct Pending {
    key: String,
    file: Option<PathBuf>,
}

impl Pending {
    /// The key of what is asked: the one of before if that was not answered, or a new one. Where there is no folder to
    /// keep it in, it is a new one.
    pub fn of(asked: &[&[u8]]) -> Self {
        let fresh = hex::encode(&Machine.draw(None).bytes()[..KEY / 2]);
        let Some(file) = folder().map(|folder| folder.join(key_of(asked))) else {
            return Self { key: fresh, file: None };
        };
        let key = kept(&file).unwrap_or(fresh);
        let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file);
        let written =
            written.and_then(|mut file| file.write_all(key.as_bytes()).and_then(|()| file.sync_all()));
        Self { key, file: written.is_ok().then_some(file) }
    }

    /// The key to ask under.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The answer has come.
    pub fn answered(&self) {
        if let Some(file) = &self.file {
            let _ = fs::remove_file(file);
        }
    }
}

fn kept(file: &PathBuf) -> Option<String> {
    let opened = fs::File::open(file).ok()?;
    let age = opened.metadata().ok()?.modified().ok()?.elapsed().unwrap_or_default();
    let mut text = String::new();
    opened.take(100).read_to_string(&mut text).ok()?;
    let key = text.len() == KEY && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (key && age < REMEMBERED).then_some(text)
}

/// `$XDG_STATE_HOME/forewarn/acts`, or below `~/.local/state`; made if it is missing.
fn folder() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state"));
    let folder = state.or_else(home)?.join("forewarn/acts");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    Some(folder)
}
