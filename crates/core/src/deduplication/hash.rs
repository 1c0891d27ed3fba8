//! Hashes for the index in memory. They are never stored, so they need not stay the same between releases.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

/// A hash of parts, which are kept apart: `["ab", "c"]` and `["a", "bc"]` differ.
pub(super) fn wide<T: Hash + ?Sized>(value: &T) -> u64 {
    FixedState::with_seed(0x0f0e_7a12).hash_one(value)
}

/// The same in 32 bits, and never 0, which stands for "not known".
pub(super) fn narrow<T: Hash + ?Sized>(value: &T) -> u32 {
    let [a, b, c, d, ..] = wide(value).to_le_bytes();
    u32::from_le_bytes([a, b, c, d]).max(1)
}

/// A name with what it is inside of: a file and its directory, a method and its class.
///
/// Two reports of one thing often give it with more or less around it, so the inner name decides, and the outer only
/// where both give one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Name {
    /// The innermost part; 0 where nothing is known.
    pub last: u32,
    /// The innermost two parts; 0 where there is one only.
    pub qualified: u32,
}

impl Name {
    /// What is not known.
    pub const NONE: Self = Self { last: 0, qualified: 0 };

    pub fn of(parts: &[&str]) -> Option<Self> {
        match parts {
            [] => None,
            [last] => Some(Self { last: narrow(last), qualified: 0 }),
            [.., outer, last] => Some(Self { last: narrow(last), qualified: narrow(&[outer, last]) }),
        }
    }

    pub fn is_known(self) -> bool {
        self.last != 0
    }

    /// Whether both may name one thing, and nothing they give speaks against it.
    pub fn agrees(self, other: Self) -> bool {
        let known = self.qualified != 0 && other.qualified != 0;
        self.last == other.last && self.is_known() && (!known || self.qualified == other.qualified)
    }
}
