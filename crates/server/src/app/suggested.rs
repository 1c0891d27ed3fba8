//! Who may run what a case affects under another name, for a coordinator to judge.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::case::{Case, MatchVerdict, SuggestedMatch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, AppError};

/// An operator that holds something alike under another name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SuggestedHolder {
    /// Id of the match, to be judged by.
    pub id: String,
    /// Operator.
    pub org: String,
    /// Its name.
    pub name: String,
    /// What is affected.
    pub affected: String,
    /// What its inventories have.
    pub held: String,
    /// In which versions; none where they say none.
    pub versions: Vec<String>,
    /// On how many assets.
    pub assets: usize,
    /// How alike the names are, 0 to 100.
    pub score: u32,
    /// Why it is suggested, in words.
    pub why: String,
    /// `open`, `confirmed` (exposure like any other) or `rejected`.
    pub state: String,
    /// Why it was judged so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A match with the suggestions that it is made of.
struct Found {
    affected: String,
    score: u32,
    why: String,
    assets: BTreeSet<String>,
    versions: BTreeSet<String>,
}

impl App {
    /// What is suggested for a case, with what was judged of it: what waits first, then the likeliest.
    pub(super) async fn suggested_holders(&self, case: &Case) -> Result<Vec<SuggestedHolder>, AppError> {
        self.exposure.catch_up(self.store.as_ref()).await?;
        let mut holders = Vec::new();
        for (matched, found) in self.suggested_matches(case) {
            let Some(organisation) = self.organisation(matched.org).await? else { continue };
            let id = matched.id();
            let judged = case.matches.expose().get(&id);
            holders.push(SuggestedHolder {
                org: matched.org.to_string(),
                name: organisation.profile.name,
                affected: found.affected,
                held: matched.held.to_string(),
                versions: found.versions.into_iter().collect(),
                assets: found.assets.len(),
                score: found.score,
                why: found.why,
                state: judged.map_or("open", |judged| state(judged.verdict)).to_owned(),
                reason: judged.map(|judged| judged.reason.clone()),
                id,
            });
        }
        holders.sort_by_key(|one| (one.state != "open", std::cmp::Reverse(one.score)));
        Ok(holders)
    }

    /// The match of this id, as it is suggested now or was judged before.
    pub(super) async fn suggested_match(&self, case: &Case, id: &str) -> Result<SuggestedMatch, AppError> {
        if let Some(judged) = case.matches.expose().get(id) {
            return Ok(judged.matched.clone());
        }
        self.exposure.catch_up(self.store.as_ref()).await?;
        let found = self.suggested_matches(case).into_keys().find(|matched| matched.id() == id);
        found.ok_or_else(|| AppError::Invalid {
            place: "/match".into(),
            message: "is no suggested match of this case; its exposure lists them".into(),
        })
    }

    fn suggested_matches(&self, case: &Case) -> BTreeMap<SuggestedMatch, Found> {
        let mut matches: BTreeMap<SuggestedMatch, Found> = BTreeMap::new();
        for entry in case.affected.expose() {
            for suggestion in self.exposure.suggestions(entry) {
                let exposure = suggestion.exposure;
                let matched = SuggestedMatch {
                    org: exposure.owner,
                    affected: entry.identity.clone(),
                    held: suggestion.held,
                };
                let found = matches.entry(matched).or_insert_with(|| Found {
                    affected: entry.label(),
                    score: suggestion.score,
                    why: suggestion.reason,
                    assets: BTreeSet::new(),
                    versions: BTreeSet::new(),
                });
                found.assets.insert(exposure.asset);
                found.versions.extend(exposure.version);
            }
        }
        matches
    }
}

fn state(verdict: MatchVerdict) -> &'static str {
    match verdict {
        MatchVerdict::Same => "confirmed",
        MatchVerdict::Different => "rejected",
    }
}
