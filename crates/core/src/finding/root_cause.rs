//! Which findings certainly have the same root cause. Only sure signs here: what is merely likely is proposed to a
//! person, never joined by rule.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use forewarn_exposure::Identity;

use super::Report;

/// One sign of a root cause. Two findings that share a sign have the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RootCauseKey {
    /// Digest of the sign, lower-case hex; what the store looks up, so that the sign itself is not in an index.
    pub digest: String,
    /// Which kind of sign, for the explanation.
    pub why: &'static str,
}

/// The signs of a report: an id that names one vulnerability (CVE, GHSA and the ecosystem databases'), or the same
/// weakness at the same function of the same file of the same package, where the report shows nothing narrower.
///
/// A report with a line, a stack or a patch is compared by those ([`crate::deduplication`]): two bugs in one function
/// are common.
pub fn root_cause_keys(report: &Report) -> BTreeSet<RootCauseKey> {
    let ids = vulnerability_ids(report);
    let mut keys: BTreeSet<RootCauseKey> =
        ids.map(|id| key("the same vulnerability id", &["id", &id])).collect();
    let Some(location) = &report.location else { return keys };
    let Some(function) = &location.function else { return keys };
    let narrower = location.line.is_some() || !report.code.is_empty();
    if narrower || location.file.trim().is_empty() || function.trim().is_empty() {
        return keys;
    }
    for affected in &report.affected {
        let (kind, scope, name) = parts(&affected.identity);
        for weakness in &report.weaknesses {
            keys.insert(key(
                "the same weakness in the same function of the same package",
                &["place", kind, &scope, name, weakness, &location.file, function],
            ));
        }
    }
    keys
}

/// The ids of a report that each name one vulnerability, in upper case.
pub(crate) fn vulnerability_ids(report: &Report) -> impl Iterator<Item = String> {
    let ids = report.external_id.iter().chain(&report.aliases).filter(|id| names_a_vulnerability(id));
    ids.map(|id| id.to_ascii_uppercase())
}

/// Ids of databases in which one id is one vulnerability. Not among them: a finder's own ids, and databases whose
/// ids cover several vulnerabilities (DSA, ICSA).
///
/// Placeholders (`CVE-PENDING`, `CVE-2026-XXXX`, `RUSTSEC-0000-0000`) name nothing: they would join whatever their
/// writers have not yet numbered.
fn names_a_vulnerability(id: &str) -> bool {
    let upper = id.to_ascii_uppercase();
    let Some((database, rest)) = upper.split_once('-') else { return false };
    match database {
        "CVE" | "RUSTSEC" | "GO" | "PYSEC" => rest.split_once('-').is_some_and(|(year, number)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let counts = |text: &str| text.bytes().any(|b| b != b'0');
            year.len() == 4 && digits(year) && digits(number) && counts(year) && counts(number)
        }),
        "GHSA" => {
            let groups: Vec<&str> = rest.split('-').collect();
            groups.len() == 3
                && groups.iter().all(|g| g.len() == 4 && g.bytes().all(|b| b.is_ascii_alphanumeric()))
                && groups.iter().any(|g| *g != "XXXX")
        }
        _ => false,
    }
}

/// The parts apart, so that no package and no product can be written to look like another.
fn parts(identity: &Identity) -> (&'static str, String, &str) {
    match identity {
        Identity::Package { ecosystem, name } => ("package", ecosystem.to_string(), name),
        Identity::Product { vendor, product } => ("product", vendor.clone(), product),
    }
}

fn key(why: &'static str, parts: &[&str]) -> RootCauseKey {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    RootCauseKey { digest: hex::encode(hash.finalize()), why }
}
