//! Reading a large document of which only some fields matter, in memory for those fields.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{LEAF, Limits, Meter, Problem, pointer, syntax};

/// Which fields of a document are looked at.
pub(crate) struct Wanted {
    /// Fields whose value is kept: texts and numbers whole, containers with what is wanted inside.
    pub kept: &'static [&'static str],
    /// Fields that are passed over with everything inside. Other fields stay as far as they hold a kept one.
    pub closed: &'static [&'static str],
}

/// Reads the text of a document, of allowed size, under the rules of [`super::parse`], but keeps only what is wanted. What is passed over must
/// still be well-formed, without a key given twice, and counts against the limits. Lists keep their length, so that
/// places do not shift: `null` stands for an item in which nothing was wanted.
///
/// # Errors
/// As [`super::parse`].
pub(crate) fn parse(text: &str, limits: &Limits, wanted: &Wanted) -> Result<Value, Problem> {
    let meter = Meter::new(limits, text.len());
    let mut reader = serde_json::Deserializer::from_str(text);
    let sieve = Sieve { meter: &meter, wanted, depth: 0, fate: Fate::Kept };
    let value = sieve.deserialize(&mut reader).map_err(|error| meter.explain(&error))?;
    reader.end().map_err(|error| syntax(&error))?;
    Ok(value.unwrap_or(Value::Null))
}

/// What becomes of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    /// Kept as far as something inside is.
    Open,
    Closed,
}

#[derive(Clone, Copy)]
struct Sieve<'m> {
    meter: &'m Meter,
    wanted: &'m Wanted,
    depth: usize,
    fate: Fate,
}

impl<'m> Sieve<'m> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        self.meter.room(self.depth)?;
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// The sieve for the value of a key.
    fn under(self, key: &str) -> Self {
        let fate = match self.fate {
            Fate::Closed => Fate::Closed,
            _ if self.wanted.closed.contains(&key) => Fate::Closed,
            _ if self.wanted.kept.contains(&key) => Fate::Kept,
            _ => Fate::Open,
        };
        Self { fate, ..self }
    }

    fn scalar<E: serde::de::Error>(self, value: impl FnOnce() -> Value) -> Result<Option<Value>, E> {
        if self.fate != Fate::Kept {
            return Ok(None);
        }
        self.meter.memory(size_of::<Value>())?;
        Ok(Some(value()))
    }
}

impl<'de> DeserializeSeed<'de> for Sieve<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.meter.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sieve<'_> {
    type Value = Option<Value>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.scalar(|| Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        self.scalar(|| Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.scalar(|| value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.scalar(|| value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        self.scalar(|| value.into())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        self.scalar(|| Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let inside = self.deeper()?;
        let mut items = Vec::new();
        let mut read = 0_usize;
        loop {
            match seq.next_element_seed(inside) {
                Ok(None) => break,
                Ok(Some(None)) => {}
                Ok(Some(Some(item))) => {
                    self.meter.memory((read + 1 - items.len()) * size_of::<Value>())?;
                    items.resize(read, Value::Null);
                    items.push(item);
                }
                Err(error) => {
                    self.meter.unwinding(|| format!("/{read}"));
                    return Err(error);
                }
            }
            read += 1;
        }
        if self.fate == Fate::Kept {
            self.meter.memory((read - items.len()) * size_of::<Value>())?;
        }
        if !items.is_empty() || self.fate == Fate::Kept {
            items.resize(read, Value::Null);
            return Ok(Some(Value::Array(items)));
        }
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let inside = self.deeper()?;
        let mut keys = Keys::default();
        let mut object = Map::new();
        while let Some(Key(key)) = map.next_key()? {
            if keys.contains(&key) {
                let error = self.meter.refuse("this key is given twice".to_owned());
                self.meter.unwinding(|| pointer("", &key));
                return Err(error);
            }
            let value = map.next_value_seed(inside.under(&key)).inspect_err(|_| {
                self.meter.unwinding(|| pointer("", &key));
            })?;
            if let Some(value) = value {
                if object.len().is_multiple_of(6) {
                    self.meter.memory(LEAF)?;
                }
                object.insert(key.clone().into_owned(), value);
            }
            keys.insert(key);
        }
        let kept = !object.is_empty() || self.fate == Fate::Kept;
        Ok(kept.then_some(Value::Object(object)))
    }
}

/// A key, borrowed from the document where it has no escapes.
#[derive(Deserialize)]
struct Key<'k>(#[serde(borrow)] Cow<'k, str>);

/// The keys of one object. Most objects have few, for which looking through them is fastest.
#[derive(Default)]
struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

/// Keys that are looked through one by one.
const FEW: usize = 16;

impl<'de> Keys<'de> {
    fn contains(&self, key: &str) -> bool {
        self.few.iter().any(|known| known == key) || self.many.contains(key)
    }

    fn insert(&mut self, key: Cow<'de, str>) {
        if self.few.len() < FEW {
            self.few.push(key);
        } else {
            self.many.insert(key);
        }
    }
}
