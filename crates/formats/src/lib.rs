//! Foreign documents to core types and back: OSV, CSAF, SARIF, CVE records, inventories in many formats, and Forewarn's own finding.
//!
//! Pure. Every reader takes bytes, text or a guarded JSON value and answers with core types or with a [`json::Problem`]
//! that names the place. Problems never quote document content, since documents may be embargoed.

pub mod bounce;
pub mod csaf;
pub mod cve;
pub mod cyclonedx;
pub mod epss;
pub mod finding;
pub mod inventory;
pub mod json;
pub mod kev;
pub mod osv;
pub mod report;
pub mod sarif;
pub mod security_txt;
pub mod spdx;
mod words;
mod xml;
