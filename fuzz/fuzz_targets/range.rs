//! Range texts: read or left to a person, and a range that was read can be asked about any version.
#![no_main]

use forewarn_exposure::{Scheme, range};
use libfuzzer_sys::fuzz_target;

const SCHEMES: [Scheme; 5] =
    [Scheme::SemVer, Scheme::Pep440, Scheme::Debian, Scheme::Maven, Scheme::Generic];

fuzz_target!(|text: &str| {
    let (range, version) = text.split_once('\n').unwrap_or((text, "1.0"));
    let Ok(ranges) = range::from_text(range) else { return };
    for scheme in SCHEMES {
        let Ok(version) = scheme.parse(version) else { continue };
        for range in &ranges {
            let inside = range.contains(&scheme, &version);
            assert!(!range.is_all() || inside == Ok(true));
        }
    }
});
