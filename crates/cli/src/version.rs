//! `forewarn version`: which of two versions is older, and why.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use forewarn_exposure::{Difference, Scheme, Version};
use serde::Serialize;

use crate::documents::{self, FileProblem};
use crate::{BAD_INPUT, DONE, FOUND};

/// Largest file of statements, in bytes.
const LARGEST: usize = 64 << 20;

/// Arguments of `forewarn version`.
#[derive(Args)]
pub struct VersionArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check a file that says `a < b`, `a = b` or `a > b` on each line; empty lines and those from `#` or `//` on
    /// do not count.
    #[command(
        after_help = "Exit code: 0 every line agrees, 1 some differ, 2 bad usage or a line could not be read."
    )]
    Check(CheckArguments),
    /// Print which of two versions is older, and the place that decides.
    #[command(after_help = "Example:\n  forewarn version compare --ecosystem 'Red Hat' 1.9-1 1.10-1\n\n\
Exit code: 0 compared, 2 bad usage or a version could not be read.")]
    Compare(CompareArguments),
}

#[derive(Args)]
struct CheckArguments {
    #[command(flatten)]
    order: Order,
    /// The file of statements.
    file: PathBuf,
}

#[derive(Args)]
struct CompareArguments {
    #[command(flatten)]
    order: Order,
    /// The first version.
    #[arg(allow_hyphen_values = true)]
    left: String,
    /// The second version.
    #[arg(allow_hyphen_values = true)]
    right: String,
}

#[derive(Args)]
struct Order {
    /// Whose order: an OSV ecosystem (`PyPI`, `Alpine`), a purl type (`gem`) or a scheme (`SemVer`, `generic`).
    #[arg(long, value_name = "NAME", value_parser = scheme)]
    ecosystem: Scheme,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn scheme(name: &str) -> Result<Scheme, String> {
    let names = || Scheme::ALL.iter().map(|scheme| scheme.name()).collect::<Vec<_>>().join(", ");
    Scheme::named(name).ok_or_else(|| format!("no version order is known for it; orders are {}", names()))
}

/// A statement that the order does not confirm.
#[derive(Serialize)]
struct Differing {
    line: usize,
    left: String,
    right: String,
    stated: &'static str,
    found: &'static str,
    because: String,
}

#[derive(Serialize)]
struct Checked {
    scheme: &'static str,
    agree: usize,
    differ: Vec<Differing>,
    errors: Vec<FileProblem>,
}

#[derive(Serialize)]
struct Compared<'a> {
    scheme: &'static str,
    left: &'a str,
    right: &'a str,
    order: &'static str,
    /// False when the two belong to different lines of versions, so that their order means nothing.
    comparable: bool,
    because: String,
}

/// Checks or compares, prints, and says how to exit.
///
/// # Errors
/// When the result cannot be printed.
pub fn run(arguments: &VersionArguments) -> anyhow::Result<u8> {
    match &arguments.what {
        What::Check(arguments) => check(arguments),
        What::Compare(arguments) => compare(arguments),
    }
}

fn compare(arguments: &CompareArguments) -> anyhow::Result<u8> {
    let CompareArguments { order, left, right } = arguments;
    let scheme = order.ecosystem;
    let read = |text: &str| scheme.parse(text).inspect_err(|problem| eprintln!("forewarn: {problem}")).ok();
    let (Some(a), Some(b)) = (read(left), read(right)) else { return Ok(BAD_INPUT) };
    let comparable = a.comparable(&b);
    let sign = sign(a.cmp(&b));
    let because = because(scheme, &a, &b);
    if order.json {
        let compared = Compared { scheme: scheme.name(), left, right, order: sign, comparable, because };
        println!("{}", serde_json::to_string(&compared)?);
    } else {
        let note = if comparable { "" } else { "; they are of different lines, so the order says nothing" };
        println!("{sign} ({because}{note})");
    }
    Ok(DONE)
}

fn check(arguments: &CheckArguments) -> anyhow::Result<u8> {
    let CheckArguments { order, file } = arguments;
    let checked = check_file(order.ecosystem, file);
    if order.json {
        println!("{}", serde_json::to_string(&checked)?);
    } else {
        print(&checked, file);
    }
    Ok(match (checked.errors.is_empty(), checked.differ.is_empty()) {
        (false, _) => BAD_INPUT,
        (true, false) => FOUND,
        (true, true) => DONE,
    })
}

fn check_file(scheme: Scheme, file: &Path) -> Checked {
    let mut checked = Checked { scheme: scheme.name(), agree: 0, differ: Vec::new(), errors: Vec::new() };
    let bytes = match documents::read(file, LARGEST) {
        Ok(bytes) => bytes,
        Err(problem) => {
            checked.errors.push(problem);
            return checked;
        }
    };
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match statement(scheme, index + 1, line) {
            Ok(None) => {}
            Ok(Some(Answer::Agrees)) => checked.agree += 1,
            Ok(Some(Answer::Differs(differing))) => checked.differ.push(differing),
            Err(message) => checked.errors.push(FileProblem {
                file: file.display().to_string(),
                place: format!("line {}", index + 1),
                message,
            }),
        }
    }
    checked
}

enum Answer {
    Agrees,
    Differs(Differing),
}

/// `None` for a line that states nothing.
fn statement(scheme: Scheme, number: usize, line: &[u8]) -> Result<Option<Answer>, String> {
    let line = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
        return Ok(None);
    }
    let (left, stated, right) = split(line).ok_or("is not `a < b`, `a = b` or `a > b`")?;
    let read = |text: &str| scheme.parse(text).map_err(|problem| problem.to_string());
    let (a, b) = (read(left)?, read(right)?);
    let found = sign(a.cmp(&b));
    if found == stated && sign(b.cmp(&a).reverse()) == stated {
        return Ok(Some(Answer::Agrees));
    }
    let (left, right) = (left.to_owned(), right.to_owned());
    let because = because(scheme, &a, &b);
    Ok(Some(Answer::Differs(Differing { line: number, left, right, stated, found, because })))
}

/// The sign stands apart; versions may have spaces and signs in them.
fn split(line: &str) -> Option<(&str, &'static str, &str)> {
    let at = |sign: &'static str| line.find(&format!(" {sign} ")).map(|at| (at, sign));
    let (at, sign) = ["<", "=", ">"].into_iter().filter_map(at).min()?;
    let (left, right) = (line[..at].trim(), line[at + 3..].trim());
    (!left.is_empty() && !right.is_empty()).then_some((left, sign, right))
}

fn sign(order: Ordering) -> &'static str {
    match order {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    }
}

/// `RPM: segment 2, 9 < 10`.
fn because(scheme: Scheme, a: &Version, b: &Version) -> String {
    let sign = sign(a.cmp(b));
    let part = |part: Option<&String>| match part.map(String::as_str) {
        None => "nothing".to_owned(),
        Some("") => "empty".to_owned(),
        Some(part) => part.to_owned(),
    };
    match a.difference(b) {
        Some(Difference { place, left, right }) => {
            format!("{scheme}: {place}, {} {sign} {}", part(left.as_ref()), part(right.as_ref()))
        }
        None => format!("{scheme}: no part differs"),
    }
}

fn print(checked: &Checked, file: &Path) {
    for Differing { line, left, right, stated, found, because } in &checked.differ {
        println!("{}:{line}: {left} {stated} {right}, but found {found} ({because})", file.display());
    }
    for error in &checked.errors {
        let place = if error.place.is_empty() { String::new() } else { format!("{}: ", error.place) };
        eprintln!("{}: {place}{}", error.file, error.message);
    }
    println!("{} agree, {} differ", checked.agree, checked.differ.len());
}
