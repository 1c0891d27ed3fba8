//! The journal of a run: which documents were sent under which key, and which were answered. It holds digests and
//! results, no document.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use forewarn_server::app::ItemResult;
use serde::{Deserialize, Serialize};

use super::input::Line;

/// Version of the journal's form.
const FORM: &str = "forewarn-submit-journal/1";
/// Largest journal that is read, in bytes.
const LARGEST: u64 = 1 << 30;

/// A line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum Entry {
    /// Which service it is about.
    Head { form: String, server: String },
    /// These documents are about to be sent under this key.
    Sends { key: String, documents: Vec<String> },
    /// They were answered; those over the quota are not in.
    Done { key: String, over_quota: Vec<String>, results: Vec<ItemResult> },
}

/// A journal that is open for more.
pub struct Journal {
    file: File,
    settled: HashSet<String>,
    sent: HashMap<String, Vec<String>>,
    unfinished: Option<(String, Vec<String>)>,
}

impl Journal {
    /// Opens a journal, or begins one.
    ///
    /// # Errors
    /// When the file cannot be used, is no journal, or is about another service.
    pub fn open(path: &Path, server: &str) -> anyhow::Result<Self> {
        let named = || format!("{}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .with_context(named)?;
        let mut text = Vec::new();
        (&file).take(LARGEST).read_to_end(&mut text).with_context(named)?;
        // What a crash left half-written was never relied on.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64).with_context(named)?;
            file.seek(SeekFrom::End(0)).with_context(named)?;
        }
        let mut journal = Self { file, settled: HashSet::new(), sent: HashMap::new(), unfinished: None };
        let mut lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        match lines.next() {
            None => journal.write(&Entry::Head { form: FORM.into(), server: server.into() })?,
            Some(line) => {
                let Ok(Entry::Head { form, server: known }) = serde_json::from_slice(line) else {
                    return Err(wrong(path, "is not a journal of `forewarn submit`"));
                };
                if form != FORM {
                    return Err(wrong(path, "is a journal of another version"));
                }
                if known != server {
                    return Err(wrong(path, "is about another service"));
                }
            }
        }
        for (number, line) in (2..).zip(lines) {
            let entry = serde_json::from_slice(line)
                .map_err(|_| wrong(path, &format!("line {number} is not of a journal")))?;
            journal.replay(entry);
        }
        Ok(journal)
    }

    fn replay(&mut self, entry: Entry) {
        match entry {
            Entry::Head { .. } => {}
            Entry::Sends { key, documents } => {
                self.unfinished = Some((key.clone(), documents.clone()));
                self.sent.insert(key, documents);
            }
            Entry::Done { key, over_quota, .. } => {
                let over: HashSet<String> = over_quota.into_iter().collect();
                let documents = self.sent.remove(&key).unwrap_or_default();
                self.settled.extend(documents.into_iter().filter(|digest| !over.contains(digest)));
                self.unfinished = None;
            }
        }
    }

    fn write(&mut self, entry: &Entry) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file
            .write_all(&line)
            .and_then(|()| self.file.sync_data())
            .context("the journal cannot be written")
    }

    /// Whether a document was answered before.
    pub fn is_settled(&self, line: &Line) -> bool {
        self.settled.contains(&line.digest)
    }

    /// The request that was under way when the run before stopped.
    pub fn unfinished(&self) -> Option<(&str, &[String])> {
        self.unfinished.as_ref().map(|(key, documents)| (key.as_str(), documents.as_slice()))
    }

    /// Documents are about to be sent.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn sends(&mut self, key: &str, lines: &[Line]) -> anyhow::Result<()> {
        let documents = lines.iter().map(|line| line.digest.clone()).collect();
        self.write(&Entry::Sends { key: key.to_owned(), documents })
    }

    /// They were answered.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn done(&mut self, key: &str, lines: &[Line], results: &[ItemResult]) -> anyhow::Result<()> {
        let line_of = |item: &ItemResult| lines.get(usize::try_from(item.line).ok()?.checked_sub(1)?);
        let over = results.iter().filter(|item| item.retry_after.is_some()).filter_map(line_of);
        let over_quota = over.map(|line| line.digest.clone()).collect();
        // A commitment's salt is as secret as the finding; it can be asked for again.
        let plain = |item: &ItemResult| ItemResult { commitment: None, ..item.clone() };
        let results = results.iter().map(plain).collect();
        self.write(&Entry::Done { key: key.to_owned(), over_quota, results })
    }
}

fn wrong(path: &Path, words: &str) -> anyhow::Error {
    crate::bad_input::BadInput::new(format!("{}: {words}", path.display())).into()
}
