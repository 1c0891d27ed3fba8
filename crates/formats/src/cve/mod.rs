//! CVE records, format 5.x (<https://cveproject.github.io/cve-schema/>).
//!
//! What the numbering authority says (`containers.cna`) is the report; what others add (`containers.adp`) adds
//! weaknesses, severities and references. Only the fields that Forewarn uses are read; the rest may be anything.

mod affected;

use std::collections::BTreeMap;

use forewarn_core::finding::{Evidence, Location, Report, Severity, SourceFormat};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json::{self, Problem, or_default, token};
use crate::words;
use affected::Product;

/// Most products of one record, and most of any other list.
const MANY: usize = 1000;
/// Longest description, in characters.
const TEXT: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    data_version: String,
    cve_metadata: Metadata,
    containers: Containers,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    cve_id: String,
    state: String,
}

#[derive(Deserialize)]
struct Containers {
    cna: Container,
    #[serde(default, deserialize_with = "or_default")]
    adp: Vec<Container>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(default, deserialize_with = "or_default")]
    title: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    descriptions: Vec<Text>,
    #[serde(default, deserialize_with = "or_default")]
    affected: Vec<Product>,
    #[serde(default, deserialize_with = "or_default")]
    problem_types: Vec<ProblemType>,
    #[serde(default, deserialize_with = "or_default")]
    metrics: Vec<Map<String, Value>>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    workarounds: Vec<Text>,
    #[serde(default, deserialize_with = "or_default")]
    solutions: Vec<Text>,
    #[serde(default, deserialize_with = "or_default")]
    source: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default, deserialize_with = "or_default")]
    lang: String,
    value: String,
}

#[derive(Deserialize)]
struct ProblemType {
    #[serde(default, deserialize_with = "or_default")]
    descriptions: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    #[serde(default, deserialize_with = "or_default")]
    cwe_id: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

/// Reads one record. A rejected one becomes a withdrawn report.
///
/// # Errors
/// A [`Problem`] when the record does not have the shape of format 5.x.
pub fn read(value: Value) -> Result<Report, Problem> {
    match value.get("dataVersion").and_then(Value::as_str) {
        Some(version) if version.split('.').next() == Some("5") => {}
        Some(other) => {
            let message = format!("CVE record format 5.x is read here, not {}", token(other));
            return Err(Problem::at("/dataVersion", message));
        }
        None => return Err(Problem::at("/dataVersion", "expected a version such as \"5.1\"")),
    }
    let record: Record = json::decode(value)?;
    debug_assert!(record.data_version.starts_with('5'));
    let id = record.cve_metadata.cve_id.trim().to_owned();
    if !is_id(&id) {
        return Err(Problem::at("/cveMetadata/cveId", "expected an id such as CVE-2026-12345"));
    }
    let withdrawn = match record.cve_metadata.state.as_str() {
        "PUBLISHED" => false,
        "REJECTED" => true,
        _ => return Err(Problem::at("/cveMetadata/state", "expected PUBLISHED or REJECTED")),
    };
    let cna = record.containers.cna;
    if cna.affected.len() > MANY {
        return Err(Problem::at("/containers/cna/affected", format!("at most {MANY} entries are allowed")));
    }
    Ok(report(id, cna, &record.containers.adp, withdrawn))
}

fn report(id: String, cna: Container, adp: &[Container], withdrawn: bool) -> Report {
    let all = || std::iter::once(&cna).chain(adp);
    let description = words::bounded(&english(&cna.descriptions), TEXT);
    let (location, locations) = places(&cna.affected);
    let mitigation = [english(&cna.workarounds), english(&cna.solutions)];
    let mitigation = mitigation.into_iter().filter(|text| !text.is_empty()).collect();
    let references = all().flat_map(|one| &one.references).map(|one| one.url.clone());
    let mut references: Vec<String> = references.filter(|url| url.len() <= 2000).take(MANY).collect();
    words::distinct(&mut references);
    let title = words::title(&[cna.title.as_deref().unwrap_or_default(), &description, &id]);
    Report {
        source: SourceFormat::Cve,
        aliases: aliases(&cna.source, &id),
        external_id: Some(id),
        title,
        description,
        weaknesses: weaknesses(all()),
        affected: affected::read(&cna.affected),
        severity: severity(all()),
        references,
        location,
        code: Evidence { locations, trace: None, patch: None },
        evidence: None,
        reproducer: None,
        mitigation: words::joined(mitigation, "\n\n"),
        provenance: None,
        commitment: None,
        withdrawn,
        source_pointer: None,
    }
}

fn is_id(text: &str) -> bool {
    let Some((year, number)) = text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    year.len() == 4 && (4..=19).contains(&number.len()) && digits(year) && digits(number)
}

/// The English texts, or all of them where none is English.
fn english(texts: &[Text]) -> String {
    let is_english = |text: &&Text| text.lang.to_ascii_lowercase().starts_with("en");
    let mut chosen: Vec<&str> = texts.iter().filter(is_english).map(|text| text.value.trim()).collect();
    if chosen.is_empty() {
        chosen = texts.iter().map(|text| text.value.trim()).collect();
    }
    chosen.retain(|text| !text.is_empty());
    words::distinct(&mut chosen);
    chosen.join("\n\n")
}

/// Where the authority gives its own advisory's id, it is one more name of this vulnerability.
fn aliases(source: &BTreeMap<String, Value>, id: &str) -> Vec<String> {
    let given = match source.get("advisory") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let usable = |one: &&str| *one != id && (1..=words::ID).contains(&one.trim().len());
    let mut found: Vec<String> = given.into_iter().filter(usable).take(100).map(str::to_owned).collect();
    words::distinct(&mut found);
    found
}

fn weaknesses<'c>(containers: impl Iterator<Item = &'c Container>) -> Vec<String> {
    let kinds = containers.flat_map(|one| &one.problem_types).flat_map(|one| &one.descriptions);
    let mut found: Vec<String> = kinds.filter_map(|one| one.cwe_id.clone()).collect();
    found.retain(|id| words::is_weakness(id));
    words::distinct(&mut found);
    found.truncate(100);
    found
}

fn severity<'c>(containers: impl Iterator<Item = &'c Container>) -> Vec<Severity> {
    const SCHEMES: [(&str, &str); 4] =
        [("cvssV4_0", "CVSS_V4"), ("cvssV3_1", "CVSS_V3"), ("cvssV3_0", "CVSS_V3"), ("cvssV2_0", "CVSS_V2")];
    let mut found = Vec::new();
    for metric in containers.flat_map(|one| &one.metrics) {
        for (field, scheme) in SCHEMES {
            let vector = metric.get(field).and_then(|one| one.get("vectorString")).and_then(Value::as_str);
            found.extend(vector.map(|vector| Severity {
                scheme: scheme.to_owned(),
                score: words::bounded(vector, words::TITLE),
            }));
        }
    }
    words::distinct(&mut found);
    found.truncate(100);
    found
}

/// Files and functions the record names; a function stands at a file only when there is one of each.
fn places(products: &[Product]) -> (Option<Location>, Vec<Location>) {
    let mut found = Vec::new();
    for product in products {
        let files: Vec<&String> = product.program_files.iter().take(100).collect();
        let functions: Vec<&str> =
            product.program_routines.iter().map(|one| one.name.as_str()).take(100).collect();
        let one = |file: &str, function: Option<&str>| Location {
            file: words::title(&[file]),
            function: function.map(|name| words::title(&[name])),
            line: None,
        };
        match (&files[..], &functions[..]) {
            ([file], [function]) => found.push(one(file, Some(function))),
            _ => found.extend(files.iter().map(|file| one(file, None))),
        }
    }
    found.retain(|place| !place.file.is_empty());
    words::distinct(&mut found);
    found.truncate(100);
    let mut found = found.into_iter();
    (found.next(), found.collect())
}
