//! The rules of the clearinghouse.
//!
//! Pure: every rule is a function of a state, a command and the facts given to it. Time, randomness and ids come
//! in as arguments; nothing here does I/O.
//!
//! Each event-sourced thing has a `decide` (state, command, facts to events or a [`decision::Refusal`]) and an
//! `evolve` (state, event to state, total). [`access`] alone answers who may see or do what.

pub mod access;
pub mod advisory;
pub mod aggregate;
pub mod approval;
pub mod case;
pub mod catalogue;
pub mod credential;
pub mod decision;
pub mod deduplication;
pub mod event;
pub mod figures;
pub mod finding;
pub mod ids;
pub mod inert;
pub mod inventory;
pub mod marks;
pub mod notice;
pub mod pace;
pub mod party;
pub mod policy;
pub mod priority;
pub mod public_log;
pub mod quota;
pub mod reading;
pub mod rollup;
pub mod secret;
pub mod sharing;
pub mod shredding;
pub mod thread;
pub mod throttle;
pub mod times;

pub use decision::{Facts, Refusal};
pub use policy::Policy;
pub use secret::Secret;
