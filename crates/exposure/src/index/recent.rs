//! Inventories that came since the last merge, kept as they came.

use std::collections::{BTreeMap, HashMap};

use super::Exposure;
use super::directory::posting_key;
use super::texts::number;
use crate::identity::Identity;
use crate::inventory::{Component, Inventory};
use crate::matching::Matcher;

/// A posting names the asset's place and the component's in it. When an asset goes, its place stays empty and its
/// postings lead nowhere, until there are more of those than of others.
#[derive(Clone, Debug)]
pub(super) struct Recent<O> {
    assets: Vec<Option<Asset<O>>>,
    places: BTreeMap<(O, String), u32>,
    postings: HashMap<Identity, Vec<(u32, u32)>>,
    live: usize,
    stale: usize,
}

#[derive(Clone, Debug)]
struct Asset<O> {
    owner: O,
    name: String,
    components: Box<[Component]>,
}

impl<O: Clone + Ord> Recent<O> {
    pub(super) fn empty() -> Self {
        Self { assets: Vec::new(), places: BTreeMap::new(), postings: HashMap::new(), live: 0, stale: 0 }
    }

    /// The asset must not be here.
    pub(super) fn insert(&mut self, owner: O, name: &str, components: &[Component]) {
        let place = number(self.assets.len());
        for (position, component) in (0_u32..).zip(components) {
            let key = posting_key(&component.identity);
            match self.postings.get_mut(key.as_ref()) {
                Some(postings) => postings.push((place, position)),
                None => {
                    self.postings.insert(key.into_owned(), vec![(place, position)]);
                }
            }
        }
        self.live += components.len();
        self.places.insert((owner.clone(), name.to_owned()), place);
        self.assets.push(Some(Asset { owner, name: name.to_owned(), components: components.into() }));
    }

    pub(super) fn remove(&mut self, owner: &O, name: &str) -> bool {
        let Some(place) = self.places.remove(&(owner.clone(), name.to_owned())) else { return false };
        if let Some(asset) = self.assets.get_mut(place as usize).and_then(Option::take) {
            self.live -= asset.components.len();
            self.stale += asset.components.len();
        }
        if self.stale > self.live {
            self.clean();
        }
        true
    }

    fn clean(&mut self) {
        let assets = std::mem::take(&mut self.assets);
        *self = Self::empty();
        for asset in assets.into_iter().flatten() {
            self.insert(asset.owner, &asset.name, &asset.components);
        }
    }

    /// Unsorted, and what an inventory lists twice comes twice.
    pub(super) fn exposures(&self, key: &Identity, matcher: &Matcher<'_>) -> Vec<Exposure<O>> {
        let postings = self.postings.get(key).map(Vec::as_slice).unwrap_or_default();
        let covered = postings.iter().filter_map(|(place, position)| {
            let asset = self.assets.get(*place as usize)?.as_ref()?;
            let component = asset.components.get(*position as usize)?;
            let hit = matcher.covers(component)?;
            Some(Exposure {
                owner: asset.owner.clone(),
                asset: asset.name.clone(),
                component: component.label.clone(),
                version: component.version.clone(),
                range: hit.range,
                confidence: hit.confidence,
                rule: matcher.scheme(),
            })
        });
        covered.collect()
    }

    pub(super) fn owners(&self) -> impl Iterator<Item = &O> {
        self.places.keys().map(|(owner, _)| owner)
    }

    /// Every asset with its inventory.
    pub(super) fn assets(&self) -> impl Iterator<Item = (&O, &str, Inventory)> {
        self.assets.iter().flatten().map(|asset| {
            let components = asset.components.to_vec();
            let inventory = Inventory { format: String::new(), components, skipped: Vec::new() };
            (&asset.owner, asset.name.as_str(), inventory)
        })
    }

    pub(super) fn len(&self) -> usize {
        self.live
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
