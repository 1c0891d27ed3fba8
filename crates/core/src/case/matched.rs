//! Components under another name than the affected product: suggested by the names, decided by a person.

use forewarn_exposure::Identity;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Case;
use crate::ids::OrgId;

/// What a person judges: whether what one operator holds is the affected product, under another name.
///
/// It is of names, not of versions or assets: the same operator's other assets with the product, and its later
/// versions, are the same question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SuggestedMatch {
    /// Whose.
    pub org: OrgId,
    /// The affected product, as the case names it.
    pub affected: Identity,
    /// The product as the operator's inventory names it.
    pub held: Identity,
}

impl SuggestedMatch {
    /// A short id: the beginning of SHA-256 over its parts, as lower-case hex.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.org.0.as_bytes());
        for identity in [&self.affected, &self.held] {
            let (of, name) = match identity {
                Identity::Package { ecosystem, name } => (ecosystem.to_string(), name),
                Identity::Product { vendor, product } => (vendor.clone(), product),
            };
            for text in [&of, name] {
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        }
        hex::encode(&hash.finalize()[..8])
    }
}

/// What a person found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchVerdict {
    /// It is the affected product: exposure like any other.
    Same,
    /// It is another product: not suggested again.
    Different,
}

/// A match that a person judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedMatch {
    /// Which.
    pub matched: SuggestedMatch,
    /// What was found.
    pub verdict: MatchVerdict,
    /// Why.
    pub reason: String,
    /// By whom, as in events.
    pub by: String,
}

impl Case {
    /// The matches that somebody found to be the affected product.
    pub fn confirmed_matches(&self) -> impl Iterator<Item = &SuggestedMatch> {
        let judged = self.matches.expose().values();
        judged.filter(|judged| judged.verdict == MatchVerdict::Same).map(|judged| &judged.matched)
    }
}
