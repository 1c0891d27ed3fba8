//! CSAF 2.0 documents and vulnerability reports of 2.1: read or refused, and what was read survives being stored.
#![no_main]

use forewarn_core::finding::Report;
use forewarn_formats::csaf::{Version, read_as};
use forewarn_formats::json::{Limits, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(report) = parse(data, &Limits::finding()).and_then(|value| read_as(value, Version::V2_1)) else { return };
    let stored = serde_json::to_vec(&report).expect("a report is JSON");
    let again: Vec<Report> = serde_json::from_slice(&stored).expect("a stored report reads");
    assert_eq!(report, again);
});
