//! The cases of the suite.

pub mod keys;
pub mod lists;
pub mod log;
pub mod outbox;
pub mod writers;
