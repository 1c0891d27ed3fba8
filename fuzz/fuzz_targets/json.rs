//! JSON: what is accepted is what any JSON reader would read, and within the limits.
#![no_main]

use forewarn_formats::json::{Limits, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const LIMITS: Limits = Limits { bytes: 1 << 16, depth: 20, nodes: 2_000 };

fuzz_target!(|data: &[u8]| {
    let Ok(value) = parse(data, &LIMITS) else { return };
    let bare = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    assert_eq!(value, serde_json::from_slice::<Value>(bare).expect("accepted here, so JSON"));
    assert!(data.len() <= LIMITS.bytes && nodes(&value) <= LIMITS.nodes && depth(&value) <= LIMITS.depth);
});

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(object) => object.values().map(nodes).sum(),
        _ => 0,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
