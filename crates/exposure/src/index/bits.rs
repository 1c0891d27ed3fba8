//! A set of small numbers, one bit each.

/// Numbers below a bound that is fixed when the set is made.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn below(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    /// Says whether it was not there. A number beyond the bound is never there.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        let (word, bit) = place(number);
        let Some(word) = self.0.get_mut(word) else { return false };
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Adds what a bitmap in bytes holds, the least number in the lowest bit of the first byte.
    pub(super) fn insert_all(&mut self, bitmap: &[u8]) {
        for (word, bytes) in self.0.iter_mut().zip(bitmap.chunks(8)) {
            *word |= little_endian(bytes);
        }
    }

    pub(super) fn remove_all(&mut self, other: &Self) {
        for (word, gone) in self.0.iter_mut().zip(&other.0) {
            *word &= !gone;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// In ascending order.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32)) {
        for (position, word) in (0_u32..).zip(&self.0) {
            each_bit(*word, position * 64, &mut visit);
        }
    }
}

fn place(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}

/// Up to eight bytes as a word.
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(word)
}

pub(super) fn each_bit(mut word: u64, first: u32, visit: &mut impl FnMut(u32)) {
    while word != 0 {
        visit(first + word.trailing_zeros());
        word &= word - 1;
    }
}
