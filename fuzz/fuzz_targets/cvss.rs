//! CVSS vectors: whatever is read is scored within the scale, and problems name a place without quoting.
#![no_main]

use forewarn_core::priority::cvss::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match read(text) {
        Ok(scored) => {
            assert!(scored.tenths <= 100 && scored.vector == text);
            assert!(["none", "low", "medium", "high", "critical"].contains(&scored.severity.as_str()));
            let _ = (scored.automatable(), scored.total_impact(), scored.maturity());
        }
        Err(problem) => assert!(problem.place.len() < 40),
    }
});
