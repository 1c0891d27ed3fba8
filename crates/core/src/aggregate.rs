//! What every event-sourced thing has in common, and the registry that turns events into read-model rows.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::access::Relation;
use crate::advisory::Advisory;
use crate::case::Case;
use crate::catalogue::Catalogue;
use crate::credential::Credential;
use crate::event;
use crate::finding::Finding;
use crate::ids::OrgId;
use crate::inventory::Holding;
use crate::notice::Notice;
use crate::pace::Pace;
use crate::party::Organisation;
use crate::priority::Standing;
use crate::public_log::PublicLog;
use crate::reading::Read;
use crate::shredding::Shredding;
use crate::thread::Thread;

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident = $text:literal => $aggregate:ty),+ $(,)?) => {
        /// The kinds of event-sourced things.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Category { $($(#[$doc])* $name),+ }

        impl Category {
            /// Every category.
            pub const ALL: &'static [Category] = &[$(Category::$name),+];

            /// The name used in stream ids and in the store.
            pub fn as_str(self) -> &'static str {
                match self { $(Category::$name => $text),+ }
            }
        }

        /// Folds events into the read-model row of one stream.
        ///
        /// `prior` is the row's document before these events, `None` for a new stream; `events` are envelope
        /// bytes in stream order. The same function serves the append and the replay, so the two cannot differ.
        ///
        /// # Errors
        /// [`Corrupt`] when the document or an event cannot be read.
        pub fn project(
            category: Category,
            prior: Option<&[u8]>,
            events: &[&[u8]],
        ) -> Result<Projection, Corrupt> {
            match category { $(Category::$name => fold::<$aggregate>(prior, events)),+ }
        }
    };
}

categories! {
    /// An organisation with its people.
    Organisation = "organisation" => Organisation,
    /// An API token, sign-in link or session.
    Credential = "credential" => Credential,
    /// What one asset of an operator runs.
    Inventory = "inventory" => Holding,
    /// One report as received.
    Finding = "finding" => Finding,
    /// One vulnerability.
    Case = "case" => Case,
    /// One advisory revision for one recipient.
    Notice = "notice" => Notice,
    /// A published document.
    Advisory = "advisory" => Advisory,
    /// Where a case stands in the order.
    Priority = "priority" => Standing,
    /// An imported catalogue: KEV or EPSS.
    Catalogue = "catalogue" => Catalogue,
    /// How many cases a vendor takes, and which wait for it.
    Pace = "pace" => Pace,
    /// That a case was destroyed.
    Shredding = "shredding" => Shredding,
    /// Messages of one party of a case.
    Thread = "thread" => Thread,
    /// The public log, which has one stream.
    PublicLog = "public-log" => PublicLog,
    /// That a member was shown something under embargo.
    Read = "read" => Read,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Category {
    type Err = Corrupt;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|c| c.as_str() == text)
            .ok_or_else(|| Corrupt { what: "category".into(), cause: "unknown".into() })
    }
}

/// Stored bytes that cannot be read back. Names what, never quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored {what} cannot be read: {cause}")]
pub struct Corrupt {
    /// What could not be read.
    pub what: String,
    /// Why, without content.
    pub cause: String,
}

/// The circumstances of an event, as `evolve` may use them.
#[derive(Clone, Debug)]
pub struct Meta {
    /// When it happened.
    pub at: Timestamp,
    /// Who acted: a principal id or `system`.
    pub actor: String,
    /// Position in the stream.
    pub version: u64,
}

/// An event-sourced thing: a state that is nothing but the fold of its events.
pub trait Aggregate: Default + Clone + Serialize + DeserializeOwned {
    /// The category of its streams.
    const CATEGORY: Category;
    /// Its events.
    type Event: Serialize + DeserializeOwned + EventKind;

    /// The state after `event`. Total: an event that was once written is always accepted.
    #[must_use]
    fn evolve(self, meta: &Meta, event: &Self::Event) -> Self;

    /// What the store needs to find this thing and to filter it by access.
    fn facets(&self) -> Facets;
}

/// Names an event without showing what is in it.
pub trait EventKind {
    /// Kebab-case kind, the `kind` tag of the serialised event.
    fn kind(&self) -> &'static str;
}

/// What the store indexes about a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// State name, for lists.
    pub state: String,
    /// Order of lists: milliseconds since the Unix epoch.
    pub sort_at: i64,
    /// Whether the public may see it.
    pub public: bool,
    /// Which organisation stands in which relation to it.
    pub relations: BTreeSet<(OrgId, Relation)>,
    /// Keys it can be looked up by.
    pub keys: BTreeSet<Key>,
}

/// A look-up key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Which key, such as `digest`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether two things of one category may not share it.
    pub unique: bool,
}

impl Key {
    /// A key no two things of the category may share.
    pub fn unique(name: &str, value: impl ToString) -> Self {
        Self { name: name.into(), value: value.to_string(), unique: true }
    }

    /// A key that groups things.
    pub fn shared(name: &str, value: impl ToString) -> Self {
        Self { name: name.into(), value: value.to_string(), unique: false }
    }
}

/// A read-model row. `Debug` does not show the document.
#[derive(Clone, PartialEq, Eq)]
pub struct Projection {
    /// The state as JSON.
    pub doc: Vec<u8>,
    /// What to index.
    pub facets: Facets,
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projection").field("facets", &self.facets).finish_non_exhaustive()
    }
}

fn fold<A: Aggregate>(prior: Option<&[u8]>, events: &[&[u8]]) -> Result<Projection, Corrupt> {
    let mut state = match prior {
        None => A::default(),
        Some(doc) => serde_json::from_slice(doc).map_err(|e| corrupt(A::CATEGORY.as_str(), &e))?,
    };
    for bytes in events {
        let envelope: event::Envelope<A::Event> = event::decode(bytes).map_err(|e| corrupt("event", &e))?;
        let meta = Meta { at: envelope.at, actor: envelope.actor, version: envelope.version };
        state = state.evolve(&meta, &envelope.data);
    }
    let doc = serde_json::to_vec(&state).map_err(|e| corrupt(A::CATEGORY.as_str(), &e))?;
    Ok(Projection { doc, facets: state.facets() })
}

/// `serde_json` quotes offending values in data errors, so only the place and the class are kept.
fn corrupt(what: &str, error: &serde_json::Error) -> Corrupt {
    let class = match error.classify() {
        serde_json::error::Category::Io => "io",
        serde_json::error::Category::Syntax => "syntax",
        serde_json::error::Category::Data => "unexpected value",
        serde_json::error::Category::Eof => "ends too early",
    };
    Corrupt {
        what: what.to_owned(),
        cause: format!("{class} at line {} column {}", error.line(), error.column()),
    }
}
