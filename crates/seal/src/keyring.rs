//! Key-encryption keys, and what a place that holds one must offer.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::binding::part_into;
use crate::data_key::OVERHEAD;
use crate::{DataKey, Random};

/// Length of a data key that a [`Kek`] has wrapped, in bytes.
pub const WRAPPED_LENGTH: usize = OVERHEAD + 32;

/// Names a key-encryption key without telling anything of it: 16 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KekId(String);

impl KekId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KekId {
    type Err = KeyProblem;
    fn from_str(text: &str) -> Result<Self, KeyProblem> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 16 && text.bytes().all(digit) {
            Ok(Self(text.into()))
        } else {
            Err(KeyProblem::Name)
        }
    }
}

/// Why a key was not wrapped or unwrapped. Never says anything of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Not a name of a key.
    #[error("the name of a key is 16 hex digits")]
    Name,
    /// The wrapped key was made by another key, for another scope, or was changed.
    #[error("a data key does not open under key {0}: it was changed, or is another's")]
    Rejected(KekId),
    /// The place that holds the key did not answer; the text is a class of trouble.
    #[error("key {0} cannot be used: {1}")]
    Unavailable(KekId, String),
}

/// What a data key is for. It is authenticated together with the wrapped key.
#[derive(Clone, Copy, Debug)]
pub struct KeyLabel<'a> {
    /// Number of the data key in its store.
    pub number: u64,
    /// Its scope.
    pub scope: &'a str,
}

impl KeyLabel<'_> {
    /// `forewarn data key 1`, the KEK's name, the number (eight bytes, big endian) and the scope, each behind its length.
    fn associated_data(&self, kek: &KekId) -> Vec<u8> {
        let mut out = Vec::with_capacity(112);
        let number = self.number.to_be_bytes();
        for part in [b"forewarn data key 1", kek.as_str().as_bytes(), &number, self.scope.as_bytes()] {
            part_into(&mut out, part);
        }
        out
    }
}

/// A key-encryption key, wherever it is: in memory ([`Kek`]), in a PKCS#11 token, or with a key management service.
///
/// A store asks it once for every data key that it makes and for every row that it reads. One that has to ask a device
/// keeps what it has unwrapped for as long as its operator accepts that a destroyed data key lives on in memory.
pub trait KeySource: Send + Sync {
    /// Its name.
    fn id(&self) -> &KekId;

    /// Wraps a data key, so that only this key unwraps it, and only under this label.
    ///
    /// # Errors
    /// [`KeyProblem::Unavailable`].
    fn wrap(
        &self,
        label: &KeyLabel<'_>,
        key: &DataKey,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, KeyProblem>;

    /// Unwraps what [`KeySource::wrap`] gave for this label.
    ///
    /// # Errors
    /// [`KeyProblem::Rejected`], [`KeyProblem::Unavailable`].
    fn unwrap(&self, label: &KeyLabel<'_>, wrapped: &[u8]) -> Result<DataKey, KeyProblem>;
}

/// The key-encryption keys that are at hand. While a rotation is under way there are two.
pub trait Keyring: Send + Sync {
    /// The key for what is new: a store that has no keys yet, or the aim of a rotation.
    fn first(&self) -> Arc<dyn KeySource>;

    /// The key of this name. A ring whose keys come from outside looks there again before it says that there is none: it
    /// may have been put there after the ring was made.
    fn find(&self, id: &KekId) -> Option<Arc<dyn KeySource>>;
}

/// A key-encryption key in memory. `Debug` shows its name only.
#[derive(Clone)]
pub struct Kek {
    id: KekId,
    key: DataKey,
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kek").field(&self.id.0).finish()
    }
}

impl Kek {
    /// The key with these bytes. Its name is the beginning of `SHA-256("forewarn kek 1\n" || bytes)`.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"forewarn kek 1\n").chain_update(bytes).finalize();
        Self { id: KekId(hex::encode(&digest[..8])), key: DataKey::from_bytes(bytes) }
    }

    /// A new key.
    pub fn draw(random: &mut dyn Random) -> Self {
        Self::from_bytes(*DataKey::draw(random).expose())
    }

    /// Its bytes, for the file that keeps it.
    pub fn expose(&self) -> &[u8; 32] {
        self.key.expose()
    }
}

impl KeySource for Kek {
    fn id(&self) -> &KekId {
        &self.id
    }

    fn wrap(
        &self,
        label: &KeyLabel<'_>,
        key: &DataKey,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, KeyProblem> {
        let sealed = self.key.seal_with(random, &label.associated_data(&self.id), key.expose());
        sealed.map_err(|problem| KeyProblem::Unavailable(self.id.clone(), problem.to_string()))
    }

    fn unwrap(&self, label: &KeyLabel<'_>, wrapped: &[u8]) -> Result<DataKey, KeyProblem> {
        let opened =
            self.key.open_with(&label.associated_data(&self.id), wrapped).map(zeroize::Zeroizing::new);
        let key = opened.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        key.map(DataKey::from_bytes).ok_or_else(|| KeyProblem::Rejected(self.id.clone()))
    }
}

/// Keys in memory, at least one.
#[derive(Clone, Debug)]
pub struct Keys {
    first: Kek,
    others: Vec<Kek>,
}

impl Keys {
    /// These keys; the first is the one for what is new.
    pub fn new(first: Kek, others: Vec<Kek>) -> Self {
        Self { first, others }
    }

    /// Every key, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &Kek> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl Keyring for Keys {
    fn first(&self) -> Arc<dyn KeySource> {
        Arc::new(self.first.clone())
    }

    fn find(&self, id: &KekId) -> Option<Arc<dyn KeySource>> {
        let found = self.iter().find(|key| key.id == *id)?;
        Some(Arc::new(found.clone()))
    }
}
