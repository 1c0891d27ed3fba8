//! Hits as a SARIF 2.1.0 log (OASIS Standard): an advisory is a rule, a hit a result in the inventory's file.

use std::collections::HashMap;

use forewarn_exposure::Confidence;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Advisory, Hit, Outcome};
use crate::documents::FileProblem;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path keeps as it is in a URI reference (RFC 3986: unreserved characters and the slash).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

pub(super) fn log(outcome: &Outcome) -> Value {
    let rules: Vec<Value> = outcome.advisories.iter().map(|(id, advisory)| rule(id, advisory)).collect();
    let places: HashMap<&str, usize> = outcome.advisories.keys().map(String::as_str).zip(0..).collect();
    let results: Vec<Value> =
        outcome.hits.iter().map(|hit| result(hit, places.get(&*hit.advisory))).collect();
    let notifications: Vec<Value> = outcome.errors.iter().map(notification).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "forewarn match",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": outcome.errors.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

fn rule(id: &str, advisory: &Advisory) -> Value {
    let title = if advisory.title.trim().is_empty() { id } else { &advisory.title };
    let mut rule = json!({"id": id, "shortDescription": {"text": title}});
    if let Some(object) = rule.as_object_mut() {
        if let Some(uri) = advisory.reference.as_deref().and_then(|uri| reqwest::Url::parse(uri).ok()) {
            object.insert("helpUri".into(), uri.as_str().into());
        }
        if !advisory.aliases.is_empty() {
            object.insert("properties".into(), json!({"aliases": advisory.aliases}));
        }
    }
    rule
}

fn result(hit: &Hit, rule: Option<&usize>) -> Value {
    let version = hit.version.as_deref().unwrap_or("no version");
    let text = format!("{} ({version}) is affected by {}: {}", hit.component, hit.advisory, hit.range);
    let mut result = json!({
        "ruleId": &*hit.advisory,
        "level": level(hit.confidence),
        "message": {"text": text},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": uri(&hit.inventory)}},
            "logicalLocations": [{"fullyQualifiedName": hit.component, "kind": "package"}],
        }],
        "partialFingerprints": {"hit/v1": fingerprint(hit)},
        "properties": {"version": hit.version, "range": hit.range, "confidence": hit.confidence},
    });
    if let (Some(rule), Some(object)) = (rule, result.as_object_mut()) {
        object.insert("ruleIndex".into(), (*rule).into());
    }
    result
}

/// What a person still must decide is no error yet.
fn level(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Exact | Confidence::Range => "error",
        Confidence::ProductOnly => "warning",
        Confidence::NeedsPerson => "note",
    }
}

/// A path as a URI reference. A colon before the first slash would read as a scheme, so it is escaped too.
fn uri(path: &str) -> String {
    let encoded = utf8_percent_encode(path, PATH).to_string();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

/// The same hit in the next run, also when a range was reworded.
fn fingerprint(hit: &Hit) -> String {
    let mut digest = Sha256::new();
    for part in [&*hit.advisory, &*hit.inventory, hit.component.as_str()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

fn notification(error: &FileProblem) -> Value {
    let text = if error.place.is_empty() {
        error.message.clone()
    } else {
        format!("{}: {}", error.place, error.message)
    };
    json!({
        "level": "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&error.file)}}}],
    })
}
