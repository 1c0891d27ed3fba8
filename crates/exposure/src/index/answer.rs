//! What the index has to say about one affected entry.

use std::ops::Range;

use super::bits::contains;
use super::directory::posting_key;
use super::judge::judge;
use super::kinships::Kinships;
use super::operators::Operators;
use super::texts::number;
use super::unions::Part;
use super::{Exposure, Index, Merged, Recent};
use crate::affected::Affected;
use crate::identity::Identity;
use crate::matching::{Confidence, Hit, Kinship, Matcher};
use crate::version::Scheme;

/// The components that an affected entry covers; made by [`Index::ask`]. Who holds them is looked up when it is asked
/// for: [`operators`](Self::operators) is the whole set at once, [`exposures_of`](Self::exposures_of) explains one,
/// [`exposures`](Self::exposures) explains all.
#[derive(Debug)]
pub struct Answer<'a, O> {
    merged: &'a Merged<O>,
    rule: Option<Scheme>,
    hits: Vec<Hit>,
    /// Variants and the place of their hit, in the order of the variants.
    covered: Vec<(Range<u32>, u32)>,
    recent: Vec<Exposure<O>>,
}

/// Why a component is, or may be, affected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Explanation<'a> {
    /// The component's label.
    pub component: String,
    /// Its version as written.
    pub version: Option<&'a str>,
    /// What matched.
    pub range: &'a str,
    /// How sure it is.
    pub confidence: Confidence,
    /// The order by which versions were compared; `None` where only the text could be.
    pub rule: Option<Scheme>,
}

impl<'a, O: Clone + Ord> Answer<'a, O> {
    pub(super) fn new(merged: &'a Merged<O>, recent: &Recent<O>, affected: &Affected) -> Self {
        let key = posting_key(&affected.identity);
        let matcher = Matcher::new(affected);
        let recent = if recent.is_empty() { Vec::new() } else { recent.exposures(&key, &matcher) };
        let mut answer =
            Self { merged, rule: matcher.scheme(), hits: Vec::new(), covered: Vec::new(), recent };
        if let Some(package) = merged.base.directory.package(&key) {
            answer.cover(package, &affected.identity, &matcher);
        }
        answer
    }

    fn cover(&mut self, package: u32, identity: &Identity, matcher: &Matcher<'_>) {
        let directory = &self.merged.base.directory;
        let mut kinships = Kinships::new(identity, package);
        for (variants, hit) in judge(directory, package, matcher) {
            // The same hit, as it is and as one whose release is not known.
            let mut places = [None; 2];
            for (variants, kinship) in kinships.runs(directory, variants) {
                let place = match kinship {
                    Kinship::Same => &mut places[0],
                    Kinship::ReleaseUnknown => &mut places[1],
                    Kinship::Other => continue,
                };
                let hits = &mut self.hits;
                let place = *place.get_or_insert_with(|| {
                    hits.extend(kinship.weigh(hit.clone()));
                    number(hits.len() - 1)
                });
                self.covered.push((variants, place));
            }
        }
    }

    /// Nobody is exposed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.operators().is_empty()
    }

    /// Who is exposed, however sure that is.
    #[must_use]
    pub fn operators(&self) -> Operators<'_, O> {
        let recent = self.recent.iter().map(|exposure| &exposure.owner);
        Operators::new(self.merged, &self.ranges(|_| true), recent)
    }

    /// Who has a component that is covered with just this confidence. Somebody with several components may be in
    /// the sets of several confidences.
    #[must_use]
    pub fn operators_with(&self, confidence: Confidence) -> Operators<'_, O> {
        let recent = self.recent.iter().filter(|exposure| exposure.confidence == confidence);
        let ranges = self.ranges(|hit| hit.confidence == confidence);
        Operators::new(self.merged, &ranges, recent.map(|exposure| &exposure.owner))
    }

    /// What is covered with such hits, neighbours as one.
    fn ranges(&self, wanted: impl Fn(&Hit) -> bool) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for (variants, hit) in &self.covered {
            if !self.hits.get(*hit as usize).is_some_and(&wanted) {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.end == variants.start => last.end = variants.end,
                _ => ranges.push(variants.clone()),
            }
        }
        ranges
    }

    /// The explanation of each distinct component, in order. After a removal, and before the next merge, that may
    /// name components which nobody holds any more.
    #[must_use]
    pub fn explanations(&self) -> Vec<Explanation<'_>> {
        let merged = self.variants().filter_map(|(variant, hit)| self.explain(variant, hit));
        let recent = self.recent.iter().map(|exposure| Explanation {
            component: exposure.component.clone(),
            version: exposure.version.as_deref(),
            range: &exposure.range,
            confidence: exposure.confidence,
            rule: exposure.rule,
        });
        let mut all: Vec<_> = merged.chain(recent).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Each variant that is covered, with the place of its hit.
    fn variants(&self) -> impl Iterator<Item = (u32, u32)> {
        self.covered.iter().flat_map(|(variants, hit)| variants.clone().map(|variant| (variant, *hit)))
    }

    fn explain(&self, variant: u32, hit: u32) -> Option<Explanation<'_>> {
        let hit = self.hits.get(hit as usize)?;
        let directory = &self.merged.base.directory;
        Some(Explanation {
            component: directory.label(variant),
            version: directory.version(variant),
            range: &hit.range,
            confidence: hit.confidence,
            rule: self.rule,
        })
    }

    /// Bytes of the sets that hold the answer.
    #[must_use]
    pub fn posting_bytes(&self) -> usize {
        self.covered.iter().map(|(variants, _)| self.merged.base.posting_bytes(variants)).sum()
    }

    /// Bytes that [`operators`](Self::operators) reads instead: unions of sets, where there are some.
    #[must_use]
    pub fn bytes_read(&self) -> usize {
        let base = &self.merged.base;
        let mut bytes = 0;
        for range in self.ranges(|_| true) {
            base.unions.fill(range, |part| {
                bytes += match part {
                    Part::Union(words) => size_of_val(words),
                    Part::Variant(variant) => base.posting_bytes(&(variant..variant + 1)),
                };
                true
            });
        }
        bytes
    }

    /// Why one operator is exposed: what [`exposures`](Self::exposures) says of it.
    #[must_use]
    pub fn exposures_of(&self, owner: &O) -> Vec<Exposure<O>> {
        let Merged { base, dead } = self.merged;
        let holders = base.find_owner(owner).map_or(0..0, |place| base.holders_of(place));
        let mut exposures = Vec::new();
        for (variants, hit) in &self.covered {
            base.unions.fill(variants.clone(), |part| match part {
                Part::Union(words) => !holders.clone().any(|holder| contains(words, holder)),
                Part::Variant(variant) => {
                    base.posting(variant).for_each(|holder| {
                        if holders.contains(&holder) && !dead.contains(holder) {
                            let why = self.explain(variant, *hit);
                            exposures.extend(why.and_then(|why| self.exposure(holder, &why)));
                        }
                    });
                    true
                }
            });
        }
        exposures.extend(self.recent.iter().filter(|exposure| exposure.owner == *owner).cloned());
        exposures.sort();
        exposures.dedup();
        exposures
    }

    fn exposure(&self, holder: u32, why: &Explanation<'_>) -> Option<Exposure<O>> {
        let base = &self.merged.base;
        Some(Exposure {
            owner: base.owner(holder)?.clone(),
            asset: base.assets.get(holder).to_owned(),
            component: why.component.clone(),
            version: why.version.map(str::to_owned),
            range: why.range.to_owned(),
            confidence: why.confidence,
            rule: why.rule,
        })
    }

    /// Every component that is covered with its holder, by owner, asset and component; each once.
    #[must_use]
    pub fn exposures(&self) -> Vec<Exposure<O>> {
        let Merged { base, dead } = self.merged;
        let explain = |(variant, hit)| Some((self.explain(variant, hit)?, variant));
        let mut explained: Vec<_> = self.variants().filter_map(explain).collect();
        explained.sort_unstable();
        let mut pairs: Vec<(u32, usize)> = Vec::new();
        for (place, (_, variant)) in explained.iter().enumerate() {
            base.posting(*variant).for_each(|holder| pairs.push((holder, place)));
        }
        pairs.retain(|(holder, _)| !dead.contains(*holder));
        pairs.sort_unstable();
        let exposure = |(holder, place): (u32, usize)| self.exposure(holder, &explained.get(place)?.0);
        let mut exposures: Vec<_> = pairs.into_iter().filter_map(exposure).collect();
        exposures.extend(self.recent.iter().cloned());
        exposures.sort();
        exposures.dedup();
        exposures
    }
}

impl<O: Clone + Ord> Index<O> {
    /// Asks who runs what the entry affects.
    #[must_use]
    pub fn ask(&self, affected: &Affected) -> Answer<'_, O> {
        Answer::new(&self.merged, &self.recent, affected)
    }
}
