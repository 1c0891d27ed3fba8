//! Lines out of a body as it arrives: inflated if need be, bounded, cut, grouped into what one commit takes in.
//!
//! Nothing here waits, so that it can run on a thread where working long hurts nobody.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use crate::app::BatchLine;

/// Lines taken in by one commit.
const CHUNK: usize = 250;
/// Bytes after which a commit takes no further line.
const CHUNK_BYTES: usize = 4 << 20;
/// Longest line, in bytes.
pub const LONGEST_LINE: usize = 1 << 20;
/// Most lines of one batch.
pub const MOST_LINES: u64 = 100_000;
/// Most bytes of one batch once it is inflated.
const MOST_BYTES: u64 = 1 << 30;
/// How many times its size a body may inflate to; findings that repeat themselves reach a tenth of it.
const MOST_RATIO: u64 = 300;
/// What may be inflated before the ratio counts.
const FREE: u64 = 1 << 20;
/// Bytes inflated at once: no more than a thousand times as many come out.
const SLICE: usize = 4 << 10;

/// Why a body is not read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It is larger than a batch may be; the text says in what.
    TooLarge(&'static str),
    /// It is not gzip, or its end is missing.
    NotGzip,
}

/// Cuts a body into groups of lines.
pub struct Lines {
    inflate: Option<MultiGzDecoder<Inflated>>,
    cut: Cut,
}

impl Lines {
    /// For a body that is compressed with gzip or not at all.
    pub fn new(gzip: bool) -> Self {
        let inflate = gzip.then(|| MultiGzDecoder::new(Inflated::default()));
        Self { inflate, cut: Cut::default() }
    }

    /// Takes the next bytes of the body and gives the groups that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> (Vec<Vec<BatchLine>>, Option<Stop>) {
        let stop = self.read(bytes).err();
        (std::mem::take(&mut self.cut.ready), stop)
    }

    /// The body has ended: gives the last group.
    pub fn finish(&mut self) -> (Vec<Vec<BatchLine>>, Option<Stop>) {
        let stop = self.end().err();
        (std::mem::take(&mut self.cut.ready), stop)
    }

    /// How many lines are in groups that were given out.
    pub fn given(&self) -> u64 {
        self.cut.given
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let Some(inflate) = &mut self.inflate else {
            self.cut.total = self.cut.total.saturating_add(bytes.len() as u64);
            let whole = self.cut.total <= MOST_BYTES;
            return if whole { self.cut.push(bytes) } else { Err(Stop::TooLarge(TOO_MANY_BYTES)) };
        };
        for slice in bytes.chunks(SLICE) {
            inflate.get_mut().taken += slice.len() as u64;
            let done = inflate.write_all(slice);
            let plain = std::mem::take(&mut inflate.get_mut().plain);
            let stop = inflate.get_ref().stop;
            // What came out before it stopped is of the batch.
            self.cut.push(&plain)?;
            match (done, stop) {
                (_, Some(stop)) => return Err(Stop::TooLarge(stop)),
                (Err(_), None) => return Err(Stop::NotGzip),
                (Ok(()), None) => {}
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        if let Some(inflate) = &mut self.inflate {
            // An empty body is no gzip, but an empty batch.
            if inflate.get_ref().taken > 0 {
                inflate.try_finish().map_err(|_| Stop::NotGzip)?;
            }
            let plain = std::mem::take(&mut inflate.get_mut().plain);
            self.cut.push(&plain)?;
        }
        self.cut.end()
    }
}

const TOO_MANY_BYTES: &str = "a batch holds at most 1 GiB; send it in parts";

/// What came out of the decoder and was not cut yet.
#[derive(Default)]
struct Inflated {
    plain: Vec<u8>,
    taken: u64,
    given: u64,
    stop: Option<&'static str>,
}

impl Write for Inflated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.given = self.given.saturating_add(bytes.len() as u64);
        if self.given > MOST_BYTES {
            self.stop = Some(TOO_MANY_BYTES);
        } else if self.given > FREE.max(self.taken.saturating_mul(MOST_RATIO)) {
            self.stop =
                Some("this body inflates to more than 300 times its size; send it without compression");
        }
        if self.stop.is_some() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.plain.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines so far. Where a group ends follows from the lines alone, so a batch sent again is cut alike.
#[derive(Default)]
struct Cut {
    ready: Vec<Vec<BatchLine>>,
    group: Vec<BatchLine>,
    group_bytes: usize,
    rest: Vec<u8>,
    /// Whether the line under way is too long, so that no more of it is kept.
    over: bool,
    line: u64,
    given: u64,
    total: u64,
}

impl Cut {
    fn push(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..at]);
            self.line_ends()?;
            bytes = &bytes[at + 1..];
        }
        self.keep(bytes);
        Ok(())
    }

    /// One byte over the limit is enough for the reader to refuse a line by its size.
    fn keep(&mut self, bytes: &[u8]) {
        if !self.over {
            self.rest.extend_from_slice(bytes);
            if self.rest.len() > LONGEST_LINE {
                self.rest.truncate(LONGEST_LINE + 1);
                self.over = true;
            }
        }
    }

    fn line_ends(&mut self) -> Result<(), Stop> {
        self.over = false;
        self.line += 1;
        if self.line > MOST_LINES {
            return Err(Stop::TooLarge("a batch holds at most 100,000 lines; send it in parts"));
        }
        let bytes = std::mem::take(&mut self.rest);
        self.group_bytes += bytes.len();
        if !bytes.iter().all(u8::is_ascii_whitespace) {
            self.group.push(BatchLine { line: self.line, bytes });
        }
        if self.group.len() >= CHUNK || self.group_bytes >= CHUNK_BYTES {
            self.group_ends();
        }
        Ok(())
    }

    fn group_ends(&mut self) {
        self.group_bytes = 0;
        if !self.group.is_empty() {
            self.given = self.line;
            self.ready.push(std::mem::take(&mut self.group));
        }
    }

    fn end(&mut self) -> Result<(), Stop> {
        if !self.rest.is_empty() {
            self.line_ends()?;
        }
        self.group_ends();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
