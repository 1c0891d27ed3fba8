//! security.txt: whatever is read can be used, and is read again from what it says.
#![no_main]

use forewarn_core::party::is_contact;
use forewarn_formats::security_txt::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(file) = read(data) else { return };
    let contact = file.contact;
    assert!(!contact.contacts.is_empty() && contact.contacts.iter().all(|uri| is_contact(uri)));
    let mut text: String = contact.contacts.iter().map(|uri| format!("Contact: {uri}\n")).collect();
    text.push_str(&format!("Expires: {}\n", contact.expires));
    let again = read(text.as_bytes()).expect("written as the RFC has it").contact;
    assert_eq!((again.contacts, again.expires), (contact.contacts, contact.expires));
});
