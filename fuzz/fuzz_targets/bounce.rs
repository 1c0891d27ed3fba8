//! Delivery status notifications: read or refused, and what was read has the form that the rules of a notice take.
#![no_main]

use std::sync::Once;

use forewarn_formats::bounce::read;
use forewarn_formats::json::Limits;
use libfuzzer_sys::fuzz_target;

static HOOK: Once = Once::new();

/// The reader catches what the mail parser asserts; every other panic ends the run as usual.
fn keep_on_after_the_parser() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("mail-parser")) {
            usual(panic);
        }
    }));
}

fuzz_target!(|data: &[u8]| {
    HOOK.call_once(keep_on_after_the_parser);
    let Ok(bounce) = read(data, &Limits::finding()) else { return };
    assert!(bounce.status.len() <= 9 && bounce.status.split('.').count() == 3);
    assert!(bounce.message.is_none_or(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())));
});
