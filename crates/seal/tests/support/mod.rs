//! Randomness for tests.

use forewarn_seal::Random;

/// Bytes that follow from a seed and never repeat: enough for tests, no more.
pub struct Counter(pub u64);

impl Random for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            piece.copy_from_slice(&self.0.to_le_bytes()[..piece.len()]);
        }
    }
}
