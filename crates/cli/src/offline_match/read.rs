//! Files in, hits out.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use forewarn_core::finding::Report;
use forewarn_exposure::alias::{Products, Suggestion};
use forewarn_exposure::{Affected, Builder, Exposure, Index, Inventory};
use forewarn_formats::json::Limits;
use forewarn_formats::report;

use super::{Advisory, Hit, Outcome, Unnamed, paths};
use crate::documents::{self, FileProblem};
use crate::inventory::ReadingArguments;
use crate::progress::Progress;

/// Why nothing can match an advisory.
const NAMES_NOTHING: &str =
    "names no package or product, only commits or nothing at all: a person must look whether you run it";
/// How often progress is looked at while files are read.
const GLANCE: Duration = Duration::from_millis(200);
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
                outcome.for_a_person.extend(matched.unnamed);
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    // Files are read in order, so most hits are in order already, which this sort is quick about.
    outcome.hits.sort();
    outcome.hits.dedup();
    outcome.errors.sort();
    outcome
}

/// What the inventories hold: to be found by identity, and products under other names too.
pub(crate) struct Held {
    /// By number: an owner is cloned for each hit.
    inventories: Vec<Arc<str>>,
    index: Index<usize>,
    products: Products<usize>,
}

impl Held {
    /// Reads inventories that stay on this machine, beside those that were read already, each with its name. Says what could
    /// not be read.
    pub(crate) fn local(
        paths: &[PathBuf],
        reading: &ReadingArguments,
        read_already: Vec<(String, Inventory)>,
    ) -> (Self, Vec<FileProblem>) {
        let mut problems = Vec::new();
        let files = paths::find(paths, documents::find_inventories, &mut problems);
        let mut all = read_already;
        for (path, result) in files.iter().zip(on_each("inventories", &files, |path| reading.read(path))) {
            match result {
                Ok(inventory) => all.push((path.display().to_string(), inventory)),
                Err(problem) => problems.push(problem),
            }
        }
        let (mut builder, mut products) = (Builder::new(), Products::new());
        for (number, (_, inventory)) in all.iter().enumerate() {
            products.add(&number, "", inventory);
            builder.add(number, "", inventory);
        }
        let inventories = all.into_iter().map(|(name, _)| name.into()).collect();
        (Self { inventories, index: builder.build(), products }, problems)
    }

    /// Inventories that were read.
    pub(crate) fn inventories(&self) -> usize {
        self.inventories.len()
    }

    /// Components in them.
    pub(crate) fn components(&self) -> usize {
        self.index.len()
    }

    /// What of it an advisory covers, in order, each once.
    pub(crate) fn hits(&self, affected: &[Affected], advisory: &str) -> Vec<Hit> {
        let mut found = affected_hits(self, affected, advisory);
        found.sort();
        found.dedup();
        found
    }
}

fn gather(files: &[PathBuf], reading: &ReadingArguments, outcome: &mut Outcome) -> Held {
    let mut inventories = Vec::new();
    let mut builder = Builder::new();
    let mut products = Products::new();
    for (path, result) in files.iter().zip(on_each("inventories", files, |path| reading.read(path))) {
        match result {
            Ok(inventory) => {
                outcome.read.inventories += 1;
                outcome.read.components += inventory.components.len();
                products.add(&inventories.len(), "", &inventory);
                builder.add(inventories.len(), "", &inventory);
                inventories.push(path.display().to_string().into());
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    Held { inventories, index: builder.build(), products }
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
    let (working, waiting) = (AtomicUsize::new(threads), thread::current());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                worker();
                working.fetch_sub(1, Ordering::Release);
                waiting.unpark();
            });
        }
        // Also while a single file takes long.
        while working.load(Ordering::Acquire) > 0 {
            thread::park_timeout(GLANCE);
            progress.glance();
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

struct Matched {
    hits: Vec<Hit>,
    advisories: Vec<(String, Advisory)>,
    unnamed: Vec<Unnamed>,
}

fn read_and_match(held: &Held, path: &Path) -> Result<Matched, FileProblem> {
    let mut matched = Matched { hits: Vec::new(), advisories: Vec::new(), unnamed: Vec::new() };
    for report in read_reports(path)?.into_iter().filter(|report| !report.withdrawn) {
        let name = report.external_id.clone().unwrap_or_else(|| path.display().to_string());
        if report.affected.is_empty() {
            matched.unnamed.push(Unnamed { advisory: name.clone(), reason: NAMES_NOTHING });
        }
        let before = matched.hits.len();
        matched.hits.extend(affected_hits(held, &report.affected, &name));
        if matched.hits.len() > before {
            let reference = report.references.into_iter().next();
            let advisory = Advisory { title: report.title, aliases: report.aliases, reference };
            matched.advisories.push((name, advisory));
        }
    }
    Ok(matched)
}

fn affected_hits(held: &Held, affected: &[Affected], advisory: &str) -> Vec<Hit> {
    let advisory: Arc<str> = advisory.into();
    let mut found = Vec::new();
    for affected in affected {
        let exposures = held.index.exposures(affected).into_iter();
        found.extend(exposures.filter_map(|exposure| hit(held, &advisory, exposure)));
        let suggestions = held.products.suggestions(affected).into_iter();
        found.extend(suggestions.filter_map(|mut suggestion| {
            suggestion.exposure.range = suggested(&suggestion, &affected.label());
            hit(held, &advisory, suggestion.exposure)
        }));
    }
    found
}

fn hit(held: &Held, advisory: &Arc<str>, exposure: Exposure<usize>) -> Option<Hit> {
    Some(Hit {
        advisory: Arc::clone(advisory),
        inventory: Arc::clone(held.inventories.get(exposure.owner)?),
        component: exposure.component,
        version: exposure.version,
        range: exposure.range,
        confidence: exposure.confidence,
    })
}

/// `<2.0 of Siemens S7-1500 (the same product? score 98: ...)`.
fn suggested(suggestion: &Suggestion<usize>, affected: &str) -> String {
    let Suggestion { exposure, score, reason, .. } = suggestion;
    format!("{} of {affected} (the same product? score {score} of 100: {reason})", exposure.range)
}

fn read_reports(path: &Path) -> Result<Vec<Report>, FileProblem> {
    let limits = Limits::default();
    let bytes = documents::read(path, limits.bytes)?;
    report::read(&bytes, &limits).map_err(|problem| FileProblem::within(path, problem))
}
