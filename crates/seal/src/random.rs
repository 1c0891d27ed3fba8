//! Randomness, which the caller brings.

/// A source of unpredictable bytes. What it gives becomes keys and nonces, so it must be a cryptographic one, and it must
/// never give the same bytes twice.
pub trait Random: Send {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<R: Random + ?Sized> Random for Box<R> {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}
