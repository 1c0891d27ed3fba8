//! Putting distinct components in the order in which the directory keeps them.

use std::borrow::Cow;
use std::collections::HashMap;

use super::directory::{Directory, NONE, Package, Variant, posting_key};
use super::texts::{LabelPool, Pool, number};
use crate::identity::{Ecosystem, Identity};
use crate::inventory::Component;
use crate::version::Version;

/// Puts distinct components in their places; beside the directory comes the place in `components` of each variant.
/// Those that are not in use are left out.
pub(super) fn arrange(components: &[Component], in_use: &[u32]) -> (Directory, Vec<u32>) {
    let mut groups: HashMap<Cow<'_, Identity>, Vec<u32>> = HashMap::new();
    for position in in_use {
        if let Some(component) = components.get(*position as usize) {
            groups.entry(posting_key(&component.identity)).or_default().push(*position);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_unstable();
    let mut arranging = Arranging::default();
    for (key, members) in groups {
        arranging.package(&key, &members, components);
    }
    arranging.finish()
}

/// What tells components of one version apart.
fn as_written(component: &Component) -> (Option<&str>, &str) {
    (component.version.as_deref(), &component.label)
}

#[derive(Default)]
struct Arranging {
    directory: Directory,
    ecosystems: HashMap<Ecosystem, u32>,
    versions: Pool,
    labels: LabelPool,
    order: Vec<u32>,
}

impl Arranging {
    fn package(&mut self, key: &Identity, members: &[u32], components: &[Component]) {
        let scheme = key.scheme();
        let place = |position: &u32| {
            let component = components.get(*position as usize)?;
            let version = component.version.as_deref();
            let read: Option<Version> =
                scheme.zip(version).and_then(|(scheme, text)| scheme.parse(text).ok());
            // `None` would sort first.
            Some((read.is_none(), read, component, *position))
        };
        let mut placed: Vec<_> = members.iter().filter_map(place).collect();
        placed.sort_unstable_by(|a, b| {
            let by_text =
                || as_written(a.2).cmp(&as_written(b.2)).then_with(|| a.2.identity.cmp(&b.2.identity));
            (a.0, &a.1).cmp(&(b.0, &b.1)).then_with(by_text)
        });
        let unplaced = placed.iter().filter(|(unread, ..)| *unread).count();
        for (_, _, component, position) in placed {
            self.variant(component);
            self.order.push(position);
        }
        let (ecosystem, split) = match key {
            Identity::Package { ecosystem, name } => {
                self.directory.names.push(name);
                (self.ecosystem(ecosystem), 0)
            }
            Identity::Product { vendor, product } => {
                self.directory.names.push(&[vendor.as_str(), product].concat());
                (NONE, number(vendor.len()))
            }
        };
        let end = number(self.directory.variants.len());
        self.directory.packages.push(Package { ecosystem, split, ranked: end - number(unplaced), end });
    }

    fn variant(&mut self, component: &Component) {
        let version = component.version.as_deref();
        let ecosystem = match &component.identity {
            Identity::Package { ecosystem, .. } => self.ecosystem(ecosystem),
            Identity::Product { .. } => NONE,
        };
        self.directory.variants.push(Variant {
            ecosystem,
            version: version.map_or(NONE, |version| self.versions.intern(version)),
            label: self.labels.intern(&component.label, version),
        });
    }

    fn ecosystem(&mut self, ecosystem: &Ecosystem) -> u32 {
        if let Some(known) = self.ecosystems.get(ecosystem) {
            return *known;
        }
        let fresh = number(self.directory.ecosystems.len());
        self.directory.ecosystems.push(ecosystem.clone());
        self.ecosystems.insert(ecosystem.clone(), fresh);
        fresh
    }

    fn finish(mut self) -> (Directory, Vec<u32>) {
        self.directory.versions = self.versions.texts;
        self.directory.labels = self.labels.labels;
        self.directory.list();
        (self.directory, self.order)
    }
}
