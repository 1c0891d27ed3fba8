//! Embargoed content in memory.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that does not print: `Debug` shows `[embargoed]`, and there is no `Display`. Serialising it is how it
/// reaches the store and, after the access check, a response; so only those places serialise.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for a reader that has passed the access check.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[embargoed]")
    }
}
