//! How a vendor is reached that set nothing here itself: what its security.txt (RFC 9116) says, given by hand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contacts::{URL_LIMIT, is_address};
use crate::decision::{Refusal, require};

/// Most lines of one kind.
pub const SECURITY_CONTACT_LIMIT: usize = 20;

/// What a security.txt says (RFC 9116, section 2.5). The order of lines of one kind is kept: it is their order of
/// preference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityContact {
    /// `Contact`: URIs such as `mailto:security@example.org`, the preferred one first.
    pub contacts: Vec<String>,
    /// `Expires`: from then on it is stale and is not used.
    pub expires: Timestamp,
    /// `Encryption`: where keys are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encryption: Vec<String>,
    /// `Policy`: where the disclosure policy is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy: Vec<String>,
    /// `Preferred-Languages`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// `Canonical`: where the file is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical: Vec<String>,
    /// Whether it was wrapped in an OpenPGP signature. The signature is not checked here.
    #[serde(default)]
    pub signed: bool,
}

impl SecurityContact {
    /// Whether it may still be used.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// The first address that a mail can be sent to, while it holds.
    pub fn mail(&self, now: Timestamp) -> Option<&str> {
        let holds = self.holds(now);
        self.contacts.iter().filter(|_| holds).find_map(|uri| mail_of(uri))
    }

    /// Refuses what could not be used.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        let message = "a security.txt needs at least one contact: a mailto:, tel: or https: URI";
        let named = !self.contacts.is_empty() && self.contacts.iter().all(|uri| is_contact(uri));
        require(named, Refusal::Invalid { field: "/contacts", message })?;
        let message = "this security.txt has expired; ask for a newer one";
        require(self.holds(now), Refusal::Invalid { field: "/expires", message })?;
        let lists = [&self.contacts, &self.encryption, &self.policy, &self.languages, &self.canonical];
        let few = lists.iter().all(|list| list.len() <= SECURITY_CONTACT_LIMIT);
        let short = lists.iter().all(|list| list.iter().all(|text| is_line(text)));
        let message = "give at most 20 values of each kind, each of at most 2,000 printable characters";
        require(few && short, Refusal::Invalid { field: "", message })
    }
}

/// A URI by which somebody can be reached; web addresses only over TLS (RFC 9116, section 2.5.3).
pub fn is_contact(uri: &str) -> bool {
    let scheme = uri.split_once(':').filter(|(_, rest)| !rest.is_empty());
    let known = scheme.is_some_and(|(scheme, _)| {
        ["mailto", "tel", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    });
    known && is_line(uri)
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.len() <= URL_LIMIT && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// The address of a `mailto:` URI, without what a mail program would fill in (RFC 6068). One with percent-encoding or
/// several addresses is left to a person.
fn mail_of(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let address = rest.split('?').next().unwrap_or(rest);
    let plain = scheme.eq_ignore_ascii_case("mailto") && is_address(address) && !address.contains('%');
    plain.then_some(address)
}
