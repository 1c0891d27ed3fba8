//! Files for somebody's keys: age v1 (C2SP, c2sp.org/age) with hybrid post-quantum recipients.
//!
//! The recipient type is `mlkem768x25519`: HPKE (RFC 9180) with X-Wing (ML-KEM-768 and X25519,
//! draft-connolly-cfrg-xwing-kem) as its KEM, HKDF-SHA-256 and ChaCha20-Poly1305. Whoever records a file today and has a
//! quantum computer later still has to break ML-KEM.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::io::{Read, Write};
use std::str::FromStr;

use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Checksum, Hrp};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::{Zeroize, Zeroizing};

use crate::{Random, Source};

type PublicKey = <XWing as Kem>::PublicKey;
type PrivateKey = <XWing as Kem>::PrivateKey;
type EncappedKey = <XWing as Kem>::EncappedKey;

/// Name of the stanza, and the HPKE info string behind its prefix.
const TAG: &str = "mlkem768x25519";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
const RECIPIENT_PREFIX: &str = "age1pq";
const IDENTITY_PREFIX: &str = "age-secret-key-pq-";
/// Recipients of different strength must not share a file: age's label for post-quantum ones.
const LABEL: &str = "postquantum";
const ENCAPSULATED: usize = 1120;
/// A file key with its tag.
const WRAPPED: usize = FILE_KEY_BYTES + 16;
/// Most recipients of a file: the devices of one organisation and a recovery key. Reading a header takes time with the
/// square of their number, so that a limit there is.
const MOST_RECIPIENTS: usize = 32;
/// Most stanzas of a header: programs add some that are for nobody, so that readers skip what they do not know.
const MOST_STANZAS: usize = MOST_RECIPIENTS + 4;
/// Longest header that is read, in bytes: so many recipients, each of 1,600 bytes or so.
const LONGEST_HEADER: usize = 64 << 10;
/// Longest content, in bytes.
const LONGEST_CONTENT: usize = 16 << 20;

/// Bech32 (BIP 173) without its limit of length, as age uses it.
enum LongBech32 {}

impl Checksum for LongBech32 {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = 4096;
    const CHECKSUM_LENGTH: usize = bech32::Bech32::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = bech32::Bech32::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = bech32::Bech32::TARGET_RESIDUE;
}

/// Why a text is no key. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipientProblem {
    /// Mistyped, or cut off.
    #[error("the checksum is wrong: look for a mistyped or missing letter")]
    Checksum,
    /// It is a key of another kind.
    #[error("it is not a hybrid key: a recipient begins with age1pq1, an identity with AGE-SECRET-KEY-PQ-1")]
    Kind,
    /// The key in it is not one.
    #[error("it holds no key")]
    Key,
}

/// Why a file was not made or not opened. Never says what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// No recipient, or more than a file may have.
    #[error("a file has 1 to 32 recipients")]
    Recipients,
    /// Longer than is sealed or opened.
    #[error("it is longer than 16 MiB")]
    TooLong,
    /// Not an age file of version 1, or with more in its header than is read.
    #[error("it is not an age file of version 1 with at most 32 recipients")]
    Format,
    /// It is for other keys.
    #[error("it is not for this key")]
    NotOurs,
    /// It was changed or cut off.
    #[error("it was changed or cut off")]
    Damaged,
    /// It could not be made.
    #[error("it could not be made")]
    Failed,
}

/// The public half of a key: whom a file is for.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(PublicKey);

/// The secret half of a key. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Identity(Zeroizing<[u8; 32]>);

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

impl fmt::Display for Recipient {
    /// `age1pq1...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = Hrp::parse(RECIPIENT_PREFIX).map_err(|_| fmt::Error)?;
        let text = bech32::encode_lower::<LongBech32>(prefix, &self.0.to_bytes());
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

fn decoded(text: &str, prefix: &str) -> Result<Zeroizing<Vec<u8>>, RecipientProblem> {
    let checked = CheckedHrpstring::new::<LongBech32>(text.trim()).map_err(|_| RecipientProblem::Checksum)?;
    if checked.hrp().to_lowercase() != prefix {
        return Err(RecipientProblem::Kind);
    }
    Ok(Zeroizing::new(checked.byte_iter().collect()))
}

impl FromStr for Recipient {
    type Err = RecipientProblem;
    fn from_str(text: &str) -> Result<Self, RecipientProblem> {
        let bytes = decoded(text, RECIPIENT_PREFIX)?;
        PublicKey::from_bytes(&bytes).map(Self).map_err(|_| RecipientProblem::Key)
    }
}

impl FromStr for Identity {
    type Err = RecipientProblem;
    fn from_str(text: &str) -> Result<Self, RecipientProblem> {
        let bytes = decoded(text, IDENTITY_PREFIX)?;
        let seed = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| RecipientProblem::Key)?;
        Ok(Self(Zeroizing::new(seed)))
    }
}

impl Identity {
    /// A new key.
    pub fn draw(random: &mut dyn Random) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(&mut *seed);
        Self(seed)
    }

    fn private(&self) -> Result<PrivateKey, FileProblem> {
        PrivateKey::from_bytes(&*self.0).map_err(|_| FileProblem::Failed)
    }

    /// The public half.
    ///
    /// # Errors
    /// Never for a key that was drawn or read.
    pub fn to_recipient(&self) -> Result<Recipient, FileProblem> {
        Ok(Recipient(XWing::sk_to_pk(&self.private()?)))
    }

    /// `AGE-SECRET-KEY-PQ-1...`, for the file or sheet that keeps it.
    ///
    /// # Errors
    /// Never for a key that was drawn or read.
    pub fn expose(&self) -> Result<Zeroizing<String>, FileProblem> {
        let prefix = Hrp::parse(IDENTITY_PREFIX).map_err(|_| FileProblem::Failed)?;
        let text = bech32::encode_upper::<LongBech32>(prefix, &*self.0);
        text.map(Zeroizing::new).map_err(|_| FileProblem::Failed)
    }
}

/// A recipient while a file is made.
struct Wrapping<'a, 'r> {
    to: &'a Recipient,
    random: &'a RefCell<&'r mut dyn Random>,
}

impl age::Recipient for Wrapping<'_, '_> {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
        let failed = |_| age::EncryptError::Io(std::io::Error::other("hybrid key encapsulation failed"));
        let mut random = self.random.borrow_mut();
        let (encapsulated, body) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.to.0,
            INFO,
            file_key.expose_secret(),
            &[],
            &mut Source(&mut **random),
        )
        .map_err(failed)?;
        let args = vec![STANDARD_NO_PAD.encode(encapsulated.to_bytes())];
        Ok((vec![Stanza { tag: TAG.into(), args, body }], HashSet::from([LABEL.to_owned()])))
    }
}

impl age::Identity for Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        if stanza.tag != TAG {
            return None;
        }
        let malformed = Some(Err(age::DecryptError::InvalidHeader));
        let [encapsulated] = &stanza.args[..] else { return malformed };
        let Ok(encapsulated) = STANDARD_NO_PAD.decode(encapsulated) else { return malformed };
        if encapsulated.len() != ENCAPSULATED || stanza.body.len() != WRAPPED {
            return malformed;
        }
        let Ok(encapsulated) = EncappedKey::from_bytes(&encapsulated) else { return malformed };
        let private = self.private().ok()?;
        // Which stanza is for which key cannot be told but by trying.
        let mut opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &private,
            &encapsulated,
            INFO,
            &stanza.body,
            &[],
        )
        .ok()?;
        let key = FileKey::try_init_with_mut(|key| {
            if opened.len() == key.len() {
                key.copy_from_slice(&opened);
                Ok(())
            } else {
                Err(age::DecryptError::InvalidHeader)
            }
        });
        opened.zeroize();
        Some(key)
    }
}

/// Seals content for recipients, each of whom can open it alone: an age file. The encapsulated keys are drawn from
/// `random`; the file's own key and nonce are drawn by the age library from the operating system, which no argument can
/// change.
///
/// # Errors
/// [`FileProblem::Recipients`], [`FileProblem::TooLong`].
pub fn seal_file(
    random: &mut dyn Random,
    recipients: &[&Recipient],
    content: &[u8],
) -> Result<Vec<u8>, FileProblem> {
    if recipients.is_empty() || recipients.len() > MOST_RECIPIENTS {
        return Err(FileProblem::Recipients);
    }
    if content.len() > LONGEST_CONTENT {
        return Err(FileProblem::TooLong);
    }
    let random = RefCell::new(random);
    let wrapping: Vec<Wrapping<'_, '_>> =
        recipients.iter().map(|to| Wrapping { to, random: &random }).collect();
    let all = wrapping.iter().map(|one| one as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(all).map_err(|_| FileProblem::Failed)?;
    let mut out = Vec::with_capacity(content.len() + 256 + recipients.len() * 1700);
    let mut writer = encryptor.wrap_output(&mut out).map_err(|_| FileProblem::Failed)?;
    writer.write_all(content).map_err(|_| FileProblem::Failed)?;
    writer.finish().map_err(|_| FileProblem::Failed)?;
    Ok(out)
}

/// Opens a file with one of these identities.
///
/// # Errors
/// [`FileProblem`], without a word of what is in it.
pub fn open_file(identities: &[&Identity], file: &[u8]) -> Result<Zeroizing<Vec<u8>>, FileProblem> {
    check_header(file)?;
    let decryptor = age::Decryptor::new(file).map_err(|_| FileProblem::Format)?;
    let ours = identities.iter().map(|identity| *identity as &dyn age::Identity);
    let reader = decryptor.decrypt(ours).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => FileProblem::NotOurs,
        age::DecryptError::InvalidMac => FileProblem::Damaged,
        _ => FileProblem::Format,
    })?;
    let mut content = Zeroizing::new(Vec::new());
    let most = LONGEST_CONTENT as u64 + 1;
    reader.take(most).read_to_end(&mut content).map_err(|_| FileProblem::Damaged)?;
    if content.len() > LONGEST_CONTENT { Err(FileProblem::TooLong) } else { Ok(content) }
}

/// Refuses a header that would take long to read.
fn check_header(file: &[u8]) -> Result<(), FileProblem> {
    let head = file.get(..LONGEST_HEADER).unwrap_or(file);
    let end = head.windows(5).position(|window| window == b"\n--- ").ok_or(FileProblem::Format)?;
    let stanzas = head[..end].windows(4).filter(|window| *window == b"\n-> ").count();
    if !head.starts_with(b"age-encryption.org/v1\n") || stanzas > MOST_STANZAS {
        return Err(FileProblem::Format);
    }
    Ok(())
}
