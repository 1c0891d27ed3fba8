//! What the user gave and has to mend: a file, an option, a name. It ends with the exit code for bad input.

use std::fmt::Display;

use crate::documents::FileProblem;

/// Something that was given is not right; the text says what.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadInput(String);

impl BadInput {
    /// With these words.
    pub fn new(words: impl Display) -> Self {
        Self(words.to_string())
    }
}

impl From<FileProblem> for BadInput {
    fn from(problem: FileProblem) -> Self {
        let FileProblem { file, place, message } = problem;
        Self(if place.is_empty() {
            format!("{file}: {message}")
        } else {
            format!("{file}: {place}: {message}")
        })
    }
}

/// A file that could not be understood, with line and column and without its content, which may be embargoed.
pub fn not_json(file: &std::path::Path, error: &serde_json::Error) -> BadInput {
    let place = format!("line {} column {}", error.line(), error.column());
    let words = match error.classify() {
        serde_json::error::Category::Data => "does not have the expected fields",
        _ => "is not JSON",
    };
    BadInput(format!("{}: {place}: {words}", file.display()))
}
