//! The clearinghouse over HTTP: use cases, REST, web pages and workers.
//!
//! Every change goes one way: authenticate, load, decide, append, respond. [`app`] holds the use cases, [`http`] the
//! edge, [`workers`] what happens without a request, [`ambient`] the only reads
//! of clock and randomness, [`rehearsal`] a clock and ids for demonstrations and tests, [`witness`] what watches
//! logs, this one or another.

pub mod ambient;
pub mod app;
pub mod http;
pub mod instance;
pub mod keys;
pub mod outgoing;
pub mod rehearsal;
pub mod witness;
pub mod workers;
