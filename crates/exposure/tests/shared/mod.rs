//! Where the shared fixture data is, and what tests have in common.
#![allow(dead_code, reason = "each test uses some of it")]

pub mod oracle;
pub mod versions;
pub mod world;

use std::io::Write as _;
use std::path::PathBuf;

/// The folder of fixture data, or `None` (after saying so) when there is none. In CI its absence is a failure.
pub fn data(part: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var("FOREWARN_SHARED_DATA").unwrap_or_else(|_| default.to_owned());
    let path = PathBuf::from(root).join(part);
    if path.exists() {
        return Some(path);
    }
    let _ = writeln!(std::io::stderr(), "NOT RUN: shared data not found at {}", path.display());
    assert!(std::env::var_os("CI").is_none(), "shared data must be there in CI: {}", path.display());
    None
}
