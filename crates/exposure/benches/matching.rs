//! What it costs to ask the index who runs what an advisory affects.
//!
//! One operator with 5,000 components, 3,200 advisories. All times are per advisory, in one run on one world:
//! - `floor`: a lookup of the advisory's identity in a hash map, which is the least there is to do;
//! - `index`: the answer of the index, with ranges and listed versions;
//! - `brute_force`: the same answer by asking about every component.
//!
//! `replace` is the time for a whole new inventory.
//!
//! The world is made from a fixed seed, with the shape of RustSec's, Go's and PyPA's databases: their shares, how
//! many advisories a package has, how many ranges and listed versions an entry has (only PyPA lists versions,
//! half of its entries 32 or more), and an inventory of which a third is of packages that have advisories.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "a bench measures")]

mod nation;

use std::cell::Cell;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use forewarn_exposure::{Affected, Bound, Component, Ecosystem, Identity, Index, Inventory, Matcher, Range};
use nation::Numbers;

const ADVISORIES: u32 = 3_200;
const COMPONENTS: usize = 5_000;
/// Packages that have advisories.
const PACKAGES: u64 = 1_950;
const SEED: u64 = 0x5EED;

impl Numbers {
    /// From `least`, each of so many doublings as likely as the next.
    fn doubling(&mut self, least: u64, doublings: u64) -> u64 {
        let low = least << self.below(doublings);
        low + self.below(low)
    }

    fn version(&mut self) -> String {
        format!("{}.{}.{}", self.below(5), self.below(20), self.below(10))
    }
}

fn identity(package: u64) -> Identity {
    let (ecosystem, name) = match package % 100 {
        0..38 => (Ecosystem::Go, format!("github.com/owner-{package}/module")),
        38..71 => (Ecosystem::PyPI, format!("python-package-{package}")),
        _ => (Ecosystem::CratesIo, format!("crate-{package}")),
    };
    Identity::package(ecosystem, &name)
}

fn affected(numbers: &mut Numbers) -> Affected {
    // Few packages have many advisories, most have one.
    let popular = numbers.below(3) == 0;
    let package = if popular { numbers.doubling(1, 10) } else { numbers.below(PACKAGES) };
    let identity = identity(package);
    let python = matches!(&identity, Identity::Package { ecosystem: Ecosystem::PyPI, .. });
    let ranges = 1 + u64::from(numbers.below(4) == 0) + 2 * u64::from(numbers.below(10) == 0);
    let range = |numbers: &mut Numbers| {
        let from = numbers.below(4);
        let from_version = if from == 0 { Bound::Open } else { Bound::Included(format!("{from}.0.0")) };
        let minor = numbers.below(20);
        Range { from: from_version, to: Bound::Excluded(format!("{from}.{minor}.{}", numbers.below(10))) }
    };
    let listed = if python { numbers.doubling(4, 6) } else { 0 };
    Affected {
        identity,
        names: None,
        ranges: (0..ranges).map(|_| range(numbers)).collect(),
        versions: (0..listed).map(|_| numbers.version()).collect(),
        needs_person: None,
    }
}

fn inventory(numbers: &mut Numbers) -> Inventory {
    let component = |_| {
        let known = numbers.below(3) == 0;
        let package = if known { numbers.below(PACKAGES) } else { PACKAGES + numbers.below(1 << 20) };
        let (identity, version) = (identity(package), numbers.version());
        Component { label: format!("{identity} {version}"), identity, version: Some(version) }
    };
    Inventory {
        format: "made".to_owned(),
        components: (0..COMPONENTS).map(component).collect(),
        skipped: Vec::new(),
    }
}

fn brute_force(inventory: &Inventory, affected: &Affected) -> usize {
    let matcher = Matcher::new(affected);
    inventory.components.iter().filter(|component| matcher.covers(component).is_some()).count()
}

/// The least time per advisory that was seen.
struct Best(Cell<Duration>);

impl Best {
    /// Asks about every advisory `passes` times; the mean time for one.
    fn time(&self, passes: u64, advisories: &[Affected], mut ask: impl FnMut(&Affected)) -> Duration {
        let start = Instant::now();
        for _ in 0..passes {
            advisories.iter().for_each(&mut ask);
        }
        let mean = start.elapsed() / ADVISORIES;
        self.0.set(self.0.get().min(mean / u32::try_from(passes).unwrap()));
        mean
    }
}

/// What the rows of the group have taken, to compare them.
struct Rows {
    floor: Best,
    index: Best,
    brute_force: Best,
}

impl Rows {
    fn new() -> Self {
        let [floor, index, brute_force] = [(); 3].map(|()| Best(Cell::new(Duration::MAX)));
        Self { floor, index, brute_force }
    }

    fn compare(&self) {
        let best = [&self.floor, &self.index, &self.brute_force].map(|best| best.0.get());
        // A filter on the command line leaves some unmeasured.
        if !best.contains(&Duration::MAX) {
            let [floor, index, brute] = best.map(|time| time.as_secs_f64() * 1e9);
            println!(
                "best per advisory: floor {floor:.0} ns, index {index:.0} ns, brute force {brute:.0} ns"
            );
            println!("the index costs {:.1} floors, brute force {:.1} indexes", index / floor, brute / index);
        }
    }
}

fn matching(criterion: &mut Criterion) {
    let mut numbers = Numbers(SEED);
    let advisories: Vec<Affected> = (0..ADVISORIES).map(|_| affected(&mut numbers)).collect();
    let inventory = inventory(&mut numbers);
    let mut index = Index::new();
    index.replace(0_u32, "", &inventory);
    index.merge();
    agree(&index, &inventory, &advisories);

    let components = inventory.components.iter().enumerate();
    let by_identity: HashMap<&Identity, usize> =
        components.map(|(position, component)| (&component.identity, position)).collect();
    let rows = Rows::new();
    let mut group = criterion.benchmark_group("per_advisory");
    group.sample_size(20);
    let mut row = |name: &str, best: &Best, ask: &dyn Fn(&Affected)| {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|passes| best.time(passes, &advisories, ask))
        });
    };
    row("floor", &rows.floor, &|affected| {
        black_box(by_identity.get(&affected.identity));
    });
    row("index", &rows.index, &|affected| {
        black_box(index.exposures(affected));
    });
    row("brute_force", &rows.brute_force, &|affected| {
        black_box(brute_force(&inventory, affected));
    });
    group.finish();
    criterion.bench_function("replace", |bencher| bencher.iter(|| index.replace(0, "", &inventory)));
    rows.compare();
}

/// Both ways find the same, and enough: a world in which little is affected measures nothing.
fn agree(index: &Index<u32>, inventory: &Inventory, advisories: &[Affected]) {
    let hits: usize = advisories.iter().map(|affected| index.exposures(affected).len()).sum();
    let asked: usize = advisories.iter().map(|affected| brute_force(inventory, affected)).sum();
    println!("{hits} hits of {} advisories on {} components", advisories.len(), index.len());
    assert_eq!(hits, asked);
    assert!(hits > 100);
}

criterion_group!(benches, matching);
criterion_main!(benches);
