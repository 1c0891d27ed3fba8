//! What is held by anybody: packages, and of each the distinct components in the order of their versions.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use hashbrown::HashTable;

use super::texts::{Labels, Texts, number};
use crate::identity::{Ecosystem, Identity};
use crate::inventory::Component;

/// No version, or no ecosystem.
pub(super) const NONE: u32 = u32::MAX;

/// A package or product; its variants begin where those of the one before end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package {
    /// [`NONE`] for a product.
    pub(super) ecosystem: u32,
    /// Where the product begins in the text of vendor and product.
    pub(super) split: u32,
    /// End of the variants whose version the ecosystem's order can place, in that order.
    pub(super) ranked: u32,
    /// End of its variants.
    pub(super) end: u32,
}

/// A distinct component of a package.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    /// Its own ecosystem, which for Debian may name a release.
    pub(super) ecosystem: u32,
    pub(super) version: u32,
    pub(super) label: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    pub(super) packages: Vec<Package>,
    pub(super) names: Texts,
    pub(super) ecosystems: Vec<Ecosystem>,
    pub(super) variants: Vec<Variant>,
    pub(super) versions: Texts,
    pub(super) labels: Labels,
    /// Packages by the hash of their identity.
    table: HashTable<u32>,
    hasher: RandomState,
}

/// The identity under which components are found. Debian entries of every release share one, since whether a release
/// matters is for the match to decide.
pub(crate) fn posting_key(identity: &Identity) -> Cow<'_, Identity> {
    match identity {
        Identity::Package { ecosystem, name } if has_release(ecosystem) => {
            Cow::Owned(Identity::Package { ecosystem: ecosystem.without_release(), name: name.clone() })
        }
        other => Cow::Borrowed(other),
    }
}

fn has_release(ecosystem: &Ecosystem) -> bool {
    matches!(ecosystem, Ecosystem::Debian(_) | Ecosystem::Distro(..))
}

impl Directory {
    pub(super) fn package(&self, key: &Identity) -> Option<u32> {
        let same = |package: &u32| self.is_key(*package, key);
        self.table.find(self.hasher.hash_one(key), same).copied()
    }

    fn is_key(&self, package: u32, key: &Identity) -> bool {
        let Some(Package { ecosystem, split, .. }) = self.packages.get(package as usize) else {
            return false;
        };
        let text = self.names.get(package);
        match (key, self.ecosystems.get(*ecosystem as usize)) {
            (Identity::Package { ecosystem, name }, Some(own)) => own == ecosystem && text == name,
            (Identity::Product { vendor, product }, None) => {
                text.split_at_checked(*split as usize) == Some((vendor, product))
            }
            _ => false,
        }
    }

    /// Whether the variants of a package may differ in their ecosystem: in a distribution's release.
    pub(super) fn has_releases(&self, package: u32) -> bool {
        let ecosystem = self.packages.get(package as usize).map_or(NONE, |package| package.ecosystem);
        let own = self.ecosystems.get(ecosystem as usize);
        own.is_some_and(has_release)
    }

    /// The variants of a package whose versions are in order, and the others.
    pub(super) fn variants_of(&self, package: u32) -> (Range<u32>, Range<u32>) {
        let before = package.checked_sub(1).and_then(|before| self.packages.get(before as usize));
        let start = before.map_or(0, |before| before.end);
        match self.packages.get(package as usize) {
            Some(package) => (start..package.ranked, package.ranked..package.end),
            None => (0..0, 0..0),
        }
    }

    /// The posting key of a package.
    pub(super) fn key(&self, package: u32) -> Identity {
        let ecosystem = self.packages.get(package as usize).map_or(NONE, |package| package.ecosystem);
        self.identity(package, ecosystem)
    }

    fn identity(&self, package: u32, ecosystem: u32) -> Identity {
        let name = self.names.get(package);
        match self.ecosystems.get(ecosystem as usize) {
            Some(ecosystem) => Identity::Package { ecosystem: ecosystem.clone(), name: name.to_owned() },
            None => {
                let split = self.packages.get(package as usize).map_or(0, |package| package.split);
                let (vendor, product) = name.split_at_checked(split as usize).unwrap_or_default();
                Identity::Product { vendor: vendor.to_owned(), product: product.to_owned() }
            }
        }
    }

    /// The identity of a variant itself, with a Debian release.
    pub(super) fn variant_identity(&self, package: u32, variant: u32) -> Identity {
        self.identity(package, self.variants.get(variant as usize).map_or(NONE, |variant| variant.ecosystem))
    }

    pub(super) fn version(&self, variant: u32) -> Option<&str> {
        let variant = self.variants.get(variant as usize)?;
        (variant.version != NONE).then(|| self.versions.get(variant.version))
    }

    pub(super) fn label(&self, variant: u32) -> String {
        let label = self.variants.get(variant as usize).map_or(NONE, |variant| variant.label);
        self.labels.get(label, self.version(variant))
    }

    pub(super) fn component(&self, package: u32, variant: u32) -> Component {
        Component {
            identity: self.variant_identity(package, variant),
            version: self.version(variant).map(str::to_owned),
            label: self.label(variant),
        }
    }

    /// Lists every package in the table; `false` when two are the same.
    pub(super) fn list(&mut self) -> bool {
        let hashes: Vec<u64> =
            (0..number(self.packages.len())).map(|p| self.hasher.hash_one(self.key(p))).collect();
        self.table = HashTable::with_capacity(hashes.len());
        for (package, hash) in (0_u32..).zip(&hashes) {
            let key = self.key(package);
            if self.table.find(*hash, |other| self.is_key(*other, &key)).is_some() {
                return false;
            }
            self.table
                .insert_unique(*hash, package, |other| hashes.get(*other as usize).copied().unwrap_or(0));
        }
        true
    }

    /// Bytes of memory in use, without the few names of ecosystems.
    pub(super) fn bytes(&self) -> usize {
        let labels = self.labels.around.bytes() + self.labels.places.len() * size_of::<u32>();
        self.packages.len() * size_of::<Package>()
            + self.variants.len() * size_of::<Variant>()
            + self.names.bytes()
            + self.versions.bytes()
            + labels
            + self.table.allocation_size()
    }
}
