//! `forewarn inventory check`: what of inventories is understood, what is not, and what would help.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use forewarn_exposure::{Ecosystem, Identity, Inventory};
use forewarn_formats::inventory::{DISTRIBUTION_UNKNOWN, NOT_SOFTWARE, release_mark};
use serde::Serialize;

use super::ReadingArguments;
use crate::documents::{self, FileProblem};
use crate::{BAD_INPUT, DONE, FOUND};

/// Reasons shown of one file; the others are counted.
const SHOWN: usize = 6;

/// Kinds of package that stand for a distribution that is not named.
const DISTRIBUTIONLESS: [&str; 3] = ["rpm", "deb", "apk"];

/// How well one file is understood.
#[derive(Debug, Serialize)]
struct Understood {
    file: String,
    format: String,
    components: usize,
    /// Packages by ecosystem, and products of vendors.
    by_kind: BTreeMap<String, usize>,
    without_version: usize,
    /// Packages of a distribution that is not known, which no advisory can match.
    unmatchable: usize,
    /// Components that an advisory can match.
    matchable: usize,
    /// Versions that have no place in the order of their ecosystem.
    unreadable_versions: Counted,
    /// Not understood, the most frequent reason first.
    not_understood: Vec<Counted>,
    /// Understood, and nothing to match.
    left_out: Vec<Counted>,
    hints: Vec<String>,
}

/// How many, why, and one of them.
#[derive(Debug, Default, Serialize)]
struct Counted {
    count: usize,
    reason: String,
    example: String,
}

#[derive(Debug, Serialize)]
struct Outcome {
    files: Vec<Understood>,
    errors: Vec<FileProblem>,
}

/// Checks, prints, and says how to exit.
///
/// # Errors
/// When the result cannot be printed.
pub fn run(files: &[PathBuf], reading: &ReadingArguments, json: bool) -> anyhow::Result<u8> {
    let mut outcome = Outcome { files: Vec::new(), errors: Vec::new() };
    for file in documents::find_inventories(files, &mut outcome.errors) {
        match reading.read(&file) {
            Ok(inventory) => {
                outcome.files.push(Understood::of(file.display().to_string(), &inventory));
            }
            Err(problem) => outcome.errors.push(problem),
        }
    }
    if json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        outcome.files.iter().for_each(Understood::print);
        let hints: BTreeSet<&String> = outcome.files.iter().flat_map(|file| &file.hints).collect();
        hints.iter().for_each(|hint| println!("hint: {hint}"));
        outcome.errors.iter().for_each(|e| eprintln!("{}: {}: {}", e.file, e.place, e.message));
        println!("{}", outcome.summary());
    }
    Ok(match (outcome.errors.is_empty(), outcome.files.iter().all(Understood::wholly)) {
        (false, _) => BAD_INPUT,
        (true, false) => FOUND,
        (true, true) => DONE,
    })
}

impl Outcome {
    fn summary(&self) -> String {
        let whole = self.files.iter().filter(|file| file.wholly()).count();
        let part = self.files.len() - whole;
        format!("{whole} files understood, {part} in part, {} could not be read", self.errors.len())
    }
}

impl Understood {
    fn of(file: String, inventory: &Inventory) -> Self {
        let mut by_kind = BTreeMap::new();
        let mut unreadable = Counted { reason: "cannot be compared".to_owned(), ..Counted::default() };
        let mut without_version = 0;
        for component in &inventory.components {
            *by_kind.entry(kind(&component.identity)).or_default() += 1;
            let Some(version) = &component.version else {
                without_version += 1;
                continue;
            };
            if component.identity.scheme().is_some_and(|scheme| scheme.parse(version).is_err()) {
                unreadable.add(|| component.label.clone());
            }
        }
        let (left_out, not_understood) = reasons(inventory);
        let unnamed = inventory.skipped.iter().filter(|one| one.reason == DISTRIBUTION_UNKNOWN).count();
        let of_any: usize = DISTRIBUTIONLESS.iter().filter_map(|kind| by_kind.get(*kind)).sum();
        let mut checked = Self {
            file,
            format: inventory.format.clone(),
            components: inventory.components.len(),
            by_kind,
            without_version,
            unmatchable: unnamed + of_any,
            matchable: inventory.components.len() - of_any,
            unreadable_versions: unreadable,
            not_understood,
            left_out,
            hints: Vec::new(),
        };
        checked.hints = checked.hints(inventory);
        checked
    }

    /// Whether every component has an identity that something can match, and every version that is given a place in
    /// its order.
    fn wholly(&self) -> bool {
        self.unmatchable == 0 && self.not_understood.is_empty() && self.unreadable_versions.count == 0
    }

    fn print(&self) {
        println!("{}: {}", self.file, self.format);
        if self.components == 0 {
            println!("  no component that could be matched");
        } else {
            println!("  {} components: {}", self.components, self.kinds());
        }
        if self.without_version > 0 {
            println!("  {} without a version", self.without_version);
        }
        if self.unmatchable > 0 {
            let all = if self.matchable == 0 { "; nothing can match" } else { "" };
            println!(
                "  {} of a distribution that is not known, which no advisory can match{all}",
                self.unmatchable
            );
        }
        let Counted { count, example, .. } = &self.unreadable_versions;
        if *count > 0 {
            println!("  {count} with a version that cannot be compared, such as {example}");
        }
        print_reasons("not understood", &self.not_understood);
        print_reasons("left out", &self.left_out);
    }

    fn kinds(&self) -> String {
        let kinds = self.by_kind.iter().map(|(kind, count)| format!("{count} {kind}"));
        kinds.collect::<Vec<_>>().join(", ")
    }

    /// What the person who makes the inventory can do.
    fn hints(&self, inventory: &Inventory) -> Vec<String> {
        let has = |kind: &str| self.by_kind.contains_key(kind);
        let nameless = self.not_understood.iter().any(|one| one.reason.contains("has neither a package URL"));
        let unnamed = inventory.skipped.iter().filter(|one| one.reason == DISTRIBUTION_UNKNOWN).count();
        let placeholder = self.unreadable_versions.count > 0;
        let unordered = inventory.components.iter().find_map(|component| match &component.identity {
            Identity::Package { ecosystem, .. } if ecosystem.scheme().is_none() => {
                Some(ecosystem.to_string())
            }
            _ => None,
        });
        let dpkg = self.format.starts_with("dpkg") && !self.format.contains("source packages");
        let told = [
            nameless.then(|| {
                "give every component a package URL (CycloneDX `purl`, SPDX external reference `purl`), or the \
                 organisation that makes it (CycloneDX `supplier`, SPDX `PackageSupplier: Organization: NAME`)"
                    .to_owned()
            }),
            (self.without_version > 0).then(|| {
                "give versions: without one a component matches every advisory of its product".to_owned()
            }),
            placeholder.then(|| "write the version that is installed, not a word or a pattern".to_owned()),
            has("Debian").then(|| {
                "say which release it is, as --distro debian:12 or `?distro=debian-12` in the package URL; \
                 advisories are for releases, and without one a person must check each match"
                    .to_owned()
            }),
            (unnamed > 0).then(|| {
                "rpm does not list the distribution: say it with --distro NAME:RELEASE, such as --distro rocky:9"
                    .to_owned()
            }),
            DISTRIBUTIONLESS.iter().find(|kind| has(kind)).map(|kind| {
                format!(
                    "{kind} packages of no known distribution match no advisory: say --distro rocky:9, or write \
                     the distribution into the package URL (`pkg:{kind}/DISTRIBUTION/NAME@VERSION`)"
                )
            }),
            release_mark(inventory).map(|found| {
                let names: Vec<String> =
                    found.distributions.iter().map(|name| format!("--distro {name}")).collect();
                format!(
                    "{} of {} packages without a release bear the mark {}: if that is where they come from, say {}",
                    found.packages,
                    found.of,
                    found.mark,
                    names.join(" or ")
                )
            }),
            dpkg.then(|| {
                "Debian and Ubuntu name source packages in their advisories; list those too: dpkg-query -W \
                 -f='${binary:Package}\\t${Version}\\t${source:Package}\\t${source:Version}\\n'"
                    .to_owned()
            }),
            has("generic").then(|| {
                "`pkg:generic` is in no registry, so that advisories rarely name it: use the type of the \
                 registry it comes from, or vendor and product"
                    .to_owned()
            }),
            unordered.map(|name| {
                format!("versions of {name} have no order here yet: only versions that an advisory lists match")
            }),
        ];
        told.into_iter().flatten().collect()
    }
}

impl Counted {
    fn add(&mut self, example: impl FnOnce() -> String) {
        if self.count == 0 {
            self.example = example();
        }
        self.count += 1;
    }
}

/// The ecosystem of a package; products are of one kind.
fn kind(identity: &Identity) -> String {
    match identity {
        Identity::Package { ecosystem: Ecosystem::Debian(None), .. } => "Debian".to_owned(),
        Identity::Package { ecosystem, .. } => ecosystem.to_string(),
        Identity::Product { .. } => "products of vendors".to_owned(),
    }
}

/// What was skipped because it is nothing to match, and what was not understood, each by reason.
fn reasons(inventory: &Inventory) -> (Vec<Counted>, Vec<Counted>) {
    let mut by_reason: BTreeMap<&str, Counted> = BTreeMap::new();
    for one in &inventory.skipped {
        let counted = by_reason.entry(&one.reason).or_default();
        counted.add(|| match one.name.is_empty() {
            true => one.place.clone(),
            false => format!("{} ({})", one.place, one.name),
        });
    }
    let counted = by_reason.into_iter().map(|(reason, one)| Counted { reason: reason.to_owned(), ..one });
    let (mut left_out, mut not_understood): (Vec<_>, Vec<_>) =
        counted.partition(|one| NOT_SOFTWARE.contains(&one.reason.as_str()));
    left_out.sort_by_key(|one| std::cmp::Reverse(one.count));
    not_understood.sort_by_key(|one| std::cmp::Reverse(one.count));
    (left_out, not_understood)
}

fn print_reasons(what: &str, reasons: &[Counted]) {
    let all: usize = reasons.iter().map(|one| one.count).sum();
    if all == 0 {
        return;
    }
    println!("  {all} {what}");
    for one in reasons.iter().take(SHOWN) {
        println!("    {:>6}  {}, such as {}", one.count, one.reason, one.example);
    }
    if let Some(more) = reasons.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        println!("    and {more} other reasons, which --json lists");
    }
}
