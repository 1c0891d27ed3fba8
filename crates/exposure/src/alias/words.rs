//! Product names as sets of words.

use std::collections::BTreeSet;

use super::vendor::Vendor;

/// Words that do not tell products apart.
const GENERIC: &[&str] = &[
    "all",
    "and",
    "by",
    "device",
    "devices",
    "family",
    "firmware",
    "for",
    "incl",
    "including",
    "of",
    "on",
    "product",
    "products",
    "series",
    "software",
    "system",
    "systems",
    "the",
    "version",
    "versions",
    "with",
];
/// Most words of a name.
const MOST: usize = 64;
/// Least length of a lone word that may stand for a longer name, unless it has a digit.
const TELLING: usize = 4;

/// The words of a product's name that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    spelling: String,
    words: BTreeSet<String>,
}

impl Words {
    /// Without the vendor's own name and generic words, unless nothing else is there.
    pub fn new(product: &str, vendor: &Vendor) -> Self {
        let all = split(product);
        let matter = |word: &&String| !GENERIC.contains(&word.as_str()) && !vendor.has(word);
        let telling: Vec<String> = all.iter().filter(matter).cloned().collect();
        let mut words = if telling.is_empty() { all } else { telling };
        words.truncate(MOST);
        Self { spelling: words.concat(), words: words.into_iter().collect() }
    }

    /// The words without spaces.
    pub fn spelling(&self) -> &str {
        &self.spelling
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// The word by which the product is most likely told from others: one with digits, the longest.
    pub fn most_telling(&self) -> Option<&str> {
        self.iter().max_by_key(|word| (has_digit(word), word.len()))
    }

    /// How alike two names are, and why; `None` when neither has all the words of the other.
    pub fn likeness(&self, other: &Self) -> Option<(u32, &'static str)> {
        if self.words.is_empty() || other.words.is_empty() {
            return None;
        }
        if self.spelling == other.spelling {
            return Some((98, "the names differ in spelling only"));
        }
        if self.words == other.words {
            return Some((95, "the names have the same words"));
        }
        let (few, many) = if self.words.len() < other.words.len() { (self, other) } else { (other, self) };
        if !few.words.is_subset(&many.words) || !few.is_telling() {
            return None;
        }
        let (few, many) = (few.words.len(), many.words.len());
        let share = u32::try_from(few * 45 / many).unwrap_or(0);
        Some((50 + share, "one name has all the words of the other"))
    }

    /// More than a short word that many products may have.
    fn is_telling(&self) -> bool {
        self.words.len() > 1 || self.iter().any(|word| has_digit(word) || word.chars().count() >= TELLING)
    }
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// The words of a name: runs of letters and digits, without case and accents.
pub(super) fn split(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().flat_map(char::to_lowercase).map(unaccented).collect()).collect()
}

/// The letter without its accent, for the letters of European names.
fn unaccented(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ř' => 'r',
        'š' => 's',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ž' => 'z',
        other => other,
    }
}
