//! A row of the access table replaced by a wrong one, for the whole process: so that tests can show that they notice.
//! The feature is for tests only; nothing outside the process can reach it.

use std::sync::{PoisonError, RwLock};

use super::{Act, Row};

static REPLACED: RwLock<Option<(Act, Row)>> = RwLock::new(None);

/// Replaces the row of an act, until the next call of this or of [`restore`].
pub fn replace(act: Act, row: Row) {
    *REPLACED.write().unwrap_or_else(PoisonError::into_inner) = Some((act, row));
}

/// The table as it is written.
pub fn restore() {
    *REPLACED.write().unwrap_or_else(PoisonError::into_inner) = None;
}

pub(super) fn row(act: Act) -> Option<Row> {
    let replaced = *REPLACED.read().unwrap_or_else(PoisonError::into_inner);
    replaced.filter(|(replaced, _)| *replaced == act).map(|(_, row)| row)
}
