//! Sealed bytes. Pure: randomness is an argument, and where keys come from is the caller's business. The one exception
//! is named in [`seal_file`].
//!
//! Everything at rest is sealed under a **data key**, of which every scope (a case, a finding, an organisation's
//! inventories, the instance) has its own. Data keys are stored **wrapped** by a **key-encryption key** (KEK), which is
//! never in the database. Destroying a data key makes all that was sealed under it unreadable for ever.

mod binding;
mod blind;
mod data_key;
mod key_text;
mod keyring;
mod notice;
mod random;
mod recipient;

pub use binding::Binding;
pub use blind::{BLIND_LENGTH, BlindIndex};
pub use data_key::{DataKey, OVERHEAD, SealProblem};
pub use ed25519_dalek::{SigningKey, VerifyingKey};
pub use key_text::{KeyTextProblem, read_keys, write_keys};
pub use keyring::{Kek, KekId, KeyLabel, KeyProblem, KeySource, Keyring, Keys, WRAPPED_LENGTH};
pub use notice::{Attested, NoticeProblem, Signed, open_notice, seal_notice};
pub use random::{Random, Source};
pub use recipient::{FileProblem, Identity, Recipient, RecipientProblem, open_file, seal_file};
