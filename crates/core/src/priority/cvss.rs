//! CVSS vectors: read strictly, scored, with the severity in words.

use cvss::{v3, v4};
use serde::{Deserialize, Serialize};

/// Longest vector, in bytes.
const LONGEST: usize = 500;

/// Metrics with the values they may have.
type Metrics = &'static [(&'static str, &'static str)];

/// Base metrics of CVSS 3.0 and 3.1, each needed (CVSS 3.1 specification, table 15).
const V3_BASE: Metrics = &[
    ("AV", "N A L P"),
    ("AC", "L H"),
    ("PR", "N L H"),
    ("UI", "N R"),
    ("S", "U C"),
    ("C", "N L H"),
    ("I", "N L H"),
    ("A", "N L H"),
];
/// Temporal and environmental metrics of CVSS 3.0 and 3.1.
const V3_MORE: Metrics = &[
    ("E", "X U P F H"),
    ("RL", "X O T W U"),
    ("RC", "X U R C"),
    ("CR", "X L M H"),
    ("IR", "X L M H"),
    ("AR", "X L M H"),
    ("MAV", "X N A L P"),
    ("MAC", "X L H"),
    ("MPR", "X N L H"),
    ("MUI", "X N R"),
    ("MS", "X U C"),
    ("MC", "X N L H"),
    ("MI", "X N L H"),
    ("MA", "X N L H"),
];
/// Base metrics of CVSS 4.0, each needed (CVSS 4.0 specification, table 23).
const V4_BASE: Metrics = &[
    ("AV", "N A L P"),
    ("AC", "L H"),
    ("AT", "N P"),
    ("PR", "N L H"),
    ("UI", "N P A"),
    ("VC", "H L N"),
    ("VI", "H L N"),
    ("VA", "H L N"),
    ("SC", "H L N"),
    ("SI", "H L N"),
    ("SA", "H L N"),
];
/// Threat, environmental and supplemental metrics of CVSS 4.0.
const V4_MORE: Metrics = &[
    ("E", "X A P U"),
    ("CR", "X H M L"),
    ("IR", "X H M L"),
    ("AR", "X H M L"),
    ("MAV", "X N A L P"),
    ("MAC", "X L H"),
    ("MAT", "X N P"),
    ("MPR", "X N L H"),
    ("MUI", "X N P A"),
    ("MVC", "X H L N"),
    ("MVI", "X H L N"),
    ("MVA", "X H L N"),
    ("MSC", "X H L N"),
    ("MSI", "X S H L N"),
    ("MSA", "X S H L N"),
    ("S", "X N P"),
    ("AU", "X N Y"),
    ("R", "X A U I"),
    ("V", "X D C"),
    ("RE", "X L M H"),
    ("U", "X Clear Green Amber Red"),
];

/// A vector with its score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// As written.
    pub vector: String,
    /// `3.0`, `3.1` or `4.0`.
    pub version: String,
    /// Score in tenths, 0 to 100.
    pub tenths: u8,
    /// `none`, `low`, `medium`, `high` or `critical` (the qualitative scale of both specifications).
    pub severity: String,
}

/// What is wrong with a vector. The text names the metric's place and never quotes the vector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct VectorProblem {
    /// Which metric, counted from 1 after the version, with its name where it is one.
    pub place: String,
    /// What is wrong.
    pub message: &'static str,
}

fn problem(place: impl Into<String>, message: &'static str) -> VectorProblem {
    VectorProblem { place: place.into(), message }
}

/// Reads and scores a CVSS 3.0, 3.1 or 4.0 vector. Metrics may come in any order, each at most once.
///
/// # Errors
/// [`VectorProblem`] with the first metric that is not right.
pub fn read(vector: &str) -> Result<Scored, VectorProblem> {
    if vector.len() > LONGEST {
        return Err(problem("vector", "is longer than 500 bytes"));
    }
    let mut parts = vector.split('/');
    let version = parts.next().and_then(|first| first.strip_prefix("CVSS:")).unwrap_or_default();
    let (base, more) = match version {
        "3.0" | "3.1" => (V3_BASE, V3_MORE),
        "4.0" => (V4_BASE, V4_MORE),
        _ => return Err(problem("version", "a vector begins with CVSS:3.0, CVSS:3.1 or CVSS:4.0")),
    };
    let mut seen: Vec<&str> = Vec::new();
    for (number, part) in (1..).zip(parts) {
        seen.push(metric(number, part, base, more, &seen)?);
    }
    if let Some((missing, _)) = base.iter().find(|(name, _)| !seen.contains(name)) {
        return Err(problem(*missing, "this base metric is missing"));
    }
    let unscored = || problem("vector", "cannot be scored");
    let value = if version == "4.0" {
        vector.parse::<v4::Vector>().map_err(|_| unscored())?.score().value()
    } else {
        vector.parse::<v3::Vector>().map_err(|_| unscored())?.score().value()
    };
    let tenths = tenths(value);
    Ok(Scored { vector: vector.into(), version: version.into(), tenths, severity: severity(tenths).into() })
}

fn metric(
    number: usize,
    part: &str,
    base: Metrics,
    more: Metrics,
    seen: &[&str],
) -> Result<&'static str, VectorProblem> {
    let nameless = || format!("metric {number}");
    let (name, value) = part.split_once(':').ok_or_else(|| problem(nameless(), "is not NAME:VALUE"))?;
    let known = base.iter().chain(more).find(|(known, _)| *known == name);
    let (name, values) = known.ok_or_else(|| problem(nameless(), "is no metric of this version"))?;
    let place = || format!("metric {number} ({name})");
    if seen.contains(name) {
        return Err(problem(place(), "is given twice"));
    }
    if !values.split(' ').any(|known| known == value) {
        return Err(problem(place(), "does not have this value"));
    }
    Ok(name)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
fn tenths(value: f64) -> u8 {
    (value * 10.0).round().clamp(0.0, 100.0) as u8
}

/// The qualitative severity rating scale (CVSS 3.1 section 5, CVSS 4.0 section 6).
fn severity(tenths: u8) -> &'static str {
    match tenths {
        0 => "none",
        1..=39 => "low",
        40..=69 => "medium",
        70..=89 => "high",
        _ => "critical",
    }
}

impl Scored {
    /// The score as people write it, such as `9.8`.
    pub fn score(&self) -> String {
        format!("{}.{}", self.tenths / 10, self.tenths % 10)
    }

    /// The value of a metric, where the vector has it.
    pub fn metric(&self, name: &str) -> Option<&str> {
        self.vector
            .split('/')
            .skip(1)
            .filter_map(|part| part.split_once(':'))
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v)
    }

    /// Whether an attack can be automated: said by the supplemental metric AU of CVSS 4.0, otherwise yes where it
    /// comes over the network, is not hard, and needs neither privileges nor a user.
    pub fn automatable(&self) -> bool {
        match self.metric("AU") {
            Some("Y") => true,
            Some("N") => false,
            _ => {
                let easy = [("AV", "N"), ("AC", "L"), ("PR", "N"), ("UI", "N")];
                let attended = self.metric("AT").is_some_and(|at| at != "N");
                !attended && easy.iter().all(|(name, value)| self.metric(name) == Some(value))
            }
        }
    }

    /// Whether control of the vulnerable system is total: confidentiality and integrity both high.
    pub fn total_impact(&self) -> bool {
        let high = |v4: &str, v3: &str| self.metric(v4).or_else(|| self.metric(v3)) == Some("H");
        high("VC", "C") && high("VI", "I")
    }

    /// What the exploit maturity says: attacked (`A` of 4.0) is active; every code that exists (`P`, `F` and `H`) is a
    /// proof of concept, since 3.x has no value for attacks.
    pub fn maturity(&self) -> Option<super::Exploitation> {
        match self.metric("E")? {
            "A" => Some(super::Exploitation::Active),
            "P" | "F" | "H" => Some(super::Exploitation::PublicPoc),
            _ => None,
        }
    }
}
