//! The fold of a finding's events.

use std::collections::BTreeSet;

use super::{Event, Finding, Outcome, root_cause_keys};
use crate::access::Relation;
use crate::aggregate::{Aggregate, Category, Facets, Key, Meta};

impl Aggregate for Finding {
    const CATEGORY: Category = Category::Finding;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        if event.is_answer() {
            self.answered_at.get_or_insert(meta.at);
        }
        match event {
            Event::FindingReceived {
                finding,
                submitter,
                report,
                document_sha256,
                part,
                opening,
                receipt,
            } => {
                self.id = Some(*finding);
                self.submitter = Some(*submitter);
                self.report = Some(report.as_ref().clone());
                self.document_sha256 = document_sha256.clone();
                self.part = *part;
                self.opening = opening.clone();
                self.receipt = receipt.clone();
                self.received_at = meta.at.as_millisecond();
            }
            Event::FindingDuplicate { of, why } => {
                self.outcome = Outcome::Duplicate { of: *of, why: why.clone() };
            }
            Event::FindingPromoted { instead_of, stands_for } => {
                self.stands_for.extend(stands_for);
                self.stands_for.insert(*instead_of);
                self.outcome = Outcome::Promoted { instead_of: *instead_of };
            }
            // Who follows is in the later finding, under a key; there may be very many.
            Event::FindingFollowed { .. } => {}
            Event::FindingsApart { other } => {
                self.apart.insert(*other);
            }
            Event::FindingNeedsInfo { question, place } => {
                self.outcome = Outcome::NeedsInfo { question: question.clone(), place: place.clone() };
            }
            Event::FindingDeclined { reason } => self.outcome = Outcome::Declined { reason: reason.clone() },
            Event::FindingAccepted { case } => self.outcome = Outcome::Accepted { case: *case },
            Event::FindingAttached { attachment } => self.attachments.push(attachment.clone()),
            Event::FindingProofApproved { vendor, by } => {
                self.proof_approvals.entry(*vendor).or_default().insert(*by);
            }
            Event::FindingProofGiven { vendor } => {
                self.proof_holders.insert(*vendor);
            }
        }
        self
    }

    fn facets(&self) -> Facets {
        let mut keys = BTreeSet::new();
        if let (Some(submitter), Some(report)) = (self.submitter, &self.report) {
            keys.insert(Key::unique("document", self.unique_key(submitter)));
            keys.extend(self.receipt.iter().map(|receipt| Key::shared("receipt", receipt)));
            // A declined finding must not swallow later reports of the same thing, and a duplicate adds nothing to what
            // it duplicates: however many there are, one row answers who was first.
            if !matches!(self.outcome, Outcome::Declined { .. } | Outcome::Duplicate { .. }) {
                keys.extend(
                    root_cause_keys(report.expose()).into_iter().map(|k| Key::shared("root-cause", k.digest)),
                );
            }
        }
        if let Outcome::Duplicate { of, .. } = &self.outcome {
            keys.insert(Key::shared("duplicate-of", of));
        }
        keys.extend(self.stands_for.iter().map(|finding| Key::shared("stands-for", finding)));
        Facets {
            state: self.outcome.as_str().into(),
            sort_at: self.received_at,
            public: false,
            relations: self
                .submitter
                .iter()
                .map(|org| (*org, Relation::Submitter))
                .chain(self.proof_holders.iter().map(|org| (*org, Relation::ProofHolder)))
                .collect(),
            keys,
        }
    }
}
