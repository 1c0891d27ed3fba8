//! Version comparisons a second on pairs from a file, ours or those of a crate, for `benches/versions.sh`.
//!
//!     versions ORDER PAIRS MILLISECONDS
//!
//! ORDER is the name of an ecosystem, or `crate:semver`, `crate:pep440_rs`, `crate:debversion`. PAIRS has two versions
//! and a tab between them on a line; both are read and compared each time. Prints the best rate of five rounds in time
//! on the processor, then `<`, `=`, `>`, or `!` where a version is refused, for each line.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "a bench measures")]

use std::cmp::Ordering;
use std::hint::black_box;
use std::str::FromStr;

use forewarn_exposure::Scheme;

const ROUNDS: u64 = 5;

/// Nanoseconds that the kernel gave this thread.
fn spent() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

fn by_crate<V: FromStr + Ord>(a: &str, b: &str) -> Option<Ordering> {
    Some(a.parse::<V>().ok()?.cmp(&b.parse::<V>().ok()?))
}

/// The crate's `Ord` also counts builds, which precedence does not.
fn by_semver(a: &str, b: &str) -> Option<Ordering> {
    Some(semver::Version::parse(a).ok()?.cmp_precedence(&semver::Version::parse(b).ok()?))
}

fn run(pairs: &[(&str, &str)], milliseconds: u64, compare: impl Fn(&str, &str) -> Option<Ordering>) {
    let mut best = 0.0_f64;
    for _ in 0..ROUNDS {
        let (start, mut done) = (spent(), 0_u64);
        let mut elapsed = 0;
        while elapsed < milliseconds * 1_000_000 / ROUNDS {
            // Reading the clock costs a system call or three, so small files are gone through many times.
            for _ in 0..1 + 10_000 / pairs.len() {
                for (a, b) in pairs {
                    black_box(compare(black_box(a), black_box(b)));
                }
                done += pairs.len() as u64;
            }
            elapsed = spent() - start;
        }
        best = best.max(done as f64 * 1e9 / elapsed as f64);
    }
    println!("{best:.0}");
    for (a, b) in pairs {
        println!("{}", compare(a, b).map_or("!", |order| ["<", "=", ">"][(order as i8 + 1) as usize]));
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, order, file, milliseconds] = arguments.as_slice() else { panic!("ORDER PAIRS MILLISECONDS") };
    let text = std::fs::read_to_string(file).unwrap();
    let pairs: Vec<_> = text.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let milliseconds = milliseconds.parse().unwrap();
    match order.as_str() {
        "crate:semver" => run(&pairs, milliseconds, by_semver),
        "crate:pep440_rs" => run(&pairs, milliseconds, by_crate::<pep440_rs::Version>),
        "crate:debversion" => run(&pairs, milliseconds, by_crate::<debversion::Version>),
        ecosystem => {
            let scheme = Scheme::named(ecosystem).unwrap();
            run(&pairs, milliseconds, |a, b| scheme.compare(a, b).ok());
        }
    }
}
