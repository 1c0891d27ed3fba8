//! CVSS 3.x as CSAF writes it.

use cvss::v3::Vector;
use serde_json::{Value, json};

/// The base metrics, in the order of the CVSS 3.1 specification.
const BASE: [&str; 8] = ["AV", "AC", "PR", "UI", "S", "C", "I", "A"];

/// A `cvss_v3` object with the base metrics of a vector, their score and its severity; `None` when the text is
/// not a CVSS 3.0 or 3.1 vector with each base metric once.
pub(super) fn cvss3(text: &str) -> Option<Value> {
    text.parse::<Vector>().ok()?;
    let (version, metrics) = text.strip_prefix("CVSS:")?.split_once('/')?;
    if !matches!(version, "3.0" | "3.1") {
        return None;
    }
    let mut base = format!("CVSS:{version}");
    for metric in BASE {
        let mut given = metrics.split('/').filter(|given| given.split(':').next() == Some(metric));
        base.push('/');
        base.push_str(given.next()?);
        if given.next().is_some() {
            return None;
        }
    }
    let score = base.parse::<Vector>().ok()?.base_score();
    Some(json!({
        "version": version,
        "vectorString": base,
        "baseScore": score.value(),
        "baseSeverity": score.severity().as_str().to_uppercase(),
    }))
}
