//! What comes first, and why: SSVC decisions with every input, and one order that can be explained.

mod assess;
pub mod cvss;
mod order;
mod profile;
mod standing;
mod tree;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use assess::{OwnAnswers, assess, deployer};
pub use order::{Field, Places};
pub use profile::{Mission, Priorities, Trees, Unknown};
pub use standing::{Command, Event, Standing, Watched, decide};
pub use tree::{Point, Tree};
pub use words::{before, exposure_in_words, summary};

use crate::catalogue::{Epss, Kev};

/// How far exploitation has come (SSVC decision point Exploitation 1.1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exploitation {
    /// No evidence of attacks and no public proof of concept.
    #[default]
    None,
    /// A proof of concept is public.
    PublicPoc,
    /// Attacks were seen.
    Active,
}

impl Exploitation {
    /// The answer's name in the trees.
    pub fn as_str(self) -> &'static str {
        match self {
            Exploitation::None => "none",
            Exploitation::PublicPoc => "public-poc",
            Exploitation::Active => "active",
        }
    }
}

/// A question that a coordinator may answer by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// `none`, `public-poc` or `active`. What a catalogue says counts when it is worse.
    Exploitation,
    /// `no` or `yes`.
    Automatable,
    /// `partial` or `total`.
    TechnicalImpact,
    /// `low`, `medium` or `high`.
    MissionAndWellBeing,
}

impl Question {
    /// Every question.
    pub const ALL: &'static [Question] = &[
        Question::Exploitation,
        Question::Automatable,
        Question::TechnicalImpact,
        Question::MissionAndWellBeing,
    ];

    /// Name in the trees.
    pub fn as_str(self) -> &'static str {
        match self {
            Question::Exploitation => "exploitation",
            Question::Automatable => "automatable",
            Question::TechnicalImpact => "technical-impact",
            Question::MissionAndWellBeing => "mission-and-well-being",
        }
    }

    /// Its answers, the least urgent first.
    pub fn answers(self) -> &'static [&'static str] {
        match self {
            Question::Exploitation => &["none", "public-poc", "active"],
            Question::Automatable => &["no", "yes"],
            Question::TechnicalImpact => &["partial", "total"],
            Question::MissionAndWellBeing => &["low", "medium", "high"],
        }
    }
}

/// An answer given by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// The answer.
    pub answer: String,
    /// Who, as in events.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How many operators run what is affected.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// Operators, each once.
    pub operators: u32,
    /// Operators by sector code; one of several sectors counts in each.
    pub sectors: BTreeMap<String, u32>,
    /// Sum over operators of the largest weight of their sectors.
    pub weight: u32,
}

/// A finder's record: what became of its findings that somebody checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    /// Cases that were confirmed.
    pub confirmed: u32,
    /// Cases that were checked and not confirmed.
    pub refuted: u32,
}

/// Everything a decision is made from, gathered by the shell, each with its date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Answers by hand.
    pub by_hand: BTreeMap<Question, ByHand>,
    /// The vector that counts, whence it comes and since when.
    pub cvss: Option<(cvss::Scored, String, Timestamp)>,
    /// Entry of the KEV catalogue in force, with the catalogue's date.
    pub kev: Option<(Kev, Timestamp)>,
    /// EPSS of the scores in force, with their date; the highest where the case has several CVE ids.
    pub epss: Option<(Epss, Timestamp)>,
    /// Since when a coordinator has said that it is exploited: `Case::exploited_since`.
    pub exploited_since: Option<Timestamp>,
    /// Exposure and the moment it was counted.
    pub exposure: (Exposure, Timestamp),
    /// Record of the finder.
    pub record: Record,
    /// Facts for the trees of coordination.
    pub coordination: Coordination,
    /// When the case was opened.
    pub opened_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// What the trees of triage and publication ask of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Coordination {
    /// Whether it is public.
    pub public: bool,
    /// Vendors that were asked.
    pub vendors: u32,
    /// Whether any vendor consented.
    pub engaged: bool,
    /// Whether somebody other than the finder confirmed it.
    pub confirmed: bool,
    /// Whether a fix is ready.
    pub fix_ready: bool,
}

/// One input as it counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Which.
    pub name: String,
    /// Value in words.
    pub value: String,
    /// Whence it comes, in words.
    pub source: String,
    /// Date of the source.
    pub at: Timestamp,
}

/// A decision on a case with all it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decision {
    /// Outcome of the coordinator's tree.
    pub outcome: String,
    /// Outcome of coordinator triage, as advice.
    pub triage: String,
    /// Outcome of coordinator publication, as advice.
    pub publication: String,
    /// Exploitation as it counted.
    pub exploitation: Exploitation,
    /// Answer to automatable.
    pub automatable: String,
    /// Places in the order.
    pub places: Places,
    /// Every input.
    pub inputs: Vec<Input>,
    /// Exposure as counted.
    pub exposure: Exposure,
    /// Name of the policy profile.
    pub profile: String,
    /// Digest of its text, lower-case hex SHA-256.
    pub policy: String,
}

impl Decision {
    /// Whether two decisions say the same, whenever their inputs were gathered.
    pub fn same_as(&self, other: &Self) -> bool {
        let undated = |d: &Self| {
            let inputs = d.inputs.iter().map(|i| (i.name.clone(), i.value.clone(), i.source.clone()));
            (inputs.collect::<Vec<_>>(), d.outcome.clone(), d.triage.clone(), d.publication.clone())
        };
        undated(self) == undated(other)
            && self.places == other.places
            && self.exposure == other.exposure
            && self.policy == other.policy
    }
}
