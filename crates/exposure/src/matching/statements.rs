//! What an affected entry says of versions, read once and put in order.

use crate::affected::Affected;
use crate::range::ParsedRange;
use crate::version::{Scheme, Version};

/// The versions of an entry under a scheme.
#[derive(Clone, Debug)]
pub(super) struct Statements {
    /// Beside each range as written; `None` when a bound cannot be read.
    pub(super) ranges: Vec<Option<ParsedRange>>,
    pub(super) listed: Listed,
}

/// Listed versions, found without going through all of them: records list a thousand, and are asked about each.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// Places in the list, in order of the texts; of equal ones the first place comes first.
    by_text: Vec<usize>,
    /// The versions that could be read and their places, in order.
    by_version: Vec<(Version, usize)>,
}

impl Statements {
    pub(super) fn new(affected: &Affected, scheme: Option<Scheme>) -> Self {
        let range = |range| scheme.and_then(|scheme| ParsedRange::new(range, scheme).ok());
        let ranges = affected.ranges.iter().map(range).collect();
        Self { ranges, listed: Listed::new(&affected.versions, scheme) }
    }
}

impl Listed {
    fn new(written: &[String], scheme: Option<Scheme>) -> Self {
        let mut by_text: Vec<usize> = (0..written.len()).collect();
        by_text.sort_by_key(|place| text(written, *place));
        let read = |(text, place): (&String, usize)| Some((scheme?.parse(text).ok()?, place));
        let mut by_version: Vec<_> = written.iter().zip(0..).filter_map(read).collect();
        by_version.sort_unstable();
        Self { by_text, by_version }
    }

    /// The place of the first that has this text, or is this version; `written` is the list as it was given.
    pub(super) fn find(&self, written: &[String], wanted: &str, version: Option<&Version>) -> Option<usize> {
        let at = self.by_text.partition_point(|place| text(written, *place) < wanted);
        let by_text = self.by_text.get(at).filter(|place| text(written, **place) == wanted);
        let by_version = version.and_then(|version| {
            let at = self.by_version.partition_point(|(other, _)| other < version);
            self.by_version.get(at).filter(|(other, _)| other == version)
        });
        by_text.into_iter().chain(by_version.map(|(_, place)| place)).min().copied()
    }

    /// Those that could be read, in order.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Version> {
        self.by_version.iter().map(|(version, _)| version)
    }

    /// True when every one could be read.
    pub(super) fn all_read(&self) -> bool {
        self.by_version.len() == self.by_text.len()
    }
}

fn text(written: &[String], place: usize) -> &str {
    written.get(place).map_or("", |text| text.trim())
}
