//! How far the reports of one document may outgrow it.
//!
//! A few bytes make a vulnerability, and a product id of one letter stands for names, so what is shared is
//! copied many times: without a bound, 1 MiB of text could ask for gigabytes.

use forewarn_exposure::{Affected, Bound, Identity, Range};
use serde_json::Value;

use crate::json::Problem;

/// Bytes that any document may ask for.
const FLOOR: usize = 16 << 20;
/// Bytes for each byte of text in the document; real documents ask for less than three.
const GROWTH: usize = 8;

/// Bytes that may still be copied.
pub(super) struct Copies {
    left: usize,
}

impl Copies {
    /// What a document of this much text may ask for.
    pub(super) fn of(value: &Value) -> Self {
        Self { left: text_bytes(value).saturating_mul(GROWTH).saturating_add(FLOOR) }
    }

    /// Counts a copy of so many bytes.
    pub(super) fn take(&mut self, place: &str, bytes: usize) -> Result<(), Problem> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            Problem::at(place, "from here on the reports would be far larger than the document")
        })?;
        Ok(())
    }

    /// Counts a copy of an affected product.
    pub(super) fn affected(&mut self, place: &str, affected: &Affected) -> Result<(), Problem> {
        self.take(place, size(affected))
    }
}

fn text_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(object) => object.values().map(text_bytes).sum(),
        _ => 0,
    }
}

fn size(affected: &Affected) -> usize {
    let identity = match &affected.identity {
        Identity::Package { name, .. } => name.len(),
        Identity::Product { vendor, product } => vendor.len() + product.len(),
    };
    let names = affected.names.as_ref().map_or(0, |names| {
        names.vendor.len() + names.product.len() + names.cpe.as_ref().map_or(0, String::len)
    });
    let end = |bound: &Bound| match bound {
        Bound::Included(text) | Bound::Excluded(text) => text.len(),
        Bound::Open => 0,
    };
    let ranges = affected.ranges.iter().map(|range| size_of::<Range>() + end(&range.from) + end(&range.to));
    let versions = affected.versions.iter().map(|version| size_of::<String>() + version.len());
    let doubts = affected.needs_person.as_ref().map_or(0, String::len);
    size_of::<Affected>() + identity + names + ranges.sum::<usize>() + versions.sum::<usize>() + doubts
}
