//! A notice for its recipient's keys: what it is, and which approval sent it, signed and sealed together with its text.
//!
//! The content of the age file is text, so that a person with nothing but an age program can read it too:
//!
//! ```text
//! forewarn sealed notice 1
//! notice: ID
//! revision: NUMBER
//! recipient: ID OF THE ORGANISATION
//! approval: SHA-256 IN HEX
//! signature: ED25519 SIGNATURE IN HEX
//!
//! THE TEXT
//! ```
//!
//! The signature (RFC 8032) is over all of it but the line of the signature. age authenticates a file against changes but
//! says nothing of who made it; this does. Whoever seals the text again, for somebody else, cannot change whom it is for.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::Random;
use crate::recipient::{FileProblem, Identity, Recipient, open_file, seal_file};

const FIRST: &str = "forewarn sealed notice 1";
/// Longest id, in bytes.
const LONGEST_ID: usize = 200;

/// What a sealed notice is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The notice.
    pub notice: String,
    /// Revision of the text.
    pub revision: u32,
    /// The organisation it is for.
    pub recipient: String,
    /// SHA-256 that names the approval: the commitment of the event that sent it.
    pub approval: [u8; 32],
}

/// A notice as it was opened.
pub struct Signed {
    /// What it is bound to.
    pub attested: Attested,
    /// Its text.
    pub text: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed").field("attested", &self.attested).finish_non_exhaustive()
    }
}

/// Why a notice was not sealed or not opened. Never says what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeProblem {
    /// The file around it.
    #[error(transparent)]
    File(#[from] FileProblem),
    /// An id that cannot be written on a line.
    #[error("an id is empty, too long, or has characters that ids have not")]
    Id,
    /// What is in the file is no sealed notice.
    #[error("the file holds no sealed notice of a known version")]
    Format,
    /// Nobody who may signed it.
    #[error("the signature is not the clearinghouse's")]
    Signature,
    /// It is somebody else's.
    #[error("the notice is for another organisation")]
    Recipient,
}

impl Attested {
    fn check(&self) -> Result<(), NoticeProblem> {
        let good =
            |id: &str| !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_graphic());
        if good(&self.notice) && good(&self.recipient) { Ok(()) } else { Err(NoticeProblem::Id) }
    }

    /// The lines that are signed, with the text behind them.
    fn signed(&self, text: &[u8]) -> Zeroizing<Vec<u8>> {
        let Self { notice, revision, recipient, approval } = self;
        let lines = format!(
            "{FIRST}\nnotice: {notice}\nrevision: {revision}\nrecipient: {recipient}\napproval: {}\n\n",
            hex::encode(approval)
        );
        Zeroizing::new([lines.as_bytes(), text].concat())
    }
}

/// Signs a notice and seals it for the keys of its recipient.
///
/// # Errors
/// [`NoticeProblem::Id`], [`NoticeProblem::File`].
pub fn seal_notice(
    random: &mut dyn Random,
    key: &SigningKey,
    attested: &Attested,
    recipients: &[&Recipient],
    text: &[u8],
) -> Result<Vec<u8>, NoticeProblem> {
    attested.check()?;
    let signed = attested.signed(text);
    let signature = key.sign(&signed);
    let lines = signed.len() - text.len() - 1;
    let line = format!("signature: {}\n\n", hex::encode(signature.to_bytes()));
    let content = Zeroizing::new([&signed[..lines], line.as_bytes(), text].concat());
    Ok(seal_file(random, recipients, &content)?)
}

/// Opens a notice for `recipient`, and makes sure that the clearinghouse with this key signed it for it.
///
/// # Errors
/// [`NoticeProblem`].
pub fn open_notice(
    identities: &[&Identity],
    key: &VerifyingKey,
    recipient: &str,
    file: &[u8],
) -> Result<Signed, NoticeProblem> {
    let content = open_file(identities, file)?;
    let (attested, signature, text) = read(&content).ok_or(NoticeProblem::Format)?;
    attested.check()?;
    // Strict: one text has one signature that is taken.
    key.verify_strict(&attested.signed(text), &signature).map_err(|_| NoticeProblem::Signature)?;
    if attested.recipient != recipient {
        return Err(NoticeProblem::Recipient);
    }
    Ok(Signed { attested, text: Zeroizing::new(text.to_vec()) })
}

fn read(content: &[u8]) -> Option<(Attested, Signature, &[u8])> {
    let end = content.windows(2).take(2048).position(|window| window == b"\n\n")?;
    let (head, text) = content.split_at_checked(end + 2)?;
    let head = std::str::from_utf8(head.strip_suffix(b"\n\n")?).ok()?;
    let lines: Vec<&str> = head.split('\n').collect();
    let [FIRST, notice, revision, recipient, approval, signature] = lines[..] else { return None };
    let field = |line: &'_ str, name: &str| -> Option<String> {
        Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned())
    };
    let (mut approved, mut signed) = ([0; 32], [0; 64]);
    hex::decode_to_slice(field(approval, "approval")?, &mut approved).ok()?;
    hex::decode_to_slice(field(signature, "signature")?, &mut signed).ok()?;
    let attested = Attested {
        notice: field(notice, "notice")?,
        revision: field(revision, "revision")?.parse().ok()?,
        recipient: field(recipient, "recipient")?,
        approval: approved,
    };
    Some((attested, Signature::from_bytes(&signed), text))
}
