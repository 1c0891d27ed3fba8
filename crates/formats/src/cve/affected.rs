//! Which products a CVE record says are affected, and in which versions.

use forewarn_exposure::{Affected, Identity, ProductNames, range};
use serde::Deserialize;

use crate::json::or_default;
use crate::words;

/// Most versions of one product.
const VERSIONS: usize = 1000;
/// Longest version text, in bytes.
const VERSION: usize = 300;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Product {
    #[serde(default, deserialize_with = "or_default")]
    vendor: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    product: Option<String>,
    #[serde(default, rename = "packageURL", deserialize_with = "or_default")]
    package_url: Option<String>,
    #[serde(default, rename = "collectionURL", deserialize_with = "or_default")]
    collection_url: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    package_name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    default_status: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<Version>,
    #[serde(default, deserialize_with = "or_default")]
    pub program_files: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub program_routines: Vec<Routine>,
    #[serde(default, deserialize_with = "or_default")]
    platforms: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Routine {
    pub name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    version: String,
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    version_type: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    less_than: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    less_than_or_equal: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    changes: Vec<serde::de::IgnoredAny>,
}

/// The affected entries, in order; an entry that names nothing is left out.
pub(super) fn read(products: &[Product]) -> Vec<Affected> {
    let mut found: Vec<Affected> = products.iter().filter_map(Product::affected).collect();
    words::distinct(&mut found);
    found
}

impl Product {
    fn affected(&self) -> Option<Affected> {
        let (identity, names, stated) = self.identity()?;
        let mut doubts = Vec::new();
        let (mut ranges, mut versions) = (Vec::new(), Vec::new());
        let listed = self.versions.iter().filter(|one| one.status == "affected");
        for version in listed.take(VERSIONS) {
            version.read(&mut ranges, &mut versions, &mut doubts);
        }
        versions.extend(stated);
        words::distinct(&mut versions);
        if self.default_status.as_deref() == Some("affected") {
            let open = "every version is affected that is not said not to be";
            doubts.push(open.to_owned());
        } else if ranges.is_empty() && versions.is_empty() && doubts.is_empty() {
            doubts.push("affected versions are not given".to_owned());
        }
        if !self.platforms.is_empty() {
            doubts.push("only some platforms are affected".to_owned());
        }
        let needs_person = words::joined(doubts, "; ").map(|text| words::bounded(&text, words::DOUBT));
        Some(Affected { identity, names, ranges, versions, needs_person })
    }

    /// A package where the record says one, else vendor and product. `n/a` is how records say that they do not know.
    fn identity(&self) -> Option<(Identity, Option<ProductNames>, Option<String>)> {
        let purl = self.package_url.clone().or_else(|| self.collected());
        if let Some((identity, version)) = purl.and_then(|purl| Identity::from_purl(&purl).ok()) {
            return Some((identity, None, version));
        }
        let (vendor, product) = (known(self.vendor.as_deref())?, known(self.product.as_deref())?);
        let names = ProductNames { vendor: vendor.to_owned(), product: product.to_owned(), cpe: None };
        Some((Identity::product(vendor, product), Some(names), None))
    }

    /// The package URL of a package in a well-known collection.
    fn collected(&self) -> Option<String> {
        let collection = self.collection_url.as_deref()?.trim_end_matches('/');
        let name = known(self.package_name.as_deref())?;
        let host = collection.strip_prefix("https://").or_else(|| collection.strip_prefix("http://"))?;
        let kind = match host.strip_prefix("www.").unwrap_or(host) {
            "npmjs.com" | "npmjs.org" | "registry.npmjs.org" => "npm",
            "pypi.org" | "pypi.python.org" | "pypi.org/project" => "pypi",
            "crates.io" => "cargo",
            "rubygems.org" => "gem",
            "nuget.org" | "nuget.org/packages" | "api.nuget.org" => "nuget",
            "packagist.org" => "composer",
            "repo.maven.apache.org/maven2" | "repo1.maven.org/maven2" => {
                return Some(format!("pkg:maven/{}", name.replacen(':', "/", 1)));
            }
            "pkg.go.dev" => "golang",
            _ => return None,
        };
        Some(format!("pkg:{kind}/{}", name.replace('@', "%40")))
    }
}

fn known(text: Option<&str>) -> Option<&str> {
    let text = text?.trim();
    let unknown = ["", "n/a", "na", "unknown", "unspecified", "-", "*"];
    (text.len() <= VERSION && !unknown.contains(&text.to_ascii_lowercase().as_str())).then_some(text)
}

impl Version {
    /// A single version, or a range from `version` to `lessThan` or `lessThanOrEqual`.
    fn read(
        &self,
        ranges: &mut Vec<forewarn_exposure::Range>,
        versions: &mut Vec<String>,
        doubts: &mut Vec<String>,
    ) {
        if self.version_type.as_deref() == Some("git") {
            doubts.push("affected versions are given as commits only".to_owned());
            return;
        }
        if !self.changes.is_empty() {
            doubts.push("the status changes inside a range".to_owned());
        }
        let start = known(Some(&self.version)).filter(|start| *start != "0");
        let end = match (&self.less_than, &self.less_than_or_equal) {
            (Some(end), _) => Some(("<", end.as_str())),
            (None, Some(end)) => Some(("<=", end.as_str())),
            (None, None) => None,
        };
        let text = match (start, end) {
            (Some(start), None) if is_plain(start) => return versions.push(start.to_owned()),
            (Some(written), None) => written.to_owned(),
            (None, None) => return doubts.push("affected versions are not given".to_owned()),
            (start, Some((_, "*" | "n/a" | "unspecified"))) => {
                start.map_or_else(|| "*".to_owned(), |start| format!(">={start}"))
            }
            (None, Some((sign, end))) => format!("{sign}{end}"),
            (Some(start), Some((sign, end))) => format!(">={start}, {sign}{end}"),
        };
        match range::from_text(&text) {
            Ok(found) => ranges.extend(found),
            Err(_) => doubts.push(format!("affected versions: {}", words::bounded(&text, 100))),
        }
    }
}

/// Whether a text is one version and not a sentence about several, which some records write there.
fn is_plain(text: &str) -> bool {
    text.len() <= VERSION && !text.contains(['<', '>', '=', ',', '|', ' ', '*'])
}
