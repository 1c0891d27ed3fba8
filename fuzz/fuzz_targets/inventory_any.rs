//! Any bytes as an inventory, whatever format they are taken for. Reading twice gives the same, and a problem has a
//! place.
#![no_main]

use forewarn_formats::inventory;
use forewarn_formats::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = inventory::read(bytes, &Limits::inventory());
    assert_eq!(read, inventory::read(bytes, &Limits::inventory()));
    if let Err(problem) = read {
        assert!(!problem.place.is_empty() && !problem.message.is_empty());
    }
});
