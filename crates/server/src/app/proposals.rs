//! Pairs of findings that may have one root cause, for a coordinator to decide on.

use std::collections::HashSet;

use forewarn_core::Refusal;
use forewarn_core::access::{Act, Actor, may};
use forewarn_core::deduplication::Verdict;
use forewarn_core::finding::Finding;
use forewarn_core::ids::FindingId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deduplication::{Pair, Standing};
use super::views::{LARGEST_PAGE, Page, PageRequest};
use super::{App, AppError};

/// Most pairs one request looks at: most of those already decided are left out of the answer.
const LOOKED_AT: usize = 400;

/// A pair of findings that may have one root cause.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// The later finding; the one to act on.
    pub finding: String,
    /// Its title.
    pub title: String,
    /// The case it is in.
    pub case: Option<String>,
    /// The earlier finding.
    pub with: String,
    /// Its title.
    pub with_title: String,
    /// The case that one is in.
    pub with_case: Option<String>,
    /// Order among proposals, 0 to 100. Not a probability.
    pub score: u8,
    /// Whether a rule says so, and a person is asked only because both are in cases.
    pub certain: bool,
    /// What speaks for and against it.
    pub reasons: Vec<String>,
}

impl App {
    /// Open proposals, those about the latest findings first.
    ///
    /// # Errors
    /// When the actor is no coordinator, the page is not right or the store does not answer.
    pub async fn proposals(&self, actor: &Actor, page: &PageRequest) -> Result<Page<ProposalView>, AppError> {
        if !may(actor, Act::TriageFinding) {
            return Err(Refusal::Forbidden("proposals are for coordinators").into());
        }
        let limit = page.limit.unwrap_or(50);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(invalid("limit", "must be from 1 to 200"));
        }
        if page.state.is_some() {
            return Err(invalid("state", "proposals have no state"));
        }
        let before = page.after.as_deref().map(cursor).transpose()?;
        self.deduplication.catch_up(self.store.as_ref()).await?;
        let found = self.deduplication.open(before, LOOKED_AT);
        let full = found.len() == LOOKED_AT;
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        let mut last = None;
        for (pair, likeness) in found {
            if items.len() == usize::try_from(limit).unwrap_or(usize::MAX) {
                return Ok(Page { items, next: last.map(text) });
            }
            last = Some(pair);
            // One question for what both stand behind, however many reports raise it.
            if let Some((one, two)) = self.undecided(actor, pair).await?
                && seen.insert((one.1.first, two.1.first))
            {
                items.push(ProposalView {
                    finding: pair.0.to_string(),
                    title: one.0,
                    case: one.1.case.map(|case| case.to_string()),
                    with: pair.1.to_string(),
                    with_title: two.0,
                    with_case: two.1.case.map(|case| case.to_string()),
                    score: likeness.score,
                    certain: likeness.verdict == Verdict::Certain,
                    reasons: likeness.reasons.iter().map(|reason| reason.as_str().to_owned()).collect(),
                });
            }
        }
        Ok(Page { items, next: last.filter(|_| full).map(text) })
    }

    /// Both sides of a pair with their titles, unless they are together by now, declined, or not to be seen.
    pub(super) async fn undecided(
        &self,
        actor: &Actor,
        pair: Pair,
    ) -> Result<Option<((String, Standing), (String, Standing))>, AppError> {
        let one = self.visible::<Finding>(&pair.0.to_string(), actor, Act::SeeFinding).await?;
        let two = self.visible::<Finding>(&pair.1.to_string(), actor, Act::SeeFinding).await?;
        let (first, second) = (self.stands_behind(pair.0).await?, self.stands_behind(pair.1).await?);
        let apart = one.apart.contains(&pair.1) || two.apart.contains(&pair.0);
        if first.is_with(&second) || apart || first.declined || second.declined {
            return Ok(None);
        }
        let title = |finding: &Finding| Self::report_of(finding).map(|report| report.title.clone());
        Ok(Some(((title(&one)?, first), (title(&two)?, second))))
    }
}

fn invalid(place: &str, message: &str) -> AppError {
    AppError::Invalid { place: place.into(), message: message.into() }
}

fn text(pair: Pair) -> String {
    format!("{}.{}", pair.0, pair.1)
}

fn cursor(text: &str) -> Result<Pair, AppError> {
    let parse = |id: &str| id.parse::<FindingId>().ok();
    let pair = text.split_once('.').and_then(|(one, two)| Some((parse(one)?, parse(two)?)));
    pair.ok_or_else(|| invalid("after", "is not a cursor of this list"))
}
