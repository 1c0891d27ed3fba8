//! The priority tables of the policy profile.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::order::Field;
use super::tree::Tree;
use super::{Exploitation, Question};

/// Most outcomes of the coordinator's tree: they have three bits of a place in the order.
const MOST_OUTCOMES: usize = 8;
/// Largest weight of one operator.
const HEAVIEST: u32 = 100;

/// How cases are put in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Priorities {
    /// What is compared, the most important first.
    pub order: Vec<Field>,
    /// Whether a finder's track record counts in the order.
    pub count_track_record: bool,
    /// Numbers of operators below this are told to the case's coordinators only.
    pub least_shown: u32,
    /// What stands for inputs that are not known.
    pub unknown: Unknown,
    /// Impact on mission and well-being.
    pub mission: Mission,
    /// Decision trees.
    pub trees: Trees,
}

/// What stands for inputs that are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unknown {
    /// `no` or `yes`.
    pub automatable: String,
    /// `partial` or `total`.
    pub technical_impact: String,
    /// `small`, `controlled` or `open`: how exposed an operator's systems are.
    pub system_exposure: String,
}

/// Impact on mission and well-being from who is exposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mission {
    /// Weighted operators from which it is medium.
    pub medium_from: u32,
    /// Weighted operators from which it is high.
    pub high_from: u32,
    /// Weight of one operator by sector code.
    pub weights: BTreeMap<String, u32>,
}

/// The decision trees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trees {
    /// How urgent a case is for the coordination centre; leads the order.
    pub coordinator: Tree,
    /// How urgent it is for one operator.
    pub deployer: Tree,
    /// Whether to coordinate it.
    pub triage: Tree,
    /// Whether to publish on it.
    pub publication: Tree,
}

impl Mission {
    /// Weight of an operator of these sectors: its largest; 1 without any that is known.
    pub fn weight<'a>(&self, sectors: impl IntoIterator<Item = &'a String>) -> u32 {
        sectors.into_iter().filter_map(|sector| self.weights.get(sector)).copied().max().unwrap_or(1)
    }

    /// `low`, `medium` or `high`.
    pub fn impact(&self, weight: u32) -> &'static str {
        match weight {
            w if w >= self.high_from => "high",
            w if w >= self.medium_from => "medium",
            _ => "low",
        }
    }

    /// `low`, `medium`, `high` or `very-high`: human impact for one operator (SSVC Human Impact 2.0.2), by how heavy
    /// its sector is against the heaviest.
    pub fn human_impact(&self, weight: u32) -> &'static str {
        let heaviest = self.weights.values().copied().max().unwrap_or(1).max(1);
        match 4 * weight {
            w if w >= 4 * heaviest => "very-high",
            w if w >= 2 * heaviest => "high",
            w if w > heaviest => "medium",
            _ => "low",
        }
    }
}

impl Priorities {
    /// What makes these tables unusable, if anything.
    pub(crate) fn problem(&self, sectors: &BTreeMap<String, String>) -> Option<&'static str> {
        let distinct: BTreeSet<Field> = self.order.iter().copied().collect();
        let mission = &self.mission;
        let weights = mission.weights.values().all(|weight| (1..=HEAVIEST).contains(weight));
        let answers = |q: Question, answer: &String| q.answers().contains(&answer.as_str());
        let unknown = answers(Question::Automatable, &self.unknown.automatable)
            && answers(Question::TechnicalImpact, &self.unknown.technical_impact)
            && SYSTEM_EXPOSURE.1.contains(&self.unknown.system_exposure.as_str());
        [
            (
                self.order.len() == Field::ALL.len() && distinct.len() == self.order.len(),
                "priority.order must name each of outcome, exploitation, mission, exposure, cvss, epss, track-record and age once",
            ),
            (self.order.first() == Some(&Field::Outcome), "priority.order must begin with outcome"),
            (
                0 < mission.medium_from && mission.medium_from < mission.high_from,
                "priority.mission: medium_from must be above zero and below high_from",
            ),
            (weights, "priority.mission.weights must be 1 to 100"),
            (
                mission.weights.keys().all(|sector| sectors.contains_key(sector)),
                "priority.mission.weights names a sector that the profile does not have",
            ),
            (unknown, "priority.unknown has an answer that the trees do not have"),
            (self.trees.fit(), "priority.trees: the points of a tree are not those of docs/reference/policy.md"),
        ]
        .into_iter()
        .find_map(|(holds, problem)| (!holds).then_some(problem))
    }
}

type Asked = (&'static str, &'static [&'static str]);

const EXPLOITATION: Asked = ("exploitation", &["none", "public-poc", "active"]);
const AUTOMATABLE: Asked = ("automatable", &["no", "yes"]);
/// How exposed the systems of one operator are.
pub(super) const SYSTEM_EXPOSURE: Asked = ("system-exposure", &["small", "controlled", "open"]);
/// Human impact for one operator.
pub(super) const HUMAN_IMPACT: Asked = ("human-impact", &["low", "medium", "high", "very-high"]);

impl Trees {
    /// Whether the trees ask what can be answered.
    fn fit(&self) -> bool {
        let coordinator = self.coordinator.asks(&[
            EXPLOITATION,
            AUTOMATABLE,
            ("technical-impact", Question::TechnicalImpact.answers()),
            ("mission-and-well-being", Question::MissionAndWellBeing.answers()),
        ]);
        let deployer = self.deployer.asks(&[EXPLOITATION, SYSTEM_EXPOSURE, AUTOMATABLE, HUMAN_IMPACT]);
        let triage = self.triage.asks(&[
            ("report-public", &["yes", "no"]),
            ("supplier-contacted", &["no", "yes"]),
            ("report-credibility", &["not-credible", "credible"]),
            ("supplier-cardinality", &["one", "multiple"]),
            ("supplier-engagement", &["active", "unresponsive"]),
            ("utility", &["laborious", "efficient", "super-effective"]),
            ("public-safety-impact", &["minimal", "significant"]),
        ]);
        let publication = self.publication.asks(&[
            ("supplier-involvement", &["fix-ready", "cooperative", "uncooperative"]),
            EXPLOITATION,
            ("public-value-added", &["limited", "ampliative", "precedence"]),
        ]);
        debug_assert_eq!(EXPLOITATION.1[2], Exploitation::Active.as_str());
        coordinator && deployer && triage && publication && self.coordinator.outcomes().len() <= MOST_OUTCOMES
    }
}
