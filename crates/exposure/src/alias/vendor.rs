//! Vendor names: legal forms, spellings, and names that came to be another's.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::split;

/// Legal forms and the like, which may stand at the end of a vendor's name.
const FORMS: &[&str] = &[
    "ab",
    "ag",
    "and",
    "as",
    "bhd",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "group",
    "holding",
    "holdings",
    "inc",
    "incorporated",
    "kg",
    "kgaa",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "spa",
    "srl",
    "sro",
];

/// How many of the words at the beginning of a vendor's name are looked at.
const BEGINNINGS: usize = 6;

/// Vendors by other names: `name,known as,how,since`. Facts that vendors publish; a suggestion is all they cause.
const TABLE: &str = include_str!("vendors.csv");

/// A name in [`TABLE`].
struct Alias {
    name: &'static str,
    known_as: &'static str,
    how: &'static str,
    since: &'static str,
}

impl Alias {
    fn score(&self) -> u32 {
        match self.how {
            "same" => 100,
            "renamed" => 95,
            _ => 90,
        }
    }

    fn words(&self) -> String {
        let Self { name, known_as, how, since } = self;
        match *how {
            "renamed" => format!("{name} is {known_as} since {since}"),
            "bought" => format!("{name} belongs to {known_as} since {since}"),
            "brand" => format!("{name} is a brand of {known_as}"),
            _ => format!("{name} is {known_as}"),
        }
    }
}

static ALIASES: LazyLock<HashMap<String, Alias>> = LazyLock::new(|| {
    let rows = TABLE.lines().skip(1).filter_map(|row| {
        let mut cells = row.split(',');
        let alias =
            Alias { name: cells.next()?, known_as: cells.next()?, how: cells.next()?, since: cells.next()? };
        Some((plain(alias.name).concat(), alias))
    });
    rows.collect()
});

/// A vendor's name as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// Words of the name that the vendor is known by.
    words: Vec<String>,
    /// Those without spaces, so that `Hill-Rom` is `Hillrom`.
    key: String,
    /// The name it was given by, when that is another one.
    alias: Option<String>,
    /// The words as they were given.
    given: Vec<String>,
}

/// How two vendors are related.
pub(super) enum Kin {
    Same,
    Known { score: u32, reason: String },
    Beginning,
    None,
}

impl Vendor {
    /// Normalises a vendor's name: letters without case and accents, no punctuation, no legal form, and the name it
    /// is known by today.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let given = plain(name);
        let own = given.concat();
        match ALIASES.get(&own) {
            Some(alias) => {
                let words = plain(alias.known_as);
                Self { key: words.concat(), words, alias: Some(own), given }
            }
            None => Self { key: own, words: given.clone(), alias: None, given },
        }
    }

    /// The same for every way of writing the name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Keys of the shorter names with which it begins.
    pub(super) fn beginnings(&self) -> Vec<String> {
        let shorter = 1..self.words.len().min(BEGINNINGS + 1);
        shorter.filter_map(|count| self.words.get(..count)).map(<[String]>::concat).collect()
    }

    /// Whether the word is part of the name.
    pub(super) fn has(&self, word: &str) -> bool {
        self.words.iter().chain(&self.given).any(|own| own == word)
    }

    pub(super) fn kin(&self, other: &Self) -> Kin {
        if self.key != other.key {
            let beginning = self.words.starts_with(&other.words) || other.words.starts_with(&self.words);
            let named = !self.words.is_empty() && !other.words.is_empty();
            return if beginning && named { Kin::Beginning } else { Kin::None };
        }
        if self.alias == other.alias {
            return Kin::Same;
        }
        let used: Vec<&Alias> =
            [self, other].into_iter().filter_map(|vendor| ALIASES.get(vendor.alias.as_ref()?)).collect();
        let score = used.iter().map(|alias| alias.score()).min().unwrap_or(100);
        let reason = used.iter().map(|alias| alias.words()).collect::<Vec<_>>().join(" and ");
        Kin::Known { score, reason }
    }
}

/// The words of a name without a legal form at the end.
fn plain(name: &str) -> Vec<String> {
    let mut words = joined_letters(split(name));
    if words.len() > 1 && words.first().is_some_and(|word| word == "the") {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|word| FORMS.contains(&word.as_str())) {
        words.pop();
    }
    words
}

/// Single letters in a row as one word: `S.p.A.` is `spa`.
fn joined_letters(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    let mut in_run = false;
    for word in words {
        let letter = word.chars().count() == 1;
        match joined.last_mut() {
            Some(last) if letter && in_run => last.push_str(&word),
            _ => joined.push(word),
        }
        in_run = letter;
    }
    joined
}
