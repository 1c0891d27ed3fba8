//! A case with everything that happened to it, built by commands only.

use std::collections::BTreeSet;

use forewarn_core::access::Actor;
use forewarn_core::aggregate::{Aggregate, Meta};
use forewarn_core::case::{
    Case, Command, DraftText, Event, MatchVerdict, ReleaseReason, State, SuggestedMatch, Terms, Tlp, Verdict,
    WaveGate, decide,
};
use forewarn_core::ids::{CaseId, FindingId, OrgId, WaveId};
use forewarn_core::party::VendorMode;
use forewarn_core::sharing::{Audience, ContentLevel, Reach, Recipient};
use forewarn_core::{Policy, Refusal};
use forewarn_exposure::{Affected, Confidence, Ecosystem, Identity};
use jiff::Timestamp;
use uuid::Uuid;

use super::cast::{self, org};
use super::{day, facts, policy};

/// One event with its circumstances.
#[derive(Clone, Debug)]
pub struct Happened {
    pub meta: Meta,
    pub actor: Actor,
    pub event: Event,
}

/// A case and its past.
#[derive(Clone, Debug)]
pub struct History {
    pub case: Case,
    pub past: Vec<Happened>,
    pub now: Timestamp,
    pub policy: Policy,
}

impl History {
    /// Nothing has happened yet.
    pub fn empty() -> Self {
        Self { case: Case::default(), past: vec![], now: day(0), policy: policy() }
    }

    /// A case that Alice opened from a finding of the finder.
    pub fn opened() -> Self {
        Self::empty().by(&cast::alice(), open())
    }

    /// Tries a command; what was decided is applied.
    pub fn attempt(&mut self, actor: &Actor, command: Command) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.case, command, &facts(&self.policy, actor, self.now))?;
        for event in &events {
            let version = self.past.len() as u64 + 1;
            let meta = Meta { at: self.now, actor: actor.label(), version };
            self.case = std::mem::take(&mut self.case).evolve(&meta, event);
            self.past.push(Happened { meta, actor: actor.clone(), event: event.clone() });
        }
        Ok(events)
    }

    /// Does a command that must be allowed.
    #[must_use]
    pub fn by(mut self, actor: &Actor, command: Command) -> Self {
        let shown = format!("{command:?}");
        if let Err(refusal) = self.attempt(actor, command) {
            panic!("{shown} was refused in {:?}: {refusal}", self.case.state);
        }
        self
    }

    /// Why a command is refused.
    pub fn refusal(&self, actor: &Actor, command: Command) -> Refusal {
        let shown = format!("{command:?}");
        let decision = decide(&self.case, command, &facts(&self.policy, actor, self.now));
        decision.expect_err(&format!("{shown} must be refused in {:?}", self.case.state))
    }

    /// Lets days pass.
    #[must_use]
    pub fn on_day(mut self, days: i64) -> Self {
        self.now = day(days);
        self
    }

    /// As far as `state` on the usual way: terms for 60 days, a vendor that consented, a draft, one wave.
    #[must_use]
    pub fn on_the_way_to(self, state: State) -> Self {
        let (alice, bob, vendor) = (cast::alice(), cast::bob(), cast::vendor());
        let validated =
            |h: Self| h.by(&alice, draft("Overflow")).by(&alice, terms(day(60))).by(&alice, validate());
        let notified = |h| validated(h).by(&alice, invite(cast::VENDOR)).by(&vendor, answer(true));
        let fixed = |h| notified(h).by(&vendor, fix());
        let shared = |h| fixed(h).by(&alice, propose(1, ContentLevel::Detail)).by(&bob, approve(1, &[]));
        let public =
            |h| shared(h).by(&alice, release(ReleaseReason::Exploited)).by(&bob, Command::ApproveRelease);
        match state {
            State::Open => self,
            State::Validated => validated(self),
            State::Disputed => validated(self).by(&alice, dispute()),
            State::VendorNotified => notified(self),
            State::FixReady => fixed(self),
            State::Sharing => shared(self),
            State::Public => public(self),
            State::Closed => public(self).by(&alice, Command::Close),
            State::Withdrawn => shared(self).by(&alice, withdraw()),
        }
    }

    /// Kinds of the events so far.
    pub fn kinds(&self) -> Vec<&'static str> {
        use forewarn_core::aggregate::EventKind;
        self.past.iter().map(|happened| happened.event.kind()).collect()
    }
}

/// A wave's id by number.
pub fn wave(number: u128) -> WaveId {
    WaveId(Uuid::from_u128(number))
}

/// A finding's id by number.
pub fn finding(number: u128) -> FindingId {
    FindingId(Uuid::from_u128(number))
}

/// Judges whether what the operator holds is an affected crate.
pub fn judge_match(crate_name: &str, verdict: MatchVerdict, reason: &str) -> Command {
    let matched = SuggestedMatch {
        org: org(cast::OPERATOR),
        affected: Identity::package(Ecosystem::CratesIo, crate_name),
        held: Identity::product("Maker", crate_name),
    };
    Command::JudgeMatch { matched, verdict, reason: reason.into() }
}

/// A crate that is affected in version 1.0.0.
pub fn affected(name: &str) -> Affected {
    affected_of(&Identity::package(Ecosystem::CratesIo, name), &["1.0.0"])
}

/// Something affected in these versions.
pub fn affected_of(identity: &Identity, versions: &[&str]) -> Affected {
    let written = serde_json::json!({ "identity": identity, "versions": versions });
    serde_json::from_value(written).expect("what is affected")
}

pub fn open() -> Command {
    Command::Open {
        case: CaseId(Uuid::from_u128(0xCA5E)),
        finding: finding(1),
        finder: org(cast::FINDER),
        title: "Overflow in a parser".into(),
        affected: vec![affected("parser")],
    }
}

pub fn validate() -> Command {
    checked(Verdict::Confirmed)
}

pub fn checked(verdict: Verdict) -> Command {
    Command::Validate { verdict, method: "reproduced".into(), evidence: "a crash log".into() }
}

pub fn dispute() -> Command {
    Command::Dispute { reason: "the input cannot reach it".into() }
}

pub fn withdraw() -> Command {
    Command::Withdraw { reason: "not a vulnerability".into() }
}

pub fn reopen() -> Command {
    Command::Reopen { reason: "new evidence".into() }
}

pub fn join(number: u128, finder: u128) -> Command {
    Command::Join { finding: finding(number), finder: org(finder), why: "the same function".into() }
}

pub fn terms(release_at: Timestamp) -> Command {
    Command::SetTerms { terms: agreed(release_at) }
}

pub fn agreed(release_at: Timestamp) -> Terms {
    Terms::new(release_at, "UTC", Tlp::Amber)
}

pub fn invite(vendor: u128) -> Command {
    invite_as(vendor, VendorMode::VerifiedOnly)
}

/// Brings in a vendor that takes part in this way.
pub fn invite_as(vendor: u128, mode: VendorMode) -> Command {
    Command::InviteVendor { vendor: org(vendor), mode }
}

pub fn answer(accept: bool) -> Command {
    Command::AnswerTerms { accept }
}

pub fn fix() -> Command {
    Command::RecordFix { fixed_in: vec!["1.0.1".into()] }
}

pub fn draft(title: &str) -> Command {
    Command::Draft { text: Box::new(draft_text(title)) }
}

pub fn draft_text(title: &str) -> DraftText {
    DraftText {
        title: title.into(),
        mitigation: "MITIGATION: turn the parser off".into(),
        detail: "DETAIL: the length is not checked".into(),
        proof_of_concept: "PROOF: 41 41 41".into(),
        ..DraftText::default()
    }
}

/// A wave for everybody exposed, with a vendor in the case.
pub fn propose(number: u128, level: ContentLevel) -> Command {
    propose_to(number, level, everybody(), None)
}

/// A wave for everybody exposed, without a vendor.
pub fn propose_without_vendor(number: u128) -> Command {
    propose_to(number, ContentLevel::Mitigation, everybody(), Some("nobody maintains it"))
}

pub fn propose_to(number: u128, level: ContentLevel, audience: Audience, without: Option<&str>) -> Command {
    Command::ProposeWave {
        wave: wave(number),
        level,
        audience,
        without_vendor: without.map(str::to_owned),
        proof_before_fix: false,
        gate: WaveGate::default(),
    }
}

/// A wave of mitigations that waits for more than approvals.
pub fn propose_later(number: u128, gate: WaveGate) -> Command {
    match propose(number, ContentLevel::Mitigation) {
        Command::ProposeWave { wave, level, audience, without_vendor, proof_before_fix, .. } => {
            Command::ProposeWave { wave, level, audience, without_vendor, proof_before_fix, gate }
        }
        other => other,
    }
}

pub fn raise(reason: ReleaseReason) -> Command {
    Command::RaiseTrigger { reason, evidence: "a post on a forum".into() }
}

pub fn everybody() -> Audience {
    Audience {
        sectors: BTreeSet::new(),
        countries: BTreeSet::new(),
        named: BTreeSet::new(),
        reach: Reach::Exposed,
        least_confidence: Confidence::Range,
    }
}

pub fn approve(number: u128, recipients: &[u128]) -> Command {
    Command::ApproveWave { wave: wave(number), recipients: chosen(recipients) }
}

pub fn extend(number: u128, recipients: &[u128]) -> Command {
    Command::ExtendWave { wave: wave(number), recipients: chosen(recipients) }
}

pub fn release(reason: ReleaseReason) -> Command {
    Command::ProposeRelease { reason }
}

fn chosen(recipients: &[u128]) -> Vec<Recipient> {
    let one = |number: &u128| Recipient { org: org(*number), consented: false, exposure: vec![] };
    recipients.iter().map(one).collect()
}

/// Organisations as a set.
pub fn orgs(numbers: &[u128]) -> BTreeSet<OrgId> {
    numbers.iter().map(|number| org(*number)).collect()
}
