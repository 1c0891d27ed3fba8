//! CSAF 2.0 (OASIS Standard, <https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>).

mod products;
mod read;

pub use read::read;
