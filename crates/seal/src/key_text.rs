//! Key-encryption keys as text: what is in a key file, and what a command that gives keys prints.

use zeroize::Zeroizing;

use crate::keyring::{Kek, KeySource, Keys};

/// Longest text, in bytes.
const LONGEST: usize = 16 << 10;
/// Most keys in a text: the one in use and those of rotations that are not over.
const MOST: usize = 16;
const WORD: &str = "forewarn-key-1";

/// Why a text is not one of keys. Names lines, never what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextProblem {
    /// Too long, or not UTF-8.
    #[error("it is not a text of keys")]
    Text,
    /// A line that is neither a key nor a comment.
    #[error("line {0} is not a key: forewarn-key-1, its name, and 64 hex digits")]
    Line(usize),
    /// The name and the digits do not belong together: something was mistyped.
    #[error("line {0}: the name is not that of the key behind it; look for a mistyped digit")]
    Mistyped(usize),
    /// There is none.
    #[error("there is no key in it")]
    None,
    /// Too many.
    #[error("more than {MOST} keys")]
    TooMany,
}

/// Reads keys: one a line, `forewarn-key-1 NAME DIGITS`, where the digits are 64 lower-case hex digits and the name, which
/// guards against mistyped digits, follows from them. A line of 64 hex digits alone is a key too, as commands of key
/// services print it. Empty lines and those that begin with `#` are skipped.
///
/// # Errors
/// [`KeyTextProblem`] with the line.
pub fn read_keys(text: &[u8]) -> Result<Keys, KeyTextProblem> {
    if text.len() > LONGEST {
        return Err(KeyTextProblem::Text);
    }
    let text = std::str::from_utf8(text).map_err(|_| KeyTextProblem::Text)?;
    let lines = text.lines().zip(1..).map(|(line, number)| (line.trim(), number));
    let mut keys = Vec::new();
    for (line, number) in lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
        keys.push(read_key(line, number)?);
        if keys.len() > MOST {
            return Err(KeyTextProblem::TooMany);
        }
    }
    let mut keys = keys.into_iter();
    let first = keys.next().ok_or(KeyTextProblem::None)?;
    Ok(Keys::new(first, keys.collect()))
}

fn read_key(line: &str, number: usize) -> Result<Kek, KeyTextProblem> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (name, digits) = match words[..] {
        [digits] => (None, digits),
        [WORD, name, digits] => (Some(name), digits),
        _ => return Err(KeyTextProblem::Line(number)),
    };
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, &mut *bytes).map_err(|_| KeyTextProblem::Line(number))?;
    let key = Kek::from_bytes(*bytes);
    match name {
        Some(name) if name != key.id().as_str() => Err(KeyTextProblem::Mistyped(number)),
        _ => Ok(key),
    }
}

/// Writes keys as [`read_keys`] reads them, under a comment that says what they are.
pub fn write_keys<'a>(keys: impl IntoIterator<Item = &'a Kek>) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::from(
        "# Key-encryption keys of a Forewarn clearinghouse. Whoever has this file and its data can read everything;\n\
         # without it nobody can. Keep a copy, apart from the data and from backups of the data.\n",
    ));
    for key in keys {
        let digits = Zeroizing::new(hex::encode(key.expose()));
        for part in [WORD, " ", key.id().as_str(), " ", &digits, "\n"] {
            out.push_str(part);
        }
    }
    out
}
