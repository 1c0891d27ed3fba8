//! How well a leaked copy leads back to its reader, on descriptions of real advisories.
//!
//! `tracing FOLDER [RECIPIENTS [EVERY]]`: every `.json` file below the folder with a `details` text is an advisory that all
//! recipients have; one of them leaks it in several ways. Printed for each way: how often the first suspect is the right
//! one, how often the reading points to the right one, and how often to somebody else.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, clippy::print_stdout)]

use std::cell::Cell;
use std::fs;
use std::path::Path;

use forewarn_core::case::Content;
use forewarn_core::ids::{NoticeId, OrgId};
use forewarn_core::marks::{HANDLING, MarkKey, Origin, PAIRS, Reading, Source, trace};
use forewarn_core::sharing::ContentLevel;
use uuid::Uuid;

struct Tally {
    way: &'static str,
    tried: usize,
    first: usize,
    sure: usize,
    wrong: usize,
    read: usize,
}

/// A way to leak: its name, whether the part on handling is leaked too, and what becomes of the text.
type Way = (&'static str, bool, fn(String, &dyn Fn() -> String) -> String);

const WAYS: [Way; 8] = [
    ("whole copy", true, |copy, _| copy),
    ("whole copy, typed anew (spacing lost)", true, |copy, _| respaced(&copy)),
    ("whole copy, a phrase in five changed", true, |copy, _| changed(&copy)),
    ("whole copies of two, mixed by sentence", true, |copy, other| mixed(&copy, &other())),
    ("advisory text only", false, |copy, _| copy),
    ("advisory text only, typed anew", false, |copy, _| respaced(&copy)),
    ("second half of the advisory text", false, |copy, _| half(&copy)),
    ("advisory text of two, mixed by sentence", false, |copy, other| mixed(&copy, &other())),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("give the folder of the advisories");
    let recipients: u128 =
        arguments.next().map_or(100, |count| count.parse().expect("a number of recipients"));
    let mut texts = Vec::new();
    records(Path::new(&folder), &mut texts);
    let step = arguments.next().map_or(1, |step| step.parse().expect("every how manieth advisory"));
    let texts: Vec<String> = texts.into_iter().step_by(step).collect();
    let key = MarkKey::of(&[1; 32]);
    let mut tallies = WAYS.map(|(way, ..)| Tally { way, tried: 0, first: 0, sure: 0, wrong: 0, read: 0 });
    for (at, text) in texts.iter().enumerate() {
        let sources = sources(&key, at as u128, recipients, text);
        let guilty = 1 + at % (sources.len() - 1);
        let other = 1 + (at + 1) % (sources.len() - 1);
        for (tally, (_, handling, change)) in tallies.iter_mut().zip(WAYS) {
            let copy = |which: usize| {
                let marks = sources[which].marks.as_ref().unwrap();
                let handling = if handling { marks.mark_text(HANDLING) } else { String::new() };
                format!("{}\n\n{handling}", marks.mark_text(text))
            };
            let asked = Cell::new(false);
            let leaked = change(copy(guilty), &|| {
                asked.set(true);
                copy(other)
            });
            let mut found = trace(&leaked, &sources);
            let points = found.reading() == Reading::PointsToOne;
            let first = found.suspects.swap_remove(0);
            let right = first.origin == sources[guilty].origin
                || (asked.get() && first.origin == sources[other].origin);
            tally.tried += 1;
            tally.first += usize::from(right);
            tally.sure += usize::from(right && points);
            tally.wrong += usize::from(!right && points);
            tally.read += first.read;
        }
    }
    println!("{} advisories, {recipients} recipients each", texts.len());
    println!(
        "| leaked | first suspect right | points to the right one | points to a wrong one | marks read |"
    );
    println!("|---|---|---|---|---|");
    for t in &tallies {
        let part = |count: usize| count as f64 / t.tried as f64;
        println!(
            "| {} | {:.3} | {:.3} | {:.4} | {:.1} |",
            t.way,
            part(t.first),
            part(t.sure),
            part(t.wrong),
            part(t.read)
        );
    }
}

fn records(folder: &Path, texts: &mut Vec<String>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("the folder can be read").map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            records(&path, texts);
        } else if let Ok(record) = serde_json::from_slice::<serde_json::Value>(&fs::read(path).unwrap()) {
            texts.extend(record["details"].as_str().filter(|text| !text.is_empty()).map(str::to_owned));
        }
    }
}

fn sources(key: &MarkKey, case: u128, recipients: u128, text: &str) -> Vec<Source> {
    let content = Content {
        level: ContentLevel::Detail,
        title: None,
        mitigation: None,
        fixed_in: Vec::new(),
        detail: Some(text.into()),
        proof_of_concept: None,
        handling: None,
        reference: None,
    };
    let draft = Source { origin: Origin::Draft { revision: 1 }, content: content.clone(), marks: None };
    let copies = (0..recipients).map(|number| {
        let (notice, reader) =
            (NoticeId(Uuid::from_u128(case << 32 | number)), OrgId(Uuid::from_u128(number)));
        let origin = Origin::Copy { notice, reader };
        Source { origin, content: content.clone(), marks: Some(key.copy(notice, reader)) }
    });
    std::iter::once(draft).chain(copies).collect()
}

fn respaced(copy: &str) -> String {
    let single = |line: &str| line.replace("  ", " ").replace('\u{a0}', " ");
    copy.split_inclusive('\n').map(single).collect()
}

fn half(copy: &str) -> String {
    let middle = copy.char_indices().map(|(at, _)| at).find(|at| *at >= copy.len() / 2).unwrap_or(0);
    copy[middle..].to_owned()
}

/// Sentences from one copy and the other in turn.
fn mixed(one: &str, other: &str) -> String {
    let (one, other): (Vec<_>, Vec<_>) = (one.split('.').collect(), other.split('.').collect());
    let turn = |at: usize| if at.is_multiple_of(2) { one.get(at) } else { other.get(at) };
    (0..one.len()).filter_map(turn).copied().collect::<Vec<_>>().join(".")
}

/// Every fifth phrase replaced by its other form.
fn changed(copy: &str) -> String {
    let mut text = copy.to_owned();
    for (at, pair) in PAIRS.iter().enumerate().filter(|(at, _)| at.is_multiple_of(5)) {
        let (from, to) =
            if at.is_multiple_of(2) { (pair.marked, pair.plain) } else { (pair.plain, pair.marked) };
        text = text.replace(from, to);
    }
    text
}
