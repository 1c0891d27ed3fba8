//! The secrets that make an interval with a thousand acts look like one with none.
//!
//! Everything is HMAC-SHA-256 (RFC 2104) under a key for the interval, which is itself HMAC-SHA-256 under the log's
//! hiding key. Each use has its own label, so that no output serves two purposes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::batch::DEPTH;
use crate::tree::Hash;

/// The secret of a log's intervals. Who has it can tell which nodes stand for acts. Does not print itself.
#[derive(Clone)]
pub struct HidingKey(Hash);

/// The secret of one interval.
#[derive(Clone)]
pub(crate) struct IntervalKey(Hash);

impl HidingKey {
    /// The hiding key of a log whose secret is `secret` (32 random bytes, may serve for other purposes too).
    pub fn derive(secret: &[u8; 32]) -> Self {
        Self(mac(secret, &[b"forewarn public log: hiding key 1"]))
    }

    pub(crate) fn interval(&self, number: u64) -> IntervalKey {
        IntervalKey(mac(&self.0, &[b"interval", &number.to_be_bytes()]))
    }

    /// The salt with which the entry of interval `number` commits to the log of acts, see [`log_commitment`].
    pub fn log_salt(&self, number: u64) -> Hash {
        mac(&self.interval(number).0, &[b"log"])
    }
}

impl std::fmt::Debug for HidingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HidingKey").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for IntervalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IntervalKey").finish_non_exhaustive()
    }
}

impl IntervalKey {
    /// Where an act wants to be: a number below `2^DEPTH`.
    pub(crate) fn position(&self, commitment: &Hash) -> u32 {
        let [a, b, c, d, ..] = mac(&self.0, &[b"place", commitment]);
        u32::from_be_bytes([a, b, c, d]) >> (u32::BITS as usize - DEPTH)
    }

    /// The value of a subtree of `2^level` free places, the `index`-th of its level.
    pub(crate) fn free(&self, level: usize, index: u32) -> Hash {
        mac(&self.0, &[b"free", &(level as u64).to_be_bytes(), &index.to_be_bytes()])
    }
}

/// `SHA-256("forewarn log of acts 1\n" || salt || size || root)`, the size as a big-endian 64-bit number: commits to
/// the log of acts as it was, and says nothing of its size without the salt.
pub fn log_commitment(salt: &Hash, size: u64, root: &Hash) -> Hash {
    Sha256::new_with_prefix(b"forewarn log of acts 1\n")
        .chain_update(salt)
        .chain_update(size.to_be_bytes())
        .chain_update(root)
        .finalize()
        .into()
}

/// HMAC over the parts, which are a label and values of fixed lengths.
fn mac(key: &Hash, parts: &[&[u8]]) -> Hash {
    // Padded with zeros to a block, as HMAC pads a shorter key, so that the constructor cannot refuse it.
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
