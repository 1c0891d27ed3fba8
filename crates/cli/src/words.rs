//! Words of documents as words of the command line.

use serde::Serialize;

/// The name a value has in documents.
pub fn named(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The value of this name, or the list of names there are.
///
/// # Errors
/// With the names, for the usage message.
pub fn one_of<T: Serialize + Copy>(text: &str, all: &[T]) -> Result<T, String> {
    let found = all.iter().find(|known| named(*known) == text).copied();
    found.ok_or_else(|| format!("use one of: {}", all.iter().map(named).collect::<Vec<_>>().join(", ")))
}
