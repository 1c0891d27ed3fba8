//! Patterns among the paths on the command line, for shells that leave them as they are.

use std::path::{Path, PathBuf};

use crate::documents::FileProblem;

/// The files that paths and patterns stand for, in order, each once; `in_folders` knows what counts in a folder.
pub(super) fn find(
    paths: &[PathBuf],
    in_folders: fn(&[PathBuf], &mut Vec<FileProblem>) -> Vec<PathBuf>,
    problems: &mut Vec<FileProblem>,
) -> Vec<PathBuf> {
    let mut plain = Vec::new();
    for path in paths {
        match pattern(path) {
            Some(pattern) => expand(path, &pattern, &mut plain, problems),
            None => plain.push(path.clone()),
        }
    }
    in_folders(&plain, problems)
}

/// A path that exists is itself, whatever characters are in it.
fn pattern(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    (text.contains(['*', '?', '[']) && !path.exists()).then(|| text.to_owned())
}

fn expand(path: &Path, pattern: &str, found: &mut Vec<PathBuf>, problems: &mut Vec<FileProblem>) {
    let before = found.len() + problems.len();
    match glob::glob(pattern) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(path) => found.push(path),
                    Err(error) => problems.push(FileProblem::whole(error.path(), error.error())),
                }
            }
            if found.len() + problems.len() == before {
                problems.push(FileProblem::whole(path, "no file is of this pattern"));
            }
        }
        Err(error) => problems.push(FileProblem::whole(path, error)),
    }
}
