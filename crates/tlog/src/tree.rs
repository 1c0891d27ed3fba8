//! The Merkle tree of RFC 6962, section 2.1, with the hash of every complete subtree at hand.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hash of an entry: `SHA-256(0x00 || entry)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(entry).finalize().into()
}

/// Hash of an inner node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root of the tree without entries: `SHA-256("")`.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// What a tree cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The tree has not grown to this size.
    #[error("the tree has {size} entries, not {asked}")]
    Size {
        /// Size asked for.
        asked: u64,
        /// Size of the tree.
        size: u64,
    },
    /// There is no such entry at this size.
    #[error("entry {index} is not in a tree of {size} entries")]
    Index {
        /// Index asked for, from 0.
        index: u64,
        /// Size of the tree asked about.
        size: u64,
    },
    /// A consistency proof goes from the smaller size to the larger.
    #[error("a tree of {new} entries does not extend one of {old}")]
    Order {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// A tile has a level from 0 to 63 and 1 to 256 hashes, and these are not all there.
    #[error("no such tile in a tree of {size} entries")]
    Tile {
        /// Size of the tree.
        size: u64,
    },
}

/// A Merkle tree that grows. Holds about two hashes for each entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// `levels[k][i]` is the root of entries `i * 2^k .. (i + 1) * 2^k`, for the complete ones.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry and returns its index.
    pub fn append(&mut self, entry: &[u8]) -> u64 {
        self.append_leaf(leaf_hash(entry))
    }

    /// Adds an entry of which only the [`leaf_hash`] is known and returns its index.
    pub fn append_leaf(&mut self, leaf: Hash) -> u64 {
        let index = self.size();
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(hash);
            match nodes.as_slice() {
                [.., left, right] if nodes.len().is_multiple_of(2) => hash = node_hash(left, right),
                _ => break,
            }
        }
        index
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Root over all entries.
    pub fn root(&self) -> Hash {
        self.subtree(0, self.size())
    }

    /// Root of the tree as it was with `size` entries.
    ///
    /// # Errors
    /// [`TreeError::Size`] when the tree is smaller.
    pub fn root_at(&self, size: u64) -> Result<Hash, TreeError> {
        self.reaches(size)?;
        Ok(self.subtree(0, size))
    }

    /// The audit path of entry `index` in the tree of `size` entries (RFC 6962, section 2.1.1), nearest sibling
    /// first.
    ///
    /// # Errors
    /// [`TreeError::Size`] when the tree is smaller, [`TreeError::Index`] when `index` is not below `size`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, TreeError> {
        self.reaches(size)?;
        if index >= size {
            return Err(TreeError::Index { index, size });
        }
        let (mut low, mut high) = (0, size);
        let mut path = Vec::new();
        while high - low > 1 {
            let middle = low + split(high - low);
            if index < middle {
                path.push(self.subtree(middle, high));
                high = middle;
            } else {
                path.push(self.subtree(low, middle));
                low = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that the tree of `new` entries extends the one of `old` (RFC 6962, section 2.1.2). Empty when the
    /// sizes are equal or `old` is 0.
    ///
    /// # Errors
    /// [`TreeError::Size`] when the tree is smaller than `new`, [`TreeError::Order`] when `old` is above `new`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, TreeError> {
        self.reaches(new)?;
        if old > new {
            return Err(TreeError::Order { old, new });
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let (mut low, mut high) = (0, new);
        let mut path = Vec::new();
        while old != high {
            let middle = low + split(high - low);
            if old <= middle {
                path.push(self.subtree(middle, high));
                high = middle;
            } else {
                path.push(self.subtree(low, middle));
                low = middle;
            }
        }
        // A subtree that starts the tree is the old root itself, which the verifier has.
        if low > 0 {
            path.push(self.subtree(low, high));
        }
        path.reverse();
        Ok(path)
    }

    /// The root of the complete subtree of `2^height` entries that is `index`-th at its height.
    pub(crate) fn node(&self, height: usize, index: usize) -> Option<&Hash> {
        self.levels.get(height)?.get(index)
    }

    fn reaches(&self, asked: u64) -> Result<(), TreeError> {
        let size = self.size();
        if asked > size { Err(TreeError::Size { asked, size }) } else { Ok(()) }
    }

    /// Root of entries `low..high`, which are in the tree; `low` is a multiple of the complete subtrees in it, as
    /// the recursion of RFC 6962 makes it.
    fn subtree(&self, low: u64, high: u64) -> Hash {
        let count = high - low;
        if count == 0 {
            return empty_root();
        }
        let height = count.trailing_zeros() as usize;
        if count.is_power_of_two()
            && let Some(hash) = self.node(height, (low >> height) as usize)
        {
            return *hash;
        }
        let middle = low + split(count);
        node_hash(&self.subtree(low, middle), &self.subtree(middle, high))
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
