//! Cases with a wave that stands: whoever comes to run what they affect is told under the same approval.
//!
//! Kept in memory and in step with the log, so that a new inventory is looked up once for each of its components,
//! however many cases and operators there are.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use forewarn_core::access::Filter;
use forewarn_core::aggregate::Category;
use forewarn_core::case::{Case, State};
use forewarn_core::sharing::Reach;
use forewarn_exposure::{Affected, Inventory, Watch};
use forewarn_store::{Document, EventStore, Query};

use super::AppError;
use super::walk::Pages;

/// How many rows are read at once.
const STEP: u32 = 500;

/// Cases that follow the log.
#[derive(Default)]
pub(super) struct Follower {
    state: RwLock<Standing>,
    /// Only one task reads the log forward at a time.
    turn: tokio::sync::Mutex<()>,
}

/// Standing cases by what they affect.
#[derive(Default)]
struct Standing {
    watch: Watch<String>,
    /// Cases with a wave that reaches operators whatever they run.
    everyone: BTreeSet<String>,
    seq: u64,
}

impl Follower {
    /// Reads the cases that stand now.
    pub(super) async fn start(&self, store: &dyn EventStore) -> Result<(), AppError> {
        // The position is taken first: what changes meanwhile is read twice, which changes nothing.
        let seq = store.head().await?;
        let mut standing = Standing { seq, ..Standing::default() };
        let mut query = Query::new(Category::Case, Filter::Everything, STEP);
        query.states = vec![State::Sharing.as_str().to_owned()];
        let mut pages = Pages::new(query);
        while let Some(cases) = pages.next(store).await? {
            cases.iter().try_for_each(|document| standing.take(&document.id, Some(document)))?;
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = standing;
        Ok(())
    }

    /// Reads what happened to cases since.
    async fn catch_up(&self, store: &dyn EventStore) -> Result<(), AppError> {
        let _turn = self.turn.lock().await;
        let head = store.head().await?;
        loop {
            let from = self.state.read().unwrap_or_else(PoisonError::into_inner).seq;
            if from >= head {
                return Ok(());
            }
            let events = store.events_after(from, STEP, Some(Category::Case)).await?;
            let changed: BTreeSet<&str> = events.iter().map(|event| event.stream.id.as_str()).collect();
            for id in changed {
                let document = store.get(Category::Case, id).await?;
                self.state.write().unwrap_or_else(PoisonError::into_inner).take(id, document.as_ref())?;
            }
            let seq = events.last().map_or(head, |last| last.seq);
            self.state.write().unwrap_or_else(PoisonError::into_inner).seq = seq;
        }
    }

    /// The standing cases that an inventory may fall under.
    pub(super) async fn touched(
        &self,
        store: &dyn EventStore,
        inventory: &Inventory,
    ) -> Result<Vec<String>, AppError> {
        self.catch_up(store).await?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let touched = state.watch.touched(inventory).into_iter().chain(&state.everyone);
        Ok(touched.collect::<BTreeSet<_>>().into_iter().cloned().collect())
    }
}

impl Standing {
    /// Takes up a case as it is, or forgets it where nothing of it stands.
    fn take(&mut self, id: &str, document: Option<&Document>) -> Result<(), AppError> {
        let read = |document: &Document| serde_json::from_slice::<Case>(&document.doc);
        let case = document.map(read).transpose().map_err(|_| AppError::Internal("case shape"))?;
        let standing = |case: &Case| case.standing_waves().any(|(_, w)| w.audience.reach == Reach::Everyone);
        match case.as_ref().is_some_and(standing) {
            true => self.everyone.insert(id.to_owned()),
            false => self.everyone.remove(id),
        };
        match case.filter(|case| case.standing_waves().next().is_some()) {
            Some(case) => self.watch.set(&id.to_owned(), &watched(&case)),
            None => {
                self.watch.remove(&id.to_owned());
            }
        }
        Ok(())
    }
}

/// What a case affects, also under the names that a person found to be the same product.
fn watched(case: &Case) -> Vec<Affected> {
    let affected = case.affected.expose();
    let mut all = affected.clone();
    for matched in case.confirmed_matches() {
        let meant = affected.iter().filter(|entry| entry.identity == matched.affected);
        all.extend(meant.map(|entry| entry.as_held(&matched.held)));
    }
    all
}
