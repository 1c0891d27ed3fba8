//! SARIF logs: read or refused, what was read survives being stored, and parts say what the whole says.
#![no_main]

use forewarn_core::finding::Report;
use forewarn_formats::sarif::{read, split};
use forewarn_formats::json::{Limits, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(log) = parse(data, &Limits::finding()) else { return };
    let parts = split(&log, 4_000);
    let Ok(reports) = read(log) else { return };
    let parts = parts.expect("what is read can be split");
    if let Ok(parts) = parts.into_iter().collect::<Result<Vec<_>, _>>() {
        let each = parts.into_iter().map(|part| (part.origin, read(part.document)));
        let mut together = Vec::new();
        for (origin, read) in each {
            for mut report in read.expect("a part of what is read is read") {
                report.source_pointer = report.source_pointer.map(|place| origin.in_whole(&place));
                together.push(report);
            }
        }
        assert_eq!(together, reports);
    }
    for report in reports {
        assert!(!report.title.is_empty() && report.title.lines().count() == 1);
        let stored = serde_json::to_vec(&report).expect("a report is JSON");
        let again: Report = serde_json::from_slice(&stored).expect("a stored report reads");
        assert_eq!(report, again);
    }
});
