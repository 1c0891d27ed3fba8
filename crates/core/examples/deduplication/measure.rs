//! Precision and recall against the truth, and what it costs.

use std::collections::{HashMap, HashSet};

use forewarn_core::deduplication::{Answer, Features, Index, Rule};
use forewarn_core::finding::root_cause_keys;

use super::bugs::Near;
use super::families::{Kind, Known, World};

/// Clusters as links towards a first member.
struct Clusters(Vec<u32>);

impl Clusters {
    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            self.0[at as usize] = self.0[self.0[at as usize] as usize];
            at = self.0[at as usize];
        }
        at
    }

    fn unite(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other) as usize] = one.min(other);
    }
}

/// Precision and recall over pairs, and how many clusters are as they should be.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    pub precision: f64,
    pub recall: f64,
    /// Of the clusters made, those with reports of one bug only.
    pub pure: f64,
    /// Of the bugs, those whose reports are all in one cluster.
    pub whole: f64,
}

fn quality(clusters: &mut Clusters, truth: &[u32]) -> Quality {
    let mut cells: HashMap<(u32, u32), u64> = HashMap::new();
    for (at, bug) in (0..).zip(truth) {
        *cells.entry((clusters.root(at), *bug)).or_default() += 1;
    }
    let pairs = |count: u64| (count * count.saturating_sub(1) / 2) as f64;
    let mut made: HashMap<u32, (u64, u64)> = HashMap::new();
    let mut real: HashMap<u32, (u64, u64)> = HashMap::new();
    for ((cluster, bug), count) in &cells {
        let one = made.entry(*cluster).or_default();
        *one = (one.0 + count, one.1 + 1);
        let one = real.entry(*bug).or_default();
        *one = (one.0 + count, one.1 + 1);
    }
    let hit: f64 = cells.values().map(|count| pairs(*count)).sum();
    let share = |all: &HashMap<u32, (u64, u64)>| {
        all.values().filter(|(_, parts)| *parts == 1).count() as f64 / all.len() as f64
    };
    let total =
        |all: &HashMap<u32, (u64, u64)>| all.values().map(|(count, _)| pairs(*count)).sum::<f64>().max(1.0);
    Quality {
        precision: hit / total(&made),
        recall: hit / total(&real),
        pure: share(&made),
        whole: share(&real),
    }
}

/// What a run showed.
pub struct Outcome {
    pub reports: usize,
    /// Joined by rule alone.
    pub certain: Quality,
    /// After a coordinator who knows the truth answered every proposal.
    pub proposed: Quality,
    /// Proposals for a report, and how many of them were right.
    pub proposals: f64,
    pub right: f64,
    /// Nanoseconds of this thread for a report: in all, and of the last tenth.
    pub nanos: f64,
    pub last: f64,
    pub bytes: f64,
    /// Joins by rule: right ones, and wrong ones by how near the bugs are; and missed reports by kind.
    pub joins: HashMap<(Option<Rule>, bool, Near), usize>,
    pub missed: HashMap<Kind, (usize, usize)>,
}

/// What was seen so far in a run.
struct Run<'a> {
    world: &'a World,
    index: Index<u32>,
    signs: HashMap<String, u32>,
    by_rule: Clusters,
    decided: Clusters,
    /// Clusters a coordinator kept apart, by their first reports.
    apart: HashSet<(u32, u32)>,
    truth: Vec<u32>,
    kinds: Vec<Kind>,
    proposals: usize,
    right: usize,
    joins: HashMap<(Option<Rule>, bool, Near), usize>,
}

/// What the service knows of a report when it came in.
struct Taken {
    by_sign: Option<u32>,
    answer: Answer<u32>,
}

/// Takes a world's reports in one by one; a coordinator answers what is proposed after each thousand.
pub fn measure(world: &World, clock: impl Fn() -> u64) -> Outcome {
    let count = world.len();
    let clusters = || Clusters((0..count as u32).collect());
    let mut run = Run {
        world,
        index: Index::default(),
        signs: HashMap::new(),
        by_rule: clusters(),
        decided: clusters(),
        apart: HashSet::new(),
        truth: Vec::with_capacity(count),
        kinds: Vec::with_capacity(count),
        proposals: 0,
        right: 0,
        joins: HashMap::new(),
    };
    let (mut nanos, mut last) = (0, 0);
    for from in (0..count).step_by(1000) {
        let took = run.thousand(from, count.min(from + 1000), &clock);
        nanos += took;
        if from >= count - count / 10 {
            last += took;
        }
    }
    let missed = missed(&mut run.decided, &run.truth, &run.kinds);
    Outcome {
        reports: count,
        certain: quality(&mut run.by_rule, &run.truth),
        proposed: quality(&mut run.decided, &run.truth),
        proposals: run.proposals as f64 / count as f64,
        right: run.right as f64 / run.proposals.max(1) as f64,
        nanos: nanos as f64 / count as f64,
        last: last as f64 / (count / 10).max(1) as f64,
        bytes: run.index.bytes() as f64 / count as f64,
        joins: run.joins,
        missed,
    }
}

impl Run<'_> {
    /// Takes some reports in and answers what is proposed of them; gives the time that the taking in took.
    fn thousand(&mut self, from: usize, to: usize, clock: &impl Fn() -> u64) -> u64 {
        let batch: Vec<Known> = (from..to).map(|at| self.world.report(at)).collect();
        let started = clock();
        let taken: Vec<Taken> = (from as u32..).zip(&batch).map(|(at, known)| self.take(at, known)).collect();
        let took = clock() - started;
        for known in &batch {
            self.truth.push(known.bug);
            self.kinds.push(known.kind);
        }
        for ((at, known), taken) in (from as u32..).zip(&batch).zip(&taken) {
            let by_index = taken.answer.certain.iter().chain(&taken.answer.joined);
            let by_index = by_index.map(|found| (found.id, found.likeness.rule));
            for (found, rule) in taken.by_sign.map(|of| (of, None)).into_iter().chain(by_index) {
                if self.by_rule.root(at) != self.by_rule.root(found) {
                    let right = self.truth[found as usize] == known.bug;
                    let near = if right { Near::No } else { known.near };
                    *self.joins.entry((rule, right, near)).or_default() += 1;
                }
                self.by_rule.unite(at, found);
                self.decided.unite(at, found);
            }
        }
        for (at, taken) in (from as u32..).zip(&taken) {
            for found in &taken.answer.likely {
                self.answer(at, found.id);
            }
        }
        took
    }

    /// As the service does it: a bare place or a shared id is a sign by itself.
    fn take(&mut self, at: u32, known: &Known) -> Taken {
        let signs: Vec<_> = root_cause_keys(&known.report).into_iter().collect();
        let by_sign = signs.iter().find_map(|key| self.signs.get(&key.digest).copied());
        let answer = self.index.take(at, Features::of(&known.report));
        for found in &answer.joined {
            self.index.unite(at, found.id);
        }
        match by_sign {
            Some(of) => self.index.unite(of, at),
            None => self.signs.extend(signs.into_iter().map(|key| (key.digest, at))),
        }
        Taken { by_sign, answer }
    }

    /// One question to a coordinator who knows the truth, unless it was answered: it is about two clusters.
    fn answer(&mut self, at: u32, with: u32) {
        let (one, other) = (self.decided.root(at), self.decided.root(with));
        let pair = (one.min(other), one.max(other));
        if one == other || self.apart.contains(&pair) {
            return;
        }
        self.proposals += 1;
        if self.truth[at as usize] == self.truth[with as usize] {
            self.right += 1;
            self.decided.unite(at, with);
            self.index.unite(at, with);
        } else {
            self.apart.insert(pair);
            self.index.keep_apart(at, with);
        }
    }
}

/// By kind: reports that are not in the largest cluster of their bug, and all.
fn missed(clusters: &mut Clusters, truth: &[u32], kinds: &[Kind]) -> HashMap<Kind, (usize, usize)> {
    let mut sizes: HashMap<(u32, u32), usize> = HashMap::new();
    for (at, bug) in (0..).zip(truth) {
        *sizes.entry((*bug, clusters.root(at))).or_default() += 1;
    }
    let mut largest: HashMap<u32, (usize, u32)> = HashMap::new();
    for ((bug, cluster), size) in sizes {
        let one = largest.entry(bug).or_default();
        *one = (*one).max((size, cluster));
    }
    let mut missed: HashMap<Kind, (usize, usize)> = HashMap::new();
    for ((at, bug), kind) in (0..).zip(truth).zip(kinds) {
        let one = missed.entry(*kind).or_default();
        one.0 += usize::from(clusters.root(at) != largest[bug].1);
        one.1 += 1;
    }
    missed
}
