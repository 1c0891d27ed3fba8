//! The set of assets that hold one thing, in as few bytes as it takes.
//!
//! A sparse set is the gaps between its ascending numbers, each less one, as LEB128: seven bits a byte, low bits
//! first. A set for which that would take half of one bit for every number below the bound is that bitmap, which is
//! many times quicker to read. The length therefore tells the two apart, and no set is longer than its bitmap.

use super::bits::{Bits, little_endian, ones};

/// Bytes of a bitmap for numbers below a bound.
fn bitmap(bound: u32) -> usize {
    bound.div_ceil(8) as usize
}

/// Appends the set of ascending numbers below `bound`; repeated ones count once.
pub(super) fn encode(numbers: &[u32], bound: u32, out: &mut Vec<u8>) {
    let start = out.len();
    let mut next = 0;
    for number in numbers {
        let Some(gap) = number.checked_sub(next) else { continue };
        push_varint(gap, out);
        next = number + 1;
        if 2 * (out.len() - start) >= bitmap(bound) {
            out.truncate(start);
            out.resize(start + bitmap(bound), 0);
            for number in numbers {
                out[start + *number as usize / 8] |= 1 << (number % 8);
            }
            return;
        }
    }
}

fn push_varint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A set as [`encode`] wrote it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Posting<'a> {
    Sparse(&'a [u8]),
    Dense(&'a [u8]),
}

impl<'a> Posting<'a> {
    pub(super) fn new(bytes: &'a [u8], bound: u32) -> Self {
        if bytes.len() == bitmap(bound) { Self::Dense(bytes) } else { Self::Sparse(bytes) }
    }

    /// In ascending order.
    pub(super) fn for_each(self, mut visit: impl FnMut(u32)) {
        match self {
            Self::Sparse(bytes) => each_sparse(bytes, visit),
            Self::Dense(bytes) => {
                for (position, chunk) in (0_u32..).zip(bytes.chunks(8)) {
                    ones(little_endian(chunk), position * 64).for_each(&mut visit);
                }
            }
        }
    }

    pub(super) fn add_to(self, set: &mut Bits) {
        match self {
            Self::Sparse(bytes) => each_sparse(bytes, |number| {
                set.insert(number);
            }),
            Self::Dense(bytes) => set.insert_all(bytes),
        }
    }

    /// Whether these bytes are a set of numbers below the bound as [`encode`] would write it: nothing cut off, nothing
    /// beyond, no longer than need be.
    pub(super) fn is_sound(self, bound: u32) -> bool {
        let mut sound = true;
        if let Self::Sparse(bytes) = self {
            sound = bytes.last().is_some_and(|last| last & 0x80 == 0)
                && 2 * bytes.len() < bitmap(bound)
                && bytes.split(|byte| byte & 0x80 == 0).all(|more| more.len() < 5);
        }
        let mut next = 0;
        self.for_each(|number| {
            sound &= number >= next && number < bound;
            next = number.saturating_add(1);
        });
        sound
    }
}

/// Arithmetic wraps, so that bytes which are no set do no harm before they are found out.
fn each_sparse(mut bytes: &[u8], mut visit: impl FnMut(u32)) {
    const MORE: u64 = 0x8080_8080_8080_8080;
    let mut next = 0_u32;
    let mut gap_is = |gap: u32| {
        let number = next.wrapping_add(gap);
        visit(number);
        next = number.wrapping_add(1);
    };
    while !bytes.is_empty() {
        // Most gaps of all but the sparsest sets are one byte, and eight of those need one look.
        if let Some(eight) = bytes.first_chunk::<8>() {
            let single = (u64::from_le_bytes(*eight) & MORE).trailing_zeros() as usize / 8;
            eight.iter().take(single).for_each(|gap| gap_is(u32::from(*gap)));
            bytes = bytes.get(single..).unwrap_or_default();
            if single == 8 {
                continue;
            }
        }
        let (mut gap, mut shift, mut more) = (0, 0_u32, true);
        while more && let Some((byte, rest)) = bytes.split_first() {
            gap |= u32::from(byte & 0x7F).wrapping_shl(shift);
            shift += 7;
            more = *byte >= 0x80;
            bytes = rest;
        }
        gap_is(gap);
    }
}
