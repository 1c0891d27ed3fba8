//! What is submitted, as read: documents of a batch, and what is answered for each report in them.

use forewarn_core::finding::{Finding, Opening, Report, commitment_of};
use forewarn_core::ids::FindingId;
use forewarn_core::secret::Secret;
use forewarn_formats::json::{self, Limits, Problem};
use forewarn_formats::{csaf, report};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::views::moment as timestamp;

/// Most reports one document may hold.
pub(super) const MOST_PARTS: usize = 500;

/// One line of a batch.
#[derive(Clone, Debug)]
pub struct BatchLine {
    /// Line number, from 1.
    pub line: u64,
    /// The document.
    pub bytes: Vec<u8>,
}

/// A commitment and what opens it. Whoever has the document and the salt can show that the hash was made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommitmentView {
    /// Salted SHA3-256 of the document, lower-case hex; safe to publish.
    pub hash: String,
    /// The salt, lower-case hex; keep it as secret as the finding.
    pub salt: String,
}

impl CommitmentView {
    pub(crate) fn of(opening: &Opening) -> Self {
        Self { hash: opening.hash.clone(), salt: opening.salt.expose().clone() }
    }
}

/// What became of one report of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemResult {
    /// Line of the batch, from 1.
    pub line: u64,
    /// `accepted`, `duplicate`, `needs-info` (it is in, and something is missing), `rejected` or `over-quota` (it is not).
    pub result: String,
    /// Id of the finding, also of the earlier one if it was the same submitter's.
    pub finding: Option<String>,
    /// When the finding, or the one it duplicates, was received.
    #[schema(value_type = Option<String>)]
    pub received_at: Option<Timestamp>,
    /// JSON pointer or line and column of what is wrong or missing.
    pub place: Option<String>,
    /// What is wrong or missing, or why it is a duplicate.
    pub message: Option<String>,
    /// The commitment made to the document when it was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentView>,
    /// Seconds after which there is room again, when it is over the quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// The answer to a chunk.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct BatchResult {
    /// One for each report, and one for each line that could not be read.
    pub results: Vec<ItemResult>,
}

impl BatchResult {
    /// Seconds after which what was over the quota can be sent again; `None` when nothing was.
    pub fn retry_after(&self) -> Option<u64> {
        self.results.iter().filter_map(|item| item.retry_after).max()
    }
}

/// Some lines of a batch, taken in by one commit.
pub struct TakeIn {
    pub(super) lines: Vec<Taken>,
    /// What of CSAF was asked for.
    csaf: csaf::Version,
}

pub(super) struct Taken {
    pub line: u64,
    pub sha256: String,
    pub bytes: Vec<u8>,
    /// What a commitment is made over.
    committed: Vec<u8>,
    pub reports: Result<Vec<Report>, Problem>,
}

impl TakeIn {
    /// Reads the lines; a line that cannot be read becomes a rejected item, not a failure of the batch. It takes as
    /// long as reading takes, so it is not for a thread that serves others.
    pub fn read(lines: Vec<BatchLine>) -> Self {
        Self::read_as(lines, csaf::Version::V2_0)
    }

    /// The same where a version of CSAF was asked for.
    pub fn read_as(lines: Vec<BatchLine>, csaf: csaf::Version) -> Self {
        Self { lines: lines.into_iter().map(|line| Taken::read(line, csaf)).collect(), csaf }
    }

    /// Digest of each document.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &[u8]> {
        // The same documents with another version asked for are another request.
        let asked: Option<&[u8]> = (self.csaf == csaf::Version::V2_1).then_some(b"csaf 2.1");
        self.lines.iter().map(|taken| taken.sha256.as_bytes()).chain(asked)
    }
}

impl Taken {
    fn read(line: BatchLine, csaf: csaf::Version) -> Self {
        let BatchLine { line, bytes } = line;
        let limits = Limits::finding();
        let mut reports = report::read_as(&bytes, &limits, csaf).and_then(|reports| {
            let few = (1..=MOST_PARTS).contains(&reports.len());
            let message = format!("a document holds 1 to {MOST_PARTS} vulnerabilities; send it in parts");
            if few { Ok(reports) } else { Err(Problem { place: "/".into(), message }) }
        });
        let committed = match &reports {
            Ok(_) => json::unchecked_committed_text(&bytes, &limits).unwrap_or_else(|problem| {
                reports = Err(problem);
                Vec::new()
            }),
            Err(_) => Vec::new(),
        };
        Self { line, sha256: hex::encode(Sha256::digest(&bytes)), bytes, committed, reports }
    }

    pub fn opening(&self, salt: [u8; 32]) -> Opening {
        let hash = hex::encode(commitment_of(&salt, &self.committed));
        Opening { hash, salt: Secret::new(hex::encode(salt)) }
    }
}

impl ItemResult {
    fn new(line: u64, result: &str) -> Self {
        Self {
            line,
            result: result.into(),
            finding: None,
            received_at: None,
            place: None,
            message: None,
            commitment: None,
            retry_after: None,
        }
    }

    pub(super) fn rejected(line: u64, place: String, message: String) -> Self {
        Self { place: Some(place), message: Some(message), ..Self::new(line, "rejected") }
    }

    pub(super) fn taken_in(line: u64, id: FindingId, at: Timestamp, opening: &Opening) -> Self {
        Self {
            finding: Some(id.to_string()),
            received_at: Some(at),
            commitment: Some(CommitmentView::of(opening)),
            ..Self::new(line, "accepted")
        }
    }

    pub(super) fn known(line: u64, finding: &Finding) -> Self {
        Self {
            finding: finding.id.map(|id| id.to_string()),
            received_at: Some(timestamp(finding.received_at)),
            message: Some("you submitted this document before".into()),
            commitment: finding.opening.as_ref().map(CommitmentView::of),
            ..Self::new(line, "duplicate")
        }
    }

    pub(super) fn duplicate(self, first: Timestamp) -> Self {
        let message = "it has the same root cause as an earlier finding";
        Self { result: "duplicate".into(), received_at: Some(first), message: Some(message.into()), ..self }
    }

    pub(super) fn needs_info(self, place: &Option<String>, question: &str) -> Self {
        Self { result: "needs-info".into(), place: place.clone(), message: Some(question.to_owned()), ..self }
    }

    pub(super) fn over_quota(line: u64, seconds: u64) -> Self {
        let message = "you have submitted as much as the policy takes for now; send this again later";
        Self { message: Some(message.into()), retry_after: Some(seconds), ..Self::new(line, "over-quota") }
    }
}
