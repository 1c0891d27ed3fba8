//! Unions of the sets of neighbouring versions, so that a range over many is read as a few bitmaps.
//!
//! The versions of a package are halved, and the halves halved, down to single ones. Where the parts of such a
//! stretch would take [`WORTH`] bitmaps to read, their union is kept as one. A range is then the few unions that
//! fill it and, towards its ends, fewer bytes of single sets than would have made another. Each union takes the
//! place of at least twice its bytes, so all of them together are never more than the sets themselves.

use std::cmp::Reverse;
use std::ops::Range;

use super::base::Base;
use super::bits::Bits;
use super::texts::number;

/// How many bitmaps of bytes a union must take the place of.
const WORTH: usize = 2;

/// The unions of all packages.
#[derive(Clone, Debug, Default)]
pub(super) struct Unions {
    /// Words of one union.
    words: usize,
    bitmaps: Vec<u64>,
    /// In order of their starts; of those with the same start the longest first.
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
    /// Its place among the bitmaps.
    place: u32,
}

/// What fills a range of variants.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    Union(&'a [u64]),
    Variant(u32),
}

impl Unions {
    pub(super) fn of<O>(base: &Base<O>) -> Self {
        let words = base.holders().div_ceil(64);
        let unions = Self { words, bitmaps: Vec::new(), spans: Vec::new() };
        let mut joining = Joining { base, worth: WORTH * words * 8, unions, parts: Vec::new() };
        for package in 0..number(base.directory.packages.len()) {
            let (ranked, others) = base.directory.variants_of(package);
            let variants = ranked.start..others.end;
            if base.posting_bytes(&variants) >= joining.worth {
                joining.join(variants);
                joining.parts.clear();
            }
        }
        let mut unions = joining.unions;
        unions.spans.sort_unstable_by_key(|span| (span.start, Reverse(span.end)));
        unions.spans.shrink_to_fit();
        unions.bitmaps.shrink_to_fit();
        unions
    }

    /// Offers the parts that fill a range, those first that fill more. Of a union that is not taken (`false`) the
    /// parts are offered, down to single variants.
    pub(super) fn fill<'a>(&'a self, range: Range<u32>, mut take: impl FnMut(Part<'a>) -> bool) {
        let mut at = range.start;
        let mut spans = after(&self.spans, at);
        'filling: while at < range.end {
            while let Some((span, rest)) = spans.split_first()
                && span.start == at
            {
                if span.end <= range.end && take(Part::Union(self.bitmap(span.place))) {
                    at = span.end;
                    spans = after(rest, at);
                    continue 'filling;
                }
                spans = rest;
            }
            take(Part::Variant(at));
            at += 1;
        }
    }

    fn bitmap(&self, place: u32) -> &[u64] {
        let start = place as usize * self.words;
        self.bitmaps.get(start..start + self.words).unwrap_or_default()
    }

    /// Bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.bitmaps[..]) + size_of_val(&self.spans[..])
    }
}

/// Those that start at a variant or later.
fn after(spans: &[Span], at: u32) -> &[Span] {
    spans.get(spans.partition_point(|span| span.start < at)..).unwrap_or_default()
}

struct Joining<'a, O> {
    base: &'a Base<O>,
    /// Bytes from which a union is kept.
    worth: usize,
    unions: Unions,
    /// What fills the variants that have been gone through, unions by place.
    parts: Vec<Joined>,
}

#[derive(Clone, Copy)]
enum Joined {
    Union(u32),
    Variant(u32),
}

impl<O> Joining<'_, O> {
    /// The bytes that reading these variants takes, once the unions among them are made.
    fn join(&mut self, variants: Range<u32>) -> usize {
        let Range { start, end } = variants;
        if end - start < 2 {
            self.parts.extend(variants.map(Joined::Variant));
            return self.base.posting_bytes(&(start..end));
        }
        let (middle, parts) = (start + (end - start) / 2, self.parts.len());
        let bytes = self.join(start..middle) + self.join(middle..end);
        if bytes < self.worth {
            return bytes;
        }
        let mut union = Bits::below(self.base.holders());
        for part in self.parts.drain(parts..) {
            match part {
                Joined::Union(place) => union.insert_words(self.unions.bitmap(place)),
                Joined::Variant(variant) => self.base.posting(variant).add_to(&mut union),
            }
        }
        let place = number(self.unions.spans.len());
        self.unions.bitmaps.extend(union.words());
        self.unions.spans.push(Span { start, end, place });
        self.parts.push(Joined::Union(place));
        self.unions.words * 8
    }
}
