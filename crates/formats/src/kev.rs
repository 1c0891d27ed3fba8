//! CISA's catalogue of Known Exploited Vulnerabilities (KEV), its JSON form.
//!
//! The form is that of `known_exploited_vulnerabilities.json` with its schema, both published by CISA. Read are the
//! catalogue's version and date, and of each entry the CVE id, the date it was added, and whether it is known in
//! ransomware campaigns; every other field is ignored.

use std::collections::HashMap;

use forewarn_core::catalogue::{CveId, Entries, Kev};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::json::{self, Limits, Problem, pointer};

/// Most entries; the catalogue of 2026 has about 1,500.
const MOST: usize = 100_000;

/// A catalogue file as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueFile {
    /// The edition's own name.
    pub version: String,
    /// The edition's own date.
    pub dated: Timestamp,
    /// Entries by CVE id.
    pub entries: Entries,
}

/// 16 MiB, 8 deep, a million values.
fn limits() -> Limits {
    Limits { bytes: 16 << 20, depth: 8, nodes: 1_000_000 }
}

/// Reads the catalogue.
///
/// # Errors
/// A [`Problem`] with the JSON pointer: no catalogue, an entry without id or date, an id twice, or a count that is not
/// the number of entries (a file that was cut).
pub fn read(bytes: &[u8]) -> Result<CatalogueFile, Problem> {
    let document = json::parse(bytes, &limits())?;
    let root = object(&document, "")?;
    let version = text(root, "", "catalogVersion")?;
    let short = version.len() <= 100 && version.chars().all(|c| c.is_ascii_graphic());
    if !short {
        return Err(Problem::at("/catalogVersion", "must be at most 100 visible characters"));
    }
    let dated = text(root, "", "dateReleased")?.parse::<Timestamp>();
    let dated =
        dated.map_err(|_| Problem::at("/dateReleased", "must be a moment such as 2026-01-02T03:04:05Z"))?;
    let listed = root.get("vulnerabilities").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| Problem::at("/vulnerabilities", "must be a list"))?;
    if listed.len() > MOST {
        return Err(Problem::at("/vulnerabilities", "has more than 100,000 entries"));
    }
    let count = root.get("count").and_then(Value::as_u64);
    if count.is_some_and(|count| count != listed.len() as u64) {
        return Err(Problem::at("/count", "is not the number of entries; the file may have been cut"));
    }
    let mut entries = Vec::with_capacity(listed.len());
    let mut places: HashMap<CveId, usize> = HashMap::with_capacity(listed.len());
    for (number, value) in listed.iter().enumerate() {
        let place = format!("/vulnerabilities/{number}");
        let entry = entry(object(value, &place)?, &place)?;
        if let Some(first) = places.insert(entry.cve, number) {
            let message = format!("this id is at /vulnerabilities/{first} already");
            return Err(Problem::at(pointer(&place, "cveID"), message));
        }
        entries.push(entry);
    }
    entries.sort_unstable_by_key(|entry| entry.cve);
    Ok(CatalogueFile { version: version.to_owned(), dated, entries: Entries::Kev(entries) })
}

fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>, Problem> {
    value.as_object().ok_or_else(|| Problem::at(place, "must be an object"))
}

fn text<'v>(from: &'v Map<String, Value>, place: &str, key: &str) -> Result<&'v str, Problem> {
    let found = from.get(key).and_then(Value::as_str);
    found.ok_or_else(|| Problem::at(pointer(place, key), "must be a text"))
}

fn entry(from: &Map<String, Value>, place: &str) -> Result<Kev, Problem> {
    let cve = text(from, place, "cveID")?.parse::<CveId>();
    let cve =
        cve.map_err(|_| Problem::at(pointer(place, "cveID"), "must be a CVE id such as CVE-2026-12345"))?;
    let added = text(from, place, "dateAdded")?.parse::<Date>();
    let added =
        added.map_err(|_| Problem::at(pointer(place, "dateAdded"), "must be a date such as 2026-01-02"))?;
    let ransomware = from.get("knownRansomwareCampaignUse").and_then(Value::as_str) == Some("Known");
    Ok(Kev { cve, added, ransomware })
}
