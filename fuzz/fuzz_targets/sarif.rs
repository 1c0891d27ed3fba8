//! SARIF logs: read or refused, and what was read survives being stored.
#![no_main]

use forewarn_core::finding::Report;
use forewarn_formats::sarif::read;
use forewarn_formats::json::{Limits, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(reports) = parse(data, &Limits::finding()).and_then(read) else { return };
    for report in reports {
        assert!(!report.title.is_empty() && report.title.lines().count() == 1);
        let stored = serde_json::to_vec(&report).expect("a report is JSON");
        let again: Report = serde_json::from_slice(&stored).expect("a stored report reads");
        assert_eq!(report, again);
    }
});
