//! OSV records, schema 1.x (<https://ossf.github.io/osv-schema/>).
//!
//! Only the fields that Forewarn uses are read; the rest may be anything. Records without `schema_version` are
//! taken for 1.0, as the schema says.

use forewarn_core::finding::{Evidence, Report, Severity, SourceFormat};
use forewarn_exposure::osv::{OsvEvent, ranges_from_events};
use forewarn_exposure::{Affected, Ecosystem, Identity};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json::{self, Problem, or_default, pointer, token};
use crate::words;

#[derive(Deserialize)]
struct Record {
    id: String,
    schema_version: Option<String>,
    withdrawn: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    summary: String,
    #[serde(default, deserialize_with = "or_default")]
    details: String,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<Score>,
    #[serde(default, deserialize_with = "or_default")]
    affected: Vec<Entry>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: Map<String, Value>,
}

#[derive(Deserialize)]
struct Score {
    #[serde(rename = "type")]
    scheme: String,
    score: String,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

#[derive(Deserialize)]
struct Entry {
    package: Option<Package>,
    #[serde(default, deserialize_with = "or_default")]
    ranges: Vec<EventRange>,
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<Score>,
    #[serde(default, deserialize_with = "or_default")]
    database_specific: Map<String, Value>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct EventRange {
    #[serde(rename = "type")]
    kind: RangeKind,
    #[serde(default, deserialize_with = "or_default")]
    repo: String,
    events: Vec<Event>,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum RangeKind {
    Semver,
    Ecosystem,
    Git,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Introduced(String),
    Fixed(String),
    LastAffected(String),
    Limit(String),
}

/// Reads one OSV record.
///
/// Each `affected` entry that names a package becomes one [`Affected`], in order and unmerged. An entry with
/// commit ranges only, without versions, or whose ranges cannot be ordered says so in
/// [`Affected::needs_person`]. An entry without a package is about the repositories of its commit ranges, as far as
/// there are package URLs of them; one without those cannot be matched with anything and is left out.
///
/// # Errors
/// A [`Problem`] when the record does not have the shape of OSV 1.x, or names an ecosystem OSV does not know.
pub fn read(value: Value) -> Result<Report, Problem> {
    let record: Record = json::decode(value)?;
    check_version(record.schema_version.as_deref())?;
    if record.id.trim().is_empty() || record.id.len() > words::ID {
        return Err(Problem::at("/id", format!("an id has 1 to {} bytes", words::ID)));
    }
    let mut weaknesses = words::weaknesses_in(&record.database_specific, "cwe_ids");
    let mut severity: Vec<Severity> = record.severity.into_iter().map(Score::into_severity).collect();
    let mut affected = Vec::with_capacity(record.affected.len());
    for (index, mut entry) in record.affected.into_iter().enumerate() {
        severity.extend(entry.severity.drain(..).map(Score::into_severity));
        weaknesses.extend(words::weaknesses_in(&entry.database_specific, "cwe_ids"));
        match entry.package.take() {
            Some(package) => {
                let identity = identify(&package, &format!("/affected/{index}/package"))?;
                affected.push(entry.into_affected(identity));
            }
            None => affected.extend(entry.of_repositories()),
        }
    }
    words::distinct(&mut severity);
    words::distinct(&mut weaknesses);
    let mut aliases = record.aliases;
    aliases.retain(|alias| *alias != record.id);
    words::distinct(&mut aliases);
    let title = words::title(&[&record.summary, &record.details, &record.id]);
    Ok(Report {
        source: SourceFormat::Osv,
        external_id: Some(record.id),
        aliases,
        title,
        description: if record.details.is_empty() { record.summary } else { record.details },
        weaknesses,
        affected,
        severity,
        references: record.references.into_iter().map(|reference| reference.url).collect(),
        location: None,
        code: Evidence::default(),
        evidence: None,
        reproducer: None,
        mitigation: None,
        provenance: None,
        commitment: None,
        withdrawn: record.withdrawn.is_some(),
        source_pointer: None,
    })
}

fn check_version(version: Option<&str>) -> Result<(), Problem> {
    match version {
        None => Ok(()),
        Some(version) if version.split('.').next() == Some("1") => Ok(()),
        Some(version) => {
            let message = format!("OSV schema version 1.x is read, not {}", token(version));
            Err(Problem::at("/schema_version", message))
        }
    }
}

fn identify(package: &Package, place: &str) -> Result<Identity, Problem> {
    let ecosystem: Ecosystem = package.ecosystem.parse().map_err(|_| {
        Problem::at(pointer(place, "ecosystem"), "neither an ecosystem of OSV nor a package URL type")
    })?;
    if package.name.trim().is_empty() {
        return Err(Problem::at(pointer(place, "name"), "a package has a name"));
    }
    Ok(Identity::package(ecosystem, &package.name))
}

/// Nobody can tell from a version whether a commit is in it.
const COMMITS_ONLY: &str = "affected versions are given as commits only";

/// A repository on a site whose repositories have package URLs.
fn repository(url: &str) -> Option<Identity> {
    let (_, rest) = url.split_once("://")?;
    let (site, path) = rest.split_once('/')?;
    let ty = match site {
        "github.com" => "github",
        "bitbucket.org" => "bitbucket",
        _ => return None,
    };
    let path = path.trim_end_matches('/');
    let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let url = (plain(owner) && plain(name)).then(|| format!("pkg:{ty}/{owner}/{name}"))?;
    Identity::from_purl(&url).ok().map(|(identity, _)| identity)
}

impl Score {
    fn into_severity(self) -> Severity {
        Severity { scheme: self.scheme, score: self.score }
    }
}

impl Event {
    fn into_osv(self) -> OsvEvent {
        match self {
            Self::Introduced(version) => OsvEvent::Introduced(version),
            Self::Fixed(version) => OsvEvent::Fixed(version),
            Self::LastAffected(version) => OsvEvent::LastAffected(version),
            Self::Limit(version) => OsvEvent::Limit(version),
        }
    }
}

impl Entry {
    /// The repositories of commit ranges, each of which a person must look at.
    fn of_repositories(&self) -> Vec<Affected> {
        let mut found: Vec<Affected> = Vec::new();
        for range in self.ranges.iter().filter(|range| range.kind == RangeKind::Git) {
            let Some(identity) = repository(&range.repo) else { continue };
            if !found.iter().any(|known| known.identity == identity) {
                found.push(Affected {
                    identity,
                    names: None,
                    ranges: vec![],
                    versions: self.versions.clone(),
                    needs_person: Some(COMMITS_ONLY.to_owned()),
                });
            }
        }
        found
    }

    fn into_affected(self, identity: Identity) -> Affected {
        let mut ranges = Vec::new();
        let mut doubts = Vec::new();
        let (commits, ordered): (Vec<_>, Vec<_>) =
            self.ranges.into_iter().partition(|range| range.kind == RangeKind::Git);
        if !commits.is_empty() && ordered.is_empty() && self.versions.is_empty() {
            doubts.push(COMMITS_ONLY.to_owned());
        } else if commits.is_empty() && ordered.is_empty() && self.versions.is_empty() {
            doubts.push("affected versions are not given".to_owned());
        }
        for range in ordered {
            let events: Vec<OsvEvent> = range.events.into_iter().map(Event::into_osv).collect();
            match identity.scheme() {
                None if !self.versions.is_empty() => {}
                None => doubts.push("versions of this ecosystem cannot be ordered yet".to_owned()),
                Some(scheme) => match ranges_from_events(scheme, &events) {
                    Ok(found) => ranges.extend(found),
                    Err(problem) => doubts.push(words::bounded(&problem.to_string(), words::DOUBT)),
                },
            }
        }
        Affected {
            identity,
            names: None,
            ranges,
            versions: self.versions,
            needs_person: words::joined(doubts, "; "),
        }
    }
}
