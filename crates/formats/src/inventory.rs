//! Inventories: which format a document is in, and its components.

mod assets;
mod collect;
mod cpe;
mod distribution;
mod identifiers;
mod known;
mod lines;
mod listing;
mod marks;
mod recognise;
mod rows;

use forewarn_exposure::Inventory;
use serde_json::Value;

pub(crate) use collect::{Collector, Described, NotSoftware, Place, present};
pub use distribution::{Distribution, UnknownDistribution};
pub(crate) use lines::place as line_place;
pub use marks::{ReleaseMark, release_mark};
pub use recognise::{Format, recognise};

use crate::json::{self, Limits, Problem, Wanted};
use crate::{cyclonedx, spdx};

/// Reasons in [`Inventory::skipped`] that tell of something which is understood, but is nothing that could be
/// affected. Whatever is skipped for another reason was not understood.
pub const NOT_SOFTWARE: [&str; 3] =
    ["is data, not software", "is not installed", "is a signing key, not software"];

/// Reason in [`Inventory::skipped`] of packages in a list that does not say of which distribution they are. Package
/// managers of many distributions name their packages alike, so that no advisory can be matched with them.
pub const DISTRIBUTION_UNKNOWN: &str =
    "is of a distribution that the list does not name; say it with --distro";

/// What a person adds to what a document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The distribution that a list of installed packages comes from.
    pub distribution: Option<Distribution>,
    /// Whether the serial numbers of assets are kept, in [`forewarn_exposure::Component::label`].
    pub serials: bool,
}

/// Reads an inventory in any [`Format`], which its content tells.
///
/// A component that cannot be identified is listed in [`Inventory::skipped`]; the others go in.
///
/// # Errors
/// A [`Problem`] when the document is in none of the formats or breaks the shape of its format.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Inventory, Problem> {
    read_with(bytes, limits, &Settings::default())
}

/// The same with what a person adds.
///
/// # Errors
/// As [`read`], and when the distribution does not fit the list.
pub fn read_with(bytes: &[u8], limits: &Limits, settings: &Settings) -> Result<Inventory, Problem> {
    let format = recognise(bytes)?;
    let text = json::bounded_text(bytes, limits)?;
    match format {
        Format::Json => read_json(text, limits, bytes.len()),
        Format::CycloneDxXml => cyclonedx::read_xml(text, limits),
        Format::SpdxTagValue => spdx::read_tag_value(text, limits),
        Format::Identifiers => identifiers::read(text, limits),
        Format::Assets => assets::read(text, limits, settings),
        Format::DpkgList => listing::read_dpkg_list(text, limits, settings),
        Format::DpkgQuery => listing::read_dpkg_query(text, limits, settings),
        Format::RpmQuery => listing::read_rpm(text, limits, settings),
    }
}

/// Quickly where the document is of the usual shape, else with care.
fn read_json(text: &str, limits: &Limits, length: usize) -> Result<Inventory, Problem> {
    match quickly(text, limits, length) {
        Some(inventory) => Ok(inventory),
        None => with_care(text, limits, length),
    }
}

fn quickly(text: &str, limits: &Limits, length: usize) -> Option<Inventory> {
    cyclonedx::quick::read(text, limits, length).or_else(|| spdx::quick::read(text, limits, length))
}

fn with_care(text: &str, limits: &Limits, length: usize) -> Result<Inventory, Problem> {
    read_parsed(json::parse_pruned(text, limits, &WANTED)?, length)
}

/// Reads CycloneDX or SPDX 2 JSON in one pass, without values in between. `None` when the document breaks a rule or has
/// another shape than such documents usually have: [`read_with_care`] says what it holds or where it is wrong.
///
/// [`read`] does both in this order.
#[must_use]
pub fn read_quickly(bytes: &[u8], limits: &Limits) -> Option<Inventory> {
    quickly(json::bounded_text(bytes, limits).ok()?, limits, bytes.len())
}

/// Reads CycloneDX or SPDX JSON of any shape. What [`read_quickly`] reads is the same here, but for documents of small
/// objects of which this reader would need too much memory.
///
/// # Errors
/// As [`read`].
pub fn read_with_care(bytes: &[u8], limits: &Limits) -> Result<Inventory, Problem> {
    with_care(json::bounded_text(bytes, limits)?, limits, bytes.len())
}

/// Reads CycloneDX or SPDX JSON that is already parsed.
///
/// # Errors
/// As [`read`].
pub fn read_value(value: Value) -> Result<Inventory, Problem> {
    read_parsed(value, usize::MAX)
}

/// `length` is that of the text, which bounds how much may be skipped in it.
fn read_parsed(value: Value, length: usize) -> Result<Inventory, Problem> {
    let only = value.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("sbom"));
    // GitHub's export of a dependency graph puts the document into an object of its own.
    if let Some(inner) = only.cloned() {
        let within = |place: String| format!("/sbom{}", place.trim_end_matches('/'));
        return match read_bare(inner, length) {
            Ok(mut inventory) => {
                inventory
                    .skipped
                    .iter_mut()
                    .for_each(|one| one.place = within(std::mem::take(&mut one.place)));
                Ok(inventory)
            }
            Err(problem) => Err(Problem { place: within(problem.place), ..problem }),
        };
    }
    read_bare(value, length)
}

fn read_bare(value: Value, length: usize) -> Result<Inventory, Problem> {
    if cyclonedx::claims(&value) {
        cyclonedx::read_within(value, length)
    } else if spdx::claims(&value) {
        spdx::read_within(value, length)
    } else {
        Err(Problem::at("", "expected CycloneDX 1.2 to 1.7 JSON, SPDX 2.2 or 2.3 JSON, or SPDX 3.0 JSON-LD"))
    }
}

/// What the readers of JSON look at. None of the closed fields holds a component of its document.
const WANTED: Wanted = Wanted {
    kept: &[
        "@context",
        "@graph",
        "@id",
        "@type",
        "bomFormat",
        "component",
        "components",
        "cpe",
        "externalIdentifier",
        "externalIdentifierType",
        "externalRefs",
        "identifier",
        "manufacturer",
        "metadata",
        "name",
        "packages",
        "publisher",
        "purl",
        "referenceLocator",
        "referenceType",
        "software_packageUrl",
        "software_packageVersion",
        "spdxId",
        "spdxVersion",
        "specVersion",
        "suppliedBy",
        "supplier",
        "type",
        "version",
        "versionInfo",
    ],
    closed: &[
        "annotations",
        "checksums",
        "compositions",
        "declarations",
        "definitions",
        "dependencies",
        "evidence",
        "externalReferences",
        "files",
        "formulation",
        "hasExtractedLicensingInfos",
        "hashes",
        "licenses",
        "pedigree",
        "properties",
        "relationships",
        "releaseNotes",
        "services",
        "signature",
        "snippets",
        "vulnerabilities",
    ],
};

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
