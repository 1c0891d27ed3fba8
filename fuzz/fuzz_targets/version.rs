//! Versions: in every scheme an order, for any three that can be read.
#![no_main]

use std::cmp::Ordering;

use forewarn_exposure::Scheme;
use libfuzzer_sys::fuzz_target;

const SCHEMES: [Scheme; 5] =
    [Scheme::SemVer, Scheme::Pep440, Scheme::Debian, Scheme::Maven, Scheme::Generic];

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let texts = [lines.next().unwrap_or(""), lines.next().unwrap_or(""), lines.next().unwrap_or("")];
    for scheme in SCHEMES {
        let [Ok(a), Ok(b), Ok(c)] = texts.map(|text| scheme.parse(text)) else { continue };
        assert_eq!(a.cmp(&a), Ordering::Equal);
        assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        assert!(a.cmp(&b) != Ordering::Equal || a == b);
        assert!(!(a <= b && b <= c) || a <= c, "{scheme}: {texts:?}");
    }
});
