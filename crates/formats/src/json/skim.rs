//! Reading a document in one pass for a few fields, borrowed from it, under the rules of [`super::parse`]: what is
//! passed over must be well-formed too, without a key given twice, and counts against the limits.
//!
//! A reader made of these parts says only that it failed, not where. It is for documents of the usual shape; others are
//! left to a reader that can name the place.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::{DEEPEST, Limits, MEMORY_FLOOR, MEMORY_PER_BYTE};

/// What is left of the limits, and the keys of the objects that are open.
pub(crate) struct Guard<'de> {
    depth: usize,
    nodes_left: usize,
    memory_left: usize,
    keys: Vec<&'de str>,
}

/// Keys of one object that are looked through one by one.
const FEW: usize = 16;

/// The keys of one object that are not among the fields that are read.
struct Keys<'de> {
    /// Where the first few begin in [`Guard::keys`].
    first: usize,
    many: Option<HashSet<&'de str>>,
}

impl<'de> Guard<'de> {
    pub fn new(limits: &Limits, length: usize) -> Self {
        Self {
            depth: limits.depth.min(DEEPEST),
            nodes_left: limits.nodes,
            memory_left: length.saturating_mul(MEMORY_PER_BYTE).saturating_add(MEMORY_FLOOR),
            keys: Vec::new(),
        }
    }

    /// Counts a value.
    fn count<E: Error>(&mut self) -> Result<(), E> {
        self.nodes_left = self.nodes_left.checked_sub(1).ok_or_else(failed)?;
        Ok(())
    }

    /// Counts an item of this size that goes into a list. A list that grows is copied into one of twice the room, so
    /// that each item may need three times its size.
    pub fn memory<E: Error>(&mut self, size: usize) -> Result<(), E> {
        self.memory_left = self.memory_left.checked_sub(3 * size).ok_or_else(failed)?;
        Ok(())
    }

    /// Enters a container at this depth.
    pub fn enter<E: Error>(&self, depth: usize) -> Result<usize, E> {
        if depth < self.depth { Ok(depth + 1) } else { Err(failed()) }
    }

    fn open(&self) -> Keys<'de> {
        Keys { first: self.keys.len(), many: None }
    }

    fn close(&mut self, keys: &Keys<'de>) {
        self.keys.truncate(keys.first);
    }

    /// Notes a key.
    fn key<E: Error>(&mut self, keys: &mut Keys<'de>, key: &'de str) -> Result<(), E> {
        let few = self.keys.get(keys.first..).unwrap_or_default();
        // The length and a letter tell nearly all keys apart.
        let same = |known: &&str| {
            known.len() == key.len() && known.as_bytes().first() == key.as_bytes().first() && **known == *key
        };
        if few.iter().any(same) {
            return Err(failed());
        }
        if few.len() < FEW {
            self.keys.push(key);
        } else if !keys.many.get_or_insert_default().insert(key) {
            return Err(failed());
        }
        Ok(())
    }
}

/// The document is not of the usual shape, or breaks a rule.
pub(crate) fn failed<E: Error>() -> E {
    E::custom("")
}

/// Visits every kind of value that holds no others as `$nothing`.
macro_rules! plain_values {
    ($nothing:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
}

macro_rules! any_text {
    ($nothing:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
}

macro_rules! expecting {
    ($what:literal) => {
        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str($what)
        }
    };
}

/// A value that is passed over, at a depth.
pub(crate) struct Skim<'g, 'de>(pub &'g mut Guard<'de>, pub usize);

impl<'de> DeserializeSeed<'de> for Skim<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skim<'_, 'de> {
    type Value = ();

    expecting!("a JSON value");
    plain_values!(());
    any_text!(());

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.0.enter(self.1)?;
        while seq.next_element_seed(Skim(&mut *self.0, depth))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.0.enter(self.1)?;
        let mut keys = self.0.open();
        while let Some(key) = map.next_key_seed(Key)? {
            self.0.key(&mut keys, key)?;
            map.next_value_seed(Skim(&mut *self.0, depth))?;
        }
        self.0.close(&keys);
        Ok(())
    }
}

/// A key, borrowed from the document; hardly any document has keys with escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = &'de str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'de str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = &'de str;

    expecting!("a key");

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<&'de str, E> {
        Ok(text)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<&'de str, E> {
        Err(failed())
    }
}

/// A value of which only a text matters.
pub(crate) struct Text<'g, 'de>(pub &'g mut Guard<'de>, pub usize);

/// What stands where a text is looked for.
#[derive(Default)]
pub(crate) enum Found<'de> {
    /// Nothing, or `null`.
    #[default]
    Nothing,
    Text(Cow<'de, str>),
    /// Another value.
    Other,
}

impl Found<'_> {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing | Self::Other => None,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Text<'_, 'de> {
    type Value = Found<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_, 'de> {
    type Value = Found<'de>;

    expecting!("a JSON value");

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Found::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Found::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Found::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Found::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Skim(self.0, self.1).visit_seq(seq).map(|()| Found::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Skim(self.0, self.1).visit_map(map).map(|()| Found::Other)
    }
}

/// An object of which some fields are read.
pub(crate) trait Fields<'de> {
    /// The number of a field that is read, below 32; all others are passed over.
    fn number(key: &str) -> Option<u32>;

    /// Reads the value of such a field, at a depth.
    ///
    /// # Errors
    /// Where the document breaks a rule or is not of the usual shape.
    fn read<A: MapAccess<'de>>(&mut self, field: u32, map: &mut A, depth: usize) -> Result<(), A::Error>;

    fn guard(&mut self) -> &mut Guard<'de>;
}

/// What is in a place where such an object is looked for, at a depth; true when it is one.
pub(crate) struct Object<'f, F>(pub &'f mut F, pub usize);

impl<'de, F: Fields<'de>> DeserializeSeed<'de> for Object<'_, F> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.0.guard().count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: Fields<'de>> Visitor<'de> for Object<'_, F> {
    type Value = bool;

    expecting!("a JSON value");
    plain_values!(false);
    any_text!(false);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<bool, A::Error> {
        Skim(self.0.guard(), self.1).visit_seq(seq).map(|()| false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let depth = self.0.guard().enter(self.1)?;
        let mut keys = self.0.guard().open();
        let mut given = 0_u32;
        while let Some(key) = map.next_key_seed(Key)? {
            match F::number(key) {
                Some(field) if given & 1 << field == 0 => {
                    given |= 1 << field;
                    self.0.read(field, &mut map, depth)?;
                }
                Some(_) => return Err(failed()),
                None => {
                    self.0.guard().key(&mut keys, key)?;
                    map.next_value_seed(Skim(self.0.guard(), depth))?;
                }
            }
        }
        self.0.guard().close(&keys);
        Ok(true)
    }
}

/// A list whose items are read.
pub(crate) trait Items<'de> {
    /// Reads the item of this number, at a depth; false behind the last one.
    ///
    /// # Errors
    /// As [`Fields::read`].
    fn next<A: SeqAccess<'de>>(&mut self, index: u32, seq: &mut A, depth: usize) -> Result<bool, A::Error>;

    fn guard(&mut self) -> &mut Guard<'de>;
}

/// A place where such a list must be, at a depth, or `null`.
pub(crate) struct List<'l, L>(pub &'l mut L, pub usize);

impl<'de, L: Items<'de>> DeserializeSeed<'de> for List<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.guard().count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de, L: Items<'de>> Visitor<'de> for List<'_, L> {
    type Value = ();

    expecting!("a list");

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.0.guard().enter(self.1)?;
        let mut index = 0_u32;
        while self.0.next(index, &mut seq, depth)? {
            index = index.checked_add(1).ok_or_else(failed)?;
        }
        Ok(())
    }
}
