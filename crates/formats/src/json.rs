//! Strict reading of foreign JSON: bounded in size, depth and count, without duplicate keys.
//!
//! **What an error may say.** Documents here can be under embargo and errors end up in logs, so a [`Problem`]
//! names a place (a JSON pointer made of key names) and a rule, never the value found there. A key is named
//! only where it looks like the name of a field: anything else may itself be content.

mod compact;
mod exact;
mod pruned;
pub(crate) mod skim;

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::words;
pub use compact::{committed_text, unchecked_committed_text};
pub(crate) use pruned::{Wanted, parse as parse_pruned};

/// How much of a document is read before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the whole document in bytes.
    pub bytes: usize,
    /// Nested arrays and objects; more than 120 is treated as 120.
    pub depth: usize,
    /// Values of any kind, containers included.
    pub nodes: usize,
}

impl Default for Limits {
    /// 64 MiB, 64 deep, 5 million values: an advisory or a batch of them.
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 64, nodes: 5_000_000 }
    }
}

impl Limits {
    /// 128 MiB and 20 million values: the inventory of a large site.
    #[must_use]
    pub fn inventory() -> Self {
        Self { bytes: 128 << 20, nodes: 20_000_000, ..Self::default() }
    }

    /// 1 MiB: one finding as a finder sends it.
    #[must_use]
    pub fn finding() -> Self {
        Self { bytes: 1 << 20, ..Self::default() }
    }
}

/// Deepest nesting whatever the limits say; the JSON reader's own recursion guard lies just above.
const DEEPEST: usize = 120;
/// Estimated memory for each byte of input that a document may need; real documents stay below a third of it.
const MEMORY_PER_BYTE: usize = 40;
/// Estimated memory every document may need, however short.
const MEMORY_FLOOR: usize = 1 << 20;
/// Longest version number quoted in a problem, in bytes.
const NUMBER: usize = 12;
/// Longest key named in a problem, in bytes; the longest name of a field that is read here has half of that.
const KEY: usize = 64;
/// Keys that serde_json gives a meaning of its own: under them a text would be read as JSON, past all limits.
const RESERVED: &str = "$serde_json::private::";
/// Longest message of a problem, in characters.
const MESSAGE: usize = 240;

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Problem {
    /// JSON pointer (RFC 6901), `/` for the document itself, or `line L column C` where it is not JSON at all.
    pub place: String,
    /// Which rule is broken, in words, without content of the document.
    pub message: String,
}

impl Problem {
    /// A problem at a JSON pointer; the empty pointer becomes `/`.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let pointer = pointer.into();
        let place = if pointer.is_empty() { "/".to_owned() } else { pointer };
        Self { place, message: message.into() }
    }
}

/// A version number of the document as a message may quote it: digits and dots, or else that it is none.
#[must_use]
pub fn token(text: &str) -> &str {
    let number = (1..=NUMBER).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if number { text } else { "something else" }
}

fn shorten(text: &str) -> String {
    words::bounded(text, MESSAGE)
}

/// One reference token of a JSON pointer; `?` for a key that does not look like the name of a field.
fn segment(key: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-@$.:".contains(&b);
    let name = (1..=KEY).contains(&key.len()) && key.bytes().all(plain);
    if name { key } else { "?" }
}

/// Appends one key to a JSON pointer.
#[must_use]
pub fn pointer(parent: &str, key: &str) -> String {
    format!("{parent}/{}", segment(key))
}

/// Reads one JSON document in one pass.
///
/// Refuses what RFC 8259 leaves open and readers disagree on: a key given twice, text after the document,
/// invalid UTF-8. A byte order mark is accepted. Also refused is a document whose values would need far more
/// memory than its length suggests (about 40 bytes for each byte), so that input of 1 MiB stays below 64 MiB.
///
/// # Errors
/// A [`Problem`] whose place is a JSON pointer, or line and column when the text is not JSON.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, Problem> {
    let text = bounded_text(bytes, limits)?;
    let meter = Meter::new(limits, text.len());
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { meter: &meter, depth: 0 }.deserialize(&mut reader).map_err(|e| meter.explain(&e))?;
    reader.end().map_err(|error| syntax(&error))?;
    Ok(value)
}

/// The text of a document of allowed size, without a byte order mark.
///
/// # Errors
/// A [`Problem`] when it is too large, or with line and column when it is not UTF-8.
pub(crate) fn bounded_text<'b>(bytes: &'b [u8], limits: &Limits) -> Result<&'b str, Problem> {
    if bytes.len() > limits.bytes {
        let message =
            format!("document of {} bytes is larger than the {} allowed", bytes.len(), limits.bytes);
        return Err(Problem::at("", message));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))
}

/// Turns a value into a type, objects into structs and nothing else into them; the place of a problem is the JSON pointer of the offending value.
///
/// # Errors
/// The first value that does not fit.
pub fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(exact::Exact(value)).map_err(|error| {
        let mut place = String::new();
        for part in error.path() {
            match part {
                serde_path_to_error::Segment::Seq { index } => place.push_str(&format!("/{index}")),
                serde_path_to_error::Segment::Map { key } => place = pointer(&place, key),
                serde_path_to_error::Segment::Enum { variant } => place = pointer(&place, variant),
                serde_path_to_error::Segment::Unknown => {}
            }
        }
        undisclosing(place, &error.inner().to_string())
    })
}

/// Rewrites a serde message so that it names kinds and keys but no content.
fn undisclosing(place: String, message: &str) -> Problem {
    let expected = message.rfind(", expected ").map_or("", |at| &message[at..]);
    for lead in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = message.strip_prefix(lead) {
            let kind: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == ' ').collect();
            return Problem::at(place, format!("{lead}{}{}", kind.trim_end(), shorten(expected)));
        }
    }
    if message.starts_with("unknown variant ") {
        return Problem::at(place, format!("unknown value{}", shorten(expected)));
    }
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let end = rest.rfind("`, expected ").or_else(|| rest.rfind("`, there are no fields"));
        let key = &rest[..end.unwrap_or(rest.len())];
        let place = if place.ends_with(&pointer("", key)) { place } else { pointer(&place, key) };
        return Problem::at(place, "this field is not known here");
    }
    let fixed = ["missing field ", "duplicate field ", "invalid length "];
    let fixed = fixed.iter().any(|lead| message.starts_with(lead));
    Problem::at(place, if fixed { shorten(message) } else { "does not have the expected shape".to_owned() })
}

fn not_utf8(bytes: &[u8], at: usize) -> Problem {
    let before = &bytes[..at];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = at - before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1) + 1;
    Problem { place: format!("line {line} column {column}"), message: "not valid UTF-8".to_owned() }
}

/// The reader's syntax messages are fixed words; only the position at their end is moved to the place.
fn syntax(error: &serde_json::Error) -> Problem {
    let place = format!("line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let words = message.strip_suffix(&format!(" at {place}")).unwrap_or(&message);
    Problem { place, message: format!("not JSON: {}", shorten(words)) }
}

/// Counts what has been read and remembers the broken rule, with its place built while unwinding.
struct Meter {
    depth: usize,
    nodes_left: Cell<usize>,
    memory_left: Cell<usize>,
    broken: RefCell<Option<Broken>>,
}

struct Broken {
    message: String,
    inner_first: Vec<String>,
}

impl Meter {
    fn new(limits: &Limits, length: usize) -> Self {
        let memory = length.saturating_mul(MEMORY_PER_BYTE).saturating_add(MEMORY_FLOOR);
        Self {
            depth: limits.depth.min(DEEPEST),
            nodes_left: Cell::new(limits.nodes),
            memory_left: Cell::new(memory),
            broken: RefCell::new(None),
        }
    }

    fn refuse<E: serde::de::Error>(&self, message: String) -> E {
        *self.broken.borrow_mut() = Some(Broken { message, inner_first: Vec::new() });
        E::custom("")
    }

    fn unwinding(&self, step: impl FnOnce() -> String) {
        if let Some(broken) = self.broken.borrow_mut().as_mut() {
            broken.inner_first.push(step());
        }
    }

    fn count<E: serde::de::Error>(&self) -> Result<(), E> {
        match self.nodes_left.get().checked_sub(1) {
            Some(left) => self.nodes_left.set(left),
            None => return Err(self.refuse("more values than allowed in one document".to_owned())),
        }
        Ok(())
    }

    fn node<E: serde::de::Error>(&self) -> Result<(), E> {
        self.count()?;
        self.memory(size_of::<Value>())
    }

    /// Whether a container may be entered at this depth.
    fn room<E: serde::de::Error>(&self, depth: usize) -> Result<(), E> {
        if depth >= self.depth {
            return Err(self.refuse(format!("nested more than {} deep", self.depth)));
        }
        Ok(())
    }

    fn memory<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        match self.memory_left.get().checked_sub(bytes) {
            Some(left) => self.memory_left.set(left),
            None => {
                return Err(self.refuse("more small objects than a document of this size holds".to_owned()));
            }
        }
        Ok(())
    }

    fn explain(self, error: &serde_json::Error) -> Problem {
        match self.broken.into_inner() {
            Some(broken) => {
                let mut steps = broken.inner_first;
                steps.reverse();
                Problem::at(steps.concat(), broken.message)
            }
            None => syntax(error),
        }
    }
}

/// Builds a [`Value`] at one depth of the document.
#[derive(Clone, Copy)]
struct Strict<'m> {
    meter: &'m Meter,
    depth: usize,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        self.meter.room(self.depth)?;
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.meter.node()?;
        deserializer.deserialize_any(self)
    }
}

/// Values for which a list has room as soon as it has one.
const FIRST_ROOM: usize = 4;
/// Bytes of one B-tree leaf, allocated as soon as an object has one entry and for at most eleven of them. An
/// empty object is counted like one with an entry, since what readers make of it is as large.
const LEAF: usize = 11 * (size_of::<String>() + size_of::<Value>()) + 16;

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut items = Vec::new();
        loop {
            match seq.next_element_seed(inside) {
                Ok(Some(item)) => {
                    if items.is_empty() {
                        self.meter.memory((FIRST_ROOM - 1) * size_of::<Value>())?;
                    }
                    items.push(item);
                }
                Ok(None) => return Ok(Value::Array(items)),
                Err(error) => {
                    self.meter.unwinding(|| format!("/{}", items.len()));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut object = Map::new();
        self.meter.memory(LEAF)?;
        while let Some(key) = map.next_key::<String>()? {
            if key.starts_with(RESERVED) {
                return Err(self.meter.refuse("this object has a key that is reserved".to_owned()));
            }
            if !object.is_empty() && object.len().is_multiple_of(6) {
                self.meter.memory(LEAF)?;
            }
            let value = map.next_value_seed(inside).inspect_err(|_| {
                self.meter.unwinding(|| pointer("", &key));
            })?;
            match object.entry(key) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(taken) => {
                    let error = self.meter.refuse("this key is given twice".to_owned());
                    self.meter.unwinding(|| pointer("", taken.key()));
                    return Err(error);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

/// For optional lists and texts that real documents write as `null`: the same as leaving the field out.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
