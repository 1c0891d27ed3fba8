//! What a suggested fix changes: the files, functions and lines of a unified diff.

use super::features::Place;
use super::function::function;
use super::hash::{Name, narrow};
use super::path;

/// Most hunks read.
pub(super) const MOST: usize = 8;
/// Most lines read.
const MOST_LINES: usize = 5000;
/// Fewest characters of removed text that tell one place from another: a brace or a `return;` is everywhere.
const TELLING: usize = 12;

/// One place a fix changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    /// The function is from the hunk's heading, where the tool wrote one; a line of a patch is not a line at fault.
    pub place: Place,
    /// Hash of the removed lines without white space; 0 where nothing telling is removed.
    pub removed: u32,
}

/// Reads a unified diff. What is not one gives nothing.
pub(super) fn hunks(diff: &str, projects: &[String]) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut file = None;
    let mut removed = String::new();
    for line in diff.lines().take(MOST_LINES) {
        if let Some(path) = line.strip_prefix("--- ").or_else(|| line.strip_prefix("+++ ")) {
            finish(&mut hunks, &mut removed);
            let path = path.split('\t').next().unwrap_or(path).trim();
            // A new file has no old name.
            if path != "/dev/null" {
                let inside = path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path);
                file = path::file(inside, projects);
            }
        } else if let Some(heading) = line.strip_prefix("@@ ") {
            finish(&mut hunks, &mut removed);
            if hunks.len() == MOST {
                return hunks;
            }
            let context = heading.split_once("@@").map_or("", |(_, context)| context);
            if let Some(file) = file {
                let function = signature(context).unwrap_or(Name::NONE);
                hunks.push(Hunk { place: Place { file, function, line: 0 }, removed: 0 });
            }
        } else if let Some(text) = line.strip_prefix('-') {
            removed.extend(text.chars().filter(|c| !c.is_whitespace()));
        }
    }
    finish(&mut hunks, &mut removed);
    hunks
}

fn finish(hunks: &mut [Hunk], removed: &mut String) {
    if let Some(hunk) = hunks.last_mut()
        && removed.chars().count() >= TELLING
    {
        hunk.removed = narrow(removed.as_str());
    }
    removed.clear();
}

/// The function of a hunk's heading, such as `static int read_header(struct png *p)` or `def read_header(self):`.
fn signature(context: &str) -> Option<Name> {
    let (before, _) = context.split_once('(')?;
    let name = before.rsplit(|c: char| c.is_whitespace() || c == '*').next()?;
    function(name)
}
