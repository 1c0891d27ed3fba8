//! Texts of one thing a line.

use crate::json::{Limits, Problem};

/// Longest line that is read, in bytes.
const LONGEST: usize = 16 << 10;

/// A line that says something.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    /// Counted from one.
    pub number: usize,
    /// Without the line break and white space at its end.
    pub text: &'t str,
}

impl Line<'_> {
    /// Its place.
    pub fn place(&self) -> String {
        place(self.number)
    }
}

/// The place of a line.
pub(crate) fn place(number: usize) -> String {
    format!("line {number}")
}

/// The lines of a text that are neither blank nor, being white space and `#`, a comment.
pub(super) fn significant(text: &str) -> impl Iterator<Item = Line<'_>> {
    let numbered =
        text.lines().enumerate().map(|(index, text)| Line { number: index + 1, text: text.trim_end() });
    numbered.filter(|line| !matches!(line.text.trim_start().chars().next(), None | Some('#')))
}

/// The same, where a line too long or too many lines are refused.
pub(super) fn bounded<'t>(
    text: &'t str,
    limits: &Limits,
) -> impl Iterator<Item = Result<Line<'t>, Problem>> + use<'t> {
    let most = limits.nodes;
    significant(text).enumerate().map(move |(index, line)| {
        if index >= most {
            return Err(Problem {
                place: line.place(),
                message: "more lines than allowed in one document".into(),
            });
        }
        if line.text.len() > LONGEST {
            let message = format!("a line of more than {LONGEST} bytes");
            return Err(Problem { place: line.place(), message });
        }
        Ok(line)
    })
}
