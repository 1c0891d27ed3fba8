//! What happens to a notice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::delivery::{Outcome, Why};
use super::ladder::{Alarm, Rung};
use super::words::Remediation;
use crate::aggregate::EventKind;
use crate::case::Terms;
use crate::ids::{CaseId, NoticeId, OrgId, WaveId};
use crate::party::Way;
use crate::secret::Secret;
use crate::sharing::{ContentLevel, ExposureLine};

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_empty(text: &Secret<String>) -> bool {
    text.expose().is_empty()
}

/// What happens to a notice. A `relay` is the organisation that acted for the recipient; none when it acted itself.
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
    NoticeOpened {
        /// Who acted for the recipient.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relay: Option<OrgId>,
    },
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
    NoticeAcknowledged {
        /// Who acted for the recipient.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relay: Option<OrgId>,
    },
    /// A status was reported.
    RemediationReported {
        /// Which.
        status: Remediation,
        /// In the recipient's words.
        note: Secret<String>,
        /// What is done instead of a fix, in the recipient's words; with `cannot-fix`.
        #[serde(default, skip_serializing_if = "is_empty")]
        measures: Secret<String>,
        /// Who acted for the recipient.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relay: Option<OrgId>,
    },
    /// The embargo is over.
    NoticeLifted,
    /// It came into the top tier.
    NoticeMadeUrgent {
        /// Acknowledge by.
        due_at: Timestamp,
    },
    /// Messages that a notice waits are on their way. The ways are those of the round, or more of the same round.
    NoticeSending {
        /// Round, from 1.
        round: u32,
        /// Why.
        why: Why,
        /// On which ways.
        ways: Vec<Way>,
    },
    /// One attempt to send one of them.
    NoticeAttempted {
        /// Round.
        round: u32,
        /// On which way.
        way: Way,
        /// How it ended.
        outcome: Outcome,
        /// The number the other side answered with: an SMTP reply code or an HTTP status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
        /// Whether it is given up after this.
        #[serde(default, skip_serializing_if = "is_false")]
        last: bool,
        /// Random id that the message has on the other side.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Uuid>,
    },
    /// A mail server reported that a mail which was taken came back, or is late (RFC 3464).
    NoticeBounced {
        /// Round of the mail.
        round: u32,
        /// Way of the mail.
        way: Way,
        /// Its id.
        message: Uuid,
        /// Enhanced status code (RFC 3463), such as `5.1.1`.
        status: String,
        /// Whether it will not arrive any more.
        lasting: bool,
    },
    /// A step of the ladder was taken because its time had come.
    NoticeEscalated {
        /// Which.
        rung: Rung,
    },
    /// Coordinators must look.
    NoticeAlarmed {
        /// Why.
        alarm: Alarm,
    },
    /// A coordinator looked.
    NoticeAlarmSettled {
        /// Which alarm.
        alarm: Alarm,
        /// What was done, in the coordinator's words.
        words: Secret<String>,
    },
    /// A coordinator called the phone list.
    NoticeCalled {
        /// Whether somebody answered.
        reached: bool,
        /// What was said, in the coordinator's words.
        words: Secret<String>,
    },
    /// Its text was sealed to a reader's keys.
    NoticeSealed {
        /// For whom: the recipient, or a relay that acts for it.
        reader: OrgId,
        /// How.
        sealed: super::Sealed,
    },
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
    /// Whether it is of the top tier.
    #[serde(default, skip_serializing_if = "is_false")]
    pub urgent: bool,
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::NoticeQueued(_) => "notice-queued",
            Event::NoticeDelivered { .. } => "notice-delivered",
            Event::NoticeOpened { .. } => "notice-opened",
            Event::NoticeTermsAnswered { .. } => "notice-terms-answered",
            Event::NoticeTermsRevised { .. } => "notice-terms-revised",
            Event::NoticeAcknowledged { .. } => "notice-acknowledged",
            Event::RemediationReported { .. } => "remediation-reported",
            Event::NoticeLifted => "notice-lifted",
            Event::NoticeMadeUrgent { .. } => "notice-made-urgent",
            Event::NoticeSending { .. } => "notice-sending",
            Event::NoticeAttempted { .. } => "notice-attempted",
            Event::NoticeBounced { .. } => "notice-bounced",
            Event::NoticeEscalated { .. } => "notice-escalated",
            Event::NoticeAlarmed { .. } => "notice-alarmed",
            Event::NoticeAlarmSettled { .. } => "notice-alarm-settled",
            Event::NoticeCalled { .. } => "notice-called",
            Event::NoticeSealed { .. } => "notice-sealed",
        }
    }
}
