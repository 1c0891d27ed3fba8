//! Rows on their way in and out.

use std::collections::HashMap;
use std::sync::Arc;

use forewarn_core::aggregate::{Category, Facets};
use forewarn_core::event::NewEvent;
use forewarn_seal::KeyLabel;
use sqlx::any::AnyRow;

use super::{INSTANCE_KEY, RowKey, Vault};
use crate::plan::corrupt;
use crate::sql::statement::{bytes, number, text};
use crate::types::StoreError;

/// The columns of the key a row is sealed under, in this order, from `data_keys s`.
#[derive(Clone, Debug)]
pub(in crate::sql) struct StoredKey {
    pub number: u64,
    pub scope: String,
    pub kek: String,
    pub wrapped: Vec<u8>,
}

impl StoredKey {
    pub const COLUMNS: &'static str = "s.id, s.scope, s.kek, s.wrapped";

    /// Reads the columns from the first on.
    pub fn read(row: &AnyRow, first: usize) -> Result<Self, StoreError> {
        Ok(Self {
            number: number(row, first)?,
            scope: text(row, first + 1)?,
            kek: text(row, first + 2)?,
            wrapped: bytes(row, first + 3)?,
        })
    }
}

/// Opens the rows of one answer. Keys live as long as the answer is read, so that a key that is destroyed is gone for
/// whatever is asked next, in every process.
pub(in crate::sql) struct Opener<'a> {
    vault: Option<&'a Vault>,
    known: HashMap<u64, RowKey>,
}

impl<'a> Opener<'a> {
    pub fn new(vault: Option<&'a Vault>) -> Self {
        Self { vault, known: HashMap::new() }
    }

    /// The key of a row; `None` for one that is not sealed.
    pub fn key(&mut self, stored: StoredKey) -> Result<Option<RowKey>, StoreError> {
        let StoredKey { number, scope, kek, wrapped } = stored;
        if number == 0 {
            return Ok(None);
        }
        let vault = self.vault.ok_or_else(|| super::missing(&kek))?;
        if number == INSTANCE_KEY {
            return Ok(Some(vault.instance.clone()));
        }
        if let Some(known) = self.known.get(&number) {
            return Ok(Some(known.clone()));
        }
        let key = vault.unwrap(&kek, &KeyLabel { number, scope: &scope }, &wrapped)?;
        let key = RowKey { number, scope: Arc::from(scope), key };
        self.known.insert(number, key.clone());
        Ok(Some(key))
    }
}

/// What a document is in its row: state and facets together, since both are sealed.
pub(in crate::sql) fn seal_document(
    vault: &Vault,
    key: &RowKey,
    (category, id, version): (Category, &str, u64),
    facets: &[u8],
    doc: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let length = u32::try_from(facets.len()).map_err(|_| corrupt("facets", "too long"))?;
    let plain = [&length.to_be_bytes(), facets, doc].concat();
    let row = [category.as_str().as_bytes(), id.as_bytes(), &version.to_be_bytes()];
    vault.seal(key, "documents", &row, &plain)
}

pub(in crate::sql) fn open_document(
    key: &RowKey,
    (category, id, version): (&str, &str, u64),
    sealed: &[u8],
) -> Result<(Facets, Vec<u8>), StoreError> {
    let row = [category.as_bytes(), id.as_bytes(), &version.to_be_bytes()];
    let plain = key.open("documents", &row, sealed)?;
    let shape = || corrupt("documents", "not of the expected shape");
    let (length, rest) = plain.split_first_chunk::<4>().ok_or_else(shape)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| shape())?;
    let (facets, doc) = rest.split_at_checked(length).ok_or_else(shape)?;
    Ok((serde_json::from_slice(facets).map_err(|_| shape())?, doc.to_vec()))
}

/// An event in its row: the salt, the kind behind its length, and the bytes. The salt is sealed as well: with it, whoever
/// guesses the bytes could check the guess against the commitment.
pub(in crate::sql) fn seal_event(
    vault: &Vault,
    key: &RowKey,
    (category, stream, version): (Category, &str, u64),
    event: &NewEvent,
) -> Result<Vec<u8>, StoreError> {
    let length = u8::try_from(event.kind.len()).map_err(|_| corrupt("event kind", "too long"))?;
    let plain = [&event.salt[..], &[length], event.kind.as_bytes(), &event.bytes].concat();
    let row = [category.as_str().as_bytes(), stream.as_bytes(), &version.to_be_bytes()];
    vault.seal(key, "events", &row, &plain)
}

pub(in crate::sql) fn open_event(
    key: &RowKey,
    (category, stream, version): (Category, &str, u64),
    sealed: &[u8],
) -> Result<NewEvent, StoreError> {
    let row = [category.as_str().as_bytes(), stream.as_bytes(), &version.to_be_bytes()];
    let plain = key.open("events", &row, sealed)?;
    let shape = || corrupt("events", "not of the expected shape");
    let (salt, rest) = plain.split_first_chunk::<32>().ok_or_else(shape)?;
    let (length, rest) = rest.split_first().ok_or_else(shape)?;
    let (kind, bytes) = rest.split_at_checked(usize::from(*length)).ok_or_else(shape)?;
    let kind = std::str::from_utf8(kind).map_err(|_| shape())?.to_owned();
    Ok(NewEvent { kind, bytes: bytes.to_vec(), salt: *salt })
}
