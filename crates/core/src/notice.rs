//! Notices: one advisory revision for one recipient at one content level.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Act, Relation, filter};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Key, Meta};
use crate::case::{Consent, Terms};
use crate::decision::{Facts, Refusal, require};
use crate::finding::require_text;
use crate::ids::{CaseId, NoticeId, OrgId, WaveId};
use crate::secret::Secret;
use crate::sharing::{ContentLevel, ExposureLine};

/// How far a notice has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Waiting to be delivered.
    #[default]
    Queued,
    /// In the recipient's inbox.
    Delivered,
    /// Somebody there opened it.
    Opened,
    /// Somebody there took charge.
    Acknowledged,
}

impl State {
    /// Name as shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Delivered => "delivered",
            State::Opened => "opened",
            State::Acknowledged => "acknowledged",
        }
    }
}

/// What the recipient did about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remediation {
    /// It turned out not to be affected.
    NotAffected,
    /// Work is under way.
    InProgress,
    /// The mitigation is in place.
    Mitigated,
    /// The fix is in place.
    Done,
    /// It cannot be fixed; the note says why.
    CannotFix,
}

impl Remediation {
    /// Every status.
    pub const ALL: &'static [Remediation] = &[
        Remediation::NotAffected,
        Remediation::InProgress,
        Remediation::Mitigated,
        Remediation::Done,
        Remediation::CannotFix,
    ];

    /// Name as shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Remediation::NotAffected => "not-affected",
            Remediation::InProgress => "in-progress",
            Remediation::Mitigated => "mitigated",
            Remediation::Done => "done",
            Remediation::CannotFix => "cannot-fix",
        }
    }
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Notice {
    /// Id; `None` only before it was queued.
    pub id: Option<NoticeId>,
    /// Number of the case, for reference.
    pub number: String,
    /// Case.
    pub case: Option<CaseId>,
    /// Wave.
    pub wave: Option<WaveId>,
    /// Coordinating organisation.
    pub coordinating: Option<OrgId>,
    /// Recipient.
    pub org: Option<OrgId>,
    /// Level.
    pub level: Option<ContentLevel>,
    /// Embargo terms.
    pub terms: Option<Terms>,
    /// Recipient's consent to them.
    pub consent: Consent,
    /// What of the recipient's is exposed.
    pub exposure: Secret<Vec<ExposureLine>>,
    /// Acknowledge by.
    pub due_at: Option<Timestamp>,
    /// How far it has come.
    pub state: State,
    /// What was done about it.
    pub remediation: Option<Remediation>,
    /// In the recipient's words.
    pub note: Secret<String>,
    /// Whether the embargo is over.
    pub lifted: bool,
    /// When it was queued, milliseconds since the Unix epoch.
    pub queued_at: i64,
}

/// What happens to a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// It was made.
    NoticeQueued(Box<Queued>),
    /// It reached the recipient.
    NoticeDelivered {
        /// By which way: `portal`.
        channel: String,
    },
    /// It was opened.
    NoticeOpened,
    /// The recipient answered the embargo terms.
    NoticeTermsAnswered {
        /// Yes or no.
        accept: bool,
    },
    /// The embargo terms were revised: consent to the old ones is none to the new, unless it is a standing one.
    NoticeTermsRevised {
        /// The new terms.
        terms: Terms,
        /// Whether the recipient consented beforehand to whatever terms there will be.
        standing: bool,
    },
    /// It was acknowledged.
    NoticeAcknowledged,
    /// A status was reported.
    RemediationReported {
        /// Which.
        status: Remediation,
        /// In the recipient's words.
        note: Secret<String>,
    },
    /// The embargo is over.
    NoticeLifted,
}

/// How a notice begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Id.
    pub notice: NoticeId,
    /// Number of the case.
    pub number: String,
    /// Case.
    pub case: CaseId,
    /// Wave.
    pub wave: WaveId,
    /// Coordinating organisation.
    pub coordinating: OrgId,
    /// Recipient.
    pub org: OrgId,
    /// Level.
    pub level: ContentLevel,
    /// Embargo terms.
    pub terms: Terms,
    /// Whether the recipient consented beforehand.
    pub consented: bool,
    /// Its exposure.
    pub exposure: Secret<Vec<ExposureLine>>,
    /// Acknowledge by.
    pub due_at: Timestamp,
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::NoticeQueued(_) => "notice-queued",
            Event::NoticeDelivered { .. } => "notice-delivered",
            Event::NoticeOpened => "notice-opened",
            Event::NoticeTermsAnswered { .. } => "notice-terms-answered",
            Event::NoticeTermsRevised { .. } => "notice-terms-revised",
            Event::NoticeAcknowledged => "notice-acknowledged",
            Event::RemediationReported { .. } => "remediation-reported",
            Event::NoticeLifted => "notice-lifted",
        }
    }
}

/// What may be asked of a notice.
#[derive(Clone, Debug)]
pub enum Command {
    /// Note that it reached the recipient.
    Deliver {
        /// By which way.
        channel: String,
    },
    /// Note that somebody opened it.
    Open,
    /// Answer the embargo terms.
    AnswerTerms {
        /// Yes or no.
        accept: bool,
    },
    /// Take charge.
    Acknowledge,
    /// Report.
    Report {
        /// Status.
        status: Remediation,
        /// Words; required for `cannot-fix`.
        note: String,
    },
}

/// Decides a command on a notice.
///
/// # Errors
/// [`Refusal::NotFound`] where the actor may not see the notice, another [`Refusal`] naming the rule otherwise.
pub fn decide(state: &Notice, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    require(state.id.is_some(), Refusal::NotFound)?;
    let facets = state.facets();
    let act = match command {
        Command::Deliver { .. } => Act::Tick,
        Command::Open => Act::SeeNotice,
        _ => Act::AnswerNotice,
    };
    if !filter(facts.actor, act).admits(&facets) {
        let seen = filter(facts.actor, Act::SeeNotice).admits(&facets);
        return Err(if seen {
            Refusal::Forbidden("only an operator answers its notices")
        } else {
            Refusal::NotFound
        });
    }
    match command {
        Command::Deliver { channel } => {
            once(state.state < State::Delivered, Event::NoticeDelivered { channel })
        }
        Command::Open => {
            let recipient = Refusal::Forbidden("a notice is opened by its recipient only");
            require(facts.actor.org() == state.org, recipient)?;
            once(state.state < State::Opened, Event::NoticeOpened)
        }
        Command::AnswerTerms { accept } => {
            let open = matches!(state.consent, Consent::Invited | Consent::Lapsed);
            require(open, Refusal::Rule("these terms were already answered"))?;
            require(!state.lifted, Refusal::Rule("the embargo is over: there is nothing to consent to"))?;
            Ok(vec![Event::NoticeTermsAnswered { accept }])
        }
        Command::Acknowledge => {
            let first = state.state < State::Acknowledged;
            require(first, Refusal::Rule("this notice was already acknowledged by your organisation"))?;
            Ok(vec![Event::NoticeAcknowledged])
        }
        Command::Report { status, note } => report(state, status, note),
    }
}

fn report(state: &Notice, status: Remediation, note: String) -> Result<Vec<Event>, Refusal> {
    let acknowledged = state.state == State::Acknowledged;
    require(
        acknowledged,
        Refusal::WrongState { state: state.state.as_str(), step: "reporting before acknowledging" },
    )?;
    if status == Remediation::CannotFix || !note.is_empty() {
        require_text("/note", &note)?;
    }
    Ok(vec![Event::RemediationReported { status, note: Secret::new(note) }])
}

fn once(needed: bool, event: Event) -> Result<Vec<Event>, Refusal> {
    Ok(if needed { vec![event] } else { vec![] })
}

impl Notice {
    /// Whether it should have been acknowledged by `now` and was not.
    pub fn overdue(&self, now: Timestamp) -> bool {
        self.state < State::Acknowledged && self.due_at.is_some_and(|due| due < now)
    }
}

impl Aggregate for Notice {
    const CATEGORY: Category = Category::Notice;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        match event {
            Event::NoticeQueued(queued) => self.begin(meta, queued),
            Event::NoticeDelivered { .. } => self.state = self.state.max(State::Delivered),
            Event::NoticeOpened => self.state = self.state.max(State::Opened),
            Event::NoticeTermsAnswered { accept } => {
                self.consent = if *accept { Consent::Signatory } else { Consent::Declined };
            }
            Event::NoticeTermsRevised { terms, standing } => {
                self.terms = Some(terms.clone());
                self.consent = match self.consent {
                    _ if *standing => Consent::Signatory,
                    Consent::Signatory | Consent::Lapsed => Consent::Lapsed,
                    Consent::Invited | Consent::Declined => Consent::Invited,
                };
            }
            Event::NoticeAcknowledged => self.state = State::Acknowledged,
            Event::RemediationReported { status, note } => {
                self.remediation = Some(*status);
                self.note = note.clone();
            }
            Event::NoticeLifted => self.lifted = true,
        }
        self
    }

    fn facets(&self) -> Facets {
        let mut relations: BTreeSet<_> = self.org.iter().map(|org| (*org, Relation::Recipient)).collect();
        relations.extend(self.coordinating.iter().map(|org| (*org, Relation::Coordinating)));
        let mut keys: BTreeSet<Key> = self.case.iter().map(|case| Key::shared("case", case)).collect();
        if let (Some(wave), Some(org)) = (self.wave, self.org) {
            keys.insert(Key::unique("wave-recipient", format!("{wave}:{org}")));
        }
        Facets {
            state: self.remediation.map_or(self.state.as_str(), Remediation::as_str).into(),
            sort_at: self.queued_at,
            public: false,
            relations,
            keys,
        }
    }
}

impl Notice {
    fn begin(&mut self, meta: &Meta, queued: &Queued) {
        self.id = Some(queued.notice);
        self.number = queued.number.clone();
        self.case = Some(queued.case);
        self.wave = Some(queued.wave);
        self.coordinating = Some(queued.coordinating);
        self.org = Some(queued.org);
        self.level = Some(queued.level);
        self.terms = Some(queued.terms.clone());
        self.consent = if queued.consented { Consent::Signatory } else { Consent::Invited };
        self.exposure = queued.exposure.clone();
        self.due_at = Some(queued.due_at);
        self.queued_at = meta.at.as_millisecond();
    }
}
