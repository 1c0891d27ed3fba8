//! The recovery sheet: a key on paper.

use std::path::Path;

use forewarn_core::party::key_fingerprint;
use forewarn_seal::Identity;
use zeroize::Zeroizing;

use crate::bad_input::BadInput;
use crate::documents;

/// Largest sheet that is read, in bytes.
const LARGEST: usize = 64 << 10;
const BEGINNING: &str = "AGE-SECRET-KEY-PQ-1";

/// The sheet for a key.
pub fn write(key: &Identity, org: &str, server: &str) -> anyhow::Result<Zeroizing<String>> {
    let fingerprint = key_fingerprint(&key.to_recipient()?.to_string());
    let secret = key.expose()?;
    Ok(Zeroizing::new(format!(
        "FOREWARN RECOVERY SHEET\n\n\
         For: {org}\nService: {server}\nFingerprint: {fingerprint}\n\n\
         Print this page, delete the file, and keep the paper in a safe. Whoever has it opens the notices of\n\
         {org}. It is shown only now, and nobody can make it again.\n\n\
         {}\n\n\
         When your machines are lost, ask your coordinator for a code for a new one, and then:\n\
         \x20 forewarn agent enrol CODE --server {server} --data DIR --no-recovery\n\
         \x20 type this page into a file, here sheet.txt\n\
         \x20 forewarn agent recover --sheet sheet.txt --data DIR\n",
        secret.as_str()
    )))
}

/// The key of a sheet. White space within it is no matter: it may be typed by hand in groups.
pub fn read(path: &Path) -> anyhow::Result<Identity> {
    let bytes = Zeroizing::new(documents::read(path, LARGEST).map_err(BadInput::from)?);
    let wrong = |words: &str| BadInput::new(format!("{}: {words}", path.display()));
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("is not text"))?;
    let upper = Zeroizing::new(text.to_uppercase());
    let begins = upper.find(BEGINNING);
    let begins = begins.ok_or_else(|| wrong("has no line that begins with AGE-SECRET-KEY-PQ-1"))?;
    // The key ends at an empty line.
    let rest = &upper[begins..];
    let end = rest.find("\n\n").or_else(|| rest.find("\r\n\r\n")).unwrap_or(rest.len());
    let key: Zeroizing<String> = Zeroizing::new(rest[..end].split_whitespace().collect());
    key.parse().map_err(|problem| wrong(&format!("the key: {problem}")).into())
}
