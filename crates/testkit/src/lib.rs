//! Test support: a clearinghouse in this process with a clock set by hand and ids that follow from a seed, sample people
//! of every role, the steps of a case, and a store that fails when it is told to.
//!
//! For tests only, so it panics where a test would.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod answer;
mod cast;
mod faults;
mod scenario;
mod site;
mod smtp;
mod wire;

pub use answer::Answer;
pub use cast::{Cast, Player, own};
pub use faults::{BadLease, Fault, FaultyStore};
pub use scenario::{finding, inventory, product_finding, products};
pub use site::{Ask, Site, key};
pub use smtp::{Received, Secured, SmtpServer};
pub use wire::Wire;
