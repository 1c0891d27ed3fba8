//! Checking a whole public log: every interval once, in order, at its time, and grown from what was seen before.

use crate::checkpoint::Checkpoint;
use crate::entry::{Entry, EntryProblem};
use crate::tree::Tree;

/// What is wrong with a public log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditProblem {
    /// An entry.
    #[error("entry {index} {problem}")]
    Entry {
        /// Its index.
        index: u64,
        /// What is wrong with it.
        problem: EntryProblem,
    },
    /// There are fewer or more entries than the checkpoint says.
    #[error("there are {found} entries, and the checkpoint says {said}")]
    Count {
        /// Entries found.
        found: u64,
        /// Entries by the checkpoint.
        said: u64,
    },
    /// The entries do not lead to the root of the checkpoint.
    #[error("the entries are not those that the checkpoint was signed for")]
    Root,
    /// The log has fewer entries than were seen before.
    #[error("the log was rolled back: {seen} entries were seen before, and it has {now}")]
    RolledBack {
        /// Entries seen before.
        seen: u64,
        /// Entries now.
        now: u64,
    },
    /// The log is another one than was seen before.
    #[error("the log was rewritten: its first {seen} entries are not those that were seen before")]
    Rewritten {
        /// Entries seen before.
        seen: u64,
    },
}

/// Reads the entries of a log and checks them against its checkpoint and against the one that was `seen` before. Whose
/// checkpoints they are is for the caller to check, with [`Checkpoint::open`].
///
/// # Errors
/// [`AuditProblem`] with the first thing that does not hold.
pub fn verify_entries(
    entries: &[Vec<u8>],
    checkpoint: &Checkpoint,
    seen: Option<&Checkpoint>,
) -> Result<Vec<Entry>, AuditProblem> {
    let (found, said) = (entries.len() as u64, checkpoint.size);
    if found != said {
        return Err(AuditProblem::Count { found, said });
    }
    let mut tree = Tree::new();
    entries.iter().for_each(|entry| {
        tree.append(entry);
    });
    if tree.root() != checkpoint.root {
        return Err(AuditProblem::Root);
    }
    if let Some(seen) = seen {
        grown_from(&tree, seen)?;
    }
    verify_cadence(entries)
}

/// Checks that a log has grown from a checkpoint that was seen before.
///
/// # Errors
/// [`AuditProblem::RolledBack`], [`AuditProblem::Rewritten`].
pub fn grown_from(tree: &Tree, seen: &Checkpoint) -> Result<(), AuditProblem> {
    match tree.root_at(seen.size) {
        Err(_) => Err(AuditProblem::RolledBack { seen: seen.size, now: tree.size() }),
        Ok(root) if root != seen.root => Err(AuditProblem::Rewritten { seen: seen.size }),
        Ok(_) => Ok(()),
    }
}

/// Reads entries and checks that every interval is there once, in order and at its time.
fn verify_cadence(entries: &[Vec<u8>]) -> Result<Vec<Entry>, AuditProblem> {
    let mut read: Vec<Entry> = Vec::with_capacity(entries.len());
    for (bytes, index) in entries.iter().zip(0..) {
        let at = |problem| AuditProblem::Entry { index, problem };
        let entry = Entry::parse(bytes).map_err(at)?;
        entry.fits(index, read.first().unwrap_or(&entry)).map_err(at)?;
        read.push(entry);
    }
    Ok(read)
}
