//! The KEV catalogue: whatever is read has each id once and is found again.
#![no_main]

use forewarn_core::catalogue::Entries;
use forewarn_formats::kev::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(file) = read(data) else { return };
    let Entries::Kev(entries) = &file.entries else { panic!("another catalogue") };
    for entry in entries {
        assert_eq!(file.entries.kev(entry.cve), Some(*entry));
        assert_eq!(entry.cve.to_string().parse(), Ok(entry.cve));
    }
});
