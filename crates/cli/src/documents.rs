//! Files given on the command line: found, bounded, read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use forewarn_formats::json::Problem;
use serde::Serialize;

/// Folders inside folders that are followed.
const DEPTH: usize = 32;

/// Something wrong with a file; the others are still read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileProblem {
    /// Path as given, or as found below it.
    pub file: String,
    /// JSON pointer or line; empty when the file as a whole is meant.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl FileProblem {
    /// A problem with the file as a whole.
    pub fn whole(path: &Path, message: impl ToString) -> Self {
        Self { file: path.display().to_string(), place: String::new(), message: message.to_string() }
    }

    /// A problem that a reader found in the file.
    pub fn within(path: &Path, problem: Problem) -> Self {
        Self { file: path.display().to_string(), place: problem.place, message: problem.message }
    }
}

/// Endings of advisories in folders.
const ADVISORIES: &[&str] = &["json"];
/// Endings of findings in folders.
const FINDINGS: &[&str] = &["json", "jsonl", "ndjson", "sarif"];
/// Endings of inventories in folders; what is inside decides how a file is read.
const INVENTORIES: &[&str] = &["cdx", "csv", "json", "list", "purl", "purls", "spdx", "tsv", "txt", "xml"];

/// The files that paths stand for: a file for itself, a folder for every `*.json` below it; in order, each once.
pub fn find(paths: &[PathBuf], problems: &mut Vec<FileProblem>) -> Vec<PathBuf> {
    find_ending(paths, ADVISORIES, problems)
}

/// The same for findings, which are in more than one format.
pub fn find_findings(paths: &[PathBuf], problems: &mut Vec<FileProblem>) -> Vec<PathBuf> {
    find_ending(paths, FINDINGS, problems)
}

/// The same for inventories, which have more endings than `json`.
pub fn find_inventories(paths: &[PathBuf], problems: &mut Vec<FileProblem>) -> Vec<PathBuf> {
    find_ending(paths, INVENTORIES, problems)
}

fn find_ending(paths: &[PathBuf], endings: &[&str], problems: &mut Vec<FileProblem>) -> Vec<PathBuf> {
    let mut search = Search { endings, found: Vec::new(), problems };
    for path in paths {
        search.gather(path, true, DEPTH);
    }
    let mut found = search.found;
    found.sort();
    found.dedup();
    found
}

struct Search<'s> {
    endings: &'s [&'s str],
    found: Vec<PathBuf>,
    problems: &'s mut Vec<FileProblem>,
}

impl Search<'_> {
    fn gather(&mut self, path: &Path, named: bool, depth: usize) {
        if !path.is_dir() {
            let ending = path.extension().unwrap_or_default();
            if named || self.endings.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
                self.found.push(path.to_owned());
            }
            return;
        }
        if depth == 0 {
            let message = "folders are nested too deeply; name the folder itself";
            self.problems.push(FileProblem::whole(path, message));
            return;
        }
        let entries = fs::read_dir(path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        match entries {
            Ok(entries) => entries.iter().for_each(|entry| self.gather(&entry.path(), false, depth - 1)),
            Err(error) => self.problems.push(FileProblem::whole(path, error)),
        }
    }
}

/// Reads a file of at most `most` bytes; a larger one is refused before it is read.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, FileProblem> {
    let failed = |error: io::Error| FileProblem::whole(path, error);
    let file = File::open(path).map_err(failed)?;
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    let size = file.metadata().map_err(failed)?.len();
    let too_large = || FileProblem::whole(path, format!("is larger than the limit of {most} bytes"));
    if size > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // A pipe has no size beforehand, so the limit is kept while reading too.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > most { Err(too_large()) } else { Ok(bytes) }
}
