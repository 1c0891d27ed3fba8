//! The saved index as bytes, bound to the log that it was made from.
//!
//! `FWSAVED1`; how many events of the log are in it and the root of the log with so many (RFC 6962); the length of the
//! index and the index; what assets hold of vendors' products, as JSON; SHA-256 of all that. Numbers are 8 bytes in
//! little endian.

use forewarn_core::ids::OrgId;
use forewarn_exposure::alias::Products;
use forewarn_exposure::{Component, Index, SnapshotProblem};
use forewarn_tlog::Hash;
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"FWSAVED1";
const DIGEST: usize = 32;

/// Why a saved index is not used. Nothing is lost by that: the inventories are in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read from the disk.
    #[error("it cannot be read")]
    Unreadable,
    /// Its permissions let others at it.
    #[error("others than its owner can read or write it")]
    NotPrivate,
    /// It was written before files were sealed.
    #[error("it was not sealed; it has been removed")]
    NotSealed,
    /// Another format, or another version of it.
    #[error("it has another format than this version writes")]
    Format,
    /// A checksum does not fit.
    #[error("it is cut off or damaged")]
    Damaged,
    /// Written under other rules of names or versions.
    #[error("it was written under other rules of names or versions")]
    Outdated,
    /// The log has other events in the place of those that it was made from.
    #[error("it is of another log")]
    OtherLog,
    /// The log has fewer events than it was made from.
    #[error("it is of a later moment than the log")]
    Future,
}

/// Whether the bytes are a saved index that is not sealed.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What a file holds.
pub(super) struct Saved {
    pub(super) index: Index<OrgId>,
    pub(super) products: Products<OrgId>,
    pub(super) seq: u64,
    pub(super) root: Hash,
}

pub(super) fn encode(index: &Index<OrgId>, products: &Products<OrgId>, seq: u64, root: &Hash) -> Vec<u8> {
    let index = index.encode(seq);
    let held: Vec<(&OrgId, &str, Vec<&Component>)> = products.held().collect();
    let mut out = Vec::with_capacity(MAGIC.len() + 16 + DIGEST * 2 + index.len());
    out.extend(MAGIC);
    out.extend(seq.to_le_bytes());
    out.extend(root);
    out.extend((index.len() as u64).to_le_bytes());
    out.extend(index);
    // Texts and ids only, so that it is always written; if it were not, the rest would not be read as whole.
    if serde_json::to_writer(&mut out, &held).is_err() {
        out.clear();
    }
    let digest = Sha256::digest(&out);
    out.extend(digest);
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<Saved, Unusable> {
    let body = bytes.strip_prefix(MAGIC).ok_or(Unusable::Format)?;
    let length = body.len().checked_sub(DIGEST).ok_or(Unusable::Damaged)?;
    let (body, digest) = body.split_at(length);
    if Sha256::digest(bytes.get(..MAGIC.len() + length).unwrap_or_default()).as_slice() != digest {
        return Err(Unusable::Damaged);
    }
    let (seq, rest) = number(body)?;
    let (root, rest) = rest.split_first_chunk::<32>().ok_or(Unusable::Damaged)?;
    let (length, rest) = number(rest)?;
    let length = usize::try_from(length).map_err(|_| Unusable::Damaged)?;
    let (index, held) = rest.split_at_checked(length).ok_or(Unusable::Damaged)?;
    let (index, mark) = Index::decode(index).map_err(|problem| match problem {
        SnapshotProblem::Format => Unusable::Format,
        SnapshotProblem::Damaged => Unusable::Damaged,
        SnapshotProblem::Outdated => Unusable::Outdated,
    })?;
    let held: Vec<(OrgId, String, Vec<Component>)> =
        serde_json::from_slice(held).map_err(|_| Unusable::Damaged)?;
    if mark != seq {
        return Err(Unusable::Damaged);
    }
    let mut products = Products::new();
    held.iter().for_each(|(owner, asset, components)| products.hold(owner, asset, components));
    Ok(Saved { index, products, seq, root: *root })
}

fn number(bytes: &[u8]) -> Result<(u64, &[u8]), Unusable> {
    let (number, rest) = bytes.split_first_chunk::<8>().ok_or(Unusable::Damaged)?;
    Ok((u64::from_le_bytes(*number), rest))
}
