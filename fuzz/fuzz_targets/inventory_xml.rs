//! The inside of a CycloneDX XML document.
#![no_main]

use forewarn_formats::cyclonedx;
use forewarn_formats::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|inside: &str| {
    let around =
        format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"><components>{inside}</components></bom>");
    let _ = cyclonedx::read_xml(&around, &Limits::inventory());
    let _ = cyclonedx::read_xml(inside, &Limits::inventory());
});
