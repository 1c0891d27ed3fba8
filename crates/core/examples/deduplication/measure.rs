//! Precision and recall against the truth, and what it costs.

use std::collections::HashMap;

use forewarn_core::deduplication::{Features, Index};
use forewarn_core::finding::root_cause_keys;

use super::bugs::Near;
use super::families::{Kind, World};

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
    /// Wrong joins by how near the two bugs are, and missed reports by kind.
    pub wrong: HashMap<Near, usize>,
    pub missed: HashMap<Kind, (usize, usize)>,
}

/// Takes a world's reports in one by one.
pub fn measure(world: &World, clock: impl Fn() -> u64) -> Outcome {
    let mut index: Index<u32> = Index::default();
    let mut known_signs: HashMap<String, u32> = HashMap::new();
    let count = world.len();
    let (mut by_rule, mut decided) =
        (Clusters((0..count as u32).collect()), Clusters((0..count as u32).collect()));
    let (mut truth, mut kinds) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut nanos, mut last) = (0, 0);
    let (mut proposals, mut right) = (0_usize, 0_usize);
    let mut wrong: HashMap<Near, usize> = HashMap::new();
    for from in (0..count).step_by(1000) {
        let batch: Vec<_> = (from..count.min(from + 1000)).map(|at| world.report(at)).collect();
        let started = clock();
        let mut answers = Vec::with_capacity(batch.len());
        for (at, known) in (from as u32..).zip(&batch) {
            // As the service does it: a bare place or a shared id is a sign by itself.
            let signs: Vec<_> = root_cause_keys(&known.report).into_iter().collect();
            let by_sign = signs.iter().find_map(|key| known_signs.get(&key.digest).copied());
            let answer = index.take(at, Features::of(&known.report));
            if by_sign.is_none() && answer.certain.is_none() {
                known_signs.extend(signs.into_iter().map(|key| (key.digest, at)));
            }
            answers.push((by_sign, answer));
        }
        let took = clock() - started;
        nanos += took;
        if from >= count - count / 10 {
            last += took;
        }
        for ((at, known), (by_sign, answer)) in (from as u32..).zip(&batch).zip(&answers) {
            truth.push(known.bug);
            kinds.push(known.kind);
            if let Some(found) = by_sign.or(answer.certain.as_ref().map(|found| found.id)) {
                by_rule.unite(at, found);
                decided.unite(at, found);
                if truth[found as usize] != known.bug {
                    *wrong.entry(known.near).or_default() += 1;
                }
            }
            for found in &answer.likely {
                proposals += 1;
                if truth[found.id as usize] == known.bug {
                    right += 1;
                    decided.unite(at, found.id);
                    index.unite(at, found.id);
                }
            }
        }
    }
    let missed = missed(&mut decided, &truth, &kinds);
    Outcome {
        reports: count,
        certain: quality(&mut by_rule, &truth),
        proposed: quality(&mut decided, &truth),
        proposals: proposals as f64 / count as f64,
        right: right as f64 / proposals.max(1) as f64,
        nanos: nanos as f64 / count as f64,
        last: last as f64 / (count / 10).max(1) as f64,
        bytes: index.bytes() as f64 / count as f64,
        wrong,
        missed,
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
