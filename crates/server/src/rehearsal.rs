//! A clock that is set by hand and ids that follow from a seed: for demonstrations and tests.
//!
//! Two worlds with the same seed and the same requests of one member give that member the same ids, whatever else
//! happens in them. So one can lay two answers side by side and see that they are equal byte for byte.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::ambient::{Ambient, Draw, Machine};

/// Time and ids of a rehearsal, until it is over.
pub struct Rehearsal {
    seed: [u8; 32],
    state: Mutex<State>,
}

struct State {
    /// `None` once the rehearsal is over.
    now: Option<Timestamp>,
    /// How often a request without a name has drawn.
    unnamed: u64,
}

impl Rehearsal {
    /// A rehearsal that begins at `now`; the seed decides every id and secret, so it is as secret as they are.
    pub fn new(seed: [u8; 32], now: Timestamp) -> Self {
        Self { seed, state: Mutex::new(State { now: Some(now), unnamed: 0 }) }
    }

    /// Lets time pass.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = state.now.map(|now| now.saturating_add(by).unwrap_or(now));
    }

    /// Ends the rehearsal: from here on the machine's clock and randomness are used.
    pub fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).now = None;
    }
}

impl Ambient for Rehearsal {
    fn now(&self) -> Timestamp {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now.unwrap_or_else(|| Machine.now())
    }

    fn draw(&self, label: Option<&str>) -> Box<dyn Draw> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.now.is_none() {
            return Machine.draw(label);
        }
        let mut hash = Sha256::new();
        hash.update(self.seed);
        match label {
            Some(label) => {
                hash.update(b"named");
                hash.update(label.as_bytes());
            }
            None => {
                state.unnamed += 1;
                hash.update(b"unnamed");
                hash.update(state.unnamed.to_be_bytes());
            }
        }
        Box::new(Sequence { key: hash.finalize().into(), drawn: 0 })
    }
}

struct Sequence {
    key: [u8; 32],
    drawn: u64,
}

impl Draw for Sequence {
    fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::new().chain_update(self.key).chain_update(self.drawn.to_be_bytes()).finalize().into()
    }
}
