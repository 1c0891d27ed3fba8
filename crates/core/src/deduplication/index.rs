//! Which of the reports so far may have the root cause of a new one, without looking at all of them.
//!
//! A report is filed under some keys; only reports that share a key are compared. A bucket takes a fixed number of
//! reports, so a key that too many share stops telling anything (a stop key) and the narrower keys have to do. Nothing
//! is ever scanned: the work for a report, and the memory, are bounded whatever the others look like.

use std::collections::HashMap;
use std::hash::Hash;

use hashbrown::HashTable;

use super::compare::{Comparison, Likeness, Verdict};
use super::features::{Features, Package};
use super::hash::wide;

/// Most reports under one key.
pub const BUCKET: usize = 24;
/// Most reports of one cluster under one key, so that a much-reported bug leaves room for others.
const OF_ONE_CLUSTER: usize = 6;
/// Most reports one report is compared with: those that share the most keys.
pub const COMPARED: usize = 24;
/// Most places in buckets that are looked at for one report.
const LOOKED_AT: usize = 600;
/// Most likely ones that are named for one report.
pub const NAMED: usize = 4;
/// Rows of the sketch in one band, and bands: a pair of likeness 0.5 meets with probability 0.74, one of 0.15 with 0.03.
const ROWS: usize = 3;
const BANDS: usize = 10;
/// Rows of the bands that are kept without the package: rarer, so that a bucket of everybody does not fill at once.
const WIDE_ROWS: usize = 8;
/// Bits of an entry that name the report; the others are of the key.
const NUMBER_BITS: u32 = 28;

/// Where a report is compared with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<Id> {
    /// The earlier report.
    pub id: Id,
    /// What the comparison says.
    pub likeness: Likeness,
}

/// What the reports so far say of a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<Id> {
    /// The earliest report with certainly the same root cause.
    pub certain: Option<Match<Id>>,
    /// Others that may have it, of other clusters, the most likely first.
    pub likely: Vec<Match<Id>>,
}

impl<Id> Default for Answer<Id> {
    fn default() -> Self {
        Self { certain: None, likely: Vec::new() }
    }
}

struct Entry<Id> {
    id: Id,
    /// Cluster, as a link towards its first report.
    parent: u32,
    /// Gone when it was retired, or when every bucket it would be found in is full.
    features: Option<Box<Features>>,
}

/// The reports so far, under their keys.
pub struct Index<Id> {
    entries: Vec<Entry<Id>>,
    numbers: HashMap<Id, u32>,
    /// Key and number of a report in one word each.
    buckets: HashTable<u64>,
    bytes: usize,
}

impl<Id> Default for Index<Id> {
    fn default() -> Self {
        Self { entries: Vec::new(), numbers: HashMap::new(), buckets: HashTable::new(), bytes: 0 }
    }
}

impl<Id> std::fmt::Debug for Index<Id> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("reports", &self.entries.len())
            .field("keys", &self.buckets.len())
            .finish()
    }
}

impl<Id: Copy + Eq + Hash> Index<Id> {
    /// What the reports so far say of one that is not among them.
    pub fn look_up(&self, features: &Features) -> Answer<Id> {
        self.answer(features, &keys(features))
    }

    /// What the reports so far say of a new one, which is then filed: with the one it certainly is like, or alone.
    pub fn take(&mut self, id: Id, features: Features) -> Answer<Id> {
        let keys = keys(&features);
        let answer = self.answer(&features, &keys);
        self.place(id, features, &keys, answer.certain.as_ref().map(|found| found.id));
        answer
    }

    fn answer(&self, features: &Features, keys: &Keys) -> Answer<Id> {
        let mut answer = Answer::default();
        let mut likely: Vec<(i32, u32, Comparison)> = Vec::new();
        let mut certain: Option<(u32, Comparison)> = None;
        for number in self.candidates(keys, &neighbours(features)) {
            let Some(other) = self.features(number) else { continue };
            let comparison = Comparison::of(features, other);
            match comparison.verdict() {
                Verdict::Certain if certain.is_none_or(|(least, _)| number < least) => {
                    if let Some((previous, was)) = certain.replace((number, comparison)) {
                        likely.push((i32::MAX, previous, was));
                    }
                }
                // Two clusters that one report joins: a person decides on the second.
                Verdict::Certain => likely.push((i32::MAX, number, comparison)),
                Verdict::Likely => likely.push((comparison.points(), number, comparison)),
                Verdict::Separate => {}
            }
        }
        let cluster = certain.map(|(number, _)| self.root(number));
        answer.certain = certain.and_then(|(number, comparison)| self.found(number, &comparison));
        likely.sort_unstable_by_key(|(points, number, _)| (std::cmp::Reverse(*points), *number));
        let mut seen: Vec<u32> = cluster.into_iter().collect();
        for (_, number, comparison) in likely {
            let root = self.root(number);
            if answer.likely.len() < NAMED && !seen.contains(&root) {
                seen.push(root);
                answer.likely.extend(self.found(number, &comparison));
            }
        }
        answer
    }

    /// Files a report, in the cluster of `same_as` if that is given and known. Filing one again changes nothing.
    pub fn insert(&mut self, id: Id, features: Features, same_as: Option<Id>) {
        let keys = keys(&features);
        self.place(id, features, &keys, same_as);
    }

    fn place(&mut self, id: Id, features: Features, keys: &Keys, same_as: Option<Id>) {
        let full = self.entries.len() >> NUMBER_BITS != 0;
        if self.numbers.contains_key(&id) || full {
            return;
        }
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let root = same_as.and_then(|same| self.numbers.get(&same)).map_or(number, |same| self.root(*same));
        self.numbers.insert(id, number);
        self.entries.push(Entry { id, parent: root, features: None });
        let mut filed = false;
        for key in &keys.all {
            filed |= self.file(*key, number, root);
        }
        if filed {
            self.bytes += features.bytes();
            self.entries[number as usize].features = Some(Box::new(features));
        }
    }

    /// Puts two reports' clusters together.
    pub fn unite(&mut self, one: Id, other: Id) {
        let (Some(one), Some(other)) = (self.numbers.get(&one), self.numbers.get(&other)) else { return };
        let (one, other) = (self.root(*one), self.root(*other));
        let (first, second) = (one.min(other), one.max(other));
        self.entries[second as usize].parent = first;
    }

    /// Takes a report out, so that nothing is found to be like it any more.
    pub fn retire(&mut self, id: Id) {
        if let Some(number) = self.numbers.get(&id)
            && let Some(features) = self.entries[*number as usize].features.take()
        {
            self.bytes -= features.bytes();
        }
    }

    /// Whether both are in one cluster.
    pub fn together(&self, one: Id, other: Id) -> bool {
        match (self.numbers.get(&one), self.numbers.get(&other)) {
            (Some(one), Some(other)) => self.root(*one) == self.root(*other),
            _ => false,
        }
    }

    /// How two reports compare, when both are here.
    pub fn compare(&self, one: Id, other: Id) -> Option<Likeness> {
        let features = |id| self.numbers.get(&id).and_then(|number| self.features(*number));
        Some(Comparison::of(features(one)?, features(other)?).likeness())
    }

    /// How many reports were filed.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes held, about: what was asked for, without what the allocator adds.
    pub fn bytes(&self) -> usize {
        let numbers = self.numbers.capacity() * (size_of::<(Id, u32)>() + 1);
        self.bytes
            + numbers
            + self.entries.capacity() * size_of::<Entry<Id>>()
            + self.buckets.allocation_size()
    }

    fn features(&self, number: u32) -> Option<&Features> {
        self.entries.get(number as usize)?.features.as_deref()
    }

    fn found(&self, number: u32, comparison: &Comparison) -> Option<Match<Id>> {
        let entry = self.entries.get(number as usize)?;
        Some(Match { id: entry.id, likeness: comparison.likeness() })
    }

    fn root(&self, number: u32) -> u32 {
        let mut at = number;
        while let Some(entry) = self.entries.get(at as usize)
            && entry.parent != at
        {
            at = entry.parent;
        }
        at
    }

    /// The reports that share the most keys with one, a narrow key counting as three.
    fn candidates(&self, keys: &Keys, beside: &[u64]) -> Vec<u32> {
        let mut hits: Vec<u32> = Vec::with_capacity(256);
        let narrow = keys.all.iter().take(keys.narrow).chain(beside).map(|key| (key, 3));
        for (key, weight) in narrow.chain(keys.all.iter().skip(keys.narrow).map(|key| (key, 1))) {
            for number in self.bucket(*key) {
                hits.extend(std::iter::repeat_n(number, weight));
            }
            if hits.len() >= LOOKED_AT {
                break;
            }
        }
        hits.sort_unstable();
        let mut counted: Vec<(usize, u32)> =
            hits.chunk_by(|a, b| a == b).map(|same| (same.len(), same[0])).collect();
        if counted.len() > COMPARED {
            counted
                .select_nth_unstable_by_key(COMPARED, |(count, number)| (std::cmp::Reverse(*count), *number));
            counted.truncate(COMPARED);
        }
        counted.into_iter().map(|(_, number)| number).collect()
    }

    fn bucket(&self, key: u64) -> impl Iterator<Item = u32> {
        let same = move |entry: &&u64| (**entry >> NUMBER_BITS) == (key >> NUMBER_BITS);
        let number = |entry: &u64| u32::try_from(entry & ((1 << NUMBER_BITS) - 1)).unwrap_or(u32::MAX);
        self.buckets.iter_hash(spread(key)).filter(same).map(number)
    }

    /// Files a report under a key, unless the bucket is full.
    fn file(&mut self, key: u64, number: u32, root: u32) -> bool {
        let all = self.bucket(key).count();
        let own = || self.bucket(key).filter(|other| self.root(*other) == root).count();
        if all >= BUCKET || all >= OF_ONE_CLUSTER && own() >= OF_ONE_CLUSTER {
            return false;
        }
        let entry = (key >> NUMBER_BITS << NUMBER_BITS) | u64::from(number);
        self.buckets.insert_unique(spread(key), entry, |entry| spread(*entry));
        true
    }
}

/// The hash of an entry, which only its key's bits may decide.
fn spread(entry: u64) -> u64 {
    (entry >> NUMBER_BITS)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(23)
        .wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// The keys of a report.
struct Keys {
    /// The narrowest first.
    all: Vec<u64>,
    /// How many of them are narrow: what shares one of these is rarely another bug.
    narrow: usize,
}

fn keys(features: &Features) -> Keys {
    let mut keys: Vec<u64> = features.ids.iter().map(|id| wide(&("id", id))).collect();
    keys.extend(
        features.hunks.iter().filter(|h| h.removed != 0).map(|h| wide(&("lines", h.file.last, h.removed))),
    );
    for package in &features.packages {
        keys.extend(features.all_places().filter_map(|place| {
            let function = place.function?;
            (place.line > 0).then(|| near(package, place.file.last, function.last, place.line / 8))
        }));
    }
    // Without the package: a fork, a copy, another name of it.
    for count in [4, 3] {
        keys.extend(super::trace::top(&features.frames, count).map(|top| wide(&("stack", count, top))));
    }
    let narrow = keys.len();
    for package in &features.packages {
        let functions = features.functions().filter_map(|(file, function)| {
            Some(wide(&("function", package.name, file?.last, function.last)))
        });
        keys.extend(functions);
    }
    keys.extend(features.functions().filter_map(|(file, f)| Some(wide(&("anywhere", file?.last, f.last)))));
    for package in features.packages.iter().take(1) {
        let functions = features.functions().map(|(_, function)| function.last);
        let names = functions.chain(features.names.iter().copied());
        keys.extend(names.map(|name| wide(&("name", package.name, name))));
    }
    if let Some(text) = &features.text {
        keys.extend(text.bands(WIDE_ROWS).map(|(band, bytes)| wide(&("text", band, bytes))));
        for package in features.packages.iter().take(1) {
            let bands = text.bands(ROWS).take(BANDS);
            keys.extend(bands.map(|(band, bytes)| wide(&("words", package.name, band, bytes))));
        }
    }
    let mut all: Vec<u64> = Vec::with_capacity(keys.len());
    let mut kept = 0;
    for (at, key) in keys.into_iter().enumerate() {
        if !all.contains(&key) {
            all.push(key);
            kept += usize::from(at < narrow);
        }
    }
    Keys { all, narrow: kept }
}

/// Keys under which reports of lines just above and just below are.
fn neighbours(features: &Features) -> Vec<u64> {
    let mut keys = Vec::new();
    for package in &features.packages {
        for place in features.all_places().filter(|place| place.line > 0) {
            let Some(function) = place.function else { continue };
            let block = place.line / 8;
            for next in [block.checked_sub(1), block.checked_add(1)].into_iter().flatten() {
                keys.push(near(package, place.file.last, function.last, next));
            }
        }
    }
    keys
}

fn near(package: &Package, file: u32, function: u32, block: u32) -> u64 {
    wide(&("near", package.whole, file, function, block))
}
