//! The rows of a CSV of assets. A serial number that nobody asked for is nowhere.
#![no_main]

use forewarn_formats::inventory::{self, Settings};
use forewarn_formats::json::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|rows: &str| {
    for delimiter in [',', ';', '\t', '|'] {
        let heading = ["serial", "vendor", "product", "version", "site"].join(&delimiter.to_string());
        let text = format!("{heading}\n{rows}");
        for serials in [false, true] {
            let settings = Settings { distribution: None, serials };
            if let Ok(inventory) = inventory::read_with(text.as_bytes(), &Limits::inventory(), &settings)
                && !serials
            {
                let shown =
                    inventory.components.iter().any(|component| component.label.contains(", serial "));
                assert!(!shown || rows.contains(", serial "));
            }
        }
    }
});
