//! The sample world's documents: inventories as CycloneDX and SPDX, a batch of findings. The packages and products of
//! others are real, with versions that were released; Northlight, its products and its package are invented.

use serde_json::{Value, json};

/// A file of the sample world.
pub struct SampleFile {
    /// Name in the data folder.
    pub name: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Something an asset runs.
enum Item {
    /// A package, by its package URL.
    Package(&'static str),
    /// A product: vendor, name, version, and whether it is firmware, a device or software.
    Product(&'static str, &'static str, &'static str, &'static str),
}

use Item::{Package, Product};

const BANK: &[Item] = &[
    Package("pkg:pypi/northlight-codec@2.3.1"),
    Package("pkg:pypi/requests@2.32.3"),
    Package("pkg:pypi/cryptography@43.0.1"),
    Package("pkg:pypi/sqlalchemy@2.0.34"),
    Package("pkg:maven/org.springframework/spring-core@6.1.12"),
    Package("pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.17.2"),
    Package("pkg:npm/express@4.19.2"),
    Package("pkg:deb/debian/openssl@3.0.14-1~deb12u2?arch=amd64&distro=debian-12"),
];

const WATER: &[Item] = &[
    Product("Northlight Systems", "PumpView Controller", "4.1.2", "firmware"),
    Product("Siemens", "SIMATIC S7-1200", "4.5.0", "firmware"),
    Product("Schneider Electric", "Modicon M340", "3.50", "firmware"),
    Package("pkg:deb/debian/curl@7.88.1-10+deb12u7?arch=amd64&distro=debian-12"),
    Package("pkg:pypi/pymodbus@3.6.9"),
];

const HOSPITAL: &[Item] = &[
    Product("Northlight Systems", "InfuseLink Gateway", "3.0.4", "device"),
    Product("Baxter", "Sigma Spectrum Infusion Pump", "8.00.01", "device"),
    Product("Philips", "IntelliVue Patient Monitor MX450", "M.04.01", "device"),
    Package("pkg:pypi/pydicom@2.4.4"),
    Package("pkg:pypi/hl7@0.4.5"),
    Package("pkg:deb/debian/samba@4.17.12%2Bdfsg-0%2Bdeb12u1?arch=amd64&distro=debian-12"),
];

/// The same makers as the others, in versions that are not affected.
const POWER: &[Item] = &[
    Product("Northlight Systems", "PumpView Controller", "5.0.0", "firmware"),
    Product("Schweitzer Engineering Laboratories", "SEL-3530 RTAC", "R151-V2", "firmware"),
    Package("pkg:pypi/northlight-codec@2.4.1"),
    Package("pkg:pypi/pandas@2.2.2"),
    Package("pkg:golang/github.com/prometheus/client_golang@v1.20.3"),
];

/// The inventory of each operator: the operator's short name, the asset, the document.
pub fn inventories() -> Vec<(&'static str, &'static str, SampleFile)> {
    vec![
        ("bank", "payments-gateway", file("bank.cdx.json", cyclonedx("payments-gateway", BANK))),
        ("water", "pump-station-7", file("water.cdx.json", cyclonedx("pump-station-7", WATER))),
        ("hospital", "infusion-ward", file("hospital.spdx.json", spdx("infusion-ward", HOSPITAL))),
        ("power", "control-centre", file("power.cdx.json", cyclonedx("control-centre", POWER))),
    ]
}

fn file(name: &'static str, document: Value) -> SampleFile {
    let mut bytes = format!("{document:#}").into_bytes();
    bytes.push(b'\n');
    SampleFile { name, bytes }
}

/// Name and version inside a package URL.
fn parts(purl: &str) -> (&str, &str) {
    let bare = purl.split('?').next().unwrap_or(purl);
    let (path, version) = bare.rsplit_once('@').unwrap_or((bare, ""));
    (path.rsplit('/').next().unwrap_or(path), version)
}

fn cyclonedx(asset: &str, items: &[Item]) -> Value {
    let components: Vec<Value> = items
        .iter()
        .map(|item| match item {
            Package(purl) => {
                let (name, version) = parts(purl);
                json!({ "type": "library", "name": name, "version": version, "purl": purl })
            }
            Product(vendor, name, version, kind) => {
                json!({ "type": kind, "supplier": { "name": vendor }, "name": name, "version": version })
            }
        })
        .collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": { "type": "application", "supplier": { "name": "In-house" }, "name": asset } },
        "components": components,
    })
}

fn spdx(asset: &str, items: &[Item]) -> Value {
    let packages: Vec<Value> = items
        .iter()
        .zip(1..)
        .map(|(item, number)| {
            let id = format!("SPDXRef-Package-{number}");
            match item {
                Package(purl) => {
                    let (name, version) = parts(purl);
                    let reference = json!({ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                        "referenceLocator": purl });
                    json!({ "SPDXID": id, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
                        "externalRefs": [reference] })
                }
                Product(vendor, name, version, _) => json!({ "SPDXID": id, "name": name, "versionInfo": version,
                    "downloadLocation": "NOASSERTION", "supplier": format!("Organization: {vendor}") }),
            }
        })
        .collect();
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": asset,
        "documentNamespace": format!("https://hollow-creek.example/spdx/{asset}"),
        "creationInfo": { "created": "2026-09-01T00:00:00Z", "creators": ["Tool: sample-world"] },
        "packages": packages,
    })
}

/// The batch as the AI finder sends it: NDJSON, one finding a line. Line 1 is the one the story follows.
pub fn findings() -> SampleFile {
    let first = overflow("lattice-hunter", "run-0412", "Out-of-bounds write when a frame header is decoded");
    let mut lines = vec![
        first.to_string(),
        overflow("lattice-hunter", "run-0413", "Heap corruption by an over-long frame").to_string(),
        overflow("lattice-sweep", "run-0007", "Memory is written past its end in the frame decoder")
            .to_string(),
        exhaustion().to_string(),
        osv().to_string(),
    ];
    let whole = overflow("lattice-hunter", "run-0414", "Cut off on the way").to_string();
    lines.push(whole.chars().take(whole.chars().count() / 2).collect());
    lines.push(first.to_string());
    let mut bytes = lines.join("\n").into_bytes();
    bytes.push(b'\n');
    SampleFile { name: "findings.ndjson", bytes }
}

/// What is affected by the vulnerability the story is about.
fn affected() -> Value {
    json!([
        { "purl": "pkg:pypi/northlight-codec", "ranges": [">=2.0.0, <2.4.1"] },
        { "vendor": "Northlight Systems", "product": "PumpView Controller", "ranges": [">=4.0, <5.0"] },
        { "vendor": "Northlight Systems", "product": "InfuseLink Gateway", "ranges": ["<3.2"] },
    ])
}

fn overflow(model: &str, run: &str, title: &str) -> Value {
    json!({
        "forewarn": "finding/1",
        "id": format!("LR-{run}"),
        "title": title,
        "description": "The length field of a frame header is taken as it comes, so that a frame of 12 bytes makes \
            the decoder write up to 64 KiB behind its buffer.",
        "affected": affected(),
        "weaknesses": ["CWE-787"],
        "severity": [{ "scheme": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
        "location": { "file": "src/frame.c", "function": "decode_header" },
        "evidence": "AddressSanitizer: heap-buffer-overflow WRITE of size 4096 in decode_header",
        "mitigation": "Accept frames from known peers only; block TCP port 4840 from other networks.",
        "provenance": { "model": model, "version": "2026.3", "harness": "fuzz-and-read", "run": run,
            "human_checked": false },
    })
}

fn exhaustion() -> Value {
    json!({
        "forewarn": "finding/1",
        "id": "LR-run-0420",
        "title": "Nested frames exhaust memory",
        "description": "Frames may contain frames without a limit on depth.",
        "affected": [{ "purl": "pkg:pypi/northlight-codec", "ranges": [">=2.0.0, <2.5.0"] }],
        "weaknesses": ["CWE-400"],
        "location": { "file": "src/frame.c", "function": "decode_body" },
        "provenance": { "model": "lattice-hunter", "version": "2026.3", "human_checked": true },
    })
}

/// Another tool of the finder writes OSV.
fn osv() -> Value {
    json!({
        "schema_version": "1.7.0",
        "id": "LATTICE-2026-0031",
        "modified": "2026-10-01T00:00:00Z",
        "summary": "Ledger entries of other accounts can be read",
        "details": "The account id of a request is not compared with that of its session.",
        "affected": [{
            "package": { "ecosystem": "npm", "name": "acorn-ledger-sample" },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "1.8.2" }] }],
        }],
    })
}
