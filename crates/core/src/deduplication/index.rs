//! Which of the reports so far may have the root cause of a new one, without looking at all of them.
//!
//! A report is filed under some keys, together with the reports it has one root cause with; only clusters that share
//! a key are compared. A bucket takes a fixed number of clusters, so a key that too many share stops telling anything
//! (a stop key) and the narrower keys have to do. Nothing is ever scanned: the work for a report, and the memory, are
//! bounded whatever the others look like.

use std::collections::HashMap;
use std::hash::Hash;

use hashbrown::HashTable;

use super::cluster::Judgement;
use super::compare::Comparison;
use super::features::Features;
use super::keys::{Keys, neighbours};
use super::reason::{Likeness, Rule, Verdict};

/// Most clusters under one key.
pub const BUCKET: usize = 24;
/// Most reports of one cluster that are kept to be compared: the first, and those that showed something new.
pub const KEPT: usize = 6;
/// Most clusters one report is compared with: those that share the most and the rarest keys.
pub const COMPARED: usize = 5;
/// Most likely ones that are named for one report.
pub const NAMED: usize = 1;
/// Most places in buckets that are looked at for one report.
const LOOKED_AT: usize = 600;
/// Least weight of the keys a cluster shares with a report that is compared with it: half a name that nobody else has.
const LIGHTEST: u32 = 12;
/// Bits of an entry that name the report; the others are of the key.
const NUMBER_BITS: u32 = 28;
/// Stands for no report.
const NONE: u32 = u32::MAX;

/// Where a report is compared with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<Id> {
    /// The earlier report: of its cluster the one that is most like the new one.
    pub id: Id,
    /// What the comparison says.
    pub likeness: Likeness,
}

/// What the reports so far say of a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<Id> {
    /// The cluster with certainly the same root cause: the earliest of them.
    pub certain: Option<Match<Id>>,
    /// Other clusters with certainly the same root cause: the new report shows that they are one.
    pub joined: Vec<Match<Id>>,
    /// The most likely other cluster.
    pub likely: Vec<Match<Id>>,
}

impl<Id> Default for Answer<Id> {
    fn default() -> Self {
        Self { certain: None, joined: Vec::new(), likely: Vec::new() }
    }
}

/// The reports so far, under their keys.
pub struct Index<Id> {
    ids: Vec<Id>,
    /// Cluster, as a link towards its first report.
    parents: Vec<u32>,
    /// The next report of the cluster that is kept, in a circle; `NONE` for one that is not kept.
    next: Vec<u32>,
    /// Gone when it was retired, or when it showed nothing new.
    features: Vec<Option<Features>>,
    numbers: HashMap<Id, u32>,
    /// Key and number of a report in one word each.
    buckets: HashTable<u64>,
    /// Reports whose clusters a person keeps apart, each way.
    apart: HashMap<u32, Vec<u32>>,
    bytes: usize,
}

impl<Id> Default for Index<Id> {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            parents: Vec::new(),
            next: Vec::new(),
            features: Vec::new(),
            numbers: HashMap::new(),
            buckets: HashTable::new(),
            apart: HashMap::new(),
            bytes: 0,
        }
    }
}

impl<Id> std::fmt::Debug for Index<Id> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("reports", &self.ids.len())
            .field("keys", &self.buckets.len())
            .finish_non_exhaustive()
    }
}

/// A cluster that was compared with a new report.
struct Candidate {
    root: u32,
    /// The report of it that is most like the new one.
    number: u32,
    judgement: Judgement,
}

impl<Id: Copy + Eq + Hash> Index<Id> {
    /// What the reports so far say of one that is not among them.
    pub fn look_up(&self, features: &Features) -> Answer<Id> {
        self.answer(features, &Keys::of(features))
    }

    /// What the reports so far say of a new one, which is then filed: with the one it certainly is like, or alone.
    /// Clusters that it shows to be one stay apart until [`Index::unite`] puts them together.
    pub fn take(&mut self, id: Id, features: Features) -> Answer<Id> {
        let keys = Keys::of(&features);
        let answer = self.answer(&features, &keys);
        self.place(id, features, &keys, answer.certain.as_ref().map(|found| found.id));
        answer
    }

    fn answer(&self, features: &Features, keys: &Keys) -> Answer<Id> {
        let mut all: Vec<Candidate> = Vec::with_capacity(COMPARED);
        for root in self.candidates(keys, &neighbours(features)) {
            let members: Vec<u32> = self.members(root).collect();
            let known = members.iter().filter_map(|number| self.features(*number));
            if let Some(judgement) = Judgement::of(features, known)
                && judgement.verdict() > Verdict::Separate
            {
                let number = members.get(judgement.best).copied().unwrap_or(root);
                all.push(Candidate { root, number, judgement });
            }
        }
        let rivalled: Vec<bool> = all.iter().map(|one| self.is_rivalled(one, &all)).collect();
        let mut at = 0;
        let (mut certain, mut likely): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| {
            at += 1;
            one.judgement.verdict() == Verdict::Certain && !rivalled[at - 1]
        });
        certain.sort_unstable_by_key(|one| one.root);
        let mut answer = Answer::default();
        let mut taken: Vec<u32> = Vec::new();
        for one in certain {
            if taken.iter().any(|root| self.kept_apart(*root, one.root)) {
                likely.push(one);
                continue;
            }
            taken.push(one.root);
            let found = self.found(&one);
            if answer.certain.is_none() {
                answer.certain = Some(found);
            } else {
                answer.joined.push(found);
            }
        }
        likely.sort_unstable_by_key(|one| (std::cmp::Reverse(one.judgement.points()), one.root));
        let asked = |one: &Candidate| taken.iter().any(|root| self.kept_apart(*root, one.root));
        answer.likely =
            likely.iter().filter(|one| !asked(one)).take(NAMED).map(|one| self.found(one)).collect();
        answer
    }

    /// Whether the words fit another cluster of the same function as well, and the two are told apart by something.
    fn is_rivalled(&self, one: &Candidate, all: &[Candidate]) -> bool {
        if one.judgement.rule().is_none_or(|rule| rule < Rule::Line) {
            return false;
        }
        all.iter().any(|other| {
            other.root != one.root
                && other.judgement.one_function
                && other.judgement.shared + 1 >= one.judgement.shared
                && self.opposed(one.root, other.root)
        })
    }

    /// Whether something in the reports of two clusters says that they have different causes.
    fn opposed(&self, one: u32, other: u32) -> bool {
        let features = |root| self.members(root).filter_map(|number| self.features(number));
        features(one).any(|a| {
            features(other).any(|b| {
                let pair = Comparison::of(a, b);
                pair.contradicted() || pair.other_hunk
            })
        })
    }

    /// Files a report, in the cluster of `same_as` if that is given and known. Filing one again changes nothing.
    pub fn insert(&mut self, id: Id, features: Features, same_as: Option<Id>) {
        let keys = Keys::of(&features);
        self.place(id, features, &keys, same_as);
    }

    fn place(&mut self, id: Id, features: Features, keys: &Keys, same_as: Option<Id>) {
        let full = self.ids.len() >> NUMBER_BITS != 0;
        if self.numbers.contains_key(&id) || full {
            return;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(NONE);
        let root = same_as.and_then(|same| self.numbers.get(&same)).map_or(number, |same| self.root(*same));
        self.numbers.insert(id, number);
        self.ids.push(id);
        self.parents.push(root);
        self.next.push(number);
        self.features.push(None);
        let mut filed = false;
        if root == number || self.members(root).count() < KEPT {
            for key in &keys.all {
                filed |= self.file(*key, number, root);
            }
        }
        if filed || root == number {
            self.bytes += features.bytes();
            self.features[number as usize] = Some(features);
        }
        if filed && root != number {
            self.link(root, number);
        } else if root != number {
            self.next[number as usize] = NONE;
        }
    }

    /// Puts two reports' clusters together.
    pub fn unite(&mut self, one: Id, other: Id) {
        let (Some(one), Some(other)) = (self.numbers.get(&one), self.numbers.get(&other)) else { return };
        let (one, other) = (self.root(*one), self.root(*other));
        if one == other {
            return;
        }
        let (first, second) = (one.min(other), one.max(other));
        self.parents[second as usize] = first;
        self.link(first, second);
    }

    /// Says that two reports have different causes: their clusters are not joined through a third, nor named again.
    pub fn keep_apart(&mut self, one: Id, other: Id) {
        let (Some(one), Some(other)) = (self.numbers.get(&one), self.numbers.get(&other)) else { return };
        // By the first of each: it stays where its cluster is found, whatever that is joined with.
        let (one, other) = (self.root(*one), self.root(*other));
        self.apart.entry(one).or_default().push(other);
        self.apart.entry(other).or_default().push(one);
    }

    fn kept_apart(&self, one: u32, other: u32) -> bool {
        if self.apart.is_empty() {
            return false;
        }
        let (one, other) = (self.root(one), self.root(other));
        self.circle(one).take(LOOKED_AT).any(|member| {
            let apart = self.apart.get(&member);
            apart.is_some_and(|apart| apart.iter().any(|number| self.root(*number) == other))
        })
    }

    /// Takes a report out, so that nothing is found to be like it any more.
    pub fn retire(&mut self, id: Id) {
        if let Some(number) = self.numbers.get(&id)
            && let Some(features) = self.features[*number as usize].take()
        {
            self.bytes -= features.bytes();
        }
    }

    /// The first reports of the clusters of two, the earlier one first: all their pairs are one question.
    pub fn question(&self, one: Id, other: Id) -> Option<(Id, Id)> {
        let first = |id| self.numbers.get(&id).map(|number| self.root(*number));
        let (one, other) = (first(one)?, first(other)?);
        let id = |number: u32| self.ids.get(number as usize).copied();
        Some((id(one.min(other))?, id(one.max(other))?))
    }

    /// Whether both are in one cluster.
    pub fn together(&self, one: Id, other: Id) -> bool {
        match (self.numbers.get(&one), self.numbers.get(&other)) {
            (Some(one), Some(other)) => self.root(*one) == self.root(*other),
            _ => false,
        }
    }

    /// How many reports were filed.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Bytes held, about: what was asked for, without what the allocator adds.
    pub fn bytes(&self) -> usize {
        let numbers = self.numbers.capacity() * (size_of::<(Id, u32)>() + 1);
        let each = size_of::<Id>() + 2 * size_of::<u32>() + size_of::<Option<Features>>();
        self.bytes + numbers + self.ids.capacity() * each + self.buckets.allocation_size()
    }

    fn features(&self, number: u32) -> Option<&Features> {
        self.features.get(number as usize)?.as_ref()
    }

    fn found(&self, candidate: &Candidate) -> Match<Id> {
        Match { id: self.ids[candidate.number as usize], likeness: candidate.judgement.likeness() }
    }

    fn root(&self, number: u32) -> u32 {
        let mut at = number;
        while let Some(parent) = self.parents.get(at as usize)
            && *parent != at
        {
            at = *parent;
        }
        at
    }

    /// Puts the circles of two reports into one.
    fn link(&mut self, one: u32, other: u32) {
        self.next.swap(one as usize, other as usize);
    }

    /// Kept reports of a cluster that were not retired, the first of them first.
    fn members(&self, root: u32) -> impl Iterator<Item = u32> {
        self.circle(root).filter(|number| self.features(*number).is_some()).take(KEPT)
    }

    fn circle(&self, root: u32) -> impl Iterator<Item = u32> {
        let mut at = Some(root);
        std::iter::from_fn(move || {
            let now = at?;
            let next = self.next.get(now as usize).copied().unwrap_or(NONE);
            at = (next != root && next != NONE).then_some(next);
            Some(now)
        })
    }

    /// The clusters that share the most with a report: a key counts the more, the fewer have it.
    fn candidates(&self, keys: &Keys, beside: &[u64]) -> Vec<u32> {
        let mut hits: Vec<(u32, u32)> = Vec::with_capacity(128);
        let mut looked_at = 0;
        let narrow = keys.all.iter().take(keys.narrow).chain(beside).map(|key| (key, 6));
        let rest = keys.all.iter().enumerate().skip(keys.narrow);
        let rest = rest.map(|(at, key)| (key, if at < keys.places { 3 } else { 1 }));
        let mut bucket: Vec<u32> = Vec::with_capacity(BUCKET);
        for (key, weight) in narrow.chain(rest) {
            bucket.clear();
            bucket.extend(self.bucket(*key));
            looked_at += bucket.len();
            let each = weight * 24 / u32::try_from(bucket.len().max(1)).unwrap_or(1);
            hits.extend(bucket.iter().map(|number| (self.root(*number), each)));
            if looked_at >= LOOKED_AT {
                break;
            }
        }
        hits.sort_unstable();
        let mut counted: Vec<(u32, u32)> = hits
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| (same.iter().map(|(_, weight)| weight).sum(), same[0].0))
            .filter(|(weight, _)| *weight >= LIGHTEST)
            .collect();
        if counted.len() > COMPARED {
            let order = |(weight, root): &(u32, u32)| (std::cmp::Reverse(*weight), *root);
            counted.select_nth_unstable_by_key(COMPARED, order);
            counted.truncate(COMPARED);
        }
        counted.into_iter().map(|(_, root)| root).collect()
    }

    fn bucket(&self, key: u64) -> impl Iterator<Item = u32> {
        let same = move |entry: &&u64| (**entry >> NUMBER_BITS) == (key >> NUMBER_BITS);
        let number = |entry: &u64| u32::try_from(entry & ((1 << NUMBER_BITS) - 1)).unwrap_or(NONE);
        self.buckets.iter_hash(spread(key)).filter(same).map(number)
    }

    /// Files a report under a key, unless its cluster is there or the bucket is full.
    fn file(&mut self, key: u64, number: u32, root: u32) -> bool {
        let mut all = 0;
        for other in self.bucket(key) {
            all += 1;
            if all >= BUCKET || root != number && self.root(other) == root {
                return false;
            }
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
