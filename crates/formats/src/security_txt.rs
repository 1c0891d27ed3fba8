//! security.txt (RFC 9116), as a vendor publishes it and somebody hands it in.
//!
//! Real files break the grammar in small ways (no space after the colon, no line break at the end, an unknown field), so
//! each line is read on its own: what cannot be used is named with its line, and the rest counts.

use forewarn_core::party::{SECURITY_CONTACT_LIMIT, SecurityContact, URL_LIMIT, is_contact};
use jiff::Timestamp;

use crate::json::Problem;

/// Largest file, in bytes; the same as RFC 9116, section 5.4, advises.
pub const LARGEST: usize = 32 * 1024;

/// What was read, and the lines that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What the file says.
    pub contact: SecurityContact,
    /// Lines that were passed over, each with its place and why.
    pub passed_over: Vec<Problem>,
}

/// Reads a file. An OpenPGP signature around it (RFC 9116, section 2.3) is noticed and not checked.
///
/// # Errors
/// A [`Problem`] with the line when the file is too large, is not UTF-8, has no usable contact, or has not exactly one
/// usable `Expires`.
pub fn read(bytes: &[u8]) -> Result<Read, Problem> {
    if bytes.len() > LARGEST {
        return Err(Problem::at("", "a security.txt has at most 32 KiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::at("", "a security.txt is UTF-8 text"))?;
    let mut reader = Reader::default();
    for (number, line) in lines(text.trim_start_matches('\u{feff}')) {
        reader.line(number, line);
    }
    reader.finish(text.contains(SIGNED))
}

const SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";

/// The numbered lines of the text, or of what is signed in it (RFC 4880, section 7): after the blank line that ends the
/// armour headers, before the signature, without dash-escaping.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let signed = text.lines().position(|line| line.trim_end() == SIGNED);
    let begins = signed.map_or(0, |at| {
        let blank = text.lines().skip(at).position(|line| line.trim().is_empty());
        at + blank.map_or(0, |blank| blank + 1)
    });
    let within = text.lines().enumerate().skip(begins);
    let within = within.take_while(move |(_, line)| signed.is_none() || line.trim_end() != SIGNATURE);
    within.map(move |(at, line)| {
        (at + 1, if signed.is_some() { line.strip_prefix("- ").unwrap_or(line) } else { line })
    })
}

#[derive(Default)]
struct Reader {
    contacts: Vec<String>,
    expires: Vec<(usize, Timestamp)>,
    encryption: Vec<String>,
    policy: Vec<String>,
    languages: Vec<String>,
    canonical: Vec<String>,
    passed_over: Vec<Problem>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        let Some((name, value)) = line.split_once(':').map(|(name, value)| (name.trim_end(), value.trim()))
        else {
            return self.pass_over(number, "is neither a field nor a comment");
        };
        match name.to_ascii_lowercase().as_str() {
            "contact" if is_contact(value) => self.keep(number, value, |reader| &mut reader.contacts),
            "contact" => self.pass_over(number, "a contact is a mailto:, tel: or https: URI without spaces"),
            "expires" => match value.parse::<Timestamp>() {
                Ok(moment) => self.expires.push((number, moment)),
                Err(_) => self.pass_over(number, "Expires needs a moment such as 2027-01-31T12:00:00Z"),
            },
            "encryption" => self.keep(number, value, |reader| &mut reader.encryption),
            "policy" => self.keep(number, value, |reader| &mut reader.policy),
            "canonical" => self.keep(number, value, |reader| &mut reader.canonical),
            "preferred-languages" => {
                for tag in value.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
                    self.keep(number, tag, |reader| &mut reader.languages);
                }
            }
            // Others are allowed and say nothing about how to reach the vendor.
            _ => {}
        }
    }

    fn keep(&mut self, number: usize, value: &str, list: impl FnOnce(&mut Self) -> &mut Vec<String>) {
        let plain = !value.chars().any(|c| c.is_whitespace() || c.is_control());
        if !(1..=URL_LIMIT).contains(&value.len()) || !plain {
            return self.pass_over(number, "needs one value of at most 2,000 bytes without spaces");
        }
        let list = list(self);
        if list.len() < SECURITY_CONTACT_LIMIT {
            list.push(value.to_owned());
        } else {
            self.pass_over(number, "there are more than 20 of this kind");
        }
    }

    fn pass_over(&mut self, number: usize, message: &str) {
        self.passed_over.push(Problem::at(format!("line {number}"), message));
    }

    fn finish(self, signed: bool) -> Result<Read, Problem> {
        let first = self.passed_over.first().cloned();
        let or_first = |message: &str| first.unwrap_or_else(|| Problem::at("", message));
        if self.contacts.is_empty() {
            return Err(or_first(
                "a security.txt needs a Contact, such as `Contact: mailto:security@example.org`",
            ));
        }
        let expires = match self.expires.as_slice() {
            [(_, moment)] => *moment,
            [] => {
                return Err(or_first(
                    "a security.txt needs an Expires, such as `Expires: 2027-01-31T12:00:00Z`",
                ));
            }
            [_, (number, _), ..] => {
                return Err(Problem::at(format!("line {number}"), "there may be only one Expires"));
            }
        };
        let Self { contacts, encryption, policy, languages, canonical, passed_over, .. } = self;
        let contact = SecurityContact { contacts, expires, encryption, policy, languages, canonical, signed };
        Ok(Read { contact, passed_over })
    }
}
