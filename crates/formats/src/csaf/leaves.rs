//! The product tree of a document that is being written: a leaf for each range and each version.

use forewarn_exposure::range::from_text;
use forewarn_exposure::{Affected, Bound, Identity, ProductNames, Range, vers_type};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::advisory::Vulnerability;
use super::products::is_one_version;
use super::write::WriteProblem;

/// How a product stands to a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// It has it.
    KnownAffected,
    /// It has it no more.
    Fixed,
}

/// What a leaf says of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Versions {
    Range(String),
    One(String),
    /// Only the product is known; a note says why.
    NotGiven,
}

#[derive(Debug, PartialEq, Eq)]
struct Leaf {
    vendor: String,
    product: String,
    versions: Versions,
    purl: Option<String>,
    cpe: Option<String>,
}

/// The leaves so far; a leaf's place decides its product id.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    leaves: Vec<Leaf>,
}

/// The products of one vulnerability.
#[derive(Debug, Default)]
pub(super) struct Products {
    listed: Vec<(Role, String)>,
}

impl Products {
    /// Product ids in a role, in the order of the tree.
    pub(super) fn ids(&self, role: Role) -> Vec<String> {
        self.listed.iter().filter(|(listed, _)| *listed == role).map(|(_, id)| id.clone()).collect()
    }

    /// The `product_status` object.
    pub(super) fn into_value(self) -> Value {
        let mut value = Map::new();
        for (role, name) in [(Role::KnownAffected, "known_affected"), (Role::Fixed, "fixed")] {
            let ids = self.ids(role);
            if !ids.is_empty() {
                value.insert(name.to_owned(), ids.into());
            }
        }
        Value::Object(value)
    }
}

impl Leaves {
    /// Adds what a vulnerability names and says how it stands.
    pub(super) fn status(&mut self, index: usize, one: &Vulnerability) -> Result<Products, WriteProblem> {
        if one.affected.is_empty() {
            return Err(WriteProblem::NothingAffected(index));
        }
        let mut products = Products::default();
        for affected in &one.affected {
            let (vendor, product) = names(affected);
            if vendor.is_empty() || product.is_empty() {
                return Err(WriteProblem::Blank("the name of a package or product"));
            }
            for versions in versions(affected)? {
                self.list(&mut products, Role::KnownAffected, affected, versions);
            }
        }
        for (entry, version) in &one.fixed {
            let affected = one.affected.get(*entry).ok_or(WriteProblem::FixedOfNothing(index))?;
            if version.trim().is_empty() {
                return Err(WriteProblem::Blank("a fixed version"));
            }
            self.list(&mut products, Role::Fixed, affected, single(&affected.identity, version)?);
        }
        let affected = products.ids(Role::KnownAffected);
        if products.ids(Role::Fixed).iter().any(|id| affected.contains(id)) {
            return Err(WriteProblem::AffectedAndFixed(index));
        }
        Ok(products)
    }

    fn list(&mut self, products: &mut Products, role: Role, affected: &Affected, versions: Versions) {
        let entry = (role, self.id(affected, versions));
        if !products.listed.contains(&entry) {
            products.listed.push(entry);
        }
    }

    fn id(&mut self, affected: &Affected, versions: Versions) -> String {
        let (vendor, product) = names(affected);
        let cpe = affected.names.as_ref().and_then(|names| names.cpe.clone());
        let leaf = Leaf { vendor, product, versions, purl: affected.identity.to_purl(), cpe };
        let place = self.leaves.iter().position(|known| *known == leaf).unwrap_or_else(|| {
            self.leaves.push(leaf);
            self.leaves.len() - 1
        });
        product_id(place)
    }

    /// The `product_tree` object.
    pub(super) fn tree(&self) -> Value {
        let mut vendors: Vec<(&str, Named<'_, Vec<usize>>)> = Vec::new();
        for (place, leaf) in self.leaves.iter().enumerate() {
            let products = group(&mut vendors, &leaf.vendor);
            group(products, &leaf.product).push(place);
        }
        let branches: Vec<Value> = vendors
            .into_iter()
            .map(|(vendor, products)| {
                let products: Vec<Value> =
                    products.into_iter().flat_map(|(name, places)| self.product(name, &places)).collect();
                json!({ "category": "vendor", "name": vendor, "branches": products })
            })
            .collect();
        json!({ "branches": branches })
    }

    /// The branches of one product: one with its versions, and one without when no version is given.
    fn product(&self, name: &str, places: &[usize]) -> Vec<Value> {
        let mut versions = Vec::new();
        let mut branches = Vec::new();
        for place in places {
            let leaf = &self.leaves[*place];
            let full = leaf.full_name(*place);
            match &leaf.versions {
                Versions::Range(text) => {
                    versions
                        .push(json!({ "category": "product_version_range", "name": text, "product": full }));
                }
                Versions::One(text) => {
                    versions.push(json!({ "category": "product_version", "name": text, "product": full }));
                }
                Versions::NotGiven => {
                    branches.push(json!({ "category": "product_name", "name": name, "product": full }));
                }
            }
        }
        if !versions.is_empty() {
            branches.push(json!({ "category": "product_name", "name": name, "branches": versions }));
        }
        branches
    }
}

impl Leaf {
    fn full_name(&self, place: usize) -> Value {
        let versions = match &self.versions {
            Versions::Range(text) | Versions::One(text) => format!(" {text}"),
            Versions::NotGiven => String::new(),
        };
        let name = format!("{} {}{versions}", self.vendor, self.product);
        match (&self.purl, &self.cpe) {
            (Some(purl), _) => json!({ "name": name, "product_id": product_id(place),
                "product_identification_helper": { "purl": purl } }),
            (None, Some(cpe)) => json!({ "name": name, "product_id": product_id(place),
                "product_identification_helper": { "cpe": cpe } }),
            (None, None) => json!({ "name": name, "product_id": product_id(place) }),
        }
    }
}

/// Vendor and product as they are shown; a reader makes the identity from them where there is no package URL.
fn names(affected: &Affected) -> (String, String) {
    let (vendor, product) = match (&affected.identity, &affected.names) {
        (Identity::Package { ecosystem, name }, _) => (ecosystem.to_string(), name.as_str()),
        (identity, Some(ProductNames { vendor, product, .. }))
            if Identity::product(vendor, product) == *identity =>
        {
            (vendor.clone(), product.as_str())
        }
        (Identity::Product { vendor, product }, _) => (vendor.clone(), product.as_str()),
    };
    (vendor.trim().to_owned(), product.trim().to_owned())
}

fn product_id(place: usize) -> String {
    format!("CSAFPID-{:04}", place + 1)
}

/// Things in groups by name, in the order in which they came.
type Named<'k, T> = Vec<(&'k str, T)>;

fn group<'g, 'k, T: Default>(groups: &'g mut Named<'k, T>, key: &'k str) -> &'g mut T {
    let place = groups.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        groups.push((key, T::default()));
        groups.len() - 1
    });
    &mut groups[place].1
}

fn versions(affected: &Affected) -> Result<Vec<Versions>, WriteProblem> {
    let ranges = affected.ranges.iter().map(|range| written(&affected.identity, range));
    let listed = affected.versions.iter().filter(|version| !version.trim().is_empty());
    let found: Vec<Versions> =
        ranges.chain(listed.map(|version| single(&affected.identity, version))).collect::<Result<_, _>>()?;
    Ok(if found.is_empty() { vec![Versions::NotGiven] } else { found })
}

/// One version; as a range where its own text would read as several, to mandatory test 6.1.31 or to a reader such as
/// ours.
fn single(identity: &Identity, version: &str) -> Result<Versions, WriteProblem> {
    const SEVERAL: [&str; 9] = ["<", ">", "after", "all", "before", "earlier", "later", "prior", "version"];
    let lower = version.to_lowercase();
    let several = SEVERAL.iter().any(|word| lower.contains(word)) || lower.ends_with(".x");
    let read_otherwise =
        !is_one_version(version.trim()) && (scheme(identity).is_some() || from_text(version.trim()).is_ok());
    if several || read_otherwise {
        return written(identity, &Range::single(version.trim()));
    }
    Ok(Versions::One(version.trim().to_owned()))
}

/// A range as text, unless a reader would take the text for another range.
fn written(identity: &Identity, range: &Range) -> Result<Versions, WriteProblem> {
    let trimmed = |bound: &Bound| match bound {
        Bound::Included(text) => Bound::Included(text.trim().to_owned()),
        Bound::Excluded(text) => Bound::Excluded(text.trim().to_owned()),
        Bound::Open => Bound::Open,
    };
    let range = Range { from: trimmed(&range.from), to: trimmed(&range.to) };
    let blank =
        |bound: &Bound| matches!(bound, Bound::Included(text) | Bound::Excluded(text) if text.is_empty());
    if blank(&range.from) || blank(&range.to) {
        return Err(WriteProblem::Blank("a version"));
    }
    let text = range_text(identity, &range);
    match from_text(&text) {
        Ok(read) if read != [range] => Err(WriteProblem::Form("a version must not read as a range")),
        _ => Ok(Versions::Range(text)),
    }
}

/// The scheme of VERS in which ranges of this are written; none for products.
fn scheme(identity: &Identity) -> Option<&'static str> {
    match identity {
        Identity::Package { ecosystem, .. } => vers_type(ecosystem),
        Identity::Product { .. } => None,
    }
}

/// Characters that stand as they are in a version of a VERS string.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b'+');

/// VERS for packages, the same comparators without a scheme for products.
fn range_text(identity: &Identity, range: &Range) -> String {
    let scheme = scheme(identity);
    let version = |text: &str| match scheme {
        Some(_) => utf8_percent_encode(text, PLAIN).to_string(),
        None => text.to_owned(),
    };
    let bound = |sign: char, bound: &Bound| match bound {
        Bound::Included(text) => Some(format!("{sign}={}", version(text))),
        Bound::Excluded(text) => Some(format!("{sign}{}", version(text))),
        Bound::Open => None,
    };
    let body = match (&range.from, &range.to) {
        (Bound::Included(from), Bound::Included(to)) if from == to && scheme.is_some() => version(from),
        (Bound::Included(from), Bound::Included(to)) if from == to => format!("={}", version(from)),
        (Bound::Open, Bound::Open) => "*".to_owned(),
        (from, to) => {
            let ends: Vec<String> = [bound('>', from), bound('<', to)].into_iter().flatten().collect();
            ends.join("|")
        }
    };
    scheme.map_or_else(|| body.clone(), |scheme| format!("vers:{scheme}/{body}"))
}
