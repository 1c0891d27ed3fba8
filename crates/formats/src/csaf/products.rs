//! The product tree: what each product id of a document stands for.

use std::collections::HashMap;

use forewarn_exposure::cpe::{Cpe, Value};
use forewarn_exposure::{Affected, Identity, ProductNames, Range, range};
use serde::Deserialize;

use super::copies::Copies;
use crate::json::{Problem, or_default, pointer};
use crate::words;

/// Branches inside branches; CSAF 2.1 sets the same bound.
const DEPTH: usize = 30;
/// Most package URLs of one product.
const PACKAGES: usize = 100;
/// Relationships built upon relationships.
const CHAIN: usize = 8;
/// Longest name of a branch, a product or a product id, in bytes. Names are copied for each product below them.
const NAME: usize = 1000;

#[derive(Deserialize, Default)]
pub(super) struct Tree {
    #[serde(default, deserialize_with = "or_default")]
    branches: Vec<Branch>,
    #[serde(default, deserialize_with = "or_default")]
    full_product_names: Vec<FullProductName>,
    #[serde(default, deserialize_with = "or_default")]
    relationships: Vec<Relationship>,
    /// What CSAF 2.1 has in place of `relationships`.
    #[serde(default, deserialize_with = "or_default")]
    product_paths: Vec<Path>,
}

#[derive(Deserialize)]
struct Branch {
    category: String,
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    branches: Vec<Branch>,
    product: Option<FullProductName>,
}

#[derive(Deserialize)]
struct FullProductName {
    product_id: String,
    product_identification_helper: Option<Helper>,
}

#[derive(Deserialize)]
struct Helper {
    purl: Option<String>,
    /// What CSAF 2.1 has in place of `purl`.
    #[serde(default, deserialize_with = "or_default")]
    purls: Vec<String>,
    cpe: Option<String>,
}

impl Helper {
    fn packages(&self) -> impl Iterator<Item = &str> {
        self.purl.iter().chain(&self.purls).map(String::as_str)
    }
}

/// What a product's own name says of its version.
enum Version {
    One(String),
    Every,
    NotSaid,
}

#[derive(Deserialize)]
struct Relationship {
    product_reference: String,
    full_product_name: FullProductName,
}

/// A product inside others, the innermost first.
#[derive(Deserialize)]
struct Path {
    beginning_product_reference: String,
    full_product_name: FullProductName,
}

/// A product that is made of another: its id, where it is said, and the product itself.
struct Made<'t> {
    of: &'t str,
    place: String,
    missing: String,
    product: &'t FullProductName,
}

/// What the branches above a product say about it.
#[derive(Clone, Default)]
struct Trail<'t> {
    vendor: Option<&'t str>,
    family: Option<&'t str>,
    product: Option<&'t str>,
    version: Option<&'t str>,
    range: Option<&'t str>,
    narrowed: Vec<(&'t str, &'t str)>,
}

/// Every product of a document by its id; nothing for one that cannot be identified.
pub(super) type Products = HashMap<String, Vec<Affected>>;

impl Tree {
    /// Resolves every product id of the tree.
    pub(super) fn resolve(&self, copies: &mut Copies) -> Result<Products, Problem> {
        let mut products = Defined { products: Products::new(), copies };
        let place = "/product_tree";
        walk(&self.branches, &Trail::default(), place, 1, &mut products)?;
        for (index, product) in self.full_product_names.iter().enumerate() {
            let place = format!("{place}/full_product_names/{index}");
            products.define(&place, product, Trail::default().affected(product))?;
        }
        self.relate(&mut products)?;
        Ok(products.products)
    }

    /// Every product that is made of another one.
    fn made(&self) -> Vec<Made<'_>> {
        let place = "/product_tree";
        let related = self.relationships.iter().enumerate().map(|(index, one)| Made {
            of: &one.product_reference,
            place: format!("{place}/relationships/{index}/full_product_name"),
            missing: format!("{place}/relationships/{index}/product_reference"),
            product: &one.full_product_name,
        });
        let paths = self.product_paths.iter().enumerate().map(|(index, one)| Made {
            of: &one.beginning_product_reference,
            place: format!("{place}/product_paths/{index}/full_product_name"),
            missing: format!("{place}/product_paths/{index}/beginning_product_reference"),
            product: &one.full_product_name,
        });
        related.chain(paths).collect()
    }

    /// A product made by a relationship or a path is its first part, wherever that is installed.
    fn relate(&self, products: &mut Defined<'_>) -> Result<(), Problem> {
        let mut open = self.made();
        for _ in 0..CHAIN {
            let before = open.len();
            let mut waiting = Vec::new();
            for made in open {
                let helper = made.product.product_identification_helper.as_ref();
                let part = if helper.is_some_and(|helper| helper.packages().next().is_some()) {
                    Some(Trail::default().affected(made.product))
                } else {
                    products.products.get(made.of).cloned()
                };
                match part {
                    Some(part) => products.define(&made.place, made.product, part)?,
                    None => waiting.push(made),
                }
            }
            open = waiting;
            if open.is_empty() || open.len() == before {
                break;
            }
        }
        match open.first() {
            None => Ok(()),
            Some(made) => {
                let message = "refers to a product that is not in the product tree";
                Err(Problem::at(&made.missing, message))
            }
        }
    }
}

fn walk<'t>(
    branches: &'t [Branch],
    above: &Trail<'t>,
    place: &str,
    depth: usize,
    products: &mut Defined<'_>,
) -> Result<(), Problem> {
    if !branches.is_empty() && depth > DEPTH {
        return Err(Problem::at(place, format!("branches are nested more than {DEPTH} deep")));
    }
    for (index, branch) in branches.iter().enumerate() {
        let place = format!("{place}/branches/{index}");
        bounded(&place, "name", &branch.name)?;
        let mut trail = above.clone();
        trail.step(branch);
        if let Some(product) = &branch.product {
            products.define(&format!("{place}/product"), product, trail.affected(product))?;
        }
        walk(&branch.branches, &trail, &place, depth + 1, products)?;
    }
    Ok(())
}

fn bounded(place: &str, field: &str, text: &str) -> Result<(), Problem> {
    if text.len() > NAME {
        return Err(Problem::at(pointer(place, field), format!("longer than {NAME} bytes")));
    }
    Ok(())
}

/// The products so far, and what they may still cost.
struct Defined<'c> {
    products: Products,
    copies: &'c mut Copies,
}

impl Defined<'_> {
    fn define(
        &mut self,
        place: &str,
        product: &FullProductName,
        affected: Vec<Affected>,
    ) -> Result<(), Problem> {
        bounded(place, "product_id", &product.product_id)?;
        let helper = product.product_identification_helper.as_ref();
        if helper.is_some_and(|helper| helper.packages().count() > PACKAGES) {
            let place = format!("{place}/product_identification_helper/purls");
            return Err(Problem::at(place, format!("at most {PACKAGES} package URLs are allowed")));
        }
        affected.iter().try_for_each(|affected| self.copies.affected(place, affected))?;
        if self.products.insert(product.product_id.clone(), affected).is_some() {
            return Err(Problem::at(format!("{place}/product_id"), "this product id is defined twice"));
        }
        Ok(())
    }
}

impl<'t> Trail<'t> {
    fn step(&mut self, branch: &'t Branch) {
        let name = branch.name.trim();
        match branch.category.as_str() {
            "vendor" => self.vendor = Some(name),
            "product_family" => self.family = Some(name),
            "product_name" => self.product = Some(name),
            "product_version" => self.version = Some(name),
            "product_version_range" => self.range = Some(name),
            "patch_level" => self.narrowed.push(("patch level", name)),
            "service_pack" => self.narrowed.push(("service pack", name)),
            "architecture" => self.narrowed.push(("architecture", name)),
            "language" => self.narrowed.push(("language", name)),
            "specification" => self.narrowed.push(("specification", name)),
            _ => {}
        }
    }

    /// What a product stands for: a package, or a product by the names of its branches, by its CPE name, or by both,
    /// which are two where they differ; nothing when it cannot be identified.
    fn affected(&self, product: &FullProductName) -> Vec<Affected> {
        let mut doubts: Vec<String> =
            self.narrowed.iter().map(|(kind, name)| format!("only {kind} {name}")).collect();
        let helper = product.product_identification_helper.as_ref();
        let mut packages = Vec::new();
        for purl in helper.iter().flat_map(|helper| helper.packages()).take(PACKAGES) {
            match Identity::from_purl(purl) {
                Ok((identity, version)) => {
                    let version = version.map_or(Version::NotSaid, Version::One);
                    packages.push(self.entry(identity, None, version, doubts.clone()));
                }
                Err(problem) => doubts.push(format!("package URL: {problem}")),
            }
        }
        if !packages.is_empty() {
            return packages;
        }
        let cpe = helper.and_then(|helper| Cpe::shortened(helper.cpe.as_deref()?).ok());
        let by_cpe = cpe.and_then(|cpe| {
            let (vendor, product) = cpe.vendor_and_product()?;
            Some((Identity::product(&vendor, &product), vendor, product, cpe))
        });
        let names = self.names().map(|names| (Identity::product(&names.vendor, &names.product), names));
        let mut found = Vec::new();
        match (names, by_cpe) {
            (Some((identity, names)), Some((same, _, _, cpe))) if identity == same => {
                found.push(self.named_by_cpe(identity, names, cpe, doubts));
            }
            (names, by_cpe) => {
                if let Some((identity, names)) = names {
                    found.push(self.entry(identity, Some(names), Version::NotSaid, doubts.clone()));
                }
                if let Some((identity, vendor, product, cpe)) = by_cpe {
                    let names = ProductNames { vendor, product, cpe: None };
                    found.push(self.named_by_cpe(identity, names, cpe, doubts));
                }
            }
        }
        found
    }

    /// A range or version of the branches says more than a CPE name without a version.
    fn named_by_cpe(
        &self,
        identity: Identity,
        names: ProductNames,
        cpe: Cpe,
        doubts: Vec<String>,
    ) -> Affected {
        let any = |attribute| cpe.get(attribute).is_none_or(|value| *value == Value::Any);
        let without = any("version") && any("update");
        let (cpe, version) = match (self.range, self.version) {
            (Some(_), _) => (cpe.of_any_version(), Version::NotSaid),
            (None, Some(_)) if without => (cpe, Version::NotSaid),
            _ if without => (cpe, Version::Every),
            _ => {
                let said = |attribute| cpe.get(attribute).filter(|value| **value != Value::Any);
                let parts: Vec<String> =
                    ["version", "update"].into_iter().filter_map(said).map(ToString::to_string).collect();
                (cpe, Version::One(parts.join(" ").replace('_', " ")))
            }
        };
        let names = ProductNames { cpe: Some(cpe.to_string()), ..names };
        self.entry(identity, Some(names), version, doubts)
    }

    /// An entry of the versions that the branches say, unless the product's own name says them.
    fn entry(
        &self,
        identity: Identity,
        names: Option<ProductNames>,
        own: Version,
        mut doubts: Vec<String>,
    ) -> Affected {
        let (mut versions, mut ranges) = (Vec::new(), Vec::new());
        let mut read = |written: &str| match range::from_text(written) {
            Ok(found) => ranges = found,
            Err(_) => doubts.push(format!("affected versions: {written}")),
        };
        match (self.range, own, self.version) {
            (Some(written), _, _) => read(written),
            (None, Version::One(version), _) => versions.push(version),
            (None, Version::Every, _) => ranges.push(Range::ALL),
            (None, _, Some(version)) if is_one_version(version) => versions.push(version.to_owned()),
            // Some write a range where one version belongs.
            (None, _, Some(written)) => read(written),
            (None, _, None) => doubts.push("affected versions are not given".to_owned()),
        }
        let needs_person = words::joined(doubts, "; ").map(|text| words::bounded(&text, words::DOUBT));
        Affected { identity, names, ranges, versions, needs_person }
    }

    fn names(&self) -> Option<ProductNames> {
        let product = self.product.or(self.family).filter(|name| !name.is_empty())?;
        let vendor = self.vendor.filter(|vendor| !vendor.is_empty())?;
        Some(ProductNames { vendor: vendor.to_owned(), product: product.to_owned(), cpe: None })
    }
}

/// Whether a version branch names one version rather than describing several.
pub(super) fn is_one_version(text: &str) -> bool {
    const SEVERAL: [&str; 14] = [
        "all", "and", "any", "before", "earlier", "from", "later", "newer", "older", "or", "prior",
        "through", "to", "until",
    ];
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| c.is_whitespace() || c == '_');
    !text.is_empty()
        && text.chars().any(|c| c.is_ascii_digit())
        && !text.contains(['|', ',', ';', '<', '>', '=', '*', '≤', '≥'])
        && !words.any(|word| SEVERAL.contains(&word) || word == "-" || word.ends_with(".x"))
        && !is_span(text)
}

/// `12.2.1-12.2.11`: two dotted numbers of the same shape are a span, whereas `2.03-02` is one version.
fn is_span(text: &str) -> bool {
    let dotted = |part: &str| {
        let numbers: Vec<&str> = part.trim().trim_start_matches(['v', 'V']).split('.').collect();
        let plain = |number: &&str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (numbers.len() > 1 && numbers.iter().all(plain)).then_some(numbers.len())
    };
    text.split_once(['-', '–']).is_some_and(|(from, to)| match (dotted(from), dotted(to)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    })
}
