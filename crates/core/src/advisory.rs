//! Published advisories: exact bytes, made public by a release and by nothing else.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::ids::CaseId;

/// A published document.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Advisory {
    /// Case it came from; `None` only before publication.
    pub case: Option<CaseId>,
    /// Public number, such as `FW-2026-K7QX3M`.
    pub number: String,
    /// Title.
    pub title: String,
    /// Revision, from 1.
    pub revision: u32,
    /// The CSAF 2.0 document, exact text.
    pub csaf: String,
    /// When this revision was published, milliseconds since the Unix epoch.
    pub published_at: i64,
    /// When each revision was published, the first one first, milliseconds since the Unix epoch.
    #[serde(default)]
    pub history: Vec<i64>,
}

/// What happens to an advisory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A revision became public.
    AdvisoryPublished {
        /// Case.
        case: CaseId,
        /// Public number.
        number: String,
        /// Title.
        title: String,
        /// Revision.
        revision: u32,
        /// Exact text of the document.
        csaf: String,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        "advisory-published"
    }
}

impl Aggregate for Advisory {
    const CATEGORY: Category = Category::Advisory;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        let Event::AdvisoryPublished { case, number, title, revision, csaf } = event;
        self.case = Some(*case);
        self.number = number.clone();
        self.title = title.clone();
        self.revision = *revision;
        self.csaf = csaf.clone();
        self.published_at = meta.at.as_millisecond();
        self.history.push(self.published_at);
        self
    }

    fn facets(&self) -> Facets {
        Facets {
            state: "published".into(),
            sort_at: self.published_at,
            public: true,
            relations: BTreeSet::new(),
            keys: BTreeSet::from([Key::unique("number", &self.number)]),
        }
    }
}
