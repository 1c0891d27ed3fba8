//! Delivery status notifications: read or refused, and what was read has the form that the rules of a notice take.
#![no_main]

use forewarn_formats::bounce::read;
use forewarn_formats::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(bounce) = read(data, &Limits::finding()) else { return };
    assert!(bounce.status.len() <= 9 && bounce.status.split('.').count() == 3);
    assert!(bounce.message.is_none_or(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())));
});
