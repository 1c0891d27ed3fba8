//! What an advisory says, before it becomes a document. It may not be public yet, so `Debug` shows no texts.

use std::fmt;

use forewarn_exposure::Affected;
use jiff::Timestamp;

/// An advisory to be written as CSAF 2.0, profile `csaf_security_advisory`.
#[derive(Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Tracking id, unique at the publisher; also decides the file name.
    pub id: String,
    /// Title of the document.
    pub title: String,
    /// Who publishes it.
    pub publisher: Publisher,
    /// How far it may be shared.
    pub tlp: Tlp,
    /// State of the document.
    pub status: Status,
    /// When this version was released.
    pub current_release: Timestamp,
    /// When the first version was released.
    pub initial_release: Timestamp,
    /// Every version so far, this one included, in any order.
    pub revisions: Vec<Revision>,
    /// Language of the texts (BCP 47), such as `en`.
    pub language: String,
    /// What it is about; at least one.
    pub vulnerabilities: Vec<Vulnerability>,
}

/// Who publishes a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// Name of the organisation.
    pub name: String,
    /// URL under the organisation's control that makes its tracking ids unique.
    pub namespace: String,
    /// What the organisation is in this matter.
    pub category: Category,
    /// How to reach it.
    pub contact: Option<String>,
}

/// Publisher categories of CSAF, without `translator`, whose documents need a source document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Coordinates between finders, vendors and operators.
    Coordinator,
    /// Found the vulnerability.
    Discoverer,
    /// Somebody else.
    Other,
    /// Uses the product.
    User,
    /// Makes the product.
    Vendor,
}

/// Traffic Light Protocol 2.0 labels (<https://www.first.org/tlp/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tlp {
    /// Anybody; CSAF 2.0 still calls it WHITE.
    Clear,
    /// The community.
    Green,
    /// The organisation and its clients.
    Amber,
    /// The organisation only; CSAF 2.0 has no word for it.
    AmberStrict,
    /// The named recipients only.
    Red,
}

/// State of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not for release.
    Draft,
    /// Released, will change soon.
    Interim,
    /// Released, not expected to change.
    Final,
}

/// One version of the document.
#[derive(Clone, PartialEq, Eq)]
pub struct Revision {
    /// Version in integer versioning; 0 only before the first release.
    pub number: u32,
    /// When it was made.
    pub date: Timestamp,
    /// What changed.
    pub summary: String,
}

/// One vulnerability of an advisory.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Vulnerability {
    /// One line.
    pub title: String,
    /// CVE id.
    pub cve: Option<String>,
    /// Weakness.
    pub cwe: Option<Weakness>,
    /// The whole description.
    pub description: String,
    /// What is affected; at least one entry.
    pub affected: Vec<Affected>,
    /// Fixed versions, each with the index into `affected` of the package or product it belongs to.
    pub fixed: Vec<(usize, String)>,
    /// What to do.
    pub remediation: Vec<Remediation>,
    /// Who is thanked.
    pub acknowledgments: Vec<String>,
    /// Further reading, absolute URLs.
    pub references: Vec<String>,
    /// CVSS 3.0 or 3.1 vector; only its base metrics are written.
    pub cvss3: Option<String>,
}

/// A weakness with the name that the CWE list gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct Weakness {
    /// Such as `CWE-79`.
    pub id: String,
    /// The exact name in the CWE list.
    pub name: String,
}

/// One thing to do, or why there is none.
#[derive(Clone, PartialEq, Eq)]
pub struct Remediation {
    /// Its kind.
    pub remedy: Remedy,
    /// The instructions.
    pub details: String,
}

/// Remediation categories of CSAF 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Lowers the risk.
    Mitigation,
    /// Will not be fixed.
    NoFixPlanned,
    /// Nothing yet.
    NoneAvailable,
    /// The vendor's fix.
    VendorFix,
    /// Avoids the vulnerability.
    Workaround,
}

impl fmt::Debug for Advisory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Advisory")
            .field("tlp", &self.tlp)
            .field("status", &self.status)
            .field("revisions", &self.revisions)
            .field("vulnerabilities", &self.vulnerabilities)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revision").field("number", &self.number).finish_non_exhaustive()
    }
}

impl fmt::Debug for Vulnerability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vulnerability")
            .field("affected", &self.affected.len())
            .field("remediation", &self.remediation)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weakness").finish_non_exhaustive()
    }
}

impl fmt::Debug for Remediation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remediation").field("remedy", &self.remedy).finish_non_exhaustive()
    }
}
