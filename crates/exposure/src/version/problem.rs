//! What can be wrong with a version.

use thiserror::Error;

use super::{LONGEST_VERSION, Scheme};

/// Why a text has no place in a version order, or two versions cannot be told apart by it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VersionProblem {
    /// Nothing but white space.
    #[error("empty version")]
    Empty,
    /// More than [`LONGEST_VERSION`] characters.
    #[error("version of {0} characters, more than {LONGEST_VERSION}")]
    TooLong(usize),
    /// A word that stands for a missing version (`latest`, `unknown`, `${project.version}`).
    #[error("{0:?} does not name a version")]
    Placeholder(String),
    /// A pattern for several versions, such as `2.4.x`.
    #[error("{0:?} stands for several versions")]
    Wildcard(String),
    /// Not a version of the scheme.
    #[error("{text:?} is not a {scheme} version")]
    NotAVersion {
        /// The scheme that was asked.
        scheme: Scheme,
        /// The text as written.
        text: String,
    },
    /// The two belong to different lines of versions, and no order between those is known.
    #[error("{0:?} cannot be compared with the version at hand")]
    Incomparable(String),
    /// A range whose ends leave nothing between them: probably they are the wrong way round.
    #[error("no version is in the range {0:?}")]
    EmptyRange(String),
}

impl VersionProblem {
    pub(super) fn not_a(scheme: Scheme, text: &str) -> Self {
        Self::NotAVersion { scheme, text: text.to_owned() }
    }
}
