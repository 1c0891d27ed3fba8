//! What it costs to compare two versions, for each order.
//!
//! `read_and_compare` reads both from text; `compare` has them read. The versions are typical ones of the
//! ecosystem, every one against every other, so that some differ at the first part and some at the last. The
//! throughput is comparisons per second.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use forewarn_exposure::{Scheme, Version};

/// Typical versions by ecosystem.
const TYPICAL: &[(&str, &[&str])] = &[
    ("npm", &["1.0.0", "1.10.2", "4.17.21", "5.0.0-beta.5", "5.0.0-rc.1+build.7", "0.0.1"]),
    ("crates.io", &["0.3.31", "1.0.219", "1.0.0-rc.1", "2.0.0"]),
    ("Go", &["v1.8.0", "v0.0.0-20240101000000-abcdef123456", "v2.0.0+incompatible"]),
    ("PyPI", &["1.0", "1.0.post1", "2.31.0", "2024.7.4", "1.0rc1", "1!2.0.dev3+local.1"]),
    ("Maven", &["1.0", "2.17.1", "1.0-alpha-1", "4.1.100.Final", "32.1.2-jre", "2.0-SNAPSHOT"]),
    ("Debian", &["1.1.1n-0+deb11u5", "7.88.1-10+deb12u5", "1:2.36-9", "0.9.7e-3sarge1", "2.8.6-1~bpo1"]),
    (
        "Red Hat",
        &["0:3.10.0-229.el7", "1:1.1.1k-12.el8_9", "5.14.0-362.8.1.el9_3", "1.0~rc1-1", "1.0^git1-2"],
    ),
    ("Alpine", &["1.2.3-r0", "7.83.0-r1", "9.11.1_p2-r1", "2.0_rc1-r3", "6.3_p20221224-r1"]),
    ("RubyGems", &["3.0.8", "3.0.9.rc1", "7.0.4.3", "1.0.0.beta2", "0.14.20"]),
    ("Packagist", &["v5.0.4", "v5.0.4-RC1", "3.1.0-rc.2", "1.25.0beta2.1", "2.72.5+171121"]),
    ("NuGet", &["13.0.3", "1.0.0-BETA.2", "1.0.0.1", "8.0.0-preview.1.23110.8", "2.0.0+abc"]),
    ("Pub", &["1.2.3", "1.2.3+1", "2.0.0-nullsafety.3", "0.18.1"]),
    ("Hex", &["1.7.10", "1.7.0-rc.3", "0.20.2"]),
    ("CRAN", &["0.1-2", "1.0.10", "3.2.1.9000"]),
    ("Hackage", &["1.0.0.0", "0.11.3.0", "2.1"]),
    ("ConanCenter", &["1.1.1w", "3.2.1", "cci.20200203", "1.80.0", "2.0-beta1"]),
    ("generic", &["V4.2 SP1 Update 2", "2.0.3.1", "R12.4", "20210210", "V4.2.1"]),
];

fn versions(criterion: &mut Criterion) {
    for (ecosystem, texts) in TYPICAL {
        let scheme = Scheme::named(ecosystem).unwrap();
        let parsed: Vec<Version> = texts.iter().map(|text| scheme.parse(text).unwrap()).collect();
        let mut group = criterion.benchmark_group(*ecosystem);
        group.sample_size(20);
        group.throughput(Throughput::Elements((texts.len() * texts.len()) as u64));
        group.bench_function("read_and_compare", |bencher| {
            bencher.iter(|| {
                for a in *texts {
                    for b in *texts {
                        black_box(scheme.compare(black_box(a), black_box(b)).unwrap());
                    }
                }
            });
        });
        group.bench_function("compare", |bencher| {
            bencher.iter(|| {
                for a in &parsed {
                    for b in &parsed {
                        black_box(black_box(a).cmp(black_box(b)));
                    }
                }
            });
        });
        group.finish();
    }
}

criterion_group!(benches, versions);
criterion_main!(benches);
