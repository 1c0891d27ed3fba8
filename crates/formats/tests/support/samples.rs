//! One whole document of each format, with every field that is read.

use serde_json::{Value, json};

/// What a document is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reports: findings, OSV, CSAF.
    Report,
    /// An inventory.
    Inventory,
}

/// A sample: its format, what it is read as, the document.
pub fn all() -> Vec<(&'static str, Kind, Value)> {
    vec![
        ("finding", Kind::Report, finding()),
        ("OSV", Kind::Report, osv()),
        ("CSAF", Kind::Report, csaf()),
        ("CycloneDX", Kind::Inventory, cyclonedx()),
        ("SPDX 2.3", Kind::Inventory, spdx()),
        ("SPDX 3.0", Kind::Inventory, spdx3()),
    ]
}

pub fn finding() -> Value {
    json!({
        "forewarn": "finding/1",
        "id": "lattice-41",
        "title": "Heap overflow in the frame parser",
        "description": "A length that is not checked.",
        "affected": [
            { "purl": "pkg:pypi/northlight-codec@2.3.1", "ranges": [">=2.0, <2.4"], "versions": ["1.9"] },
            { "vendor": "Northlight Systems", "product": "PumpView Controller", "versions": ["4.1.2"] },
        ],
        "weaknesses": ["CWE-787"],
        "severity": [{ "scheme": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
        "location": { "file": "src/frame.c", "function": "parse_frame" },
        "evidence": "A crash under a sanitizer.",
        "reproducer": "printf x | codec -",
        "mitigation": "Switch the parser off.",
        "references": ["https://lattice.example/41"],
        "aliases": ["LAT-41"],
        "provenance": { "model": "hunter", "version": "3", "harness": "h1", "run": "r-9", "human_checked": true },
        "commitment": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    })
}

pub fn osv() -> Value {
    json!({
        "schema_version": "1.7.0",
        "id": "EX-2026-1",
        "modified": "2026-01-01T00:00:00Z",
        "withdrawn": "2026-02-01T00:00:00Z",
        "aliases": ["CVE-2026-1000"],
        "summary": "One line",
        "details": "All of it.",
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
        "affected": [{
            "package": { "ecosystem": "PyPI", "name": "northlight-codec" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [
                { "introduced": "0" }, { "fixed": "2.4" }, { "introduced": "3.0" }, { "last_affected": "3.1" },
            ]}],
            "versions": ["2.3.1"],
            "severity": [{ "type": "CVSS_V4", "score": "CVSS:4.0/AV:N" }],
            "database_specific": { "cwe_ids": ["CWE-787"] },
        }],
        "references": [{ "type": "WEB", "url": "https://example.org/1" }],
        "database_specific": { "cwe_ids": ["CWE-20"] },
    })
}

pub fn csaf() -> Value {
    json!({
        "document": {
            "category": "csaf_security_advisory",
            "csaf_version": "2.0",
            "title": "Frame parser",
            "tracking": { "id": "EX-1" },
            "notes": [{ "category": "summary", "text": "Of the document." }],
            "references": [{ "summary": "self", "url": "https://example.org/ex-1.json" }],
        },
        "product_tree": {
            "branches": [{ "category": "vendor", "name": "Northlight", "branches": [
                { "category": "product_name", "name": "PumpView", "branches": [
                    { "category": "product_version_range", "name": ">=4.0|<4.2",
                      "product": { "name": "PumpView 4", "product_id": "P1" } },
                    { "category": "product_version", "name": "3.9", "branches": [
                        { "category": "patch_level", "name": "SP1",
                          "product": { "name": "PumpView 3.9 SP1", "product_id": "P2" } },
                    ]},
                ]},
            ]}],
            "full_product_names": [{ "name": "codec", "product_id": "P3",
                "product_identification_helper": { "purl": "pkg:pypi/northlight-codec@2.3.1" } }],
            "relationships": [{ "category": "installed_on", "product_reference": "P3",
                "relates_to_product_reference": "P1",
                "full_product_name": { "name": "codec on PumpView", "product_id": "P4" } }],
        },
        "vulnerabilities": [{
            "cve": "CVE-2026-1000",
            "cwe": { "id": "CWE-787", "name": "Out-of-bounds Write" },
            "title": "Overflow",
            "ids": [{ "system_name": "x", "text": "X-1" }],
            "notes": [{ "category": "description", "text": "Its own." }],
            "product_status": { "known_affected": ["P1", "P4"], "first_affected": ["P2"], "last_affected": ["P3"] },
            "remediations": [{ "category": "mitigation", "details": "Switch it off.", "product_ids": ["P1"] }],
            "references": [{ "summary": "more", "url": "https://example.org/more" }],
            "scores": [{ "products": ["P1"],
                "cvss_v3": { "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
                "cvss_v2": { "vectorString": "AV:N/AC:L/Au:N/C:C/I:C/A:C" } }],
        }],
    })
}

pub fn cyclonedx() -> Value {
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "metadata": { "component": {
            "type": "firmware", "supplier": { "name": "Northlight" }, "name": "PumpView", "version": "4.1" } },
        "components": [
            { "type": "library", "name": "codec", "version": "2.3.1", "purl": "pkg:pypi/northlight-codec@2.3.1",
              "components": [{ "type": "library", "publisher": "Acme", "name": "inner", "version": "1" }] },
            { "type": "file", "name": "readme" },
        ],
    })
}

pub fn spdx() -> Value {
    json!({
        "spdxVersion": "SPDX-2.3",
        "packages": [
            { "SPDXID": "SPDXRef-1", "name": "codec", "versionInfo": "2.3.1", "externalRefs": [
                { "referenceType": "purl", "referenceLocator": "pkg:pypi/northlight-codec@2.3.1" }] },
            { "SPDXID": "SPDXRef-2", "name": "PumpView", "versionInfo": "4.1",
              "supplier": "Organization: Northlight (mail@example.org)" },
        ],
    })
}

pub fn spdx3() -> Value {
    json!({
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            { "type": "Organization", "spdxId": "urn:o", "name": "Northlight" },
            { "type": "software_Package", "spdxId": "urn:p", "name": "PumpView", "software_packageVersion": "4.1",
              "suppliedBy": "urn:o" },
            { "type": "software_Package", "name": "codec", "software_packageUrl": "pkg:pypi/northlight-codec@2.3.1",
              "externalIdentifier": [{ "externalIdentifierType": "packageUrl", "identifier": "pkg:npm/left-pad@1.0.0" }] },
        ],
    })
}
