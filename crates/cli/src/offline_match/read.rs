//! Files in, hits out.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use forewarn_core::finding::Report;
use forewarn_exposure::alias::{Products, Suggestion};
use forewarn_exposure::{Builder, Exposure, Index};
use forewarn_formats::json::Limits;
use forewarn_formats::report;

use super::{Advisory, Hit, Outcome, paths};
use crate::documents::{self, FileProblem};
use crate::inventory::ReadingArguments;
use crate::progress::Progress;

/// Most files read at a time: each may need memory for the largest document.
const MOST_THREADS: usize = 8;

pub(super) fn compute(
    advisories: &[PathBuf],
    inventories: &[PathBuf],
    reading: &ReadingArguments,
) -> Outcome {
    let mut outcome = Outcome::default();
    let inventories = paths::find(inventories, documents::find_inventories, &mut outcome.errors);
    let advisories = paths::find(advisories, documents::find, &mut outcome.errors);
    let held = gather(&inventories, reading, &mut outcome);
    for result in on_each("advisories", &advisories, |path| read_and_match(&held, path)) {
        match result {
            Ok(matched) => {
                outcome.read.advisories += 1;
                outcome.hits.extend(matched.hits);
                outcome.advisories.extend(matched.advisories);
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    outcome.errors.sort();
    outcome
}

/// What the inventories hold: to be found by identity, and products under other names too.
struct Held {
    index: Index<String>,
    products: Products<String>,
}

fn gather(files: &[PathBuf], reading: &ReadingArguments, outcome: &mut Outcome) -> Held {
    let mut builder = Builder::new();
    let mut products = Products::new();
    for (path, result) in files.iter().zip(on_each("inventories", files, |path| reading.read(path))) {
        match result {
            Ok(inventory) => {
                outcome.read.inventories += 1;
                outcome.read.components += inventory.components.len();
                products.add(&path.display().to_string(), "", &inventory);
                builder.add(path.display().to_string(), "", &inventory);
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    Held { index: builder.build(), products }
}

/// Works on the files with several threads; the results are in the order of the files.
fn on_each<T: Send>(
    what: &'static str,
    files: &[PathBuf],
    work: impl Fn(&Path) -> Result<T, FileProblem> + Sync,
) -> Vec<Result<T, FileProblem>> {
    let progress = Progress::new(what, files.len());
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(files.len()));
    let worker = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = files.get(place) else { break };
            let result = work(path);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
            progress.step();
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS).min(files.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(worker);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

struct Matched {
    hits: Vec<Hit>,
    advisories: Vec<(String, Advisory)>,
}

fn read_and_match(held: &Held, path: &Path) -> Result<Matched, FileProblem> {
    let mut matched = Matched { hits: Vec::new(), advisories: Vec::new() };
    for report in read_reports(path)?.into_iter().filter(|report| !report.withdrawn) {
        let name = report.external_id.clone().unwrap_or_else(|| path.display().to_string());
        let before = matched.hits.len();
        matched.hits.extend(hits(held, &report, &name));
        if matched.hits.len() > before {
            let reference = report.references.into_iter().next();
            let advisory = Advisory { title: report.title, aliases: report.aliases, reference };
            matched.advisories.push((name, advisory));
        }
    }
    Ok(matched)
}

fn hits(held: &Held, report: &Report, advisory: &str) -> Vec<Hit> {
    let hit = |exposure: Exposure<String>, range: String| Hit {
        advisory: advisory.to_owned(),
        inventory: exposure.owner,
        component: exposure.component,
        version: exposure.version,
        range,
        confidence: exposure.confidence,
    };
    let mut found = Vec::new();
    for affected in &report.affected {
        let exposures = held.index.exposures(affected).into_iter();
        found.extend(exposures.map(|exposure| hit(exposure.clone(), exposure.range)));
        let suggestions = held.products.suggestions(affected).into_iter();
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
    report::read(&bytes, &limits).map_err(|problem| FileProblem::within(path, problem))
}
