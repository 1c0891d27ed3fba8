//! Failed attempts to sign in, by where they come from and by the secret that was tried.
//!
//! They are kept in memory: a restart forgets them. Whether a secret exists is not asked while its source waits, so the
//! answer is the same for those that exist and those that do not.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use forewarn_core::throttle::Failures;
use jiff::Timestamp;

use super::identity::digest;
use super::{App, AppError};

/// Most sources, and most secrets, that are remembered at once.
const MOST: usize = 50_000;

/// Where an attempt comes from. Whoever has one IPv6 address has all of its /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Unknown: all of them together.
    Unknown,
    /// An IPv4 address.
    V4([u8; 4]),
    /// The first 64 bits of an IPv6 address.
    V6([u8; 8]),
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Source::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Source::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

/// Failed attempts of late.
#[derive(Default)]
pub(super) struct Attempts {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sources: HashMap<Source, Failures>,
    /// By digest, as they are stored.
    secrets: HashMap<String, Failures>,
    /// Secrets that worked, which do not wait for what others at the same place do.
    good: HashSet<String>,
}

/// Adds a failure; false when there is no room to remember it.
fn add<K: Eq + Hash>(map: &mut HashMap<K, Failures>, key: K, now: Timestamp) -> bool {
    if let Some(known) = map.get_mut(&key) {
        *known = known.again(now);
        return true;
    }
    if map.len() >= MOST {
        map.retain(|_, failures| !failures.forgotten(now));
    }
    map.len() < MOST && map.insert(key, Failures::first(now)).is_none()
}

impl Attempts {
    fn wait(&self, source: Source, secret: &str, now: Timestamp) -> Option<u64> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.good.contains(secret) {
            return None;
        }
        let by_source = state.sources.get(&source).and_then(|failures| failures.wait(now));
        by_source.max(state.secrets.get(secret).and_then(|failures| failures.wait(now)))
    }

    fn failed(&self, source: Source, secret: String, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.good.remove(&secret);
        let known = state.secrets.get(&secret).is_some_and(|failures| !failures.forgotten(now));
        add(&mut state.secrets, secret, now);
        // The same again is no guess: a browser sends an old cookie with every page.
        if !known {
            add(&mut state.sources, source, now);
        }
    }

    fn worked(&self, secret: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.good.len() >= MOST {
            state.good.clear();
        }
        state.good.insert(secret);
    }
}

impl App {
    /// Makes an attempt to sign in with a secret, unless its source or the secret itself must wait.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`] when it must wait, or the attempt's own.
    pub async fn attempt<T>(
        &self,
        source: Source,
        secret: &str,
        attempt: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let (key, now) = (digest(secret), self.ambient.now());
        if let Some(seconds) = self.attempts.wait(source, &key, now) {
            metrics::counter!("forewarn_sign_in_held_back_total").increment(1);
            return Err(AppError::TooManyAttempts { seconds });
        }
        let answer = attempt.await;
        match &answer {
            Ok(_) => self.attempts.worked(key),
            Err(AppError::Unauthenticated) => {
                metrics::counter!("forewarn_sign_in_failures_total").increment(1);
                self.attempts.failed(source, key, now);
            }
            Err(_) => {}
        }
        answer
    }
}
