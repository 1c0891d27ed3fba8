//! Looking things up by a value that the database must not show.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::DataKey;
use crate::binding::part_into;

/// Length of a blinded value, in bytes.
pub const BLIND_LENGTH: usize = 16;

/// Turns values into others that are equal when the values are, and tell nothing more to whoever has not the key:
/// HMAC-SHA-256 (RFC 2104), cut to 16 bytes.
#[derive(Clone, Debug)]
pub struct BlindIndex(DataKey);

impl BlindIndex {
    /// An index under this key, which must serve nothing else.
    pub fn new(key: DataKey) -> Self {
        Self(key)
    }

    /// The blinded value of `parts`; each part counts with its length.
    pub fn blind(&self, parts: &[&[u8]]) -> [u8; BLIND_LENGTH] {
        let mut text = Vec::with_capacity(96);
        part_into(&mut text, b"forewarn blind index 1");
        parts.iter().for_each(|part| part_into(&mut text, part));
        // HMAC takes keys of every length, so that this fails for none.
        let mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose()).map(|mac| mac.chain_update(&text).finalize());
        let mut out = [0; BLIND_LENGTH];
        if let Ok(mac) = mac {
            out.copy_from_slice(&mac.into_bytes()[..BLIND_LENGTH]);
        }
        out
    }
}
