//! Sealing at the boundary of the database: what goes in is sealed here, what comes out is opened here, and nowhere else.
//!
//! The plain columns are ids, states, times, counts and the salted commitments of the log; see
//! `docs/adr/0007-sealing-at-rest.md`.

mod existing;
mod rotate;
mod rows;
mod scope;
mod unlock;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use forewarn_core::aggregate::Category;
use forewarn_core::event::StreamId;
use forewarn_seal::{Binding, BlindIndex, DataKey, KeyLabel, Keyring, Random, SealProblem};

use crate::plan::corrupt;
use crate::types::StoreError;

pub(super) use existing::{put_blob, seal_existing};
pub(super) use rotate::{rotate, used};
pub(super) use rows::{Opener, StoredKey, open_document, open_event, seal_document, seal_event};
pub(super) use scope::{StreamKeys, add_new};
pub(super) use unlock::{sealed_under, unlock};

/// Scope of what belongs to no case, finding or inventory.
const INSTANCE: &str = "instance";
/// Number of the instance's data key.
pub(super) const INSTANCE_KEY: u64 = 1;
/// Number and scope of the key of the blind index.
const INDEX: (u64, &str) = (2, "index");
/// The key of a stream has the number of the event that needed it first, and so much more.
const RESERVED: u64 = 16;

/// What a store needs to seal.
pub struct Sealing {
    /// The key-encryption keys at hand.
    pub keys: Arc<dyn Keyring>,
    /// Where nonces and data keys come from: a cryptographic source that never repeats itself.
    pub random: Box<dyn Random>,
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealing").field("first", &self.keys.first().id().as_str()).finish_non_exhaustive()
    }
}

/// A data key with what names it.
#[derive(Clone, Debug)]
pub(super) struct RowKey {
    pub number: u64,
    pub scope: Arc<str>,
    pub key: DataKey,
}

/// The opened keys of a store that seals. `Debug` shows none of them.
pub struct Vault {
    ring: Arc<dyn Keyring>,
    random: Mutex<Box<dyn Random>>,
    instance: RowKey,
    index: BlindIndex,
}

fn problem(what: &str, problem: SealProblem) -> StoreError {
    corrupt(what, &problem.to_string())
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl RowKey {
    fn new(number: u64, scope: &str, key: DataKey) -> Self {
        Self { number, scope: scope.into(), key }
    }

    /// Opens what was sealed for a row.
    pub fn open(&self, table: &str, row: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let binding = Binding { table, row, scope: &self.scope };
        self.key.open(&binding, sealed).map_err(|rejected| problem(table, rejected))
    }
}

impl Vault {
    /// Seals a file of the same data; `name` says which, and it opens under that name only.
    ///
    /// # Errors
    /// When it is too long.
    pub fn seal_file(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.seal(&self.instance, "files", &[name.as_bytes()], plain)
    }

    /// Opens what [`Vault::seal_file`] sealed.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is another file, another instance's, or changed.
    pub fn open_file(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.instance.open("files", &[name.as_bytes()], sealed)
    }

    /// Seals for a row.
    pub(super) fn seal(
        &self,
        key: &RowKey,
        table: &str,
        row: &[&[u8]],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let binding = Binding { table, row, scope: &key.scope };
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        key.key.seal(&mut **random, &binding, plain).map_err(|long| problem(table, long))
    }

    /// The key of what belongs to the instance.
    pub(super) fn instance(&self) -> &RowKey {
        &self.instance
    }

    fn draw_key(&self) -> DataKey {
        DataKey::draw(&mut **self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn source(&self, kek: &str) -> Result<Arc<dyn forewarn_seal::KeySource>, StoreError> {
        let id = kek.parse().map_err(|_| corrupt("data key", "no name of a key-encryption key"))?;
        self.ring.find(&id).ok_or_else(|| missing(kek))
    }

    fn unwrap(&self, kek: &str, label: &KeyLabel<'_>, wrapped: &[u8]) -> Result<DataKey, StoreError> {
        self.source(kek)?.unwrap(label, wrapped).map_err(|failed| trouble(&failed))
    }

    fn wrap(&self, kek: &str, label: &KeyLabel<'_>, key: &DataKey) -> Result<Vec<u8>, StoreError> {
        let source = self.source(kek)?;
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        source.wrap(label, key, &mut **random).map_err(|failed| trouble(&failed))
    }

    /// A value to look things up by, as hex.
    pub(super) fn blind(&self, parts: &[&[u8]]) -> String {
        hex::encode(self.index.blind(parts))
    }

    /// Where a blob is.
    pub(super) fn blob_address(&self, owner: &StreamId, sha256: &[u8]) -> Vec<u8> {
        self.index
            .blind(&[b"blobs", owner.category.as_str().as_bytes(), owner.id.as_bytes(), sha256])
            .to_vec()
    }
}

/// The value under which a look-up key is stored.
pub(super) fn key_value<'a>(
    vault: Option<&Vault>,
    category: Category,
    name: &str,
    value: &'a str,
) -> Cow<'a, str> {
    match vault {
        None => Cow::Borrowed(value),
        Some(vault) => Cow::Owned(vault.blind(&[
            b"keys",
            category.as_str().as_bytes(),
            name.as_bytes(),
            value.as_bytes(),
        ])),
    }
}

/// The blinded key of a kept answer, and the answer with the digest of its request.
pub(super) fn replay(
    vault: &Vault,
    principal: &str,
    key: &str,
    request: &[u8; 32],
    response: &[u8],
) -> Result<(String, Vec<u8>), StoreError> {
    let blinded = replay_key(Some(vault), principal, key).into_owned();
    let row = [principal.as_bytes(), blinded.as_bytes()];
    let sealed = vault.seal(vault.instance(), "replays", &row, &[request, response].concat())?;
    Ok((blinded, sealed))
}

/// Under which idempotency key an answer is stored: whoever chose it may have written anything into it.
pub(super) fn replay_key<'a>(vault: Option<&Vault>, principal: &str, key: &'a str) -> Cow<'a, str> {
    match vault {
        None => Cow::Borrowed(key),
        Some(vault) => Cow::Owned(vault.blind(&[b"replays", principal.as_bytes(), key.as_bytes()])),
    }
}

fn missing(kek: &str) -> StoreError {
    StoreError::Unavailable(format!("it is sealed under key {kek}, which is not at hand"))
}

fn trouble(failed: &forewarn_seal::KeyProblem) -> StoreError {
    match failed {
        forewarn_seal::KeyProblem::Unavailable(..) => StoreError::Unavailable(failed.to_string()),
        _ => corrupt("data key", &failed.to_string()),
    }
}
