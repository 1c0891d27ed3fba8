//! The transparency log's texts: notes, checkpoints, keys, tile paths and bundles read back as they are written.
#![no_main]

use forewarn_tlog::{Checkpoint, Note, Tile, Verifier, read_bundle, write_bundle};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(entries) = read_bundle(data) {
        assert_eq!(write_bundle(entries).as_deref(), Ok(data));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(Note::parse(&note.to_string()), Ok(note));
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(text.starts_with(&checkpoint.text()));
    }
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.to_string(), text);
    }
    if let Ok(key) = Verifier::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    let key = Verifier::parse("example.org/log+0ebb5434+AWcWr1gHrrLcYAP4p7nIz5/pj+/CVCSAlP3JrC1ALpp+");
    if let Ok(key) = key {
        let _ = Checkpoint::open(text, &key);
    }
});
