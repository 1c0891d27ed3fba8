//! Findings: one report as received, immutable.

mod attachment;
mod commitment;
mod evolve;
mod report;
mod root_cause;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use attachment::{Attachment, AttachmentKind, LARGEST as LARGEST_ATTACHMENT, MediaType};
pub use commitment::commitment_of;
pub use report::{Evidence, Location, Provenance, Report, Severity, SourceFormat};
pub(crate) use root_cause::vulnerability_ids;
pub use root_cause::{RootCauseKey, root_cause_keys};

use crate::access::{Act, Actor, filter, may, may_submit_anonymously};
use crate::aggregate::{Aggregate, EventKind};
use crate::decision::{Facts, Refusal, require};
use crate::ids::{CaseId, FindingId, OrgId, PrincipalId};
use crate::secret::Secret;

/// What became of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    /// Waiting for a coordinator.
    #[default]
    Received,
    /// The same root cause as an earlier one.
    Duplicate {
        /// The earlier one.
        of: FindingId,
        /// Why, in words.
        why: String,
    },
    /// It was a duplicate of one that was declined, and waits for a coordinator in its place. Its finder is shown a
    /// duplicate still: what became of the other is not his to know.
    Promoted {
        /// The declined one.
        instead_of: FindingId,
    },
    /// A coordinator asked something.
    NeedsInfo {
        /// The question.
        question: Secret<String>,
        /// Where in the document the answer is missed, as a JSON pointer; `None` when a coordinator asks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// It will not become a case.
    Declined {
        /// Why.
        reason: Secret<String>,
    },
    /// It is in a case.
    Accepted {
        /// Which.
        case: CaseId,
    },
}

impl Outcome {
    /// State name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Received => "received",
            Outcome::Duplicate { .. } => "duplicate",
            Outcome::Promoted { .. } => "promoted",
            Outcome::NeedsInfo { .. } => "needs-info",
            Outcome::Declined { .. } => "declined",
            Outcome::Accepted { .. } => "accepted",
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Finding {
    /// Id; `None` only before it was received.
    pub id: Option<FindingId>,
    /// Who submitted it.
    pub submitter: Option<OrgId>,
    /// The report; `None` only before it was received.
    pub report: Option<Secret<Report>>,
    /// Lower-case hex SHA-256 of the document as received (a blob).
    pub document_sha256: String,
    /// Which of the document's vulnerabilities this is, from 0.
    pub part: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// Declined findings in whose place it stands.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stands_for: BTreeSet<FindingId>,
    /// Findings that a coordinator said are not the same, whatever they look like.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub apart: BTreeSet<FindingId>,
    /// When it was received, milliseconds since the Unix epoch.
    pub received_at: i64,
    /// When its finder first had an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<jiff::Timestamp>,
    /// The commitment made when it was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// Digest of the receipt of a finding without an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Reproducers, traces and patches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Who approved that a vendor is given the proof of concept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub proof_approvals: BTreeMap<OrgId, BTreeSet<PrincipalId>>,
    /// Vendors that were given it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub proof_holders: attachment::Holders,
}

/// A commitment with what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The salted hash, lower-case hex, see [`commitment_of`].
    pub hash: String,
    /// The salt, lower-case hex.
    pub salt: Secret<String>,
}

/// What is known of a document beside its reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Lower-case hex SHA-256 of the document (a blob).
    pub document_sha256: String,
    /// Which of the document's vulnerabilities.
    pub part: u32,
    /// The commitment to it.
    pub opening: Option<Opening>,
    /// Digest of the receipt, for a finding without an account.
    pub receipt: Option<String>,
}

/// What happens to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// It was received.
    FindingReceived {
        /// Id.
        finding: FindingId,
        /// From whom.
        submitter: OrgId,
        /// The report.
        report: Box<Secret<Report>>,
        /// Digest of the document.
        document_sha256: String,
        /// Which of the document's vulnerabilities.
        part: u32,
        /// The commitment to the document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opening: Option<Opening>,
        /// Digest of the receipt, for a finding without an account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<String>,
    },
    /// It has the root cause of an earlier one.
    FindingDuplicate {
        /// The earlier one.
        of: FindingId,
        /// Why, in words.
        why: String,
    },
    /// What it duplicated was declined, so it waits for a coordinator itself.
    FindingPromoted {
        /// The declined one.
        instead_of: FindingId,
        /// Those in whose place the declined one stood.
        stands_for: BTreeSet<FindingId>,
    },
    /// A later report was taken for a duplicate of it. Its stream moves on, so that a case opened, or a decline decided,
    /// at the same moment is decided anew.
    FindingFollowed {
        /// The later one.
        by: FindingId,
    },
    /// A coordinator said that it is not the same as another.
    FindingsApart {
        /// The other.
        other: FindingId,
    },
    /// A question to the finder.
    FindingNeedsInfo {
        /// The question.
        question: Secret<String>,
        /// Where in the document the answer is missed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// It was declined.
    FindingDeclined {
        /// Why.
        reason: Secret<String>,
    },
    /// It is in a case.
    FindingAccepted {
        /// Which.
        case: CaseId,
    },
    /// A file was added.
    FindingAttached {
        /// Which.
        attachment: Attachment,
    },
    /// One person wants a vendor to have the proof of concept.
    FindingProofApproved {
        /// The vendor.
        vendor: OrgId,
        /// Who.
        by: PrincipalId,
    },
    /// Enough people do.
    FindingProofGiven {
        /// The vendor.
        vendor: OrgId,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::FindingReceived { .. } => "finding-received",
            Event::FindingDuplicate { .. } => "finding-duplicate",
            Event::FindingPromoted { .. } => "finding-promoted",
            Event::FindingFollowed { .. } => "finding-followed",
            Event::FindingsApart { .. } => "findings-apart",
            Event::FindingNeedsInfo { .. } => "finding-needs-info",
            Event::FindingDeclined { .. } => "finding-declined",
            Event::FindingAccepted { .. } => "finding-accepted",
            Event::FindingAttached { .. } => "finding-attached",
            Event::FindingProofApproved { .. } => "finding-proof-approved",
            Event::FindingProofGiven { .. } => "finding-proof-given",
        }
    }
}

/// What may be asked of a finding's stream.
#[derive(Clone, Debug)]
pub enum Command {
    /// Take it in.
    Receive {
        /// New id.
        finding: FindingId,
        /// The report.
        report: Box<Report>,
        /// The document it came in.
        received: Received,
        /// The earliest known finding with the same root cause, and why it is thought so.
        duplicate_of: Option<(FindingId, String)>,
    },
    /// Let it wait in the place of one that is declined in the same commit.
    Promote {
        /// The declined one.
        instead_of: FindingId,
        /// Those in whose place the declined one stood.
        stands_for: BTreeSet<FindingId>,
    },
    /// Say that it has the root cause of an earlier one.
    MarkDuplicate {
        /// The earlier one.
        of: FindingId,
        /// Why, in words.
        why: String,
    },
    /// Note that a later report is taken for a duplicate of it, by rule or by a coordinator.
    NoteDuplicate {
        /// The later one.
        by: FindingId,
    },
    /// Say that it has not the root cause of another, whatever they look like.
    KeepApart {
        /// The other.
        other: FindingId,
    },
    /// Say which case an accepted finding is in now.
    Move {
        /// Which.
        case: CaseId,
    },
    /// Ask the finder.
    AskInfo {
        /// The question.
        question: String,
    },
    /// Decline it.
    Decline {
        /// Why.
        reason: String,
    },
    /// Put it into a case.
    Accept {
        /// Which.
        case: CaseId,
    },
    /// Add a file.
    Attach {
        /// Which.
        attachment: Attachment,
    },
    /// Give a vendor the proof of concept.
    GiveProof {
        /// Which.
        vendor: OrgId,
    },
}

/// Decides a command on a finding.
///
/// # Errors
/// A [`Refusal`] naming the rule or the field.
pub fn decide(state: &Finding, command: Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Receive { finding, report, received, duplicate_of } => {
            let submitter = submitter(facts)?;
            require(state.id.is_none(), Refusal::Rule("this finding was already received"))?;
            require(
                !report.withdrawn,
                Refusal::Invalid {
                    field: "/withdrawn",
                    message: "the source withdrew this record; submit a live one",
                },
            )?;
            let missing = missing(&report);
            let report = Box::new(Secret::new(*report));
            let Received { document_sha256, part, opening, receipt } = received;
            let mut events = vec![Event::FindingReceived {
                finding,
                submitter,
                report,
                document_sha256,
                part,
                opening,
                receipt,
            }];
            events.extend(match duplicate_of {
                Some((of, why)) => Some(Event::FindingDuplicate { of, why }),
                None => missing,
            });
            Ok(events)
        }
        Command::Promote { instead_of, stands_for } => {
            triage(state, facts, "promoting")?;
            let waits = matches!(&state.outcome, Outcome::Duplicate { of, .. } if *of == instead_of || stands_for.contains(of));
            require(waits, Refusal::Rule("only a duplicate of the declined finding takes its place"))?;
            Ok(vec![Event::FindingPromoted { instead_of, stands_for }])
        }
        Command::MarkDuplicate { of, why } => {
            triage(state, facts, "marking as a duplicate")?;
            require(state.id != Some(of), Refusal::Rule("a finding is not a duplicate of itself"))?;
            require_text("/why", &why)?;
            Ok(vec![Event::FindingDuplicate { of, why }])
        }
        Command::NoteDuplicate { by } => {
            require(state.id.is_some(), Refusal::NotFound)?;
            // By rule, in a finder's own request, without the finder seeing the finding.
            let may_add = may(facts.actor, Act::SubmitFinding) || may(facts.actor, Act::TriageFinding);
            require(may_add, Refusal::NotFound)?;
            let declined = matches!(state.outcome, Outcome::Declined { .. });
            require(!declined, Refusal::WrongState { state: state.outcome.as_str(), step: "following" })?;
            Ok(vec![Event::FindingFollowed { by }])
        }
        Command::KeepApart { other } => {
            coordinate(state, facts)?;
            require(state.id != Some(other), Refusal::Rule("a finding cannot be kept apart from itself"))?;
            let new = !state.apart.contains(&other);
            Ok(new.then_some(Event::FindingsApart { other }).into_iter().collect())
        }
        Command::Move { case } => {
            coordinate(state, facts)?;
            let accepted = matches!(state.outcome, Outcome::Accepted { .. });
            require(
                accepted,
                Refusal::WrongState { state: state.outcome.as_str(), step: "moving to another case" },
            )?;
            Ok(vec![Event::FindingAccepted { case }])
        }
        Command::AskInfo { question } => {
            triage(state, facts, "asking the finder")?;
            require_text("/question", &question)?;
            Ok(vec![Event::FindingNeedsInfo { question: Secret::new(question), place: None }])
        }
        Command::Decline { reason } => {
            triage(state, facts, "declining")?;
            require_text("/reason", &reason)?;
            Ok(vec![Event::FindingDeclined { reason: Secret::new(reason) }])
        }
        Command::Accept { case } => {
            triage(state, facts, "accepting into a case")?;
            Ok(vec![Event::FindingAccepted { case }])
        }
        Command::Attach { attachment } => attachment::attach(state, attachment, facts),
        Command::GiveProof { vendor } => attachment::give_proof(state, vendor, facts),
    }
}

/// For whom it is taken in: the caller's organisation, or nobody's where the policy allows that.
fn submitter(facts: &Facts<'_>) -> Result<OrgId, Refusal> {
    match facts.actor {
        Actor::Public if may_submit_anonymously(facts.actor, facts.policy) => Ok(OrgId::NOBODY),
        Actor::Public => Err(Refusal::NotFound),
        actor => {
            let rule = "submitting needs a finder's credential with the findings scope";
            require(may(actor, Act::SubmitFinding), Refusal::Forbidden(rule))?;
            actor.org().ok_or(Refusal::NotFound)
        }
    }
}

/// What a report must say before anybody can work on it: what is affected.
fn missing(report: &Report) -> Option<Event> {
    let question = "Which package or product is affected, and in which versions?";
    report.affected.is_empty().then(|| Event::FindingNeedsInfo {
        question: Secret::new(question.into()),
        place: Some(report.affected_place()),
    })
}

fn triage(state: &Finding, facts: &Facts<'_>, step: &'static str) -> Result<(), Refusal> {
    coordinate(state, facts)?;
    let open = !matches!(state.outcome, Outcome::Accepted { .. } | Outcome::Declined { .. });
    require(open, Refusal::WrongState { state: state.outcome.as_str(), step })
}

fn coordinate(state: &Finding, facts: &Facts<'_>) -> Result<(), Refusal> {
    require(state.id.is_some(), Refusal::NotFound)?;
    if !may(facts.actor, Act::TriageFinding) {
        let seen = filter(facts.actor, Act::SeeFinding).admits(&state.facets());
        return Err(if seen {
            Refusal::Forbidden("triage is a coordinator's work")
        } else {
            Refusal::NotFound
        });
    }
    Ok(())
}

pub(crate) fn require_text(field: &'static str, text: &str) -> Result<(), Refusal> {
    let length = text.trim().chars().count();
    require(
        (1..=20_000).contains(&length),
        Refusal::Invalid { field, message: "give a text of 1 to 20,000 characters" },
    )
}

impl Event {
    /// Whether the finder learns from it what became of the finding.
    fn is_answer(&self) -> bool {
        matches!(
            self,
            Event::FindingDuplicate { .. }
                | Event::FindingNeedsInfo { .. }
                | Event::FindingDeclined { .. }
                | Event::FindingAccepted { .. }
        )
    }
}

impl Finding {
    /// The key under which the same document of the same submitter is the same finding.
    pub fn document_key(submitter: OrgId, document_sha256: &str, part: u32) -> String {
        format!("{submitter}:{document_sha256}:{part}")
    }

    /// The same without an account: nobody learns that somebody else sent the same.
    fn unique_key(&self, submitter: OrgId) -> String {
        match &self.receipt {
            Some(receipt) => format!("receipt:{receipt}:{}", self.part),
            None => Self::document_key(submitter, &self.document_sha256, self.part),
        }
    }
}
