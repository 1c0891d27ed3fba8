//! What an operator runs.

use serde::{Deserialize, Serialize};

use crate::identity::Identity;

/// One component of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Component {
    /// What it is.
    pub identity: Identity,
    /// Its version as written, `None` when the source gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What to show a person: the purl as written, or `vendor product`.
    pub label: String,
}

/// A component that could not be given an identity, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// JSON pointer to the component in its document.
    pub place: String,
    /// Its name, as far as it has one.
    pub name: String,
    /// What was missing or wrong, in words.
    pub reason: String,
}

/// An inventory as understood from one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Format and version, such as `CycloneDX 1.5`.
    pub format: String,
    /// Components with an identity.
    pub components: Vec<Component>,
    /// Components without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}
