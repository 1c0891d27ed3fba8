//! A notice with what its recipient did.

use forewarn_core::access::{Act, Actor, Guarded};
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::case::{Case, Content};
use forewarn_core::ids::{CaseId, NoticeId};
use forewarn_core::notice::{Command, Event, Notice, Queued, decide};
use forewarn_core::sharing::{ContentLevel, ExposureLine};
use forewarn_core::{Policy, Refusal, Secret};
use forewarn_exposure::Confidence;
use jiff::Timestamp;
use uuid::Uuid;

use super::cast::{CENTRE, OPERATOR, org};
use super::history::{agreed, wave};
use super::{day, facts, policy};

#[derive(Clone, Debug)]
pub struct Inbox {
    pub notice: Notice,
    pub past: Vec<Event>,
    pub now: Timestamp,
    pub policy: Policy,
}

impl Inbox {
    /// No notice yet.
    pub fn empty() -> Self {
        Self { notice: Notice::default(), past: vec![], now: day(1), policy: policy() }
    }

    /// The notice of wave 1 for the operator.
    pub fn queued(level: ContentLevel, consented: bool) -> Self {
        let mut inbox = Self::empty();
        inbox.apply(&Event::NoticeQueued(Box::new(first(level, consented))));
        inbox
    }

    pub fn apply(&mut self, event: &Event) {
        let meta = Meta { at: self.now, actor: "test".into(), version: self.past.len() as u64 + 1 };
        self.notice = std::mem::take(&mut self.notice).evolve(&meta, event);
        self.past.push(event.clone());
    }

    pub fn attempt(&mut self, actor: &Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.notice, command, &facts(&self.policy, actor, self.now))?;
        events.iter().for_each(|event| self.apply(event));
        Ok(events)
    }

    #[must_use]
    pub fn by(mut self, actor: &Actor, command: Command) -> Self {
        self.attempt(actor, command).expect("allowed");
        self
    }

    /// What the actor reads of the case behind the notice.
    #[allow(clippy::disallowed_methods, reason = "the core has nothing to note a read on")]
    pub fn content(&self, case: &Case, actor: &Actor) -> Option<Content> {
        let visible =
            Guarded::new(self.notice.clone(), self.notice.facets(), 1).see(actor, Act::SeeNotice)?;
        Guarded::new(case.clone(), case.facets(), 1).content_of(&visible)
    }
}

pub fn first(level: ContentLevel, consented: bool) -> Queued {
    Queued {
        notice: NoticeId(Uuid::from_u128(0x70)),
        number: "FW-2026-000001".into(),
        case: CaseId(Uuid::from_u128(0xCA5E)),
        wave: wave(1),
        coordinating: org(CENTRE),
        org: org(OPERATOR),
        level,
        terms: agreed(day(60)),
        consented,
        exposure: Secret::new(vec![line("pump-1", Confidence::Exact)]),
        due_at: day(4),
        urgent: false,
    }
}

pub fn line(asset: &str, confidence: Confidence) -> ExposureLine {
    ExposureLine {
        asset: asset.into(),
        component: "parser".into(),
        version: Some("1.0.0".into()),
        range: "1.0.0".into(),
        confidence,
        confirmed: false,
    }
}

pub fn deliver() -> Command {
    Command::Deliver { channel: "portal".into() }
}
