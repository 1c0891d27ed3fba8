//! A small advisory and inventory, and the program's answer to them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::forewarn;

pub fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

pub const ADVISORY: &str = r#"{"schema_version":"1.6.0","id":"OSV-1","modified":"2026-01-01T00:00:00Z",
  "affected":[{"package":{"ecosystem":"PyPI","name":"Sample.Package"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.0"}]}]}]}"#;

pub fn bom(version: &str) -> String {
    format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{{"type":"library","name":"sample-package",
        "version":"{version}","purl":"pkg:pypi/sample-package@{version}"}}]}}"#
    )
}

/// The exit code and what is printed in the form that is chosen; `Null` when nothing is.
pub fn matched_as(form: &str, advisories: &[&Path], inventories: &[&Path]) -> (i32, Value) {
    let mut arguments = vec!["match", form, "--advisories"];
    arguments.extend(advisories.iter().map(|path| path.to_str().unwrap()));
    arguments.push("--inventory");
    arguments.extend(inventories.iter().map(|path| path.to_str().unwrap()));
    let output = forewarn(&arguments);
    let printed = match output.stdout.as_slice() {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes).unwrap(),
    };
    (output.status.code().unwrap(), printed)
}
