//! Every real document reads, and nothing in it is lost without a word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;

use forewarn_formats::json::Limits;
use forewarn_formats::{inventory, report};
use serde_json::Value;
use support::{json_files, shared};

#[test]
fn every_osv_record_reads_with_all_its_packages() {
    let Some(data) = shared() else { return };
    let files = json_files(&data.join("osv"));
    assert!(files.len() > 3_000);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let reports =
            report::read(&bytes, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let source: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].external_id.as_deref(), source["id"].as_str());
        let packages = source["affected"].as_array().map_or(0, Vec::len);
        assert_eq!(reports[0].affected.len(), packages, "{}", file.display());
        assert_eq!(reports[0].withdrawn, source.get("withdrawn").is_some());
    }
}

#[test]
fn every_cisa_advisory_reads_as_one_report_for_each_vulnerability() {
    let Some(data) = shared() else { return };
    let files = json_files(&data.join("csaf-cisa"));
    assert_eq!(files.len(), 765);
    let (mut ranges, mut persons) = (0, 0);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let reports =
            report::read(&bytes, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let source: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(reports.len(), source["vulnerabilities"].as_array().unwrap().len(), "{}", file.display());
        for affected in reports.iter().flat_map(|report| &report.affected) {
            let decided = !affected.ranges.is_empty() || !affected.versions.is_empty();
            assert!(decided || affected.needs_person.is_some(), "{}: nothing is said", file.display());
            ranges += usize::from(decided);
            persons += usize::from(affected.needs_person.is_some());
        }
    }
    println!("CISA: {ranges} affected entries with ranges or versions, {persons} that need a person");
}

/// Package URLs of a document, found without knowing its format.
fn purls(value: &Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::String(text) if text.starts_with("pkg:") => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| purls(item, found)),
        Value::Object(object) => object.values().for_each(|item| purls(item, found)),
        _ => {}
    }
}

#[test]
fn every_sbom_reads_and_no_package_url_is_lost() {
    let Some(data) = shared() else { return };
    let files = json_files(&data.join("sbom"));
    assert!(files.len() > 50);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let read = inventory::read(&bytes, &Limits::inventory())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        if !read.format.starts_with("CycloneDX") {
            continue;
        }
        let source: Value = serde_json::from_slice(&bytes).unwrap();
        let mut expected = std::collections::BTreeSet::new();
        purls(&source["components"], &mut expected);
        let identities: std::collections::BTreeSet<_> =
            expected.iter().filter_map(|purl| forewarn_exposure::Identity::from_purl(purl).ok()).collect();
        let got: std::collections::BTreeSet<_> =
            read.components.iter().map(|c| (c.identity.clone(), c.version.clone())).collect();
        for (identity, version) in identities {
            let there = got.iter().any(|(i, v)| *i == identity && (version.is_none() || *v == version));
            assert!(there, "{}: {identity} {version:?} is lost", file.display());
        }
    }
}

/// Text as it stands in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A component as the XML schema of CycloneDX has it, with its fields in the schema's order.
fn component_xml(component: &Value, xml: &mut String) {
    let text = |field: &str| component[field].as_str();
    let kind = text("type").unwrap_or("library");
    xml.push_str(&format!("<component type=\"{}\">\n", escaped(kind)));
    for maker in ["supplier", "manufacturer"] {
        if let Some(name) = component[maker]["name"].as_str() {
            xml.push_str(&format!("<{maker}><name>{}</name></{maker}>", escaped(name)));
        }
    }
    for field in ["author", "publisher", "group", "name", "version", "description", "cpe", "purl"] {
        if let Some(value) = text(field) {
            xml.push_str(&format!("<{field}>{}</{field}>\n", escaped(value)));
        }
    }
    if let Some(inner) = component["components"].as_array() {
        xml.push_str("<components>");
        inner.iter().for_each(|one| component_xml(one, xml));
        xml.push_str("</components>");
    }
    xml.push_str("</component>\n");
}

#[test]
fn every_cyclonedx_document_says_the_same_in_xml() {
    let Some(data) = shared() else { return };
    for file in json_files(&data.join("sbom/cyclonedx")) {
        let bytes = fs::read(&file).unwrap();
        let source: Value = serde_json::from_slice(&bytes).unwrap();
        let version = source["specVersion"].as_str().unwrap();
        let mut xml =
            format!("<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/{version}\">\n");
        if let Some(described) = source.pointer("/metadata/component") {
            xml.push_str("<metadata>");
            component_xml(described, &mut xml);
            xml.push_str("</metadata>");
        }
        xml.push_str("<components>\n");
        source["components"].as_array().unwrap().iter().for_each(|one| component_xml(one, &mut xml));
        xml.push_str("</components>\n</bom>\n");
        let json = inventory::read(&bytes, &Limits::inventory()).unwrap();
        let read = inventory::read(xml.as_bytes(), &Limits::inventory())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert_eq!(read.components, json.components, "{}", file.display());
        let reasons = |inventory: &forewarn_exposure::Inventory| -> Vec<(String, String)> {
            inventory.skipped.iter().map(|one| (one.name.clone(), one.reason.clone())).collect()
        };
        assert_eq!(reasons(&read), reasons(&json), "{}", file.display());
    }
}

/// Reading only what is wanted of a document gives what reading all of it gives.
#[test]
fn a_pruned_document_reads_as_the_whole_one() {
    let Some(data) = shared() else { return };
    for file in json_files(&data.join("sbom")) {
        let bytes = fs::read(&file).unwrap();
        let whole = forewarn_formats::json::parse(&bytes, &Limits::inventory()).unwrap();
        let whole = inventory::read_value(whole).unwrap();
        assert_eq!(inventory::read(&bytes, &Limits::inventory()).unwrap(), whole, "{}", file.display());
    }
}
