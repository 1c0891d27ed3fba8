//! The features of one report in one piece of memory: a comparison with a report that was read long ago costs one jump
//! and not one for each kind of feature.

use super::features::{Package, Place};
use super::hash::Name;
use super::patch::Hunk;
use super::text::{BINS, Sketch};

const PACKAGE: usize = 6;
const PLACE: usize = 5;
const HUNK: usize = 6;
const SKETCH: usize = BINS / 4;

/// What is packed.
pub(super) struct Parts<'a> {
    pub ids: &'a [u32],
    pub packages: &'a [Package],
    pub weaknesses: &'a [u32],
    pub places: &'a [Place],
    pub frames: &'a [Place],
    pub hunks: &'a [Hunk],
    pub names: &'a [u32],
    pub sketch: Option<&'a Sketch>,
}

/// The kinds of features in their order.
#[derive(Clone, Copy)]
enum Kind {
    Ids,
    Packages,
    Weaknesses,
    Places,
    Frames,
    Hunks,
    Names,
    Sketch,
}

const KINDS: usize = 8;

/// Features of all kinds, one kind after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    /// Where each kind ends.
    ends: [u16; KINDS],
    words: Box<[u32]>,
}

impl Packed {
    pub fn of(parts: &Parts<'_>) -> Self {
        let mut words: Vec<u32> = Vec::with_capacity(128);
        let mut ends = [0_u16; KINDS];
        let end = |words: &Vec<u32>| u16::try_from(words.len()).unwrap_or(u16::MAX);
        words.extend(parts.ids.iter().take(usize::from(u8::MAX)));
        ends[Kind::Ids as usize] = end(&words);
        for package in parts.packages {
            let (low, high) = package.span;
            words.extend([package.whole, package.name]);
            words.extend([low, high].into_iter().flat_map(halves));
        }
        ends[Kind::Packages as usize] = end(&words);
        words.extend(parts.weaknesses);
        ends[Kind::Weaknesses as usize] = end(&words);
        words.extend(parts.places.iter().flat_map(place_words));
        ends[Kind::Places as usize] = end(&words);
        words.extend(parts.frames.iter().flat_map(place_words));
        ends[Kind::Frames as usize] = end(&words);
        for hunk in parts.hunks {
            words.extend(place_words(&hunk.place));
            words.push(hunk.removed);
        }
        ends[Kind::Hunks as usize] = end(&words);
        words.extend(parts.names);
        ends[Kind::Names as usize] = end(&words);
        if let Some(sketch) = parts.sketch {
            words.extend(sketch.words());
        }
        ends[Kind::Sketch as usize] = end(&words);
        Self { ends, words: words.into() }
    }

    fn section(&self, kind: Kind) -> &[u32] {
        let at = kind as usize;
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.words.get(usize::from(from)..usize::from(self.ends[at])).unwrap_or_default()
    }

    pub fn ids(&self) -> &[u32] {
        self.section(Kind::Ids)
    }

    pub fn packages(&self) -> impl Iterator<Item = Package> {
        let of = |words: &[u32; PACKAGE]| {
            let [whole, name, a, b, c, d] = *words;
            Package { whole, name, span: (joined(a, b), joined(c, d)) }
        };
        self.section(Kind::Packages).as_chunks().0.iter().map(of)
    }

    pub fn weaknesses(&self) -> &[u32] {
        self.section(Kind::Weaknesses)
    }

    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.section(Kind::Places).as_chunks().0.iter().map(place)
    }

    /// Functions of the project in the stack, the innermost first.
    pub fn frames(&self) -> impl Iterator<Item = Place> {
        self.section(Kind::Frames).as_chunks().0.iter().map(place)
    }

    pub fn frame(&self, at: usize) -> Option<Place> {
        self.section(Kind::Frames).as_chunks().0.get(at).map(place)
    }

    pub fn has_frames(&self) -> bool {
        !self.section(Kind::Frames).is_empty()
    }

    pub fn hunks(&self) -> impl Iterator<Item = Hunk> {
        let of = |words: &[u32; HUNK]| {
            let [a, b, c, d, e, removed] = *words;
            Hunk { place: place(&[a, b, c, d, e]), removed }
        };
        self.section(Kind::Hunks).as_chunks().0.iter().map(of)
    }

    /// Names of code in the words.
    pub fn names(&self) -> &[u32] {
        self.section(Kind::Names)
    }

    pub fn sketch(&self) -> Option<Sketch> {
        let words: &[u32; SKETCH] = self.section(Kind::Sketch).first_chunk()?;
        Some(Sketch::from_words(words))
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.words)
    }
}

fn place_words(place: &Place) -> [u32; PLACE] {
    let Place { file, function, line } = *place;
    [file.last, file.qualified, function.last, function.qualified, line]
}

fn place(words: &[u32; PLACE]) -> Place {
    let [file, in_directory, function, in_class, line] = *words;
    let name = |last, qualified| Name { last, qualified };
    Place { file: name(file, in_directory), function: name(function, in_class), line }
}

fn halves(value: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
}

fn joined(low: u32, high: u32) -> u64 {
    (u64::from(high) << 32) | u64::from(low)
}
