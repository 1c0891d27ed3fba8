//! Inventories in JSON: what is read in one pass is what the careful reader makes of the document.
#![no_main]

use forewarn_formats::inventory::{read_quickly, read_with_care};
use forewarn_formats::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(read) = read_quickly(bytes, &Limits::inventory()) else { return };
    match read_with_care(bytes, &Limits::inventory()) {
        Ok(careful) => assert_eq!(read, careful),
        Err(problem) => assert!(problem.message.starts_with("more small objects"), "{problem}"),
    }
});
