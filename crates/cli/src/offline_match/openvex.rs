//! Hits as an OpenVEX 0.2.0 document: what is known of each component that an advisory covers.
//!
//! A version inside the affected range is `affected`; where a person must decide, or nothing is known of versions, it
//! is `under_investigation`. No `not_affected` is ever stated: that a component is not hit proves nothing about a
//! product.

use std::collections::BTreeMap;

use anyhow::Context;
use forewarn_exposure::Confidence;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Hit, Outcome};

const CONTEXT: &str = "https://openvex.dev/ns/v0.2.0";
/// Where the specification's own tools put documents that have no better place.
const PUBLIC: &str = "https://openvex.dev/docs/public/vex-";

/// `None` when there is nothing to state.
pub(super) fn document(outcome: &Outcome) -> anyhow::Result<Option<Value>> {
    if outcome.hits.is_empty() {
        return Ok(None);
    }
    let mut groups: BTreeMap<(&str, String, &str, Confidence), Vec<&Hit>> = BTreeMap::new();
    for hit in &outcome.hits {
        let group = (&*hit.advisory, product(hit), hit.range.as_str(), hit.confidence);
        groups.entry(group).or_default().push(hit);
    }
    let statements: Vec<Value> = groups
        .iter()
        .map(|((advisory, product, ..), hits)| statement(outcome, advisory, product, hits))
        .collect();
    let digest = Sha256::digest(serde_json::to_vec(&statements)?);
    Ok(Some(json!({
        "@context": CONTEXT,
        "@id": format!("{PUBLIC}{}", hex::encode(digest)),
        "author": "forewarn match",
        "role": "matcher of advisories and inventories",
        "timestamp": moment()?,
        "version": 1,
        "tooling": concat!("forewarn/", env!("CARGO_PKG_VERSION")),
        "statements": statements,
    })))
}

fn statement(outcome: &Outcome, advisory: &str, product: &str, hits: &[&Hit]) -> Value {
    let mut vulnerability = json!({"name": advisory});
    let mut aliases = outcome.advisories.get(advisory).map(|a| a.aliases.clone()).unwrap_or_default();
    aliases.sort();
    aliases.dedup();
    if let Some(object) = vulnerability.as_object_mut().filter(|_| !aliases.is_empty()) {
        object.insert("aliases".into(), json!(aliases));
    }
    let range = hits.first().map_or("", |hit| hit.range.as_str());
    let sure = hits.iter().any(|hit| hit.confidence >= Confidence::Range);
    let inventories: Vec<&str> = hits.iter().map(|hit| &*hit.inventory).collect();
    let confidence = hits.first().map_or("", |hit| hit.confidence.as_str());
    let mut identified = json!({"@id": product});
    if let Some(object) = identified.as_object_mut().filter(|_| !product.starts_with("pkg:generic/")) {
        object.insert("identifiers".into(), json!({"purl": product}));
    }
    let mut statement = json!({
        "vulnerability": vulnerability,
        "products": [identified],
        "status": if sure { "affected" } else { "under_investigation" },
        "status_notes": format!("affected: {range} ({confidence}); found in {}", inventories.join(", ")),
    });
    if let Some(object) = statement.as_object_mut().filter(|_| sure) {
        let action =
            format!("Update to a version that is not affected ({range} is), or follow the advisory.");
        object.insert("action_statement".into(), action.into());
    }
    statement
}

/// An IRI: the package URL as the inventory has it; a product without one becomes a generic package URL.
fn product(hit: &Hit) -> String {
    if hit.component.starts_with("pkg:") && reqwest::Url::parse(&hit.component).is_ok() {
        return hit.component.clone();
    }
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let version = hit.version.as_deref().map(|version| format!("@{}", encode(version)));
    format!("pkg:generic/{}{}", encode(&hit.component), version.unwrap_or_default())
}

/// `SOURCE_DATE_EPOCH` where it is set, so that the same input can give the same bytes.
#[allow(clippy::disallowed_methods, reason = "the binary reads the clock")]
fn moment() -> anyhow::Result<String> {
    let moment = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => seconds
            .parse()
            .map_err(anyhow::Error::from)
            .and_then(|seconds| Ok(Timestamp::from_second(seconds)?))
            .context("SOURCE_DATE_EPOCH is no number of seconds")?,
        Err(_) => Timestamp::from_second(Timestamp::now().as_second())?,
    };
    Ok(moment.to_string())
}
