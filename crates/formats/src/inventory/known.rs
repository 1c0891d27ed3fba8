//! Which components an inventory has already. Each is kept once, in the list of components; here are its numbers there.
//!
//! A component is found by a hash of one text that its identity, version and detail have. For most package URLs that text
//! is the URL as it is written, so that one which was there before need not be understood again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use forewarn_exposure::{Component, Ecosystem, Identity};
use hashbrown::HashTable;

/// Where a component is, with the hash by which it is found: small, for there are many.
struct Entry {
    hash: u32,
    at: u32,
}

/// The hash of a text that stands for a component.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(u32);

impl Hash {
    /// The table takes a bucket from the lower and a tag from the upper bits.
    fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// What is known of the components collected so far.
#[derive(Default)]
pub(super) struct Known {
    /// Keyed at random, since whoever writes the document would choose what collides.
    keyed: RandomState,
    table: HashTable<Entry>,
    /// Details of those that have one.
    details: HashMap<u32, String>,
    /// Room for a text.
    text: String,
}

impl Known {
    /// The hash of a text.
    #[allow(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
    pub fn hash(&self, text: &str) -> Hash {
        Hash(self.keyed.hash_one(text) as u32)
    }

    /// Whether a component with just this package URL and version was added, which need not be understood twice.
    pub fn has(&self, components: &[Component], hash: Hash, purl: &str, version: Option<&str>) -> bool {
        let is_it = |entry: &Entry| {
            entry.hash == hash.0
                && components
                    .get(entry.at as usize)
                    .is_some_and(|old| old.label == purl && old.version.as_deref() == version)
        };
        self.table.find(hash.spread(), is_it).is_some()
    }

    /// Notes the component that will be added next; false for one that is there. `label` is the hash of its label.
    pub fn insert(
        &mut self,
        components: &[Component],
        new: &Component,
        detail: Option<&str>,
        label: Option<Hash>,
    ) -> bool {
        let hash = match label {
            Some(hash) if detail.is_none() && stands_for(&new.label, new) => hash,
            _ => {
                write(&mut self.text, new, detail);
                self.hash(&self.text)
            }
        };
        let is_it = |entry: &Entry| {
            entry.hash == hash.0
                && components
                    .get(entry.at as usize)
                    .is_some_and(|old| old.version == new.version && old.identity == new.identity)
                && self.details.get(&entry.at).map(String::as_str) == detail
        };
        if self.table.find(hash.spread(), is_it).is_some() {
            return false;
        }
        let at = u32::try_from(components.len()).unwrap_or(u32::MAX);
        let entry = Entry { hash: hash.0, at };
        self.table.insert_unique(hash.spread(), entry, |entry| Hash(entry.hash).spread());
        if let Some(detail) = detail {
            self.details.insert(at, detail.to_owned());
        }
        true
    }
}

/// The type of a package URL, where the ecosystem has no more to say than that.
fn plain_type(ecosystem: &Ecosystem) -> Option<&str> {
    match ecosystem {
        Ecosystem::Debian(_) | Ecosystem::Distro(..) => None,
        other => other.purl_type(),
    }
}

/// Whether [`write()`] would give this text for the component.
fn stands_for(text: &str, component: &Component) -> bool {
    let Identity::Package { ecosystem, name } = &component.identity else { return false };
    let rest = plain_type(ecosystem).and_then(|ty| {
        text.strip_prefix("pkg:")?.strip_prefix(ty)?.strip_prefix('/')?.strip_prefix(name.as_str())
    });
    match (rest, &component.version) {
        (Some(rest), Some(version)) => rest.strip_prefix('@') == Some(version),
        (Some(rest), None) => rest.is_empty(),
        (None, _) => false,
    }
}

/// The text that stands for a component and detail.
fn write(text: &mut String, component: &Component, detail: Option<&str>) {
    use std::fmt::Write as _;

    text.clear();
    // Writing to a text does not fail.
    let _ = match &component.identity {
        Identity::Package { ecosystem, name } => match plain_type(ecosystem) {
            Some(ty) => write!(text, "pkg:{ty}/{name}"),
            None => write!(text, "{ecosystem}/{name}"),
        },
        Identity::Product { vendor, product } => write!(text, "{vendor}\n{product}"),
    };
    for (mark, part) in [("@", component.version.as_deref()), ("\n", detail)] {
        if let Some(part) = part {
            text.push_str(mark);
            text.push_str(part);
        }
    }
}
