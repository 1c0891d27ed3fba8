//! What members have read lately, so that reading the same again is not recorded again, and too much is noticed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use forewarn_core::access::Filter;
use forewarn_core::aggregate::Category;
use forewarn_core::ids::PrincipalId;
use forewarn_core::reading::{Channel, Kind, Read, Thing, Volume, Window};
use forewarn_store::{EventStore, Query};
use jiff::Timestamp;

use crate::app::AppError;
use crate::app::walk::Pages;

/// Reading the same on the same way within this time, in milliseconds, is one read.
const SAME_READ: i64 = 3_600_000;
/// Records read at once.
const STEP: u32 = 100;

/// What members have read lately. It is forgotten when the process ends, and then read back from the records.
#[derive(Default)]
pub(in crate::app) struct Recent {
    members: Mutex<HashMap<PrincipalId, Memory>>,
}

/// What one member has read.
struct Memory {
    window: Window,
    /// When each was last recorded, milliseconds since the Unix epoch.
    recorded: HashMap<(Thing, Channel), i64>,
    /// What counts against the limit in the window.
    counted: HashSet<(Kind, String)>,
    /// Whether it was said in the window that the member is stopped.
    stopped: bool,
}

impl Memory {
    fn new(window: Window) -> Self {
        Self { window, recorded: HashMap::new(), counted: HashSet::new(), stopped: false }
    }

    fn add(&mut self, thing: Thing, channel: Channel, at: i64) {
        if thing.counts() && at >= self.window.start {
            self.counted.insert((thing.kind, thing.id.clone()));
        }
        let last = self.recorded.entry((thing, channel)).or_insert(at);
        *last = (*last).max(at);
    }

    /// Forgets what is over.
    fn turn(&mut self, window: Window, now: i64) {
        if self.window != window {
            self.window = window;
            self.counted.clear();
            self.stopped = false;
            self.recorded.retain(|_, at| *at > now - SAME_READ);
        }
    }
}

impl Recent {
    fn members(&self) -> MutexGuard<'_, HashMap<PrincipalId, Memory>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes sure that what the member has read in this window is known.
    pub(super) async fn know(
        &self,
        store: &dyn EventStore,
        reader: PrincipalId,
        window: Window,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let now = now.as_millisecond();
        if let Some(memory) = self.members().get_mut(&reader) {
            memory.turn(window, now);
            return Ok(());
        }
        let mut memory = Memory::new(window);
        let since = window.start.min(now - SAME_READ);
        let mut query = Query::new(Category::Read, Filter::Everything, STEP);
        query.key = Some(("reader".into(), reader.to_string()));
        let mut pages = Pages::new(query);
        'all: while let Some(documents) = pages.next(store).await? {
            for document in documents {
                if document.facets.sort_at < since {
                    break 'all;
                }
                let read: Read =
                    serde_json::from_slice(&document.doc).map_err(|_| AppError::Internal("read shape"))?;
                let Some(channel) = read.channel else { continue };
                for thing in read.things {
                    memory.add(thing, channel, read.at);
                }
            }
        }
        // Another request of the same member may have been faster.
        self.members().entry(reader).or_insert(memory);
        Ok(())
    }

    /// What of `things` is to be recorded, and how much the member has read before and with it.
    pub(super) fn fresh(
        &self,
        reader: PrincipalId,
        channel: Channel,
        things: BTreeSet<Thing>,
        now: Timestamp,
    ) -> (BTreeSet<Thing>, Volume) {
        let now = now.as_millisecond();
        let members = self.members();
        let Some(memory) = members.get(&reader) else {
            let after = things.iter().filter(|thing| thing.counts()).count() as u64;
            return (things, Volume { before: 0, after });
        };
        let known = |thing: &Thing| {
            memory.recorded.get(&(thing.clone(), channel)).is_some_and(|at| now - at < SAME_READ)
        };
        let fresh: BTreeSet<Thing> = things.into_iter().filter(|thing| !known(thing)).collect();
        let counted = fresh.iter().filter(|thing| thing.counts());
        let added: HashSet<(Kind, String)> = counted
            .map(|thing| (thing.kind, thing.id.clone()))
            .filter(|thing| !memory.counted.contains(thing))
            .collect();
        let before = memory.counted.len() as u64;
        (fresh, Volume { before, after: before + added.len() as u64 })
    }

    /// What was recorded.
    pub(super) fn remember(
        &self,
        reader: PrincipalId,
        channel: Channel,
        things: BTreeSet<Thing>,
        now: Timestamp,
    ) {
        if let Some(memory) = self.members().get_mut(&reader) {
            things.into_iter().for_each(|thing| memory.add(thing, channel, now.as_millisecond()));
        }
    }

    /// Whether it is news in this window that the member is stopped.
    pub(super) fn stops(&self, reader: PrincipalId, window: Window) -> bool {
        let mut members = self.members();
        let Some(memory) = members.get_mut(&reader).filter(|memory| memory.window == window) else {
            return true;
        };
        !std::mem::replace(&mut memory.stopped, true)
    }
}
