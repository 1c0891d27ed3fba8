//! Identifiers. All are opaque UUIDs made by the shell and passed in; none carries a count.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// An organisation: finder, vendor, operator, coordination centre, relay, auditor.
    OrgId
);
id!(
    /// A person or a service that acts for an organisation.
    PrincipalId
);
id!(
    /// A finding: one report as received.
    FindingId
);
id!(
    /// A file that belongs to a finding.
    AttachmentId
);
id!(
    /// A case: one vulnerability.
    CaseId
);
id!(
    /// A wave of a case: one act of sharing with one audience.
    WaveId
);
id!(
    /// A notice: one advisory revision for one recipient.
    NoticeId
);
id!(
    /// A credential: API token, one-time sign-in link or session.
    CredentialId
);

impl OrgId {
    /// Stands for whoever submitted without an account. No organisation is enrolled under it.
    pub const NOBODY: Self = Self(Uuid::nil());
}
