//! Which format a document is in, told from its content.

use super::{assets, identifiers, lines, listing};
use crate::json::Problem;

/// Lines that are looked at.
const LOOKED_AT: usize = 100;

/// A format of inventories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CycloneDX 1.2-1.7 JSON, SPDX 2.2 or 2.3 JSON, or SPDX 3.0 JSON-LD; the document says which.
    Json,
    /// CycloneDX 1.2-1.7 XML.
    CycloneDxXml,
    /// SPDX 2.2 or 2.3 in tag-value form.
    SpdxTagValue,
    /// Package URLs and CPE 2.3 names, one a line.
    Identifiers,
    /// CSV of assets with a heading.
    Assets,
    /// Output of `dpkg -l`.
    DpkgList,
    /// Output of `dpkg-query -W`.
    DpkgQuery,
    /// Output of `rpm -qa`.
    RpmQuery,
}

/// Recognises the format of a document by its content.
///
/// # Errors
/// A [`Problem`] when it is in none of the formats; the place is its first line that says something.
pub fn recognise(bytes: &[u8]) -> Result<Format, Problem> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Problem { place: lines::place(1), message: "is UTF-16; save it as UTF-8".to_owned() });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(Problem::at("", "the document is empty")),
        Some(b'{' | b'[') => return Ok(Format::Json),
        Some(b'<') => return Ok(Format::CycloneDxXml),
        Some(_) => {}
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        return Err(Problem {
            place: lines::place(line),
            message: "holds a NUL byte, so it is no text".into(),
        });
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
    };
    recognise_text(text)
}

fn recognise_text(text: &str) -> Result<Format, Problem> {
    let some = || lines::significant(text).take(LOOKED_AT).map(|line| line.text);
    if some().any(|line| line.trim_start().starts_with("SPDXVersion:")) {
        return Ok(Format::SpdxTagValue);
    }
    if assets::claims(text) {
        return Ok(Format::Assets);
    }
    some().find_map(by_line).ok_or_else(|| {
        let first = lines::significant(text).next().map_or(1, |line| line.number);
        Problem { place: lines::place(first), message: EXPECTED.to_owned() }
    })
}

/// The format of which a line alone is a sure sign.
fn by_line(line: &str) -> Option<Format> {
    if listing::is_dpkg_list(line) {
        Some(Format::DpkgList)
    } else if identifiers::claims(line) {
        Some(Format::Identifiers)
    } else if listing::is_rpm(line) {
        Some(Format::RpmQuery)
    } else if listing::is_dpkg_query(line) {
        Some(Format::DpkgQuery)
    } else {
        None
    }
}

/// What could have been there.
const EXPECTED: &str = "expected CycloneDX (JSON or XML), SPDX (JSON or tag-value), a list of package URLs or CPE \
    2.3 names, a CSV with a heading (vendor, product, version), or the output of dpkg -l, dpkg-query -W or rpm -qa";
