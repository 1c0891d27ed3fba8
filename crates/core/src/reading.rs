//! Who read what: a record of every time a member was shown something under embargo.
//!
//! A record holds ids and no content, so it outlives the case it is about. It is an event like any other: it is in the
//! transparency log, and nobody takes it back.

mod alarm;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Act, Actor, SeenAs, Visible};
use crate::advisory::Advisory;
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::case::Case;
use crate::catalogue::Catalogue;
use crate::credential::Credential;
use crate::finding::{Finding, Outcome};
use crate::ids::{CaseId, CredentialId, OrgId, PrincipalId};
use crate::inventory::Holding;
use crate::notice::Notice;
use crate::pace::Pace;
use crate::party::Organisation;
use crate::priority::Standing;
use crate::secret::Secret;
use crate::shredding::Shredding;
use crate::thread::Thread;

pub use alarm::{Command, Volume, Window, decide};

/// On which way something was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A page in a browser.
    Page,
    /// The API.
    Api,
    /// An export of everything of a kind.
    Export,
    /// The file of a case.
    CaseFile,
    /// A file of a finding.
    Attachment,
    /// For an act: the service opened it for the member to act on, and showed little or nothing of it.
    Act,
}

impl Channel {
    /// The name used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Page => "page",
            Channel::Api => "api",
            Channel::Export => "export",
            Channel::CaseFile => "case-file",
            Channel::Attachment => "attachment",
            Channel::Act => "act",
        }
    }
}

/// What kind of thing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A finding: the report, or its title in a list.
    Finding,
    /// A case.
    Case,
    /// A notice.
    Notice,
    /// The messages between a party and the coordinators.
    Thread,
}

impl Kind {
    /// The name used in documents, and of the key by which records are found.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Finding => "finding",
            Kind::Case => "case",
            Kind::Notice => "notice",
            Kind::Thread => "thread",
        }
    }
}

/// One thing that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Thing {
    /// Kind.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// The case it belongs to, as far as the thing itself says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// As what it was shown.
    pub seen_as: SeenAs,
    /// Whether more than that it exists could be seen.
    pub content: bool,
}

impl Thing {
    /// Whether its finder is shown that it was read: the report or the case's detail was, by somebody who has to do with
    /// it. That a recipient reads says that somebody runs the software, and that another finder reads that there is one.
    pub fn concerns_the_report(&self) -> bool {
        let (finding, case) = (self.kind == Kind::Finding, self.kind == Kind::Case);
        let by_parties = matches!(self.seen_as, SeenAs::Coordinator | SeenAs::Vendor | SeenAs::Validator);
        self.content && ((case && by_parties) || (finding && (by_parties || self.seen_as == SeenAs::Finder)))
    }
}

/// Who read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Person or service.
    pub principal: PrincipalId,
    /// For which organisation.
    pub org: OrgId,
    /// By which credential.
    pub credential: CredentialId,
}

impl Reader {
    /// The reader of an actor; nobody known and the service itself are none.
    pub fn of(actor: &Actor) -> Option<Self> {
        match actor {
            Actor::Member(member) => {
                Some(Self { principal: member.principal, org: member.org, credential: member.credential })
            }
            Actor::Public | Actor::System => None,
        }
    }
}

/// What happens in the record of reads. Each record is a stream of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// Things were shown to a member, in one answer or one part of a long one.
    ContentRead {
        /// To whom.
        reader: Reader,
        /// On which way.
        channel: Channel,
        /// What.
        things: Vec<Thing>,
    },
    /// A member read more in a stretch of time than the policy thinks usual.
    TooMuchRead {
        /// Id of this record.
        id: String,
        /// Who.
        reader: Reader,
        /// When the stretch began.
        since: Timestamp,
        /// How many different things so far.
        things: u64,
        /// Whether the policy lets the member read no more in this stretch.
        stopped: bool,
    },
    /// A coordinator looked into it.
    AlarmSettled {
        /// What was found, in words.
        words: Secret<String>,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::ContentRead { .. } => "content-read",
            Event::TooMuchRead { .. } => "too-much-read",
            Event::AlarmSettled { .. } => "alarm-settled",
        }
    }
}

/// One record: a read, or the alarm that there were too many.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Read {
    /// Who read; `None` only before the first event.
    pub reader: Option<Reader>,
    /// When, milliseconds since the Unix epoch.
    pub at: i64,
    /// On which way; `None` for an alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// What was read; empty for an alarm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub things: Vec<Thing>,
    /// The alarm, if this is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
}

/// That a member read more than is usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Id of the record.
    pub id: String,
    /// When the stretch of time began.
    pub since: Timestamp,
    /// How many different things until the alarm.
    pub things: u64,
    /// Whether the member was stopped.
    pub stopped: bool,
    /// What was found, once somebody looked into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Secret<String>>,
}

impl Aggregate for Read {
    const CATEGORY: Category = Category::Read;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        match event {
            Event::ContentRead { reader, channel, things } => {
                self.reader = Some(*reader);
                self.at = meta.at.as_millisecond();
                self.channel = Some(*channel);
                self.things.clone_from(things);
            }
            Event::TooMuchRead { id, reader, since, things, stopped } => {
                self.reader = Some(*reader);
                self.at = meta.at.as_millisecond();
                let (id, since, things, stopped) = (id.clone(), *since, *things, *stopped);
                self.alarm = Some(Alarm { id, since, things, stopped, settled: None });
            }
            Event::AlarmSettled { words } => {
                if let Some(alarm) = &mut self.alarm {
                    alarm.settled = Some(words.clone());
                }
            }
        }
        self
    }

    fn facets(&self) -> Facets {
        let mut keys: BTreeSet<Key> =
            self.things.iter().map(|thing| Key::shared(thing.kind.as_str(), &thing.id)).collect();
        keys.extend(self.things.iter().filter_map(|thing| thing.case).map(|case| Key::shared("case", case)));
        keys.extend(self.reader.iter().map(|reader| Key::shared("reader", reader.principal)));
        let report = self.things.iter().filter(|thing| thing.concerns_the_report());
        keys.extend(report.map(|t| Key::shared("report", format!("{}/{}", t.kind.as_str(), t.id))));
        if self.alarm.as_ref().is_some_and(|alarm| alarm.settled.is_none()) {
            keys.insert(Key::shared("alarm", "reading"));
        }
        Facets {
            state: match &self.alarm {
                None => "read",
                Some(Alarm { settled: None, .. }) => "alarm",
                Some(_) => "settled",
            }
            .into(),
            sort_at: self.at,
            public: false,
            // Who sees a record follows from the case or the finding that it is about.
            relations: BTreeSet::new(),
            keys,
        }
    }
}

/// What is loaded for a reader. Each kind of thing says whether showing it is a read, so that none is forgotten.
pub trait Readable: Aggregate + Sized {
    /// The thing as it goes into the record; `None` where nothing of it is under embargo.
    fn thing(seen: &Visible<Self>, act: Act) -> Option<Thing>;
}

fn of_case<A>(seen: &Visible<A>, id: CaseId, content: bool) -> Thing {
    Thing { kind: Kind::Case, id: id.to_string(), case: Some(id), seen_as: seen.seen_as(), content }
}

impl Readable for Case {
    fn thing(seen: &Visible<Self>, _: Act) -> Option<Thing> {
        let content = seen.may(Act::SeeDetail) || seen.may(Act::SeeValidation);
        Some(of_case(seen, seen.id?, content))
    }
}

impl Readable for Standing {
    fn thing(seen: &Visible<Self>, _: Act) -> Option<Thing> {
        Some(of_case(seen, seen.case?, true))
    }
}

impl Readable for Finding {
    fn thing(seen: &Visible<Self>, _: Act) -> Option<Thing> {
        let case = match &seen.outcome {
            Outcome::Accepted { case } => Some(*case),
            _ => None,
        };
        let (kind, id) = (Kind::Finding, seen.id?.to_string());
        Some(Thing { kind, id, case, seen_as: seen.seen_as(), content: true })
    }
}

impl Readable for Notice {
    fn thing(seen: &Visible<Self>, act: Act) -> Option<Thing> {
        // Coordinators follow how a notice fares; what is in it they have from the case.
        let content = !matches!(act, Act::FollowNotice | Act::TendNotice);
        let (kind, id) = (Kind::Notice, seen.id?.to_string());
        Some(Thing { kind, id, case: seen.case, seen_as: seen.seen_as(), content })
    }
}

impl Readable for Thread {
    fn thing(seen: &Visible<Self>, _: Act) -> Option<Thing> {
        let id = Thread::id_of(seen.case?, seen.party?);
        Some(Thing { kind: Kind::Thread, id, case: seen.case, seen_as: seen.seen_as(), content: true })
    }
}

macro_rules! not_under_embargo {
    ($($aggregate:ty),+) => { $(
        impl Readable for $aggregate {
            fn thing(_: &Visible<Self>, _: Act) -> Option<Thing> {
                None
            }
        }
    )+ };
}

not_under_embargo!(Advisory, Catalogue, Credential, Holding, Organisation, Pace, Read, Shredding);
