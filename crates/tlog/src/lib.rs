//! The transparency log: RFC 6962 Merkle trees, tiles, proofs and signed checkpoints over opaque bytes.
//!
//! Pure: keys, entries and stored nodes are arguments. The formats are those of C2SP, so that tools of others can
//! check the log: [tlog-tiles](https://c2sp.org/tlog-tiles), [signed-note](https://c2sp.org/signed-note) and
//! [tlog-checkpoint](https://c2sp.org/tlog-checkpoint), [tlog-cosignature](https://c2sp.org/tlog-cosignature) and
//! [tlog-witness](https://c2sp.org/tlog-witness).

mod audit;
mod batch;
mod bundle;
mod checkpoint;
mod cosignature;
mod entry;
mod hiding;
mod key;
mod note;
mod proof;
mod tile;
mod tree;
mod witness;

pub use audit::{AuditProblem, grown_from, verify_entries};
pub use batch::{Batch, DEPTH, MOST_ACTS, Place, verify_place};
pub use bundle::{BundleError, read_bundle, write_bundle};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{Cosigner, WitnessKey};
pub use entry::{Entry, EntryProblem};
pub use hiding::{HidingKey, log_commitment};
pub use key::{KeyError, Signer, Verifier};
pub use note::{Note, NoteError, Signature};
pub use proof::{ProofError, verify_consistency, verify_inclusion};
pub use tile::{Resource, TILE_WIDTH, Tile, TilePathError};
pub use tree::{Hash, Tree, TreeError, empty_root, leaf_hash, node_hash};
pub use witness::{Refused, Submission};
