//! Data keys and the envelope of what they seal.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use zeroize::Zeroizing;

use crate::{Binding, Random};

/// First byte of an envelope.
const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
/// How much longer an envelope is than what is in it, in bytes.
pub const OVERHEAD: usize = 1 + NONCE + TAG;

/// Why an envelope was not made or not opened. Never says what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealProblem {
    /// Cut off, or of another version of the format.
    #[error("it is not an envelope of a known version")]
    Format,
    /// Another key, another place, or changed bytes.
    #[error("it does not open here: another key, another place, or changed bytes")]
    Rejected,
    /// More than the cipher takes at once (about 256 GiB).
    #[error("it is too long to be sealed")]
    TooLong,
}

/// A data key: seals and opens what is in one scope. `Debug` shows nothing of it; it is wiped when it is dropped.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

impl DataKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    pub fn draw(random: &mut dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key);
        Self(key)
    }

    /// Its bytes, for whoever wraps it.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals `plain` for the place that `binding` names.
    ///
    /// The envelope is `01`, a random nonce of 24 bytes, the ciphertext and a tag of 16 bytes: XChaCha20-Poly1305
    /// (draft-irtf-cfrg-xchacha-03; RFC 8439 for its parts). The nonce is long enough to be drawn at random for every
    /// envelope that a key will ever seal.
    ///
    /// # Errors
    /// [`SealProblem::TooLong`].
    pub fn seal(
        &self,
        random: &mut dyn Random,
        binding: &Binding<'_>,
        plain: &[u8],
    ) -> Result<Vec<u8>, SealProblem> {
        self.seal_with(random, &binding.associated_data(), plain)
    }

    /// Opens an envelope that was sealed for this place.
    ///
    /// # Errors
    /// [`SealProblem::Format`] or [`SealProblem::Rejected`].
    pub fn open(&self, binding: &Binding<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealProblem> {
        self.open_with(&binding.associated_data(), sealed)
    }

    pub(crate) fn seal_with(
        &self,
        random: &mut dyn Random,
        associated: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, SealProblem> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let mut out = Vec::with_capacity(OVERHEAD + plain.len());
        out.push(VERSION);
        out.extend(nonce);
        out.extend(plain);
        let body = out.get_mut(1 + NONCE..).unwrap_or_default();
        let tag = self.cipher().encrypt_inout_detached(&nonce.into(), associated, body.into());
        out.extend(tag.map_err(|_| SealProblem::TooLong)?);
        Ok(out)
    }

    pub(crate) fn open_with(&self, associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealProblem> {
        let (version, rest) = sealed.split_first().ok_or(SealProblem::Format)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(SealProblem::Format)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(SealProblem::Format)?;
        if *version != VERSION {
            return Err(SealProblem::Format);
        }
        let mut plain = body.to_vec();
        self.cipher()
            .decrypt_inout_detached(&(*nonce).into(), associated, plain.as_mut_slice().into(), &(*tag).into())
            .map_err(|_| SealProblem::Rejected)?;
        Ok(plain)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.0).into())
    }
}
