//! How a vendor, or a project without a contract, takes part.

use serde::{Deserialize, Serialize};

/// How a vendor takes part. It says so itself, or a coordinator writes down what it says of itself in public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VendorMode {
    /// It is asked under embargo, of what somebody other than the finder has confirmed.
    #[default]
    VerifiedOnly,
    /// It is asked under embargo, also of what nobody has checked, and checks it itself.
    Firehose,
    /// It takes part in no embargo: it hears of a case when the case is public.
    PublicOnly,
    /// It is told nothing.
    None,
}

impl VendorMode {
    /// Every mode.
    pub const ALL: &'static [VendorMode] =
        &[VendorMode::VerifiedOnly, VendorMode::Firehose, VendorMode::PublicOnly, VendorMode::None];

    /// Name as shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            VendorMode::VerifiedOnly => "verified-only",
            VendorMode::Firehose => "firehose",
            VendorMode::PublicOnly => "public-only",
            VendorMode::None => "none",
        }
    }

    /// Whether it is asked to consent to embargoes.
    pub fn takes_part(self) -> bool {
        matches!(self, VendorMode::VerifiedOnly | VendorMode::Firehose)
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
