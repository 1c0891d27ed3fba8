//! Entry bundles, as in C2SP tlog-tiles: entries one after the other, each behind its length as a big-endian
//! 16-bit number.

/// Entries that cannot be put into, or read from, a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is longer than 65,535 bytes.
    #[error("an entry is too long for a bundle")]
    TooLong,
    /// The bytes end inside an entry.
    #[error("the bundle is cut off")]
    CutOff,
}

/// The bundle of `entries`.
///
/// # Errors
/// [`BundleError::TooLong`] for an entry above 65,535 bytes.
pub fn write_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle.
///
/// # Errors
/// [`BundleError::CutOff`] when the bytes are not whole entries.
pub fn read_bundle(mut bytes: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or(BundleError::CutOff)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or(BundleError::CutOff)?;
        entries.push(entry);
        bytes = rest;
    }
    Ok(entries)
}
