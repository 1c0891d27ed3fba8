//! Packagist: the order of PHP's `version_compare`
//! (<https://www.php.net/manual/en/function.version-compare.php>), which Composer uses, without a leading `v`.
//!
//! Digits and words are parts, whatever separates them. At the first difference any other word < `dev` < `alpha`,
//! `a` < `beta`, `b` < `RC`, `rc` < the end < a number < `pl`, `p`. A word belongs to the first of these that it
//! starts with; other words are all the same, and case matters (`BETA` is another word). `#` says nothing. A branch
//! such as `1.x-dev` is newer than every release of its line; `dev-main` has no place in the order.
//!
//! Composer also fills up with zeros (`1.0` is `1.0.0`) and reads `stable` and upper case; the published fixtures
//! do not.

use super::difference::Group;
use super::number::{Number, split_digits, split_non_digits};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<Token>);

/// Declared in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Other,
    Dev,
    Alpha,
    Beta,
    ReleaseCandidate,
    End,
    Number(Number),
    Patch,
}

/// What Composer writes for the `x` of a branch.
const BRANCH: Number = Number::Small(9_999_999);

pub(super) fn parse(text: &str) -> Option<Key> {
    let version = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let sound = version.starts_with(|c: char| c.is_ascii_digit())
        && !version.chars().any(|c| c.is_whitespace() || c.is_control());
    if !sound {
        return None;
    }
    let branch = version.ends_with("-dev");
    let mut tokens = Vec::new();
    for piece in version.split(['.', '-', '_', '+', '#']) {
        if piece == "x" && branch {
            tokens.push(Token::Number(BRANCH));
        } else {
            push_piece(&mut tokens, piece);
        }
    }
    tokens.push(Token::End);
    Some(Key(tokens))
}

fn push_piece(tokens: &mut Vec<Token>, piece: &str) {
    let mut rest = piece;
    while !rest.is_empty() {
        let (digits, after) = split_digits(rest);
        if !digits.is_empty() {
            tokens.extend(Number::parse(digits).map(Token::Number));
        }
        let (word, after) = split_non_digits(after);
        if !word.is_empty() {
            tokens.push(token(word));
        }
        rest = after;
    }
}

fn token(word: &str) -> Token {
    match word {
        word if word.starts_with("dev") => Token::Dev,
        word if word.starts_with('a') => Token::Alpha,
        word if word.starts_with('b') => Token::Beta,
        word if word.starts_with("RC") || word.starts_with("rc") => Token::ReleaseCandidate,
        word if word.starts_with('p') => Token::Patch,
        _ => Token::Other,
    }
}

impl Key {
    pub(super) fn groups(&self) -> Vec<Group> {
        let shown = |token: &Token| {
            Some(match token {
                Token::Other => "another word".to_owned(),
                Token::Dev => "dev".to_owned(),
                Token::Alpha => "alpha".to_owned(),
                Token::Beta => "beta".to_owned(),
                Token::ReleaseCandidate => "RC".to_owned(),
                Token::End => return None,
                Token::Number(number) => number.to_string(),
                Token::Patch => "patch".to_owned(),
            })
        };
        vec![Group::many("part", self.0.iter().filter_map(shown))]
    }
}
