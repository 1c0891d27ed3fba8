//! CSAF 2.0 (OASIS Standard, <https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>), both ways, and the
//! vulnerability reports of CSAF 2.1 (<https://github.com/oasis-tcs/csaf/tree/master/csaf_2.1>), read only.

mod advisory;
mod copies;
mod leaves;
mod products;
mod read;
mod revisions;
mod score;
mod shape;
mod vulnerability_report;
mod weakness;
mod write;

pub use advisory::{
    Advisory, Category, Publisher, Remediation, Remedy, Revision, Status, Tlp, Vulnerability, Weakness,
};
pub use read::{Version, read, read_as};
pub use weakness::weakness_name;
pub use write::{WriteProblem, filename, write};
