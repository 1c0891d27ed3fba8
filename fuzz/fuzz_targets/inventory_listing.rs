//! Lists of installed packages, package URLs and CPE names.
#![no_main]

use forewarn_formats::inventory::{self, Settings};
use forewarn_formats::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|lines: &str| {
    let leads = [
        "ii  bash 5.2 amd64 shell\n",
        "bash\t5.2\n",
        "bash-5.2-1.x86_64\n",
        "pkg:npm/a@1\n",
        "cpe:2.3:a:b:c\n",
    ];
    for lead in leads {
        for distribution in ["debian:12", "rocky:9"] {
            let settings = Settings { distribution: distribution.parse().ok(), serials: true };
            let text = format!("{lead}{lines}");
            let _ = inventory::read_with(text.as_bytes(), &Limits::inventory(), &settings);
            // Without a distribution the versions may give it away.
            if let Ok(unnamed) = inventory::read(text.as_bytes(), &Limits::inventory())
                && let Some(found) = inventory::release_mark(&unnamed)
            {
                assert!(found.packages <= found.of && !found.distributions.is_empty());
            }
        }
    }
});
