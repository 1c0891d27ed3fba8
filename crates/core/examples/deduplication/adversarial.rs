//! What it costs when reports are made to look alike: all of one place, all of one text, all of one of everything.

use forewarn_core::deduplication::{Features, Index};
use forewarn_core::finding::{Location, Report};

use super::bugs::Style;
use super::families::World;

const SIZES: [usize; 3] = [10_000, 100_000, 300_000];

/// Gives a report what it has in common with all others.
type Share = fn(&mut Report, &Report);

/// Prints cost and memory for each shared value.
pub fn run(clock: impl Fn() -> u64) {
    let shared: [(&str, Share); 4] = [
        ("nothing", |_, _| {}),
        ("one place", |report, first| {
            report.affected = first.affected.clone();
            report.location =
                Some(Location { file: "src/a.c".into(), function: Some("f".into()), line: None });
        }),
        ("one text", |report, first| {
            report.affected = first.affected.clone();
            (report.title, report.description) = (first.title.clone(), first.description.clone());
        }),
        ("everything", |report, first| *report = first.clone()),
    ];
    for (name, change) in shared {
        for count in SIZES {
            let world = World::new(5, count, Style::TUNED);
            let first = world.report(0).report;
            let mut index: Index<u32> = Index::default();
            let mut nanos = 0;
            for at in 0..count as u32 {
                let mut report = world.report(at as usize).report;
                change(&mut report, &first);
                let started = clock();
                index.take(at, Features::of(&report));
                nanos += clock() - started;
            }
            let each = count as f64;
            println!(
                "{name:12} {count:8} reports: {:.1} us and {:.0} bytes a report",
                nanos as f64 / each / 1e3,
                index.bytes() as f64 / each
            );
        }
    }
}
