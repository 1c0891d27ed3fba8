//! What an operator runs.

use std::collections::{BTreeMap, BTreeSet};

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
    /// What to show a person: the purl or the CPE name as written, or `vendor product`. Of a CPE name, what it says
    /// beyond vendor, product and version is taken from here.
    pub label: String,
}

/// A component that could not be given an identity, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// JSON pointer to the component in its document, or its line.
    pub place: String,
    /// Its name, as far as it has one.
    pub name: String,
    /// What was missing or wrong, in words.
    pub reason: String,
}

/// An inventory as understood from one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Format and version, such as `CycloneDX 1.5`.
    pub format: String,
    /// Components with an identity.
    pub components: Vec<Component>,
    /// Components without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}

/// How an inventory differs from the one before, counted in packages and products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// That were not there before.
    pub added: usize,
    /// That are there no more.
    pub removed: usize,
    /// That are there in other versions.
    pub changed: usize,
}

impl Inventory {
    /// What changed from `before` to this inventory.
    #[must_use]
    pub fn changes(&self, before: &Self) -> Changes {
        let (now, then) = (self.versions(), before.versions());
        Changes {
            added: now.keys().filter(|identity| !then.contains_key(*identity)).count(),
            removed: then.keys().filter(|identity| !now.contains_key(*identity)).count(),
            changed: now
                .iter()
                .filter(|(identity, versions)| then.get(*identity).is_some_and(|before| before != *versions))
                .count(),
        }
    }

    /// The versions of each package and product.
    fn versions(&self) -> BTreeMap<&Identity, BTreeSet<Option<&str>>> {
        let mut versions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for component in &self.components {
            versions.entry(&component.identity).or_default().insert(component.version.as_deref());
        }
        versions
    }
}
