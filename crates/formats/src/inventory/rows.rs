//! The rows of a CSV.
//!
//! The parser is `csv-core`, the inside of the `csv` crate: there the caller owns the buffers, so that a row cannot
//! need more memory than is set here.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Most columns of a sheet.
const COLUMNS: usize = 256;
/// Longest row, in bytes.
const LONGEST: usize = 64 << 10;

/// The rows of a sheet, read into buffers of fixed size.
pub(super) struct Rows<'t> {
    reader: Reader,
    rest: &'t [u8],
    output: Vec<u8>,
    ends: Vec<usize>,
    first: bool,
}

/// One row.
pub(super) struct Row<'r> {
    /// The line where it begins.
    pub line: usize,
    /// Whether it is the heading.
    pub first: bool,
    text: &'r [u8],
    /// Where its cells end.
    pub ends: &'r [usize],
}

impl<'r> Row<'r> {
    /// The cells; the input is UTF-8 and delimiters are ASCII, so every cell is UTF-8 too.
    pub fn cells(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let text = self.text;
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(self.ends.iter().copied());
        spans.map(move |(start, end)| {
            text.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
        })
    }
}

impl<'t> Rows<'t> {
    /// The rows of a text.
    pub fn new(text: &'t str, delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            rest: text.as_bytes(),
            output: vec![0; LONGEST],
            ends: vec![0; COLUMNS],
            first: true,
        }
    }

    /// The next row, or line and message of what is wrong with it.
    pub fn next(&mut self) -> Option<Result<Row<'_>, (usize, String)>> {
        self.pass_breaks();
        let line = usize::try_from(self.reader.line()).unwrap_or(usize::MAX);
        let (mut written, mut cells) = (0, 0);
        loop {
            let output = self.output.get_mut(written..)?;
            let ends = self.ends.get_mut(cells..)?;
            let (result, read, wrote, ended) = self.reader.read_record(self.rest, output, ends);
            self.rest = self.rest.get(read..)?;
            written += wrote;
            cells += ended;
            let message = match result {
                ReadRecordResult::InputEmpty => continue,
                ReadRecordResult::End => return None,
                ReadRecordResult::Record => break,
                ReadRecordResult::OutputFull => format!("a row of more than {LONGEST} bytes"),
                ReadRecordResult::OutputEndsFull => format!("more than {COLUMNS} columns"),
            };
            return Some(Err((line, message)));
        }
        let first = std::mem::replace(&mut self.first, false);
        Some(Ok(Row { line, first, text: self.output.get(..written)?, ends: self.ends.get(..cells)? }))
    }

    /// Passes over blank lines, so that the line of a row is its own.
    fn pass_breaks(&mut self) {
        let breaks = self.rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (passed, rest) = self.rest.split_at(breaks);
        let lines = passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.reader.set_line(self.reader.line() + lines);
        self.rest = rest;
    }
}
