//! Reports: which format a document is in, and the reports in it.

use forewarn_core::finding::Report;
use serde_json::Value;

use crate::json::{self, Limits, Problem};
use crate::{csaf, finding, osv};

/// Reads the reports of one document: our own finding JSON and OSV hold one, CSAF one for each vulnerability.
///
/// # Errors
/// A [`Problem`] when the document is none of these or breaks their shape.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Report>, Problem> {
    read_value(json::parse(bytes, limits)?)
}

/// The same for a document already parsed.
///
/// # Errors
/// As [`read`].
pub fn read_value(value: Value) -> Result<Vec<Report>, Problem> {
    let has = |field: &str| value.get(field).is_some();
    if value.pointer("/document/csaf_version").is_some() {
        csaf::read(value)
    } else if has("forewarn") {
        finding::read(value).map(|report| vec![report])
    } else if has("id") && (has("affected") || has("modified") || has("schema_version")) {
        osv::read(value).map(|report| vec![report])
    } else {
        Err(Problem::at("", "expected a Forewarn finding (\"forewarn\": \"finding/1\"), OSV 1.x or CSAF 2.0"))
    }
}
