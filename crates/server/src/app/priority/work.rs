//! From what changed to the cases that must be put in order anew.

use std::sync::{PoisonError, RwLock};

use forewarn_core::access::{Act, Actor, Filter};
use forewarn_core::aggregate::Category;
use forewarn_core::case::{Case, State};
use forewarn_core::catalogue::CatalogueKind;
use forewarn_core::event::{StreamId, decode};
use forewarn_core::ids::CaseId;
use forewarn_core::inventory::Event;
use forewarn_core::priority::Standing;
use forewarn_exposure::{Inventory, Watch};
use forewarn_store::{Document, EventStore, Position, Query};

use super::super::exposure::components;
use super::super::walk::Pages;
use super::super::{App, AppError, guard};
use super::validation::EndClaim;
use super::{Changed, PutInOrder};

/// How many rows are read at once.
const STEP: u32 = 200;

/// What open cases affect, in step with the log; read when the first inventory asks.
#[derive(Default)]
pub(crate) struct Cases {
    state: RwLock<(Watch<CaseId>, Option<u64>)>,
    turn: tokio::sync::Mutex<()>,
}

impl Cases {
    async fn catch_up(&self, store: &dyn EventStore) -> Result<(), AppError> {
        let _turn = self.turn.lock().await;
        let head = store.head().await?;
        let from = self.state.read().unwrap_or_else(PoisonError::into_inner).1;
        let Some(mut seq) = from else { return self.start(store, head).await };
        while seq < head {
            let events = store.events_after(seq, STEP, Some(Category::Case)).await?;
            let ids: std::collections::BTreeSet<&str> = events.iter().map(|e| e.stream.id.as_str()).collect();
            for id in ids {
                if let Some(document) = store.get(Category::Case, id).await? {
                    self.note(&document)?;
                }
            }
            seq = events.last().map_or(head, |last| last.seq);
            self.state.write().unwrap_or_else(PoisonError::into_inner).1 = Some(seq);
        }
        Ok(())
    }

    /// Reads the cases that are open. The position was taken first: what changes meanwhile is read twice.
    async fn start(&self, store: &dyn EventStore, head: u64) -> Result<(), AppError> {
        let mut pages = Pages::new(open_cases());
        while let Some(documents) = pages.next(store).await? {
            documents.iter().try_for_each(|document| self.note(document))?;
        }
        self.state.write().unwrap_or_else(PoisonError::into_inner).1 = Some(head);
        Ok(())
    }

    fn note(&self, document: &Document) -> Result<(), AppError> {
        let Some(case) = guard::<Case>(document)?.see(&Actor::System, Act::SeeCase) else { return Ok(()) };
        let Some(id) = case.id else { return Ok(()) };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if is_open(case.state) {
            state.0.set(&id, case.affected.expose());
        } else {
            state.0.remove(&id);
        }
        Ok(())
    }

    fn touched(&self, inventory: &Inventory) -> Vec<CaseId> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.0.touched(inventory).into_iter().copied().collect()
    }
}

fn is_open(state: State) -> bool {
    !matches!(state, State::Public | State::Closed | State::Withdrawn)
}

fn open_cases() -> Query {
    let mut query = Query::new(Category::Case, Filter::Everything, STEP);
    let open = State::ALL.iter().filter(|state| is_open(**state));
    query.states = open.map(|state| state.as_str().to_owned()).collect();
    query
}

fn place(after: &Option<(i64, String)>) -> Option<Position> {
    after.as_ref().map(|(sort_at, id)| Position { sort_at: *sort_at, id: id.clone() })
}

fn go_on(documents: &[Document]) -> Option<(i64, String)> {
    let whole = documents.len() == usize::try_from(STEP).unwrap_or(usize::MAX);
    documents.last().filter(|_| whole).map(|last| (last.facets.sort_at, last.id.clone()))
}

impl App {
    /// Does what a change asks for: puts a case in order, or finds the cases it concerns and queues them.
    ///
    /// # Errors
    /// When the store does not answer; the job is then done again, which changes nothing twice.
    pub(crate) async fn follow_change(&self, change: &Changed) -> Result<(), AppError> {
        let found = match change {
            Changed::Case { case } => return self.run_own(&PutInOrder { case: case.clone() }).await,
            Changed::Claim { case } => return self.run_own(&EndClaim { case: case.clone() }).await,
            Changed::Inventory { stream, version } => self.cases_touched(stream, *version).await?,
            Changed::Catalogue { kind, after } => self.cases_listed(*kind, after).await?,
            Changed::Finder { org, after } => {
                let (cases, after) = self.standings("finder", org, after).await?;
                let next = after.map(|after| Changed::Finder { org: org.clone(), after: Some(after) });
                cases.into_iter().map(|(case, _)| Changed::Case { case }).chain(next).collect()
            }
            Changed::Profile { after } => {
                let mut query = open_cases();
                query.after = place(after);
                let documents = self.store.list(&query).await?;
                let next = go_on(&documents).map(|after| Changed::Profile { after: Some(after) });
                documents.into_iter().map(|d| Changed::Case { case: d.id }).chain(next).collect()
            }
        };
        self.enqueue(&found, self.ambient().now()).await
    }

    /// Cases that an asset's inventory falls under, before the push or after it.
    async fn cases_touched(&self, stream: &str, version: u64) -> Result<Vec<Changed>, AppError> {
        self.cases.catch_up(self.store.as_ref()).await?;
        let mut touched = std::collections::BTreeSet::new();
        for recorded in self.store.stream(&StreamId::new(Category::Inventory, stream)).await? {
            if recorded.version != version && recorded.version + 1 != version {
                continue;
            }
            let envelope = decode::<Event>(&recorded.event.bytes)
                .map_err(|_| AppError::Internal("inventory event shape"))?;
            let Event::InventoryReplaced { snapshot, .. } = envelope.data;
            let inventory = components(self.store.as_ref(), stream, &snapshot.components_sha256).await?;
            touched.extend(self.cases.touched(&inventory));
        }
        Ok(touched.into_iter().map(|case| Changed::Case { case: case.to_string() }).collect())
    }

    /// Open cases with a CVE id whose entry in the catalogue is another than in the edition before.
    async fn cases_listed(
        &self,
        kind: CatalogueKind,
        after: &Option<(i64, String)>,
    ) -> Result<Vec<Changed>, AppError> {
        let (state, _) = self.catalogue_state(kind).await?;
        let Some(edition) = state.edition else { return Ok(vec![]) };
        let now = self.entries(kind, &edition.entries_sha256).await?;
        let before = match &state.before_sha256 {
            Some(digest) => Some(self.entries(kind, digest).await?),
            None => None,
        };
        let (cases, after) = self.standings("has", "cve", after).await?;
        let next = after.map(|after| Changed::Catalogue { kind, after: Some(after) });
        let concerned = cases.into_iter().filter(|(_, standing)| {
            standing.watched.cves.expose().iter().any(|cve| now.differs(before.as_deref(), *cve))
        });
        Ok(concerned.map(|(case, _)| Changed::Case { case }).chain(next).collect())
    }

    /// A page of the standings with a key. A case that moves meanwhile was put in order by what moved it.
    async fn standings(
        &self,
        name: &str,
        value: &str,
        after: &Option<(i64, String)>,
    ) -> Result<(Vec<(String, Standing)>, Option<(i64, String)>), AppError> {
        let mut query = Query::new(Category::Priority, Filter::Everything, STEP);
        query.key = Some((name.to_owned(), value.to_owned()));
        query.after = place(after);
        let documents = self.store.list(&query).await?;
        let mut standings = Vec::new();
        for document in &documents {
            let visible = guard::<Standing>(document)?.see(&Actor::System, Act::SeePriority);
            standings.extend(visible.map(|visible| (document.id.clone(), Standing::clone(&visible))));
        }
        Ok((standings, go_on(&documents)))
    }

    /// Has every open case put in order anew when the policy profile is another than the last time.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(in super::super) async fn follow_profile(&self) -> Result<(), AppError> {
        const SETTING: &str = "priority-profile";
        let digest = self.settings.policy.digest.as_bytes();
        if self.store.setting(SETTING).await?.as_deref() == Some(digest) {
            return Ok(());
        }
        if self.store.head().await? > 0 {
            self.enqueue(&[Changed::Profile { after: None }], self.ambient().now()).await?;
        }
        self.store.put_setting(SETTING, digest).await?;
        Ok(())
    }
}
