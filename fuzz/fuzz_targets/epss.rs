//! EPSS scores, plain or gzip: whatever is read has each id once, a probability, and is found again.
#![no_main]

use forewarn_core::catalogue::Entries;
use forewarn_formats::epss::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(file) = read(data) else { return };
    let Entries::Epss(entries) = &file.entries else { panic!("another catalogue") };
    for entry in entries {
        assert!(entry.millionths <= 1_000_000);
        assert_eq!(file.entries.epss(entry.cve), Some(*entry));
    }
});
