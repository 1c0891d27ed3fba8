//! Decision trees of SSVC as tables: data of the policy profile.

use serde::{Deserialize, Serialize};

/// Most cells of a tree.
const LARGEST: usize = 10_000;

/// One question of a tree with its answers, the least urgent first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Name, such as `exploitation`.
    pub name: String,
    /// Answers.
    pub values: Vec<String>,
}

/// A tree as the profile writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    source: String,
    outcomes: Vec<String>,
    points: Vec<Point>,
    rows: Vec<String>,
}

/// A decision tree: an outcome for each combination of answers.
///
/// The method is SSVC (CERT/CC, "Prioritizing Vulnerability Response: A Stakeholder-Specific Vulnerability
/// Categorization", version 2.0, 2021); the trees of the default profile name their source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Tree {
    written: Written,
    /// Index of the outcome for each combination, the last point changing fastest.
    cells: Vec<u8>,
}

impl TryFrom<Written> for Tree {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, String> {
        check_names(&written)?;
        let size = written.points.iter().try_fold(1_usize, |n, point| n.checked_mul(point.values.len()));
        let size = size.filter(|n| *n <= LARGEST).ok_or("points: a tree has at most 10,000 combinations")?;
        let mut cells: Vec<Option<u8>> = vec![None; size];
        for (number, row) in (1..).zip(&written.rows) {
            fill(&written, row, &mut cells).map_err(|problem| format!("rows: row {number} {problem}"))?;
        }
        let cells: Option<Vec<u8>> = cells.into_iter().collect();
        let tree = Self { cells: cells.ok_or("rows: some combination of values has no row")?, written };
        if tree.lowers() {
            return Err("rows: a worse value must never lower the outcome".into());
        }
        Ok(tree)
    }
}

impl From<Tree> for Written {
    fn from(tree: Tree) -> Self {
        tree.written
    }
}

fn check_names(written: &Written) -> Result<(), String> {
    let several = |names: &[String]| {
        let word = |n: &String| !n.is_empty() && n != "*" && !n.contains([' ', ':']);
        let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
        (1..=100).contains(&names.len()) && names.iter().all(word) && distinct.len() == names.len()
    };
    let points: Vec<String> = written.points.iter().map(|point| point.name.clone()).collect();
    let values = written.points.iter().all(|point| several(&point.values));
    if !several(&points) || !values || !several(&written.outcomes) {
        return Err("points, values and outcomes are 1 to 100 different words each".into());
    }
    Ok(())
}

/// Writes the outcomes of a row where no row before it has.
fn fill(written: &Written, row: &str, cells: &mut [Option<u8>]) -> Result<(), &'static str> {
    let (values, outcomes) = row.split_once(':').ok_or("needs a colon before its outcomes")?;
    let values: Vec<&str> = values.split_whitespace().collect();
    if values.len() > written.points.len() {
        return Err("has more values than there are points");
    }
    let (led, left) = written.points.split_at(values.len());
    let width: usize = left.iter().map(|point| point.values.len()).product();
    let place =
        |word: &str| written.outcomes.iter().position(|o| o == word).and_then(|o| u8::try_from(o).ok());
    let outcomes: Option<Vec<u8>> = outcomes.split_whitespace().map(place).collect();
    let outcomes = outcomes.ok_or("names an outcome that the tree does not have")?;
    if outcomes.len() != width {
        return Err("must have an outcome for each combination of the points that are left");
    }
    let mut starts = vec![0_usize];
    for (point, value) in led.iter().zip(values) {
        let fitting: Vec<usize> =
            (0..point.values.len()).filter(|v| value == "*" || point.values[*v] == value).collect();
        if fitting.is_empty() {
            return Err("names a value that its point does not have");
        }
        starts =
            starts.iter().flat_map(|s| fitting.iter().map(move |v| s * point.values.len() + v)).collect();
    }
    for start in starts {
        for (cell, outcome) in cells.iter_mut().skip(start * width).zip(&outcomes) {
            cell.get_or_insert(*outcome);
        }
    }
    Ok(())
}

impl Tree {
    /// Where the tree comes from.
    pub fn source(&self) -> &str {
        &self.written.source
    }

    /// Its questions, in order.
    pub fn points(&self) -> &[Point] {
        &self.written.points
    }

    /// Its outcomes, the least urgent first.
    pub fn outcomes(&self) -> &[String] {
        &self.written.outcomes
    }

    /// The place of the outcome for these answers, one for each point in order; `None` when they do not fit.
    pub fn outcome(&self, answers: &[&str]) -> Option<usize> {
        if answers.len() != self.points().len() {
            return None;
        }
        let mut cell = 0;
        for (point, answer) in self.points().iter().zip(answers) {
            cell = cell * point.values.len() + point.values.iter().position(|value| value == answer)?;
        }
        self.cells.get(cell).map(|outcome| usize::from(*outcome))
    }

    /// The outcome's name.
    pub fn name(&self, outcome: usize) -> &str {
        self.outcomes().get(outcome).map_or("", String::as_str)
    }

    /// Whether the tree asks exactly these questions with exactly these answers.
    pub(crate) fn asks(&self, points: &[(&str, &[&str])]) -> bool {
        let same = |(point, (name, values)): (&Point, &(&str, &[&str]))| {
            point.name == *name && point.values.iter().map(String::as_str).eq(values.iter().copied())
        };
        self.points().len() == points.len() && self.points().iter().zip(points).all(same)
    }

    /// Whether some worse value lowers an outcome.
    fn lowers(&self) -> bool {
        let mut stride = self.cells.len();
        for point in self.points() {
            let values = point.values.len();
            stride /= values;
            let worse = |cell: &usize| (cell / stride) % values + 1 < values;
            let mut cells = 0..self.cells.len();
            if cells.any(|cell| worse(&cell) && self.cells[cell + stride] < self.cells[cell]) {
                return true;
            }
        }
        false
    }
}
