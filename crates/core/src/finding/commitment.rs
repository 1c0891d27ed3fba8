//! Commitments: a salted hash of a finding, which says nothing of it and later proves that it was known.

use sha3::{Digest, Sha3_256};

/// `SHA3-256("forewarn finding commitment 1\n" || salt || document)`.
///
/// `document` is the finding's JSON text without white space between its tokens and without its own top-level
/// `commitment` member, so that a document can name the commitment made of it. It binds to the document; without the
/// salt (32 unpredictable bytes) it tells nothing about it.
pub fn commitment_of(salt: &[u8; 32], document: &[u8]) -> [u8; 32] {
    let mut hash = Sha3_256::new();
    hash.update(b"forewarn finding commitment 1\n");
    hash.update(salt);
    hash.update(document);
    hash.finalize().into()
}
