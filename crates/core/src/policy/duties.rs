//! Duties that a law lays on vendors and that the clearinghouse shows them, with the time that is left. It does not
//! report for them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PolicyProblem;

/// What begins the time of a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyFrom {
    /// The vendor knows that it is exploited.
    Exploited,
    /// A fix is ready, of what is exploited.
    Fix,
}

/// A duty of a vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorDuty {
    /// Id, such as `cra-early-warning`.
    pub id: String,
    /// What is to be done, in words.
    pub what: String,
    /// Where that is written.
    pub source: String,
    /// What begins its time.
    pub from: DutyFrom,
    /// Hours until its end.
    pub hours: u32,
}

/// Refuses duties that could not be shown or told apart.
pub(super) fn check(duties: &[VendorDuty]) -> Result<(), PolicyProblem> {
    let ids: BTreeSet<&str> = duties.iter().map(|duty| duty.id.as_str()).collect();
    let word = |id: &str| {
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
    };
    let whole = |duty: &VendorDuty| {
        word(&duty.id) && !duty.what.trim().is_empty() && !duty.source.trim().is_empty() && duty.hours > 0
    };
    if ids.len() == duties.len() && duties.iter().all(whole) {
        return Ok(());
    }
    Err(PolicyProblem::Unsafe(
        "vendor_duties: each needs an id of its own in lower case, words, a source, and hours above zero",
    ))
}
