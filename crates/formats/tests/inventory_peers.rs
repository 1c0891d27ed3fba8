//! The readers against files that other people's writers make: cyclonedx-python-lib turns the real JSON documents into
//! XML, spdx-tools turns them into tag-value form, and each must read as the JSON it came from.
//!
//! `FOREWARN_PEERS_PYTHON` names a Python that has both (`pip install cyclonedx-python-lib spdx-tools`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use forewarn_exposure::{Identity, Inventory};
use forewarn_formats::inventory;
use forewarn_formats::json::Limits;
use support::shared;

const CYCLONEDX: &str = "import json, sys
from cyclonedx.model.bom import Bom
from cyclonedx.output.xml import XmlV1Dot6
print(XmlV1Dot6(Bom.from_json(json.load(open(sys.argv[1])))).output_as_string())";

const SPDX: &str = "import sys
from spdx_tools.spdx.parser.json.json_parser import parse_from_file
from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document
write_document(parse_from_file(sys.argv[1]), sys.stdout)";

fn read(bytes: &[u8], name: &Path) -> Inventory {
    inventory::read(bytes, &Limits::inventory()).unwrap_or_else(|e| panic!("{}: {e}", name.display()))
}

/// How often something is there.
type Counts<T> = BTreeMap<T, usize>;

/// What was understood, and how often each reason kept something out; writers may change the order.
fn meaning(inventory: &Inventory) -> (Counts<(Identity, Option<String>)>, Counts<String>) {
    let mut components = BTreeMap::new();
    for one in &inventory.components {
        *components.entry((one.identity.clone(), one.version.clone())).or_default() += 1;
    }
    let mut reasons = BTreeMap::new();
    for one in &inventory.skipped {
        *reasons.entry(one.reason.clone()).or_default() += 1;
    }
    (components, reasons)
}

#[test]
fn what_other_writers_make_reads_as_the_json_it_came_from() {
    let Some(data) = shared().map(|data| data.join("sbom")) else { return };
    let Some(python) = std::env::var_os("FOREWARN_PEERS_PYTHON") else {
        assert!(std::env::var_os("CI").is_none(), "CI must run the peers: set FOREWARN_PEERS_PYTHON");
        let _ = writeln!(std::io::stderr(), "NOT RUN beside other writers: FOREWARN_PEERS_PYTHON is not set");
        return;
    };
    let mut compared = 0;
    for (folder, script) in [("cyclonedx", CYCLONEDX), ("spdx", SPDX)] {
        for entry in fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let json = read(&fs::read(&path).unwrap(), &path);
            if json.format == "SPDX 3.0" {
                continue;
            }
            let output = Command::new(&python).args(["-c", script]).arg(&path).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let written = read(&output.stdout, &path);
            assert!(written.format.ends_with("XML") || written.format.ends_with("tag-value"));
            assert_eq!(meaning(&written), meaning(&json), "{}", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 28, "only {compared} documents");
    println!("{compared} documents read alike");
}
