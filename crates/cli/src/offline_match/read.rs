//! Files in, hits out.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use forewarn_core::finding::Report;
use forewarn_exposure::{Builder, Index, Inventory};
use forewarn_formats::json::{Limits, Problem};
use forewarn_formats::{inventory, report};

use super::progress::Progress;
use super::{Advisory, Hit, Outcome, paths};
use crate::documents::{self, FileProblem};

/// Most files read at a time: each may need memory for the largest document.
const MOST_THREADS: usize = 8;

pub(super) fn compute(advisories: &[PathBuf], inventories: &[PathBuf]) -> Outcome {
    let mut outcome = Outcome::default();
    let inventories = paths::find(inventories, &mut outcome.errors);
    let advisories = paths::find(advisories, &mut outcome.errors);
    let index = gather(&inventories, &mut outcome);
    for result in on_each("advisories", &advisories, |path| read_and_match(&index, path)) {
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

fn gather(files: &[PathBuf], outcome: &mut Outcome) -> Index<String> {
    let mut builder = Builder::new();
    for (path, result) in files.iter().zip(on_each("inventories", files, read_inventory)) {
        match result {
            Ok(inventory) => {
                outcome.read.inventories += 1;
                outcome.read.components += inventory.components.len();
                builder.add(path.display().to_string(), "", &inventory);
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    builder.build()
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

fn read_and_match(index: &Index<String>, path: &Path) -> Result<Matched, FileProblem> {
    let mut matched = Matched { hits: Vec::new(), advisories: Vec::new() };
    for report in read_reports(path)?.into_iter().filter(|report| !report.withdrawn) {
        let name = report.external_id.clone().unwrap_or_else(|| path.display().to_string());
        let before = matched.hits.len();
        matched.hits.extend(hits(index, &report, &name));
        if matched.hits.len() > before {
            let reference = report.references.into_iter().next();
            let advisory = Advisory { title: report.title, aliases: report.aliases, reference };
            matched.advisories.push((name, advisory));
        }
    }
    Ok(matched)
}

fn hits(index: &Index<String>, report: &Report, advisory: &str) -> Vec<Hit> {
    let exposures = report.affected.iter().flat_map(|affected| index.exposures(affected));
    exposures
        .map(|exposure| Hit {
            advisory: advisory.to_owned(),
            inventory: exposure.owner,
            component: exposure.component,
            version: exposure.version,
            range: exposure.range,
            confidence: exposure.confidence,
        })
        .collect()
}

fn read_inventory(path: &Path) -> Result<Inventory, FileProblem> {
    let limits = Limits::inventory();
    let bytes = documents::read(path, limits.bytes)?;
    inventory::read(&bytes, &limits).map_err(|problem| located(path, problem))
}

fn read_reports(path: &Path) -> Result<Vec<Report>, FileProblem> {
    let limits = Limits::default();
    let bytes = documents::read(path, limits.bytes)?;
    report::read(&bytes, &limits).map_err(|problem| located(path, problem))
}

fn located(path: &Path, problem: Problem) -> FileProblem {
    FileProblem { file: path.display().to_string(), place: problem.place, message: problem.message }
}
