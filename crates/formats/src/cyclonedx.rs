//! CycloneDX, versions 1.2 to 1.7 (<https://cyclonedx.org/docs/>), in JSON and XML.

mod xml;

use forewarn_exposure::Inventory;
use serde_json::Value;

pub use xml::read_xml;

use crate::inventory::{Collector, Described, NotSoftware, list, text};
use crate::json::{Problem, token};

/// Versions that are read.
const VERSIONS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];
/// Kinds of component that are data rather than something that runs; skipped unless they have a package URL.
const DATA: [&str; 3] = ["file", "data", "cryptographic-asset"];

/// Whether a document says that it is CycloneDX.
pub(crate) fn claims(value: &Value) -> bool {
    text(value, "bomFormat").is_some_and(|format| format.eq_ignore_ascii_case("CycloneDX"))
}

/// Reads the components, nested ones and the described component included.
///
/// A component with a package URL is that package. One without is a product when somebody is named who makes
/// it: `manufacturer`, `supplier` or `publisher`, in this order.
///
/// # Errors
/// A [`Problem`] when `specVersion` is not read here or a list of components is no list.
pub fn read(value: Value) -> Result<Inventory, Problem> {
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
    let mut collector = Collector::default();
    let mut open = Vec::new();
    push_reversed(&mut open, &value, "")?;
    if let Some(described) = value.get("metadata").and_then(|metadata| metadata.get("component")) {
        open.push(("/metadata/component".to_owned(), described));
    }
    while let Some((place, component)) = open.pop() {
        if !component.is_object() {
            return Err(Problem::at(place, "expected a component"));
        }
        push_reversed(&mut open, component, &place)?;
        collect_value(&mut collector, place, component);
    }
    Ok(collector.finish(format!("CycloneDX {version}")))
}

/// Puts the components of a value on the stack so that the first comes off first.
fn push_reversed<'v>(
    open: &mut Vec<(String, &'v Value)>,
    parent: &'v Value,
    place: &str,
) -> Result<(), Problem> {
    let components = list(parent, "components", place)?;
    if let Some(index) = components.iter().position(|component| !component.is_object()) {
        return Err(Problem::at(format!("{place}/components/{index}"), "expected a component"));
    }
    let numbered = components.iter().enumerate().rev();
    open.extend(numbered.map(|(index, component)| (format!("{place}/components/{index}"), component)));
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

fn collect(collector: &mut Collector, place: String, parts: &Parts<'_>) {
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
