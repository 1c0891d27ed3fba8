//! The revision history that a document must have.

use jiff::Timestamp;

use super::advisory::{Advisory, Revision, Status};
use super::write::WriteProblem;

/// The revisions in order, checked against the standard's rules for integer versioning (6.1.14 to 6.1.22): no
/// gap, none twice, dates that never go back, and 0 only for a draft that was not yet released.
pub(super) fn checked(advisory: &Advisory) -> Result<Vec<&Revision>, WriteProblem> {
    let mut revisions: Vec<&Revision> = advisory.revisions.iter().collect();
    revisions.sort_by_key(|revision| revision.number);
    let first = revisions.first().ok_or(WriteProblem::Revisions("it is empty"))?;
    let oldest = first.number;
    if oldest > 1 {
        return Err(WriteProblem::Revisions("it starts with 0 or 1"));
    }
    if oldest == 0 && advisory.status != Status::Draft {
        return Err(WriteProblem::Revisions("a released document starts with 1"));
    }
    for pair in revisions.windows(2) {
        if let [before, after] = pair {
            if before.number.checked_add(1) != Some(after.number) {
                return Err(WriteProblem::Revisions("numbers follow each other"));
            }
            if before.date > after.date {
                return Err(WriteProblem::Revisions("dates do not go back"));
            }
        }
    }
    if advisory.initial_release < Timestamp::UNIX_EPOCH
        || revisions.iter().any(|r| r.date < Timestamp::UNIX_EPOCH)
    {
        return Err(WriteProblem::Revisions("dates are of this era, 1970 or later"));
    }
    if revisions.iter().any(|revision| revision.summary.trim().is_empty()) {
        return Err(WriteProblem::Revisions("each says what changed"));
    }
    if advisory.initial_release > advisory.current_release {
        return Err(WriteProblem::Revisions("the first release is not after the current one"));
    }
    Ok(revisions)
}
