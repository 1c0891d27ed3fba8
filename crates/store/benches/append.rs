//! Appends a second, beside what the disk allows: the same bytes appended to a file with fdatasync.
//!
//! `cargo bench -p forewarn-store`; with FOREWARN_TEST_POSTGRES also on PostgreSQL. Every figure is the median of
//! five runs, taken in turns so that all meet the same state of the machine. The store's figures include the
//! transparency log's tree. Each database is measured with rows as they are and with sealed ones.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixture::*;
use forewarn_store::{Commit, EventStore};
use forewarn_tlog::Tree;

const RUNS: u32 = 5;
const SINGLES: u32 = 200;
const BATCHES: u32 = 10;
const BATCH: u32 = 1000;
const WRITERS: u32 = 64;

fn single(number: u32) -> Commit {
    commit(vec![append(holding(number), 0, 5, &[pushed(number, "an asset with a name of usual length")])])
}

fn batch(number: u32) -> Commit {
    let numbers = number * BATCH..(number + 1) * BATCH;
    commit(numbers.flat_map(|number| single(number).appends).collect())
}

#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

/// What the log must keep of each event.
fn raw_bytes(commit: &Commit) -> Vec<u8> {
    let events = commit.appends.iter().flat_map(|append| &append.events);
    events.flat_map(|event| [&event.bytes[..], &event.salt, &event.salt].concat()).collect()
}

fn raw(commits: &[Commit]) -> Duration {
    let dir = tempfile::tempdir().unwrap();
    let mut file = File::create(dir.path().join("raw")).unwrap();
    let writes: Vec<_> = commits.iter().map(raw_bytes).collect();
    let write = || {
        for bytes in &writes {
            file.write_all(bytes).unwrap();
            file.sync_data().unwrap();
        }
    };
    timed(write).1
}

fn stored(runtime: &tokio::runtime::Runtime, place: &Place, commits: Vec<Commit>) -> Duration {
    let mut tree = Tree::new();
    let (_, time) = timed(|| {
        runtime.block_on(async {
            for commit in commits {
                let done = place.store.commit(commit).await.unwrap();
                for commitment in place.store.commitments(done.first_seq, BATCH).await.unwrap() {
                    tree.append(&commitment);
                }
            }
        });
    });
    assert_eq!(tree.size(), runtime.block_on(place.store.head()).unwrap());
    time
}

fn concurrently(runtime: &tokio::runtime::Runtime, place: &Place) -> Duration {
    let commits: Vec<Vec<Commit>> =
        (0..WRITERS).map(|writer| (0..20).map(|n| single(writer * 20 + n)).collect()).collect();
    let (_, time) = timed(|| {
        runtime.block_on(async {
            let mut writers = tokio::task::JoinSet::new();
            for commits in commits {
                let store: Arc<dyn EventStore> = Arc::clone(&place.store);
                writers.spawn(async move {
                    for commit in commits {
                        store.commit(commit).await.unwrap();
                    }
                });
            }
            writers.join_all().await;
        });
    });
    time
}

/// A database, and whether its rows are sealed.
#[derive(Clone, Copy)]
enum Kind {
    Sqlite(bool),
    Postgres(bool),
}

fn fresh(runtime: &tokio::runtime::Runtime, kind: Kind) -> Option<Place> {
    runtime.block_on(async {
        match kind {
            Kind::Sqlite(false) => Some(Place::sqlite().await),
            Kind::Sqlite(true) => Some(Place::sealed_sqlite().await),
            Kind::Postgres(false) => Place::postgres().await,
            Kind::Postgres(true) => Place::sealed_postgres().await,
        }
    })
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

struct Rates {
    name: &'static str,
    single: Vec<f64>,
    concurrent: Vec<f64>,
    batch: Vec<f64>,
}

fn measure(runtime: &tokio::runtime::Runtime, rates: &mut Rates, kind: Option<Kind>) -> Option<()> {
    let singles: Vec<_> = (0..SINGLES).map(single).collect();
    let batches: Vec<_> = (0..BATCHES).map(batch).collect();
    let rate = |events: u32, time: Duration| f64::from(events) / time.as_secs_f64();
    let Some(kind) = kind else {
        rates.single.push(rate(SINGLES, raw(&singles)));
        rates.batch.push(rate(BATCHES * BATCH, raw(&batches)));
        return Some(());
    };
    let place = fresh(runtime, kind)?;
    rates.single.push(rate(SINGLES, stored(runtime, &place, singles)));
    runtime.block_on(place.remove());
    let place = fresh(runtime, kind)?;
    rates.concurrent.push(rate(WRITERS * 20, concurrently(runtime, &place)));
    runtime.block_on(place.remove());
    let place = fresh(runtime, kind)?;
    rates.batch.push(rate(BATCHES * BATCH, stored(runtime, &place, batches)));
    runtime.block_on(place.remove());
    Some(())
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let new = |name| Rates { name, single: vec![], concurrent: vec![], batch: vec![] };
    let mut disk = new("file + fdatasync");
    let (mut sqlite, mut sealed_sqlite) = (new("SQLite"), new("SQLite, sealed"));
    let (mut postgres, mut sealed_postgres) = (new("PostgreSQL"), new("PostgreSQL, sealed"));
    let with_postgres = std::env::var_os(POSTGRES).is_some();
    for _ in 0..RUNS {
        measure(&runtime, &mut disk, None);
        measure(&runtime, &mut sqlite, Some(Kind::Sqlite(false)));
        measure(&runtime, &mut sealed_sqlite, Some(Kind::Sqlite(true)));
        if with_postgres {
            measure(&runtime, &mut postgres, Some(Kind::Postgres(false)));
            measure(&runtime, &mut sealed_postgres, Some(Kind::Postgres(true)));
        }
    }
    let bytes = raw_bytes(&single(1)).len();
    println!("{bytes} bytes an event; events a second, median of {RUNS}; share of the file's rate");
    let (single, batch) = (median(disk.single.clone()), median(disk.batch.clone()));
    println!("{:18} {single:>9.0} singly                          {batch:>9.0} at {BATCH}", disk.name);
    let all = [sqlite, sealed_sqlite, postgres, sealed_postgres];
    for rates in all.into_iter().filter(|rates| !rates.single.is_empty()) {
        let (one, many, group) = (median(rates.single), median(rates.batch), median(rates.concurrent));
        println!(
            "{:18} {one:>9.0} singly ({:>3.0} %)  {group:>7.0} from {WRITERS} {many:>9.0} at {BATCH} ({:>3.0} %)",
            rates.name,
            100.0 * one / single,
            100.0 * many / batch,
        );
    }
    if !with_postgres {
        eprintln!("PostgreSQL NOT RUN: {POSTGRES} is not set");
    }
}
