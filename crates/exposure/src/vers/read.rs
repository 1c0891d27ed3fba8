//! The syntax of VERS.

use percent_encoding::percent_decode_str;

use super::{Comparator, Constraint, LONGEST_VERS, SIGNS, Vers, VersProblem};

/// Reads everything but the order of the constraints.
pub(super) fn read(text: &str) -> Result<Vers, VersProblem> {
    if text.len() > LONGEST_VERS {
        return Err(VersProblem::TooLong(text.len()));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(VersProblem::NonCanonical("whitespace is not permitted"));
    }
    let (ty, constraints) =
        text.strip_prefix("vers:").and_then(|rest| rest.split_once('/')).ok_or(VersProblem::Form)?;
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    if !ty.starts_with(|c: char| c.is_ascii_lowercase()) || !ty.chars().all(known) || constraints.is_empty() {
        return Err(VersProblem::Form);
    }
    if ty == "invalid" {
        return Err(VersProblem::InvalidType);
    }
    Ok(Vers { ty: ty.to_owned(), constraints: read_constraints(ty, constraints)? })
}

fn read_constraints(ty: &str, text: &str) -> Result<Vec<Constraint>, VersProblem> {
    if text == "*" {
        return Ok(Vec::new());
    }
    if text.starts_with('|') {
        return Err(VersProblem::NonCanonical("leading pipe is not permitted"));
    }
    if text.ends_with('|') {
        return Err(VersProblem::NonCanonical("trailing pipe is not permitted"));
    }
    text.split('|').map(|one| read_constraint(ty, one)).collect()
}

fn read_constraint(ty: &str, text: &str) -> Result<Constraint, VersProblem> {
    if text.is_empty() {
        return Err(VersProblem::NonCanonical("consecutive pipes are not permitted"));
    }
    let signed = SIGNS.iter().find_map(|(sign, comparator)| Some((*comparator, text.strip_prefix(sign)?)));
    let (comparator, written) = signed.unwrap_or((Comparator::Equal, text));
    if written.is_empty() {
        return Err(VersProblem::NonCanonical("a version is missing"));
    }
    if written.contains(['<', '>', '=', '!', '*']) || !written.is_ascii() {
        return Err(VersProblem::NonCanonical("a character of a version is not percent-encoded"));
    }
    let version = decode(written)?;
    if ty == "datetime" {
        check_datetime(written, &version)?;
    }
    Ok(Constraint { comparator, version })
}

fn decode(written: &str) -> Result<String, VersProblem> {
    let invalid = || VersProblem::NonCanonical("invalid percent-encoding in version");
    for behind in written.split('%').skip(1) {
        let escape = behind.as_bytes().get(..2).ok_or_else(invalid)?;
        if !escape.iter().all(u8::is_ascii_hexdigit) {
            return Err(invalid());
        }
        if escape.iter().any(u8::is_ascii_lowercase) {
            return Err(VersProblem::NonCanonical("percent-encoding in version is not canonical"));
        }
    }
    let decoded = percent_decode_str(written).decode_utf8().map_err(|_| invalid())?;
    if decoded.chars().any(char::is_control) {
        return Err(VersProblem::NonCanonical("whitespace is not permitted"));
    }
    Ok(decoded.into_owned())
}

fn check_datetime(written: &str, version: &str) -> Result<(), VersProblem> {
    if written.contains("%3A") {
        return Err(VersProblem::NonCanonical("datetime time colons must be unencoded"));
    }
    if version.contains(['t', 'z']) {
        return Err(VersProblem::NonCanonical("datetime must use uppercase T and Z"));
    }
    Ok(())
}
