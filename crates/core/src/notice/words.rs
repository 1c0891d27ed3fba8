//! How far a notice has come, and what its recipient did about it.

use serde::{Deserialize, Serialize};

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
