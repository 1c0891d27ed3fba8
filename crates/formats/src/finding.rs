//! Forewarn's own finding document, `finding/1`.
//!
//! `schema/finding-1.schema.json` is its public description. This reader accepts what the schema accepts and
//! in addition checks what a schema cannot: the grammar of package URLs and version ranges.

use forewarn_core::finding::{Evidence, Location, Provenance, Report, Severity, SourceFormat};
use forewarn_exposure::{Affected, Identity, ProductNames, range};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::json::{self, Problem, token};
use crate::words;

/// What the field `forewarn` says in a finding of this version.
pub const FORMAT: &str = "finding/1";

/// The JSON Schema (draft 2020-12) of this format.
pub const SCHEMA: &str = include_str!("../schema/finding-1.schema.json");

/// Longest line of text (names, versions, ids, ranges), in characters.
const LINE: usize = 300;
/// Longest free text, in characters.
const TEXT: usize = 262_144;
/// Longest URL, in characters.
const URL: usize = 2000;
/// Longest list of affected packages, and of versions of one.
const MANY: usize = 1000;
/// Longest list of anything else.
const FEW: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    forewarn: String,
    id: Option<String>,
    title: String,
    description: String,
    affected: Vec<Entry>,
    #[serde(default)]
    weaknesses: Vec<String>,
    #[serde(default)]
    severity: Vec<Severity>,
    location: Option<Location>,
    code: Option<Code>,
    evidence: Option<String>,
    reproducer: Option<String>,
    mitigation: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    provenance: Option<Provenance>,
    commitment: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    #[serde(default)]
    locations: Vec<Location>,
    trace: Option<String>,
    patch: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default, deserialize_with = "given")]
    purl: Option<String>,
    #[serde(default, deserialize_with = "given")]
    vendor: Option<String>,
    #[serde(default, deserialize_with = "given")]
    product: Option<String>,
    #[serde(default)]
    ranges: Vec<String>,
    #[serde(default)]
    versions: Vec<String>,
}

/// A text that may be left out but not be `null`, because its presence decides what the entry is.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Reads one finding.
///
/// An affected entry is a package (`purl`) or a product (`vendor` and `product`). A version inside the package
/// URL counts as one of `versions`. An entry without any version is kept, for a person to decide.
///
/// # Errors
/// The first [`Problem`]: an unknown field, a missing one, a text that is too long, or one that is not what
/// its field asks for.
pub fn read(value: Value) -> Result<Report, Problem> {
    match value.get("forewarn").and_then(Value::as_str) {
        Some(FORMAT) => {}
        Some(other) => {
            return Err(Problem::at("/forewarn", format!("{FORMAT} is read here, not {}", token(other))));
        }
        None => return Err(Problem::at("/forewarn", format!("expected \"{FORMAT}\""))),
    }
    let document: Document = json::decode(value)?;
    check(&document)?;
    let affected = document.affected.into_iter().enumerate().map(|(index, entry)| entry.read(index));
    let affected = affected.collect::<Result<Vec<_>, _>>()?;
    Ok(Report {
        source: SourceFormat::Forewarn,
        external_id: document.id,
        aliases: document.aliases,
        title: document.title.trim().to_owned(),
        description: document.description,
        weaknesses: document.weaknesses,
        affected,
        severity: document.severity,
        references: document.references,
        location: document.location,
        code: document.code.map(Code::into_evidence).unwrap_or_default(),
        evidence: document.evidence,
        reproducer: document.reproducer,
        mitigation: document.mitigation,
        provenance: document.provenance,
        commitment: document.commitment,
        withdrawn: false,
        source_pointer: None,
    })
}

fn check(document: &Document) -> Result<(), Problem> {
    debug_assert_eq!(document.forewarn, FORMAT);
    line("/title", &document.title)?;
    text("/description", &document.description)?;
    if document.affected.is_empty() {
        return Err(Problem::at("/affected", "a finding names at least one affected package or product"));
    }
    count("/affected", document.affected.len(), MANY)?;
    let texts = [
        ("/evidence", &document.evidence),
        ("/reproducer", &document.reproducer),
        ("/mitigation", &document.mitigation),
    ];
    for (place, given) in texts {
        given.as_deref().map_or(Ok(()), |given| text(place, given))?;
    }
    optional_line("/id", document.id.as_deref())?;
    check_lists(document)?;
    check_origin(document)
}

fn check_lists(document: &Document) -> Result<(), Problem> {
    each("/aliases", &document.aliases, |place, alias| line(place, alias))?;
    each("/weaknesses", &document.weaknesses, |place, weakness| {
        ensure(words::is_weakness(weakness), place, "expected a weakness such as CWE-79")
    })?;
    each("/references", &document.references, |place, reference| {
        ensure(is_web_address(reference), place, "expected an http or https address")
    })?;
    each("/severity", &document.severity, |place, severity| {
        line(&format!("{place}/scheme"), &severity.scheme)?;
        line(&format!("{place}/score"), &severity.score)
    })
}

fn check_origin(document: &Document) -> Result<(), Problem> {
    document.location.iter().try_for_each(|location| place("/location", location))?;
    if let Some(code) = &document.code {
        each("/code/locations", &code.locations, place)?;
        code.trace.as_deref().map_or(Ok(()), |given| text("/code/trace", given))?;
        code.patch.as_deref().map_or(Ok(()), |given| text("/code/patch", given))?;
    }
    if let Some(provenance) = &document.provenance {
        line("/provenance/model", &provenance.model)?;
        optional_line("/provenance/version", provenance.version.as_deref())?;
        optional_line("/provenance/harness", provenance.harness.as_deref())?;
        optional_line("/provenance/run", provenance.run.as_deref())?;
    }
    let hash = document.commitment.as_deref();
    ensure(hash.is_none_or(is_hash), "/commitment", "expected a hash of 64, 96 or 128 lower-case hex digits")
}

fn place(at: &str, location: &Location) -> Result<(), Problem> {
    line(&format!("{at}/file"), &location.file)?;
    optional_line(&format!("{at}/function"), location.function.as_deref())?;
    ensure(location.line != Some(0), &format!("{at}/line"), "lines are counted from 1")
}

impl Code {
    fn into_evidence(self) -> Evidence {
        Evidence { locations: self.locations, trace: self.trace, patch: self.patch }
    }
}

impl Entry {
    fn read(self, index: usize) -> Result<Affected, Problem> {
        let place = format!("/affected/{index}");
        each(&format!("{place}/ranges"), &self.ranges, |place, range| line(place, range))?;
        count(&format!("{place}/versions"), self.versions.len(), MANY)?;
        for (index, version) in self.versions.iter().enumerate() {
            line(&format!("{place}/versions/{index}"), version)?;
        }
        let (identity, version) = self.identify(&place)?;
        let names = match (self.vendor, self.product) {
            (Some(vendor), Some(product)) => Some(ProductNames { vendor, product, cpe: None }),
            _ => None,
        };
        let mut versions = self.versions;
        versions.extend(version);
        words::distinct(&mut versions);
        let mut ranges = Vec::new();
        for (index, written) in self.ranges.iter().enumerate() {
            let place = format!("{place}/ranges/{index}");
            let found = range::from_text(written)
                .map_err(|_| Problem::at(place, "this range is not understood; write, say, >=1.0, <2.0"))?;
            ranges.extend(found);
        }
        let known = !ranges.is_empty() || !versions.is_empty();
        let needs_person = (!known).then(|| "affected versions are not given".to_owned());
        Ok(Affected { identity, names, ranges, versions, needs_person })
    }

    fn identify(&self, place: &str) -> Result<(Identity, Option<String>), Problem> {
        match (&self.purl, &self.vendor, &self.product) {
            (Some(purl), None, None) => {
                let place = format!("{place}/purl");
                line(&place, purl)?;
                Identity::from_purl(purl)
                    .map_err(|problem| Problem::at(place, words::package_url_rule(&problem)))
            }
            (None, Some(vendor), Some(product)) => {
                line(&format!("{place}/vendor"), vendor)?;
                line(&format!("{place}/product"), product)?;
                Ok((Identity::product(vendor, product), None))
            }
            _ => Err(Problem::at(place, "expected either purl, or vendor and product")),
        }
    }
}

fn ensure(holds: bool, place: &str, rule: &str) -> Result<(), Problem> {
    if holds { Ok(()) } else { Err(Problem::at(place, rule)) }
}

fn count(place: &str, given: usize, most: usize) -> Result<(), Problem> {
    ensure(given <= most, place, &format!("at most {most} entries are allowed"))
}

fn each<T>(place: &str, items: &[T], rule: impl Fn(&str, &T) -> Result<(), Problem>) -> Result<(), Problem> {
    count(place, items.len(), FEW)?;
    items.iter().enumerate().try_for_each(|(index, item)| rule(&format!("{place}/{index}"), item))
}

fn line(place: &str, given: impl AsRef<str>) -> Result<(), Problem> {
    let given = given.as_ref();
    ensure(!given.chars().any(is_control), place, "expected one line without control characters")?;
    ensure(has_ink(given), place, "must not be empty")?;
    ensure(given.chars().count() <= LINE, place, &format!("at most {LINE} characters are allowed"))
}

fn optional_line(place: &str, given: Option<&str>) -> Result<(), Problem> {
    given.map_or(Ok(()), |given| line(place, given))
}

fn text(place: &str, given: &str) -> Result<(), Problem> {
    ensure(has_ink(given), place, "must not be empty")?;
    ensure(given.chars().count() <= TEXT, place, &format!("at most {TEXT} characters are allowed"))
}

/// C0 controls and DEL: what the schema's pattern for a line leaves out.
fn is_control(c: char) -> bool {
    c < ' ' || c == '\u{7f}'
}

/// A byte order mark is blank to the schema's pattern, as it is to ECMAScript.
fn has_ink(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_control(c) && c != '\u{feff}')
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text.len() <= URL
        && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 64 | 96 | 128) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
