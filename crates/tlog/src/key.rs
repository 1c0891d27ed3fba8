//! Ed25519 keys of signed notes, with their text forms.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Signature type byte of plain Ed25519 signatures.
const ED25519: u8 = 1;

/// A key that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Key names are not empty and have no white space, control characters or `+`.
    #[error("a key name must be non-empty, without white space, control characters or +")]
    Name,
    /// Not of the form `name+id+base64`.
    #[error("not of the form name+id+base64")]
    Format,
    /// Not an Ed25519 key.
    #[error("not an Ed25519 key")]
    Algorithm,
    /// The key id does not belong to the name and the key.
    #[error("the key id belongs to another key")]
    Id,
}

/// Name and public key of one who signs notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Verifier {
    /// The Ed25519 public key `key` under `name`.
    ///
    /// # Errors
    /// [`KeyError::Name`], or [`KeyError::Algorithm`] when the bytes are no point that Ed25519 can verify with.
    pub fn new(name: &str, key: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| KeyError::Algorithm)?;
        // A key of small order verifies signatures nobody made.
        if key.is_weak() { Err(KeyError::Algorithm) } else { Self::with(name, key) }
    }

    fn with(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, ED25519, &key), key })
    }

    /// Reads the text form, `name+id+base64(type || key)`.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, bytes) = parts(text, ED25519)?;
        let verifier = Self::new(name, &bytes)?;
        if hex::encode(verifier.id) == id { Ok(verifier) } else { Err(KeyError::Id) }
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id: the first four bytes of `SHA-256(name || 0x0A || 0x01 || key)`.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(bytes))
    }
}

/// Name and private key of one who signs notes. Does not print the key.
#[derive(Clone)]
pub struct Signer {
    verifier: Verifier,
    key: SigningKey,
}

impl Signer {
    /// The Ed25519 private key `seed` (32 random bytes, RFC 8032) under `name`.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(seed);
        Ok(Self { verifier: Verifier::with(name, key.verifying_key())?, key })
    }

    /// What others need to check the signatures.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// Whether a signed note can carry the name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// The first four bytes of `SHA-256(name || 0x0A || algorithm || key)`.
pub(crate) fn key_id(name: &str, algorithm: u8, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', algorithm])
        .chain_update(key.as_bytes())
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Name, id and key of a key of this algorithm in its text form.
pub(crate) fn parts(text: &str, wanted: u8) -> Result<(&str, &str, [u8; 32]), KeyError> {
    let (name, rest) = text.split_once('+').ok_or(KeyError::Format)?;
    let (id, key) = rest.split_once('+').ok_or(KeyError::Format)?;
    let bytes = STANDARD.decode(key).map_err(|_| KeyError::Format)?;
    let (algorithm, key) = bytes.split_first().ok_or(KeyError::Format)?;
    if *algorithm != wanted {
        return Err(KeyError::Algorithm);
    }
    Ok((name, id, key.try_into().map_err(|_| KeyError::Format)?))
}
