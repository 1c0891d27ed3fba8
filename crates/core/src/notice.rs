//! Notices: one advisory revision for one recipient at one content level.

mod decide;
pub mod delivery;
mod event;
pub mod ladder;
mod sealed;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Relation;
use crate::aggregate::{Aggregate, Category, Facets, Key, Meta};
use crate::case::{Consent, Terms};
use crate::ids::{CaseId, NoticeId, OrgId, WaveId};
use crate::secret::Secret;
use crate::sharing::{ContentLevel, ExposureLine};
use crate::times::{NoticeTimes, Taken};
use uuid::Uuid;

pub use decide::decide;
pub use delivery::{Attempt, Outcome, Reach, Round, Try, Why};
pub use event::{Event, Queued};
pub use ladder::{Alarm, Rung};
pub use sealed::Sealed;
pub use words::{Remediation, State};

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
    /// Whether it is of the top tier: no hours of quiet, every way at once, a shorter ladder.
    #[serde(default)]
    pub urgent: bool,
    /// The present round of messages.
    #[serde(default)]
    pub round: Option<Round>,
    /// The latest attempts, oldest first.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Steps of the ladder that were taken.
    #[serde(default)]
    pub climbed: BTreeSet<Rung>,
    /// Whether somebody should call the recipient.
    #[serde(default)]
    pub call_open: bool,
    /// Calls so far that reached nobody.
    #[serde(default)]
    pub calls_missed: u32,
    /// What coordinators must look at.
    #[serde(default)]
    pub alarms: BTreeSet<Alarm>,
    /// When the recipient last moved after acknowledging, or was last asked to.
    #[serde(default)]
    pub stirred_at: Option<Timestamp>,
    /// How often it was asked since it moved.
    #[serde(default)]
    pub nudges: u32,
    /// Whether the coordinators have heard that it does not move.
    #[serde(default)]
    pub alarms_raised_for_work: bool,
    /// The relay that acknowledged for the recipient.
    #[serde(default)]
    pub acknowledged_by: Option<OrgId>,
    /// The relay that reported for the recipient.
    #[serde(default)]
    pub reported_by: Option<OrgId>,
    /// What is done instead of a fix, in the recipient's words.
    #[serde(default)]
    pub measures: Secret<String>,
    /// When it came how far.
    #[serde(default)]
    pub times: NoticeTimes,
    /// The steps it took, in their order; at most [`STEPS_KEPT`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<(Timestamp, Taken)>,
    /// What was sealed last for whom.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sealed: BTreeMap<OrgId, Sealed>,
}

/// Most steps kept with a notice: its first ones, and the last.
pub const STEPS_KEPT: usize = 50;

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
    /// Note what was sealed for the reader.
    Seal(Sealed),
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
        /// What is done instead of a fix; with `cannot-fix` only.
        measures: String,
    },
    /// Come into the top tier.
    MakeUrgent,
    /// Tell the recipient that it waits.
    Tell {
        /// On which ways.
        reach: Reach,
    },
    /// Note how one attempt to tell it ended.
    NoteAttempt {
        /// The attempt.
        one: Try,
        /// The ways there are.
        reach: Reach,
    },
    /// Note that a mail which was taken came back, or is late.
    NoteBounce {
        /// Id of the message.
        message: Uuid,
        /// Enhanced status code (RFC 3463), such as `5.1.1`.
        status: String,
        /// Whether it will not arrive any more.
        lasting: bool,
        /// The ways there are.
        reach: Reach,
    },
    /// Take the steps of the ladder whose time has come.
    Climb {
        /// The ways there are.
        reach: Reach,
    },
    /// Note that the phone list was called.
    NoteCall {
        /// Whether somebody answered.
        reached: bool,
        /// What was said.
        words: String,
    },
    /// Settle an alarm.
    Settle {
        /// Which.
        alarm: Alarm,
        /// What was done.
        words: String,
    },
}

impl Notice {
    /// The steps it took; worked out from its moments for a notice from before steps were kept.
    pub fn taken(&self) -> Vec<(Timestamp, Taken)> {
        if self.steps.is_empty() { self.times.steps() } else { self.steps.clone() }
    }

    /// Whether it should have been acknowledged by `now` and was not.
    pub fn overdue(&self, now: Timestamp) -> bool {
        self.state < State::Acknowledged && self.due_at.is_some_and(|due| due < now)
    }
}

impl Aggregate for Notice {
    const CATEGORY: Category = Category::Notice;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        self.times.note(meta.at, event);
        if let Some(step) = Taken::of(event) {
            self.steps.truncate(STEPS_KEPT - 1);
            // The same order as the moments, also where the clock was set back.
            let at = self.steps.last().map_or(meta.at, |(last, _)| meta.at.max(*last));
            self.steps.push((at, step));
        }
        match event {
            Event::NoticeQueued(queued) => self.begin(meta, queued),
            Event::NoticeDelivered { .. } => self.state = self.state.max(State::Delivered),
            Event::NoticeOpened { .. } => self.state = self.state.max(State::Opened),
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
            Event::NoticeAcknowledged { relay } => {
                self.state = State::Acknowledged;
                self.acknowledged_by = *relay;
                self.note_stirred(meta.at);
            }
            Event::RemediationReported { status, note, measures, relay } => {
                self.remediation = Some(*status);
                self.note = note.clone();
                self.measures = measures.clone();
                self.reported_by = *relay;
                self.note_stirred(meta.at);
            }
            Event::NoticeLifted => self.lifted = true,
            Event::NoticeSealed { reader, sealed } => {
                self.sealed.insert(*reader, sealed.clone());
            }
            event => self.note_outside(meta, event),
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
        if self.call_open || !self.alarms.is_empty() {
            keys.insert(Key::shared("queue", "coordinators"));
        }
        keys.extend(self.message_keys());
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
    /// What happened outside the recipient's own acts.
    fn note_outside(&mut self, meta: &Meta, event: &Event) {
        match event {
            Event::NoticeMadeUrgent { due_at } => {
                self.urgent = true;
                self.due_at = Some(*due_at);
            }
            Event::NoticeSending { round, why, ways } => self.note_sending(meta.at, *round, *why, ways),
            Event::NoticeAttempted { round, way, outcome, code, last, message } => {
                let why = self.round.as_ref().map_or(Why::New, |round| round.why);
                let (round, way, outcome, code, message) = (*round, *way, *outcome, *code, *message);
                let attempt = Attempt { at: meta.at, why, way, outcome, code, round, message, status: None };
                self.note_attempted(attempt, *last);
            }
            Event::NoticeBounced { round, way, message, status, lasting } => {
                let sent = self.attempts.iter().find(|one| one.message == Some(*message));
                let why = sent.map_or(Why::New, |sent| sent.why);
                let outcome = if *lasting { Outcome::Bounced } else { Outcome::Deferred };
                let (round, way, message, status) = (*round, *way, Some(*message), Some(status.clone()));
                self.note_bounced(Attempt {
                    at: meta.at,
                    why,
                    way,
                    outcome,
                    code: None,
                    round,
                    message,
                    status,
                });
            }
            Event::NoticeEscalated { rung } => self.note_escalated(meta.at, *rung),
            Event::NoticeAlarmed { alarm } => self.note_alarmed(*alarm),
            Event::NoticeAlarmSettled { alarm, .. } => {
                self.alarms.remove(alarm);
            }
            Event::NoticeCalled { reached, .. } => {
                self.call_open = !reached;
                self.calls_missed = self.calls_missed.saturating_add(u32::from(!reached));
            }
            _ => {}
        }
    }

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
        self.urgent = queued.urgent;
        self.queued_at = meta.at.as_millisecond();
    }
}
