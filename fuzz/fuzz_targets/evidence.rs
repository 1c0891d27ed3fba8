//! Stacks, patches, paths and functions of a report: any text is read, and no more than a few of each are kept.
#![no_main]

use forewarn_core::deduplication::normalised;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert!(normalised::trace(text).0 <= 6);
    assert!(normalised::patch(text) <= 8);
    assert!(normalised::function(text).len() <= 2);
    let _ = normalised::path(text, "project");
});
