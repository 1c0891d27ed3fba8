//! EPSS scores (FIRST, Exploit Prediction Scoring System) as the daily CSV file, plain or gzip.
//!
//! The file begins with a comment `#model_version:v2025.03.14,score_date:2026-01-02T00:00:00+0000`, then a header
//! `cve,epss,percentile`, then one line for each CVE id (first.org/epss/data_stats).

use std::collections::HashMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use forewarn_core::catalogue::{CveId, Entries, Epss};
use jiff::Timestamp;

use crate::json::Problem;
use crate::kev::CatalogueFile;

/// Largest file when unpacked; that of 2026 has about 9 MiB.
const LARGEST: usize = 64 << 20;
/// Most scores.
const MOST: usize = 2_000_000;
/// Longest line.
const LONGEST_LINE: usize = 200;

/// Reads the scores.
///
/// # Errors
/// A [`Problem`] with the line: no such file, a score that is none, an id twice, or more than the limits allow.
pub fn read(bytes: &[u8]) -> Result<CatalogueFile, Problem> {
    let unpacked;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        unpacked = unpack(bytes)?;
        &unpacked
    } else {
        bytes
    };
    if bytes.len() > LARGEST {
        return Err(Problem::at("", "is larger than 64 MiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        at(before.iter().filter(|byte| **byte == b'\n').count() + 1, "is not UTF-8")
    })?;
    let mut lines = (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).lines());
    let comment = lines.next().map_or("", |(_, line)| line);
    let (version, dated) = edition(comment)?;
    if lines.next().map(|(_, line)| line.trim_end()) != Some("cve,epss,percentile") {
        return Err(at(2, "must be the header cve,epss,percentile"));
    }
    let mut entries = Vec::new();
    let mut places: HashMap<CveId, usize> = HashMap::new();
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let entry = score(number, line)?;
        if let Some(first) = places.insert(entry.cve, number) {
            return Err(at(number, &format!("has the id of line {first} again")));
        }
        if entries.len() == MOST {
            return Err(at(number, "is beyond 2,000,000 scores"));
        }
        entries.push(entry);
    }
    entries.sort_unstable_by_key(|entry| entry.cve);
    Ok(CatalogueFile { version, dated, entries: Entries::Epss(entries) })
}

fn at(line: usize, message: &str) -> Problem {
    Problem { place: format!("line {line}"), message: message.to_owned() }
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut unpacked = Vec::new();
    let most = LARGEST as u64 + 1;
    MultiGzDecoder::new(bytes)
        .take(most)
        .read_to_end(&mut unpacked)
        .map_err(|_| Problem::at("", "is not whole gzip data; fetch the file again"))?;
    Ok(unpacked)
}

fn edition(comment: &str) -> Result<(String, Timestamp), Problem> {
    let wanted = "must be the comment #model_version:...,score_date:... with a moment";
    let fields =
        comment.trim_end().strip_prefix("#model_version:").and_then(|rest| rest.split_once(",score_date:"));
    let (version, date) = fields.ok_or_else(|| at(1, wanted))?;
    let short = (1..=100).contains(&version.len()) && version.chars().all(|c| c.is_ascii_graphic());
    if !short {
        return Err(at(1, "must name a model version of at most 100 visible characters"));
    }
    // The file writes +0000, which is not RFC 3339.
    let date = date.strip_suffix("+0000").map_or_else(|| date.to_owned(), |date| format!("{date}Z"));
    let dated = date.parse::<Timestamp>().map_err(|_| at(1, wanted))?;
    Ok((version.to_owned(), dated))
}

fn score(number: usize, line: &str) -> Result<Epss, Problem> {
    if line.len() > LONGEST_LINE {
        return Err(at(number, "is longer than 200 bytes"));
    }
    let mut fields = line.trim_end().split(',');
    let (Some(cve), Some(epss), Some(percentile), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(at(number, "must have the three fields cve, epss and percentile"));
    };
    let cve = cve.parse().map_err(|_| at(number, "cve: must be a CVE id such as CVE-2026-12345"))?;
    let millionths = millionths(epss).ok_or_else(|| at(number, "epss: must be a number from 0 to 1"))?;
    self::millionths(percentile).ok_or_else(|| at(number, "percentile: must be a number from 0 to 1"))?;
    Ok(Epss { cve, millionths })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be from 0 to 1")]
fn millionths(text: &str) -> Option<u32> {
    let written = text.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    let value: f64 = text.parse().ok().filter(|_| written)?;
    (0.0..=1.0).contains(&value).then(|| (value * 1e6).round() as u32)
}
