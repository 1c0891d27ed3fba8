//! What is submitted: found in files, folders, patterns and standard input; one document a line.

use std::io::Read;
use std::path::{Path, PathBuf};

use forewarn_formats::json::{self, Limits};
use sha2::{Digest, Sha256};

use crate::documents::{self, FileProblem};

/// One document to send, and where it came from.
#[derive(Clone)]
pub struct Line {
    /// File, or `-`.
    pub file: String,
    /// Line in it, where it has one document a line.
    pub line: Option<usize>,
    /// The document in one line.
    pub bytes: Vec<u8>,
    /// Lower-case hex SHA-256 of it.
    pub digest: String,
}

impl Line {
    fn new(file: &str, line: Option<usize>, bytes: Vec<u8>) -> Self {
        let digest = hex::encode(Sha256::digest(&bytes));
        Self { file: file.to_owned(), line, bytes, digest }
    }

    /// File and line.
    pub fn name(&self) -> String {
        match self.line {
            Some(number) => format!("{}:{number}", self.file),
            None => self.file.clone(),
        }
    }
}

/// Everything that was given.
#[derive(Default)]
pub struct Input {
    /// The documents.
    pub lines: Vec<Line>,
    /// What could not be read.
    pub problems: Vec<FileProblem>,
}

/// Reads everything.
pub fn read(given: &[String]) -> Input {
    let mut input = Input::default();
    let mut paths = Vec::new();
    for one in given {
        match one.as_str() {
            "-" => input.standard(),
            one => paths.extend(input.expand(one)),
        }
    }
    for file in documents::find_findings(&paths, &mut input.problems) {
        let name = file.display().to_string();
        match documents::read(&file, Limits::inventory().bytes) {
            Err(problem) => input.problems.push(problem),
            Ok(bytes) => input.document(&name, bytes),
        }
    }
    input
}

impl Input {
    /// A pattern's files, where the shell did not expand it.
    fn expand(&mut self, given: &str) -> Vec<PathBuf> {
        let path = PathBuf::from(given);
        if path.exists() || !given.contains(['*', '?', '[']) {
            return vec![path];
        }
        let found: Vec<PathBuf> = match glob::glob(given) {
            Ok(found) => found.filter_map(Result::ok).collect(),
            Err(_) => Vec::new(),
        };
        if found.is_empty() {
            self.problems.push(FileProblem::whole(&path, "no file is named like this pattern"));
        }
        found
    }

    fn standard(&mut self) {
        let most = Limits::inventory().bytes;
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
        match read {
            Err(error) => self.problems.push(FileProblem::whole(Path::new("-"), error)),
            Ok(_) if bytes.len() > most => {
                let message = format!("is larger than the limit of {most} bytes");
                self.problems.push(FileProblem::whole(Path::new("-"), message));
            }
            Ok(_) => self.document("-", bytes),
        }
    }

    fn document(&mut self, name: &str, bytes: Vec<u8>) {
        if has_documents_in_lines(&bytes) {
            let numbered = (1..).zip(bytes.split(|byte| *byte == b'\n'));
            let filled = numbered.filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace));
            self.lines.extend(filled.map(|(number, line)| Line::new(name, Some(number), line.to_vec())));
            return;
        }
        // Read here too, since the place of a mistake in the file is lost once it is one line.
        match json::parse(&bytes, &Limits::finding()) {
            Err(problem) => self.problems.push(FileProblem::within(Path::new(name), problem)),
            Ok(_) => self.lines.push(Line::new(name, None, one_line(bytes))),
        }
    }
}

/// Whether the first line that is not blank is a whole document and others follow.
fn has_documents_in_lines(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut filled =
        bytes.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
    let Some(first) = filled.next() else { return false };
    filled.next().is_some() && serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok()
}

/// In JSON a line break stands only between tokens, where a space says the same.
fn one_line(mut bytes: Vec<u8>) -> Vec<u8> {
    for byte in &mut bytes {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    bytes
}
