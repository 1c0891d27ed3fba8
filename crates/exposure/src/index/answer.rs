//! What the index has to say about one affected entry.

use super::bits::Bits;
use super::directory::{Directory, NONE, posting_key};
use super::judge::judge;
use super::texts::number;
use super::{Exposure, Index, Merged, Recent};
use crate::affected::Affected;
use crate::identity::Identity;
use crate::matching::{Confidence, Hit, Kinship, Matcher, kinship};
use crate::version::Scheme;

/// Below so many bytes of sets a list of numbers is quicker than a bit for every holder.
const FEW: usize = 512;

/// The components that an affected entry covers, each with who holds it; made by [`Index::ask`].
#[derive(Debug)]
pub struct Answer<'a, O> {
    merged: &'a Merged<O>,
    rule: Option<Scheme>,
    hits: Vec<Hit>,
    /// Variants and the places of their hits.
    covered: Vec<(u32, u32)>,
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
        let mut kinships = Kinships { identity, package, known: Vec::new() };
        for (variants, hit) in judge(directory, package, matcher) {
            // The same hit, as it is and as one whose release is not known.
            let mut places = [None; 2];
            for variant in variants {
                let kinship = kinships.of(directory, variant);
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
                self.covered.push((variant, place));
            }
        }
    }

    /// Nobody is exposed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.owners().is_empty()
    }

    /// The explanation of each distinct component, in order. After a removal, and before the next merge, that may
    /// name components which nobody holds any more.
    #[must_use]
    pub fn explanations(&self) -> Vec<Explanation<'_>> {
        let merged = self.covered.iter().filter_map(|(variant, hit)| self.explain(*variant, *hit));
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
        self.covered.iter().map(|(variant, _)| self.merged.base.posting_range(*variant).len()).sum()
    }

    /// Who is exposed, in order, each once.
    #[must_use]
    pub fn owners(&self) -> Vec<&O> {
        let base = &self.merged.base;
        let mut owners: Vec<&O> = Vec::new();
        let mut last = None;
        self.each_holder(|holder| {
            let owner = base.owner_of.get(holder as usize);
            if last != owner {
                last = owner;
                owners.extend(base.owner(holder));
            }
        });
        if !self.recent.is_empty() {
            owners.extend(self.recent.iter().map(|exposure| &exposure.owner));
            owners.sort_unstable();
            owners.dedup();
        }
        owners
    }

    /// Living holders in order, each once.
    fn each_holder(&self, mut visit: impl FnMut(u32)) {
        let Merged { base, dead } = self.merged;
        if self.posting_bytes() <= FEW {
            let mut holders = Vec::new();
            for (variant, _) in &self.covered {
                base.posting(*variant).for_each(|holder| holders.push(holder));
            }
            holders.sort_unstable();
            holders.dedup();
            holders.into_iter().filter(|holder| !dead.contains(*holder)).for_each(visit);
        } else {
            let mut holders = Bits::below(base.holders());
            self.covered.iter().for_each(|(variant, _)| base.posting(*variant).add_to(&mut holders));
            holders.remove_all(dead);
            holders.for_each(&mut visit);
        }
    }

    /// Every component that is covered with its holder, by owner, asset and component; each once.
    #[must_use]
    pub fn exposures(&self) -> Vec<Exposure<O>> {
        let Merged { base, dead } = self.merged;
        let mut explained: Vec<_> = self
            .covered
            .iter()
            .filter_map(|(variant, hit)| Some((self.explain(*variant, *hit)?, *variant)))
            .collect();
        explained.sort_unstable();
        let mut pairs: Vec<(u32, usize)> = Vec::new();
        for (place, (_, variant)) in explained.iter().enumerate() {
            base.posting(*variant).for_each(|holder| pairs.push((holder, place)));
        }
        pairs.retain(|(holder, _)| !dead.contains(*holder));
        pairs.sort_unstable();
        let exposure = |(holder, place): (u32, usize)| {
            let (explanation, _) = explained.get(place)?;
            Some(Exposure {
                owner: base.owner(holder)?.clone(),
                asset: base.assets.get(holder).to_owned(),
                component: explanation.component.clone(),
                version: explanation.version.map(str::to_owned),
                range: explanation.range.to_owned(),
                confidence: explanation.confidence,
                rule: explanation.rule,
            })
        };
        let mut exposures: Vec<_> = pairs.into_iter().filter_map(exposure).collect();
        exposures.extend(self.recent.iter().cloned());
        exposures.sort();
        exposures.dedup();
        exposures
    }
}

/// How the variants of a package are related to the affected identity.
struct Kinships<'a> {
    identity: &'a Identity,
    package: u32,
    /// By ecosystem; few share a package: one, or Debian's releases.
    known: Vec<(u32, Kinship)>,
}

impl Kinships<'_> {
    fn of(&mut self, directory: &Directory, variant: u32) -> Kinship {
        let ecosystem = directory.variants.get(variant as usize).map_or(NONE, |variant| variant.ecosystem);
        if let Some((_, known)) = self.known.iter().find(|(other, _)| *other == ecosystem) {
            return *known;
        }
        let kinship = kinship(self.identity, &directory.variant_identity(self.package, variant));
        self.known.push((ecosystem, kinship));
        kinship
    }
}

impl<O: Clone + Ord> Index<O> {
    /// Asks who runs what the entry affects.
    #[must_use]
    pub fn ask(&self, affected: &Affected) -> Answer<'_, O> {
        Answer::new(&self.merged, &self.recent, affected)
    }
}
