//! CycloneDX, versions 1.2 to 1.7 (<https://cyclonedx.org/docs/>), in JSON and XML.

pub(crate) mod quick;
mod xml;

use std::iter::Enumerate;
use std::slice::Iter;

use forewarn_exposure::Inventory;
use serde_json::Value;

pub use xml::read_xml;

use crate::inventory::{Collector, Described, NotSoftware, Place, list, text};
use crate::json::{Problem, token};

/// Versions that are read.
const VERSIONS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];
/// Kinds of component that are data rather than something that runs; skipped unless they have a package URL.
const DATA: [&str; 3] = ["file", "data", "cryptographic-asset"];

/// Whether a document says that it is CycloneDX.
pub(crate) fn claims(value: &Value) -> bool {
    text(value, "bomFormat").is_some_and(is_cyclonedx)
}

fn is_cyclonedx(format: &str) -> bool {
    format.eq_ignore_ascii_case("CycloneDX")
}

/// Reads the components, nested ones and the described component included.
///
/// A component with a package URL is that package. One without is a product when somebody is named who makes
/// it: `manufacturer`, `supplier` or `publisher`, in this order.
///
/// # Errors
/// A [`Problem`] when `specVersion` is not read here or a list of components is no list.
pub fn read(value: Value) -> Result<Inventory, Problem> {
    read_within(value, usize::MAX)
}

/// The same for a text of this length, which bounds how much may be skipped.
pub(crate) fn read_within(value: Value, length: usize) -> Result<Inventory, Problem> {
    if !claims(&value) {
        return Err(Problem::at("/bomFormat", "expected CycloneDX"));
    }
    let version = match text(&value, "specVersion") {
        Some(version) if VERSIONS.contains(&version) => version,
        Some(other) => {
            let message = format!("CycloneDX 1.2 to 1.7 is read, not {}", token(other));
            return Err(Problem::at("/specVersion", message));
        }
        None => return Err(Problem::at("/specVersion", "expected a version from 1.2 to 1.7")),
    };
    let mut collector = Collector::for_length(length);
    // The innermost list last, each as far as it is read.
    let mut open: Vec<Open<'_>> = vec![(String::new(), list(&value, "components", "")?.iter().enumerate())];
    if let Some(described) = value.get("metadata").and_then(|metadata| metadata.get("component")) {
        take(&mut collector, &mut open, "/metadata/component".to_owned(), described)?;
    }
    while let Some((parent, components)) = open.last_mut() {
        match components.next() {
            Some((index, component)) => {
                let place = format!("{parent}/components/{index}");
                take(&mut collector, &mut open, place, component)?;
            }
            None => {
                open.pop();
            }
        }
    }
    collector.finish(format!("CycloneDX {version}"))
}

/// The place of a parent, and its components that are still to be read.
type Open<'v> = (String, Enumerate<Iter<'v, Value>>);

/// Collects a component and puts those inside it next.
fn take<'v>(
    collector: &mut Collector,
    open: &mut Vec<Open<'v>>,
    place: String,
    component: &'v Value,
) -> Result<(), Problem> {
    if !component.is_object() {
        return Err(Problem::at(place, "expected a component"));
    }
    let inside = list(component, "components", &place)?;
    if !inside.is_empty() {
        open.push((place.clone(), inside.iter().enumerate()));
    }
    collect_value(collector, place, component);
    Ok(())
}

/// What is read of a component.
struct Parts<'d> {
    kind: Option<&'d str>,
    name: Option<&'d str>,
    version: Option<&'d str>,
    vendor: Option<&'d str>,
    purl: Option<&'d str>,
    cpe: Option<&'d str>,
}

fn collect<'d>(collector: &mut Collector, place: impl Into<Place<'d>>, parts: &Parts<'d>) {
    let described = Described::new(place, parts.name, parts.version, parts.vendor).with_cpe(parts.cpe);
    match (parts.purl.filter(|purl| !purl.trim().is_empty()), parts.kind) {
        (Some(purl), _) => collector.package(&described, purl),
        (None, Some(kind)) if DATA.contains(&kind) => collector.leave_out(&described, NotSoftware::Data),
        (None, _) => collector.product(&described),
    }
}

fn collect_value(collector: &mut Collector, place: String, component: &Value) {
    let vendor = ["manufacturer", "supplier"]
        .iter()
        .find_map(|field| component.get(*field).and_then(|organisation| text(organisation, "name")))
        .or_else(|| text(component, "publisher"));
    let parts = Parts {
        kind: text(component, "type"),
        name: text(component, "name"),
        version: text(component, "version"),
        vendor,
        purl: text(component, "purl"),
        cpe: text(component, "cpe"),
    };
    match component.get("purl") {
        Some(Value::Null | Value::String(_)) | None => collect(collector, place, &parts),
        Some(_) => {
            let described = Described::new(place, parts.name, parts.version, parts.vendor);
            collector.skip(&described, "its package URL is not a text");
        }
    }
}
