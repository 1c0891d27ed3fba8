//! Under which keys a report is found.

use super::features::{Features, Package, Place};
use super::hash::wide;
use super::trace;

/// Rows of the sketch in one band, and bands: a pair of likeness 0.5 meets with probability 0.55, one of 0.15 with 0.02.
const ROWS: usize = 3;
const BANDS: usize = 6;
/// Most names that are keys.
const NAMES: usize = 12;

/// The keys of a report, the narrowest first.
pub(super) struct Keys {
    pub all: Vec<u64>,
    /// How many of them are narrow: what shares one of these is rarely another bug.
    pub narrow: usize,
    /// How many are of places and not of words; the narrow ones are among them.
    pub places: usize,
}

impl Keys {
    pub fn of(features: &Features) -> Self {
        let mut keys = Self { all: Vec::with_capacity(64), narrow: 0, places: 0 };
        keys.add_narrow(features);
        keys.narrow = keys.all.len();
        keys.add_places(features);
        keys.places = keys.all.len();
        keys.add_words(features);
        keys
    }

    fn add(&mut self, key: u64) {
        if !self.all.contains(&key) {
            self.all.push(key);
        }
    }

    fn add_narrow(&mut self, features: &Features) {
        let packed = &features.packed;
        for id in packed.ids() {
            self.add(wide(&("id", id)));
        }
        for hunk in packed.hunks().filter(|hunk| hunk.removed != 0) {
            self.add(wide(&("lines", hunk.place.file.last, hunk.removed)));
        }
        for package in packed.packages() {
            for place in features.all_places().filter(lined) {
                self.add(near(package, place, place.line / 8));
            }
        }
        // Without the package: a fork, a copy, another name of it.
        for count in [4, 3] {
            if let Some(top) = trace::top(features, count) {
                self.add(wide(&("stack", count, top)));
            }
        }
    }

    fn add_places(&mut self, features: &Features) {
        for place in features.functions().filter(|place| place.file.is_known()) {
            for package in features.packed.packages() {
                self.add(wide(&("function", package.name, place.file.last, place.function.last)));
            }
            self.add(wide(&("anywhere", place.file.last, place.function.last)));
        }
        if let Some(package) = features.packed.packages().next() {
            for place in features.functions() {
                self.add(wide(&("name", package.name, place.function.last)));
            }
        }
    }

    fn add_words(&mut self, features: &Features) {
        let Some(package) = features.packed.packages().next() else { return };
        for name in features.packed.names().iter().take(NAMES) {
            self.add(wide(&("name", package.name, *name)));
        }
        if let Some(text) = features.sketch() {
            for (band, bytes) in text.bands(ROWS).take(BANDS) {
                self.add(wide(&("words", package.name, band, bytes)));
            }
        }
    }
}

/// Keys under which reports of lines just above and just below are.
pub(super) fn neighbours(features: &Features) -> Vec<u64> {
    let mut keys = Vec::new();
    for package in features.packed.packages() {
        for place in features.all_places().filter(lined) {
            let block = place.line / 8;
            let beside = [block.checked_sub(1), block.checked_add(1)];
            keys.extend(beside.into_iter().flatten().map(|block| near(package, place, block)));
        }
    }
    keys
}

fn lined(place: &Place) -> bool {
    place.line > 0 && place.function.is_known()
}

fn near(package: Package, place: Place, block: u32) -> u64 {
    wide(&("near", package.whole, place.file.last, place.function.last, block))
}
