//! A set of small numbers, one bit each.

/// Numbers below a bound that is fixed when the set is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
        contains(&self.0, number)
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }

    /// Adds what a bitmap in bytes holds, the least number in the lowest bit of the first byte.
    pub(super) fn insert_all(&mut self, bitmap: &[u8]) {
        let mut eights = bitmap.chunks_exact(8);
        let mut words = self.0.iter_mut();
        // In this order, lest a word is taken without eight bytes for it.
        for (bytes, word) in eights.by_ref().zip(words.by_ref()) {
            *word |= little_endian(bytes);
        }
        if let Some(word) = words.next() {
            *word |= little_endian(eights.remainder());
        }
    }

    pub(super) fn insert_words(&mut self, words: &[u64]) {
        for (word, more) in self.0.iter_mut().zip(words) {
            *word |= more;
        }
    }

    pub(super) fn remove_all(&mut self, other: &Self) {
        for (word, gone) in self.0.iter_mut().zip(&other.0) {
            *word &= !gone;
        }
    }

    /// The numbers are in groups of neighbours, and `last` has the last number of each: keeps for every group of
    /// which anything is here its last number.
    ///
    /// With a one for each number of a group but its last, adding any of them carries into the place of the last.
    pub(super) fn keep_last_of_groups(&mut self, last: &Self) {
        let mut carry = false;
        for (word, last) in self.0.iter_mut().zip(&last.0) {
            let (sum, over) = (*word & !last).overflowing_add(!last);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            carry = over || over_again;
            *word = (*word | sum) & last;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum::<u64>() as usize
    }

    /// In ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.0).flat_map(|(position, word)| ones(*word, position * 64))
    }
}

fn place(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}

pub(super) fn contains(words: &[u64], number: u32) -> bool {
    let (word, bit) = place(number);
    words.get(word).is_some_and(|word| word & bit != 0)
}

/// Up to eight bytes as a word.
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    if let Ok(eight) = bytes.try_into() {
        return u64::from_le_bytes(eight);
    }
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(word)
}

/// The places of the ones of a word, counted from `first`.
pub(super) fn ones(mut word: u64, first: u32) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let one = first + word.trailing_zeros();
            word &= word - 1;
            one
        })
    })
}
