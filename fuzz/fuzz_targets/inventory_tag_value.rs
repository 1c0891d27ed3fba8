//! The tags behind the head of an SPDX document.
#![no_main]

use forewarn_formats::json::Limits;
use forewarn_formats::spdx;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|tags: &str| {
    let _ = spdx::read_tag_value(&format!("SPDXVersion: SPDX-2.3\n{tags}"), &Limits::inventory());
});
