//! A text as words: where phrases and ends of sentences are, and what must not be touched.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::lexicon::PAIRS;

/// A word of a text, with where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    /// Whether it may be part of a mark: prose, not code, a quotation, an address or part of a name.
    pub(super) prose: bool,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// One thing that marks are read by: a word, or a phrase in its plain form.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Plain words, lower case.
    pub(super) plain: String,
    /// Place in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The pair, and whether the text has the marked form; `None` for a word that is in no phrase.
    pub(super) pair: Option<(usize, bool)>,
    /// Whether it may be replaced: prose, single spaces, of usual case.
    pub(super) free: bool,
    /// Spaces between the end of the sentence that this word ends and the next one; `None` where none ends.
    pub(super) gap: Option<usize>,
    /// Whether the single space behind this word, between two words of prose, is one that does not break (U+00A0);
    /// `None` where there is no such space.
    pub(super) unbroken: Option<bool>,
}

/// The words of a text: runs of letters, digits and apostrophes.
fn words(text: &str) -> Vec<Word<'_>> {
    let shielded = shielded(text);
    let inside = |c: char| c.is_alphanumeric() || c == '\'' || c == '\u{2019}';
    let mut words = Vec::new();
    let (mut rest, mut place, mut covered) = (0, 0, 0);
    while let Some(start) = text[rest..].find(inside).map(|at| rest + at) {
        let end = text[start..].find(|c| !inside(c)).map_or(text.len(), |at| start + at);
        while let Some((_, to)) = shielded.get(place).filter(|(from, _)| *from < end) {
            covered = covered.max(*to);
            place += 1;
        }
        let prose = start >= covered && stands_alone(text, start, end);
        words.push(Word { text: &text[start..end], start, prose });
        rest = end;
    }
    words
}

/// Whether nothing joins a word to what is beside it, as in `a-b`, `a_b`, `a.b`, `a/b`, `--a`, `a=`.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let next = after.next();
    let closes = |c: char| matches!(c, ',' | '.' | ';' | ':' | ')' | '?' | '!');
    let ends = match next {
        None => true,
        Some(c) if c.is_whitespace() => true,
        Some(c) => closes(c) && after.next().is_none_or(char::is_whitespace),
    };
    ends && before.is_none_or(|c| c.is_whitespace() || c == '(')
}

/// Places whose bytes stay as they are: code in backticks or indented, quotations, and whole lines of commands.
fn shielded(text: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut start = 0;
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        let fence = line.trim_start().starts_with("```");
        let code = ["    ", "\t", "$ ", "> ", "# "].iter().any(|sign| line.starts_with(sign));
        if fenced || fence || code {
            places.push((start, start + line.len()));
        } else {
            for sign in ['`', '"'] {
                places.extend(pairs_of(line, sign).map(|(from, to)| (start + from, start + to)));
            }
        }
        fenced ^= fence;
        start += line.len();
    }
    places.sort_unstable();
    places
}

/// What is between each two signs of a line; to its end behind a last one that is not closed.
fn pairs_of(line: &str, sign: char) -> impl Iterator<Item = (usize, usize)> {
    let at: Vec<usize> = line.match_indices(sign).map(|(at, _)| at).collect();
    let length = line.len();
    let ends: Vec<_> = at.chunks(2).map(|two| (two[0], two.get(1).map_or(length, |end| end + 1))).collect();
    ends.into_iter()
}

/// A text as units, phrases found from the left, the longest one first.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let words = words(text);
    let mut units = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let found = phrase_at(text, &words[at..]);
        let count = found.as_ref().map_or(1, |(count, _)| *count);
        let (first, last) = (words[at], words[at + count - 1]);
        let mut unit = Unit {
            plain: first.text.to_lowercase(),
            start: first.start,
            end: last.end(),
            pair: None,
            free: false,
            gap: gap_after(text, &last, words.get(at + count)),
            unbroken: space_after(text, &last, words.get(at + count)),
        };
        if let Some((_, phrase)) = found {
            let pair = &PAIRS[phrase.pair];
            unit.plain = pair.plain.trim_end_matches(',').into();
            unit.pair = Some((phrase.pair, phrase.marked));
            let spaced = !text[unit.start..unit.end].contains(|c: char| c.is_whitespace() && c != ' ');
            unit.free =
                spaced && (phrase.marked || pair.both_ways) && usual_case(&text[unit.start..unit.end]);
        }
        units.push(unit);
        at += count;
    }
    units
}

#[derive(Clone, Copy)]
struct Phrase {
    pair: usize,
    marked: bool,
}

/// The phrases, by their first word.
static PHRASES: LazyLock<HashMap<&'static str, Vec<(&'static str, Phrase)>>> = LazyLock::new(|| {
    let mut phrases: HashMap<_, Vec<_>> = HashMap::new();
    for (pair, both) in PAIRS.iter().enumerate() {
        for (form, marked) in [(both.marked, true), (both.plain, false)] {
            let first = form.split([' ', ',']).next().unwrap_or(form);
            phrases.entry(first).or_default().push((form, Phrase { pair, marked }));
        }
    }
    phrases
});

fn phrase_at(text: &str, words: &[Word<'_>]) -> Option<(usize, Phrase)> {
    let forms = PHRASES.get(words.first()?.text.to_ascii_lowercase().as_str())?.iter();
    forms
        .filter_map(|(form, phrase)| Some((matches(text, words, form)?, *phrase)))
        .max_by_key(|(count, phrase)| (*count, phrase.marked))
}

/// How many words the phrase takes, if the text has it here.
fn matches(text: &str, words: &[Word<'_>], phrase: &str) -> Option<usize> {
    let comma = phrase.ends_with(',');
    let mut count = 0;
    for part in phrase.trim_end_matches(',').split(' ') {
        let word = words.get(count)?;
        if !word.prose || !word.text.eq_ignore_ascii_case(part) {
            return None;
        }
        if count > 0 && !text[words[count - 1].end()..word.start].chars().all(char::is_whitespace) {
            return None;
        }
        count += 1;
    }
    let followed = text[words[count - 1].end()..].starts_with(',');
    (!comma || followed).then_some(count)
}

/// Lower case, or with a capital at the beginning only.
fn usual_case(phrase: &str) -> bool {
    !phrase.chars().skip(1).any(char::is_uppercase)
}

/// Spaces between two sentences: behind a word of three letters or more with a full stop, before a capital.
fn gap_after(text: &str, word: &Word<'_>, next: Option<&Word<'_>>) -> Option<usize> {
    let next = next?;
    let between = text[word.end()..next.start].strip_prefix('.')?;
    let spaces = (1..=2).contains(&between.len()) && between.chars().all(|c| c == ' ');
    let ends = word.prose && word.text.len() >= 3 && word.text.chars().all(|c| c.is_ascii_lowercase());
    let begins = next.prose && next.text.starts_with(|c: char| c.is_ascii_uppercase());
    (spaces && ends && begins).then_some(between.len())
}

/// The space between two words of prose of three letters or more, lower case: whether it is one that does not break.
fn space_after(text: &str, word: &Word<'_>, next: Option<&Word<'_>>) -> Option<bool> {
    let next = next?;
    let plain = |word: &Word<'_>| {
        word.prose && word.text.len() >= 3 && word.text.chars().all(|c| c.is_ascii_lowercase())
    };
    match &text[word.end()..next.start] {
        " " if plain(word) && plain(next) => Some(false),
        "\u{a0}" if plain(word) && plain(next) => Some(true),
        _ => None,
    }
}
