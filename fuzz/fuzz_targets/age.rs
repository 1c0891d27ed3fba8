//! Keys and files for keys: a key that is read is written back as it was; a file is opened or refused, and what opens as a
//! notice was signed.
#![no_main]

use forewarn_seal::{Identity, Recipient, open_file, open_notice};
use libfuzzer_sys::fuzz_target;

/// The key that the files in `seeds/age` are for; it is for nothing else.
const KEY: &str = "AGE-SECRET-KEY-PQ-1UA0M2HERTYYPHA667DZCTM5JSKQ89VLWKKKM6UTARP2954MHM4YSY7W063";

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(recipient) = text.parse::<Recipient>() {
            assert_eq!(recipient.to_string(), text.trim().to_lowercase());
        }
        if let Ok(identity) = text.parse::<Identity>() {
            assert_eq!(identity.expose().map(|text| text.to_string()), Ok(text.trim().to_uppercase()));
        }
    }
    let Ok(identity) = KEY.parse::<Identity>() else { panic!("the key of the seeds") };
    let _ = open_file(&[&identity], data);
    // Nobody here signs anything.
    let verifying = ed25519_dalek::SigningKey::from_bytes(&[9; 32]).verifying_key();
    assert!(open_notice(&[&identity], &verifying, "o", data).is_err());
});
