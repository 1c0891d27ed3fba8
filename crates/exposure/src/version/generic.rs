//! The order of firmware and product versions, which follow no standard.
//!
//! A version is read as runs of digits and of letters; everything else separates. Numbers go by value. Of two
//! versions the first difference decides, where at that place
//! a pre-release word (`beta`, `rc`) < the end < any other word (`SP1`, a letter suffix, by text) < a number.
//! So `V4.2 beta` < `V4.2` < `V4.2 SP1` < `V4.2 SP1 Update 2` < `V4.2.1`, and `4.2` is `4.2.0`.
//!
//! `version`, `release`, `firmware`, `v`, `r` and the like before the first digit do not count. Any other
//! leading word (`SS016.05`, `FPGA_10`) names a line of versions; lines are not comparable with each other.
//! A first number that is a calendar date (`20210210`) counts as its year, month and day.

use super::difference::Group;
use super::number::{Number, split_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Leading words, first so that versions of one line are neighbours.
    line: Vec<Box<str>>,
    /// Without zeros at the end or before a word; closed by [`Token::End`].
    tokens: Vec<Token>,
}

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Early(Box<str>),
    End,
    Word(Box<str>),
    Number(Number),
}

/// Words before the first number that say nothing.
const NOISE: &[&str] = &[
    "v", "r", "ver", "vers", "version", "versions", "rev", "revision", "rel", "release", "fw", "firmware",
    "sw", "software", "os",
];

const EARLY: &[&str] = &["alpha", "beta", "dev", "ea", "pre", "preview", "rc", "snapshot", "test"];

impl Key {
    pub(super) fn same_line(&self, other: &Self) -> bool {
        self.line == other.line
    }

    pub(super) fn groups(&self) -> Vec<Group> {
        let shown = |token: &Token| match token {
            Token::Early(word) | Token::Word(word) => Some(word.to_string()),
            Token::End => None,
            Token::Number(number) => Some(number.to_string()),
        };
        let line = self.line.iter().map(ToString::to_string);
        vec![Group::many("leading word", line), Group::many("part", self.tokens.iter().filter_map(shown))]
    }
}

/// `None` without any digit: the order of `AB` and `B` differs by vendor.
pub(super) fn parse(text: &str) -> Option<Key> {
    let mut runs = runs(text).peekable();
    let mut line = Vec::new();
    while let Some(word) = runs.next_if(|run| Number::parse(run).is_none()) {
        let word = word.to_lowercase();
        if !NOISE.contains(&word.as_str()) {
            line.push(word.into());
        }
    }
    let mut tokens = first_number(runs.next()?);
    for run in runs {
        match Number::parse(run) {
            Some(number) => tokens.push(Token::Number(number)),
            None => push_word(&mut tokens, &run.to_lowercase()),
        }
    }
    trim_zeros(&mut tokens);
    tokens.push(Token::End);
    Some(Key { line, tokens })
}

/// Runs of ASCII digits and runs of letters (other digits count as letters).
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let (digits, after) = split_digits(rest);
        let (run, after) = if digits.is_empty() { split_letters(after) } else { (digits, after) };
        rest = after;
        (!run.is_empty()).then_some(run)
    })
}

fn split_letters(text: &str) -> (&str, &str) {
    let letter = |c: char| c.is_alphanumeric() && !c.is_ascii_digit();
    text.split_at(text.find(|c| !letter(c)).unwrap_or(text.len()))
}

fn first_number(run: &str) -> Vec<Token> {
    match date(run) {
        Some(parts) => parts.map(|part| Token::Number(Number::Small(part))).into(),
        None => Number::parse(run).map(Token::Number).into_iter().collect(),
    }
}

/// `YYYYMMDD` of 1980 to 2099.
fn date(run: &str) -> Option<[u64; 3]> {
    let field = |range: std::ops::Range<usize>| run.get(range).and_then(|digits| digits.parse::<u64>().ok());
    let (year, month, day) = (field(0..4)?, field(4..6)?, field(6..8)?);
    let plausible = (1980..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (run.len() == 8 && plausible).then_some([year, month, day])
}

fn push_word(tokens: &mut Vec<Token>, word: &str) {
    trim_zeros(tokens);
    let word = match word {
        "upd" => "update",
        "hf" => "hotfix",
        other => other,
    };
    let early = EARLY.contains(&word);
    tokens.push(if early { Token::Early(word.into()) } else { Token::Word(word.into()) });
}

fn trim_zeros(tokens: &mut Vec<Token>) {
    while tokens.last().is_some_and(|token| matches!(token, Token::Number(number) if number.is_zero())) {
        tokens.pop();
    }
}
