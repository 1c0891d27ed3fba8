//! Messages between one party of a case and the case's coordinators. Each party has a thread of its own and sees no
//! other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Act, Relation, filter};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{CaseId, OrgId};
use crate::secret::Secret;

/// Longest message, in characters.
pub const TEXT_LIMIT: usize = 20_000;
/// Most messages of a thread. A thread is read whole.
pub const MESSAGES_LIMIT: usize = 1_000;
/// Most text of a thread, in bytes.
pub const BYTES_LIMIT: usize = 1 << 20;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which side wrote it.
    pub from: OrgId,
    /// Who, as in events.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: Secret<String>,
    /// Whether the party was bound by the terms then, so that it may hold content.
    #[serde(default)]
    pub bound: bool,
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Thread {
    /// Its case; `None` only before the first message.
    pub case: Option<CaseId>,
    /// The party: a vendor, a finder or a validator.
    pub party: Option<OrgId>,
    /// The other side.
    pub coordinating: Option<OrgId>,
    /// Messages, the latest last.
    pub messages: Vec<Message>,
    /// How many messages each side has read.
    #[serde(default)]
    pub read: BTreeMap<OrgId, usize>,
}

/// What happens to a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A message was written. The first one begins the thread.
    MessageWritten {
        /// Of which case.
        case: CaseId,
        /// Whose thread.
        party: OrgId,
        /// The other side.
        coordinating: OrgId,
        /// Which side wrote it.
        from: OrgId,
        /// What.
        text: Secret<String>,
        /// Whether the party was bound by the terms then.
        #[serde(default)]
        bound: bool,
    },
    /// A side has read so many messages.
    MessagesRead {
        /// Which.
        by: OrgId,
        /// Up to how many, counted from the first.
        count: usize,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::MessageWritten { .. } => "message-written",
            Event::MessagesRead { .. } => "messages-read",
        }
    }
}

/// What may be asked of a thread.
#[derive(Clone, Debug)]
pub enum Command {
    /// Write a message. That the case is the actor's to talk on was decided with the case.
    Write {
        /// Of which case.
        case: CaseId,
        /// Whose thread.
        party: OrgId,
        /// The other side.
        coordinating: OrgId,
        /// What.
        text: String,
        /// Whether the party is bound by the terms now.
        bound: bool,
        /// How many messages its writer has seen.
        seen: usize,
    },
    /// Note that one's own side has read so many messages, counted from the first.
    Read {
        /// How many.
        count: usize,
    },
}

/// Decides a command on a thread.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Thread, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let from = facts.actor.org().ok_or(Refusal::NotFound)?;
    match command {
        Command::Write { case, party, coordinating, text, bound, seen } => {
            require(from == party || from == coordinating, Refusal::NotFound)?;
            let length = text.trim().chars().count();
            let message = "give 1 to 20,000 characters";
            require((1..=TEXT_LIMIT).contains(&length), Refusal::Invalid { field: "/text", message })?;
            let full = Refusal::Rule("this thread is full; agree on another way to talk");
            let bytes: usize = state.messages.iter().map(|message| message.text.expose().len()).sum();
            let room = state.messages.len() < MESSAGES_LIMIT && bytes + text.len() <= BYTES_LIMIT;
            require(room, full)?;
            let text = Secret::new(text);
            let mut events = state.read_so_far(from, seen);
            events.push(Event::MessageWritten { case, party, coordinating, from, text, bound });
            Ok(events)
        }
        Command::Read { count } => {
            require(filter(facts.actor, Act::SeeThread).admits(&state.facets()), Refusal::NotFound)?;
            Ok(state.read_so_far(from, count))
        }
    }
}

impl Thread {
    /// The id of a party's thread in a case.
    pub fn id_of(case: CaseId, party: OrgId) -> String {
        format!("{case}.{party}")
    }

    /// How many messages of the other side a side has not read.
    pub fn unread(&self, side: OrgId) -> usize {
        self.unseen(side).count()
    }

    /// When the oldest message was written that a side has not read.
    pub fn unread_since(&self, side: OrgId) -> Option<Timestamp> {
        self.unseen(side).map(|message| message.at).next()
    }

    fn unseen(&self, side: OrgId) -> impl Iterator<Item = &Message> {
        self.messages.iter().skip(self.read_by(side)).filter(move |message| message.from != side)
    }

    fn read_by(&self, side: OrgId) -> usize {
        self.read.get(&side).copied().unwrap_or(0)
    }

    /// Notes that a side has read so many messages, if that is news.
    fn read_so_far(&self, by: OrgId, count: usize) -> Vec<Event> {
        let count = count.min(self.messages.len());
        if count > self.read_by(by) { vec![Event::MessagesRead { by, count }] } else { vec![] }
    }
}

impl Aggregate for Thread {
    const CATEGORY: Category = Category::Thread;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        match event {
            Event::MessageWritten { case, party, coordinating, from, text, bound } => {
                self.case = Some(*case);
                self.party = Some(*party);
                self.coordinating = Some(*coordinating);
                let by = meta.actor.clone();
                let (from, text) = (*from, text.clone());
                self.messages.push(Message { from, by, at: meta.at, text, bound: *bound });
            }
            Event::MessagesRead { by, count } => {
                let read = self.read.entry(*by).or_default();
                *read = (*read).max(*count);
            }
        }
        self
    }

    fn facets(&self) -> Facets {
        let party = self.party.map(|org| (org, Relation::Owner));
        let coordinating = self.coordinating.map(|org| (org, Relation::Coordinating));
        Facets {
            state: "open".into(),
            sort_at: self.messages.last().map_or(0, |message| message.at.as_millisecond()),
            public: false,
            relations: party.into_iter().chain(coordinating).collect(),
            keys: self.case.map(|case| Key::shared("case", case)).into_iter().collect(),
        }
    }
}
