//! Reports: which format a document is in, told from its content, and the reports in it.

use forewarn_core::finding::Report;
use serde_json::Value;

use crate::csaf::Version;
use crate::json::{self, Limits, Problem};
use crate::{csaf, cve, finding, osv, sarif};

/// Reads the reports of one document: our own finding JSON, OSV and CVE records hold one, CSAF one for
/// each vulnerability, SARIF one for each result.
///
/// # Errors
/// A [`Problem`] when the document is none of these or breaks their shape.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Report>, Problem> {
    read_as(bytes, limits, Version::V2_0)
}

/// The same where a version of CSAF was asked for.
///
/// # Errors
/// As [`read`].
pub fn read_as(bytes: &[u8], limits: &Limits, csaf: Version) -> Result<Vec<Report>, Problem> {
    read_parsed(json::parse(bytes, limits)?, csaf)
}

/// The same for a document already parsed.
///
/// # Errors
/// As [`read`].
pub fn read_value(value: Value) -> Result<Vec<Report>, Problem> {
    read_parsed(value, Version::V2_0)
}

fn read_parsed(value: Value, csaf: Version) -> Result<Vec<Report>, Problem> {
    let has = |field: &str| value.get(field).is_some();
    if value.pointer("/document/csaf_version").is_some() {
        csaf::read_as(value, csaf)
    } else if value.get("runs").is_some_and(Value::is_array) {
        sarif::read(value)
    } else if value.get("dataType").and_then(Value::as_str) == Some("CVE_RECORD") {
        cve::read(value).map(|report| vec![report])
    } else if has("forewarn") {
        finding::read(value).map(|report| vec![report])
    } else if has("id") && (has("affected") || has("modified") || has("schema_version")) {
        osv::read(value).map(|report| vec![report])
    } else {
        let known = "expected a Forewarn finding (\"forewarn\": \"finding/1\"), SARIF 2.1.0, OSV 1.x, CSAF 2.0 or a CVE \
                     record 5.x";
        Err(Problem::at("", known))
    }
}
