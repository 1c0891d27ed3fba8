//! CSV that a spreadsheet does not take for formulas.

use std::borrow::Cow;

use bytes::Bytes;
use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::app::AppError;

/// Writes lines as RFC 4180. Every cell is quoted, so that a spreadsheet which separates at semicolons does not begin
/// a cell inside one.
pub(super) fn write<'a>(
    lines: impl IntoIterator<Item = impl Iterator<Item = &'a str>>,
) -> Result<Bytes, AppError> {
    let failed = "CSV was not written";
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for line in lines {
        let cells = line.map(|cell| safe(cell).into_owned());
        writer.write_record(cells.collect::<Vec<_>>()).map_err(|_| AppError::Internal(failed))?;
    }
    writer.into_inner().map(Bytes::from).map_err(|_| AppError::Internal(failed))
}

/// A cell with an apostrophe before it where a spreadsheet could take it for a formula: where it begins, after white
/// space and characters that are not seen, with `=`, `+`, `-`, `@` or a full-width form of them, or where it begins
/// with a tab or an end of line (OWASP, "CSV Injection").
fn safe(cell: &str) -> Cow<'_, str> {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let formula = |c: char| {
        matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '−' | '﹢' | '﹣' | '﹦' | '﹫')
    };
    let begins = cell.trim_start_matches(unseen).starts_with(formula);
    if begins || cell.starts_with(['\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &[&str] = &[
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " =1",
        "\u{feff}=1",
        "\u{200b}=1",
        "=cmd|' /C calc'!A0",
        "\"=1\"",
        "a;=1",
        "a\",=1",
        "line\r\n=1",
        "",
    ];

    #[test]
    fn a_real_reader_gets_every_cell_back_and_none_is_a_formula() {
        let written = write([HOSTILE.iter().copied(), HOSTILE.iter().copied()]).unwrap_or_default();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_ref());
        let mut lines = 0;
        for line in reader.records() {
            let line = line.unwrap_or_default();
            assert_eq!(line.len(), HOSTILE.len());
            for (cell, original) in line.iter().zip(HOSTILE) {
                assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), *original);
                let first = cell.trim_start().chars().find(|c| *c != '\u{feff}' && *c != '\u{200b}');
                assert!(!first.is_some_and(|c| "=+-@＝＋－＠".contains(c)), "{cell:?}");
                assert!(!cell.starts_with(['\t', '\r', '\n']), "{cell:?}");
            }
            lines += 1;
        }
        assert_eq!(lines, 2);
    }

    #[test]
    fn plain_cells_stay_as_they_are() {
        for cell in ["a", "a=b", "1.0-1", "'quoted", "x@y.example"] {
            assert_eq!(safe(cell), cell);
        }
    }
}
