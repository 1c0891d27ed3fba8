//! Signed notes, as in C2SP signed-note: a text, an empty line, and signature lines.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::key::{Signer, Verifier, is_name};

/// Longest note read, in bytes.
const LONGEST: usize = 1 << 20;
/// Most signatures read.
const MOST_SIGNATURES: usize = 100;

/// Why a note is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not of the form of a signed note.
    #[error("malformed note")]
    Malformed,
    /// A key that is known has signed something else.
    #[error("a signature by a known key is wrong")]
    BadSignature,
    /// No known key has signed.
    #[error("no signature by a known key")]
    Unsigned,
}

/// A signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name of the key.
    pub name: String,
    /// Key id.
    pub id: [u8; 4],
    /// The signature itself; its form depends on the key.
    pub bytes: Vec<u8>,
}

/// A text with signatures. The text of a note that was read can be had only by [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// A note nobody has signed yet.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when `text` does not end in a newline or has other control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        if is_text(&text) { Ok(Self { text, signatures: Vec::new() }) } else { Err(NoteError::Malformed) }
    }

    /// Adds a signature; one by the same key is replaced.
    pub fn sign(&mut self, signer: &Signer) {
        let (name, id) = (signer.verifier().name(), signer.verifier().id());
        self.signatures.retain(|s| s.name != name || s.id != id);
        let bytes = signer.sign(self.text.as_bytes()).to_vec();
        self.signatures.push(Signature { name: name.to_owned(), id, bytes });
    }

    /// Reads a note without believing it.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        read(note).ok_or(NoteError::Malformed)
    }

    /// The text, when at least one of `known` has signed it. Signatures by others are passed over.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when a signature that names a known key is not by it, [`NoteError::Unsigned`].
    pub fn verify(&self, known: &[&Verifier]) -> Result<&str, NoteError> {
        let mut signed = false;
        for signature in &self.signatures {
            let key = known.iter().find(|key| key.name() == signature.name && key.id() == signature.id);
            let Some(key) = key else { continue };
            if !key.verifies(self.text.as_bytes(), &signature.bytes) {
                return Err(NoteError::BadSignature);
            }
            signed = true;
        }
        if signed { Ok(&self.text) } else { Err(NoteError::Unsigned) }
    }

    /// The text, whoever signed it.
    pub(crate) fn unverified_text(&self) -> &str {
        &self.text
    }

    /// Adds a signature line that somebody else made; one by the same key is replaced.
    pub fn add(&mut self, signature: Signature) {
        self.signatures.retain(|s| s.name != signature.name || s.id != signature.id);
        self.signatures.push(signature);
    }

    /// The signature lines, believed or not.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl std::fmt::Display for Signature {
    /// The line, without its end.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [&self.id, self.bytes.as_slice()].concat();
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

impl Signature {
    /// Reads a line, without its end.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        read_signature(line).ok_or(NoteError::Malformed)
    }
}

fn read(note: &str) -> Option<Note> {
    if note.len() > LONGEST {
        return None;
    }
    // The text may have empty lines of its own: the last one ends it.
    let split = note.rfind("\n\n")? + 1;
    let (text, lines) = (&note[..split], note[split + 1..].strip_suffix('\n')?);
    let signatures: Vec<_> =
        lines.split('\n').take(MOST_SIGNATURES + 1).map(read_signature).collect::<Option<_>>()?;
    (is_text(text) && signatures.len() <= MOST_SIGNATURES).then(|| Note { text: text.to_owned(), signatures })
}

fn read_signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, bytes) = bytes.split_first_chunk::<4>()?;
    (is_name(name) && !bytes.is_empty()).then(|| Signature {
        name: name.to_owned(),
        id: *id,
        bytes: bytes.to_vec(),
    })
}

fn is_text(text: &str) -> bool {
    text.ends_with('\n') && text.chars().all(|c| c >= ' ' || c == '\n')
}
