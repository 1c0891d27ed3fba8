//! SPDX 2 JSON in one pass, borrowed from its text: what nearly all documents need. It answers as [`super::read`] does for
//! the whole document, or not at all.

use std::fmt;

use forewarn_exposure::Inventory;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::{collect, organisation, second_version};
use crate::inventory::{Collector, Described, Place};
use crate::json::Limits;
use crate::json::skim::{Fields, Found, Guard, Items, List, Object, Text, failed};

/// Reads the packages of a document of `length` bytes; `None` when it has another shape than the usual one or breaks
/// a rule, which another reader places.
pub(crate) fn read(text: &str, limits: &Limits, length: usize) -> Option<Inventory> {
    let mut root = Root {
        guard: Guard::new(limits, length),
        collector: Collector::for_length(length),
        version: Found::Nothing,
        packages: Vec::new(),
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let is_object = Object(&mut root, 0).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    let number = second_version(root.version.text().filter(|_| is_object)?).ok()?.to_owned();
    root.collect();
    root.collector.finish(format!("SPDX {number}")).ok()
}

/// The document as far as it is read.
struct Root<'de> {
    guard: Guard<'de>,
    collector: Collector,
    version: Found<'de>,
    /// Packages that are not yet collected.
    packages: Vec<Package<'de>>,
}

/// A package as it is written.
#[derive(Default)]
struct Package<'de> {
    index: u32,
    name: Found<'de>,
    version: Found<'de>,
    supplier: Found<'de>,
    purls: Vec<Found<'de>>,
    cpe: Found<'de>,
}

impl Root<'_> {
    fn collect(&mut self) {
        for package in self.packages.drain(..) {
            let vendor = package.supplier.text().and_then(organisation);
            let purls = package.purls.iter().filter_map(Found::text).collect();
            let described = Described::new(
                Place::Found(&package),
                package.name.text(),
                package.version.text(),
                vendor.as_deref(),
            );
            collect(&mut self.collector, &described.with_cpe(package.cpe.text()), purls);
        }
    }
}

/// Its place.
impl fmt::Display for Package<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/packages/{}", self.index)
    }
}

impl<'de> Fields<'de> for Root<'de> {
    fn number(key: &str) -> Option<u32> {
        Some(match key {
            "spdxVersion" => 0,
            "packages" => 1,
            // No SPDX 2: reading on would be in vain.
            "bomFormat" | "@context" | "@graph" | "sbom" => 2,
            _ => return None,
        })
    }

    fn read<A: MapAccess<'de>>(&mut self, field: u32, map: &mut A, depth: usize) -> Result<(), A::Error> {
        match field {
            0 => self.version = map.next_value_seed(Text(&mut self.guard, depth))?,
            1 => map.next_value_seed(List(&mut Packages(self), depth))?,
            _ => return Err(failed()),
        }
        Ok(())
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        &mut self.guard
    }
}

struct Packages<'r, 'de>(&'r mut Root<'de>);

impl<'de> Items<'de> for Packages<'_, 'de> {
    fn next<A: SeqAccess<'de>>(&mut self, index: u32, seq: &mut A, depth: usize) -> Result<bool, A::Error> {
        let root = &mut *self.0;
        let mut one = One { guard: &mut root.guard, package: Package { index, ..Package::default() } };
        match seq.next_element_seed(Object(&mut one, depth))? {
            None => return Ok(false),
            Some(false) => return Err(failed()),
            Some(true) => root.packages.push(one.package),
        }
        root.guard.memory(size_of::<Package<'_>>())?;
        if root.version.text().is_some_and(|version| second_version(version).is_ok()) {
            root.collect();
        }
        Ok(true)
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        &mut self.0.guard
    }
}

struct One<'g, 'de> {
    guard: &'g mut Guard<'de>,
    package: Package<'de>,
}

impl<'de> Fields<'de> for One<'_, 'de> {
    fn number(key: &str) -> Option<u32> {
        Some(match key {
            "name" => 0,
            "versionInfo" => 1,
            "supplier" => 2,
            "externalRefs" => 3,
            _ => return None,
        })
    }

    fn read<A: MapAccess<'de>>(&mut self, field: u32, map: &mut A, depth: usize) -> Result<(), A::Error> {
        let place = match field {
            0 => &mut self.package.name,
            1 => &mut self.package.version,
            2 => &mut self.package.supplier,
            _ => return map.next_value_seed(List(self, depth)),
        };
        *place = map.next_value_seed(Text(self.guard, depth))?;
        Ok(())
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        self.guard
    }
}

/// Its references to others.
impl<'de> Items<'de> for One<'_, 'de> {
    fn next<A: SeqAccess<'de>>(&mut self, _: u32, seq: &mut A, depth: usize) -> Result<bool, A::Error> {
        let mut reference = Reference { guard: self.guard, kind: Found::Nothing, locator: Found::Nothing };
        if seq.next_element_seed(Object(&mut reference, depth))?.is_none() {
            return Ok(false);
        }
        let Reference { kind, locator, .. } = reference;
        match (kind.text(), locator.text()) {
            (Some("purl"), Some(_)) => {
                self.guard.memory(size_of::<Found<'_>>() + size_of::<&str>())?;
                self.package.purls.push(locator);
            }
            (Some("cpe23Type"), Some(_)) if self.package.cpe.text().is_none() => self.package.cpe = locator,
            _ => {}
        }
        Ok(true)
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        self.guard
    }
}

struct Reference<'g, 'de> {
    guard: &'g mut Guard<'de>,
    kind: Found<'de>,
    locator: Found<'de>,
}

impl<'de> Fields<'de> for Reference<'_, 'de> {
    fn number(key: &str) -> Option<u32> {
        match key {
            "referenceType" => Some(0),
            "referenceLocator" => Some(1),
            _ => None,
        }
    }

    fn read<A: MapAccess<'de>>(&mut self, field: u32, map: &mut A, depth: usize) -> Result<(), A::Error> {
        let place = if field == 0 { &mut self.kind } else { &mut self.locator };
        *place = map.next_value_seed(Text(self.guard, depth))?;
        Ok(())
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        self.guard
    }
}
