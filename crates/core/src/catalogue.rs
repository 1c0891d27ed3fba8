//! What others know of published vulnerabilities: the KEV catalogue and EPSS scores, imported from files.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::{Act, may};
use crate::aggregate::{Aggregate, Category, EventKind, Facets, Meta};
use crate::decision::{Facts, Refusal, require};

/// A CVE id, such as `CVE-2026-12345`: a year of four digits and a number of 4 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CveId {
    year: u16,
    number: u64,
}

/// A text that is no CVE id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a CVE id such as CVE-2026-12345")]
pub struct NoCveId;

impl FromStr for CveId {
    type Err = NoCveId;
    fn from_str(text: &str) -> Result<Self, NoCveId> {
        let (year, number) =
            text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')).ok_or(NoCveId)?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        // More than four digits never begin with a zero, so that an id has one spelling.
        let padded = number.len() > 4 && number.starts_with('0');
        if year.len() != 4 || !(4..=12).contains(&number.len()) || !digits(year) || !digits(number) || padded
        {
            return Err(NoCveId);
        }
        Ok(Self { year: year.parse().map_err(|_| NoCveId)?, number: number.parse().map_err(|_| NoCveId)? })
    }
}

impl TryFrom<String> for CveId {
    type Error = NoCveId;
    fn try_from(text: String) -> Result<Self, NoCveId> {
        text.parse()
    }
}

impl From<CveId> for String {
    fn from(cve: CveId) -> Self {
        cve.to_string()
    }
}

impl fmt::Display for CveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CVE-{:04}-{:04}", self.year, self.number)
    }
}

/// Which catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CatalogueKind {
    /// CISA's Known Exploited Vulnerabilities.
    Kev,
    /// FIRST's Exploit Prediction Scoring System.
    Epss,
}

impl CatalogueKind {
    /// Every kind.
    pub const ALL: &'static [CatalogueKind] = &[CatalogueKind::Kev, CatalogueKind::Epss];

    /// Name, and id of the stream.
    pub fn as_str(self) -> &'static str {
        match self {
            CatalogueKind::Kev => "kev",
            CatalogueKind::Epss => "epss",
        }
    }
}

/// An entry of the KEV catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kev {
    /// Which vulnerability.
    pub cve: CveId,
    /// Since when it is listed.
    pub added: Date,
    /// Whether it is known to be used in ransomware campaigns.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ransomware: bool,
}

/// An EPSS score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epss {
    /// Which vulnerability.
    pub cve: CveId,
    /// Probability of exploitation activity in the next 30 days, in millionths.
    pub millionths: u32,
}

impl Epss {
    /// The probability in thousandths, cut.
    pub fn permille(self) -> u32 {
        self.millionths / 1000
    }
}

/// A catalogue as it is stored: entries by CVE id, each id once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "catalogue", content = "entries", rename_all = "kebab-case")]
pub enum Entries {
    /// KEV.
    Kev(Vec<Kev>),
    /// EPSS.
    Epss(Vec<Epss>),
}

impl Entries {
    /// Which catalogue it is.
    pub fn kind(&self) -> CatalogueKind {
        match self {
            Entries::Kev(_) => CatalogueKind::Kev,
            Entries::Epss(_) => CatalogueKind::Epss,
        }
    }

    /// How many entries.
    pub fn len(&self) -> usize {
        match self {
            Entries::Kev(entries) => entries.len(),
            Entries::Epss(entries) => entries.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The KEV entry of an id.
    pub fn kev(&self, cve: CveId) -> Option<Kev> {
        let Entries::Kev(entries) = self else { return None };
        entries.binary_search_by_key(&cve, |entry| entry.cve).ok().and_then(|at| entries.get(at)).copied()
    }

    /// The EPSS score of an id.
    pub fn epss(&self, cve: CveId) -> Option<Epss> {
        let Entries::Epss(entries) = self else { return None };
        entries.binary_search_by_key(&cve, |entry| entry.cve).ok().and_then(|at| entries.get(at)).copied()
    }

    /// Whether an id has another entry in `other`.
    pub fn differs(&self, other: Option<&Self>, cve: CveId) -> bool {
        let of = |entries: &Self| (entries.kev(cve), entries.epss(cve));
        of(self) != other.map_or((None, None), of)
    }
}

/// What is known of a catalogue file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Which catalogue.
    pub kind: CatalogueKind,
    /// The edition's own name: the catalogue version of KEV, the model version of EPSS.
    pub version: String,
    /// The edition's own date.
    pub dated: Timestamp,
    /// Lower-case hex SHA-256 of the file as given.
    pub file_sha256: String,
    /// Lower-case hex SHA-256 of the entries as stored.
    pub entries_sha256: String,
    /// How many entries.
    pub entries: u64,
}

/// The catalogue in force.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalogue {
    /// The edition; `None` only before the first import.
    pub edition: Option<Edition>,
    /// Digest of the entries of the edition before, to find what changed.
    pub before_sha256: Option<String>,
    /// When it was imported, milliseconds since the Unix epoch.
    pub imported_at: i64,
    /// Who imported it, as in events.
    pub by: String,
}

/// What happens to a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// An edition replaced the one before.
    CatalogueImported {
        /// The edition.
        edition: Edition,
    },
}

impl EventKind for Event {
    fn kind(&self) -> &'static str {
        "catalogue-imported"
    }
}

/// Decides an import. The same file again makes no event.
///
/// # Errors
/// When the actor may not import, or a later edition is in force.
pub fn decide(state: &Catalogue, edition: Edition, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let text = "importing a catalogue needs a coordinator with the admin scope";
    require(may(facts.actor, Act::ImportCatalogue), Refusal::Forbidden(text))?;
    if let Some(current) = &state.edition {
        if current.file_sha256 == edition.file_sha256 {
            return Ok(vec![]);
        }
        require(
            edition.dated >= current.dated,
            Refusal::Rule("a later edition of this catalogue is in force"),
        )?;
    }
    Ok(vec![Event::CatalogueImported { edition }])
}

impl Aggregate for Catalogue {
    const CATEGORY: Category = Category::Catalogue;
    type Event = Event;

    fn evolve(mut self, meta: &Meta, event: &Event) -> Self {
        let Event::CatalogueImported { edition } = event;
        self.before_sha256 = self.edition.take().map(|before| before.entries_sha256);
        self.edition = Some(edition.clone());
        self.imported_at = meta.at.as_millisecond();
        self.by = meta.actor.clone();
        self
    }

    fn facets(&self) -> Facets {
        Facets {
            state: "current".into(),
            sort_at: self.imported_at,
            public: false,
            relations: BTreeSet::new(),
            keys: BTreeSet::new(),
        }
    }
}
