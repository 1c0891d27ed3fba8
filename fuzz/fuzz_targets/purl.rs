//! Package URLs: what is written for an identity reads back as it.
#![no_main]

use forewarn_exposure::{Ecosystem, Identity};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = text.parse::<Ecosystem>();
    let Ok((identity, version)) = Identity::from_purl(text) else { return };
    assert_ne!(version.as_deref(), Some(""));
    if let Some(purl) = identity.to_purl() {
        assert_eq!(Identity::from_purl(&purl), Ok((identity, None)), "{purl}");
    }
});
