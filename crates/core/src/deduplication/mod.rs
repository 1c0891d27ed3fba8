//! De-duplication: which reports have one root cause.
//!
//! Reports are compared by what they show of the cause, not by their words: ids, the lines a patch removes, the place
//! in the code, the stack, the weakness, the package and its versions, and the words last. [`Index`] finds the few
//! reports worth comparing; the rules in `compare` say whether a pair is joined, proposed to a person, or neither.
//!
//! Nothing in here is stored. The index is read from the log, and a better rule changes what is proposed, never what
//! was decided.

mod cluster;
mod compare;
mod features;
mod frame;
mod function;
mod hash;
mod index;
mod keys;
mod packed;
mod patch;
mod path;
mod reason;
mod stack;
mod text;
mod trace;
mod weakness;

pub use features::Features;
pub use index::{Answer, BUCKET, COMPARED, Index, KEPT, Match, NAMED};
pub use reason::{Likeness, Reason, Rule, Verdict};

/// Compares two reports.
pub fn compare(one: &Features, other: &Features) -> Likeness {
    let nothing = Likeness { verdict: Verdict::Separate, rule: None, score: 0, reasons: Vec::new() };
    cluster::Judgement::of(one, std::iter::once(other)).map_or(nothing, |judgement| judgement.likeness())
}

/// What the parsers make of a text, for tests and for people who wonder why two reports were not joined.
pub mod normalised {
    /// The parts of a path that name a file inside the project `project`: lower case, no checkout, no build directory.
    pub fn path(path: &str, project: &str) -> Vec<String> {
        super::path::parts(path, &[project.to_lowercase()])
    }

    /// The parts of a function's name, demangled, without arguments, templates and compilers' additions.
    pub fn function(name: &str) -> Vec<String> {
        super::function::parts(name)
    }

    /// How many functions of the project are in a trace, at most six, and whether a kind of fault was recognised.
    pub fn trace(text: &str) -> (usize, bool) {
        let trace = super::trace::read(text, &[]);
        (trace.frames.len(), trace.fault != 0)
    }

    /// How many of a trace's innermost functions are those named, in that order.
    pub fn trace_names(text: &str, names: &[&str]) -> usize {
        let trace = super::trace::read(text, &[]);
        let agree = |(frame, name): &(&super::features::Place, &&str)| {
            super::function::function(name).is_some_and(|function| frame.function.agrees(function))
        };
        trace.frames.iter().zip(names).take_while(agree).count()
    }

    /// How many places a unified diff changes, at most eight.
    pub fn patch(diff: &str) -> usize {
        super::patch::hunks(diff, &[]).len()
    }
}
