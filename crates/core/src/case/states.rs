//! The case's state machine as one table. It decides, and it draws the diagram in the docs.

use serde::{Deserialize, Serialize};

/// State of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Opened from a finding.
    #[default]
    Open,
    /// Someone other than the finder confirmed it.
    Validated,
    /// Someone disputes it.
    Disputed,
    /// A vendor was told.
    VendorNotified,
    /// A fix exists.
    FixReady,
    /// A wave was sent.
    Sharing,
    /// An advisory is public.
    Public,
    /// Nothing is left to do.
    Closed,
    /// It was no vulnerability, or must not go on.
    Withdrawn,
}

/// What moves a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Confirm it.
    Validate,
    /// Dispute it.
    Dispute,
    /// Invite a vendor.
    NotifyVendor,
    /// Record a fix.
    RecordFix,
    /// Send a wave.
    Share,
    /// Publish.
    Release,
    /// Close.
    Close,
    /// Withdraw.
    Withdraw,
    /// Open again.
    Reopen,
}

use State::{Closed, Disputed, FixReady, Open, Public, Sharing, Validated, VendorNotified, Withdrawn};

/// Every move there is; what is not here is refused.
pub const TRANSITIONS: &[(State, Step, State)] = &[
    (Open, Step::Validate, Validated),
    (Open, Step::Dispute, Disputed),
    (Open, Step::NotifyVendor, Open),
    (Disputed, Step::Validate, Validated),
    (Validated, Step::Dispute, Disputed),
    (Validated, Step::NotifyVendor, VendorNotified),
    (VendorNotified, Step::NotifyVendor, VendorNotified),
    (VendorNotified, Step::Dispute, Disputed),
    (VendorNotified, Step::RecordFix, FixReady),
    (FixReady, Step::NotifyVendor, FixReady),
    (FixReady, Step::RecordFix, FixReady),
    (Validated, Step::Share, Sharing),
    (VendorNotified, Step::Share, Sharing),
    (FixReady, Step::Share, Sharing),
    (Sharing, Step::Share, Sharing),
    (Sharing, Step::NotifyVendor, Sharing),
    (Sharing, Step::RecordFix, Sharing),
    (Validated, Step::Release, Public),
    (FixReady, Step::Release, Public),
    (VendorNotified, Step::Release, Public),
    (Sharing, Step::Release, Public),
    (Public, Step::Close, Closed),
    (Open, Step::Withdraw, Withdrawn),
    (Validated, Step::Withdraw, Withdrawn),
    (Disputed, Step::Withdraw, Withdrawn),
    (VendorNotified, Step::Withdraw, Withdrawn),
    (FixReady, Step::Withdraw, Withdrawn),
    (Sharing, Step::Withdraw, Withdrawn),
    (Public, Step::Withdraw, Withdrawn),
    (Closed, Step::Withdraw, Withdrawn),
    (Public, Step::Reopen, Open),
    (Closed, Step::Reopen, Open),
    (Withdrawn, Step::Reopen, Open),
];

/// Where `step` leads from `state`, if anywhere.
pub fn next(state: State, step: Step) -> Option<State> {
    TRANSITIONS.iter().find(|(from, by, _)| *from == state && *by == step).map(|(_, _, to)| *to)
}

impl State {
    /// Every state, in the order of a case's life.
    pub const ALL: &'static [State] =
        &[Open, Validated, Disputed, VendorNotified, FixReady, Sharing, Public, Closed, Withdrawn];

    /// Name as shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Open => "open",
            Validated => "validated",
            Disputed => "disputed",
            VendorNotified => "vendor-notified",
            FixReady => "fix-ready",
            Sharing => "sharing",
            Public => "public",
            Closed => "closed",
            Withdrawn => "withdrawn",
        }
    }
}

impl Step {
    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Validate => "validate",
            Step::Dispute => "dispute",
            Step::NotifyVendor => "notify vendor",
            Step::RecordFix => "record fix",
            Step::Share => "share",
            Step::Release => "release",
            Step::Close => "close",
            Step::Withdraw => "withdraw",
            Step::Reopen => "reopen",
        }
    }
}

/// The table as a Mermaid state diagram, as it stands in the docs.
pub fn diagram() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> open\n");
    for (from, step, to) in TRANSITIONS.iter().filter(|(from, _, to)| from != to) {
        let (from, to) = (from.as_str().replace('-', "_"), to.as_str().replace('-', "_"));
        text.push_str(&format!("    {from} --> {to}: {}\n", step.as_str()));
    }
    text
}
