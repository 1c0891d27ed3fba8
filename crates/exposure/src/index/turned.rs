//! Components by holder turned round into holders by component.

use std::ops::Range;

/// The buckets are so many variants at most (as a power of two) that what a bucket holds stays in the cache.
const MOST: u32 = 10;

/// Variant and holder of every occurrence, in buckets of neighbouring variants. Writing to as many places as there
/// are variants misses the caches at every step; buckets are few enough to be written side by side, and each is
/// small enough to be put in order by itself.
pub(super) struct Turned {
    /// The low bits of the variant above the holder; by bucket, and in each in the order of the holders.
    records: Vec<u32>,
    /// End of each bucket.
    ends: Vec<usize>,
    holder_bits: u32,
    low_bits: u32,
}

impl Turned {
    /// `places` has the variant of each component in `held`, and `holdings` what in `held` belongs to each holder,
    /// in their order.
    pub(super) fn new(mut held: Vec<u32>, holdings: &[Range<usize>], places: &[u32]) -> Self {
        let holder_bits = usize::BITS - holdings.len().saturating_sub(1).leading_zeros();
        let low_bits = (u32::BITS - holder_bits.min(u32::BITS)).min(MOST);
        let mut ends = vec![0_usize; (places.len() >> low_bits) + 1];
        for holding in holdings {
            for component in held.get_mut(holding.clone()).unwrap_or_default() {
                *component = places[*component as usize];
                ends[(*component >> low_bits) as usize] += 1;
            }
        }
        let mut start = 0;
        for end in &mut ends {
            start += std::mem::replace(end, start);
        }
        let mut records = vec![0; start];
        let low = low_mask(low_bits);
        for (holder, holding) in (0_u32..).zip(holdings) {
            for variant in held.get(holding.clone()).unwrap_or_default() {
                let cursor = &mut ends[(variant >> low_bits) as usize];
                records[*cursor] = (variant & low).unbounded_shl(holder_bits) | holder;
                *cursor += 1;
            }
        }
        Self { records, ends, holder_bits, low_bits }
    }

    /// For each variant below `variants` in ascending order the holders in ascending order; one whose inventory lists
    /// the variant twice is there twice.
    pub(super) fn each(&self, variants: u32, mut visit: impl FnMut(u32, &[u32])) {
        let low = low_mask(self.low_bits);
        let (mut start, mut holders, mut lists) = (0, Vec::new(), vec![0_usize; low as usize + 1]);
        for (bucket, end) in (0_u32..).zip(&self.ends) {
            let records = self.records.get(start..*end).unwrap_or_default();
            start = *end;
            self.put_in_order(records, &mut lists, &mut holders);
            let mut list = 0;
            for (variant, end) in ((bucket << self.low_bits)..variants).zip(&lists) {
                visit(variant, holders.get(list..*end).unwrap_or_default());
                list = *end;
            }
        }
    }

    /// One bucket by variant; `lists` has the ends.
    fn put_in_order(&self, records: &[u32], lists: &mut [usize], holders: &mut Vec<u32>) {
        let variant = |record: u32| record.unbounded_shr(self.holder_bits) as usize;
        let holder = low_mask(self.holder_bits);
        lists.fill(0);
        for record in records {
            lists[variant(*record)] += 1;
        }
        let mut start = 0;
        for list in &mut *lists {
            start += std::mem::replace(list, start);
        }
        holders.resize(records.len(), 0);
        for record in records {
            let cursor = &mut lists[variant(*record)];
            holders[*cursor] = record & holder;
            *cursor += 1;
        }
    }
}

fn low_mask(bits: u32) -> u32 {
    1_u32.unbounded_shl(bits).wrapping_sub(1)
}
