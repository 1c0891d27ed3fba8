//! What of a report is compared.

use forewarn_exposure::{Affected, Bound, Identity};

use super::frame::Frame;
use super::function::function;
use super::hash::{Name, narrow};
use super::patch::{self, Hunk};
use super::text::Sketch;
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

/// A place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: Name,
    pub function: Option<Name>,
    /// 0 where it is not given.
    pub line: u32,
}

/// What of a report is compared with other reports: hashes and numbers, none of its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    pub(super) ids: Box<[u32]>,
    pub(super) packages: Box<[Package]>,
    pub(super) weaknesses: Box<[u32]>,
    pub(super) places: Box<[Place]>,
    pub(super) frames: Box<[Frame]>,
    pub(super) fault: u32,
    pub(super) write: Option<bool>,
    pub(super) hunks: Box<[Hunk]>,
    pub(super) harness: u32,
    /// Names of code in the words.
    pub(super) names: Box<[u32]>,
    pub(super) text: Option<Sketch>,
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
            let function = place.function.as_deref().and_then(function);
            Some(Place { file, function, line: place.line.unwrap_or(0) })
        });
        let ids: Vec<u32> = vulnerability_ids(report).map(|id| narrow(id.as_str())).collect();
        let packages = report.affected.iter().take(FEW).map(package);
        let harness = report.provenance.as_ref().map_or(0, |p| narrow(&(&p.harness, &p.model)));
        let (text, names) = Sketch::of(&[&report.title, &report.description]);
        Self {
            ids: ids.into(),
            packages: packages.collect(),
            weaknesses: report.weaknesses.iter().filter_map(|id| weakness::number(id)).take(FEW).collect(),
            places: places.collect(),
            frames: traced.frames.into(),
            fault: traced.fault,
            write: traced.write,
            hunks: hunks.into(),
            harness,
            names: names.into(),
            text,
        }
    }

    /// Functions it points at: places, the innermost frames, what a patch changes.
    pub(super) fn functions(&self) -> impl Iterator<Item = (Option<Name>, Name)> {
        let places = self.places.iter().filter_map(|place| Some((Some(place.file), place.function?)));
        let frames = self.frames.iter().take(3).map(|frame| (frame.file, frame.function));
        let hunks = self.hunks.iter().filter_map(|hunk| Some((Some(hunk.file), hunk.function?)));
        places.chain(hunks).chain(frames)
    }

    /// Bytes this takes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.ids)
            + size_of_val(&*self.packages)
            + size_of_val(&*self.weaknesses)
            + size_of_val(&*self.places)
            + size_of_val(&*self.frames)
            + size_of_val(&*self.hunks)
            + size_of_val(&*self.names)
    }

    /// Places of the report and of its innermost frame.
    pub(super) fn all_places(&self) -> impl Iterator<Item = Place> {
        let framed = self.frames.iter().take(1).filter_map(|frame| {
            Some(Place { file: frame.file?, function: Some(frame.function), line: frame.line })
        });
        self.places.iter().copied().chain(framed)
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
    Package { whole, name: narrow(&base(identity).to_lowercase()), span: span(affected) }
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
