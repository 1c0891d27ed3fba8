//! The index at a fiftieth of national scale: 2,000 operators with 1,000 components each.
//!
//! - `build`: from gathered inventories to the index; per occurrence.
//! - `replace`: one operator's 1,000 components; `merge`: the whole index made anew; `encode`, `decode`: to and from
//!   the bytes of a snapshot.
//! - `owners/...`: an advisory is read and answered with the operators that are exposed; per advisory.
//! - `stream`: the least that takes: the bytes of the sets of the worst kind of advisory, read once.
//!
//! `cargo run --release -p forewarn-exposure --example nation` does it at full scale.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod nation;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use forewarn_exposure::{Affected, Index, Inventory};
use nation::Nation;

const OPERATORS: u32 = 2_000;
const COMPONENTS: usize = 1_000;

fn making(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("index");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(OPERATORS) * COMPONENTS as u64));
    group.bench_function("build", |bencher| {
        bencher.iter_batched(
            || nation::gather(OPERATORS, COMPONENTS),
            |builder| builder.build(),
            BatchSize::PerIteration,
        );
    });
    let mut index = nation::build(OPERATORS, COMPONENTS);
    group.bench_function("merge", |bencher| bencher.iter(|| index.merged()));
    let bytes = index.encode(0);
    group.bench_function("encode", |bencher| bencher.iter(|| index.encode(0)));
    group.bench_function("decode", |bencher| bencher.iter(|| Index::<u32>::decode(&bytes).unwrap()));
    group.throughput(Throughput::Elements(COMPONENTS as u64));
    let inventory = inventory();
    group.bench_function("replace", |bencher| bencher.iter(|| index.replace(1, "", &inventory)));
    group.finish();
}

fn inventory() -> Inventory {
    let mut held = Vec::new();
    Nation::new().operator(1, COMPONENTS, &mut held);
    let components = held.iter().map(|(package, place)| nation::component(*package, *place)).collect();
    Inventory { format: "made".to_owned(), components, skipped: Vec::new() }
}

fn asking(criterion: &mut Criterion) {
    let index = nation::build(OPERATORS, COMPONENTS);
    let mut group = criterion.benchmark_group("owners");
    for (kind, questions) in nation::questions(1_000) {
        let advisories: Vec<Affected> = questions.iter().map(|question| question.affected()).collect();
        let exposed: usize = advisories.iter().map(|affected| index.ask(affected).operators().len()).sum();
        assert!(exposed > 0, "a world in which nobody is exposed measures nothing");
        group.throughput(Throughput::Elements(advisories.len() as u64));
        group.bench_function(kind, |bencher| {
            bencher.iter(|| {
                for affected in &advisories {
                    black_box(index.ask(affected).operators());
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, making, asking);
criterion_main!(benches);
