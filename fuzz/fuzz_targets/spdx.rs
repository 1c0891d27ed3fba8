//! SPDX JSON: read or refused, and each component and version once.
#![no_main]

use std::collections::HashSet;

use forewarn_formats::json::{Limits, parse};
use forewarn_formats::spdx::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(inventory) = parse(data, &Limits::inventory()).and_then(read) else { return };
    let distinct: HashSet<_> = inventory.components.iter().map(|c| (&c.identity, &c.version)).collect();
    assert_eq!(distinct.len(), inventory.components.len());
});
