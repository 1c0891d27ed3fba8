//! What holds of every case, whoever did whatever and whenever.
//!
//! The checks read the events alone and keep their own books; they do not ask the state that the rules ask.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Refusal;
use forewarn_core::access::{Actor, Relation};
use forewarn_core::aggregate::{Aggregate, Category, EventKind, Meta, project};
use forewarn_core::case::{Case, EmbargoState, Event, Exit, ReleaseReason, decide};
use forewarn_core::event::{ENVELOPE_VERSION, Envelope, encode};
use forewarn_core::ids::{OrgId, PrincipalId, WaveId};
use forewarn_core::sharing::ContentLevel;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use support::cast::{self, CENTRE, org};
use support::facts;
use support::history::{Happened, History};
use support::random::{any_move, anybody, histories};

fn config(cases: u32) -> ProptestConfig {
    let kept = FileFailurePersistence::Direct("proptest-regressions/case_rules.txt");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// What the events said so far, kept in the simplest way.
#[derive(Default)]
struct Books {
    finders: BTreeSet<OrgId>,
    /// Each vendor's last word since it was last asked, and when that was.
    asked: BTreeMap<OrgId, (Timestamp, Option<bool>)>,
    release_at: Option<Timestamp>,
    exited: Option<Exit>,
    drafts: u32,
    fixed: bool,
    proposals: BTreeMap<WaveId, Proposal>,
    sent: BTreeSet<WaveId>,
    release: Option<(ReleaseReason, u32, BTreeSet<PrincipalId>)>,
}

struct Proposal {
    people: BTreeSet<PrincipalId>,
    revision: u32,
    level: ContentLevel,
    without_vendor: Option<String>,
    proof_before_fix: bool,
    stale: bool,
}

impl Books {
    fn read(past: &[Happened]) -> Self {
        past.iter().fold(Self::default(), |mut books, happened| {
            books.note(happened);
            books
        })
    }

    fn note(&mut self, Happened { meta, event, .. }: &Happened) {
        match event {
            Event::CaseOpened { finder, .. } | Event::FindingJoined { finder, .. } => {
                self.finders.insert(*finder);
            }
            Event::TermsSet { terms } => {
                self.release_at = Some(terms.release_at);
                self.exited = None;
                for (_, word) in self.asked.iter_mut().filter(|(_, word)| word.1 == Some(true)) {
                    *word = (*meta, None).into_asked();
                }
            }
            _ => {}
        }
    }
}
