//! The index at national scale, once: what it costs to build, to keep and to ask.
//!
//! `cargo run --release -p forewarn-exposure --example nation -- [OPERATORS [COMPONENTS]]`, 20,000 and 5,000 when left out, which are
//! 100 million occurrences and take about 2 GB. With a third argument, a folder, the same rows and questions are
//! also written there as tab-separated text for a database: `held.tsv` (operator, package, rank of the version)
//! and `questions.tsv` (kind, package, from, to).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "it measures")]

#[path = "../benches/nation/mod.rs"]
mod nation;

use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use forewarn_exposure::{Affected, Builder, Index, Inventory};
use nation::{Nation, Question};

/// Time on the clock, for what takes microseconds.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

/// Time that this thread was given by Linux, for what takes seconds while others use the machine too; elsewhere
/// the time on the clock.
fn worked<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let given = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
    };
    let before = given();
    let (done, clock) = timed(work);
    let spent = given().zip(before).map(|(after, before)| after.saturating_sub(before));
    (done, spent.unwrap_or(clock))
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let operators = arguments.first().map_or(20_000, |text| text.parse().expect("a number of operators"));
    let components = arguments.get(1).map_or(5_000, |text| text.parse().expect("a number of components"));
    if let Some(folder) = arguments.get(2) {
        write(Path::new(folder), operators, components).expect("the rows can be written");
    }
    let index = build(operators, components);
    for (kind, questions) in nation::questions(10_000) {
        ask(&index, kind, &questions);
    }
    stream(&index);
    change(index, components);
}

fn build(operators: u32, components: usize) -> Index<u32> {
    let ((), drawing) = worked(|| {
        let (mut nation, mut held) = (Nation::new(), Vec::new());
        for operator in 1..=operators {
            nation.operator(operator, components, &mut held);
            black_box(&held);
        }
    });
    let (builder, gathering) = worked(|| nation::gather(operators, components));
    let gathering = gathering.saturating_sub(drawing);
    let (index, building) = worked(|| builder.build());
    let (held, size) = (index.len(), index.footprint());
    let rate = |time: Duration| held as f64 / time.as_secs_f64() / 1e6;
    let each = |bytes: usize| bytes as f64 / held as f64;
    println!("{held} occurrences of {operators} operators");
    println!("gathered by number              {gathering:>9.2?}  {:.1} M/s", rate(gathering));
    println!("built                           {building:>9.2?}  {:.1} M/s", rate(building));
    println!(
        "bytes an occurrence             {:.2}: {:.2} in sets, {:.2} in unions, {:.2} in the directory, {:.2} for holders",
        each(size.total()),
        each(size.postings),
        each(size.unions),
        each(size.directory),
        each(size.holders)
    );
    index
}

/// The time of each question by itself; the least of three, since others use the machine too.
fn ask(index: &Index<u32>, kind: &str, questions: &[Question]) {
    let advisories: Vec<Affected> = questions.iter().map(Question::affected).collect();
    let exposed: usize = advisories.iter().map(|affected| index.ask(affected).operators().len()).sum();
    println!("{kind}: {} operators on average", exposed / advisories.len());
    let each = |what: &str, advisories: &[Affected], work: &dyn Fn(&Affected) -> usize| {
        let once = |affected| timed(|| black_box(work(affected))).1;
        let least = |affected| [once(affected), once(affected), once(affected)].into_iter().min();
        let mut times: Vec<Duration> = advisories.iter().filter_map(least).collect();
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("  {what:<29} p50 {:>9.2?}  p99 {:>9.2?}  max {:>9.2?}", at(0.5), at(0.99), at(1.0));
    };
    each("the set, counted", &advisories, &|affected| index.ask(affected).operators().len());
    each("and listed as numbers", &advisories, &|affected| {
        let listed: Vec<u32> = index.ask(affected).operators().iter().copied().collect();
        black_box(listed).len()
    });
    each("and one of them explained", &advisories[..100], &|affected| {
        let answer = index.ask(affected);
        let first = answer.operators().iter().next().copied();
        first.map_or(0, |first| black_box(answer.exposures_of(&first)).len())
    });
    each("and all of them explained", &advisories[..100], &|affected| index.exposures(affected).len());
}

/// The worst questions beside the least that could answer them: bytes read from memory.
fn stream(index: &Index<u32>) {
    let [.., (_, worst)] = nation::questions(100);
    let advisories: Vec<Affected> = worst.iter().map(Question::affected).collect();
    let ask = || advisories.iter().map(|affected| index.ask(affected).operators().len()).sum::<usize>();
    // One after the other, so that each finds the caches full of the others.
    let asking = (0..9).map(|_| timed(|| black_box(ask())).1).min().unwrap_or_default();
    // Far more than the caches hold, so that it is memory that is read.
    let memory = vec![1_u8; 256 << 20];
    let sum =
        || memory.chunks_exact(8).map(|eight| u64::from_le_bytes(eight.try_into().unwrap())).sum::<u64>();
    let reading = (0..9).map(|_| timed(|| black_box(sum())).1).min().unwrap_or_default();
    let rate = memory.len() as f64 / reading.as_secs_f64();
    println!(
        "the worst {} in turn: {:.2?} each; memory is read at {:.1} GB/s",
        advisories.len(),
        asking / u32::try_from(advisories.len()).unwrap(),
        rate / 1e9
    );
    let beside = |what: &str, bytes: usize| {
        let floor = bytes as f64 / rate;
        println!(
            "  {what}: {} bytes each, {:.2} us to read; the answer takes {:.1} times that",
            bytes / advisories.len(),
            1e6 * floor / advisories.len() as f64,
            asking.as_secs_f64() / floor
        );
    };
    beside("its sets", advisories.iter().map(|affected| index.ask(affected).posting_bytes()).sum());
    beside("what is read", advisories.iter().map(|affected| index.ask(affected).bytes_read()).sum());
}

fn change(mut index: Index<u32>, components: usize) {
    let (mut nation, mut held) = (Nation::new(), Vec::new());
    let (mut replacing, mut builder, mut adding) = (Vec::new(), Builder::new(), Duration::ZERO);
    for operator in 1..=20 {
        nation.operator(operator, components, &mut held);
        let made = held.iter().map(|(package, place)| nation::component(*package, *place));
        let inventory =
            Inventory { format: "made".to_owned(), components: made.collect(), skipped: Vec::new() };
        adding += worked(|| builder.add(operator, "", &inventory)).1;
        replacing.push(timed(|| index.replace(operator, "", &inventory)).1);
    }
    println!("gathered from components        {:.1} M/s", 20e-6 * components as f64 / adding.as_secs_f64());
    replacing.sort_unstable();
    println!("an operator replaced            {:>9.2?}", replacing[replacing.len() / 2]);
    let ((), merging) = worked(|| index.merge());
    let (bytes, encoding) = worked(|| index.encode(0));
    drop(index);
    let (read, decoding) = worked(|| Index::<u32>::decode(&bytes).expect("what was just written"));
    println!("merged                          {merging:>9.2?}");
    println!("snapshot of {:>11} bytes  {encoding:>9.2?} to write, {decoding:.2?} to read", bytes.len());
    drop(read);
}

fn write(folder: &Path, operators: u32, components: usize) -> io::Result<()> {
    let mut rows = BufWriter::new(File::create(folder.join("held.tsv"))?);
    let (mut nation, mut held) = (Nation::new(), Vec::new());
    for operator in 1..=operators {
        nation.operator(operator, components, &mut held);
        for (package, place) in &held {
            writeln!(rows, "{operator}\t{package}\t{place}")?;
        }
    }
    let mut asked = BufWriter::new(File::create(folder.join("questions.tsv"))?);
    for (kind, questions) in nation::questions(1_000) {
        for Question { package, from, to } in questions {
            writeln!(asked, "{kind}\t{package}\t{from}\t{to}")?;
        }
    }
    Ok(())
}
