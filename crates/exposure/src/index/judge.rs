//! The rules asked once for each run of versions on which they must say the same.
//!
//! The versions of a package are in order, so every rule of a match cuts them into a few runs: at the ends of a
//! range, around a listed version, and where one line of versions ends and the next begins. Binary searches find
//! the cuts; one version of each run then stands for all of it.

use std::cell::OnceCell;
use std::ops::Range;

use super::directory::Directory;
use crate::matching::{Hit, Kinship, Matcher};
use crate::version::Version;

/// The versions of a package in their order, read when they are looked at.
struct Ranks<'a> {
    directory: &'a Directory,
    matcher: &'a Matcher<'a>,
    first: u32,
    read: Vec<OnceCell<Option<Box<Version>>>>,
}

impl Ranks<'_> {
    fn text(&self, rank: usize) -> Option<&str> {
        self.directory.version(self.first + super::texts::number(rank))
    }

    fn version(&self, rank: usize) -> Option<&Version> {
        let read = || self.matcher.read(self.text(rank)?).map(Box::new);
        self.read.get(rank)?.get_or_init(read).as_deref()
    }

    /// The end of those at the start of the range that satisfy a test.
    fn partition(&self, within: Range<usize>, test: impl Fn(&Version) -> bool) -> usize {
        let Range { mut start, mut end } = within;
        while start < end {
            let middle = start + (end - start) / 2;
            if self.version(middle).is_some_and(&test) { start = middle + 1 } else { end = middle }
        }
        start
    }

    /// [`partition`](Self::partition) where mostly the first fails already.
    fn few(&self, within: Range<usize>, test: impl Fn(&Version) -> bool) -> usize {
        let Range { start, end } = within;
        let none = start == end || !self.version(start).is_some_and(&test);
        if none { start } else { self.partition(start + 1..end, test) }
    }

    /// Below, equal to and above a version: the two places between.
    fn around(&self, version: &Version) -> [usize; 2] {
        let below = self.partition(0..self.read.len(), |other| other < version);
        [below, self.few(below..self.read.len(), |other| other <= version)]
    }

    /// The places between lines of versions, beside the line of this one: versions of a line are neighbours, and
    /// mostly all are of one line.
    fn line(&self, version: &Version, [below, above]: [usize; 2]) -> [usize; 2] {
        let start = self.few(0..below, |other| !other.comparable(version));
        let last = self.read.len().checked_sub(1).and_then(|last| self.version(last));
        let end = match last {
            Some(last) if last.comparable(version) => self.read.len(),
            _ => self.partition(above..self.read.len(), |other| other.comparable(version)),
        };
        [start, end]
    }

    fn cuts(&self) -> Vec<usize> {
        let mut cuts = vec![0, self.read.len()];
        for end in self.matcher.range_ends() {
            let around = self.around(end);
            cuts.extend(around);
            cuts.extend(self.line(end, around));
        }
        for listed in self.matcher.listed() {
            cuts.extend(self.around(listed));
        }
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }
}

/// Which of a package's variants are covered, and how; the kinship of each variant is not looked at yet.
pub(super) fn judge(directory: &Directory, package: u32, matcher: &Matcher<'_>) -> Vec<(Range<u32>, Hit)> {
    let (ranked, others) = directory.variants_of(package);
    let ranks = Ranks {
        directory,
        matcher,
        first: ranked.start,
        read: std::iter::repeat_with(OnceCell::new).take(ranked.len()).collect(),
    };
    let mut covered = Vec::new();
    for run in ranks.cuts().windows(2) {
        let &[start, end] = run else { continue };
        if let Some(hit) = matcher.judge(Kinship::Same, ranks.text(start), ranks.version(start)) {
            let place = |rank: usize| ranked.start + super::texts::number(rank);
            covered.push((place(start)..place(end), hit));
        }
    }
    // What no order places is asked about one by one.
    for variant in others {
        if let Some(hit) = matcher.judge(Kinship::Same, directory.version(variant), None) {
            covered.push((variant..variant + 1, hit));
        }
    }
    covered
}
