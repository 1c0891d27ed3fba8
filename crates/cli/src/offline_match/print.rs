//! For people.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};

use forewarn_core::inert::inert;

use super::{Hit, Outcome, Unnamed};
use crate::documents::FileProblem;

/// Widest column of the table but the last, in characters.
const WIDEST: usize = 48;
/// Advisories named that nothing could match; the others are counted.
const NAMED: usize = 10;
const HEADINGS: [&str; 6] = ["ADVISORY", "INVENTORY", "COMPONENT", "VERSION", "CONFIDENCE", "AFFECTED"];

/// A table on a terminal, else a line for each hit; the summary is the last line.
pub(super) fn print(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    if io::stdout().is_terminal() {
        table(out, outcome)?;
    } else {
        for hit in &outcome.hits {
            let Hit { advisory, inventory, component, range, confidence, .. } = hit;
            let (version, confidence) = (version(hit), confidence.as_str());
            writeln!(
                out,
                "{advisory}  {inventory}  {component} ({version})  affected {range}  [{confidence}]"
            )?;
        }
    }
    let read = &outcome.read;
    writeln!(
        out,
        "{} hits; read {} advisories and {} inventories with {} components; {} files could not be read",
        outcome.hits.len(),
        read.advisories,
        read.inventories,
        read.components,
        outcome.errors.len()
    )
}

/// What could not be read, on standard error.
pub(super) fn errors(errors: &[FileProblem]) {
    for error in errors {
        eprintln!("{}: {}: {}", error.file, error.place, error.message);
    }
}

/// What nothing could match, on standard error.
pub(super) fn for_a_person(unnamed: &BTreeSet<Unnamed>) {
    for one in unnamed.iter().take(NAMED) {
        eprintln!("{}: {}", one.advisory, one.reason);
    }
    if let Some(more) = unnamed.len().checked_sub(NAMED).filter(|more| *more > 0) {
        eprintln!("and {more} more advisories that name nothing to match; --json lists them");
    }
}

fn version(hit: &Hit) -> &str {
    hit.version.as_deref().unwrap_or("no version")
}

fn table(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    if outcome.hits.is_empty() {
        return Ok(());
    }
    let row = |hit: &Hit| {
        let Hit { advisory, inventory, component, range, confidence, .. } = hit;
        let plain =
            [advisory.as_ref(), inventory.as_ref(), component, version(hit), confidence.as_str(), range];
        plain.map(|text| inert(text).replace(['\n', '\r', '\t'], "\u{fffd}"))
    };
    let rows: Vec<[String; 6]> = outcome.hits.iter().map(row).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count().min(WIDEST));
        }
    }
    line(out, &HEADINGS.map(str::to_owned), &widths)?;
    rows.iter().try_for_each(|row| line(out, row, &widths))
}

fn line(out: &mut impl Write, cells: &[String; 6], widths: &[usize; 6]) -> io::Result<()> {
    let [cells @ .., last] = cells;
    for (cell, width) in cells.iter().zip(widths) {
        write!(out, "{:<width$}  ", shortened(cell))?;
    }
    writeln!(out, "{last}")
}

/// The end of a path or package tells more than its beginning.
fn shortened(cell: &str) -> String {
    match cell.chars().count().checked_sub(WIDEST) {
        None | Some(0) => cell.to_owned(),
        Some(over) => std::iter::once('…').chain(cell.chars().skip(over + 1)).collect(),
    }
}
