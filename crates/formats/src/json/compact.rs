//! The text of a document without what does not matter: what a commitment to a finding is made over.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Limits, Problem, bounded_text, parse};

/// The members of an object in their order, as they are written.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The JSON text of a finding without white space between tokens, and without its top-level `commitment`: numbers,
/// texts and the order of members stay as they are written.
///
/// # Errors
/// A [`Problem`] when the text is not a JSON object that can be read within `limits`.
pub fn committed_text(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Problem> {
    parse(bytes, limits)?;
    unchecked_committed_text(bytes, limits)
}

/// The same for a text that [`parse`] has read before.
///
/// # Errors
/// A [`Problem`] when the text is not a JSON object.
pub fn unchecked_committed_text(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Problem> {
    let text = bounded_text(bytes, limits)?;
    let Members(members) =
        serde_json::from_str(text).map_err(|_| Problem::at("", "expected an object, which a finding is"))?;
    let mut out = Vec::with_capacity(text.len());
    out.push(b'{');
    for (key, value) in members.iter().filter(|(key, _)| key != "commitment") {
        if out.len() > 1 {
            out.push(b',');
        }
        serde_json::to_writer(&mut out, key).map_err(|_| Problem::at("", "a key cannot be written"))?;
        out.push(b':');
        without_blanks(value.get().as_bytes(), &mut out);
    }
    out.push(b'}');
    Ok(out)
}

fn without_blanks(json: &[u8], out: &mut Vec<u8>) {
    let (mut quoted, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' | b'\t' | b'\n' | b'\r' if !quoted => continue,
            _ => {}
        }
        out.push(*byte);
    }
}
