//! Time, ids and randomness: the one place where the shell reads them.

use jiff::Timestamp;
use uuid::Uuid;

/// Where time and randomness come from. Tests bring their own.
pub trait Ambient: Send + Sync + 'static {
    /// Now, UTC.
    fn now(&self) -> Timestamp;

    /// A source of ids and salts for one request. `label` names the request (who asks, idempotency key) where it has a
    /// name, so that [`Rehearsal`] can make ids that depend on nothing else.
    fn draw(&self, label: Option<&str>) -> Box<dyn Draw>;
}

/// Ids and salts for one request.
pub trait Draw: Send + Sync {
    /// 32 unpredictable bytes.
    fn bytes(&mut self) -> [u8; 32];

    /// A new id.
    fn uuid(&mut self) -> Uuid {
        let bytes = self.bytes();
        let mut short = [0; 16];
        short.copy_from_slice(&bytes[..16]);
        uuid::Builder::from_random_bytes(short).into_uuid()
    }
}

/// The machine's clock and the operating system's randomness.
#[derive(Debug, Default, Clone, Copy)]
pub struct Machine;

impl Ambient for Machine {
    #[allow(clippy::disallowed_methods, reason = "this is the shell's clock")]
    fn now(&self) -> Timestamp {
        // Milliseconds are what is stored, so nothing finer may be decided on.
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    fn draw(&self, _label: Option<&str>) -> Box<dyn Draw> {
        Box::new(SystemDraw)
    }
}

struct SystemDraw;

impl Draw for SystemDraw {
    #[allow(clippy::disallowed_methods, reason = "this is the shell's randomness")]
    #[allow(clippy::panic, reason = "a system without randomness must not issue ids or secrets")]
    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        if let Err(error) = getrandom::fill(&mut bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
        bytes
    }
}
