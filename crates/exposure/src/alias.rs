//! Products under other names: matches that are suggested to a person and never taken for granted.
//!
//! An advisory says `Siemens` and `SIMATIC S7-1500 CPU family`, an inventory `Siemens AG` and `simatic s7-1500`. What
//! [`Identity`] takes for the same is decided by the [`crate::Index`]; this module finds, beyond that, components of
//! the same vendor (its name normalised, or known to be renamed, bought or a brand) whose product name has the same
//! words or all the words of the other. Each comes with a score and the reason.

mod vendor;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::affected::Affected;
use crate::identity::Identity;
use crate::index::Exposure;
use crate::inventory::{Component, Inventory};
use crate::matching::{Confidence, Matcher};

use vendor::Kin;
pub use vendor::Vendor;
use words::Words;

/// The least score that is worth a person's time.
const LEAST: u32 = 50;

/// A component that may be affected under another name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Suggestion<O> {
    /// The component; its confidence is always [`Confidence::NeedsPerson`].
    pub exposure: Exposure<O>,
    /// The name under which it is held.
    pub held: Identity,
    /// How alike the names are, 0 to 100.
    pub score: u32,
    /// Why it is suggested, in words.
    pub reason: String,
}

/// The products of inventories, to be found under other names.
///
/// Candidates are found by vendor and by the words of the product name, so that a question does not look at every
/// product.
#[derive(Clone, Debug)]
pub struct Products<O> {
    known: HashMap<Identity, usize>,
    entries: Vec<Entry<O>>,
    /// Places in `entries` of what each asset holds.
    assets: BTreeMap<O, BTreeMap<String, BTreeSet<usize>>>,
    vendors: HashMap<String, Shelf>,
    /// From the beginning of a vendor's name to the vendors it is the beginning of.
    beginnings: HashMap<String, BTreeSet<String>>,
}

#[derive(Clone, Debug)]
struct Entry<O> {
    identity: Identity,
    vendor: Vendor,
    words: Words,
    holders: Vec<(O, String, Component)>,
}

/// The products of one vendor.
#[derive(Clone, Debug, Default)]
struct Shelf {
    by_spelling: HashMap<String, Vec<usize>>,
    by_word: HashMap<String, Vec<usize>>,
    /// Each product once, under the most telling of its words.
    by_telling_word: HashMap<String, Vec<usize>>,
}

impl<O: Clone + Ord> Default for Products<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O: Clone + Ord> Products<O> {
    /// No products.
    #[must_use]
    pub fn new() -> Self {
        Self {
            known: HashMap::new(),
            entries: Vec::new(),
            assets: BTreeMap::new(),
            vendors: HashMap::new(),
            beginnings: HashMap::new(),
        }
    }

    /// Adds the products of an inventory; packages have one name and are left alone.
    pub fn add(&mut self, owner: &O, asset: &str, inventory: &Inventory) {
        self.hold(owner, asset, &inventory.components);
    }

    /// Takes the products of an inventory in place of what the asset held before.
    pub fn replace(&mut self, owner: &O, asset: &str, inventory: &Inventory) {
        self.remove(owner, asset);
        self.hold(owner, asset, &inventory.components);
    }

    /// Forgets an asset.
    pub fn remove(&mut self, owner: &O, asset: &str) {
        let Some(assets) = self.assets.get_mut(owner) else { return };
        let held = assets.remove(asset).unwrap_or_default();
        if assets.is_empty() {
            self.assets.remove(owner);
        }
        for number in held {
            if let Some(entry) = self.entries.get_mut(number) {
                entry.holders.retain(|(other, name, _)| other != owner || name != asset);
            }
        }
    }

    /// What every asset holds, by owner and asset, so that it can be kept; [`hold`](Self::hold) takes it back.
    pub fn held(&self) -> impl Iterator<Item = (&O, &str, Vec<&Component>)> {
        let assets =
            self.assets.iter().flat_map(|(owner, assets)| assets.iter().map(move |one| (owner, one)));
        assets.map(|(owner, (asset, numbers))| {
            let holders =
                numbers.iter().filter_map(|number| self.entries.get(*number)).flat_map(|e| &e.holders);
            let own = holders.filter(|(other, name, _)| other == owner && name == asset);
            (owner, asset.as_str(), own.map(|(_, _, component)| component).collect())
        })
    }

    /// Adds the products among the components of an asset.
    pub fn hold(&mut self, owner: &O, asset: &str, components: &[Component]) {
        for component in components {
            let Identity::Product { vendor, product } = &component.identity else { continue };
            let number = match self.known.get(&component.identity) {
                Some(number) => *number,
                None => self.enter(&component.identity, vendor, product),
            };
            if let Some(entry) = self.entries.get_mut(number) {
                entry.holders.push((owner.clone(), asset.to_owned(), component.clone()));
                let assets = self.assets.entry(owner.clone()).or_default();
                assets.entry(asset.to_owned()).or_default().insert(number);
            }
        }
    }

    fn enter(&mut self, identity: &Identity, vendor: &str, product: &str) -> usize {
        let number = self.entries.len();
        let vendor = Vendor::new(vendor);
        let words = Words::new(product, &vendor);
        let shelf = self.vendors.entry(vendor.key().to_owned()).or_default();
        shelf.by_spelling.entry(words.spelling().to_owned()).or_default().push(number);
        for word in words.iter() {
            shelf.by_word.entry(word.to_owned()).or_default().push(number);
        }
        if let Some(word) = words.most_telling() {
            shelf.by_telling_word.entry(word.to_owned()).or_default().push(number);
        }
        for beginning in vendor.beginnings() {
            self.beginnings.entry(beginning).or_default().insert(vendor.key().to_owned());
        }
        self.known.insert(identity.clone(), number);
        self.entries.push(Entry { identity: identity.clone(), vendor, words, holders: Vec::new() });
        number
    }

    /// Components that the entry may cover under another name, the likeliest first. Those that have its very name are
    /// left to [`crate::Index::exposures`]; those whose version is surely not affected are not suggested.
    #[must_use]
    pub fn suggestions(&self, affected: &Affected) -> Vec<Suggestion<O>> {
        let Identity::Product { vendor, product } = &affected.identity else { return Vec::new() };
        let vendor = Vendor::new(vendor);
        let words = Words::new(product, &vendor);
        let mut found = Vec::new();
        for number in self.candidates(&vendor, &words) {
            let Some(entry) = self.entries.get(number) else { continue };
            if entry.identity == affected.identity {
                continue;
            }
            if let Some((score, reason)) = likeness((&vendor, &words), (&entry.vendor, &entry.words)) {
                found.extend(entry.covered(affected, score, &reason));
            }
        }
        found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.cmp(b)));
        found.dedup();
        found
    }

    /// What of one owner's products of this name the entry covers, taking the name for that of the affected product.
    #[must_use]
    pub fn under(&self, owner: &O, held: &Identity, affected: &Affected) -> Vec<Exposure<O>> {
        let entry = self.known.get(held).and_then(|number| self.entries.get(*number));
        let renamed = affected.as_held(held);
        let matcher = Matcher::new(&renamed);
        let own = entry.into_iter().flat_map(|entry| &entry.holders).filter(|(other, ..)| other == owner);
        own.filter_map(|holder| exposure(&matcher, holder)).collect()
    }

    fn candidates(&self, vendor: &Vendor, words: &Words) -> BTreeSet<usize> {
        let mut keys: BTreeSet<&str> = [vendor.key()].into();
        let beginnings = vendor.beginnings();
        keys.extend(beginnings.iter().map(String::as_str));
        keys.extend(self.beginnings.get(vendor.key()).into_iter().flatten().map(String::as_str));
        let shelves = keys.into_iter().filter_map(|key| self.vendors.get(key));
        shelves.flat_map(|shelf| shelf.candidates(words)).collect()
    }
}

impl Shelf {
    /// Products spelled alike, with all these words, or with none but these.
    fn candidates(&self, words: &Words) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        found.extend(self.by_spelling.get(words.spelling()).into_iter().flatten());
        found.extend(words.iter().filter_map(|word| self.by_telling_word.get(word)).flatten());
        let lists: Option<Vec<&Vec<usize>>> = words.iter().map(|word| self.by_word.get(word)).collect();
        // A product with all the words is also in the shortest of their lists.
        found.extend(
            lists.and_then(|lists| lists.into_iter().min_by_key(|list| list.len())).into_iter().flatten(),
        );
        found
    }
}

impl<O: Clone + Ord> Entry<O> {
    fn covered(&self, affected: &Affected, score: u32, reason: &str) -> Vec<Suggestion<O>> {
        let renamed = affected.as_held(&self.identity);
        let matcher = Matcher::new(&renamed);
        let hits = self.holders.iter().filter_map(|holder| {
            let exposure = exposure(&matcher, holder)?;
            Some(Suggestion {
                exposure: Exposure { confidence: Confidence::NeedsPerson, ..exposure },
                held: self.identity.clone(),
                score,
                reason: reason.to_owned(),
            })
        });
        hits.collect()
    }
}

fn exposure<O: Clone>(
    matcher: &Matcher<'_>,
    (owner, asset, component): &(O, String, Component),
) -> Option<Exposure<O>> {
    let hit = matcher.covers(component)?;
    Some(Exposure {
        owner: owner.clone(),
        asset: asset.clone(),
        component: component.label.clone(),
        version: component.version.clone(),
        range: hit.range,
        confidence: hit.confidence,
        rule: matcher.scheme(),
    })
}

/// Score and reason, or `None` when the names are not alike enough.
fn likeness(affected: (&Vendor, &Words), held: (&Vendor, &Words)) -> Option<(u32, String)> {
    let (vendor_score, vendor_reason) = match affected.0.kin(held.0) {
        Kin::Same => (100, None),
        Kin::Known { score, reason } => (score, Some(reason)),
        Kin::Beginning => (80, Some("one vendor name begins with the other".to_owned())),
        Kin::None => return None,
    };
    let (product_score, product_reason) = affected.1.likeness(held.1)?;
    let score = vendor_score * product_score / 100;
    let reason = match vendor_reason {
        Some(vendor_reason) => format!("{vendor_reason}; {product_reason}"),
        None => product_reason.to_owned(),
    };
    (score >= LEAST).then_some((score, reason))
}
