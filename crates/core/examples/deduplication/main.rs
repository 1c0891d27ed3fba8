//! Measures de-duplication: precision, recall, cost and memory over invented families of reports.
//!
//!     cargo run --release -p forewarn-core --example deduplication              # 10^4 and 10^5
//!     cargo run --release -p forewarn-core --example deduplication -- 1000000
//!     cargo run --release -p forewarn-core --example deduplication -- 10000 tuned near
//!     cargo run --release -p forewarn-core --example deduplication -- rebuild 100000
//!     cargo run --release -p forewarn-core --example deduplication -- adversarial

mod adversarial;
mod bugs;
mod draw;
mod families;
mod measure;
mod rebuild;
mod stacks;

use bugs::Style;
use families::World;
use measure::{Outcome, measure};

/// The worlds the rules were tuned on, and two they were not.
const WORLDS: [(u64, Style, &str); 4] = [
    (20_261, Style::TUNED, "tuned"),
    (31_337, Style::NEAR, "near"),
    (77_003, Style::HELD_OUT, "held-out"),
    (90_210, Style::UNSEEN, "unseen"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|one| one == "adversarial") {
        return adversarial::run(clock);
    }
    if arguments.first().is_some_and(|one| one == "rebuild") {
        let count = arguments.get(1).and_then(|one| one.parse().ok());
        return rebuild::run(count.unwrap_or(100_000), clock);
    }
    let only: Vec<&String> = arguments.iter().filter(|one| one.parse::<usize>().is_err()).collect();
    let sizes: Vec<usize> = arguments.iter().filter_map(|one| one.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10_000, 100_000] } else { sizes };
    for count in sizes {
        for (seed, style, name) in WORLDS {
            if only.is_empty() || only.iter().any(|one| *one == name) {
                print(name, &measure(&World::new(seed, count, style), clock));
            }
        }
    }
}

fn print(name: &str, outcome: &Outcome) {
    println!("{} reports, {name}", outcome.reports);
    println!(
        "  by rule            precision {:.4}  recall {:.4}  pure clusters {:.4}  whole bugs {:.4}",
        outcome.certain.precision, outcome.certain.recall, outcome.certain.pure, outcome.certain.whole
    );
    println!(
        "  with proposals     precision {:.4}  recall {:.4}  pure clusters {:.4}  whole bugs {:.4}",
        outcome.proposed.precision, outcome.proposed.recall, outcome.proposed.pure, outcome.proposed.whole
    );
    println!("  proposals          {:.3} a report, {:.3} of them right", outcome.proposals, outcome.right);
    println!(
        "  cost               {:.1} us a report, {:.1} us in the last tenth: {:.0} reports a CPU second",
        outcome.nanos / 1e3,
        outcome.last / 1e3,
        1e9 / outcome.nanos
    );
    println!("  memory             {:.0} bytes a report", outcome.bytes);
    let mut joins: Vec<_> = outcome.joins.iter().collect();
    joins.sort();
    for ((rule, right, near), count) in joins {
        let rule = rule.map_or("Sign".into(), |rule| format!("{rule:?}"));
        let right = if *right { "right".into() } else { format!("wrong {near:?}") };
        println!("  joined by {rule:9} {count:7} {right}");
    }
    let mut missed: Vec<_> = outcome.missed.iter().collect();
    missed.sort();
    for (kind, (missed, all)) in missed {
        println!(
            "  missed {:12} {missed:6} of {all:6}  {:.3}",
            format!("{kind:?}"),
            *missed as f64 / *all as f64
        );
    }
}

/// Nanoseconds this thread was given by the kernel; wall time where the kernel does not say.
fn clock() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_else(|| {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        #[allow(clippy::disallowed_methods, reason = "a measurement")]
        let now = START.get_or_init(std::time::Instant::now).elapsed();
        u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
    })
}
