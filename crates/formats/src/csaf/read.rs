//! CSAF documents to reports.

use std::collections::HashSet;

use forewarn_core::finding::{Evidence, Report, Severity, SourceFormat};
use forewarn_exposure::Affected;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::copies::Copies;
use super::products::{Products, Tree};
use super::vulnerability_report;
use crate::json::{self, Problem, or_default, token};
use crate::words;

/// Most vulnerabilities of one document; what the document says is copied for each.
const VULNERABILITIES: usize = 5000;
/// Longest description taken from the document for a vulnerability without one, in characters.
const DESCRIPTION: usize = 8000;
/// Longest reference taken from the document, in bytes.
const URL: usize = 2000;
/// Most references taken from the document for each vulnerability.
const REFERENCES: usize = 20;

#[derive(Deserialize)]
struct Csaf {
    document: Document,
    #[serde(default, deserialize_with = "or_default")]
    product_tree: Tree,
    #[serde(default, deserialize_with = "or_default")]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Document {
    title: String,
    tracking: Tracking,
    #[serde(default, deserialize_with = "or_default")]
    notes: Vec<Note>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Tracking {
    id: String,
}

#[derive(Deserialize)]
struct Note {
    category: String,
    text: String,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    cve: Option<String>,
    cwe: Option<Cwe>,
    /// What CSAF 2.1 has in place of `cwe`.
    #[serde(default, deserialize_with = "or_default")]
    cwes: Vec<Cwe>,
    title: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    ids: Vec<Id>,
    #[serde(default, deserialize_with = "or_default")]
    notes: Vec<Note>,
    #[serde(default, deserialize_with = "or_default")]
    product_status: ProductStatus,
    #[serde(default, deserialize_with = "or_default")]
    remediations: Vec<Remediation>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    scores: Vec<Score>,
    /// What CSAF 2.1 has in place of `scores`.
    #[serde(default, deserialize_with = "or_default")]
    metrics: Vec<Metric>,
}

#[derive(Deserialize)]
struct Cwe {
    id: String,
}

#[derive(Deserialize)]
struct Id {
    text: String,
}

#[derive(Deserialize, Default)]
struct ProductStatus {
    #[serde(default, deserialize_with = "or_default")]
    known_affected: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    first_affected: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    last_affected: Vec<String>,
}

#[derive(Deserialize)]
struct Remediation {
    category: String,
    details: String,
}

#[derive(Deserialize, Default)]
struct Score {
    #[serde(default, deserialize_with = "or_default")]
    cvss_v2: Map<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    cvss_v3: Map<String, Value>,
    /// Of CSAF 2.1 only.
    #[serde(default, deserialize_with = "or_default")]
    cvss_v4: Map<String, Value>,
}

#[derive(Deserialize)]
struct Metric {
    #[serde(default, deserialize_with = "or_default")]
    content: Score,
}

/// What of CSAF is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// CSAF 2.0, every profile.
    #[default]
    V2_0,
    /// CSAF 2.0, and of CSAF 2.1 the profile `csaf_vulnerability_report`.
    V2_1,
}

impl Version {
    /// The version that somebody asks for by its number, `2.0` or `2.1`.
    #[must_use]
    pub fn named(number: &str) -> Option<Self> {
        match number {
            "2.0" => Some(Self::V2_0),
            "2.1" => Some(Self::V2_1),
            _ => None,
        }
    }
}

/// Reads one document: a report for each vulnerability, all with the document's tracking id.
///
/// `known_affected` products become [`Affected`], one for each product id. A product is a package when its
/// identification helper has a package URL, else vendor and product name of its branches or of a CPE name there, or
/// both where they differ; one with none of these cannot be matched and is left out. Version texts that are not understood are kept in
/// [`Affected::needs_person`], and so are products that are only named as the first or last one affected.
///
/// # Errors
/// A [`Problem`] when the document is not CSAF 2.0, refers to products that it does not define, or says the same
/// for so many vulnerabilities and products that its reports would be far larger than itself.
pub fn read(value: Value) -> Result<Vec<Report>, Problem> {
    read_as(value, Version::V2_0)
}

/// The same where more than CSAF 2.0 was asked for.
///
/// # Errors
/// As [`read`]; also a document of CSAF 2.1 that is no vulnerability report, or lacks what that profile requires.
pub fn read_as(value: Value, version: Version) -> Result<Vec<Report>, Problem> {
    match (value.pointer("/document/csaf_version").and_then(Value::as_str), version) {
        (Some("2.0"), _) => {}
        (Some("2.1"), Version::V2_1) => vulnerability_report::check(&value)?,
        (Some(other), _) => {
            let mut message = format!("CSAF 2.0 is read here, not {}", token(other));
            if other == "2.1" {
                message.push_str("; its vulnerability reports are read when CSAF 2.1 is asked for");
            }
            return Err(Problem::at("/document/csaf_version", message));
        }
        (None, _) => return Err(Problem::at("/document/csaf_version", "expected \"2.0\"")),
    }
    if value.get("vulnerabilities").and_then(Value::as_array).is_some_and(|list| list.len() > VULNERABILITIES)
    {
        let message = format!("at most {VULNERABILITIES} vulnerabilities are read from one document");
        return Err(Problem::at("/vulnerabilities", message));
    }
    let mut copies = Copies::of(&value);
    let Csaf { document, product_tree, vulnerabilities } = json::decode(value)?;
    let id = document.tracking.id.trim();
    if id.is_empty() || id.len() > words::ID {
        return Err(Problem::at("/document/tracking/id", format!("an id has 1 to {} bytes", words::ID)));
    }
    let products = product_tree.resolve(&mut copies)?;
    let shared = Shared::of(&document);
    let mut reports = Vec::with_capacity(vulnerabilities.len());
    for (index, one) in vulnerabilities.into_iter().enumerate() {
        let place = format!("/vulnerabilities/{index}");
        copies.take(&place, shared.size())?;
        let affected = affected(&products, &mut copies, &place, &one.product_status)?;
        reports.push(report(&shared, affected, one, place));
    }
    Ok(reports)
}

/// What the document says for all its vulnerabilities.
struct Shared<'d> {
    id: &'d str,
    title: &'d str,
    description: String,
    references: Vec<String>,
}

impl<'d> Shared<'d> {
    fn of(document: &'d Document) -> Self {
        let references = document.references.iter().map(|reference| &reference.url);
        Self {
            id: document.tracking.id.trim(),
            title: document.title.trim(),
            description: words::bounded(&texts(&document.notes), DESCRIPTION),
            references: references.filter(|url| url.len() <= URL).take(REFERENCES).cloned().collect(),
        }
    }

    /// Bytes of a report that says nothing of its own.
    fn size(&self) -> usize {
        let references: usize = self.references.iter().map(|url| size_of::<String>() + url.len()).sum();
        size_of::<Report>() + self.id.len() + words::TITLE + self.description.len() + references
    }
}

fn report(
    shared: &Shared<'_>,
    affected: Vec<Affected>,
    vulnerability: Vulnerability,
    place: String,
) -> Report {
    let mut aliases: Vec<String> = vulnerability.cve.iter().cloned().collect();
    aliases.extend(vulnerability.ids.into_iter().map(|id| id.text));
    aliases.retain(|alias| *alias != shared.id);
    words::distinct(&mut aliases);
    let title = match (&vulnerability.title, &vulnerability.cve) {
        (Some(title), _) if !title.trim().is_empty() => words::title(&[title]),
        (_, Some(cve)) => words::title(&[&format!("{}: {cve}", words::bounded(shared.title, words::TITLE))]),
        _ => words::title(&[shared.title, shared.id]),
    };
    let weaknesses = vulnerability.cwe.into_iter().chain(vulnerability.cwes).map(|cwe| cwe.id);
    let mut weaknesses: Vec<String> = weaknesses.filter(|id| words::is_weakness(id)).collect();
    words::distinct(&mut weaknesses);
    let scores =
        vulnerability.scores.iter().chain(vulnerability.metrics.iter().map(|metric| &metric.content));
    let severity = severity(scores);
    let own = texts(&vulnerability.notes);
    let mut references: Vec<String> = vulnerability.references.into_iter().map(|one| one.url).collect();
    references.extend(shared.references.iter().cloned());
    words::distinct(&mut references);
    Report {
        source: SourceFormat::Csaf,
        external_id: Some(shared.id.to_owned()),
        aliases,
        title,
        description: if own.is_empty() { shared.description.clone() } else { own },
        weaknesses,
        affected,
        severity,
        references,
        location: None,
        code: Evidence::default(),
        evidence: None,
        reproducer: None,
        mitigation: mitigation(vulnerability.remediations),
        provenance: None,
        commitment: None,
        withdrawn: false,
        source_pointer: Some(place),
    }
}

fn affected(
    products: &Products,
    copies: &mut Copies,
    place: &str,
    status: &ProductStatus,
) -> Result<Vec<Affected>, Problem> {
    let mut seen = HashSet::new();
    let mut affected = Vec::new();
    let groups = [
        ("known_affected", &status.known_affected, None),
        ("first_affected", &status.first_affected, Some("is the first version affected")),
        ("last_affected", &status.last_affected, Some("is the last version affected")),
    ];
    for (group, ids, remark) in groups {
        for (index, id) in ids.iter().enumerate() {
            let Some(product) = products.get(id) else {
                let place = format!("{place}/product_status/{group}/{index}");
                return Err(Problem::at(place, "refers to a product that is not in the product tree"));
            };
            if !seen.insert(id) {
                continue;
            }
            for product in product {
                copies.affected(place, product)?;
                let mut product = product.clone();
                if let Some(remark) = remark {
                    let doubts = product.needs_person.into_iter().chain([remark.to_owned()]).collect();
                    product.needs_person = words::joined(doubts, "; ");
                }
                affected.push(product);
            }
        }
    }
    words::distinct(&mut affected);
    Ok(affected)
}

/// The notes that describe, one paragraph each.
fn texts(notes: &[Note]) -> String {
    let telling =
        |note: &&Note| matches!(note.category.as_str(), "description" | "summary" | "details" | "general");
    let texts: Vec<&str> = notes.iter().filter(telling).map(|note| note.text.trim()).collect();
    texts.join("\n\n")
}

fn severity<'s>(scores: impl Iterator<Item = &'s Score>) -> Vec<Severity> {
    let mut found = Vec::new();
    for score in scores {
        let kinds = [("CVSS_V4", &score.cvss_v4), ("CVSS_V3", &score.cvss_v3), ("CVSS_V2", &score.cvss_v2)];
        for (scheme, vector) in kinds {
            if let Some(vector) = vector.get("vectorString").and_then(Value::as_str) {
                found.push(Severity { scheme: scheme.to_owned(), score: vector.to_owned() });
            }
        }
    }
    words::distinct(&mut found);
    found
}

/// What to do, one line for each remediation: `vendor_fix: Update to V2.9.7`.
fn mitigation(remediations: Vec<Remediation>) -> Option<String> {
    let lines = remediations.into_iter().filter(|remediation| !remediation.details.trim().is_empty());
    words::joined(lines.map(|one| format!("{}: {}", one.category, one.details.trim())).collect(), "\n")
}
