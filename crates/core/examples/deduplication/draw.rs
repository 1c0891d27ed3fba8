//! Random draws that depend on nothing but their seed (SplitMix64; Steele, Lea and Flood 2014).

/// A stream of draws.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The stream of some numbers: a seed, a kind, a position.
    pub fn of(seed: &[u64]) -> Self {
        let mut draw = Self(0x5851_f42d_4c95_7f2d);
        for part in seed {
            draw.0 ^= part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            draw.0 = draw.next();
        }
        draw
    }

    /// 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// True in `percent` of 100.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// An order of `0..count`.
    pub fn order(&mut self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
        for at in (1..count).rev() {
            order.swap(at, self.below(at + 1));
        }
        order
    }
}
