//! Envelopes, wrapped data keys and texts of keys: what was sealed opens, whatever was changed does not, and keys that are
//! read are written back as they were.
#![no_main]

use forewarn_seal::{Binding, DataKey, Kek, KeyLabel, KeySource, Random, read_keys, write_keys};
use libfuzzer_sys::fuzz_target;

struct Fixed(u8);

impl Random for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(self.0);
        self.0 = self.0.wrapping_add(1);
    }
}

fuzz_target!(|data: &[u8]| {
    let (key, kek) = (DataKey::from_bytes([3; 32]), Kek::from_bytes([4; 32]));
    let (row, rest) = data.split_at(data.len() / 4);
    let binding = Binding { table: "events", row: &[row], scope: "case/a" };
    // Nobody without the key makes an envelope.
    assert!(key.open(&binding, data).is_err());
    assert!(kek.unwrap(&KeyLabel { number: 1, scope: "case/a" }, data).is_err());
    if let Ok(mut sealed) = key.seal(&mut Fixed(1), &binding, rest) {
        assert_eq!(key.open(&binding, &sealed).as_deref(), Ok(rest));
        let other = [row, b"x"].concat();
        assert!(key.open(&Binding { row: &[&other], ..binding }, &sealed).is_err());
        let at = rest.len() % sealed.len();
        sealed[at] ^= 1;
        assert!(key.open(&binding, &sealed).is_err());
    }
    if let Ok(keys) = read_keys(data) {
        let text = write_keys(keys.iter());
        let again = read_keys(text.as_bytes()).map(|keys| keys.iter().map(|key| *key.expose()).collect::<Vec<_>>());
        assert_eq!(again, Ok(keys.iter().map(|key| *key.expose()).collect()));
    }
});
