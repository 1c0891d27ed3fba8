//! Real OSV records and a real inventory through the real binary: who is notified is compared with an oracle that
//! reads the records itself and knows nothing of the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Service, shared};

/// Records that name a package of the inventory.
const RECORDS: usize = 24;
/// Operators among which the inventory is divided.
const OPERATORS: usize = 5;

/// A version of plain numbers, which the oracle can order by itself.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let parts: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    let mut parts = parts?;
    while parts.last() == Some(&0) {
        parts.pop();
    }
    Some(parts)
}

fn folded(name: &str) -> String {
    let dashed: String =
        name.to_lowercase().chars().map(|c| if "-_.".contains(c) { '-' } else { c }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Whether a record affects a version, from the OSV schema's own words: a listed version, or one at or after
/// `introduced` and before `fixed` (up to `last_affected`). `None` where a bound is not of plain numbers.
fn affects(affected: &Value, version: &str) -> Option<bool> {
    let listed = affected["versions"].as_array().into_iter().flatten();
    if listed.clone().any(|one| one.as_str() == Some(version)) {
        return Some(true);
    }
    // A listed version in another spelling (1.0 for 1.0.0) is the same version.
    let wanted = numbers(version)?;
    if listed.filter_map(|one| numbers(one.as_str()?)).any(|one| one == wanted) {
        return Some(true);
    }
    let mut inside = false;
    for range in affected["ranges"].as_array().into_iter().flatten() {
        if range["type"] == "GIT" {
            continue;
        }
        let mut from: Option<Vec<u64>> = None;
        for event in range["events"].as_array().unwrap() {
            let bound = |kind: &str| event[kind].as_str().map(numbers);
            if let Some(found) = bound("introduced") {
                from = Some(found?);
            } else if let Some(found) = bound("fixed") {
                let to = found?;
                inside |= from.take().is_some_and(|from| from <= wanted && wanted < to);
            } else if let Some(found) = bound("last_affected") {
                let to = found?;
                inside |= from.take().is_some_and(|from| from <= wanted && wanted <= to);
            }
        }
        inside |= from.is_some_and(|from| from <= wanted);
    }
    Some(inside)
}

/// Each operator's part of the real inventory, only versions the oracle can order.
fn parts(sbom: &Value) -> Vec<BTreeMap<String, String>> {
    let mut parts = vec![BTreeMap::new(); OPERATORS];
    for (position, component) in sbom["components"].as_array().unwrap().iter().enumerate() {
        let (name, version) = (component["name"].as_str().unwrap(), component["version"].as_str().unwrap());
        if numbers(version).is_some() {
            // Not evenly: the first operators run more.
            let part = (position * position) % OPERATORS;
            parts[part].insert(folded(name), version.to_owned());
        }
    }
    parts
}

/// The operators that a record affects; `None` where the oracle cannot say.
fn expected(record: &Value, parts: &[BTreeMap<String, String>]) -> Option<BTreeSet<usize>> {
    let mut hit = BTreeSet::new();
    for affected in record["affected"].as_array()? {
        let name = folded(affected["package"]["name"].as_str()?);
        for (operator, part) in parts.iter().enumerate() {
            if let Some(version) = part.get(&name)
                && affects(affected, version)?
            {
                hit.insert(operator);
            }
        }
    }
    Some(hit)
}

/// Records to submit with what the oracle says of each.
fn records(folder: &Path, parts: &[BTreeMap<String, String>]) -> Vec<(String, Value, BTreeSet<usize>)> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut chosen: Vec<(String, Value, BTreeSet<usize>)> = Vec::new();
    let mut misses = 0;
    let mut seen = BTreeSet::new();
    for file in files.iter().rev() {
        let record: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        if !record["withdrawn"].is_null() {
            continue;
        }
        // Records of one vulnerability would be one case.
        let ids = record["aliases"].as_array().into_iter().flatten().chain([&record["id"]]);
        let ids: Vec<String> = ids.map(|id| id.as_str().unwrap().to_owned()).collect();
        let Some(hit) = expected(&record, parts) else { continue };
        if ids.iter().any(|id| seen.contains(id)) || (hit.is_empty() && misses >= RECORDS / 4) {
            continue;
        }
        misses += usize::from(hit.is_empty());
        seen.extend(ids);
        chosen.push((record["id"].as_str().unwrap().to_owned(), record, hit));
        if chosen.len() == RECORDS {
            break;
        }
    }
    chosen
}

/// Takes a finding all the way to its notices, and gives the number of its case.
fn share(service: &Service, ada: &str, ben: &str, finding: &str, draft: &str) -> String {
    let opened = service.said(ada, &["case", "open", finding]);
    let (case, number) = opened.split_once("  ").unwrap();
    let act = |who: &str, act: &[&str]| service.said(who, &[&["case", "act", case], act].concat());
    act(ada, &["validate", "confirmed", "--method", "read the record", "--evidence", "the record"]);
    act(ada, &["terms", "--days", "30"]);
    act(ada, &["draft", draft]);
    let proposed = act(ada, &["propose-wave", "mitigation", "--without-vendor", "the record is public"]);
    let wave = proposed.lines().find_map(|line| line.strip_prefix("wave ")).unwrap().to_owned();
    act(ben, &["approve-wave", &wave]);
    number.to_owned()
}

#[test]
fn who_is_notified_is_who_the_oracle_says() {
    let (Some(osv), Some(sbom)) = (shared("osv/pypa"), shared("sbom/generated-pypi-5000.cdx.json")) else {
        return;
    };
    let parts = parts(&serde_json::from_slice(&fs::read(sbom).unwrap()).unwrap());
    let records = records(&osv, &parts);
    assert_eq!(records.len(), RECORDS, "the data has too few records for this test");
    let reached: usize = records.iter().map(|(_, _, hit)| hit.len()).sum();
    assert!(reached > RECORDS, "the oracle expects only {reached} notices, which shows little");

    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(&folder.path().join("data"));
    let (centre, ada) = service.enrol("Centre", "coordinator", None);
    let ben = service.person(&centre, "Ben");
    let (_, finder) = service.enrol("Finder", "finder", None);
    let mut operators = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let (_, token) = service.enrol(&format!("Operator {number}"), "operator", Some("energy"));
        let components: Vec<Value> = part
            .iter()
            .map(|(name, version)| {
                json!({ "type": "library", "name": name, "version": version,
                "purl": format!("pkg:pypi/{name}@{version}") })
            })
            .collect();
        let file = folder.path().join(format!("{number}.cdx.json"));
        let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": components });
        fs::write(&file, bom.to_string()).unwrap();
        service.said(&token, &["inventory", "push", file.to_str().unwrap()]);
        operators.push(token);
    }

    let batch = folder.path().join("records");
    fs::create_dir(&batch).unwrap();
    for (id, record, _) in &records {
        // As a person would keep it: over many lines.
        fs::write(batch.join(format!("{id}.json")), format!("{record:#}")).unwrap();
    }
    let results = service.said(&finder, &["submit", "--json", batch.to_str().unwrap()]);
    let draft = folder.path().join("draft.json");
    fs::write(&draft, r#"{"title":"Advisory","mitigation":"Update","detail":"See the record"}"#).unwrap();
    let mut numbers = BTreeMap::new();
    for line in results.lines() {
        let result: Value = serde_json::from_str(line).unwrap();
        assert_eq!(result["result"], "accepted", "{result}");
        let id =
            Path::new(result["file"].as_str().unwrap()).file_stem().unwrap().to_str().unwrap().to_owned();
        let number =
            share(&service, &ada, &ben, result["finding"].as_str().unwrap(), draft.to_str().unwrap());
        numbers.insert(id, number);
    }
    assert_eq!(numbers.len(), RECORDS);

    for (operator, token) in operators.iter().enumerate() {
        let notices = service.said(token, &["notices", "list", "--json"]);
        let found: BTreeSet<String> = notices
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["number"].as_str().unwrap().to_owned())
            .collect();
        let wanted: BTreeSet<String> = records
            .iter()
            .filter(|(_, _, hit)| hit.contains(&operator))
            .map(|(id, _, _)| numbers[id].clone())
            .collect();
        assert_eq!(found, wanted, "operator {operator}");
    }
    println!("{RECORDS} records, {OPERATORS} operators, {reached} notices: as the oracle says");
}
