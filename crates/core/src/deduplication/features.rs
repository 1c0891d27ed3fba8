//! What of a report is compared.

use forewarn_exposure::{Affected, Bound, Identity};

use super::function::function;
use super::hash::{Name, narrow};
use super::packed::{Packed, Parts};
use super::patch;
use super::text::{Sketch, Words};
use super::{path, trace, weakness};
use crate::finding::{Report, vulnerability_ids};

/// Most packages, places and weaknesses of one report that are compared.
const FEW: usize = 4;

/// One affected package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Package {
    /// Hash of ecosystem and name, or of vendor and product.
    pub whole: u32,
    /// Hash of the name alone, without the namespace.
    pub name: u32,
    /// Least and greatest affected version, by its first three numbers.
    pub span: (u64, u64),
}

/// A place in the code: where a report points, a frame of a stack, what a patch changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: Name,
    pub function: Name,
    /// 0 where it is not given.
    pub line: u32,
}

impl Place {
    /// Whether both are in one function of one file.
    pub fn is_same(self, other: Self) -> bool {
        self.function.agrees(other.function) && self.file.agrees(other.file)
    }

    /// How many lines apart they are, when both give one.
    pub fn lines(self, other: Self) -> Option<u32> {
        (self.line > 0 && other.line > 0).then(|| self.line.abs_diff(other.line))
    }
}

/// What of a report is compared with other reports: hashes and numbers, none of its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    pub(super) packed: Packed,
    /// What went wrong, as the tool calls it; 0 where none is known.
    pub(super) fault: u32,
    pub(super) harness: u32,
    /// How many of the names are written as variables and functions.
    pub(super) variables: usize,
    /// How many of the weaknesses it names itself; the others are what those are kinds of.
    pub(super) weaknesses: usize,
    /// Whether memory was written, where a tool or the weakness says so.
    pub(super) write: Option<bool>,
}

impl Features {
    /// Reads a report. Costs time linear in its size, and no more than a fixed amount of it is read.
    pub fn of(report: &Report) -> Self {
        let projects = projects(&report.affected);
        let traced =
            report.code.trace.as_deref().map(|text| trace::read(text, &projects)).unwrap_or_default();
        let hunks =
            report.code.patch.as_deref().map(|diff| patch::hunks(diff, &projects)).unwrap_or_default();
        let places = report.location.iter().chain(&report.code.locations).take(FEW);
        let places = places.filter_map(|place| {
            let file = path::file(&place.file, &projects)?;
            let function = place.function.as_deref().and_then(function).unwrap_or(Name::NONE);
            Some(Place { file, function, line: place.line.unwrap_or(0) })
        });
        let ids: Vec<u32> = vulnerability_ids(report).map(|id| narrow(id.as_str())).collect();
        let weaknesses: Vec<u32> =
            report.weaknesses.iter().filter_map(|id| weakness::number(id)).take(FEW).collect();
        let words = Words::of(&[&report.title, &report.description]);
        let parts = Parts {
            ids: &ids,
            packages: &report.affected.iter().take(FEW).map(package).collect::<Vec<_>>(),
            weaknesses: &weakness::with_kinds(&weaknesses),
            places: &places.collect::<Vec<_>>(),
            frames: &traced.frames,
            hunks: &hunks,
            names: &words.names,
            sketch: words.sketch.as_ref(),
        };
        Self {
            packed: Packed::of(&parts),
            fault: traced.fault,
            harness: report.provenance.as_ref().map_or(0, |p| narrow(&(&p.harness, &p.model))),
            variables: words.variables,
            weaknesses: weaknesses.len(),
            write: traced.write.or_else(|| weakness::writes(&weaknesses)),
        }
    }

    /// Functions it points at: places, what a patch changes, the innermost frames.
    pub(super) fn functions(&self) -> impl Iterator<Item = Place> {
        let hunks = self.packed.hunks().map(|hunk| hunk.place);
        let all = self.packed.places().chain(hunks).chain(self.packed.frames().take(3));
        all.filter(|place| place.function.is_known())
    }

    /// Places of the report and of its innermost frame.
    pub(super) fn all_places(&self) -> impl Iterator<Item = Place> {
        let framed = self.packed.frames().take(1).filter(|frame| frame.file.is_known());
        self.packed.places().chain(framed)
    }

    /// Names of all functions in a place, a patch or anywhere in the stack.
    pub(super) fn every_function(&self) -> impl Iterator<Item = u32> {
        let hunks = self.packed.hunks().map(|hunk| hunk.place);
        let all = self.packed.frames().chain(self.packed.places()).chain(hunks);
        all.map(|place| place.function.last).filter(|name| *name != 0)
    }

    /// Names in its words that are written as variables and functions.
    pub(super) fn variables(&self) -> &[u32] {
        let names = self.packed.names();
        names.get(..self.variables).unwrap_or(names)
    }

    /// Its weaknesses with what they are kinds of, and how many are its own.
    pub(super) fn kinds(&self) -> (&[u32], usize) {
        (self.packed.weaknesses(), self.weaknesses)
    }

    pub(super) fn sketch(&self) -> Option<Sketch> {
        self.packed.sketch()
    }

    /// Bytes this takes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.packed.bytes()
    }
}

/// Names by which directories of a checkout may be called.
fn projects(affected: &[Affected]) -> Vec<String> {
    affected.iter().take(FEW).map(|one| base(&one.identity).to_lowercase()).collect()
}

fn base(identity: &Identity) -> &str {
    match identity {
        Identity::Package { name, .. } => name.rsplit(['/', ':']).next().unwrap_or(name),
        Identity::Product { product, .. } => product,
    }
}

fn package(affected: &Affected) -> Package {
    let identity = &affected.identity;
    let whole = match identity {
        Identity::Package { ecosystem, name } => narrow(&("package", ecosystem.to_string(), name)),
        Identity::Product { vendor, product } => narrow(&("product", vendor, product)),
    };
    Package { whole, name: narrow(base(identity).to_lowercase().as_str()), span: span(affected) }
}

/// The least and the greatest affected version. What is open or not a number reaches to the end.
fn span(affected: &Affected) -> (u64, u64) {
    let lows = affected.ranges.iter().map(|range| bound(&range.from).unwrap_or(0));
    let highs = affected.ranges.iter().map(|range| bound(&range.to).unwrap_or(u64::MAX));
    let listed = || affected.versions.iter().map(|version| rank(version));
    let low = lows.chain(listed().map(|rank| rank.unwrap_or(0))).min();
    let high = highs.chain(listed().map(|rank| rank.unwrap_or(u64::MAX))).max();
    (low.unwrap_or(0), high.unwrap_or(u64::MAX))
}

fn bound(bound: &Bound) -> Option<u64> {
    match bound {
        Bound::Included(version) | Bound::Excluded(version) => rank(version),
        Bound::Open => None,
    }
}

/// The first three numbers of a version in order; enough to see that two ranges lie far apart.
fn rank(version: &str) -> Option<u64> {
    let mut numbers = version.trim_start_matches('v').split(['.', '-', '+', '~', '_']);
    let mut rank = numbers.next()?.parse::<u64>().ok()?.min(0xffff);
    for _ in 0..2 {
        let next = numbers.next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        rank = (rank << 20) | next.min(0xf_ffff);
    }
    Some(rank)
}
