//! How well a leaked copy leads back to its reader, on descriptions of real advisories.
//!
//! `tracing FOLDER [RECIPIENTS]`: every `.json` file below the folder with a `details` text is an advisory that all
//! recipients have; one of them leaks it in several ways. Printed for each way: how often the first suspect is the right
//! one, how often a share of 0.99 falls on the right one, and how often on somebody else.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss, clippy::print_stdout)]

use std::fs;
use std::path::Path;

use forewarn_core::case::Content;
use forewarn_core::ids::{NoticeId, OrgId};
use forewarn_core::marks::{MarkKey, Origin, PAIRS, Source, trace};
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

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("give the folder of the advisories");
    let recipients: u128 =
        arguments.next().map_or(100, |count| count.parse().expect("a number of recipients"));
    let mut texts = Vec::new();
    records(Path::new(&folder), &mut texts);
    let key = MarkKey::of(&[1; 32]);
    let ways = ["whole", "spaces lost", "second half", "a mark in five changed", "two copies mixed"];
    let mut tallies = ways.map(|way| Tally { way, tried: 0, first: 0, sure: 0, wrong: 0, read: 0 });
    let mut marks = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let sources = sources(&key, at as u128, recipients, text);
        let guilty = 1 + at % (sources.len() - 1);
        let other = 1 + (at + 1) % (sources.len() - 1);
        let copy = |which: usize| sources[which].marks.as_ref().unwrap().mark_text(text);
        for tally in &mut tallies {
            let leaked = leak(tally.way, &copy(guilty), || copy(other));
            let found = trace(&leaked, &sources);
            let first = &found.suspects[0];
            let accused = [guilty, other].map(|which| sources[which].origin);
            let right = first.origin == accused[0] || (tally.way == ways[4] && first.origin == accused[1]);
            tally.tried += 1;
            tally.first += usize::from(right);
            tally.sure += usize::from(right && first.share >= 0.99);
            tally.wrong += usize::from(!right && first.share >= 0.99);
            tally.read += first.read;
            if tally.way == ways[0] {
                marks.push(first.read);
            }
        }
    }
    marks.sort_unstable();
    println!("{} advisories, {recipients} recipients each", texts.len());
    let quantile = |part: usize| marks[(marks.len() - 1) * part / 100];
    println!(
        "marks in an advisory: median {}, 10 % have {} or less, 10 % have {} or more",
        quantile(50),
        quantile(10),
        quantile(90)
    );
    println!("way, first suspect right, right with share 0.99, wrong with share 0.99, marks read on average");
    for t in &tallies {
        let part = |count: usize| count as f64 / t.tried as f64;
        println!(
            "{}, {:.3}, {:.3}, {:.4}, {:.1}",
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

fn leak(way: &str, copy: &str, other: impl Fn() -> String) -> String {
    match way {
        "spaces lost" => copy.split_inclusive('\n').map(|line| line.replace("  ", " ")).collect(),
        "second half" => {
            let half = copy.len() / 2;
            let start = copy[..].char_indices().map(|(at, _)| at).find(|at| *at >= half).unwrap_or(0);
            copy[start..].to_owned()
        }
        "a mark in five changed" => changed(copy),
        "two copies mixed" => {
            // Sentence by sentence from one and the other.
            let other = other();
            let (own, other): (Vec<_>, Vec<_>) = (copy.split('.').collect(), other.split('.').collect());
            let turn = |at: usize| if at % 2 == 0 { own.get(at) } else { other.get(at) };
            (0..own.len()).filter_map(turn).copied().collect::<Vec<_>>().join(".")
        }
        _ => copy.to_owned(),
    }
}

/// Every fifth phrase replaced by its other form.
fn changed(copy: &str) -> String {
    let mut text = copy.to_owned();
    for (at, pair) in PAIRS.iter().enumerate().filter(|(at, _)| at % 5 == 0) {
        let (from, to) = if at % 2 == 0 { (pair.marked, pair.plain) } else { (pair.plain, pair.marked) };
        text = text.replace(from, to);
    }
    text
}
