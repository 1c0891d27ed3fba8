//! SPDX 2.2 and 2.3 in JSON and tag-value form, and SPDX 3.0 JSON-LD in its compact form
//! (<https://spdx.dev/use/specifications/>).

pub(crate) mod quick;
mod tag_value;

use std::collections::HashMap;

use forewarn_exposure::Inventory;
use serde_json::Value;

pub use tag_value::read_tag_value;

use crate::inventory::{Collector, Described, NotSoftware, list, text};
use crate::json::{Problem, token};

/// Element classes of SPDX 3.0 that are packages.
const PACKAGES: [&str; 3] = ["software_Package", "ai_AIPackage", "dataset_DatasetPackage"];
/// Elements inside one another; no document that is read here is nested more deeply.
const DEPTH: usize = 128;

/// Whether a document says that it is SPDX.
pub(crate) fn claims(value: &Value) -> bool {
    value.get("spdxVersion").is_some() || context(value).is_some()
}

/// The `@context` that marks SPDX 3, whatever its exact version.
fn context(value: &Value) -> Option<&str> {
    let context = value.get("@context")?;
    let one = context.as_str();
    let many = context.as_array().into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many).find(|address| address.contains("spdx.org/rdf/"))
}

/// Reads the packages of a document.
///
/// A package with package URLs is each of them. One without is a product when an organisation is named as its
/// supplier.
///
/// # Errors
/// A [`Problem`] when the version is not read here or the list of packages is no list.
pub fn read(value: Value) -> Result<Inventory, Problem> {
    read_within(value, usize::MAX)
}

/// The same for a text of this length, which bounds how much may be skipped.
pub(crate) fn read_within(value: Value, length: usize) -> Result<Inventory, Problem> {
    match (value.get("spdxVersion"), context(&value)) {
        (Some(version), _) => read_second(&value, version, length),
        (None, Some(context)) => read_third(&value, context, length),
        (None, None) => {
            Err(Problem::at("/spdxVersion", "expected SPDX-2.2, SPDX-2.3 or an SPDX 3.0 context"))
        }
    }
}

fn read_second(value: &Value, version: &Value, length: usize) -> Result<Inventory, Problem> {
    let number = second_version(version.as_str().unwrap_or_default())
        .map_err(|message| Problem::at("/spdxVersion", message))?;
    let mut collector = Collector::for_length(length);
    for (index, package) in list(value, "packages", "")?.iter().enumerate() {
        let place = format!("/packages/{index}");
        if !package.is_object() {
            return Err(Problem::at(place, "expected a package"));
        }
        let references = list(package, "externalRefs", &place)?;
        let of_type = |kind| {
            let matching =
                references.iter().filter(move |reference| text(reference, "referenceType") == Some(kind));
            matching.filter_map(|reference| text(reference, "referenceLocator"))
        };
        let purls = of_type("purl").collect();
        let vendor = text(package, "supplier").and_then(organisation);
        let described =
            Described::new(place, text(package, "name"), text(package, "versionInfo"), vendor.as_deref());
        let described = described.with_cpe(of_type("cpe23Type").next());
        collect(&mut collector, &described, purls);
    }
    collector.finish(format!("SPDX {number}"))
}

/// `2.2` or `2.3` of `SPDX-2.3`.
fn second_version(text: &str) -> Result<&str, String> {
    match text.strip_prefix("SPDX-") {
        Some(number @ ("2.2" | "2.3")) => Ok(number),
        _ => Err(format!("SPDX-2.2 and SPDX-2.3 are read here, not {}", token(text))),
    }
}

/// The name in `Organization: NAME (MAIL)`.
fn organisation(supplier: &str) -> Option<String> {
    let name = supplier.strip_prefix("Organization:")?.trim();
    let name = match name.rsplit_once('(') {
        Some((before, mail)) if mail.ends_with(')') && (mail == ")" || mail.contains('@')) => before.trim(),
        _ => name,
    };
    Some(name.to_owned())
}

fn read_third(value: &Value, context: &str, length: usize) -> Result<Inventory, Problem> {
    if !context.contains("/rdf/3.0") {
        return Err(Problem::at("/@context", format!("SPDX 3.0 is read here, not {}", token(context))));
    }
    let mut elements = Vec::new();
    match value.get("@graph") {
        None => gather(value, String::new(), DEPTH, &mut elements),
        Some(Value::Array(graph)) => {
            for (index, element) in graph.iter().enumerate() {
                gather(element, format!("/@graph/{index}"), DEPTH, &mut elements);
            }
        }
        Some(_) => return Err(Problem::at("/@graph", "expected a list")),
    }
    let organisations: HashMap<&str, &str> = elements
        .iter()
        .filter(|(_, element)| class(element) == Some("Organization"))
        .filter_map(|(_, element)| Some((identifier(element)?, text(element, "name")?)))
        .collect();
    let mut collector = Collector::for_length(length);
    for (place, element) in &elements {
        if class(element).is_some_and(|class| PACKAGES.contains(&class)) {
            third_package(&mut collector, place.clone(), element, &organisations);
        }
    }
    collector.finish("SPDX 3.0".to_owned())
}

fn class(element: &Value) -> Option<&str> {
    text(element, "type").or_else(|| text(element, "@type"))
}

fn identifier(element: &Value) -> Option<&str> {
    text(element, "spdxId").or_else(|| text(element, "@id"))
}

/// Lists an element and those that stand inside it instead of being referred to.
fn gather<'v>(value: &'v Value, place: String, depth: usize, into: &mut Vec<(String, &'v Value)>) {
    let Some(object) = value.as_object() else { return };
    if class(value).is_some() {
        into.push((place.clone(), value));
    }
    if depth == 0 {
        return;
    }
    for (key, inner) in object {
        match inner {
            Value::Object(_) => gather(inner, crate::json::pointer(&place, key), depth - 1, into),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                    let place = format!("{}/{index}", crate::json::pointer(&place, key));
                    gather(item, place, depth - 1, into);
                }
            }
            _ => {}
        }
    }
}

fn third_package(
    collector: &mut Collector,
    place: String,
    element: &Value,
    organisations: &HashMap<&str, &str>,
) {
    let mut purls: Vec<&str> = text(element, "software_packageUrl").into_iter().collect();
    let mut cpe = None;
    let identifiers = element.get("externalIdentifier").and_then(Value::as_array);
    for other in identifiers.into_iter().flatten() {
        match text(other, "externalIdentifierType") {
            Some("packageUrl" | "purl") => purls.extend(text(other, "identifier")),
            Some("cpe23") => cpe = cpe.or(text(other, "identifier")),
            _ => {}
        }
    }
    let vendor = match element.get("suppliedBy") {
        Some(Value::String(id)) => organisations.get(id.as_str()).copied(),
        Some(agent) if class(agent) == Some("Organization") => text(agent, "name"),
        _ => None,
    };
    let described =
        Described::new(place, text(element, "name"), text(element, "software_packageVersion"), vendor);
    if purls.is_empty() && cpe.is_none() && class(element) == Some("dataset_DatasetPackage") {
        return collector.leave_out(&described, NotSoftware::Data);
    }
    collect(collector, &described.with_cpe(cpe), purls);
}

fn collect(collector: &mut Collector, described: &Described<'_>, mut purls: Vec<&str>) {
    purls.retain(|purl| !purl.trim().is_empty());
    purls.sort_unstable();
    purls.dedup();
    if purls.is_empty() {
        collector.product(described);
    }
    for purl in purls {
        collector.package(described, purl);
    }
}
