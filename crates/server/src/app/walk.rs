//! Lists that are read to their end, page by page, so that memory does not grow with their number.

use std::marker::PhantomData;

use forewarn_core::access::{Act, Actor, Filter, Relation, Visible, filter};
use forewarn_core::ids::OrgId;
use forewarn_core::reading::Readable;
use forewarn_store::{Document, EventStore, Position, Query};

use super::{App, AppError, guard};

/// Documents read at once.
const STEP: u32 = 100;

/// The pages of a list, in its order, each as long as the query says.
pub(crate) struct Pages {
    query: Query,
    ended: bool,
}

impl Pages {
    /// From where the query begins.
    pub(crate) fn new(query: Query) -> Self {
        Self { query, ended: false }
    }

    /// The next page; `None` when there are no more.
    pub(crate) async fn next(&mut self, store: &dyn EventStore) -> Result<Option<Vec<Document>>, AppError> {
        if self.ended {
            return Ok(None);
        }
        let documents = store.list(&self.query).await?;
        self.ended = documents.len() < usize::try_from(self.query.limit).unwrap_or(usize::MAX);
        if let Some(last) = documents.last() {
            self.query.after = Some(Position::of(last));
        }
        Ok(Some(documents))
    }
}

/// A walk over everything of one kind that an actor may see, oldest first, so that what changes its place meanwhile is
/// met again rather than missed.
pub(super) struct Walk<A> {
    actor: Actor,
    act: Act,
    pages: Pages,
    kind: PhantomData<fn() -> A>,
}

impl<A: Readable> Walk<A> {
    /// Over what `actor` may do `act` on.
    pub(super) fn new(actor: &Actor, act: Act) -> Self {
        let mut query = Query::new(A::CATEGORY, filter(actor, act), STEP);
        query.newest_first = false;
        Self { actor: actor.clone(), act, pages: Pages::new(query), kind: PhantomData }
    }

    /// Only those with this key.
    pub(super) fn keyed(mut self, name: &str, value: &str) -> Self {
        self.pages.query.key = Some((name.to_owned(), value.to_owned()));
        self
    }

    /// Only those to which an organisation stands in this relation; for an actor that sees all of the kind.
    pub(super) fn related(mut self, org: OrgId, relation: Relation) -> Self {
        self.pages.query.filter = Filter::Some { public: false, related: [(org, [relation].into())].into() };
        self
    }

    /// Only those that stand behind this moment in lists, milliseconds since the Unix epoch; some that stand at it may
    /// come too.
    pub(super) fn behind(mut self, sort_at: i64) -> Self {
        self.pages.query.after = Some(Position { sort_at, id: String::new() });
        self
    }

    /// The next ones; `None` when there are no more.
    pub(super) async fn next(&mut self, app: &App) -> Result<Option<Vec<Visible<A>>>, AppError> {
        let Some(documents) = self.pages.next(app.store.as_ref()).await? else { return Ok(None) };
        let mut seen = Vec::with_capacity(documents.len());
        for document in &documents {
            seen.extend(guard::<A>(document)?.see(&self.actor, self.act));
        }
        Ok(Some(seen))
    }
}
