//! From whose copy a text comes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{CopyMarks, HANDLING, Mark, PAIRS, places, units};
use crate::case::Content;
use crate::ids::{NoticeId, OrgId};

/// Largest text that is traced, in bytes.
pub const LARGEST_TEXT: usize = 1 << 19;

/// How often a mark is taken to be read wrongly: somebody wrote the sentence anew, or a copy of a copy was tidied.
const CHANGED: f64 = 0.02;

/// How much a reference in the text weighs at most, against chance: it may have been put there by whoever knows it.
const REFERENCE_WEIGHT: f64 = 10_000.0;

/// A text that a leak may come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Whose it is.
    pub origin: Origin,
    /// What it says, without marks.
    pub content: Content,
    /// Its marks; none for those who read the draft itself.
    pub marks: Option<CopyMarks>,
}

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The draft, as coordinators and vendors read it.
    Draft {
        /// Its revision.
        revision: u32,
    },
    /// A copy of a notice.
    Copy {
        /// The notice.
        notice: NoticeId,
        /// Who read it.
        reader: OrgId,
    },
}

/// A source, and what speaks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// Whose text it is.
    pub origin: Origin,
    /// Marks that the leaked text shows as this source does.
    pub agree: usize,
    /// Marks of this source that could be read.
    pub read: usize,
    /// Whether its reference is in the text.
    pub referenced: bool,
    /// Power of ten by which the text is likelier if it comes from here than if its marks are chance.
    pub weight: f64,
    /// The share of belief it gets when every source, and one more that is unknown, were equally likely before; 0 to 1.
    pub share: f64,
}

/// Kinds of spacing marks that a text does not carry any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Two spaces between sentences.
    pub gaps: bool,
    /// Spaces that do not break.
    pub unbroken: bool,
}

impl Lost {
    fn counts(self, mark: Mark) -> bool {
        match mark {
            Mark::Phrase(_) => true,
            Mark::Gap => !self.gaps,
            Mark::Space => !self.unbroken,
        }
    }
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// One source has a share of 0.99 or more, and nearly all marks are its own.
    PointsToOne,
    /// The likeliest source disagrees with more marks than changes explain: the text may be mixed from several copies.
    Mixed,
    /// A quarter of the sources or fewer have nine tenths of the belief.
    Narrows,
    /// Nothing of weight.
    SaysNothing,
}

impl Reading {
    /// Name as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Reading::PointsToOne => "points-to-one",
            Reading::Mixed => "mixed",
            Reading::Narrows => "narrows",
            Reading::SaysNothing => "says-nothing",
        }
    }
}

impl Trace {
    /// What it comes to.
    pub fn reading(&self) -> Reading {
        let Some(first) = self.suspects.first() else { return Reading::SaysNothing };
        let own = (first.read - first.agree) * 10 <= first.read;
        match (first.share >= 0.99, own) {
            (true, true) => Reading::PointsToOne,
            (_, false) => Reading::Mixed,
            _ if self.few() * 4 <= self.suspects.len() + 1 => Reading::Narrows,
            _ => Reading::SaysNothing,
        }
    }

    /// How many of the first sources have nine tenths of the belief together; all of them, and one, when they have less.
    fn few(&self) -> usize {
        let mut told = 0.0;
        let enough = self.suspects.iter().position(|suspect| {
            told += suspect.share;
            told >= 0.9
        });
        enough.map_or(self.suspects.len() + 1, |at| at + 1)
    }
}

/// What a leaked text shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The sources, the likeliest first.
    pub suspects: Vec<Suspect>,
    /// Share of belief that it comes from none of them.
    pub unknown: f64,
    /// How many of the other sources one must expect to agree as well as the first one by chance alone.
    pub by_chance: f64,
    /// Kinds of spacing of which the text shows one form only, so that they count for nothing.
    pub lost: Lost,
}

/// Compares a leaked text with every source.
///
/// The weight of a source is the likelihood ratio of the marks read under it (each right but for 2 in 100) and under
/// chance (each right half of the time); shares follow from it by Bayes' rule with equal odds before. It is evidence
/// and no proof: whoever compares copies sees where they differ and can mix them, whoever writes a text anew removes
/// the marks, a recipient's copy may have been stolen, and whoever holds the key can make a text that points to anyone.
pub fn trace(text: &str, sources: &[Source]) -> Trace {
    let seen = Seen::of(text);
    let mut readings = Readings::default();
    let mut suspects: Vec<Suspect> = sources.iter().map(|source| seen.weigh(source, &mut readings)).collect();
    share(&mut suspects);
    suspects.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.origin.cmp(&b.origin)));
    let told: f64 = suspects.iter().map(|suspect| suspect.share).sum();
    let by_chance = suspects.first().map_or(0.0, |first| {
        let others = f64::from(u32::try_from(suspects.len() - 1).unwrap_or(u32::MAX));
        others * as_good_by_chance(first.agree, first.read)
    });
    Trace { unknown: (1.0 - told).clamp(0.0, 1.0), by_chance, lost: seen.lost, suspects }
}

/// Gives each suspect its share: its likelihood among all of them and an unknown source, for which marks are chance.
fn share(suspects: &mut [Suspect]) {
    let most = suspects.iter().map(|suspect| suspect.weight).fold(0.0, f64::max);
    let all: f64 = suspects.iter().map(|suspect| 10f64.powf(suspect.weight - most)).sum();
    let all = all + 10f64.powf(-most);
    for suspect in suspects {
        suspect.share = 10f64.powf(suspect.weight - most) / all;
    }
}

/// The chance that at least `agree` of `read` fair coins fall right.
fn as_good_by_chance(agree: usize, read: usize) -> f64 {
    let mut term = 0.5f64.powf(count(read));
    let mut sum = 0.0;
    for right in 0..=read {
        if right >= agree {
            sum += term;
        }
        term *= count(read - right) / count(right + 1);
    }
    sum.min(1.0)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The pairs that a phrase may stand for: several may share their plain form.
fn alike(pair: usize, marked: bool) -> impl Iterator<Item = usize> {
    let plain = PAIRS[pair].plain;
    let others = PAIRS.iter().enumerate();
    others
        .filter(move |(other, one)| *other == pair || (!marked && one.plain == plain))
        .map(|(other, _)| other)
}

/// What a leaked text shows.
struct Seen {
    /// By kind of mark and words around; `None` where the same words show both.
    marks: HashMap<(Mark, String), Option<bool>>,
    /// Its letters and digits, upper case, for references.
    letters: String,
    lost: Lost,
}

/// Places of the texts of sources, so that those of one draft are looked for once.
#[derive(Default)]
struct Readings<'a>(BTreeMap<Vec<&'a str>, Vec<super::Place>>);

impl<'a> Readings<'a> {
    fn of(&mut self, source: &'a Source) -> &[super::Place] {
        let content = &source.content;
        let own = source.marks.as_ref().map(|_| HANDLING);
        let texts = [content.mitigation.as_deref(), content.detail.as_deref(), own];
        let texts: Vec<&str> = texts.into_iter().flatten().collect();
        self.0.entry(texts.clone()).or_insert_with(|| {
            let mut known = BTreeSet::new();
            let all = texts.iter().flat_map(|text| places(&units(text)));
            // Words that come again carry the same mark again.
            all.filter(|place| known.insert((place.mark.name(), place.around.clone()))).collect()
        })
    }
}

impl Seen {
    fn of(text: &str) -> Self {
        let units = units(text);
        let mut marks = HashMap::new();
        let mut note = |mark: Mark, around: String, shown: bool| {
            let kept = marks.entry((mark, around)).or_insert(Some(shown));
            *kept = kept.filter(|kept| *kept == shown);
        };
        let mut lost = Lost { gaps: true, unbroken: true };
        for (at, unit) in units.iter().enumerate() {
            if let Some((pair, marked)) = unit.pair {
                let around = super::around(&units, at, at + 1);
                alike(pair, marked).for_each(|pair| note(Mark::Phrase(pair), around.clone(), marked));
            }
            if let Some(gap) = unit.gap {
                lost.gaps &= gap == 1;
                note(Mark::Gap, super::around(&units, at + 1, at + 1), gap == 2);
            }
            if let Some(place) = super::space_at(&units, at) {
                lost.unbroken &= !place.shown;
                note(place.mark, place.around, place.shown);
            }
        }
        let letters =
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        Self { marks, letters, lost }
    }

    fn weigh<'a>(&self, source: &'a Source, readings: &mut Readings<'a>) -> Suspect {
        let (mut agree, mut read) = (0, 0);
        for place in readings.of(source) {
            if !self.lost.counts(place.mark) {
                continue;
            }
            let Some(Some(shown)) = self.marks.get(&(place.mark, place.around.clone())) else { continue };
            let expected = source.marks.as_ref().map_or(place.shown, |marks| marks.symbol(place));
            read += 1;
            agree += usize::from(*shown == expected);
        }
        let reference = source.marks.as_ref().map(|marks| marks.reference().replace('-', ""));
        let referenced = reference.is_some_and(|reference| self.letters.contains(&reference));
        let mut weight = count(agree) * (2.0 * (1.0 - CHANGED)).log10();
        weight += count(read - agree) * (2.0 * CHANGED).log10();
        weight += if referenced { REFERENCE_WEIGHT.log10() } else { 0.0 };
        Suspect { origin: source.origin, agree, read, referenced, weight, share: 0.0 }
    }
}
