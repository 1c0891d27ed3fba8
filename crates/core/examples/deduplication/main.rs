//! Measures de-duplication: precision, recall, cost and memory over invented families of reports.
//!
//!     cargo run --release -p forewarn-core --example deduplication              # 10^4 and 10^5
//!     cargo run --release -p forewarn-core --example deduplication -- 1000000
//!     cargo run --release -p forewarn-core --example deduplication -- adversarial

mod adversarial;
mod bugs;
mod draw;
mod families;
mod measure;
mod stacks;

use families::World;
use measure::{Outcome, measure};

/// The seed the rules were tuned on, and one they were not.
const SEEDS: [(u64, bool, &str); 2] = [(20_261, false, "tuned"), (77_003, true, "held out")];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|one| one == "adversarial") {
        return adversarial::run(clock);
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|one| one.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10_000, 100_000] } else { sizes };
    for count in sizes {
        for (seed, held_out, name) in SEEDS {
            print(name, &measure(&World::new(seed, count, held_out), clock));
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
    let mut wrong: Vec<_> = outcome.wrong.iter().collect();
    wrong.sort();
    println!("  wrong joins        {wrong:?}");
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
