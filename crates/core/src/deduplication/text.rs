//! How alike two descriptions are: MinHash over words, with one permutation.
//!
//! Broder 1997, "On the resemblance and containment of documents"; Li, Owen and Zhang 2012, "One permutation hashing";
//! empty bins are filled as in Shrivastava 2017, "Optimal densification for fast and accurate minwise hashing", and one
//! byte of each minimum is kept (Li and Koenig 2010, "b-bit minwise hashing").

use super::hash::{narrow, wide};

/// Bins of a sketch. The standard error of the likeness is about `sqrt(J (1 - J) / 64)`, at most 0.063.
pub(super) const BINS: usize = 64;
/// Bytes of a text that are read: what tells two reports apart stands at the beginning.
const READ: usize = 16 * 1024;
/// Fewest different words that make a sketch.
const FEWEST: usize = 6;

/// Most names of code that are kept.
pub(super) const NAMES: usize = 16;
/// Longest word.
const LONGEST: usize = 80;

/// Words of every report, which say nothing about the cause. In order, to be searched.
const STOP: &[&str] = &[
    "affected",
    "after",
    "all",
    "allow",
    "allows",
    "also",
    "and",
    "any",
    "are",
    "attacker",
    "attackers",
    "because",
    "been",
    "before",
    "being",
    "bug",
    "but",
    "can",
    "cause",
    "causes",
    "could",
    "details",
    "does",
    "for",
    "from",
    "has",
    "have",
    "impact",
    "into",
    "issue",
    "its",
    "lead",
    "leading",
    "leads",
    "may",
    "more",
    "not",
    "remote",
    "report",
    "security",
    "should",
    "such",
    "summary",
    "than",
    "that",
    "the",
    "then",
    "there",
    "this",
    "version",
    "versions",
    "via",
    "vulnerability",
    "vulnerable",
    "was",
    "when",
    "where",
    "which",
    "while",
    "will",
    "with",
    "without",
    "would",
];

/// A sketch of a text's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sketch([u8; BINS]);

/// What a text says: a sketch of its words, and the names of code among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// `None` where there are too few words to tell anything.
    pub sketch: Option<Sketch>,
    /// Names of code: those written as variables and functions are first, then those written as types.
    pub names: Vec<u32>,
    /// How many of the names are written as variables and functions.
    pub variables: usize,
}

impl Words {
    /// The words of some texts taken together.
    pub fn of(texts: &[&str]) -> Self {
        let mut least = [u64::MAX; BINS];
        let mut words = 0_usize;
        let mut names = Vec::with_capacity(NAMES);
        let mut types = Vec::new();
        for text in texts {
            let mut end = text.len().min(READ);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            words += gather(&text[..end], &mut least, &mut names, &mut types);
        }
        let variables = names.len();
        names.extend(types);
        names.truncate(NAMES);
        Self { sketch: (words >= FEWEST).then(|| Sketch(densified(&least))), names, variables }
    }
}

impl Sketch {
    /// Estimated Jaccard likeness of the two word sets, 0 to 1, corrected for bytes that agree by chance.
    pub fn likeness(&self, other: &Self) -> f32 {
        let same = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count();
        let raw = f32::from(u8::try_from(same).unwrap_or(u8::MAX))
            / f32::from(u8::try_from(BINS).unwrap_or(u8::MAX));
        let chance = 1.0 / 256.0;
        ((raw - chance) / (1.0 - chance)).max(0.0)
    }

    /// The sketch in bands: texts that agree in a whole band are worth comparing.
    pub fn bands(&self, rows: usize) -> impl Iterator<Item = (usize, &[u8])> {
        self.0.chunks_exact(rows.max(1)).enumerate()
    }

    /// Four bins in each word.
    pub fn words(&self) -> impl Iterator<Item = u32> {
        self.0.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four))
    }

    /// A sketch from its words.
    pub fn from_words(words: &[u32; BINS / 4]) -> Self {
        let mut bins = [0; BINS];
        for (four, word) in bins.as_chunks_mut().0.iter_mut().zip(words) {
            *four = word.to_le_bytes();
        }
        Self(bins)
    }
}

fn gather(text: &str, least: &mut [u64; BINS], names: &mut Vec<u32>, types: &mut Vec<u32>) -> usize {
    let mut words = 0;
    let mut lower = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        if word.len() < 3 || word.len() > LONGEST {
            continue;
        }
        lower.clear();
        if word.is_ascii() {
            lower.push_str(word);
            lower.make_ascii_lowercase();
        } else {
            lower.extend(word.chars().flat_map(char::to_lowercase));
        }
        words += usize::from(take(&lower, least));
        if is_code(word) {
            let kind = if is_type(word) { &mut *types } else { &mut *names };
            let name = narrow(lower.as_str());
            if kind.len() < NAMES && !kind.contains(&name) {
                kind.push(name);
            }
        }
    }
    words
}

/// Whether a name is written as types are, `ReadHeader`: it is there for every bug of the type.
fn is_type(word: &str) -> bool {
    word.starts_with(|c: char| c.is_uppercase())
}

/// Whether a word is written as names in code are: `read_header`, `readHeader`, `ReadHeader`.
fn is_code(word: &str) -> bool {
    let inner = word.trim_matches('_');
    let joined = inner.contains('_') && !inner.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let camel =
        word.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    word.len() > 4 && (joined || camel)
}

/// Counts a word in. Numbers and addresses differ from run to run, and very short words are everywhere.
fn take(word: &str, least: &mut [u64; BINS]) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.len() < 3 || digits * 2 > word.len() || is_stop(word) {
        return false;
    }
    let stem =
        ["ing", "ed", "es", "s"].iter().find_map(|end| word.strip_suffix(end).filter(|stem| stem.len() > 3));
    let hash = wide(stem.unwrap_or(word));
    let bin = usize::try_from(hash >> 58).unwrap_or(0);
    least[bin] = least[bin].min(hash << 6);
    true
}

/// By length of a word, the first letters of the words that say nothing: most other words need no search.
const FIRST: [u32; 16] = {
    let mut first = [0; 16];
    let mut at = 0;
    while at < STOP.len() {
        let word = STOP[at].as_bytes();
        first[word.len()] |= 1 << (word[0] & 31);
        at += 1;
    }
    first
};

fn is_stop(word: &str) -> bool {
    let letter = word.as_bytes().first().copied().unwrap_or_default();
    let may = FIRST.get(word.len()).is_some_and(|first| first & (1 << (letter & 31)) != 0);
    may && STOP.binary_search(&word).is_ok()
}

/// Gives each empty bin the minimum of another, the same other for every text.
fn densified(least: &[u64; BINS]) -> [u8; BINS] {
    std::array::from_fn(|bin| {
        let mut at = bin;
        let mut attempt = 0_u64;
        while least[at] == u64::MAX && attempt < 512 {
            attempt += 1;
            at = usize::try_from(wide(&(bin as u64, attempt)) >> 58).unwrap_or(0);
        }
        // The first bytes of a minimum are small because it is one; a mixed byte is not.
        u8::try_from(wide(&least[at]) & 0xff).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::STOP;

    #[test]
    fn stop_words_are_in_order() {
        assert!(STOP.is_sorted());
    }
}
