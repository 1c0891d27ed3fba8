//! Reading scenario scripts: one step a line, words as in a shell, `#` begins a comment.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Longest script, in bytes.
pub const LONGEST_SCRIPT: usize = 1 << 20;
/// Most steps of a script.
const MOST_STEPS: usize = 10_000;

/// A step of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What to do.
    pub verb: String,
    /// Words that are not of the form `name=value`.
    pub words: Vec<String>,
    /// Words of the form `name=value`, as written.
    pub fields: BTreeMap<String, String>,
    /// The name under which the answer's id is remembered (`-> NAME`).
    pub save: Option<String>,
}

/// What is wrong with a script.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// What, and what to do.
    pub message: String,
}

impl Step {
    /// A problem with this step.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { line: self.line, message: message.into() }
    }

    /// The word at a position, called `what` in the usage.
    pub fn word(&self, position: usize, what: &str) -> Result<&str, Problem> {
        let missing = || self.problem(format!("`{}` needs {what}", self.verb));
        self.words.get(position).map(String::as_str).ok_or_else(missing)
    }
}

/// Reads a script.
///
/// # Errors
/// With the line of the first mistake.
pub fn read(text: &str) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let problem = |message: &str| Problem { line, message: message.to_owned() };
        let words = shell_words::split(text).map_err(|_| problem("a quotation mark is not closed"))?;
        let words: Vec<String> = words.into_iter().take_while(|word| !word.starts_with('#')).collect();
        if words.is_empty() {
            continue;
        }
        if steps.len() == MOST_STEPS {
            return Err(problem("a script has at most 10,000 steps"));
        }
        steps.push(step(line, words).map_err(|message| problem(&message))?);
    }
    Ok(steps)
}

fn step(line: usize, words: Vec<String>) -> Result<Step, String> {
    let mut step = Step { line, verb: String::new(), words: vec![], fields: BTreeMap::new(), save: None };
    let mut words = words.into_iter();
    step.verb = words.next().unwrap_or_default();
    while let Some(word) = words.next() {
        if word == "->" {
            step.save = Some(words.next().ok_or("`->` needs the name to remember the answer under")?);
            continue;
        }
        let named = word.split_once('=').filter(|(name, _)| is_name(name));
        match named {
            Some((name, value)) => {
                if step.fields.insert(name.to_owned(), value.to_owned()).is_some() {
                    return Err(format!("`{name}=` is given twice"));
                }
            }
            None => step.words.push(word),
        }
    }
    Ok(step)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.')
}

/// A duration such as `3d`, `36h` or `15m`.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let (number, seconds) = match text.as_bytes().last()? {
        b'd' => (&text[..text.len() - 1], 86_400),
        b'h' => (&text[..text.len() - 1], 3_600),
        b'm' => (&text[..text.len() - 1], 60),
        _ => return None,
    };
    let count: i64 = number.parse().ok().filter(|count| (0..=100_000).contains(count))?;
    Some(SignedDuration::from_secs(count * seconds))
}

/// A value as JSON: `true`, `false`, whole numbers, `[a,b]`, `+3d` for a moment from `now`, `@name` for something
/// remembered; anything else is text.
///
/// # Errors
/// With the name that is not known.
pub fn value(text: &str, now: Timestamp, known: &BTreeMap<String, String>) -> Result<Value, String> {
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let parts = inner.split(',').map(str::trim).filter(|part| !part.is_empty());
        return parts.map(|part| value(part, now, known)).collect::<Result<Vec<_>, _>>().map(Value::Array);
    }
    if let Some(name) = text.strip_prefix('@') {
        return known.get(name).map(|id| json!(id)).ok_or_else(|| format!("nothing is called `{name}` yet"));
    }
    if let Some(by) = text.strip_prefix('+').and_then(duration) {
        return now
            .checked_add(by)
            .map(|moment| json!(moment))
            .map_err(|_| "that moment is out of range".into());
    }
    Ok(match text {
        "true" => json!(true),
        "false" => json!(false),
        _ => text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)),
    })
}
