//! `forewarn match`: advisories against inventories, with no server.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use forewarn_core::finding::Report;
use forewarn_exposure::alias::{Products, Suggestion};
use forewarn_exposure::{Confidence, Exposure, Index};
use forewarn_formats::json::{Limits, Problem};
use forewarn_formats::report;
use serde::Serialize;

use crate::documents::{self, FileProblem};
use crate::inventory::ReadingArguments;
use crate::{BAD_INPUT, DONE, FOUND};

/// Arguments of `forewarn match`.
#[derive(Args)]
#[command(
    after_help = "Example:\n  forewarn match --advisories osv/ --inventory bank.cdx.json water.spdx.json\n\n\
Exit code: 0 nothing is hit, 1 something is hit, 2 bad usage or a file could not be read (the others still count)."
)]
pub struct MatchArguments {
    /// OSV, CSAF 2.0 or Forewarn finding files, or folders of them.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    advisories: Vec<PathBuf>,
    /// Inventories in any format, or folders of them.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    inventory: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArguments,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A component that an advisory covers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Hit {
    advisory: String,
    inventory: String,
    component: String,
    version: Option<String>,
    range: String,
    confidence: Confidence,
}

/// How much was read.
#[derive(Debug, Default, Serialize)]
struct Counts {
    advisories: usize,
    inventories: usize,
    components: usize,
}

#[derive(Debug, Default, Serialize)]
struct Outcome {
    hits: BTreeSet<Hit>,
    errors: Vec<FileProblem>,
    read: Counts,
}

/// Matches, prints, and says how to exit.
///
/// # Errors
/// When the result cannot be printed.
pub fn run(arguments: &MatchArguments) -> anyhow::Result<u8> {
    let outcome = compute(arguments);
    if arguments.json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        print(&outcome);
    }
    Ok(match (outcome.errors.is_empty(), outcome.hits.is_empty()) {
        (false, _) => BAD_INPUT,
        (true, false) => FOUND,
        (true, true) => DONE,
    })
}

fn compute(arguments: &MatchArguments) -> Outcome {
    let mut outcome = Outcome::default();
    let mut index = Index::new();
    let mut products = Products::new();
    for path in documents::find_inventories(&arguments.inventory, &mut outcome.errors) {
        match arguments.reading.read(&path) {
            Ok(inventory) => {
                outcome.read.inventories += 1;
                outcome.read.components += inventory.components.len();
                products.add(&path.display().to_string(), "", &inventory);
                index.replace(path.display().to_string(), "", &inventory);
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    for path in documents::find(&arguments.advisories, &mut outcome.errors) {
        match read_reports(&path) {
            Ok(reports) => {
                outcome.read.advisories += 1;
                for report in reports.iter().filter(|report| !report.withdrawn) {
                    outcome.hits.extend(hits(&index, &products, report, &path));
                }
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    outcome.errors.sort();
    outcome
}

fn hits(index: &Index<String>, products: &Products<String>, report: &Report, path: &Path) -> Vec<Hit> {
    let advisory = report.external_id.clone().unwrap_or_else(|| path.display().to_string());
    let hit = |exposure: Exposure<String>, range: String| Hit {
        advisory: advisory.clone(),
        inventory: exposure.owner,
        component: exposure.component,
        version: exposure.version,
        range,
        confidence: exposure.confidence,
    };
    let mut found = Vec::new();
    for affected in &report.affected {
        let exposures = index.exposures(affected).into_iter();
        found.extend(exposures.map(|exposure| hit(exposure.clone(), exposure.range)));
        let suggestions = products.suggestions(affected).into_iter();
        found.extend(suggestions.map(|suggestion| {
            let range = suggested(&suggestion, &affected.label());
            hit(suggestion.exposure, range)
        }));
    }
    found
}

/// `<2.0 of Siemens S7-1500 (the same product? score 98: ...)`.
fn suggested(suggestion: &Suggestion<String>, affected: &str) -> String {
    let Suggestion { exposure, score, reason } = suggestion;
    format!("{} of {affected} (the same product? score {score} of 100: {reason})", exposure.range)
}

fn read_reports(path: &Path) -> Result<Vec<Report>, FileProblem> {
    let limits = Limits::default();
    let bytes = documents::read(path, limits.bytes)?;
    report::read(&bytes, &limits).map_err(|problem| located(path, problem))
}

fn located(path: &Path, problem: Problem) -> FileProblem {
    FileProblem { file: path.display().to_string(), place: problem.place, message: problem.message }
}

fn print(outcome: &Outcome) {
    for hit in &outcome.hits {
        let version = hit.version.as_deref().unwrap_or("no version");
        println!(
            "{}  {}  {} ({version})  affected {}  [{}]",
            hit.advisory,
            hit.inventory,
            hit.component,
            hit.range,
            hit.confidence.as_str()
        );
    }
    for error in &outcome.errors {
        eprintln!("{}: {}: {}", error.file, error.place, error.message);
    }
    let read = &outcome.read;
    println!(
        "{} hits; read {} advisories and {} inventories with {} components; {} files could not be read",
        outcome.hits.len(),
        read.advisories,
        read.inventories,
        read.components,
        outcome.errors.len()
    );
}
