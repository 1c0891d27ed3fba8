//! CycloneDX JSON in one pass, borrowed from its text: what nearly all documents need. It answers as [`super::read`] does
//! for the whole document, or not at all.

use std::fmt;

use forewarn_exposure::Inventory;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::{Parts, VERSIONS, collect, is_cyclonedx};
use crate::inventory::{Collector, Place};
use crate::json::Limits;
use crate::json::skim::{Fields, Found, Guard, Items, List, Object, Text, failed};

/// Reads the components of a document of `length` bytes; `None` when it has another shape than the usual one or
/// breaks a rule, which another reader places.
pub(crate) fn read(text: &str, limits: &Limits, length: usize) -> Option<Inventory> {
    let mut root = Root {
        guard: Guard::new(limits, length),
        collector: Collector::for_length(length),
        format: Found::Nothing,
        version: Found::Nothing,
        described: Vec::new(),
        drafts: Vec::new(),
        collected: false,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let is_object = Object(&mut root, 0).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    if !is_object || !root.is_known() {
        return None;
    }
    root.collect();
    let version = root.version.text().unwrap_or_default();
    root.collector.finish(format!("CycloneDX {version}")).ok()
}

/// The document as far as it is read.
struct Root<'de> {
    guard: Guard<'de>,
    collector: Collector,
    format: Found<'de>,
    version: Found<'de>,
    /// The described component, and those inside it.
    described: Vec<Draft<'de>>,
    /// Components, each before those inside it.
    drafts: Vec<Draft<'de>>,
    /// Whether components were collected, so that the described one cannot come first any more.
    collected: bool,
}

/// A component as it is written.
#[derive(Default)]
struct Draft<'de> {
    /// The component around it, by its number in the list of drafts.
    parent: Option<u32>,
    /// Its number in its list; `None` for the described component.
    index: Option<u32>,
    kind: Found<'de>,
    name: Found<'de>,
    version: Found<'de>,
    manufacturer: Found<'de>,
    supplier: Found<'de>,
    publisher: Found<'de>,
    purl: Found<'de>,
    cpe: Found<'de>,
}

impl<'de> Root<'de> {
    /// Whether the document is known to be of a version that is read.
    fn is_known(&self) -> bool {
        self.format.text().is_some_and(is_cyclonedx)
            && self.version.text().is_some_and(|version| VERSIONS.contains(&version))
    }

    /// Collects what is drafted.
    fn collect(&mut self) {
        for drafts in [&mut self.described, &mut self.drafts] {
            for (at, draft) in drafts.iter().enumerate() {
                draft.collect(&mut self.collector, &Pointer { drafts, at });
            }
            drafts.clear();
        }
    }

    fn component(&mut self, parent: Option<u32>, index: Option<u32>) -> Component<'_, 'de> {
        Component { root: self, number: None, draft: Draft { parent, index, ..Draft::default() } }
    }
}

impl<'de> Fields<'de> for Root<'de> {
    fn number(key: &str) -> Option<u32> {
        Some(match key {
            "bomFormat" => 0,
            "specVersion" => 1,
            "metadata" => 2,
            "components" => 3,
            // No CycloneDX: reading on would be in vain.
            "spdxVersion" | "SPDXID" | "@context" | "@graph" | "packages" | "sbom" => 4,
            _ => return None,
        })
    }

    fn read<A: MapAccess<'de>>(&mut self, field: u32, map: &mut A, depth: usize) -> Result<(), A::Error> {
        match field {
            0 => self.format = map.next_value_seed(Text(&mut self.guard, depth))?,
            1 => self.version = map.next_value_seed(Text(&mut self.guard, depth))?,
            2 if !self.collected => {
                let drafts = std::mem::take(&mut self.drafts);
                map.next_value_seed(Object(&mut Metadata(self), depth))?;
                self.described = std::mem::replace(&mut self.drafts, drafts);
            }
            3 => map.next_value_seed(List(&mut Components { root: self, parent: None }, depth))?,
            _ => return Err(failed()),
        }
        Ok(())
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        &mut self.guard
    }
}

struct Metadata<'r, 'de>(&'r mut Root<'de>);

impl<'de> Fields<'de> for Metadata<'_, 'de> {
    fn number(key: &str) -> Option<u32> {
        (key == "component").then_some(0)
    }

    fn read<A: MapAccess<'de>>(&mut self, _: u32, map: &mut A, depth: usize) -> Result<(), A::Error> {
        let mut component = self.0.component(None, None);
        let is_object = map.next_value_seed(Object(&mut component, depth))?;
        component.finish(is_object)
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        &mut self.0.guard
    }
}

/// The components inside the document or inside another.
struct Components<'r, 'de> {
    root: &'r mut Root<'de>,
    parent: Option<u32>,
}

impl<'de> Items<'de> for Components<'_, 'de> {
    fn next<A: SeqAccess<'de>>(&mut self, index: u32, seq: &mut A, depth: usize) -> Result<bool, A::Error> {
        let mut component = self.root.component(self.parent, Some(index));
        let Some(is_object) = seq.next_element_seed(Object(&mut component, depth))? else {
            return Ok(false);
        };
        component.finish(is_object)?;
        if self.parent.is_none() && self.root.is_known() {
            self.root.collected = true;
            self.root.collect();
        }
        Ok(true)
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        &mut self.root.guard
    }
}

struct Component<'r, 'de> {
    root: &'r mut Root<'de>,
    /// Its place in the list of drafts, once others are inside it.
    number: Option<u32>,
    draft: Draft<'de>,
}

impl<'de> Component<'_, 'de> {
    fn finish<E: serde::de::Error>(self, is_object: bool) -> Result<(), E> {
        self.root.guard.memory(size_of::<Draft<'_>>())?;
        match (is_object, self.number) {
            (false, _) => return Err(failed()),
            (true, None) => self.root.drafts.push(self.draft),
            (true, Some(number)) => {
                *self.root.drafts.get_mut(number as usize).ok_or_else(failed)? = self.draft;
            }
        }
        Ok(())
    }

    /// Takes its place before those inside it.
    fn place<E: serde::de::Error>(&mut self) -> Result<u32, E> {
        let number = u32::try_from(self.root.drafts.len()).map_err(|_| failed())?;
        self.root.drafts.push(Draft::default());
        self.number = Some(number);
        Ok(number)
    }
}

impl<'de> Fields<'de> for Component<'_, 'de> {
    fn number(key: &str) -> Option<u32> {
        Some(match key {
            "type" => 0,
            "name" => 1,
            "version" => 2,
            "publisher" => 3,
            "purl" => 4,
            "cpe" => 5,
            "manufacturer" => 6,
            "supplier" => 7,
            "components" => 8,
            _ => return None,
        })
    }

    fn read<A: MapAccess<'de>>(&mut self, field: u32, map: &mut A, depth: usize) -> Result<(), A::Error> {
        let parent = if field == 8 { Some(self.place()?) } else { None };
        let draft = &mut self.draft;
        let place = match field {
            0 => &mut draft.kind,
            1 => &mut draft.name,
            2 => &mut draft.version,
            3 => &mut draft.publisher,
            4 => &mut draft.purl,
            5 => &mut draft.cpe,
            8 => {
                return map.next_value_seed(List(&mut Components { root: self.root, parent }, depth));
            }
            _ => {
                let mut organisation = Organisation { guard: &mut self.root.guard, name: Found::Nothing };
                map.next_value_seed(Object(&mut organisation, depth))?;
                let place = if field == 6 { &mut draft.manufacturer } else { &mut draft.supplier };
                *place = organisation.name;
                return Ok(());
            }
        };
        *place = map.next_value_seed(Text(&mut self.root.guard, depth))?;
        if field == 4 && matches!(place, Found::Other) { Err(failed()) } else { Ok(()) }
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        &mut self.root.guard
    }
}

struct Organisation<'g, 'de> {
    guard: &'g mut Guard<'de>,
    name: Found<'de>,
}

impl<'de> Fields<'de> for Organisation<'_, 'de> {
    fn number(key: &str) -> Option<u32> {
        (key == "name").then_some(0)
    }

    fn read<A: MapAccess<'de>>(&mut self, _: u32, map: &mut A, depth: usize) -> Result<(), A::Error> {
        self.name = map.next_value_seed(Text(self.guard, depth))?;
        Ok(())
    }

    fn guard(&mut self) -> &mut Guard<'de> {
        self.guard
    }
}

impl Draft<'_> {
    fn collect(&self, collector: &mut Collector, place: &Pointer<'_, '_>) {
        let vendor = self.manufacturer.text().or_else(|| self.supplier.text());
        let parts = Parts {
            kind: self.kind.text(),
            name: self.name.text(),
            version: self.version.text(),
            vendor: vendor.or_else(|| self.publisher.text()),
            purl: self.purl.text(),
            cpe: self.cpe.text(),
        };
        collect(collector, Place::Found(place), &parts);
    }
}

/// The JSON pointer of a draft.
struct Pointer<'p, 'de> {
    drafts: &'p [Draft<'de>],
    at: usize,
}

impl fmt::Display for Pointer<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(draft) = self.drafts.get(self.at) else { return Ok(()) };
        if let Some(parent) = draft.parent {
            Pointer { drafts: self.drafts, at: parent as usize }.fmt(f)?;
        }
        match draft.index {
            Some(index) => write!(f, "/components/{index}"),
            None => f.write_str("/metadata/component"),
        }
    }
}
