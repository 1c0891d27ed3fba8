//! Inventories: which format a document is in, and what every format collects.

use std::collections::HashSet;

use forewarn_exposure::{Component, Identity, Inventory, Skipped};
use serde_json::Value;

use crate::json::{self, Limits, Problem};
use crate::{cyclonedx, spdx, words};

/// Longest name kept of a component that was skipped, in characters.
const NAME: usize = 200;

/// Reads an inventory in CycloneDX 1.2-1.7 JSON, SPDX 2.2 or 2.3 JSON, or SPDX 3.0 JSON-LD.
///
/// A component that cannot be identified is listed in [`Inventory::skipped`]; the others go in.
///
/// # Errors
/// A [`Problem`] when the document is none of these or breaks their shape.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Inventory, Problem> {
    read_value(json::parse(bytes, limits)?)
}

/// The same for a document already parsed.
///
/// # Errors
/// As [`read`].
pub fn read_value(value: Value) -> Result<Inventory, Problem> {
    if cyclonedx::claims(&value) {
        cyclonedx::read(value)
    } else if spdx::claims(&value) {
        spdx::read(value)
    } else {
        Err(Problem::at("", "expected CycloneDX 1.2 to 1.7 JSON, SPDX 2.2 or 2.3 JSON, or SPDX 3.0 JSON-LD"))
    }
}

/// What a format says about one component.
pub(crate) struct Described<'d> {
    /// JSON pointer of the component.
    pub place: String,
    /// Its name, empty when missing.
    pub name: &'d str,
    /// Its version as written.
    pub version: Option<&'d str>,
    /// Whoever makes it.
    pub vendor: Option<&'d str>,
}

impl<'d> Described<'d> {
    /// Makes a description, with blank texts taken as missing.
    pub fn new(
        place: String,
        name: Option<&'d str>,
        version: Option<&'d str>,
        vendor: Option<&'d str>,
    ) -> Self {
        let present = |text: &&str| !text.trim().is_empty();
        Self {
            place,
            name: name.unwrap_or_default(),
            version: version.filter(present),
            vendor: vendor.filter(present),
        }
    }
}

/// Gathers components, each identity and version once.
#[derive(Default)]
pub(crate) struct Collector {
    seen: HashSet<(Identity, Option<String>)>,
    components: Vec<Component>,
    skipped: Vec<Skipped>,
}

impl Collector {
    /// Adds a component by its package URL; the version in the URL wins over the one beside it.
    pub fn package(&mut self, described: &Described<'_>, purl: &str) {
        match Identity::from_purl(purl) {
            Ok((identity, version)) => {
                let version = version.or_else(|| described.version.map(str::to_owned));
                self.add(Component { identity, version, label: purl.to_owned() });
            }
            Err(problem) => {
                let reason = format!("package URL: {problem}");
                self.skip(described, &reason);
            }
        }
    }

    /// Adds a component by vendor and name, or says what is missing for that.
    pub fn product(&mut self, described: &Described<'_>) {
        let name = described.name.trim();
        match described.vendor.map(str::trim) {
            _ if name.is_empty() => self.skip(described, "has neither a package URL nor a name"),
            None => self.skip(described, "has neither a package URL nor a vendor"),
            Some(vendor) => {
                let identity = Identity::product(vendor, name);
                let version = described.version.map(str::to_owned);
                self.add(Component { identity, version, label: format!("{vendor} {name}") });
            }
        }
    }

    /// Notes a component that stays out.
    pub fn skip(&mut self, described: &Described<'_>, reason: &str) {
        self.skipped.push(Skipped {
            place: described.place.clone(),
            name: words::bounded(described.name, NAME),
            reason: words::bounded(reason, words::DOUBT),
        });
    }

    fn add(&mut self, component: Component) {
        if self.seen.insert((component.identity.clone(), component.version.clone())) {
            self.components.push(component);
        }
    }

    /// The inventory collected.
    pub fn finish(self, format: String) -> Inventory {
        Inventory { format, components: self.components, skipped: self.skipped }
    }
}

/// A text field of an object.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str)
}

/// A list field that may be missing or `null`, but nothing else.
pub(crate) fn list<'v>(value: &'v Value, field: &str, place: &str) -> Result<&'v [Value], Problem> {
    match value.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Problem::at(json::pointer(place, field), "expected a list")),
    }
}
