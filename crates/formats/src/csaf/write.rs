//! Advisories to CSAF 2.0 documents.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::advisory::{Advisory, Category, Publisher, Remedy, Status, Tlp, Vulnerability};
use super::leaves::{Leaves, Role};
use super::{revisions, shape};

/// Why an advisory cannot be written as a valid document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteProblem {
    /// CSAF 2.0 has no such label; share the document by other means or choose another label.
    #[error("CSAF 2.0 has no label for TLP:AMBER+STRICT")]
    AmberStrict,
    /// A text that the format requires is blank.
    #[error("{0} must not be blank")]
    Blank(&'static str),
    /// A text is not of the form that the format requires.
    #[error("{0}")]
    Form(&'static str),
    /// The history is not gapless, not in order of time, or does not fit the status.
    #[error("revision history: {0}")]
    Revisions(&'static str),
    /// There is nothing to say.
    #[error("an advisory is about at least one vulnerability")]
    NoVulnerability,
    /// A vulnerability, by its index, that affects nothing.
    #[error("vulnerability {0} names nothing that is affected")]
    NothingAffected(usize),
    /// A vulnerability whose CVE id is malformed or used twice.
    #[error("vulnerability {0}: the CVE id is malformed or used twice")]
    Cve(usize),
    /// A vulnerability whose weakness is not one of [`weakness_name`](super::weakness_name) with that name.
    #[error("vulnerability {0}: the weakness and its name are not in the CWE list that is known here")]
    Weakness(usize),
    /// A vulnerability whose CVSS vector is not 3.0 or 3.1 with all base metrics.
    #[error("vulnerability {0}: not a CVSS 3.0 or 3.1 vector")]
    Cvss(usize),
    /// A vulnerability with a fixed version of something that it does not list as affected.
    #[error("vulnerability {0}: a fixed version of an entry that is not there")]
    FixedOfNothing(usize),
    /// A vulnerability with a version that is said to be both affected and fixed.
    #[error("vulnerability {0}: a version is both affected and fixed")]
    AffectedAndFixed(usize),
}

/// Writes an advisory as a CSAF 2.0 document of the profile `csaf_security_advisory`.
///
/// Each range and each version of an [`Affected`](forewarn_exposure::Affected) is a product of its own: a
/// version range in VERS form (<https://github.com/package-url/vers-spec>) for packages, in plain words for
/// products. The same advisory always gives the same document.
///
/// # Errors
/// [`WriteProblem`] when the document would break the schema or a mandatory test of the standard (section 6.1).
pub fn write(advisory: &Advisory) -> Result<Value, WriteProblem> {
    require("the tracking id", &advisory.id)?;
    form(shape::is_line(&advisory.id), "the tracking id is one line")?;
    require("the title", &advisory.title)?;
    form(shape::is_language(&advisory.language), "the language is one such as en or pt-BR")?;
    if advisory.vulnerabilities.is_empty() {
        return Err(WriteProblem::NoVulnerability);
    }
    let mut leaves = Leaves::default();
    let mut vulnerabilities = Vec::with_capacity(advisory.vulnerabilities.len());
    let mut cves = Vec::new();
    for (index, one) in advisory.vulnerabilities.iter().enumerate() {
        if let Some(cve) = &one.cve {
            if !shape::is_cve(cve) || cves.contains(&cve) {
                return Err(WriteProblem::Cve(index));
            }
            cves.push(cve);
        }
        vulnerabilities.push(vulnerability(&mut leaves, index, one)?);
    }
    Ok(json!({
        "document": document(advisory)?,
        "product_tree": leaves.tree(),
        "vulnerabilities": vulnerabilities,
    }))
}

/// The file name that a document has at its publisher (section 5.1 of the standard).
#[must_use]
pub fn filename(id: &str) -> String {
    let mut name = String::with_capacity(id.len() + 5);
    for c in id.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '+' | '-' => name.push(c),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    name + ".json"
}

fn require(what: &'static str, text: &str) -> Result<(), WriteProblem> {
    if text.trim().is_empty() { Err(WriteProblem::Blank(what)) } else { Ok(()) }
}

fn form(holds: bool, rule: &'static str) -> Result<(), WriteProblem> {
    if holds { Ok(()) } else { Err(WriteProblem::Form(rule)) }
}

fn document(advisory: &Advisory) -> Result<Value, WriteProblem> {
    let revisions = revisions::checked(advisory)?;
    let version = revisions.last().map_or(0, |revision| revision.number);
    let history: Vec<Value> = revisions
        .iter()
        .map(|revision| {
            json!({
                "date": instant(revision.date),
                "number": revision.number.to_string(),
                "summary": revision.summary,
            })
        })
        .collect();
    Ok(json!({
        "category": "csaf_security_advisory",
        "csaf_version": "2.0",
        "distribution": { "tlp": { "label": label(advisory.tlp)? } },
        "lang": advisory.language,
        "publisher": publisher(&advisory.publisher)?,
        "title": advisory.title.trim(),
        "tracking": {
            "current_release_date": instant(advisory.current_release),
            "generator": { "engine": { "name": "Forewarn", "version": env!("CARGO_PKG_VERSION") } },
            "id": advisory.id.trim(),
            "initial_release_date": instant(advisory.initial_release),
            "revision_history": history,
            "status": match advisory.status {
                Status::Draft => "draft",
                Status::Interim => "interim",
                Status::Final => "final",
            },
            "version": version.to_string(),
        },
    }))
}

/// RFC 3339 in UTC, as the schema's `date-time` asks for.
fn instant(at: Timestamp) -> String {
    at.to_string()
}

fn label(tlp: Tlp) -> Result<&'static str, WriteProblem> {
    match tlp {
        Tlp::Clear => Ok("WHITE"),
        Tlp::Green => Ok("GREEN"),
        Tlp::Amber => Ok("AMBER"),
        Tlp::AmberStrict => Err(WriteProblem::AmberStrict),
        Tlp::Red => Ok("RED"),
    }
}

fn publisher(publisher: &Publisher) -> Result<Value, WriteProblem> {
    require("the publisher's name", &publisher.name)?;
    form(shape::is_address(&publisher.namespace), "the publisher's namespace is an http or https address")?;
    let category = match publisher.category {
        Category::Coordinator => "coordinator",
        Category::Discoverer => "discoverer",
        Category::Other => "other",
        Category::User => "user",
        Category::Vendor => "vendor",
    };
    let mut written =
        json!({ "category": category, "name": publisher.name, "namespace": publisher.namespace });
    if let Some(contact) = publisher.contact.as_deref().filter(|contact| !contact.trim().is_empty()) {
        written["contact_details"] = contact.into();
    }
    Ok(written)
}

fn vulnerability(leaves: &mut Leaves, index: usize, one: &Vulnerability) -> Result<Value, WriteProblem> {
    require("a vulnerability's description", &one.description)?;
    let status = leaves.status(index, one)?;
    let mut written = Map::new();
    let mut put = |field: &str, value: Value| written.insert(field.to_owned(), value);
    let mut notes = vec![json!({ "category": "description", "text": one.description })];
    notes.extend(one.affected.iter().filter_map(|affected| {
        let doubt = affected.needs_person.as_ref().filter(|text| !text.trim().is_empty())?;
        let text = format!("{}: {doubt}", affected.label());
        Some(json!({ "category": "details", "title": "Affected versions that a person must judge", "text": text }))
    }));
    put("notes", notes.into());
    if !one.title.trim().is_empty() {
        put("title", one.title.trim().into());
    }
    if let Some(cve) = &one.cve {
        put("cve", cve.as_str().into());
    }
    if let Some(cwe) = &one.cwe {
        if super::weakness_name(&cwe.id) != Some(cwe.name.as_str()) {
            return Err(WriteProblem::Weakness(index));
        }
        put("cwe", json!({ "id": cwe.id, "name": cwe.name }));
    }
    let affected = status.ids(Role::KnownAffected);
    if let Some(vector) = &one.cvss3 {
        let cvss = super::score::cvss3(vector).ok_or(WriteProblem::Cvss(index))?;
        put("scores", json!([{ "cvss_v3": cvss, "products": affected }]));
    }
    list(&mut put, "remediations", &one.remediation, |remediation| {
        require("a remediation", &remediation.details)?;
        let category = match remediation.remedy {
            Remedy::Mitigation => "mitigation",
            Remedy::NoFixPlanned => "no_fix_planned",
            Remedy::NoneAvailable => "none_available",
            Remedy::VendorFix => "vendor_fix",
            Remedy::Workaround => "workaround",
        };
        Ok(json!({ "category": category, "details": remediation.details, "product_ids": affected }))
    })?;
    list(&mut put, "acknowledgments", &one.acknowledgments, |name| {
        require("an acknowledgment", name)?;
        Ok(json!({ "names": [name] }))
    })?;
    list(&mut put, "references", &one.references, |url| {
        form(shape::is_address(url), "a reference is an http or https address")?;
        Ok(json!({ "category": "external", "summary": url, "url": url }))
    })?;
    put("product_status", status.into_value());
    Ok(Value::Object(written))
}

/// Puts a list of distinct items, or nothing when it is empty, since the schema has no empty lists.
fn list<T: PartialEq>(
    put: &mut impl FnMut(&str, Value) -> Option<Value>,
    field: &str,
    items: &[T],
    write: impl Fn(&T) -> Result<Value, WriteProblem>,
) -> Result<(), WriteProblem> {
    let first = |(index, item): &(usize, &T)| !items[..*index].contains(item);
    let written: Vec<Value> =
        items.iter().enumerate().filter(first).map(|(_, item)| write(item)).collect::<Result<_, _>>()?;
    if !written.is_empty() {
        put(field, Value::Array(written));
    }
    Ok(())
}
