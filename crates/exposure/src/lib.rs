//! Who runs the affected software.
//!
//! Pure: package and product identity, version order, affected ranges, inventories and the inverted index that
//! answers "which operators run this". Nothing here reads a file, the clock or the network.

pub mod affected;
pub mod alias;
pub mod cpe;
mod ecosystem;
pub mod identity;
pub mod index;
pub mod inventory;
pub mod matching;
pub mod osv;
mod package_url;
mod purl;
pub mod range;
pub mod vers;
pub mod version;
mod watch;

pub use affected::{Affected, Bound, ProductNames, Range};
pub use identity::{Distro, Ecosystem, Identity, PurlProblem, UnknownEcosystem};
pub use index::{Answer, Builder, Explanation, Exposure, Footprint, Index, Operators, SnapshotProblem};
pub use inventory::{Changes, Component, Inventory, Skipped};
pub use matching::{Confidence, Hit, Matcher};
pub use osv::OsvEvent;
pub use package_url::PackageUrl;
pub use purl::vers_type;
pub use range::RangeProblem;
pub use version::{Difference, Scheme, Version, VersionProblem};
pub use watch::Watch;
