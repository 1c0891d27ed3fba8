//! Cosignatures of witnesses, as in C2SP tlog-cosignature: Ed25519 over the checkpoint's text behind a header and the
//! moment of signing.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use crate::key::{KeyError, is_name, key_id, parts};
use crate::note::{Note, Signature};

/// Signature type byte of timestamped Ed25519 cosignatures.
const COSIGNATURE: u8 = 4;
/// Bytes of a cosignature: a big-endian 64-bit moment and an Ed25519 signature.
const LENGTH: usize = 8 + 64;

/// Name and public key of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl WitnessKey {
    /// Reads the text form, `name+id+base64(0x04 || key)`.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, bytes) = parts(text, COSIGNATURE)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Algorithm)?;
        // A key of small order verifies signatures nobody made.
        if key.is_weak() {
            return Err(KeyError::Algorithm);
        }
        let witness = Self::with(name, key)?;
        if hex::encode(witness.id) == id { Ok(witness) } else { Err(KeyError::Id) }
    }

    fn with(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, COSIGNATURE, &key), key })
    }

    /// The witness's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The moment, in seconds since the Unix epoch, at which this witness cosigned the note's text; `None` when no line
    /// of it is a right cosignature by this key.
    pub fn cosigned_at(&self, note: &Note) -> Option<u64> {
        let own = note.signatures().iter().filter(|line| line.name == self.name && line.id == self.id);
        own.filter_map(|line| self.moment_of(note.unverified_text(), &line.bytes)).max()
    }

    fn moment_of(&self, text: &str, bytes: &[u8]) -> Option<u64> {
        let (moment, signature) = bytes.split_first_chunk::<8>()?;
        let moment = u64::from_be_bytes(*moment);
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        let signed = i64::try_from(moment).is_ok()
            && self.key.verify_strict(message(text, moment).as_bytes(), &signature).is_ok();
        signed.then_some(moment)
    }
}

impl std::fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![COSIGNATURE];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(bytes))
    }
}

/// Name and private key of a witness. Does not print the key.
#[derive(Clone)]
pub struct Cosigner {
    witness: WitnessKey,
    key: SigningKey,
}

impl Cosigner {
    /// The Ed25519 private key `seed` (32 random bytes, RFC 8032) under `name`.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(seed);
        Ok(Self { witness: WitnessKey::with(name, key.verifying_key())?, key })
    }

    /// What others need to check the cosignatures.
    pub fn witness(&self) -> &WitnessKey {
        &self.witness
    }

    /// The cosignature of a checkpoint's note at a moment, in seconds since the Unix epoch. Whoever cosigns has checked
    /// it before, see [`crate::Submission::check`].
    pub fn cosign(&self, note: &Note, moment: u64) -> Signature {
        let text = note.unverified_text();
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(&moment.to_be_bytes());
        bytes.extend_from_slice(&self.key.sign(message(text, moment).as_bytes()).to_bytes());
        Signature { name: self.witness.name.clone(), id: self.witness.id, bytes }
    }
}

impl std::fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cosigner").field("witness", &self.witness).finish_non_exhaustive()
    }
}

fn message(text: &str, moment: u64) -> String {
    format!("cosignature/v1\ntime {moment}\n{text}")
}
