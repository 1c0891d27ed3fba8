//! What is submitted: found in files, folders, patterns and standard input; one document a line.

use std::io::Read;
use std::path::{Path, PathBuf};

use forewarn_formats::json::{self, Limits};
use forewarn_formats::sarif::{self, PartOf};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::documents::{self, FileProblem};

/// Largest SARIF log that is sent in parts, in bytes.
const LARGEST_LOG: usize = 64 << 20;
/// Results of a log from which on it is sent in parts; the service takes no more from one document.
const MOST_RESULTS: usize = 500;

/// One document to send, and where it came from.
#[derive(Clone)]
pub struct Line {
    /// File, or `-`.
    pub file: String,
    /// Line in it, where it has one document a line.
    pub line: Option<usize>,
    /// Which results of the file it has, when it is a part of a large SARIF log.
    part: Option<PartOf>,
    /// The document in one line.
    pub bytes: Vec<u8>,
    /// Lower-case hex SHA-256 of it.
    pub digest: String,
}

impl Line {
    fn new(file: &str, line: Option<usize>, bytes: Vec<u8>) -> Self {
        let digest = hex::encode(Sha256::digest(&bytes));
        Self { file: file.to_owned(), line, part: None, bytes, digest }
    }

    /// File and line.
    pub fn name(&self) -> String {
        match self.line {
            Some(number) => format!("{}:{number}", self.file),
            None => self.file.clone(),
        }
    }

    /// The place in the file of a place in the document.
    pub fn place_in_file(&self, place: &str) -> String {
        self.part.map_or_else(|| place.to_owned(), |origin| origin.in_whole(place))
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
        // Read here too, since the place of a mistake in the file is lost once it is one line. Of larger documents only
        // SARIF logs can be sent in parts.
        let problem = match json::parse(&bytes, &Limits::finding()) {
            Ok(log) if results(&log) > MOST_RESULTS => return self.in_parts(name, &log),
            Ok(_) => return self.lines.push(Line::new(name, None, one_line(bytes))),
            Err(problem) => problem,
        };
        let large = bytes.len() > Limits::finding().bytes && bytes.len() <= LARGEST_LOG;
        match large.then(|| json::parse(&bytes, &Limits { bytes: LARGEST_LOG, ..Limits::default() })) {
            Some(Ok(log)) if results(&log) > 0 => self.in_parts(name, &log),
            Some(Err(problem)) => self.problems.push(FileProblem::within(Path::new(name), problem)),
            _ => self.problems.push(FileProblem::within(Path::new(name), problem)),
        }
    }

    fn in_parts(&mut self, name: &str, log: &Value) {
        let path = Path::new(name);
        let parts = match sarif::split(log, Limits::finding().bytes) {
            Ok(parts) => parts,
            Err(problem) => return self.problems.push(FileProblem::within(path, problem)),
        };
        for part in parts {
            match part {
                Ok(part) => {
                    let line = Line::new(name, None, part.document.to_string().into_bytes());
                    self.lines.push(Line { part: Some(part.origin), ..line });
                }
                Err(problem) => self.problems.push(FileProblem::within(path, problem)),
            }
        }
    }
}

/// Results of a SARIF log; none for another document.
fn results(log: &Value) -> usize {
    let runs = log.get("runs").and_then(Value::as_array);
    let results = |run: &Value| run.get("results").and_then(Value::as_array).map_or(0, Vec::len);
    runs.map_or(0, |runs| runs.iter().map(results).sum())
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
